/**
 * What of one round is worth remembering: the facts whose change explains an outage, and the times of its steps. All of
 * it is bounded, and none of it holds a credential (a route names its proxy without the login).
 */
import type { FindingId } from '../model/finding-id.js';
import type { Observation, TlsHandshakeObservation } from '../model/observation.js';
import type { Outcome } from '../model/prediction.js';
import type { AddressClass, Report } from '../model/report.js';
import { LEGS, type Leg } from '../model/route.js';
import { egressOf } from '../report/outside.js';
import { tookMs } from '../trace/silence.js';
import { traceOf } from '../trace/trace.js';
import { hasChain, publiclyTrusted } from '../trace/trust.js';

export type StepName = 'resolve' | 'connect' | 'proxy' | 'tls' | 'http' | 'websocket' | 'mqtt';
export const STEPS: readonly StepName[] = ['resolve', 'connect', 'proxy', 'tls', 'http', 'websocket', 'mqtt'];

/** Who signs what a name shows. */
interface Signer {
  /** The leaf's issuer, one line of foreign text. */
  readonly issuer: string;
  /** ISO 8601 UTC: when the first certificate of what was shown ends. */
  readonly notAfter: string;
  /** Trusted by the public roots; null = nobody judged. */
  readonly trusted: boolean | null;
}

export interface RoundFacts {
  readonly claim: Outcome;
  readonly link: Outcome;
  readonly legs: Readonly<Record<Leg, Outcome>>;
  /** The finding behind the link's verdict, else behind the claim's. */
  readonly cause: FindingId | null;
  /** Addresses by name, as the C library gave them: the first one is tried first. */
  readonly addresses: Readonly<Record<string, readonly string[]>>;
  readonly classes: Readonly<Record<string, AddressClass>>;
  readonly signers: Readonly<Record<string, Signer>>;
  /** RouteEntry.id. */
  readonly routes: Readonly<Record<Leg, string>>;
  readonly resolvers: readonly string[];
  /** The address that this host shows outside, where the cloud or a proxy tells it. */
  readonly egress: string | null;
  /** The Agent's own word on its link; null = it was not asked, or did not say. */
  readonly agentStatus: string | null;
  readonly reconnects: number | null;
  /** ms by leg and step, of the steps that were taken. */
  readonly steps: Readonly<Record<Leg, Readonly<Partial<Record<StepName, number>>>>>;
  /** Names whose first address was silent while a later one answered. */
  readonly silentFirst: readonly { readonly host: string; readonly address: string }[];
  /** Which rules decided: the same text = the same way to work or to fail. */
  readonly signature: string;
  /** Connections that were opened to the cloud or a proxy. */
  readonly connections: number;
  /** The service asked to be left alone: ms from now, 0 where it named no time; null = it did not. */
  readonly retryAfterMs: number | null;
  readonly durationMs: number;
}

const MAX_NAMES = 16;
const MAX_ADDRESSES = 64;
const MAX_TEXT = 300;

export function factsOf(report: Report): RoundFacts {
  const { verdict, observations } = report;
  const legs = byLeg((leg) => verdict.legs[leg].outcome);
  const rules = byLeg((leg) => {
    const rule = report.predictions.find((one) => one.leg === leg)?.rule;
    // As the histories of older versions have it: an update is no change of the network.
    return rule === undefined ? 'none' : rule.slice('agent:'.length);
  });
  return {
    claim: verdict.claim.outcome,
    link: verdict.link.outcome,
    legs,
    cause: verdict.link.cause ?? verdict.claim.cause,
    addresses: addressesOf(observations),
    classes: Object.fromEntries(
      report.addresses.slice(0, MAX_NAMES * MAX_ADDRESSES).map((one) => [`${one.host} ${one.address}`, one.class]),
    ),
    signers: signersOf(observations),
    routes: byLeg((leg) => report.agent.legs[leg].routeId.slice(0, MAX_TEXT)),
    resolvers: observations
      .flatMap((seen) => (seen.operation === 'read_host_network' ? seen.resolvers : []))
      .map(({ address }) => address),
    egress: egressOf(observations),
    agentStatus: statusOf(observations)?.status?.slice(0, 40) ?? null,
    reconnects: statusOf(observations)?.reconnectCount ?? null,
    steps: byLeg((leg) => stepsOf(report, leg)),
    silentFirst: silentFirstOf(report),
    signature: LEGS.map((leg) => `${leg}:${legs[leg]}:${rules[leg]}`).join(' '),
    connections: observations.filter(({ operation }) => operation === 'connect').length,
    retryAfterMs: retryAfterOf(observations),
    durationMs: report.durationMs,
  };
}

