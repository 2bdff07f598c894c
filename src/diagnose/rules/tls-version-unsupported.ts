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
  title: 'No TLS version in common',
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
      title: `No TLS version in common with what answers for ${hostList(cause)}`,
      why: sentence(
        'The handshake ended because the two sides do not share a TLS version.',
        'The cloud speaks TLS 1.2 and 1.3; what answers here is older, as some inspection devices are.',
      ),
      remedies: [
        byLetter(
          cause,
          ev,
          `Ask which device terminates TLS on the way to ${hostList(cause)}; it must speak TLS 1.2 or newer, or leave these names alone.`,
        ),
        remedy('host', 'To see which versions are answered:', {
          command: ev.commands.openssl(host, '-tls1_2'),
        }),
      ],
    };
  },
});
