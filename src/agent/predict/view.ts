import type { LegSettings } from '../../model/agent.js';
import type {
  ConnectObservation,
  DnsQueryObservation,
  FullSizeWriteObservation,
  HoldObservation,
  HttpRoundTripObservation,
  MqttConnectObservation,
  Observation,
  ObservationOf,
  ProxyConnectObservation,
  ResolveObservation,
  TlsHandshakeObservation,
  WebSocketUpgradeObservation,
} from '../../model/observation.js';
import type { Operation } from '../../model/failure.js';
import type { Leg, Route } from '../../model/route.js';
import { isBusyLink } from './idle-cut.js';
import type { PredictInput } from './input.js';

/** All steps of one connection to one address. */
export interface Chain {
  readonly connect: ConnectObservation;
  /** TLS to an `https://` proxy (libcurl only). */
  readonly proxyTls: TlsHandshakeObservation | null;
  readonly proxy: ProxyConnectObservation | null;
  readonly tls: TlsHandshakeObservation | null;
  readonly http: HttpRoundTripObservation | null;
  readonly websocket: WebSocketUpgradeObservation | null;
  readonly mqtt: MqttConnectObservation | null;
}

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** The /env answer that named it; null or missing = the facts did. */
  readonly namedBy?: HttpRoundTripObservation | null;
}

/**
 * A silence shorter than this proves nothing: the step was cut short by the run's budget, not by the network. A SYN is
 * repeated after one second.
 */
const MIN_SILENCE_MS = 900;

/**
 * Nothing came back. Where the kernel itself gave up on a connect (`timed_out`), the Agent gets that error as soon as
 * we do and takes it for a refusal (docs/reference/agent.md#tcp-connect).
 */
export function isSilent({ failure, operation }: Observation): boolean {
  return failure?.kind === 'generic_timeout_error' || (failure?.kind === 'timed_out' && operation !== 'connect');
}

/** How long a step took the network, ms: time in which this process did not run is not the network's. */
export function tookMs({ t0Ms, tMs, stalledMs }: Observation): number {
  return Math.max(0, tMs - t0Ms - (stalledMs ?? 0));
}

/** Whether an observation tells anything: neither interrupted, nor cut short, nor a failure of our own. */
export function isTelling(observation: Observation): boolean {
  const kind = observation.failure?.kind;
  if (kind === 'interrupted') return false;
  if (kind === 'unknown_failure' && observation.operation === 'resolve') return false;
  return !isSilent(observation) || tookMs(observation) >= MIN_SILENCE_MS;
}

/** What was seen on one leg's own path: role `path`, on the route that the leg takes, towards its host. */
export class LegView {
  readonly leg: Leg;
  readonly settings: LegSettings;
  readonly endpoint: Endpoint;
  /** Null when the report lacks the route. */
  readonly route: Route | null;
  readonly #input: PredictInput;

  constructor(input: PredictInput, leg: Leg, endpoint: Endpoint) {
    this.#input = input;
    this.leg = leg;
    this.settings = input.facts.legs[leg];
    this.endpoint = endpoint;
    this.route = input.routes.find(({ id }) => id === this.settings.routeId)?.route ?? null;
  }

  /** Where TCP goes first: the proxy, or the host itself. */
  get peer(): Endpoint {
    return this.route === null || this.route.kind === 'direct' ? this.endpoint : this.route.proxy;
  }

  /** False when the leg's trust store exists but could not be read by us: then its judgements say nothing. */
  get trustStoreKnown(): boolean {
    const store = this.#input.facts.trustStores.find(({ id }) => id === this.settings.trustStoreId);
    const read = this.#input.observations.find(({ id }) => id === store?.observation);
    return store?.problem == null || read?.failure?.kind !== 'file_unreadable';
  }

  /** Answers of the OS resolver for a name: those for this leg first, then shared ones, then those for other legs. */
  resolutions(host: string): readonly ResolveObservation[] {
    const rank = ({ leg }: ResolveObservation): number => (leg === this.leg ? 0 : leg === null ? 1 : 2);
    return this.#pick('resolve')
      .filter((seen) => sameHost(seen.hostname, host) && isTelling(seen))
      .toSorted((a, b) => rank(a) - rank(b));
  }

  /** Built with a C library of its own, which looks names up in its own way (docs/reference/agent.md#t38). */
  get isStaticBuild(): boolean {
    return this.#input.facts.installation.kind === 'static';
  }

