/**
 * What the Agent of this host reads, and where its cloud sends it: discovery and one question to /env, by the very
 * steps of the doctor and as the Agent's account.
 */
import { discover } from '../../agent/discover.js';
import { readEnvEndpoints } from '../../agent/predict/endpoints.js';
import type { EnvEndpoints } from '../../model/planned.js';
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
import { discoverOptionsOf, probeInputOf, targetsOf } from '../doctor/plan-run.js';
import { withEndpoints } from '../doctor/settled-facts.js';
import type { DoctorDeps } from '../doctor/run-doctor.js';
import type { RulesRequest } from './options.js';

export interface AskedAgent {
  /** Hosts of sign-in and link are those that /env names, once it answered. */
  readonly facts: AgentFacts;
  readonly routes: readonly Pick<PlannedRoute, 'id' | 'route'>[];
  /** Why nobody knows what /env names, our words; null = it named them, now or before. */
  readonly unanswered: string | null;
  /** What it named, for a time when it does not answer; null = nothing is known. */
  readonly named: NamedByEnv | null;
  /** It was asked in vain: why, our words, and how long it was given, ms; null = it answered, or was not asked. */
  readonly inVain: { readonly why: string; readonly budgetMs: number } | null;
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

/** How long /env is asked unless told otherwise, ms: on a host that drops everything this is how long rules take. */
const ENV_MS = 3000;

export type AgentRequest = Pick<RulesRequest, 'url' | 'agent' | 'families' | 'envTimeoutMs'>;

/** The doctor's options for a request, with a budget of its own: one step may take all of it, ms. */
export function optionsFor({ url, agent = {}, families }: AgentRequest, budgetMs: number): DoctorOptions {
  return {
    ...doctorOptions({ ...agent, ...(url === undefined ? {} : { url }), timeout: budgetMs, stepTimeout: budgetMs }),
    ...(families === null ? {} : { families }),
  };
}

export async function askAgent(request: AgentRequest, question: EnvQuestion): Promise<AskedAgent> {
  const { envTimeoutMs = ENV_MS } = request;
  // Nobody who is not asked needs a budget, and none is not one.
  const options = optionsFor(request, envTimeoutMs === 0 ? ENV_MS : envTimeoutMs);
  const here = { kind: 'here', name: null, root: null, notChecked: [] } as const;
  const deps = await hostDeps(here, options, KNOWN_ADDRESSES, new AbortController().signal);
  return askWith(options, deps, { ...question, asks: question.asks && envTimeoutMs > 0 });
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
  const otherwise = (why: string, inVain: AskedAgent['inVain'] = null, indirect = false): AskedAgent => {
    const known = { routes, inVain, indirect, streaming };
    return before === null
      ? { ...known, facts, unanswered: why, named: null }
      : { ...known, facts: withEndpoints(facts, before.endpoints), unanswered: null, named: before };
  };
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
    if (endpoints === undefined || doubt !== null) {
      const why = doubt ?? 'gave no document that the Agent can read';
      return otherwise(why, { why, budgetMs: options.runMs }, indirect);
    }
    const named = { cloud, at: new Date().toISOString(), endpoints };
    const answered = { unanswered: null, inVain: null, named };
    return { facts: withEndpoints(facts, endpoints), routes, indirect, streaming, ...answered };
  } finally {
    run.close();
  }
}

/** What anybody on the way could have written must not open a firewall: only a certificate that the Agent trusts counts. */
function doubtOf(seen: readonly Observation[], env: Target, { legs }: AgentFacts): string | null {
  const mine = seen.filter(({ targetId }) => targetId === env.id);
  const hello = mine.find((row) => row.operation === 'tls_handshake');
  // A look-up belongs to a name and to no target: where nothing was connected to, it is what failed.
  const failure = (hello === undefined ? seen : mine).find((row) => row.failure !== null)?.failure;
  if (failure !== null && failure !== undefined)
    return `could not be asked (${failure.operation}: ${failure.kind})`.replaceAll('_', ' ');
  if (hello === undefined) return 'could not be asked';
  const trusted =
    hello.nameMatches === true && hello.judgements.some((row) => row.storeId === legs.env.trustStoreId && row.trusted);
  return trusted ? null : 'answered without a certificate that the Agent trusts';
}
