import { remedy } from '../remedies.js';
import { factRule } from './agent-facts.js';

/** A note that frames the verdict on the claim. */
export const agentAlreadyClaimed = factRule({
  id: 'agent.already_claimed',
  reach: 'nothing',
  cap: 'notes',
  title: () => 'The Agent is already claimed',
  meaning: () =>
    'A claimed Agent does not look at claim.conf, claim variables or token files any more: editing them changes nothing. The verdict on the claim is about claiming it anew.',
  remedies: () => [
    remedy('agent_config', 'To change the proxy or the URL, edit cloud.conf and start the Agent again.'),
  ],
});
