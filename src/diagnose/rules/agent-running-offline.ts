import { restartAgent } from '../remedies.js';
import { quote, sentence } from '../text.js';
import type { Rule } from '../types.js';
import { contradictions } from './agent-status.js';

/** It says that it is offline, and everything it needs works. */
export const agentRunningOffline: Rule = {
  id: 'agent.running_offline',
  requires: ['read_agent_status'],
  evaluate(ev) {
    return contradictions(ev, 'running_offline').map(({ status }) => ({
      subject: { legs: ['env', 'auth', 'link'] as const },
      evidence: [status.id],
      explains: [],
      tags: ['read' as const],
      cap: 'notes' as const,
      data: { reason: status.reason, nextAttemptAt: status.nextAttemptAt },
    }));
  },
  describe(cause) {
    const { reason, nextAttemptAt } = cause.data;
    return {
      title: 'The running Agent is offline, although the network works now',
      why: sentence(
        typeof reason === 'string' && reason !== '' && `Its own reason: ${quote(reason)}.`,
        'Every step that it needs was made just now, along its own route and against its own trust store.',
        typeof nextAttemptAt === 'string' && `Its next attempt is due at ${quote(nextAttemptAt, 32)}.`,
        'It either has not tried again since, or still uses what it read at its start. If a new start does not help, look for a node with the same identity (a cloned machine) in the cloud.',
      ),
      remedies: [restartAgent('Start the Agent again: it then tries at once.')],
    };
  },
};
