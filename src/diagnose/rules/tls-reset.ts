import { unansweredRule } from './tls-unanswered.js';

/** Connected, cut off at the ClientHello, for every name at that address. */
export const tlsReset = unansweredRule('tls.reset', 'cut');
