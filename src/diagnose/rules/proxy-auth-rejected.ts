import { quote, sentence } from '../text.js';
import type { Rule } from '../types.js';
import { authCases, exemptFromLogin, writeCredentials } from './proxy-auth.js';
import { offeredSchemes, proxyServer, replyDraft } from './proxy-cases.js';

export const proxyAuthRejected: Rule = {
  id: 'proxy.auth_rejected',
  requires: ['proxy_connect'],
  evaluate: (ev) =>
    authCases(ev, 'rejected').map((one) =>
      replyDraft(one, ev, { schemes: offeredSchemes(one.reply), server: proxyServer(one.reply) }),
    ),
  describe(cause, ev) {
    return {
      title: `The proxy ${quote(String(cause.data['proxy']))} rejects the credentials`,
      why: sentence(
        'The credentials of the configuration were sent as the Agent decodes them, and the proxy still asks for a login.',
        'They are wrong or expired, or they are not what was meant: the Agent decodes percent signs, plus signs and a bare @ in its own way (netdata-egress config shows what each leg reads, without the password).',
      ),
      remedies: [writeCredentials(ev), exemptFromLogin()],
    };
  },
};
