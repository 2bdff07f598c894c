/** What every rule asks: the trace of the run, beside what the Agent's settings and the predictions make of it. */
import { exchangeOf, ownRulesOn, type OwnRules } from './evidence/own-rules.js';
import type { AgentFacts, LegSettings } from '../model/agent.js';
import type {
  ControlKind,
  ObservationId,
  ReadAgentStatusObservation,
  ReadLocalFirewallObservation,
} from '../model/observation.js';
import type { Prediction } from '../model/prediction.js';
import type { AddressFacts } from '../model/report.js';
import { LEGS, type Leg, type RouteEntry } from '../model/route.js';
import type { Target } from '../model/target.js';
import { type Attempt, isControl } from '../trace/attempts.js';
import { legsOn } from '../trace/legs.js';
import { type Trace, traceOf } from '../trace/trace.js';
import { isAcceptedByAll, isGenuine } from '../trace/trust.js';
import { type Commands, commandsOf } from './commands.js';
import type { DiagnoseInput } from './input.js';

/** One thing that somebody needs: a leg's host by the leg's own route, or an optional destination. */
interface Need {
  readonly leg: Leg | null;
  readonly target: Target;
  readonly settings: LegSettings | null;
  readonly routeId: string;
  readonly route: RouteEntry | null;
  readonly prediction: Prediction | null;
  /** Attempts on the Agent's own path, one per address (or one through the proxy). */
  readonly attempts: readonly Attempt[];
}

export interface Evidence extends Trace {
  readonly input: DiagnoseInput;
  readonly agent: AgentFacts;
  /** What is typed to do something about it. */
  readonly commands: Commands;
  readonly needs: readonly Need[];
  readonly firewalls: readonly ReadLocalFirewallObservation[];
  readonly agentStatus: readonly ReadAgentStatusObservation[];
  readonly predictions: readonly Prediction[];
  route(id: string | null): RouteEntry | null;
  /** Control attempts of these kinds. */
  controls(...kinds: readonly ControlKind[]): readonly Attempt[];
  /** Controls of a kind at the same address (or through the same proxy) as this attempt. */
  controlsAt(attempt: Attempt, ...kinds: readonly ControlKind[]): readonly Attempt[];
  /** Attempts for another host along the same route, on the path or as a control for a neutral host. */
  siblings(attempt: Attempt): readonly Attempt[];
  /** Alternatives (other routes at hand) for the same host. */
  alternatives(host: string): readonly Attempt[];
  addressFacts(host: string, address: string): AddressFacts | null;
  /** A valid certificate for this name was seen at this address. */
  proven(host: string, address: string): boolean;
  /** Legs an attempt speaks for. */
  legsOf(attempt: Attempt): readonly Leg[];
  /** What this host's own rules have to do with these observations. */
  ownRules(seen: Iterable<ObservationId>): OwnRules;
  prediction(leg: Leg): Prediction | null;
  /** Whatever went wrong on these legs' own path: failed steps, and what stops their predictions. */
  troubles(legs: readonly Leg[]): readonly ObservationId[];
  /** Whether anything needs this name resolved on this host. */
  resolvedLocally(host: string): boolean;
}

