/**
 * Takes the place of the probes: what a capture saw becomes the observations of a run. The recorded bytes go through the
 * very steps that read them from a network, so that nothing is judged in two ways.
 */
import { isIP } from 'node:net';
import type {
  ControlKind,
  FullSizeWriteObservation,
  Observation,
  Role,
  TlsHandshakeObservation,
  Unacknowledged,
} from '../../model/observation.js';
import type { EnvEndpoints, PlannedRoute } from '../../model/planned.js';
import type { Leg } from '../../model/route.js';
import type { Target } from '../../model/target.js';
import { factsOf, matchesName } from '../../net/certificate.js';
import { failureOf } from '../../net/classify.js';
import type { StepLabel } from '../../net/context.js';
import { roundTripRaw } from '../../net/http.js';
import { connectMqtt } from '../../net/mqtt.js';
import { tunnelHttp } from '../../net/proxy/http-connect.js';
import { tunnelSocks5 } from '../../net/proxy/socks5.js';
import { recordedSocket, replayContext, type Ending } from '../../net/recorded.js';
import { createTrustSet, type TrustSet } from '../../net/trust.js';
import { acceptOf, upgradeRaw } from '../../net/websocket.js';
import { requestPathOf, targetId } from '../../probe/plan.js';
import type { Run } from '../../probe/run-context.js';
import type { ProbeResult } from '../../probe/run.js';
import type { ProbeInput } from '../../probe/types.js';
import { dialectOf } from '../../probe/walk.js';
import {
  type Connection,
  connectionsOf,
  isEstablished,
  leftOver,
  ms,
  notConnected,
  proxiesOf,
  type Proxy,
  rowOf,
} from './connections.js';
import { all, bytesOf, numberIn, type Capture, type Section } from './format.js';
import { replayLookups } from './lookups.js';
import { type Place, Recorder } from './recorder.js';
import { connectError, curlConnectError, handshakeFailure, readTlsTrace, wasReset } from './tls-trace.js';

const CONTROLS: ReadonlySet<string> = new Set<ControlKind>([
  'full_size_write',
  'other_name_same_address',
  'no_name_same_address',
  'sibling_host',
  'other_port',
]);

/** What docs/capture.sh sends at once: seven lines of a thousand characters and what is around them. */
const FULL_SIZE_BYTES = 7 * 1024;

export async function replayProbes(capture: Capture, run: Run, input: ProbeInput): Promise<ProbeResult> {
  return new Replay(capture, run, input).play();
}

class Replay {
  readonly #capture: Capture;
  readonly #record: Recorder;
  readonly #input: ProbeInput;
  readonly #trust: TrustSet;
  readonly #connections: readonly Connection[];
  readonly #proxies: ReadonlyMap<string, Proxy>;
  readonly #targets: Target[];
  readonly #notChecked: string[] = [];
  readonly #atMs: number;
  #endpoints: EnvEndpoints | null = null;

  constructor(capture: Capture, run: Run, input: ProbeInput) {
    this.#capture = capture;
    this.#record = new Recorder(run);
    this.#input = input;
    this.#trust = createTrustSet(input.trustStores, input.legStores.link);
    this.#connections = connectionsOf(capture);
    this.#proxies = proxiesOf(capture);
    this.#targets = [...input.targets];
    this.#atMs = Date.parse(all(capture, 'began')[0]?.words[0] ?? '');
  }

  async play(): Promise<ProbeResult> {
    this.#notChecked.push(...replayLookups(this.#capture, this.#input.resolvers, this.#record));
    const order: readonly Leg[] = ['env', 'claim', 'auth', 'link'];
    for (const leg of order) {
      for (const target of this.#targets.filter((one) => one.leg === leg)) await this.#leg(target);
      if (leg === 'env') this.#learn();
    }
    for (const { rest } of all(this.#capture, 'unchecked'))
      this.#notChecked.push(`${rest}: not checked by the capture`);
    return {
      observations: this.#record.seen,
      targets: this.#targets,
      endpoints: this.#endpoints,
      notChecked: this.#notChecked,
    };
  }

  // legs

  /** The route of this run that leads through a proxy of the capture, or direct. */
  #routesOf(proxy: string | null): readonly PlannedRoute[] {
    const known = proxy === null ? null : this.#proxies.get(proxy);
    return this.#input.routes.filter(({ route }) => {
      if (route.kind === 'direct' || known == null) return route.kind === 'direct' && proxy === null;
      const { host, port } = route.proxy;
      const kinds =
        known.scheme === 'http'
          ? ['http_connect']
          : known.scheme === 'https'
            ? ['https_connect']
            : ['socks5', 'socks4'];
      return host.toLowerCase() === known.host && port === known.port && kinds.includes(route.kind);
    });
  }

