import { compareStatus, type Contradiction } from '../../agent/predict.js';
import type { ReadAgentStatusObservation } from '../../model/observation.js';
import { certain } from '../confidence.js';
import type { Evidence } from '../evidence.js';
import { remedy, restartAgent } from '../remedies.js';
import { defineRule } from '../rule.js';
import { quote, sentence } from '../text.js';

export interface StatusCase {
  readonly status: ReadAgentStatusObservation;
  readonly contradiction: Contradiction;
}

export function contradictions(ev: Evidence, kind: Contradiction['kind']): readonly StatusCase[] {
  const context = { facts: ev.agent, routes: ev.input.routes, now: new Date(ev.input.startedAt) };
  return ev.agentStatus.flatMap((status) =>
    compareStatus(ev.predictions, status, context)
      .filter((contradiction) => contradiction.kind === kind)
      .map((contradiction) => ({ status, contradiction })),
  );
}

/** It says that it is offline, and everything it needs works. */
export const agentRunningOffline = defineRule({
  id: 'agent.running_offline',
  title: 'The running Agent says that it is offline',
  blames: 'agent_config',
  confidence: [certain('read')],
  requires: ['read_agent_status'],
  evaluate(ev) {
    const banned = contradictions(ev, 'running_banned').map(({ status }) => ({
      subject: { legs: ['env', 'auth', 'link'] as const },
      evidence: [status.id],
      explains: [],
      tags: ['read' as const],
      floor: 'risks' as const,
      key: 'banned',
      data: { reason: status.reason, nextAttemptAt: status.nextAttemptAt, banned: true },
    }));
    const offline = contradictions(ev, 'running_offline').map(({ status, contradiction }) => ({
      subject: { legs: ['env', 'auth', 'link'] as const },
      evidence: [status.id],
      explains: [],
      tags: ['read' as const],
      cap: 'notes' as const,
      data: { ...contradiction.data, nextAttemptAt: inFuture(status.nextAttemptAt, ev) },
    }));
    return [...banned, ...offline];
  },
  describe(cause, ev) {
    const { reason, nextAttemptAt, banned, means, stale } = cause.data;
    if (banned === true) {
      return {
        title: 'Netdata Cloud has banned the running Agent',
        why: sentence(
          'The Agent says so itself (status "banned").',
          typeof reason === 'string' && reason !== '' && `Its reason: ${quote(reason)}.`,
          'The cloud told it not to come back, as it does when a node was removed there.',
          'It stays banned until it restarts or reloads its claim, whatever the network does.',
        ),
        remedies: [
          remedy('cloud', 'Check whether the node was removed in Netdata Cloud. If so, claim it again.'),
          restartAgent(ev, 'Otherwise restart the Agent: it then asks again.'),
        ],
      };
    }
    return {
      title: 'The running Agent is offline, although the network works now',
      why: sentence(
        typeof reason === 'string' && reason !== '' && `Its own reason: ${quote(reason)}.`,
        typeof means === 'string' && means,
        stale === true && 'That reason may be old: this version does not change it when the MQTT step fails.',
        'The doctor just made every step that it needs, along its own route and against its own trust store.',
        typeof nextAttemptAt === 'string' && `Its next attempt is due at ${quote(nextAttemptAt, 32)}.`,
        'The Agent has not tried again since, or still uses old settings.',
        'If a restart does not help, look in the cloud for a cloned machine with the same identity.',
      ),
      remedies: [restartAgent(ev, 'Restart the Agent: it then tries at once.')],
    };
  },
});

/** A time that has passed is no appointment. */
function inFuture(at: string | null, ev: Evidence): string | null {
  return at !== null && Date.parse(at) > Date.parse(ev.input.startedAt) ? at : null;
}

/** It is online, and a new connection would not be. */
export const agentRunningOnline = defineRule({
  id: 'agent.running_online',
  title: 'The running Agent is online, but a new connection would fail',
  blames: 'agent_config',
  confidence: [certain('read')],
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
        `It reports ${quote(String(cause.data['reportedStatus'] ?? 'online'), 20)}: it made its link earlier, or another way (another proxy, or through a Parent).`,
        'Once that link breaks or the Agent restarts, it meets what is found here.',
      ),
      remedies: [remedy('agent_config', 'Do not restart the Agent before the cause above is solved.')],
    };
  },
});
