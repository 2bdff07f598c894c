import { remedy } from '../remedies.js';
import { factRule } from './agent-facts.js';

/** A note: the answer is about an Agent that would be installed. */
export const agentNotInstalled = factRule({
  id: 'agent.not_installed',
  reach: 'nothing',
  cap: 'notes',
  title: () => 'No Agent is installed on this host',
  meaning: (_cause, ev) =>
    `The verdict is about an Agent with default settings, version ${ev.agent.version.value}, that would be installed here.`,
  remedies: () => [
    remedy('agent_config', 'To check what the installer needs as well:', {
      command: 'netdata-egress doctor --for install,update',
    }),
  ],
});