export function buildEvidence(input: DiagnoseInput): Evidence {
  const trace = traceOf(input);
  const { attempts, observations, path } = trace;
  const routes = new Map(input.routes.map((route) => [route.id, route]));
  const predictions = new Map(input.predictions.map((prediction) => [prediction.leg, prediction]));
  const settings = input.agent.legs;
  const byAddress = new Map(input.addresses.map((facts) => [`${facts.host} ${facts.address}`, facts]));
  const genuineAt = once(
    () =>
      new Set(
        attempts
          .filter(({ tls }) => isGenuine(tls) || isAcceptedByAll(tls, Object.values(settings)))
          .map(({ tls, address }) => `${tls?.expectedName ?? ''} ${address ?? ''}`),
      ),
  );

  const legsOf = (attempt: Attempt): readonly Leg[] => legsOn(attempt, settings);

  const needs = once(() => buildNeeds(input, path, routes, predictions, legsOf));
  const localHosts = once(() => {
    const names = new Set<string>();
    for (const { target, route } of needs()) {
      if (route === null || route.route.kind === 'direct') names.add(target.host);
      else {
        names.add(route.route.proxy.host);
        if ('resolveAt' in route.route && route.route.resolveAt === 'local') names.add(target.host);
      }
    }
    return names;
  });

  const firewalls = observations.filter((seen) => seen.operation === 'read_local_firewall');

  return {
    ...trace,
    input,
    agent: input.agent,
    commands: commandsOf(input),
    get needs() {
      return needs();
    },
    firewalls,
    agentStatus: observations.filter((seen) => seen.operation === 'read_agent_status'),
    predictions: input.predictions,
    route: (id) => (id === null ? null : (routes.get(id) ?? null)),
    controls: (...kinds) => attempts.filter(({ role }) => isControl(role, ...kinds)),
    controlsAt: (attempt, ...kinds) =>
      attempts.filter(
        (other) =>
          isControl(other.role, ...kinds) &&
          other.routeId === attempt.routeId &&
          other.host === attempt.host &&
          other.address === attempt.address,
      ),
    siblings: (attempt) =>
      attempts.filter(
        (other) =>
          other.host !== attempt.host &&
          (other.role.kind === 'path' ? other.routeId === attempt.routeId : isControl(other.role, 'neutral_host')),
      ),
    alternatives: (host) => attempts.filter(({ role, host: own }) => role.kind === 'alternative' && own === host),
    addressFacts: (host, address) => byAddress.get(`${host} ${address}`) ?? null,
    proven: (host, address) => genuineAt().has(`${host} ${address}`),
    legsOf,
    ownRules: (seen) => {
      const ids = new Set(seen);
      const failed = observations.filter(({ id, failure }) => ids.has(id) && failure !== null);
      const exchanges = failed.map(exchangeOf).filter((exchange) => exchange !== null);
      return ownRulesOn(firewalls, exchanges, input.environment.uid);
    },
    prediction: (leg) => predictions.get(leg) ?? null,
    troubles: (legs) => {
      const ids = new Set<ObservationId>();
      for (const need of needs()) {
        if (need.leg === null || !legs.includes(need.leg)) continue;
        if (need.prediction?.stops) ids.add(need.prediction.stops);
        for (const attempt of need.attempts) {
          for (const step of attempt.steps) if (step.failure !== null) ids.add(step.id);
        }
      }
      return [...ids];
    },
    resolvedLocally: (host) => localHosts().has(host),
  };
}

function buildNeeds(
  input: DiagnoseInput,
  path: readonly Attempt[],
  routes: ReadonlyMap<string, RouteEntry>,
  predictions: ReadonlyMap<Leg, Prediction>,
  legsOf: (attempt: Attempt) => readonly Leg[],
): readonly Need[] {
  const needs: Need[] = [];
  for (const leg of LEGS) {
    const settings = input.agent.legs[leg];
    const own = input.targets.filter((target) => target.leg === leg);
    const targets = own.length > 0 ? own : [targetOf(settings)];
    for (const target of targets) {
      needs.push({
        leg,
        target,
        settings,
        routeId: settings.routeId,
        route: routes.get(settings.routeId) ?? null,
        prediction: predictions.get(leg) ?? null,
        attempts: path.filter(
          (attempt) => attempt.host === target.host && attempt.port === target.port && legsOf(attempt).includes(leg),
        ),
      });
    }
  }
  for (const target of input.targets) {
    if (target.leg !== null) continue;
    const attempts = path.filter((attempt) => attempt.targetId === target.id);
    const routeId = attempts[0]?.routeId ?? 'direct';
    needs.push({
      leg: null,
      target,
      settings: null,
      routeId,
      route: routes.get(routeId) ?? null,
      prediction: null,
      attempts,
    });
  }
  return needs;
}

function targetOf(settings: LegSettings): Target {
  const { leg, host, port, path } = settings;
  return {
    id: `${leg}:${host}:${String(port)}`,
    host,
    port,
    purpose: leg === 'claim' ? 'claim' : 'link',
    leg,
    required: true,
    source: settings.hostSource.name,
    path,
  };
}

function once<T>(compute: () => T): () => T {
  let value: { readonly it: T } | null = null;
  return () => (value ??= { it: compute() }).it;
}
