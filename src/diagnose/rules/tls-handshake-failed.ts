import { certain, likely } from '../confidence.js';
import { byLetter, remedy, safeHost } from '../remedies.js';
import { hostList, sentence } from '../text.js';
import { defineRule } from '../rule.js';
import { consequences, tlsSubject, unanswered, unfinished } from './tls-cases.js';
import { isVersionTrouble } from './tls-version-unsupported.js';

/** RFC 8446 §6.2. */
const ALERTS: Readonly<Record<number, string>> = {
  0: 'close notify',
  10: 'unexpected message',
  40: 'handshake failure',
  42: 'bad certificate',
  47: 'illegal parameter',
  49: 'access denied',
  50: 'decode error',
  71: 'insufficient security',
  80: 'internal error',
  90: 'user canceled',
  109: 'missing extension',
  112: 'unrecognized name',
  116: 'certificate required',
  120: 'no application protocol',
};

/** A TLS peer answered and said no. */
export const tlsHandshakeFailed = defineRule({
  id: 'tls.handshake_failed',
  title: 'Something refuses the TLS handshake with an alert',
  blames: 'network',
  confidence: [certain('own_words'), likely('openssl s_client -msg.')],
  requires: ['tls_handshake'],
  evaluate(ev) {
    const silent = new Set([...unanswered(ev, 'cut'), ...unanswered(ev, 'silent')].map(({ tls }) => tls));
    return unfinished(ev)
      .filter((one) => !silent.has(one.tls) && one.tls.failure?.kind !== 'ssl_not_tls' && !isVersionTrouble(one))
      .map((one) => ({
        subject: tlsSubject(one, ev),
        evidence: [one.tls.id],
        explains: consequences(one, ev),
        tags: one.tls.alert === null ? [] : ['own_words' as const],
        data: { alert: one.tls.alert, alertName: one.tls.alert === null ? null : (ALERTS[one.tls.alert] ?? null) },
      }));
  },
  describe(cause, ev) {
    const host = safeHost(cause.subject.hosts[0]);
    const alert = cause.data['alert'];
    const name = cause.data['alertName'];
    const unknownName = alert === 112;
    return {
      title: unknownName
        ? `What answers for ${hostList(cause)} does not know the name`
        : `Something refuses the TLS handshake with ${hostList(cause)}`,
      why: sentence(
        alert === null
          ? 'A TLS server answered, and the handshake broke off in the middle.'
          : `A TLS server answered with alert ${String(alert)}${name === null ? '' : ` (${String(name)})`}.`,
        unknownName
          ? 'The cloud knows its own names, so the address belongs to somebody else, or a filter answers.'
          : 'The connection and the ClientHello got through, so no packet filter explains it.',
      ),
      remedies: [
        byLetter(
          cause,
          ev,
          `Ask the network team which device answers TLS on the way to ${hostList(cause)}, and why it refuses.`,
        ),
        remedy('host', 'To see it by hand:', {
          command: ev.commands.openssl(host, '-msg'),
        }),
      ],
    };
  },
});