export function byLeg<T>(value: (leg: Leg) => T): Readonly<Record<Leg, T>> {
  return { claim: value('claim'), env: value('env'), auth: value('auth'), link: value('link') };
}

function addressesOf(observations: readonly Observation[]): RoundFacts['addresses'] {
  const found = new Map<string, readonly string[]>();
  for (const seen of observations) {
    if (seen.operation !== 'resolve' || seen.failure !== null || found.size >= MAX_NAMES) continue;
    found.set(
      seen.hostname,
      seen.addresses.slice(0, MAX_ADDRESSES).map(({ address }) => address),
    );
  }
  return Object.fromEntries(found);
}

function signersOf(observations: readonly Observation[]): RoundFacts['signers'] {
  const found = new Map<string, Signer>();
  for (const seen of observations) {
    if (seen.operation !== 'tls_handshake' || seen.role.kind !== 'path' || !hasChain(seen)) continue;
    if (found.has(seen.expectedName) || found.size >= MAX_NAMES) continue;
    const signer = signerOf(seen);
    if (signer !== null) found.set(seen.expectedName, signer);
  }
  return Object.fromEntries(found);
}

function signerOf(seen: TlsHandshakeObservation): Signer | null {
  const [leaf] = seen.chain;
  const ends = seen.chain.map(({ notAfter }) => Date.parse(notAfter)).filter(Number.isFinite);
  if (leaf === undefined || ends.length === 0) return null;
  return {
    issuer: leaf.issuer.slice(0, MAX_TEXT),
    notAfter: new Date(Math.min(...ends)).toISOString(),
    trusted: publiclyTrusted(seen),
  };
}

function statusOf(observations: readonly Observation[]) {
  return observations.find((seen) => seen.operation === 'read_agent_status' && seen.status !== null) as
    Extract<Observation, { operation: 'read_agent_status' }> | undefined;
}

const STEP_OF: Readonly<Partial<Record<Observation['operation'], StepName>>> = {
  connect: 'connect',
  proxy_connect: 'proxy',
  tls_handshake: 'tls',
  http_round_trip: 'http',
  websocket_upgrade: 'websocket',
  mqtt_connect: 'mqtt',
};

/** Of the leg's own attempt that came furthest. */
function stepsOf(report: Report, leg: Leg): Readonly<Partial<Record<StepName, number>>> {
  const { host, port } = report.agent.legs[leg];
  const own = traceOf(report)
    .path.filter((attempt) => attempt.leg === leg && attempt.host === host && attempt.port === port)
    .sort((a, b) => b.steps.length - a.steps.length)[0];
  const times: Partial<Record<StepName, number>> = {};
  const add = (step: StepName, seen: Observation): void => {
    times[step] = Math.round((times[step] ?? 0) + tookMs(seen));
  };
  for (const seen of report.observations)
    if (seen.operation === 'resolve' && seen.hostname === host) add('resolve', seen);
  for (const seen of own?.steps ?? []) {
    const step = STEP_OF[seen.operation];
    if (step !== undefined) add(step, seen);
  }
  return times;
}

function silentFirstOf(report: Report): RoundFacts['silentFirst'] {
  return traceOf(report).connects.flatMap(({ host, cells }) => {
    const usable = cells.filter(({ fate }) => fate !== 'no_family');
    const [first] = usable;
    const later = usable.slice(1).some(({ fate }) => fate === 'works');
    return first?.fate === 'silent' && later ? [{ host, address: first.address }] : [];
  });
}

/** RFC 9110 section 10.2.3: seconds, or a date. Only an answer that asks for patience is looked at. */
function retryAfterOf(observations: readonly Observation[]): number | null {
  let longest: number | null = null;
  for (const seen of observations) {
    if (seen.operation !== 'http_round_trip' && seen.operation !== 'websocket_upgrade') continue;
    if (seen.role.kind !== 'path') continue;
    const value = seen.headers.find(([name]) => name.toLowerCase() === 'retry-after')?.[1].trim();
    if (seen.status !== 429 && (seen.status !== 503 || value === undefined)) continue;
    const now = Date.parse(seen.receivedAt ?? '');
    const seconds = value !== undefined && /^\d{1,7}$/.test(value) ? Number(value) * 1000 : null;
    const date = value === undefined ? NaN : Date.parse(value) - now;
    longest = Math.max(longest ?? 0, seconds ?? (Number.isFinite(date) ? Math.max(0, date) : 0));
  }
  return longest;
}
