import { unansweredRule } from './tls-unanswered.js';

/** Connected, ClientHello never answered, for every name at that address. */
export const tlsStalled = unansweredRule('tls.stalled', 'silent');
