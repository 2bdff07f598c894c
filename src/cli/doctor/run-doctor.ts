/**
 * The doctor: discover, plan, probe, predict, diagnose, and one document of it all.
 * Everything that depends on the machine comes in through `deps`, so that the lab can run the very same code.
 */
import { hasLostLinks } from '../../agent/predict/compare-status.js';
import { readEnvEndpoints } from '../../agent/predict/endpoints.js';
import { isPatientStep, longestWaitMs, ordinaryWaitMs } from '../../agent/patience.js';
import { rulesFor } from '../../agent/versions.js';
import { discover } from '../../agent/discover.js';
import type { HostReader } from '../../agent/reader.js';
import { predict } from '../../agent/predict.js';
import type { KnownAddress } from '../../catalog/known-addresses.js';
import { diagnose } from '../../diagnose/diagnose.js';
import type { AgentFacts } from '../../model/agent.js';
import type { Observation } from '../../model/observation.js';
import type { Prediction } from '../../model/prediction.js';
import { EXIT, REPORT_SCHEMA, REPORT_VERSION, type HostEnvironment, type Report } from '../../model/report.js';
import type { Lookup } from '../../net/resolve.js';
import { IdSource, Run, type Waiting } from '../../probe/run-context.js';
import { type ProbeResult, runProbes } from '../../probe/run.js';
import type { ProbeInput, Resolver } from '../../probe/types.js';
import { deadlineAt } from '../deadline.js';
import { slowdown, waitedForCpuMs } from '../../host/pressure.js';
import { boundedReader } from '../host/bounded-reader.js';
import type { Occasion } from '../host/local-firewall.js';
import { hostNetworkObservation, type HostNetwork } from '../host/host-network.js';
import { classifyAddresses } from './addresses.js';
import type { DoctorOptions } from './options.js';
import { lacking, unheard, unreadHere } from './not-checked.js';
import { discoverOptionsOf, type DocumentedHosts, namesOfOurs, probeInputOf, targetsOf } from './plan-run.js';
import { currentTargets, withEndpoints, withItsOwnWord } from './settled-facts.js';

export interface DoctorDeps {
  readonly reader: HostReader;
  readonly network: HostNetwork;
  readonly environment: HostEnvironment;
  readonly toolVersion: string;
  readonly knownAddresses: readonly KnownAddress[];
  readonly mozillaRoots: readonly string[];
  readonly interrupt: AbortSignal;
  /** Facts of the host's firewall; called when the probes begin, answers when they are done. */
  readonly readLocalFirewall: (occasion: Occasion) => Promise<readonly Observation[]>;
  /** When the budget began to run, on `performance.now()`'s clock; null = when the doctor is called. */
  readonly startedAtMs?: number | null;
  /** Asks the running Agent for its own words; resolves when the questions are out, before the user is changed. */
  readonly askAgentStatus: (
    facts: AgentFacts,
    ids: IdSource,
    now: () => number,
  ) => Promise<{ readonly answers: Promise<readonly Observation[]> }>;
  /** How long this process has waited for the CPU so far, ms. */
  readonly waitedForCpuMs?: () => number;
  /** Runs `work` as the Agent's user, if asked and possible. */
  readonly asAgentUser: <T>(work: () => Promise<T>) => Promise<T>;
  readonly onObservation?: (observation: Observation) => void;
  readonly onWait?: (waiting: Waiting) => void;
  /** Keeps a marked document of what is known so far, in case this process does not live to write the whole one. */
  readonly keep?: (unfinished: DoctorResult) => Promise<void>;
  /** Takes the place of the probes: what was seen before, elsewhere. */
  readonly replay?: (run: Run, input: ProbeInput) => Promise<ProbeResult>;
  /** The Agent's own way and nothing else: at most a connection a leg, no controls. */
  readonly light?: boolean;
  /** Reasons of things that the caller could not do. */
  readonly notChecked: readonly string[];
  /** Lab only: another resolver than the OS's, other documented hosts, one more trust store for every leg. */
  readonly lookup?: Lookup;
  readonly translate?: (address: string) => string;
  readonly resolvers?: readonly Resolver[];
  readonly documented?: DocumentedHosts;
  readonly extraTrust?: readonly string[];
}

export interface DoctorResult {
  readonly report: Report;
  /** For redaction of whatever is made of the report. */
  readonly secrets: readonly { readonly kind: string; readonly value: string }[];
}

