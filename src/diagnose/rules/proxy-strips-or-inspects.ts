import { hostList } from '../text.js';
import type { Rule } from '../types.js';
import { inspectedCases, inspectionDraft, inspectionRemedies, inspectionWhy } from './inspection.js';

/** The proxy opened the tunnel, and what is at its other end is not the cloud. */
export const proxyStripsOrInspects: Rule = {
  id: 'proxy.strips_or_inspects',
  requires: ['proxy_connect', 'tls_handshake'],
  evaluate: (ev) =>
    inspectedCases(ev)
      .filter(({ attempt }) => attempt.proxy !== null && attempt.proxy.failure === null)
      .map((one) => ({ ...inspectionDraft(one, ev), key: one.attempt.routeId })),
  describe(cause, ev) {
    const vendor = cause.data['vendor'];
    return {
      title: `The proxy ${String(cause.data['proxy'])} opens TLS to ${hostList(cause)} and inspects it${typeof vendor === 'string' ? ` (${vendor})` : ''}`,
      why: `The proxy confirmed the tunnel, then a certificate that is not the cloud's came through it. ${inspectionWhy(cause)}`,
      remedies: inspectionRemedies(cause, ev),
    };
  },
};
