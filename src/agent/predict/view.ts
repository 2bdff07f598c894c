import { looksUpLikeMusl, searchedNames } from '../own-lookups.js';
import type { LegSettings } from '../../model/agent.js';
import type {
  ConnectObservation,
  DnsQueryObservation,
  FullSizeWriteObservation,
  HoldObservation,
  HttpRoundTripObservation,
  Observation,
  ObservationOf,
  ResolveObservation,
  TlsHandshakeObservation,
} from '../../model/observation.js';
import type { Operation } from '../../model/failure.js';
import type { Leg, Route } from '../../model/route.js';
import type { Attempt } from '../../trace/attempts.js';
import { isOn, sameHost } from '../../trace/legs.js';
import { losesFullSize } from '../../trace/full-size.js';
import { isTelling, silenceOf } from '../../trace/silence.js';
import { type Trace, traceOf } from '../../trace/trace.js';
import { isBusyLink } from './idle-cut.js';
import type { PredictInput } from './input.js';

/** One connection to one address, with what came of it. */
export interface Chain extends Attempt {
  readonly connect: ConnectObservation;
  /** TLS to an `https://` proxy (libcurl only). */
  readonly proxyTls: TlsHandshakeObservation | null;
}

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** The /env answer that named it; null or missing = the facts did. */
  readonly namedBy?: HttpRoundTripObservation | null;
}

/** Nothing came back, and the Agent would still be waiting: what the kernel gave up on, it takes for a refusal. */
export function leavesWaiting(seen: Observation): boolean {
  return silenceOf(seen)?.endedBy === 'deadline';
}

/** What was seen on one leg's own path: role `path`, on the route that the leg takes, towards its host. */
export class LegView {
  readonly leg: Leg;
  readonly settings: LegSettings;
  readonly endpoint: Endpoint;
  /** Null when the report lacks the route. */
  readonly route: Route | null;
  readonly #input: PredictInput;
  readonly #trace: Trace;

  constructor(input: PredictInput, leg: Leg, endpoint: Endpoint) {
    this.#input = input;
    this.#trace = traceOf(input);
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

  /** The reading of a configuration file. */
  readFrom(path: string): Observation | null {
    return this.#input.observations.find((seen) => seen.operation === 'read_config' && seen.path === path) ?? null;
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
    return looksUpLikeMusl(this.#input.facts.installation);
  }

  /** Names that a C library of its own asks for before this one. */
  searchedNames(host: string): readonly string[] {
    const network = this.#pick('read_host_network')[0];
    return searchedNames(host, network?.search);
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
    const { host, port } = this.peer;
    const kind = this.route?.kind === 'direct' ? 'target' : 'proxy';
    return this.#trace.path.flatMap((attempt) =>
      attempt.connects
        .filter((seen) => seen.peer === kind && sameHost(seen.host, host) && seen.port === port && this.#isOwn(seen))
        .map((connect) => ({ ...attempt, ...this.#handshakes(attempt), connect })),
    );
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

  /** Full packets vanish on this way: then what needs them never comes, however long one waits. */
  get losesFullSize(): boolean {
    return losesFullSize(this.#trace.attempts, { host: this.endpoint.host, routeId: this.settings.routeId });
  }

  /** Silence of this connect that tells something on this network, ms. */
  tellingMs(seen: Observation): number {
    return this.#trace.timing.tellingMs(seen);
  }

  /** An https:// proxy has a handshake of its own before it answers. */
  #handshakes({ tls, handshakes, proxy }: Attempt): Pick<Chain, 'tls' | 'proxyTls'> {
    if (this.route?.kind !== 'https_connect') return { tls: handshakes[0] ?? tls, proxyTls: null };
    const isInner = ({ t0Ms }: TlsHandshakeObservation): boolean => proxy !== null && t0Ms >= proxy.tMs;
    return { tls: handshakes.find(isInner) ?? null, proxyTls: handshakes.find((seen) => !isInner(seen)) ?? null };
  }

  #pick<O extends Operation>(operation: O): readonly ObservationOf<O>[] {
    return this.#input.observations.filter(
      (seen) => seen.operation === operation && seen.role.kind === 'path',
    ) as ObservationOf<O>[];
  }

  /** Steps taken for this leg on its route; those of no particular leg count too. */
  #own<O extends Operation>(operation: O): readonly ObservationOf<O>[] {
    return this.#pick(operation).filter((seen) => this.#isOwn(seen));
  }

  #isOwn(seen: Observation): boolean {
    const { host, port } = this.endpoint;
    return isOn(seen, { leg: this.leg, routeId: this.settings.routeId, host, port }, this.#input.targets);
  }
}

/** Address literals need no resolver. */
export function isAddressLiteral(host: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(host) || host.includes(':');
}

export const familyOf = (address: string): 4 | 6 => (address.includes(':') ? 6 : 4);
