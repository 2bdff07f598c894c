/**
 * Whole runs in a few lines: a healthy host, changed where a test needs it, predicted by the real rules of the Agent and
 * diagnosed. Everything goes through `diagnose`, so a test states what a user would be told.
 */
import { predict } from '../../../src/agent/predict.js';
import { diagnose, type DiagnoseInput, type Diagnosis } from '../../../src/diagnose/diagnose.js';
import type { AgentFacts } from '../../../src/model/agent.js';
import type { FoundFinding, NotCheckedFinding } from '../../../src/model/finding.js';
import type {
  ControlKind,
  Observation,
  ReadHostNetworkObservation,
  ReadLocalFirewallObservation,
  TlsHandshakeObservation,
} from '../../../src/model/observation.js';
import type { AddressFacts } from '../../../src/model/report.js';
import { LEGS, type Leg, type RouteEntry } from '../../../src/model/route.js';
import type { Target } from '../../../src/model/target.js';
import { ADDRESS, agentFacts, DIRECT, HOST, TARGETS } from '../../helpers/facts.js';
import {
  certificate,
  CHALLENGE_ANSWER,
  ENV_ANSWER,
  scene,
  type Label,
  type Scene,
  type Steps,
  type Way,
} from '../../helpers/observations.js';

export { ADDRESS, HOST };
export * from '../../helpers/observations.js';

export const RESOLVER = '192.0.2.53';
export const SECOND = '192.0.2.54';

/** Timeouts of real runs last seconds; shorter ones count as cut short. */
export const SILENT = { t0Ms: 0, tMs: 5000 } as const;

export interface World {
  readonly seen: Scene;
  routes: RouteEntry[];
  targets: Target[];
  addresses: AddressFacts[];
  agent: AgentFacts;
  strict: boolean;
  uid: number;
  startedAt: string;
}

export function world(over: Partial<World> = {}): World {
  return {
    seen: scene(),
    routes: [DIRECT],
    targets: [...TARGETS],
    addresses: [],
    agent: agentFacts({ over: { claimed: null } }),
    strict: false,
    uid: 0,
    startedAt: '2026-01-01T00:00:00.000Z',
    ...over,
  };
}

export function inputOf(run: World): DiagnoseInput {
  const observations = unique(run.seen.observations);
  const predictions = predict({ facts: run.agent, routes: run.routes, targets: run.targets, observations });
  return {
    schema: 'netdata-egress/report',
    version: 1,
    tool: { name: 'netdata-egress', version: '0.0.0' },
    startedAt: run.startedAt,
    durationMs: 5000,
    interrupted: false,
    options: {},
    budgets: { runMs: 15_000, stepMs: 5000 },
    environment: {
      hostname: 'host',
      platform: 'linux',
      kernel: '6',
      node: '20',
      uid: run.uid,
      user: 'root',
      networkNamespace: null,
    },
    agent: run.agent,
    targets: run.targets,
    routes: run.routes,
    observations,
    addresses: run.addresses,
    predictions,
    notChecked: [],
    redaction: { mode: 'standard', removed: {} },
    strict: run.strict,
  };
}

function unique(observations: readonly Observation[]): Observation[] {
  return [...new Map(observations.map((seen) => [seen.id, seen])).values()];
}

export interface Told extends Diagnosis {
  readonly found: readonly FoundFinding[];
  /** Ids of findings, in order; `not_checked` ones are not in it. */
  readonly ids: readonly string[];
  readonly unchecked: readonly NotCheckedFinding[];
  finding(id: string): FoundFinding;
}

export function tell(run: World): Told {
  return toldOf(inputOf(run));
}

export function toldOf(input: DiagnoseInput): Told {
  const told = diagnose(input);
  const found = told.findings.filter((finding) => finding.outcome === 'found');
  return {
    ...told,
    found,
    ids: found.map(({ id }) => id),
    unchecked: told.findings.filter((finding) => finding.outcome === 'not_checked'),
    finding(id) {
      const hit = found.find((finding) => finding.id === id);
      if (hit === undefined) throw new Error(`no finding ${id} among ${found.map((one) => one.id).join(', ')}`);
      return hit;
    },
  };
}

/** The causes that are blamed: what blocks or threatens a leg. */
export function blamed(told: Told): string[] {
  return told.found.filter(({ severity }) => severity !== 'notes').map(({ id }) => id);
}

/** Stores as a real run has them: the legs' own, the system's and Mozilla's. */
export const STORES = ['claim', 'link', 'system', 'mozilla'] as const;

