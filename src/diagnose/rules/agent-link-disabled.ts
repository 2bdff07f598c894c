import { remedy } from '../remedies.js';
import { factRule, where } from './agent-facts.js';

/** Only Agents that still know the switch obey it. */
export const agentLinkDisabled = factRule({
  id: 'agent.link_disabled',
  reach: 'nothing',
  title: (cause) =>
    cause.severity === 'blocks'
      ? `The link is switched off in ${where(cause)}`
      : `enabled = no in ${where(cause)} has no effect on this Agent`,
  meaning: (cause) =>
    cause.severity === 'blocks'
      ? 'This Agent version honours the switch and makes no connection to the cloud.'
      : 'Newer Agents do not know the switch any more: an Agent that is claimed connects.',
  remedies: () => [
    remedy('agent_config', 'Switch the link on.', { command: 'sudo netdata-egress config enable', needsRestart: true }),
  ],
});
