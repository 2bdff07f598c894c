/**
 * What a merge keeps of a run: one row a host. Everything but the host's own name, time and address is shared between
 * hosts that are alike (`FleetFacts`), so that a hundred thousand rows stay small. Pure.
 */
import { parseAddress } from '../../addresses/address.js';
import { isPrivate, isThisHost } from '../../addresses/special.js';
import { formatPrefix, tryParsePrefix } from '../../addresses/prefix.js';
import type { FoundFinding } from '../../model/finding.js';
import type { Observation, TlsHandshakeObservation } from '../../model/observation.js';
import type { Report } from '../../model/report.js';
import { hasChain } from '../../trace/trust.js';
import { routeText } from '../describe.js';
import { judge, worstOutcome } from '../judgement.js';
import { egressOf, organizationOf } from '../outside.js';
import type { FleetRow, Need, RowFinding } from './document.js';

/** Characters kept of a foreign text. */
const MAX_TEXT = 200;
const MAX_TITLE = 300;
/** Kept of a list of a host; more only a hostile document has. */
const MOST = 24;

const short = (text: string): string => text.slice(0, MAX_TEXT);

/** Names that many hosts have. */
const NO_NAME = /^(?:localhost(?:\.localdomain|\d)?|\(none\)|)$/i;

function nameOf({ environment }: Report, source: string | null): string {
  const name = short(environment.hostname);
  const where = environment.networkNamespace === null ? [] : [short(environment.networkNamespace)];
  const aside = NO_NAME.test(name) && source !== null ? [...where, source] : where;
  return aside.length === 0 ? name : `${name || '(no name)'} [${aside.join(', ')}]`;
}

/** The source address of most of its connections; of two alike, IPv4, then by text. */
function sourceOf(observations: readonly Observation[]): string | null {
  const seen = new Map<string, number>();
  for (const one of observations) {
    if (one.operation !== 'connect' || one.localAddress === null || isThisHost(one.localAddress)) continue;
    seen.set(one.localAddress, (seen.get(one.localAddress) ?? 0) + 1);
  }
  const [first] = [...seen].sort(
    ([a, n], [b, m]) => Number(a.includes(':')) - Number(b.includes(':')) || m - n || (a < b ? -1 : 1),
  );
  return first === undefined ? null : first[0].slice(0, 60);
}

export function subnetOf(address: string | null): string | null {
  if (address === null) return null;
  if (!address.includes(':')) return parseAddress(address) === null ? null : address.replace(/\d+$/, '0/24');
  const prefix = tryParsePrefix(`${address}/64`, 'mask');
  return 'problem' in prefix ? null : formatPrefix(prefix);
}

function issuerOf(observations: readonly Observation[], host: string): string | null {
  let best: TlsHandshakeObservation | null = null;
  for (const one of observations) {
    if (one.operation !== 'tls_handshake' || one.role.kind !== 'path' || !hasChain(one)) continue;
    if (best === null || (one.expectedName === host && best.expectedName !== host)) best = one;
  }
  const [leaf] = best?.chain ?? [];
  return leaf === undefined ? null : short(organizationOf(leaf.issuer));
}

function needsOf(report: Report): readonly Need[] {
  const routes = new Map(report.routes.map(({ id, route }) => [id, route]));
  const needs = new Map<string, Need>();
  for (const { host, port, leg, required } of report.targets.slice(0, 4 * MOST)) {
    const route = leg === null ? undefined : routes.get(report.agent.legs[leg].routeId);
    const proxy = route === undefined || route.kind === 'direct' ? null : route.proxy;
    const through = proxy === null ? null : short(`${proxy.host}:${String(proxy.port)}`);
    const need = { host: short(host), port, through, required };
    const key = `${need.host} ${String(port)} ${through ?? ''}`;
    const had = needs.get(key);
    if (needs.size < MOST) needs.set(key, { ...need, required: required || (had?.required ?? false) });
  }
  return [...needs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, need]) => need);
}

function rowFinding({ id, severity, confidence, blames, title }: FoundFinding): RowFinding {
  return { id: short(id), severity, confidence, blames, title: title.slice(0, MAX_TITLE) };
}

export function labelList(labels: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(labels)
    .slice(0, 2 * MOST)
    .map(([key, value]) => `${short(key)}=${short(value)}`)
    .sort();
}

/** One run, reduced; all texts cut, all lists capped. */
export function rowOf(report: Report): FleetRow {
  const { observations, agent, verdict } = report;
  const { cause, told: first, alsoBlocks, risks, notes } = judge(report);
  const outcome = worstOutcome(report);
  const source = sourceOf(observations);
  const network = observations.find((one) => one.operation === 'read_host_network');
  const own = cause?.data['ownRules'];
  const isPublic = source !== null && !isPrivate(source) && !isThisHost(source);
  const told = egressOf(observations);
  return {
    host: nameOf(report, source),
    startedAt: report.startedAt.slice(0, 40),
    source,
    facts: {
      outcome,
      claim: verdict.claim.outcome,
      link: verdict.link.outcome,
      claimed: agent.claimed,
      cause: cause === null ? (outcome === 'unknown' ? 'undecided' : 'none') : short(cause.id),
      ownRules: typeof own === 'string' ? short(own) : null,
      findings: [...(first === null ? [] : [first]), ...alsoBlocks, ...risks, ...notes].slice(0, MOST).map(rowFinding),
      subnet: subnetOf(source),
      egress: told === null ? (isPublic ? source : null) : short(told),
      gateway: network?.gateway4 ?? network?.gateway6 ?? null,
      route: short(routeText(report, agent.legs.link.routeId)),
      resolvers: (network?.resolvers ?? []).slice(0, 4).map(({ address }) => short(address)),
      issuer: issuerOf(observations, agent.legs.link.host),
      agentVersion: short(agent.version.value),
      toolVersion: short(report.tool.version),
      platform: short(report.environment.platform),
      labels: labelList(report.labels ?? {}),
      needs: needsOf(report),
      changed: (report.recent?.length ?? 0) > 0,
    },
  };
}
