import { remedy } from '../remedies.js';
import { quote, sentence } from '../text.js';
import type { Rule } from '../types.js';
import { contradictions } from './agent-status.js';

/** It is online, and a new connection would not be. */
export const agentRunningOnline: Rule = {
  id: 'agent.running_online',
  requires: ['read_agent_status'],
  evaluate(ev) {
    return contradictions(ev, 'running_online').map(({ status, contradiction }) => ({
      subject: { legs: ['env', 'auth', 'link'] as const },
      evidence: [status.id],
      explains: [],
      tags: ['read' as const],
      cap: 'notes' as const,
      data: { ...contradiction.data, reportedStatus: status.status },
    }));
  },
  describe(cause) {
    return {
      title: 'The running Agent is online, but a new connection would fail',
      why: sentence(
        `It reports ${quote(String(cause.data['reportedStatus'] ?? 'online'), 20)}: its link was made earlier, or by another way (another proxy, through a parent).`,
        'When it breaks, or when the Agent is started again, what is found here applies.',
      ),
      remedies: [remedy('agent_config', 'Do not restart the Agent before the finding above is solved.')],
    };
  },
};
