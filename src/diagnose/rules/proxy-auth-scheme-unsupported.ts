import { tellAgentProxy } from '../remedies.js';
import { list, quote, sentence } from '../text.js';
import type { Rule } from '../types.js';
import { authCases, exemptFromLogin } from './proxy-auth.js';
import { offeredSchemes, proxyServer, replyDraft } from './proxy-cases.js';

export const proxyAuthSchemeUnsupported: Rule = {
  id: 'proxy.auth_scheme_unsupported',
  requires: ['proxy_connect'],
  evaluate: (ev) =>
    authCases(ev, 'unsupported').map((one) =>
      replyDraft(one, ev, { schemes: offeredSchemes(one.reply), server: proxyServer(one.reply) }),
    ),
  describe(cause, ev) {
    const schemes = (cause.data['schemes'] as readonly string[] | undefined) ?? [];
    return {
      title: `The proxy ${quote(String(cause.data['proxy']))} offers only a login that the Agent cannot do`,
      why: sentence(
        schemes.length > 0
          ? `It answered 407 and offers ${list(schemes.map((scheme) => quote(scheme, 20)))} only.`
          : 'It accepts none of the SOCKS methods that the Agent offers.',
        'The Agent knows Basic for HTTP proxies, and user and password for SOCKS5; no NTLM, no Kerberos (Negotiate), no Digest. No credentials will help.',
      ),
      remedies: [
        exemptFromLogin(),
        tellAgentProxy(
          ev.agent,
          'http://127.0.0.1:3128',
          'Or run a small relay on this host that does the login (cntlm, px) and point the Agent to it.',
        ),
      ],
    };
  },
};
