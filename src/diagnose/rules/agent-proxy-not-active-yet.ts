import { certain } from '../confidence.js';
import type { Evidence } from '../evidence.js';
import { restartAgent } from '../remedies.js';
import { quote, sentence } from '../text.js';
import { defineRule, type Draft } from '../rule.js';
import { asSentence } from './agent-facts.js';
import { contradictions } from './agent-running.js';

/**
 * The running daemon fixed its proxy at start-up, and the files say something else by now. Our verdict is about an
 * Agent that has been restarted; this one may be offline because it was not.
 */
export const agentProxyNotActiveYet = defineRule({
  id: 'agent.proxy_not_active_yet',
  title: 'The running Agent does not use the proxy in its files yet',
  blames: 'agent_config',
  confidence: [certain('read')],
  requires: ['read_config', 'read_agent_status'],
  evaluate(ev) {
    const offline = ev.agentStatus.some(({ status }) => status === 'offline');
    const weight = offline ? { floor: 'risks' as const } : { cap: 'notes' as const };
    const base = {
      subject: { legs: ['env', 'auth', 'link'] },
      explains: [],
      tags: ['read'],
      ...weight,
    } satisfies Partial<Draft>;
    return [
      ...contradictions(ev, 'proxy_not_active_yet').map(({ status, contradiction }): Draft => ({
        ...base,
        evidence: [status.id],
        data: { ...contradiction.data, offline },
      })),
      ...facts(ev).map((fact): Draft => ({
        ...base,
        subject: { legs: fact.legs, file: fact.file },
        evidence: [fact.observation],
        data: { ...fact.data, facts: [fact.text], offline },
      })),
    ];
  },
  describe(cause, ev) {
    const { running, configured, kind, offline } = cause.data;
    const told = (cause.data['facts'] as readonly string[] | undefined) ?? [];
    const before = kind === 'after_claiming';
    return {
      title: before
        ? 'The link uses the proxy only after a restart of the Agent'
        : 'The running Agent does not use the proxy in its files yet',
      why: sentence(
        typeof configured === 'string' &&
          `The running Agent uses ${quote(String(running))}; its files say ${quote(configured)}.`,
        ...told.map(asSentence),
        'The link reads its proxy once, when the Agent starts and before it claims. A later change counts after the next start.',
        offline === true && 'The running Agent is offline.',
      ),
      remedies: [restartAgent(ev, before ? 'Restart the Agent once it is claimed.' : 'Restart the Agent.')],
    };
  },
});

function facts(ev: Evidence) {
  return ev.agent.facts.filter(
    ({ finding, observation }) => finding === 'agent.proxy_not_active_yet' && ev.byId.has(observation),
  );
}
