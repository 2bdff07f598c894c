/**
 * Asks the running Agent for its own words: its API on loopback, and netdatacli, or where that does not answer (another
 * user, a container) the API's twin of it. Nothing is asked when none runs.
 */
import type { AgentStatus } from '../../agent/parse/agent-status.js';
import { readAclkState, readInfoDocument } from '../../agent/parse/agent-status.js';
import type { HostReader } from '../../agent/reader.js';
import type { AgentFacts } from '../../model/agent.js';
import type { Failure } from '../../model/failure.js';
import type { Observation, ReadAgentStatusObservation } from '../../model/observation.js';
import { getLocal } from '../../net/local-http.js';
import type { IdSource } from '../../probe/run-context.js';
import { runTrusted } from '../../host/program.js';
import { OF_THIS_HOST } from './of-this-host.js';

const TIMEOUT_MS = 2000;
const MAX_BYTES = 4 * 1024 * 1024;
const AGENT_PORT = 19_999;

/**
 * Resolves as soon as the questions are out; the answers come later.
 *
 * @param reader null where the Agent's files are not ours (a container): its programs would run outside of it
 */
export async function askAgentStatus(
  reader: HostReader | null,
  facts: AgentFacts,
  ids: IdSource,
  now: () => number,
): Promise<{ readonly answers: Promise<readonly Observation[]> }> {
  if (facts.process === null) return { answers: Promise.resolve([]) };
  const programs = reader === null ? [] : cliPrograms(facts);
  return { answers: readAgentStatus(programs, ids, now) };
}

async function readAgentStatus(
  programs: readonly string[],
  ids: IdSource,
  now: () => number,
): Promise<readonly Observation[]> {
  const t0Ms = now();
  const asked = askCli(programs).then((state) => (state.status === null ? askAclkApi(state) : state));
  const [info, state] = await Promise.all([askApi(), asked]);
  const frame = (
    status: AgentStatus | null,
    source: ReadAgentStatusObservation['source'],
    failure: Failure | null,
  ) => ({
    id: ids.next('read_agent_status'),
    operation: 'read_agent_status' as const,
    ...OF_THIS_HOST,
    t0Ms,
    tMs: now(),
    failure,
    ...(status?.ok === true ? status.fields : NOTHING),
    source,
  });
  return [frame(info.status, 'api_v3_info', info.failure), frame(state.status, state.source, state.failure)];
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

/** Where netdatacli may be. */
function cliPrograms({ installation }: AgentFacts): readonly string[] {
  const { binary } = installation;
  const beside = binary === null ? null : binary.replace(/[^/]*$/, 'netdatacli');
  const candidates = [beside, '/usr/sbin/netdatacli', '/opt/netdata/bin/netdatacli'].filter((path) => path !== null);
  return [...new Set(candidates)];
}

interface State extends Asked {
  readonly source: ReadAgentStatusObservation['source'];
}

async function askCli(programs: readonly string[]): Promise<State> {
  const source = 'netdatacli' as const;
  for (const program of programs) {
    const result = await runTrusted(program, ['aclk-state', 'json'], TIMEOUT_MS);
    if (result.ok && result.exitCode === 0) return { ...judged(readAclkState(result.stdout)), source };
    // One that others could have put there is as good as none.
    if (result.ok || (result.why !== 'missing' && result.why !== 'untrusted'))
      return { ...failed('unknown_failure', result.ok ? `exit ${String(result.exitCode)}` : result.why), source };
  }
  return { ...failed('not_supported', null), source };
}

/** The same document from the API; where it has none, the failure of netdatacli stays. */
async function askAclkApi(otherwise: State): Promise<State> {
  const path = '/api/v1/aclk';
  const answer = await getLocal({ host: '127.0.0.1', port: AGENT_PORT, path }, TIMEOUT_MS, MAX_BYTES);
  const read = answer.status === 200 ? readAclkState(answer.body) : null;
  return read?.ok === true ? { ...judged(read), source: 'api_v1_aclk' } : otherwise;
}

function judged(status: AgentStatus): Asked {
  return status.ok ? { status, failure: null } : failed('malformed_response', status.rule);
}

function failed(kind: Failure['kind'], rawCode: string | null): Asked {
  return { status: null, failure: { kind, operation: 'read_agent_status', rawCode, detail: '' } };
}
