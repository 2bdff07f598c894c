import { remedy } from '../remedies.js';
import { effect, factRule } from './agent-facts.js';

export const agentNoProxyMismatch = factRule({
  id: 'agent.no_proxy_mismatch',
  reach: 'direct',
  title: () => 'no_proxy is honoured by the claim and ignored by the link',
  meaning: (cause) =>
    `libcurl applies no_proxy even to a proxy that is set explicitly, so the claim goes direct to a host on that list; the link never looks at it. ${effect(cause, 'Both ways are open, so it works.')}`,
  remedies: () => [
    remedy(
      'agent_config',
      "Take netdata.cloud (and patterns that cover it) out of no_proxy in the daemon's environment, then start the Agent again.",
      {
        command: 'sudo systemctl show netdata -p Environment; sudo systemctl restart netdata',
        needsRestart: true,
      },
    ),
  ],
});
