import { certain, likely } from '../confidence.js';
import { byLetter, remedy, safeHost } from '../remedies.js';
import { hostList, sentence } from '../text.js';
import { defineRule } from '../rule.js';
import { consequences, tlsSubject, unfinished, type TlsCase } from './tls-cases.js';

/** TLS alert 70 (RFC 8446 §6.2), or a version that this side does not speak. */
const PROTOCOL_VERSION = 70;

export function isVersionTrouble({ tls }: TlsCase): boolean {
  return tls.failure?.kind === 'ssl_version_unsupported' || tls.alert === PROTOCOL_VERSION;
}

export const tlsVersionUnsupported = defineRule({
  id: 'tls.version_unsupported',
  title: 'This host and the server share no TLS version',
  blames: 'network',
  confidence: [certain('own_words'), likely('openssl s_client -tls1_2, then -tls1_3.')],
  requires: ['tls_handshake'],
  evaluate(ev) {
    return unfinished(ev)
      .filter(isVersionTrouble)
      .map((one) => ({
        subject: tlsSubject(one, ev),
        evidence: [one.tls.id],
        explains: consequences(one, ev),
        tags: ['own_words' as const],
        data: { protocol: one.tls.protocol, alert: one.tls.alert },
      }));
  },
  describe(cause, ev) {
    const host = safeHost(cause.subject.hosts[0]);
    return {
      title: `What answers for ${hostList(cause)} speaks no TLS version that this host speaks`,
      why: sentence(
        'The handshake ended because the two sides share no TLS version.',
        'The cloud speaks TLS 1.2 and 1.3, so something older answers, as some inspection devices are.',
      ),
      remedies: [
        byLetter(
          cause,
          ev,
          `Ask the network team which device terminates TLS on the way to ${hostList(cause)}. It must speak TLS 1.2 or newer, or exempt these names.`,
        ),
        remedy('host', 'To see which versions get an answer:', {
          command: ev.commands.openssl(host, '-tls1_2'),
        }),
      ],
    };
  },
});
