/** Asks the running Agent for its own words: its API on loopback, and netdatacli. Nothing is asked when none runs. */
import type { AgentStatus } from '../../agent/parse/agent-status.js';
import { readAclkState, readInfoDocument } from '../../agent/parse/agent-status.js';
import type { AgentFacts } from '../../model/agent.js';
import type { Failure } from '../../model/failure.js';
import type { Observation, ReadAgentStatusObservation } from '../../model/observation.js';
import { getLocal } from '../../net/local-http.js';
import type { IdSource } from '../../probe/run-context.js';
import { runProgram } from './run-program.js';

const TIMEOUT_MS = 2000;
const MAX_BYTES = 4 * 1024 * 1024;
const AGENT_PORT = 19_999;

export async function readAgentStatus(
  facts: AgentFacts,
  ids: IdSource,
  now: () => number,
): Promise<readonly Observation[]> {
  if (facts.process === null) return [];
  const t0Ms = now();
  const [info, state] = await Promise.all([askApi(), askCli(facts)]);
  const frame = (
    status: AgentStatus | null,
    source: ReadAgentStatusObservation['source'],
    failure: Failure | null,
  ) => ({
    id: ids.next('read_agent_status'),
    operation: 'read_agent_status' as const,
    transactionId: 'host',
    targetId: null,
    leg: null,
    routeId: null,
    role: { kind: 'path' } as const,
    address: null,
    t0Ms,
    tMs: now(),
    failure,
    ...(status?.ok === true ? status.fields : NOTHING),
    source,
  });
  return [frame(info.status, 'api_v3_info', info.failure), frame(state.status, 'netdatacli', state.failure)];
}

const NOTHING = { status: null, reason: null, proxy: null, nextAttemptAt: null, reconnectCount: null, version: null };

interface Asked {
  readonly status: AgentStatus | null;
  readonly failure: Failure | null;
}

async function askApi(): Promise<Asked> {
  for (const path of ['/api/v3/info', '/api/v2/info']) {
    const answer = await getLocal({ host: '127.0.0.1', port: AGENT_PORT, path }, TIMEOUT_MS, MAX_BYTES);
    if (answer.status === 200) return judged(readInfoDocument(answer.body));
    if (answer.status === null) {
      return failed(answer.errorCode === 'TIMEOUT' ? 'generic_timeout_error' : 'connection_refused', answer.errorCode);
    }
  }
  return failed('not_supported', null);
}

async function askCli(facts: AgentFacts): Promise<Asked> {
  const binary = facts.installation.binary;
  const beside = binary === null ? null : binary.replace(/[^/]*$/, 'netdatacli');
  const candidates = [beside, '/usr/sbin/netdatacli', '/opt/netdata/bin/netdatacli'].filter((path) => path !== null);
  for (const program of new Set(candidates)) {
    const result = await runProgram(program, ['aclk-state', 'json'], TIMEOUT_MS);
    if (result.ok) return judged(readAclkState(result.stdout));
    if (result.why !== 'missing')
      return failed(result.why === 'not_permitted' ? 'not_permitted' : 'unknown_failure', result.why);
  }
  return failed('not_supported', null);
}

function judged(status: AgentStatus): Asked {
  return status.ok ? { status, failure: null } : failed('malformed_response', status.rule);
}

function failed(kind: Failure['kind'], rawCode: string | null): Asked {
  return { status: null, failure: { kind, operation: 'read_agent_status', rawCode, detail: '' } };
}