  async #leg(target: Target): Promise<void> {
    if (target.leg === null) return;
    const own = this.#input.routes.find(({ id }) => id === this.#input.legRoutes[target.leg as Leg]);
    if (own === undefined) return;
    const before = this.#record.seen.length;
    await this.#way({ target, route: own, role: { kind: 'path' } });
    const seen = this.#record.seen.slice(before);
    if (seen.length === 0) {
      if (!this.#lookedUpInVain(target, own))
        this.#notChecked.push(`${target.leg} by ${own.id}: not seen by the capture`);
      return;
    }
    const healthy = seen.some(
      ({ operation, failure }) => failure === null && (operation === 'mqtt_connect' || operation === 'http_round_trip'),
    );
    if (healthy) return;
    for (const route of this.#input.routes)
      if (route.id !== own.id) await this.#way({ target, route, role: { kind: 'alternative' } });
  }

  #lookedUpInVain({ host }: Target, { route }: PlannedRoute): boolean {
    const name = route.kind === 'direct' ? host : route.proxy.host.toLowerCase();
    return this.#record.seen.some(
      (seen) => seen.operation === 'resolve' && seen.hostname === name && seen.failure !== null,
    );
  }

  async #way(place: Place): Promise<void> {
    const { target, route } = place;
    const through = (proxy: string | null): boolean => this.#routesOf(proxy).some(({ id }) => id === route.id);
    const isOurs = (one: { leg: string; host: string; port: number }): boolean =>
      one.leg === target.leg && one.host === target.host && one.port === target.port;
    const connections = this.#connections.filter((one) => isOurs(one) && through(one.proxy));
    if (route.route.kind === 'direct') {
      for (const one of connections) await this.#connection(one, place);
      return;
    }
    for (const section of all(this.#capture, 'tunnel')) {
      const [proxy = '', leg = '', host = '', port] = section.words;
      if (!through(proxy) || !isOurs({ leg, host: host.toLowerCase(), port: numberIn(port) ?? 0 })) continue;
      const paired = connections.find((one) => one.proxy === proxy && one.role === 'path') ?? null;
      await this.#tunnel(section, paired, place);
      return;
    }
    if (place.role.kind === 'path')
      this.#notChecked.push(
        `${String(target.leg)} through its proxy: not checked, as the capture had no curl to speak to it`,
      );
  }

  async #connection(one: Connection, place: Place): Promise<void> {
    const role: Role =
      one.role === 'path'
        ? place.role
        : CONTROLS.has(one.role)
          ? { kind: 'control', control: one.role as ControlKind }
          : place.role;
    if (one.role !== 'path' && place.role.kind !== 'path') return;
    const isBare = one.role === 'other_port';
    const label = isBare ? { ...this.#record.bare(), role } : this.#record.label(place, role);
    const { section, host, port, address, beganMs, endedMs } = one;
    const said = section.lines['!'];
    const reached = one.connectedMs !== null || isEstablished(section) || section.lines['>'].length > 0;
    const code = reached ? null : (connectError(said) ?? curlConnectError(said));
    const failure = reached ? null : notConnected(code, one.stopped, said);
    const connectedMs = reached ? (one.connectedMs ?? endedMs) : endedMs;
    this.#record.save({
      ...this.#record.base('connect', label, address, [beganMs, connectedMs], failure),
      host,
      port,
      family: address?.includes(':') === true ? 6 : 4,
      peer: 'target',
      localAddress: null,
    });
    if (!reached || isBare) return;
    await this.#inside(one, label, place, connectedMs);
  }

  /** TLS and what was asked inside. */
  async #inside(one: Connection, label: StepLabel, place: Place, fromMs: number): Promise<void> {
    const { section, address, endedMs } = one;
    const said = section.lines['!'];
    const trace = readTlsTrace(section.lines['>']);
    const secured = trace.protocol !== null;
    const failure = secured ? null : handshakeFailure(trace, said, one.stopped);
    const lost = leftOver(section, one.stopped);
    const securedMs = one.securedMs ?? (secured ? fromMs : endedMs);
    const [leaf] = trace.certificates;
    const expectedName =
      one.role === 'other_name_same_address' || one.role === 'sibling_host' ? (one.sni ?? one.host) : one.host;
    this.#record.save({
      ...this.#record.base('tls_handshake', label, address, [fromMs, securedMs], failure),
      ...(failure?.kind === 'generic_timeout_error' ? lost : {}),
      sni: one.sni !== null && isIP(one.sni) === 0 ? one.sni : null,
      expectedName,
      helloVariant: 'agent',
      helloBytes: trace.helloBytes,
      gotServerBytes: trace.gotServerBytes,
      rawFirstBytes: trace.foreign?.toString('latin1') ?? '',
      protocol: trace.protocol,
      cipher: null,
      alert: failure === null ? null : trace.alert,
      chain: secured ? trace.certificates.map(factsOf) : [],
      nameMatches: leaf === undefined || !secured ? null : matchesName(leaf, expectedName),
      judgements: leaf === undefined || !secured ? [] : this.#trust.judge(trace.certificates, new Date(this.#atMs)),
    } satisfies TlsHandshakeObservation);
    if (!secured) return;
    const bytes = bytesOf(section) ?? Buffer.alloc(0);
    if (one.role === 'full_size_write') {
      this.#record.save(this.#fullSize(one, label, bytes, rowOf(section)?.lost ?? null, securedMs));
      return;
    }
    if (one.role !== 'path') return;
    const ending: Ending = one.stopped ? 'silence' : wasReset(said) ? 'reset' : 'fin';
    const answeredMs = one.answeredMs ?? endedMs;
    const { context } = replayContext((operation) => this.#record.nextId(operation));
    const socket = recordedSocket(bytes, ending);
    const receivedAt = new Date(this.#atMs + answeredMs).toISOString();
    const timed = (seen: Observation, t0Ms: number, tMs: number): Observation => ({
      ...seen,
      address,
      t0Ms,
      tMs: Math.max(t0Ms, tMs),
      ...(seen.failure?.kind === 'generic_timeout_error' ? lost : {}),
    });
    if (place.target.leg === 'link') {
      const input = { socket, host: one.host, path: '/mqtt', dialect: dialectOf(place.target) };
      const upgraded = await upgradeRaw(context, label, input);
      const key = all(this.#capture, 'key')[0]?.words[0] ?? '';
      const { headers } = upgraded.observation;
      const accept = headers.find(([name]) => name.toLowerCase() === 'sec-websocket-accept')?.[1];
      const fresh = { ...upgraded.observation, key, receivedAt, acceptedByRfc: accept === acceptOf(key) };
      this.#record.save(timed(fresh, securedMs, answeredMs));
      if (upgraded.handle !== null) {
        const clientId = all(this.#capture, 'id')[0]?.words[0] ?? '';
        this.#record.save(
          timed(await connectMqtt(context, label, { ws: upgraded.handle, clientId }), answeredMs, endedMs),
        );
      }
    } else {
      const path = requestPathOf(place.target, this.#input.agentVersion, all(this.#capture, 'id')[0]?.words[0] ?? '');
      const input = {
        socket,
        request: Buffer.alloc(0),
        method: 'GET',
        host: one.host,
        path,
        dialect: dialectOf(place.target),
      };
      const seen = await roundTripRaw(context, label, input);
      // A tick of the capture is longer than what matters to an Agent: how soon the peer closed was not seen.
      this.#record.save(
        timed(
          { ...seen, closedAfterMs: null, ...(seen.receivedAt === null ? {} : { receivedAt }) },
          securedMs,
          answeredMs,
        ),
      );
    }
    socket.destroy();
  }

  /** A small request and one of several full segments behind it: answered, or at least taken by the peer's kernel? */
  #fullSize(
    { host, port, address, endedMs, stopped }: Connection,
    label: StepLabel,
    bytes: Buffer,
    left: Unacknowledged | null,
    fromMs: number,
  ): FullSizeWriteObservation {
    const answers = bytes.toString('latin1').match(/^HTTP\/1\.[01] \d{3}/gm)?.length ?? 0;
    const isOpen = answers === 1 && stopped && left !== null;
    const acknowledged = answers > 1 ? true : isOpen ? left.bytes === 0 : null;
    const kind = stopped ? 'generic_timeout_error' : 'eof_error';
    const failure = answers > 1 ? null : failureOf(kind, 'full_size_write', null, 'no answer to several full segments');
    return {
      ...this.#record.base('full_size_write', label, address, [fromMs, endedMs], failure),
      ...(isOpen ? { unacknowledged: left } : {}),
      host,
      port,
      bytes: FULL_SIZE_BYTES,
      acknowledged,
    };
  }

  // proxies

  async #tunnel(section: Section, paired: Connection | null, place: Place): Promise<void> {
    const [proxyId = '', , , , t0, ta, te, done] = section.words;
    const proxy = this.#proxies.get(proxyId);
    const { route, target } = place;
    if (proxy === undefined || route.route.kind === 'direct') return;
    const label = this.#record.label(place, place.role);
    const said = section.lines['!'];
    const told = said
      .map((line) => /^time_connect=([\d.]+) remote_ip=(\S*)$/.exec(line))
      .find((found) => found !== null);
    const connectS = Number(told?.[1] ?? 0);
    const remote = told?.[2] ?? '';
    const stopped = done !== 'exit';
    const bytes = bytesOf(section) ?? Buffer.alloc(0);
    const tried = paired === null ? null : connectError(paired.section.lines['!']);
    const reached =
      connectS > 0 ||
      bytes.length > 0 ||
      isEstablished(section) ||
      said.some((line) => line.startsWith('* Connected to '));
    const beganMs = ms(t0) ?? 0;
    const endedMs = ms(te) ?? beganMs;
    const known = this.#addressOf(proxy.host);
    const address = isIP(remote) === 0 ? known : remote;
    if (address === null) return;
    const code = reached ? null : (curlConnectError(said) ?? tried);
    const failure = reached ? null : notConnected(code, true, said);
    const connectedMs = reached ? beganMs + connectS * 1000 : endedMs;
    this.#record.save({
      ...this.#record.base('connect', label, address, [beganMs, connectedMs], failure),
      host: proxy.host,
      port: proxy.port,
      family: address.includes(':') ? 6 : 4,
      peer: 'proxy',
      localAddress: null,
    });
    if (!reached) return;
    const { context } = replayContext((operation) => this.#record.nextId(operation));
    const ending: Ending = stopped
      ? 'silence'
      : said.some((line) => line.includes('Connection reset by peer'))
        ? 'reset'
        : 'fin';
    const socket = recordedSocket(bytes, ending);
    const input = {
      socket,
      proxy: route.route.proxy,
      credentials: proxy.login ? route.credentials : null,
      host: target.host,
      port: target.port,
      dialect: dialectOf(target),
    };
    const opened =
      route.route.kind === 'http_connect'
        ? await tunnelHttp(context, label, { ...input, protocol: 'http' })
        : await tunnelSocks5(context, label, { ...input, resolveAt: 'proxy', address: null });
    const answeredMs = ms(ta) ?? endedMs;
    const lost = leftOver(section, stopped);
    const seen = opened.observation;
    this.#record.save({
      ...seen,
      address,
      t0Ms: connectedMs,
      tMs: Math.max(connectedMs, answeredMs),
      ...(seen.failure?.kind === 'generic_timeout_error' ? lost : {}),
    });
    socket.destroy();
    if (opened.handle === null) return;
    if (paired === null || paired.section.lines['>'].length === 0) {
      this.#notChecked.push(`${String(target.leg)} behind its proxy: not checked, as openssl did not come through it`);
      return;
    }
    await this.#inside({ ...paired, address: null }, label, place, paired.connectedMs ?? answeredMs);
  }

  #addressOf(host: string): string | null {
    if (isIP(host) !== 0) return host;
    for (const seen of this.#record.seen)
      if (seen.operation === 'resolve' && seen.hostname.toLowerCase() === host)
        return seen.addresses[0]?.address ?? null;
    return null;
  }

  #learn(): void {
    for (const seen of this.#record.seen) {
      if (
        seen.operation !== 'http_round_trip' ||
        seen.leg !== 'env' ||
        seen.role.kind !== 'path' ||
        seen.failure !== null
      )
        continue;
      this.#endpoints ??= this.#input.readEnv(seen.rawHead, seen.rawBody);
    }
    for (const leg of ['auth', 'link'] as const) {
      const endpoint = this.#endpoints?.[leg] ?? null;
      if (endpoint === null) continue;
      const id = targetId(leg, endpoint.host, endpoint.port);
      if (this.#targets.some((target) => target.id === id)) continue;
      this.#targets.push({ id, ...endpoint, purpose: 'link', leg, required: true, source: '/env' });
    }
  }
}
