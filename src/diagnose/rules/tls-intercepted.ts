import { hostList } from '../text.js';
import type { Rule } from '../types.js';
import { inspectedCases, inspectionDraft, inspectionRemedies, inspectionWhy } from './inspection.js';

/** TLS is ended and re-signed on the way. Where an explicit proxy does it, `proxy.strips_or_inspects` names the proxy. */
export const tlsIntercepted: Rule = {
  id: 'tls.intercepted',
  requires: ['tls_handshake'],
  evaluate: (ev) => inspectedCases(ev).map((one) => inspectionDraft(one, ev)),
  describe(cause, ev) {
    const vendor = cause.data['vendor'];
    return {
      title: `TLS to ${hostList(cause)} is opened and inspected${typeof vendor === 'string' ? ` by ${vendor}` : ' on the way'}`,
      why: inspectionWhy(cause),
      remedies: inspectionRemedies(cause, ev),
    };
  },
};
