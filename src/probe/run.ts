/**
 * Runs a whole measurement: every leg at once, every address on its own, controls as soon as something is suspected.
 * A slow or silent network costs one step deadline: controls start beside a slow step and end with it.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Observation, Role } from '../model/observation.js';
import type { EnvEndpoints, PlannedRoute } from '../model/planned.js';
import type { Target } from '../model/target.js';
import type { NetContext } from '../net/context.js';
import { createTrustSet, type TrustSet } from '../net/trust.js';
import { runControl } from './control-runner.js';
import { fullSizeWrite } from './controls/application.js';
import { largeClientHello } from './controls/hello.js';
import { CONTROLS } from './controls/registry.js';
import { Names } from './names.js';
import {
  addressesToWalk,
  busyPingMs,
  claimPathOf,
  holdLadder,
  namesToAsk,
  requestPathOf,
  resolvesLocally,
  targetId,
} from './plan.js';
import type { Run } from './run-context.js';
import { answersLikeAnApi, isWholeJson, phaseOf, SLOW_AFTER_MS, suspect } from './suspect.js';
import { Tasks } from './tasks.js';
import type { ControlPlan, Phase, ProbeInput, Suspicion } from './types.js';
import { walk, type Walk } from './walk.js';

export interface ProbeResult {
  readonly observations: readonly Observation[];
  /** The targets asked for, plus those that /env named. */
  readonly targets: readonly Target[];
  /** What /env named, or null when it gave no usable answer. */
  readonly endpoints: EnvEndpoints | null;
  readonly notChecked: readonly string[];
}

export async function runProbes(run: Run, input: ProbeInput): Promise<ProbeResult> {
  return new Measurement(run, input).measure();
}

/** A control with less time than this would only tell that it had no time. */
const LEAST_USEFUL_MS = 200;

class Measurement {
  readonly #run: Run;
  readonly #input: ProbeInput;
  readonly #trust: TrustSet;
  readonly #routes: ReadonlyMap<string, PlannedRoute>;
  readonly #storeIds: readonly string[];
  readonly #tasks = new Tasks();
  readonly #names: Names;
  /** What was asked once and is not asked again. */
  readonly #asked = new Set<string>();
  readonly #targets: Target[];
  /** Stands in for the node's claimed id, which is never sent. */
  readonly #throwAwayId = randomUUID();
  #endpoints: EnvEndpoints | null = null;
  /** Another turn comes after this one, ms since the run's zero. */
  #turnEndsAt = Number.POSITIVE_INFINITY;

  constructor(run: Run, input: ProbeInput) {
    this.#run = run;
    this.#input = input;
    this.#names = new Names(run, input, this.#tasks);
    this.#trust = createTrustSet(input.trustStores, input.legStores.link);
    this.#routes = new Map(input.routes.map((route) => [route.id, route]));
    this.#storeIds = [...new Set(Object.values(input.legStores))];
    this.#targets = [...input.targets];
  }

