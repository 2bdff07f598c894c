import { list, quote, sentence } from '../text.js';
import type { Rule } from '../types.js';
import { authCases, exemptFromLogin, writeCredentials } from './proxy-auth.js';
import { offeredSchemes, proxyServer, replyDraft } from './proxy-cases.js';

export const proxyAuthRequired: Rule = {
  id: 'proxy.auth_required',
  requires: ['proxy_connect'],
  evaluate: (ev) =>
    authCases(ev, 'required').map((one) =>
      replyDraft(one, ev, { schemes: offeredSchemes(one.reply), server: proxyServer(one.reply) }),
    ),
  describe(cause, ev) {
    const schemes = (cause.data['schemes'] as readonly string[] | undefined) ?? [];
    return {
      title: `The proxy ${quote(String(cause.data['proxy']))} wants credentials, and the Agent has none`,
      why: sentence(
        cause.data['status'] === 407
          ? 'It answered 407 to a request without credentials'
          : 'It accepts no SOCKS connection without a user name',
        schemes.length > 0 ? `and offers ${list(schemes)}, which the Agent can do.` : 'and names no scheme.',
      ),
      remedies: [writeCredentials(ev), exemptFromLogin()],
    };
  },
};