  inHostsFile(host: string): boolean {
    return this.#input.observations.some(
      (seen) => seen.operation === 'read_host_network' && seen.hostsOverrides.some(({ name }) => sameHost(name, host)),
    );
  }

  /** Questions for a name to the first nameservers of resolv.conf. */
  wireQueries(host: string, nameservers: number): readonly DnsQueryObservation[] {
    const asked = this.#pick('dns_query').filter((seen) => sameHost(seen.name, host));
    const first = [...new Set(asked.map(({ resolver }) => resolver))].slice(0, nameservers);
    return asked.filter(({ resolver }) => first.includes(resolver));
  }

  /** Addresses that configured resolvers gave for the name when asked on the wire. */
  wireAddresses(host: string): readonly string[] {
    const answers = this.#pick('dns_query').filter(
      (seen) => sameHost(seen.name, host) && seen.failure === null && seen.rcode === 'NOERROR',
    );
    return [...new Set(answers.flatMap(({ addresses }) => addresses))];
  }

  /** The connection to one address of the peer, or null if there was none. */
  chain(address: string): Chain | null {
    return this.chains().find(({ connect }) => connect.address === address) ?? null;
  }

  chains(): readonly Chain[] {
    const peer = this.peer;
    const kind = this.route?.kind === 'direct' ? 'target' : 'proxy';
    return this.#own('connect')
      .filter((seen) => seen.peer === kind && sameHost(seen.host, peer.host) && seen.port === peer.port)
      .filter((seen) => isTelling(seen))
      .map((connect) => this.#chainOf(connect));
  }

  /** All answers that came over HTTP through connections to one address, in the order of asking. */
  answers(address: string): readonly HttpRoundTripObservation[] {
    const ways = new Set(
      this.chains()
        .filter(({ connect }) => connect.address === address)
        .map(({ connect }) => connect.transactionId),
    );
    return this.#own('http_round_trip').filter((seen) => ways.has(seen.transactionId) && isTelling(seen));
  }

  holds(): readonly HoldObservation[] {
    return this.#own('hold').filter((seen) => sameHost(seen.host, this.endpoint.host));
  }

  /** The link that was kept busy beside the idle ones. */
  busyLink(): HoldObservation | null {
    const { routeId } = this.settings;
    return (
      this.#input.observations
        .filter(isBusyLink)
        .find((seen) => seen.routeId === routeId && sameHost(seen.host, this.endpoint.host)) ?? null
    );
  }

  /** Controls by nature, but on the leg's own route. */
  fullSizeWrites(): readonly FullSizeWriteObservation[] {
    return this.#input.observations.filter(
      (seen) =>
        seen.operation === 'full_size_write' &&
        seen.routeId === this.settings.routeId &&
        sameHost(seen.host, this.endpoint.host) &&
        isTelling(seen),
    ) as FullSizeWriteObservation[];
  }

  #chainOf(connect: ConnectObservation): Chain {
    const step = <O extends Operation>(operation: O, match: (seen: ObservationOf<O>) => boolean = () => true) =>
      this.#own(operation).find(
        (seen) => seen.transactionId === connect.transactionId && isTelling(seen) && match(seen),
      ) ?? null;
    const viaTls = this.route?.kind === 'https_connect';
    const proxy = step('proxy_connect');
    return {
      connect,
      proxyTls: viaTls ? step('tls_handshake', (seen) => proxy === null || seen.t0Ms < proxy.tMs) : null,
      proxy,
      tls: step('tls_handshake', (seen) => !viaTls || (proxy !== null && seen.t0Ms >= proxy.tMs)),
      http: step('http_round_trip'),
      websocket: step('websocket_upgrade'),
      mqtt: step('mqtt_connect'),
    };
  }

  #pick<O extends Operation>(operation: O): readonly ObservationOf<O>[] {
    return this.#input.observations.filter(
      (seen) => seen.operation === operation && seen.role.kind === 'path',
    ) as ObservationOf<O>[];
  }

  /** Steps taken for this leg on its route; those of no particular leg count too. */
  #own<O extends Operation>(operation: O): readonly ObservationOf<O>[] {
    return this.#pick(operation).filter(
      (seen) =>
        seen.routeId === this.settings.routeId &&
        (seen.leg === this.leg || seen.leg === null) &&
        this.#isForEndpoint(seen.targetId),
    );
  }

  #isForEndpoint(targetId: string | null): boolean {
    if (targetId === null) return true;
    const { host, port } = this.endpoint;
    const target = this.#input.targets.find(({ id }) => id === targetId);
    // Targets that /env replaced are gone, what was seen of them is not.
    if (target === undefined) return targetId.toLowerCase().endsWith(`:${host.toLowerCase()}:${String(port)}`);
    return sameHost(target.host, host) && target.port === port;
  }
}

export function sameHost(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** Address literals need no resolver. */
export function isAddressLiteral(host: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(host) || host.includes(':');
}

export const familyOf = (address: string): 4 | 6 => (address.includes(':') ? 6 : 4);