  async measure(): Promise<ProbeResult> {
    for (const name of namesToAsk(this.#input)) this.#askResolvers(name);
    const [together, afterwards] = this.#inTurn();
    if (afterwards.length > 0) this.#turnEndsAt = this.#run.now() + 2 * this.#run.stepMs;
    for (const target of together) this.#tasks.spawn(this.#followLeg(target));
    await this.#tasks.settle();
    this.#turnEndsAt = Number.POSITIVE_INFINITY;
    for (const target of afterwards) this.#tasks.spawn(this.#followLeg(target));
    await this.#tasks.settle();
    const { holdMs, spareHoldMs } = this.#input;
    const hold = holdMs > 0 ? holdMs : ((await spareHoldMs?.(this.#run.budgetLeftMs())) ?? 0);
    if (hold > 0) {
      for (const target of this.#targets) if (target.leg === 'link') this.#tasks.spawn(this.#hold(target, hold));
      await this.#tasks.settle();
    }
    return {
      observations: this.#run.observations,
      targets: this.#targets,
      endpoints: this.#endpoints,
      notChecked: this.#notChecked(),
    };
  }

  /**
   * A proxy that remembers logins by user name may let a wrong password pass because it has just seen the right one. The
   * Agent never shows both at a time, so a claim with other credentials for the link's proxy waits for the link.
   */
  #inTurn(): readonly [together: readonly Target[], afterwards: readonly Target[]] {
    const { targets, legRoutes } = this.#input;
    const [claim, link] = [this.#routes.get(legRoutes.claim), this.#routes.get(legRoutes.link)];
    if (claim === undefined || link === undefined || claim.id === link.id) return [targets, []];
    const [one, other] = [claim.route, link.route];
    const same =
      one.kind !== 'direct' &&
      other.kind !== 'direct' &&
      one.proxy.host === other.proxy.host &&
      one.proxy.port === other.proxy.port;
    if (!same) return [targets, []];
    return [targets.filter(({ leg }) => leg !== 'claim'), targets.filter(({ leg }) => leg === 'claim')];
  }

  #notChecked(): readonly string[] {
    const legs = new Set(this.#targets.map((target) => target.leg));
    const missing = (['auth', 'link'] as const).filter((leg) => !legs.has(leg));
    if (missing.length === 0) return this.#tasks.crashes;
    return [
      ...this.#tasks.crashes,
      `${missing.join(' and ')}: not checked because their hosts are named by /env, which gave no usable answer`,
    ];
  }

  /** The resolvers on the wire tell causes apart; a light run asks them only where the Agent itself would. */
  #askResolvers(name: string): void {
    if (this.#input.light !== true || this.#input.ownLookups === true) this.#names.askResolvers(name);
  }

  /** One leg along the route that the Agent would take. */
  async #followLeg(target: Target): Promise<void> {
    const routeId = target.leg === null ? 'direct' : this.#input.legRoutes[target.leg];
    const route = this.#routes.get(routeId);
    if (route === undefined) return;
    await this.#followRoute(target, route, { kind: 'path' });
  }

  async #followRoute(target: Target, route: PlannedRoute, role: Role): Promise<void> {
    const found = resolvesLocally(route) ? await this.#resolveFor(target, route, role) : [null];
    // A SOCKS proxy is reached before the name is looked up for it: both are seen.
    const addresses = found.length === 0 && route.route.kind !== 'direct' ? [null] : found;
    const walked = this.#input.light === true ? addresses.slice(0, 1) : addresses;
    await Promise.all(walked.map((address) => this.#walk(target, route, role, address)));
  }

  async #resolveFor(target: Target, route: PlannedRoute, role: Role): Promise<readonly string[]> {
    const sinceMs = this.#run.now();
    const base = { phase: 'resolve' as const, target, route, address: null, sinceMs };
    const slow = setTimeout(() => this.#suspicion({ ...base, reason: 'slow', observation: null }, role), SLOW_AFTER_MS);
    const resolving = this.#names.resolve(target.host);
    const late = await Promise.race([resolving.then(() => null), this.#names.overdue(target.host)]);
    clearTimeout(slow);
    // The Agent will get these addresses in the end: what they lead to can be seen now. How long that takes is waited for.
    if (late !== null && late.length > 0 && route.route.kind === 'direct') {
      this.#tasks.spawn(resolving);
      return addressesToWalk(late, route, this.#input.families);
    }
    const answer = await resolving;
    if (answer.failure !== null) this.#suspicion({ ...base, reason: 'failed', observation: answer.id }, role);
    return addressesToWalk(await this.#names.addressesOf(answer), route, this.#input.families);
  }

  async #walk(target: Target, route: PlannedRoute, role: Role, address: string | null): Promise<void> {
    let slow: NodeJS.Timeout | undefined;
    const onStep = (phase: Phase, sinceMs: number): void => {
      clearTimeout(slow);
      slow = setTimeout(() => {
        this.#suspicion({ phase, reason: 'slow', target, route, address, sinceMs, observation: null }, role);
        if (phase === 'http' && target.leg === 'claim' && role.kind === 'path')
          this.#askForTheNode(target, route, address);
      }, SLOW_AFTER_MS);
    };
    const seen = await this.#steps(this.#run.context(this.#turnEndsAt, target.leg), {
      target,
      route,
      address,
      role,
      onStep,
    });
    clearTimeout(slow);
    this.#consider(seen, target, route, role, address);
  }

  /** What a finished walk gives rise to: suspicions, the hosts that /env names, one look at large ClientHellos. */
  #consider(
    seen: readonly Observation[],
    target: Target,
    route: PlannedRoute,
    role: Role,
    address: string | null,
  ): void {
    for (const observation of seen) {
      const found = suspect(observation, this.#storeIds);
      if (found === null) continue;
      // What timed out was suspected while it was slow: its controls end with it, not a deadline later.
      const silent = observation.failure?.kind === 'generic_timeout_error';
      const sinceMs = silent ? observation.t0Ms : observation.tMs;
      const failure = observation.failure?.kind ?? null;
      this.#suspicion({ ...found, target, route, address, sinceMs, observation: observation.id, failure }, role);
    }
    if (role.kind !== 'path') return;
    if (target.leg === 'claim') {
      const answer = seen.find((observation) => observation.operation === 'http_round_trip');
      if (answer?.operation === 'http_round_trip' && !(answersLikeAnApi(answer) && isWholeJson(answer))) {
        this.#askForTheNode(target, route, address);
      }
      return;
    }
    if (target.leg !== 'env') return;
    for (const observation of seen) {
      if (observation.operation !== 'http_round_trip' || observation.failure !== null) continue;
      this.#learnEndpoints(this.#input.readEnv(observation.rawHead, observation.rawBody));
      if (this.#input.light === true) continue;
      const suspicion = {
        phase: 'http',
        reason: 'odd',
        target,
        route,
        address,
        sinceMs: observation.tMs,
        observation: observation.id,
      } as const;
      const large = this.#control(largeClientHello.plan(suspicion, this.#facts()), this.#run.now() + this.#run.stepMs);
      if (large !== null) this.#tasks.spawn(this.#doubtSizes(large, route));
    }
  }

  /** /env gives no genuine answer on the claim leg, or none at all: ask below the claim's own path, once an address. */
  #askForTheNode(target: Target, route: PlannedRoute, address: string | null): void {
    const key = `node:${route.id}:${target.id}:${address ?? 'proxy'}`;
    if (this.#asked.has(key)) return;
    this.#asked.add(key);
    const requestPath = claimPathOf(target, this.#throwAwayId);
    const role: Role = { kind: 'path' };
    const ctx = this.#run.context(this.#turnEndsAt, target.leg);
    this.#tasks.spawn(this.#steps(ctx, { target, route, address, role, requestPath }));
  }

  #learnEndpoints(endpoints: EnvEndpoints | null): void {
    if (endpoints === null || this.#endpoints !== null) return;
    this.#endpoints = endpoints;
    for (const leg of ['auth', 'link'] as const) {
      const endpoint = endpoints[leg];
      if (endpoint === null) continue;
      const id = targetId(leg, endpoint.host, endpoint.port);
      if (this.#targets.some((target) => target.id === id)) continue;
      const target: Target = {
        id,
        host: endpoint.host,
        port: endpoint.port,
        path: endpoint.path,
        purpose: 'link',
        leg,
        required: true,
        source: '/env',
      };
      this.#targets.push(target);
      if (resolvesLocally(this.#routes.get(this.#input.legRoutes[leg]))) this.#askResolvers(target.host);
      this.#tasks.spawn(this.#followLeg(target));
    }
  }

  #facts() {
    return { input: this.#input, resolved: this.#names.resolved, wire: this.#names.wire };
  }

  /** Controls and alternatives for a suspicion on the Agent's own path. */
  #suspicion(suspicion: Suspicion, role: Role): void {
    // The controls speak TLS: they have nothing to say about a way without it.
    if (this.#input.light === true || this.#run.signal.aborted) return;
    if (role.kind !== 'path' || suspicion.target.plain === true) return;
    const deadlineAt = suspicion.sinceMs + this.#run.stepMs;
    if (deadlineAt - this.#run.now() < LEAST_USEFUL_MS) return;
    const facts = this.#facts();
    for (const control of CONTROLS) {
      if (!control.phases.includes(suspicion.phase)) continue;
      void this.#control(control.plan(suspicion, facts), deadlineAt);
    }
    if (suspicion.reason === 'odd' && suspicion.phase === 'http' && !this.#refused(suspicion)) return;
    this.#alternatives(suspicion.target, suspicion.route, deadlineAt);
  }

  /** An answer to the harmless request that no genuine service gives: redirects, pages, proxy errors. */
  #refused(suspicion: Suspicion): boolean {
    const observation = this.#run.observations.find(({ id }) => id === suspicion.observation);
    return observation?.operation === 'http_round_trip' && !observation.rawBody.trimStart().startsWith('{');
  }

  /** The last control that was started, which #tasks waits for; null = all of them were asked before. */
  #control(plans: readonly ControlPlan[], deadlineAt: number): Promise<void> | null {
    let started: Promise<void> | null = null;
    for (const plan of plans) {
      if (this.#asked.has(plan.key)) continue;
      this.#asked.add(plan.key);
      started = runControl(plan, {
        net: this.#run.context(deadlineAt),
        input: this.#input,
        trust: this.#trust,
        transactionId: this.#run.nextTransaction(),
        requestPath: ({ target }) => requestPathOf(target, this.#input.agentVersion, this.#throwAwayId),
      });
      this.#tasks.spawn(started);
    }
    return started;
  }

  /**
   * A large ClientHello that is not answered leaves two explanations: its size, or that of any packet. The link tells,
   * which is where the Agent will write much: full segments on an open connection there.
   */
  async #doubtSizes(large: Promise<void>, route: PlannedRoute): Promise<void> {
    const answered = large.then(() => true);
    if (await Promise.race([answered, sleep(SLOW_AFTER_MS, false, { ref: false })])) return;
    const target = this.#targets.find(({ leg }) => leg === 'link');
    if (target === undefined || this.#run.signal.aborted) return;
    const addresses = resolvesLocally(route) ? await this.#names.resolve(target.host) : null;
    const address =
      addresses === null ? null : (addressesToWalk(addresses.addresses, route, this.#input.families)[0] ?? null);
    if (addresses !== null && address === null) return;
    const sinceMs = this.#run.now();
    const doubt = { phase: 'http', reason: 'slow', target, route, address, sinceMs, observation: null } as const;
    void this.#control(fullSizeWrite.plan(doubt, this.#facts()), sinceMs + this.#run.stepMs);
  }

  /** Other ways out that are already at hand, for the legs whose own way fails. */
  #alternatives(target: Target, own: PlannedRoute, deadlineAt: number): void {
    for (const route of this.#input.routes) {
      if (route.id === own.id) continue;
      const key = `alternative:${route.id}:${target.id}`;
      if (this.#asked.has(key)) continue;
      this.#asked.add(key);
      this.#tasks.spawn(this.#alternative(target, route, deadlineAt));
    }
  }

  async #alternative(target: Target, route: PlannedRoute, deadlineAt: number): Promise<void> {
    const role: Role = { kind: 'alternative' };
    const addresses = resolvesLocally(route)
      ? addressesToWalk((await this.#names.resolve(target.host)).addresses, route, this.#input.families)
      : [null];
    await Promise.all(
      addresses
        .slice(0, 4)
        .map((address) => this.#steps(this.#run.context(deadlineAt), { target, route, address, role })),
    );
  }

  async #hold(target: Target, longest: number): Promise<void> {
    const route = this.#routes.get(this.#input.legRoutes.link);
    if (route === undefined) return;
    const upgraded = this.#run.observations.find(
      (seen) => seen.operation === 'websocket_upgrade' && seen.targetId === target.id && seen.failure === null,
    );
    if (upgraded === undefined || phaseOf(upgraded) === null) return;
    const address = resolvesLocally(route) ? upgraded.address : null;
    const held = (holdMs: number, role: Role, more: Pick<Walk, 'pingEveryMs'> = {}) =>
      this.#steps(this.#run.context(), { target, route, address, role, holdMs, ...more });
    await Promise.all([
      ...holdLadder(longest).map((holdMs) => held(holdMs, { kind: 'path' })),
      held(longest, { kind: 'control', control: 'busy_link' }, { pingEveryMs: busyPingMs(longest) }),
    ]);
  }

  /** One walk along a route. */
  #steps(
    ctx: NetContext,
    what: Pick<Walk, 'target' | 'route' | 'address' | 'role'> &
      Partial<Pick<Walk, 'requestPath' | 'holdMs' | 'pingEveryMs' | 'onStep'>>,
  ): Promise<readonly Observation[]> {
    return walk(ctx, {
      transactionId: this.#run.nextTransaction(),
      trust: this.#trust,
      requestPath: this.#requestPath(what.target),
      holdMs: 0,
      lookup: this.#input.lookup,
      shape: this.#input.shapes?.[what.target.leg === 'link' ? 'link' : 'https'] ?? {},
      onStep: () => undefined,
      ...what,
    });
  }

  #requestPath(target: Target): string {
    return requestPathOf(target, this.#input.agentVersion, this.#throwAwayId);
  }
}
