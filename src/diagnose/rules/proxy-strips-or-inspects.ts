import { serverWords } from '../evidence/plain.js';
import { remedy } from '../remedies.js';
import { hostList, quote } from '../text.js';
import type { Rule } from '../types.js';
import { inspectedCases, inspectionDraft, inspectionRemedies, inspectionWhy, proxyName } from './inspection.js';
import { consequences, tlsSubject, unfinished, type TlsCase } from './tls-cases.js';

/** The proxy opened the tunnel, and what is at its other end is not the cloud. */
export const proxyStripsOrInspects: Rule = {
  id: 'proxy.strips_or_inspects',
  requires: ['proxy_connect', 'tls_handshake'],
  evaluate: (ev) => [
    ...inspectedCases(ev)
      .filter(throughTunnel)
      .map((one) => ({ ...inspectionDraft(one, ev), key: one.attempt.routeId })),
    ...unfinished(ev)
      .filter((one) => throughTunnel(one) && one.tls.failure?.kind === 'ssl_not_tls')
      .map((one) => ({
        subject: tlsSubject(one, ev),
        evidence: [one.tls.id, ...(one.attempt.proxy === null ? [] : [one.attempt.proxy.id])],
        explains: consequences(one, ev),
        tags: ['own_words' as const],
        key: one.attempt.routeId,
        data: { proxy: proxyName(one), said: serverWords(one.tls.rawFirstBytes), plain: true },
      })),
  ],
  describe(cause, ev) {
    const { vendor, plain, said } = cause.data;
    if (plain === true) {
      return {
        title: `The proxy ${String(cause.data['proxy'])} opens the tunnel to ${hostList(cause)} and answers itself, in plain text`,
        why: `The proxy confirmed the tunnel; the ClientHello that followed was answered with plain text${typeof said === 'string' && said !== '' ? `: ${quote(said)}` : ''}. The cloud speaks nothing but TLS there.`,
        remedies: [
          remedy(
            'proxy',
            `Ask the proxy team to tunnel ${hostList(cause)} without touching it, and what its own answer is about (a block page, a login).`,
            {
              command: 'netdata-egress doctor --letter',
            },
          ),
        ],
      };
    }
    return {
      title: `The proxy ${String(cause.data['proxy'])} opens TLS to ${hostList(cause)} and inspects it${typeof vendor === 'string' ? ` (${vendor})` : ''}`,
      why: `The proxy confirmed the tunnel, then a certificate that is not the cloud's came through it. ${inspectionWhy(cause)}`,
      remedies: inspectionRemedies(cause, ev),
    };
  },
};

function throughTunnel({ attempt }: TlsCase): boolean {
  return attempt.proxy !== null && attempt.proxy.failure === null;
}
