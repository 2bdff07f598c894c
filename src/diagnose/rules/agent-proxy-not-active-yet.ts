import { compareStatus } from '../../agent/predict.js';
import { restartAgent } from '../remedies.js';
import { quote, sentence } from '../text.js';
import type { Draft, Rule } from '../types.js';

/** The running daemon fixed its proxy at start-up, and the files say something else by now. */
export const agentProxyNotActiveYet: Rule = {
  id: 'agent.proxy_not_active_yet',
  requires: ['read_agent_status'],
  evaluate(ev) {
    return ev.agentStatus.flatMap((status): Draft[] => {
      const context = { facts: ev.agent, routes: ev.input.routes, now: new Date(ev.input.startedAt) };
      const found = compareStatus(ev.predictions, status, context).find(({ kind }) => kind === 'proxy_not_active_yet');
      if (found === undefined) return [];
      const offline = status.status === 'offline';
      return [
        {
          subject: { legs: ['env', 'auth', 'link'] },
          evidence: [status.id],
          explains: [],
          tags: ['read'],
          // Our verdict is about an Agent that has been restarted; this one is offline because it was not.
          ...(offline ? { floor: 'risks' as const } : { cap: 'notes' as const }),
          data: { ...found.data, offline },
        },
      ];
    });
  },
  describe(cause) {
    return {
      title: 'The running Agent still uses another proxy than its files say',
      why: sentence(
        `The process uses ${quote(String(cause.data['running']))}; the configuration says ${quote(String(cause.data['configured']))}.`,
        'The link fixes its proxy once, at start-up, before the claim is processed: a proxy that came with the claim, or a later edit, counts from the next start on.',
        cause.data['offline'] === true ? 'The running Agent is offline.' : null,
      ),
      remedies: [restartAgent('Start the Agent again.')],
    };
  },
};