export function judgedBy(...trusting: readonly string[]): TlsHandshakeObservation['judgements'] {
  return STORES.map((storeId) =>
    trusting.includes(storeId)
      ? { storeId, trusted: true, errors: [], depth: null }
      : { storeId, trusted: false, errors: ['SELF_SIGNED_CERT_IN_CHAIN' as const], depth: 1 },
  );
}

export function judgedWith(
  ...errors: TlsHandshakeObservation['judgements'][number]['errors']
): TlsHandshakeObservation['judgements'] {
  return STORES.map((storeId) => ({ storeId, trusted: false, errors, depth: 0 }));
}

export const GENUINE: Partial<TlsHandshakeObservation> = { judgements: judgedBy(...STORES) };

/** How one leg differs from a healthy one; the steps behind what is given are left out. */
export interface LegOver {
  readonly addresses?: readonly string[];
  /** Replaces everything after resolution. */
  readonly steps?: (steps: Steps, leg: Leg) => void;
  readonly tls?: Partial<Omit<TlsHandshakeObservation, 'operation' | 'id'>>;
  /** Replaces everything after TLS. */
  readonly answer?: (steps: Steps, way: Way, leg: Leg) => void;
  readonly label?: Label;
}

/** Adds the walks of all legs, healthy where `over` says nothing. */
export function walkLegs(run: World, over: Partial<Record<Leg, LegOver>> & { readonly all?: LegOver } = {}): World {
  for (const leg of LEGS) {
    const how = { ...over.all, ...over[leg] };
    const steps = run.seen.on({ leg, host: HOST[leg], ...how.label });
    steps.resolveOk(how.addresses ?? [ADDRESS[leg]], {
      id: `resolve-${HOST[leg]}`,
      leg: null,
      routeId: null,
      targetId: null,
    } as never);
    if (how.steps !== undefined) {
      how.steps(steps, leg);
      continue;
    }
    for (const address of how.addresses ?? [ADDRESS[leg]]) {
      const way = steps.connectOk(address);
      goOn(steps, way, leg, how);
    }
  }
  return run;
}

/** TLS and what comes after it, healthy unless told otherwise. */
export function goOn(steps: Steps, way: Way, leg: Leg, how: LegOver = {}): void {
  const tls = steps.tlsOk(way, { ...GENUINE, chain: [certificate({ subject: `CN=${HOST[leg]}` })], ...how.tls });
  if (tls.failure !== null) return;
  if (how.answer !== undefined) return how.answer(steps, way, leg);
  if (leg === 'link') {
    steps.upgradeOk(way);
    steps.connack(way, 135);
    return;
  }
  steps.httpAnswer(way, leg === 'auth' ? CHALLENGE_ANSWER : ENV_ANSWER);
}

export function healthy(run: World = world()): World {
  return walkLegs(run);
}

/** A control for one leg's host. */
export function control(run: World, kind: ControlKind, leg: Leg = 'env', label: Label = {}): Steps {
  return run.seen.on({ leg, host: HOST[leg], role: { kind: 'control', control: kind }, ...label });
}

/** An unrelated host, as the doctor asks it with --controls. */
export function neutral(run: World): Steps {
  return run.seen.on({ leg: null, host: 'www.example.com', role: { kind: 'control', control: 'neutral_host' } });
}

export function hostNetwork(run: World, over: Partial<ReadHostNetworkObservation> = {}): ReadHostNetworkObservation {
  return run.seen.add({
    ...hostFact('read_host_network', run),
    resolvers: [{ address: RESOLVER, port: 53, source: '/etc/resolv.conf:1' }],
    hostsOverrides: [],
    defaultRoute4: true,
    defaultRoute6: true,
    gateway4: '192.0.2.1',
    gateway6: null,
    ...over,
  });
}

export function localFirewall(
  run: World,
  rules: ReadLocalFirewallObservation['rules'] = [],
  over: Partial<ReadLocalFirewallObservation> = {},
): ReadLocalFirewallObservation {
  return run.seen.add({ ...hostFact('read_local_firewall', run), manager: 'nftables', rules, ...over });
}

export function hostFact<O extends Observation['operation']>(operation: O, run: World) {
  return {
    id: run.seen.nextId(operation),
    operation,
    transactionId: `host-${operation}`,
    targetId: null,
    leg: null,
    routeId: null,
    role: { kind: 'path' } as const,
    address: null,
    t0Ms: 0,
    tMs: 1,
    failure: null,
  };
}
