import { certain } from '../confidence.js';
import { restartAgent } from '../remedies.js';
import { quote, sentence } from '../text.js';
import { defineRule } from '../rule.js';
import { contradictions } from './agent-running.js';

export const agentRetryFarAway = defineRule({
  id: 'agent.retry_far_away',
  title: "The Agent's next attempt is far away",
  blames: 'agent_config',
  confidence: [certain('read')],
  requires: ['read_agent_status'],
  evaluate(ev) {
    return contradictions(ev, 'retry_far_away').map(({ status, contradiction }) => ({
      subject: { legs: ['env', 'auth', 'link'] as const },
      evidence: [status.id],
      explains: [],
      tags: ['read' as const],
      floor: 'risks' as const,
      data: contradiction.data,
    }));
  },
  describe(cause, ev) {
    const seconds = Number(cause.data['seconds'] ?? 0);
    return {
      title: `The Agent's next attempt is ${span(seconds)} away`,
      why: sentence(
        'The network works now, but the running Agent is offline.',
        `Its wait between attempts has grown: the next one is due at ${quote(String(cause.data['nextAttemptAt'] ?? ''), 32)}. Reloading the claim does not shorten it.`,
      ),
      remedies: [restartAgent(ev, 'Restart the Agent: it then tries at once.')],
    };
  },
});

function span(seconds: number): string {
  if (seconds < 7200) return `${String(Math.max(1, Math.round(seconds / 60)))} min`;
  if (seconds < 172_800) return `${String(Math.round(seconds / 3600))} h`;
  return `${String(Math.round(seconds / 86_400))} days`;
}