export async function runDoctor(options: DoctorOptions, deps: DoctorDeps): Promise<DoctorResult> {
  const ids = new IdSource();
  const startedAt = new Date();
  const beganMs = deps.startedAtMs ?? performance.now();
  const whole = deadlineAt(beganMs + options.runMs, deps.interrupt);
  const lingerMs = deps.light === true ? 0 : options.lingerMs;
  const longest = lingerMs === 0 ? whole : deadlineAt(beganMs + options.runMs + lingerMs, deps.interrupt);
  // Hold time belongs to the probes.
  const reader = boundedReader(
    deps.reader,
    whole.endingEarlier(options.holdMs + (whole.leftMs() - options.holdMs) / 2),
  );
  const discovery = await discover(reader, discoverOptionsOf(options, { ...deps, reader }, ids));
  const { facts } = discovery;
  // A file system that hangs looks the same; who waits for the CPU meanwhile knows that it is not that alone.
  const waitedMs = reader.cutOff() === 0 ? 0 : Math.round((deps.waitedForCpuMs ?? waitedForCpuMs)());
  const run = new Run({
    // What comes after the probes is work for the CPU: where that is hard to get, it starts earlier.
    runMs: Math.max(1, whole.leftMs() - afterwardsMs(whole.leftMs(), options)),
    stepMs: options.stepMs,
    maxSockets: 64,
    reservedMs: options.holdMs,
    ...(options.patient ? { agentWaitMs: waitOf(facts.version.value, longestWaitMs) } : {}),
    ...(lingerMs === 0 ? {} : { linger: { ms: lingerMs, waitMs: waitOf(facts.version.value, ordinaryWaitMs) } }),
    interrupt: deps.interrupt,
    ids,
    ...(deps.onObservation ? { onSave: deps.onObservation } : {}),
    ...(deps.onWait ? { onWait: deps.onWait } : {}),
    ...(deps.translate ? { translate: deps.translate } : {}),
  });
  const started = targetsOf(facts, options, deps.documented !== undefined);
  const hosts = [...new Set(started.map(({ host }) => host))];
  run.observations.push(
    ...discovery.observations.map((seen) => (waitedMs === 0 ? seen : { ...seen, stalledMs: waitedMs })),
    hostNetworkObservation(
      deps.network,
      namesOfOurs(hosts, discovery.routes, deps.network),
      ids.next('read_host_network'),
      run.now(),
    ),
  );
  const documentOf = (probed: Outcome, unfinished: string | null): DoctorResult => {
    const observations = [...run.observations];
    const agent = withItsOwnWord(withEndpoints(facts, probed.endpoints), observations);
    const targets = currentTargets(probed.targets, agent);
    const predicted = predict({ facts: agent, routes: discovery.routes, targets, observations });
    // Settings that were not read in time may be any.
    const predictions = reader.cutOff() === 0 ? predicted : predicted.map(undecided);
    const interrupted = run.interrupted || unfinished !== null;
    const missing = unfinished ?? (interrupted ? 'what is missing here: the run was cut short' : null);
    const draft = {
      schema: REPORT_SCHEMA as typeof REPORT_SCHEMA,
      version: REPORT_VERSION as typeof REPORT_VERSION,
      tool: { name: 'netdata-egress' as const, version: deps.toolVersion },
      startedAt: startedAt.toISOString(),
      durationMs: run.now(),
      interrupted,
      options: reportedOptions(options),
      // What was allowed to a run that had to wait is its budget.
      budgets: { runMs: options.runMs + (run.now() > options.runMs ? lingerMs : 0), stepMs: options.stepMs },
      environment: deps.environment,
      ...(Object.keys(options.labels).length === 0 ? {} : { labels: options.labels }),
      agent,
      targets,
      routes: discovery.routes.map(({ id, route, usedBy, origin }) => ({ id, route, usedBy, origin })),
      observations,
      addresses: classifyAddresses(observations, hosts, deps.knownAddresses),
      predictions,
      notChecked: [
        ...deps.notChecked,
        ...unreadHere(discovery, reader.cutOff()),
        ...unheard(observations),
        ...lacking(observations),
        ...discovery.notChecked,
        ...probed.notChecked,
        ...(missing === null ? [] : [missing]),
      ],
      redaction: { mode: 'off' as const, removed: {} },
    };
    const diagnosis = diagnose({ ...draft, strict: options.strict });
    const exitCode = interrupted ? EXIT.INTERRUPTED : diagnosis.exitCode;
    return {
      report: { ...draft, findings: diagnosis.findings, verdict: diagnosis.verdict, exitCode },
      secrets: discovery.secrets,
    };
  };
  const nothingYet: Outcome = { targets: started, endpoints: null, notChecked: [] };
  await deps.keep?.(
    documentOf(nothingYet, 'everything: the run began, and its process ended before it could be finished'),
  );
  const unasked = { answers: Promise.resolve<readonly Observation[]>([]) };
  const status = await whole.orElse(
    deps.askAgentStatus(facts, ids, () => run.now()),
    unasked,
  );
  const probing = deps.asAgentUser(() =>
    (deps.replay ?? runProbes)(run, {
      ...probeInputOf(discovery, options, deps),
      targets: started,
      readEnv: (rawHead, rawBody) => readEnvEndpoints(rawHead, rawBody, rulesFor(facts.version.value)),
      ...(deps.light === true
        ? {}
        : { spareHoldMs: async (leftMs) => spareHold(await whole.orElse(status.answers, []), leftMs, options) }),
    }),
  );
  const firewall = deps.readLocalFirewall({
    ids,
    now: () => run.now(),
    probed: run.observations,
    done: probing.catch(() => null),
    deadlineMs: () => run.now() + (performance.now() < beganMs + options.runMs ? whole : longest).leftMs(),
    interrupt: deps.interrupt,
  });
  // Where the probes themselves fail, nobody asks for the rules any more.
  firewall.catch(() => undefined);
  try {
    const probed = await probing;
    const late: string[] = [];
    const inTime = async (what: string, answers: Promise<readonly Observation[]>): Promise<readonly Observation[]> => {
      const got = await (run.now() < options.runMs ? whole : longest).orElse<readonly Observation[] | null>(
        answers,
        null,
      );
      if (got === null) late.push(`${what}: not read within the time of the run`);
      return got ?? [];
    };
    run.observations.push(...(await inTime("the Agent's own status", status.answers)));
    run.observations.push(...(await inTime("this host's firewall rules", firewall)));
    run.close();
    return documentOf({ ...probed, notChecked: [...probed.notChecked, ...late] }, null);
  } catch (error) {
    // A fault of ours: what was seen until then is kept, the fault itself goes its way.
    await keepRemains(deps, () => documentOf(nothingYet, 'the rest: the run ended by a fault of this program'));
    throw error;
  }
}

