/** Drafts about connections that fail, shared by the tcp rules. */
import { tookMs } from '../../trace/silence.js';
import type { Cell, ConnectFate, HostConnects } from '../../trace/connects.js';
import { ipv6BrokenAt, isCutOff, usable, works } from '../../trace/connects.js';
import { originOf } from '../../trace/timing.js';
import type { Evidence } from '../evidence.js';
import type { Tag } from '../confidence.js';
import type { Data, Draft } from '../rule.js';

export function idsOf(cells: readonly Cell[]): readonly string[] {
  return cells.flatMap(({ seen }) => seen.map(({ id }) => id));
}

export function subjectOf(cells: readonly Cell[], ev: Evidence): Draft['subject'] {
  return {
    hosts: cells.map(({ host }) => host),
    addresses: cells.map(({ address }) => address),
    families: cells.map(({ family }) => family),
    routeIds: cells.map(({ routeId }) => routeId),
    legs: cells.flatMap(({ attempts }) => attempts.flatMap((attempt) => ev.legsOf(attempt))),
  };
}

/** What of a host is to be judged: IPv6 that is broken while IPv4 works is a cause of its own. */
export function judgedCells(host: HostConnects, ev: Evidence): readonly Cell[] {
  const six = ipv6BrokenAt(ev.connects).has(host);
  return usable(host.cells).filter(({ family }) => !(six && family === 6));
}

/** Hosts that are cut off, with their cells of this fate. */
export function cutOffCells(ev: Evidence, fate: ConnectFate): readonly Cell[] {
  return ev.connects.filter(isCutOff).flatMap((host) => judgedCells(host, ev).filter((cell) => cell.fate === fate));
}

/** The one cause of what these cells met; none without cells. */
export function cutOffDrafts(cells: readonly Cell[], ev: Evidence, more: Data = {}): readonly Draft[] {
  if (cells.length === 0) return [];
  const ids = idsOf(cells);
  const data = { ...cellData(cells, ev), ...more };
  return [{ subject: subjectOf(cells, ev), evidence: ids, explains: ids, tags: surroundings(cells, ev), data }];
}

/** What the controls and siblings say about cut-off hosts. */
export function surroundings(cells: readonly Cell[], ev: Evidence): Tag[] {
  const tags: Tag[] = [];
  const hosts = new Set(cells.map(({ host }) => host));
  const others = ev.connects.filter(({ host }) => !hosts.has(host));
  if (others.some(({ cells: own }) => own.some(works))) tags.push('sibling_works');
  else if (hosts.size + others.length > 1) tags.push('siblings_fail');
  const neutral = ev.controls('neutral_host').filter(({ connect }) => connect !== null);
  if (neutral.some(({ connect }) => connect?.failure === null)) tags.push('neutral_works');
  else if (neutral.length > 0) tags.push('neutral_fails');
  const port = ev.controls('other_port').filter(({ address }) => cells.some((cell) => cell.address === address));
  if (port.some(({ connect }) => connect?.failure === null || connect?.failure?.kind === 'connection_refused')) {
    tags.push('other_port_works');
  }
  if (localNetworkAnswers(ev)) tags.push('local_network_works');
  tags.push(...origins(cells, ev));
  return tags;
}

/** A resolver, the gateway or a proxy was heard. */
function localNetworkAnswers(ev: Evidence): boolean {
  return (
    [...ev.dns.alive.values()].includes(true) ||
    ev.timing.gatewayMs !== null ||
    ev.attempts.some(({ connect }) => connect?.peer === 'proxy' && connect.failure === null)
  );
}

function origins(cells: readonly Cell[], ev: Evidence): Tag[] {
  const found = cells.flatMap(({ seen, fate }) =>
    fate === 'reset' || fate === 'told' ? seen.map((one) => originOf(tookMs(one), one.family, ev.timing)) : [],
  );
  const tags: Tag[] = [];
  if (found.includes('host')) tags.push('too_soon');
  if (found.includes('near') || found.includes('between')) tags.push('near');
  if (found.length > 0 && found.every((origin) => origin === 'far')) tags.push('far');
  return tags;
}

export function fastest(cells: readonly Cell[]): number {
  return Math.min(...cells.flatMap(({ seen }) => seen.map(tookMs)));
}

function slowest(cells: readonly Cell[]): number {
  return Math.max(...cells.flatMap(({ seen }) => seen.map(tookMs)));
}

/** A list of numbers and names that machines may read. */
export function cellData(cells: readonly Cell[], ev: Evidence): Data {
  const family = cells[0]?.family ?? 4;
  return {
    waitedMs: Math.round(slowest(cells)),
    rttMs: ev.timing.rtt(family) === null ? null : Number((ev.timing.rtt(family) ?? 0).toFixed(2)),
    gatewayMs: ev.timing.gatewayMs === null ? null : Number(ev.timing.gatewayMs.toFixed(2)),
  };
}
