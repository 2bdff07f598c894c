/**
 * The way of each leg as stations (this host, resolver, proxy, network, cloud) and the one where it breaks. Legs that
 * fare alike share one line.
 */
import { tookMs } from '../trace/silence.js';
import type { FailureKind, NetworkOperation } from '../model/failure.js';
import type { Blame, FoundFinding } from '../model/finding.js';
import type { Outcome } from '../model/prediction.js';
import type { Report } from '../model/report.js';
import type { Leg } from '../model/route.js';
import { routeText } from './describe.js';
import { type EvidenceRow, type LegEvidence, allEvidence } from './evidence.js';

export type StationName = 'host' | 'resolver' | 'proxy' | 'network' | 'cloud';
/** `beyond` = behind the break: not reached. `unknown` = nothing is known of it. */
export type StationState = 'ok' | 'breaks' | 'partly' | 'beyond' | 'unknown';

export interface Station {
  readonly name: StationName;
  /** What stands there: a host name, an address, a proxy. Foreign text. */
  readonly what: string;
  readonly state: StationState;
  /** What was seen there, where it says more than the state. Foreign text. */
  readonly detail: string;
  /** What did not pass there, although something did. Foreign text. */
  readonly troubles: readonly string[];
  /** What passed there, and how long it took. */
  readonly took: readonly Took[];
}

/** A step that went well: the quickest and the slowest of its kind, ms. */
export interface Took {
  readonly step: NetworkOperation;
  readonly leastMs: number;
  readonly mostMs: number;
}

export interface Way {
  readonly legs: readonly Leg[];
  readonly outcome: Outcome;
  /** `direct`, `through the HTTP proxy …`. */
  readonly route: string;
  readonly stations: readonly Station[];
}

/** Failures that this host itself brings about. */
const LOCAL: ReadonlySet<FailureKind> = new Set([
  'permission_denied',
  'network_unreachable',
  'network_down',
  'address_family_not_supported',
  'address_not_available',
  'dns_no_resolver',
]);

const STATION_OF: Readonly<Partial<Record<NetworkOperation, StationName>>> = {
  resolve: 'resolver',
  connect: 'network',
  proxy_connect: 'proxy',
  tls_handshake: 'network',
};

const STATION_OF_BLAME: Readonly<Record<Blame, StationName | null>> = {
  host: 'host',
  agent_config: 'host',
  dns: 'resolver',
  proxy: 'proxy',
  network: 'network',
  cloud: 'cloud',
};

/** The rung that fails altogether; else the step at which the Agent gives up although another way works. */
function breakingRow(report: Report, evidence: LegEvidence): EvidenceRow | null {
  const altogether = evidence.rows.find((row) => {
    const alike = evidence.rows.filter((other) => other.rung === row.rung);
    return row.state === 'failed' && alike.every((other) => other.state === 'failed');
  });
  const stops = report.predictions.find((p) => p.leg === evidence.leg)?.stops ?? null;
  return altogether ?? evidence.rows.find((row) => row.observations.some((o) => o.id === stops)) ?? null;
}

/** What was seen at the break, with the addresses when others of the same rung fared better. */
function breakText(row: EvidenceRow, evidence: LegEvidence): string {
  const others = evidence.rows.some((other) => other.rung === row.rung && other.state === 'ok');
  return others && row.addresses.length > 0 ? `${row.addresses.slice(0, 3).join(', ')}: ${row.text}` : row.text;
}

/** The station a failed rung speaks of, unless the finding that explains the leg blames somebody else. */
function breakAt(row: EvidenceRow, cause: FoundFinding | undefined, throughProxy: boolean): StationName {
  const blamed = cause === undefined ? null : STATION_OF_BLAME[cause.blames];
  // A filter that nobody configured stands somewhere on the network.
  if (blamed === 'proxy' && !throughProxy) return 'network';
  if (blamed !== null) return blamed;
  const kind = row.observations[0]?.failure?.kind;
  if (kind !== undefined && LOCAL.has(kind)) return 'host';
  if (throughProxy && row.rung === 'connect') return 'proxy';
  return STATION_OF[row.rung] ?? 'cloud';
}

function rungs(evidence: LegEvidence, names: readonly NetworkOperation[]): readonly EvidenceRow[] {
  return evidence.rows.filter((row) => names.includes(row.rung));
}

/** What the rungs of a station say, when it is neither the break nor behind it. */
function stateBefore(rows: readonly EvidenceRow[]): StationState {
  const ran = rows.filter((row) => row.state !== 'not_checked' && row.state !== 'skipped');
  if (ran.length === 0) return 'unknown';
  if (ran.every((row) => row.state === 'ok')) return rows.length === ran.length ? 'ok' : 'unknown';
  return ran.some((row) => row.state === 'ok') ? 'partly' : 'unknown';
}

const ORDER: readonly StationName[] = ['host', 'resolver', 'proxy', 'network', 'cloud'];
const RUNGS: Readonly<Record<StationName, readonly NetworkOperation[]>> = {
  host: [],
  resolver: ['resolve'],
  proxy: ['connect', 'proxy_connect'],
  network: ['connect', 'tls_handshake'],
  cloud: ['http_round_trip', 'websocket_upgrade', 'mqtt_connect'],
};

/** The network lies behind a proxy when there is one: then its connection is the proxy's business. */
function rungsAt(name: StationName, throughProxy: boolean): readonly NetworkOperation[] {
  return name === 'network' && throughProxy ? ['tls_handshake'] : RUNGS[name];
}

