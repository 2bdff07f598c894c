import { remedy, restartAgent } from '../remedies.js';
import { factRule } from './agent-facts.js';

export const agentKeyMissing = factRule({
  id: 'agent.key_missing',
  reach: 'nothing',
  title: () => 'The Agent is claimed, but its private key is missing or unreadable',
  meaning: () =>
    'The link signs in with that key. Without it the Agent does not even try the network: it waits and looks for the key every 5 s.',
  remedies: (_cause, ev) => [
    remedy('host', "Make the key readable for the Agent's user.", {
      command: `sudo chown netdata:netdata ${ev.agent.installation.libDir}/cloud.d/private.pem`,
      needsRestart: true,
    }),
    remedy(
      'agent_config',
      'If it is lost, claim the node again: remove claimed_id from the cloud.d directory and cloud.conf, then claim with a token.',
    ),
    restartAgent('The key is loaded once per process.'),
  ],
});
