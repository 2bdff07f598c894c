import { proxyToWrite, tellAgentProxy } from '../remedies.js';
import { effect, factRule } from './agent-facts.js';

export const agentProxyEnvMismatch = factRule({
  id: 'agent.proxy_env_mismatch',
  reach: 'direct',
  title: () => 'Claim and link take different routes from the same environment',
  meaning: (cause) =>
    `The claim looks at https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY; the link at http_proxy, then https_proxy, in lower case only. ${effect(cause, 'Both ways are open, so it works.')}`,
  remedies: (_cause, ev) => [
    tellAgentProxy(
      ev.agent,
      proxyToWrite(ev),
      "Do not rely on the environment: write the proxy into the Agent's own configuration, which both legs read.",
    ),
  ],
});
