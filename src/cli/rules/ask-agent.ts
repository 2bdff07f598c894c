/**
 * What the Agent of this host reads, and where its cloud sends it: discovery and one question to /env, by the very
 * steps of the doctor and as the Agent's account.
 */
import { discover } from '../../agent/discover.js';
import { readEnvEndpoints, type EnvEndpoints } from '../../agent/predict/endpoints.js';
import { readStreaming, type Streaming } from '../../agent/streaming.js';
import { rulesFor } from '../../agent/versions.js';
import { KNOWN_ADDRESSES } from '../../catalog/known-addresses.js';
import type { AgentFacts } from '../../model/agent.js';
import type { Observation } from '../../model/observation.js';
import type { PlannedRoute } from '../../model/planned.js';
import type { Target } from '../../model/target.js';
import { IdSource, Run } from '../../probe/run-context.js';
import { runProbes } from '../../probe/run.js';
import { hostDeps } from '../doctor/host-deps.js';
import { doctorOptions, type DoctorOptions } from '../doctor/options.js';
import { discoverOptionsOf, probeInputOf, targetsOf, withEndpoints, type DoctorDeps } from '../doctor/run-doctor.js';
import type { RulesRequest } from './options.js';

export interface AskedAgent {
  /** Hosts of sign-in and link are those that /env names, once it answered. */
  readonly facts: AgentFacts;
  readonly routes: readonly Pick<PlannedRoute, 'id' | 'route'>[];
  /** Why nobody knows what /env names, our words; null = it named them, now or before. */
  readonly unanswered: string | null;
  /** What it named, for a time when it does not answer; null = nothing is known. */
  readonly named: NamedByEnv | null;
  /** The running Agent says that its Parent holds the link for it. */
  readonly indirect: boolean;
  readonly streaming: Streaming;
}

/** What /env of a cloud named, and when. */
export interface NamedByEnv {
  /** Host of the base URL: of another cloud this says nothing. */
  readonly cloud: string;
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly endpoints: EnvEndpoints;
}

export interface EnvQuestion {
  /** False: what is on this host is read, and nobody is asked. */
  readonly asks: boolean;
  /** What it named before. */
  readonly remembered?: NamedByEnv | null;
  /** What was named less than this long ago is not asked for again, ms. */
  readonly freshMs?: number;
}

/** Budget and deadline of a step, ms: on a host that drops everything this is how long rules take. */
const RUN_MS = 8000;
const STEP_MS = 3000;

export type AgentRequest = Pick<RulesRequest, 'url' | 'agent' | 'families'>;

/** The doctor's options for a request, with budgets of its own. */
export function optionsFor({ url, agent = {}, families }: AgentRequest, runMs: number, stepMs: number): DoctorOptions {
  return {
    ...doctorOptions({ ...agent, ...(url === undefined ? {} : { url }), timeout: runMs, stepTimeout: stepMs }),
    ...(families === null ? {} : { families }),
  };
}

export async function askAgent(request: AgentRequest, question: EnvQuestion): Promise<AskedAgent> {
  const options = optionsFor(request, RUN_MS, STEP_MS);
  const here = { kind: 'here', name: null, root: null, notChecked: [] } as const;
  const deps = await hostDeps(here, options, KNOWN_ADDRESSES, new AbortController().signal);
  return askWith(options, deps, question);
}

export async function askWith(
  options: DoctorOptions,
  deps: DoctorDeps,
  { asks, remembered = null, freshMs = 0 }: EnvQuestion,
): Promise<AskedAgent> {
  const ids = new IdSource();
  const discovery = await discover(deps.reader, discoverOptionsOf(options, deps, ids));
  const { facts, routes } = discovery;
  const streaming = await readStreaming(deps.reader, facts.installation.configDir);
  const cloud = facts.legs.env.host;
  const before = remembered?.cloud === cloud ? remembered : null;
  const otherwise = (unanswered: string, indirect = false): AskedAgent =>
    before === null
      ? { facts, routes, unanswered, named: null, indirect, streaming }
      : { facts: withEndpoints(facts, before.endpoints), routes, unanswered: null, named: before, indirect, streaming };
  const env = targetsOf(facts, options, deps.documented !== undefined).find(({ leg }) => leg === 'env');
  const isFresh = before !== null && Date.now() - Date.parse(before.at) < freshMs;
  if (!asks || isFresh || env === undefined) return otherwise('was not asked');
  const run = new Run({
    runMs: options.runMs,
    stepMs: options.stepMs,
    maxSockets: 16,
    interrupt: deps.interrupt,
    ids,
    ...(deps.translate ? { translate: deps.translate } : {}),
  });
  try {
    const status = await deps.askAgentStatus(facts, ids, () => run.now());
    const answers: EnvEndpoints[] = [];
    await deps.asAgentUser(() =>
      runProbes(run, {
        ...probeInputOf(discovery, options, { ...deps, light: true }),
        targets: [env],
        // Nobody goes on from here: who is named is all that is asked.
        readEnv: (head, body) => {
          const named = readEnvEndpoints(head, body, rulesFor(facts.version.value));
          if (named !== null) answers.push(named);
          return null;
        },
      }),
    );
    const indirect = (await status.answers).some(
      (seen) => seen.operation === 'read_agent_status' && seen.status === 'indirect',
    );
    const [endpoints] = answers;
    const doubt = doubtOf(run.observations, env, facts);
    if (endpoints === undefined || doubt !== null)
      return otherwise(doubt ?? 'gave no document that the Agent can read', indirect);
    const named = { cloud, at: new Date().toISOString(), endpoints };
    return { facts: withEndpoints(facts, endpoints), routes, unanswered: null, named, indirect, streaming };
  } finally {
    run.close();
  }
}

/** What anybody on the way could have written must not open a firewall: only a certificate that the Agent trusts counts. */
function doubtOf(seen: readonly Observation[], env: Target, { legs }: AgentFacts): string | null {
  const mine = seen.filter(({ targetId }) => targetId === env.id);
  const failure = mine.find((row) => row.failure !== null)?.failure;
  if (failure !== null && failure !== undefined)
    return `could not be asked (${failure.operation}: ${failure.kind})`.replaceAll('_', ' ');
  const hello = mine.find((row) => row.operation === 'tls_handshake');
  const trusted =
    hello?.operation === 'tls_handshake' &&
    hello.nameMatches === true &&
    hello.judgements.some((row) => row.storeId === legs.env.trustStoreId && row.trusted);
  return trusted ? null : 'answered without a certificate that the Agent trusts';
}
