import { proxyToWrite, tellAgentProxy } from '../remedies.js';
import { sentence } from '../text.js';
import { effect, factRule, where } from './agent-facts.js';

/** A scheme that one leg ignores, going direct, while another uses it. */
export const agentProxySchemeUnsupported = factRule({
  id: 'agent.proxy_scheme_unsupported',
  reach: 'direct',
  title: (cause) => `The proxy scheme in ${where(cause)} is not understood by every leg`,
  meaning: (cause) =>
    sentence(
      'The link understands http://, socks5:// and socks5h:// in exactly this spelling (SOCKS since v2.10); anything else means "no proxy" to it. The claim, which is done by libcurl, takes more.',
      effect(cause, 'The direct way happens to be open, so it works, past the proxy.'),
    ),
  remedies: (_cause, ev) => [
    tellAgentProxy(
      ev.agent,
      proxyToWrite(ev),
      'Write the proxy with http:// in front, also for a proxy that carries HTTPS: the scheme says how to talk to the proxy itself.',
    ),
  ],
});
