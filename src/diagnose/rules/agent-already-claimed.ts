import { remedy } from '../remedies.js';
import type { Rule } from '../types.js';
import { hostFactIds } from './host-facts.js';

/** A note that frames the verdict on the claim. */
export const agentAlreadyClaimed: Rule = {
  id: 'agent.already_claimed',
  requires: ['read_config'],
  evaluate(ev) {
    const evidence = hostFactIds(ev, 'read_config');
    if (ev.agent.claimed !== true || evidence.length === 0) return [];
    return [{ subject: { legs: ['claim'] }, evidence, explains: [], tags: ['read'], cap: 'notes' }];
  },
  describe() {
    return {
      title: 'The Agent is already claimed',
      why: 'A claimed Agent does not look at claim.conf, claim variables or token files any more: editing them changes nothing. The verdict on the claim is about claiming it anew.',
      remedies: [remedy('agent_config', 'To change the proxy or the URL, edit cloud.conf and start the Agent again.')],
    };
  },
};
