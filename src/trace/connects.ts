/** Which addresses of which hosts accept connections on the Agent's own direct path. */
import type { ConnectObservation, Family, ReadHostNetworkObservation } from '../model/observation.js';
import type { Attempt } from './attempts.js';
import { isSilent, tookMs } from './silence.js';

/**
 * How a connection failed (docs/reference/firewall.md#errors-by-kind-of-refusal): `silent` = nothing came back; `reset`
 * = refused; `told` = an ICMP message or a router's error; `no_family` = this host cannot speak that family at all, at
 * once and at no cost; `own` = the operating system refused the call.
 */
export type ConnectFate = 'works' | 'silent' | 'reset' | 'told' | 'own' | 'no_family' | 'other';

/** One address of one host; several legs may have tried it. */
export interface Cell {
  readonly host: string;
  readonly port: number;
  readonly routeId: string;
  readonly address: string;
  readonly family: Family;
  readonly fate: ConnectFate;
  readonly seen: readonly ConnectObservation[];
  readonly attempts: readonly Attempt[];
}

export interface HostConnects {
  readonly host: string;
  readonly port: number;
  readonly routeId: string;
  /** In the order in which the OS gave the addresses, as far as known. */
  readonly cells: readonly Cell[];
}

/** An unusable family answers within this time. */
const AT_ONCE_MS = 20;

export function fateOf(seen: ConnectObservation, network: ReadHostNetworkObservation | null): ConnectFate {
  if (seen.failure === null) return 'works';
  const { kind, rawCode } = seen.failure;
  if (isSilent(seen)) return 'silent';
  switch (kind) {
    case 'connection_refused':
    case 'connection_reset':
    case 'connection_aborted':
      return 'reset';
    case 'address_family_not_supported':
    case 'address_not_available':
      return 'no_family';
    case 'network_unreachable':
    case 'network_down': {
      const route = seen.family === 4 ? network?.defaultRoute4 : network?.defaultRoute6;
      const none = route === false || (route !== true && tookMs(seen) < AT_ONCE_MS);
      return none ? 'no_family' : 'told';
    }
    case 'host_unreachable':
      return 'told';
    case 'permission_denied':
      // An ICMPv6 "administratively prohibited" arrives as EACCES; EPERM never comes from the network.
      return rawCode === 'EACCES' && seen.family === 6 ? 'told' : 'own';
    default:
      // What a blackhole entry of the routing table answers (ip-route(8)); no packet can.
      return rawCode === 'EINVAL' ? 'own' : 'other';
  }
}

export function buildConnects(
  path: readonly Attempt[],
  network: ReadHostNetworkObservation | null,
): readonly HostConnects[] {
  const hosts = new Map<string, Map<string, Attempt[]>>();
  for (const attempt of path) {
    if (attempt.connect?.peer !== 'target' || attempt.connect.address === null) continue;
    const key = `${attempt.host} ${String(attempt.port)} ${attempt.routeId}`;
    const cells = hosts.get(key) ?? new Map<string, Attempt[]>();
    hosts.set(key, cells);
    cells.set(attempt.connect.address, [...(cells.get(attempt.connect.address) ?? []), attempt]);
  }
  return [...hosts.values()].map((cells) => {
    const built = [...cells].flatMap(([address, attempts]) => cellOf(address, attempts, network));
    const { host, port, routeId } = built[0] ?? { host: '', port: 0, routeId: '' };
    return { host, port, routeId, cells: built };
  });
}

function cellOf(address: string, attempts: readonly Attempt[], network: ReadHostNetworkObservation | null): Cell[] {
  const seen = attempts.flatMap(({ connect }) => (connect === null ? [] : [connect]));
  const [first] = seen;
  const [attempt] = attempts;
  if (first === undefined || attempt === undefined) return [];
  const fates = seen.map((one) => fateOf(one, network));
  const fate = fates.includes('works') ? 'works' : (fates[0] ?? 'other');
  return [
    {
      host: attempt.host,
      port: attempt.port,
      routeId: attempt.routeId,
      address,
      family: first.family,
      fate,
      seen,
      attempts,
    },
  ];
}

/** Cells of a family that this host can speak. */
export function usable(cells: readonly Cell[]): readonly Cell[] {
  return cells.filter(({ fate }) => fate !== 'no_family');
}

export function works({ fate }: Cell): boolean {
  return fate === 'works';
}

/** Hosts of which no usable address accepts connections. */
export function isCutOff({ cells }: HostConnects): boolean {
  const left = usable(cells);
  return left.length > 0 && !left.some(works);
}

/** Hosts that offer IPv6 and fail at every such address, while IPv4 works there, or anywhere if IPv6 works nowhere. */
export function ipv6BrokenAt(hosts: readonly HostConnects[]): ReadonlySet<HostConnects> {
  const six = (host: HostConnects): readonly Cell[] => usable(host.cells).filter(({ family }) => family === 6);
  const fourWorks = (host: HostConnects): boolean => host.cells.some((cell) => cell.family === 4 && works(cell));
  const nowhere = !hosts.some((host) => six(host).some(works)) && hosts.some(fourWorks);
  return new Set(
    hosts.filter((host) => six(host).length > 0 && !six(host).some(works) && (nowhere || fourWorks(host))),
  );
}