function tookOf(rows: readonly EvidenceRow[]): readonly Took[] {
  return rows
    .filter((row) => row.state === 'ok')
    .flatMap(({ rung, observations }) => {
      const spans = observations.filter((o) => o.failure === null).map(tookMs);
      return spans.length === 0 ? [] : [{ step: rung, leastMs: Math.min(...spans), mostMs: Math.max(...spans) }];
    });
}

/** `2001:db8::1: connect, no answer in 5.0 s`. */
function troublesOf(rows: readonly EvidenceRow[]): string[] {
  return rows
    .filter((row) => row.state === 'failed')
    .map(({ addresses, label, text }) => {
      const more = addresses.length > 2 ? ` and ${addresses.length - 2} more` : '';
      const where = addresses.length === 0 ? '' : `${addresses.slice(0, 2).join(', ')}${more}: `;
      return `${where}${label}, ${text}`;
    });
}

function joinTook(a: readonly Took[], b: readonly Took[]): readonly Took[] {
  const all = new Map<NetworkOperation, Took>();
  for (const one of [...a, ...b]) {
    const known = all.get(one.step) ?? one;
    const leastMs = Math.min(known.leastMs, one.leastMs);
    all.set(one.step, { step: one.step, leastMs, mostMs: Math.max(known.mostMs, one.mostMs) });
  }
  return [...all.values()];
}

/** Something outside answered, whatever it said: this host can send and receive. */
function heardFrom(report: Report, evidence: LegEvidence): boolean {
  const replied = report.observations.some((o) => o.operation === 'dns_query' && o.rcode !== null);
  return replied || evidence.rows.some((row) => row.state === 'ok');
}

function resolversOf(report: Report): string {
  const seen = report.observations.find((o) => o.operation === 'read_host_network');
  return seen?.operation === 'read_host_network' ? seen.resolvers.map((r) => r.address).join(', ') : '';
}

function way(report: Report, evidence: LegEvidence): Way {
  const settings = report.agent.legs[evidence.leg];
  const verdict = report.verdict.legs[evidence.leg];
  const route = report.routes.find((entry) => entry.id === settings.routeId)?.route ?? { kind: 'direct' as const };
  const throughProxy = route.kind !== 'direct';
  const cause = report.findings.find((f): f is FoundFinding => f.outcome === 'found' && f.id === verdict.cause);
  const row = breakingRow(report, evidence);
  const broken = row !== null && verdict.outcome === 'will_fail' ? breakAt(row, cause, throughProxy) : null;
  const present = ORDER.filter(
    (name) => (name !== 'proxy' || throughProxy) && (name !== 'resolver' || rungs(evidence, ['resolve']).length > 0),
  );
  const what: Readonly<Record<StationName, string>> = {
    host: report.environment.hostname,
    resolver: resolversOf(report),
    proxy: throughProxy ? `${route.proxy.host}:${route.proxy.port}` : '',
    network: '',
    cloud: `${settings.host}:${settings.port}`,
  };
  const stateOf = (name: StationName): StationState => {
    if (broken !== null && name === broken) return 'breaks';
    if (broken !== null && present.indexOf(name) > present.indexOf(broken)) return 'beyond';
    if (name === 'host') return heardFrom(report, evidence) ? 'ok' : 'unknown';
    // The service is only reached if the leg works: an answer alone may come from anybody.
    const proven = verdict.outcome === 'will_work' || verdict.outcome === 'at_risk';
    return name === 'cloud' && !proven ? 'unknown' : stateBefore(rungs(evidence, rungsAt(name, throughProxy)));
  };
  const stations = present.map((name): Station => {
    const state = stateOf(name);
    const detail = state === 'breaks' && row !== null ? breakText(row, evidence) : '';
    const mine = rungs(evidence, rungsAt(name, throughProxy));
    const troubles = state === 'partly' ? troublesOf(mine) : [];
    const passed = state === 'ok' || state === 'partly' || state === 'breaks';
    return { name, what: what[name], state, detail, troubles, took: passed ? tookOf(mine) : [] };
  });
  return { legs: [evidence.leg], outcome: verdict.outcome, route: routeText(report, settings.routeId), stations };
}

function alike(a: Way, b: Way): boolean {
  return (
    a.outcome === b.outcome &&
    a.route === b.route &&
    a.stations.length === b.stations.length &&
    a.stations.every((station, index) => {
      const other = b.stations[index];
      return (
        other !== undefined &&
        other.name === station.name &&
        other.state === station.state &&
        other.detail === station.detail
      );
    })
  );
}

/** Legs that share all states are one way to several hosts. */
function join(a: Way, b: Way): Way {
  return {
    ...a,
    legs: [...a.legs, ...b.legs],
    stations: a.stations.map((station, index) => {
      const whats = [...station.what.split(', '), b.stations[index]?.what ?? ''];
      return {
        ...station,
        what: [...new Set(whats)].filter((text) => text !== '').join(', '),
        troubles: [...new Set([...station.troubles, ...(b.stations[index]?.troubles ?? [])])],
        took: joinTook(station.took, b.stations[index]?.took ?? []),
      };
    }),
  };
}

export function waysOf(report: Report): readonly Way[] {
  const ways: Way[] = [];
  for (const evidence of allEvidence(report)) {
    const next = way(report, evidence);
    const index = ways.findIndex((other) => alike(other, next));
    const same = ways[index];
    if (same === undefined) ways.push(next);
    else ways[index] = join(same, next);
  }
  return ways;
}