type Outcome = Omit<ProbeResult, 'observations'>;

/** How long an Agent of this version waits in a step, ms. */
function waitOf(
  version: string,
  waitMs: typeof longestWaitMs,
): NonNullable<ConstructorParameters<typeof Run>[0]['agentWaitMs']> {
  return (leg, operation) => (isPatientStep(operation) ? waitMs(leg, operation, version) : 0);
}

/** CPU time that predictions, diagnosis and printing take in a fresh process. */
const JUDGING_MS = 250;

/** What is kept for the host's own rules, which are read after the probes, and for judging: ms of what is left. */
function afterwardsMs(leftMs: number, { runMs, holdMs }: DoctorOptions): number {
  return Math.min(leftMs / 2, Math.min(1000, (runMs - holdMs) / 10) + JUDGING_MS * (slowdown() - 1));
}

function undecided(prediction: Prediction): Prediction {
  const why = "This host's settings could not all be read in time.";
  const unknown = { outcome: 'unknown', rule: 'agent:unknown.host_not_read' as const, why, stops: null } as const;
  return {
    ...prediction,
    ...unknown,
    agentWouldSay: { status: null, log: null },
    agentSeconds: null,
    worksAtAttempt: null,
  };
}

async function keepRemains(deps: DoctorDeps, document: () => DoctorResult): Promise<void> {
  try {
    await deps.keep?.(document());
  } catch {
    // The fault that led here is the one to report.
  }
}

/** A shorter hold finds nothing that people have. */
const LEAST_SPARE_HOLD_MS = 2000;
const MOST_SPARE_HOLD_MS = 300_000;

/** An Agent that loses its link is worth what is left of the budget, but for the answer to the last ping. */
export function spareHold(
  observations: readonly Observation[],
  leftMs: number,
  { stepMs }: Pick<DoctorOptions, 'stepMs'>,
): number {
  const isLosing = observations.some((seen) => {
    if (seen.operation !== 'read_agent_status') return false;
    const { many, cut } = hasLostLinks(seen);
    return many || cut;
  });
  const spareMs = Math.min(Math.floor(leftMs) - stepMs - 1000, MOST_SPARE_HOLD_MS);
  return isLosing && spareMs >= LEAST_SPARE_HOLD_MS ? spareMs : 0;
}

function reportedOptions(options: DoctorOptions): Report['options'] {
  const { families, purposes, proxy, labels: _labels, lingerMs: _lingerMs, container, ...rest } = options;
  return {
    ...rest,
    container: container?.id ?? null,
    // A proxy option can hold a password: the routes say what became of it.
    proxy: proxy === null || proxy === 'none' || proxy === 'env' ? proxy : 'given',
    families: families.map(String),
    purposes,
  };
}
