/**
 * The odd ones: hosts whose cause is not that of nearly all others in their rack, site or network, and the facts in
 * which they differ. Pure.
 */
import type { FacetName, FleetFacts, FleetRow, OddHost } from './document.js';
import { membershipsOf } from './facets.js';

/** A group of fewer hosts has no usual way to be. */
const LEAST_HOSTS = 4;
/** In a group of ten or more, so many may be odd; below, one. */
const MOST_ODD_SHARE = 0.1;
/** A fact is usual when so many of the others have it. */
const USUAL = 0.75;
const MOST_LISTED = 200;

/** Where hosts stand: what they use is what they differ in. */
const isPlace = (name: FacetName): boolean => name.startsWith('label:') || name === 'subnet';

/** null = nobody saw it: where a run stops early, the rest of its way is no difference. */
const FACTS: readonly (readonly [fact: string, value: (facts: FleetFacts) => string | null])[] = [
  ['route', ({ route }) => route],
  ['resolvers', ({ resolvers }) => resolvers.join(', ')],
  ['gateway', ({ gateway }) => gateway],
  ['egress address', ({ egress }) => egress],
  ['network', ({ subnet }) => subnet],
  ['issuer', ({ issuer }) => issuer],
  ['Agent', ({ agentVersion }) => agentVersion],
  ['claimed', ({ claimed }) => (claimed === null ? null : claimed ? 'yes' : 'no')],
  ['platform', ({ platform }) => platform],
  ['other findings', ({ findings, cause }) => findings.flatMap(({ id }) => (id === cause ? [] : [id])).join(', ')],
];

/** The value that most have, if it is usual. */
function usual(values: readonly (string | null)[]): string | null {
  const counts = new Map<string | null, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const [first] = [...counts].sort(([a, n], [b, m]) => m - n || ((a ?? '') < (b ?? '') ? -1 : 1));
  return first !== undefined && first[1] >= USUAL * values.length ? first[0] : null;
}

function oddOf(name: FacetName, value: string, rows: readonly FleetRow[]): readonly OddHost[] {
  if (rows.length < LEAST_HOSTS) return [];
  const counts = new Map<string, number>();
  for (const { facts } of rows) counts.set(facts.cause, (counts.get(facts.cause) ?? 0) + 1);
  const [most] = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  if (most === undefined) return [];
  const [usualCause] = most;
  const odd = rows.filter(({ facts }) => facts.cause !== usualCause);
  if (odd.length === 0 || odd.length > Math.max(1, MOST_ODD_SHARE * rows.length)) return [];
  const others = rows.filter(({ facts }) => facts.cause === usualCause);
  const usualFacts = FACTS.map(([fact, of]) => [fact, of, usual(others.map(({ facts }) => of(facts)))] as const);
  return odd.map(({ host, facts }) => ({
    host,
    group: { name, value, hosts: rows.length },
    cause: facts.cause,
    usualCause,
    differs: usualFacts.flatMap(([fact, of, expected]) => {
      const here = of(facts);
      return expected === null || here === null || here === expected ? [] : [{ fact, here, usual: expected }];
    }),
  }));
}

/** Those that fail among the well first; a host once, in its smallest group. `rows` sorted by host. */
export function oddHosts(rows: readonly FleetRow[]): { readonly odd: readonly OddHost[]; readonly more: number } {
  const groups = new Map<string, { name: FacetName; value: string; rows: FleetRow[] }>();
  for (const row of rows) {
    for (const [name, value] of membershipsOf(row.facts)) {
      if (!isPlace(name)) continue;
      const key = JSON.stringify([name, value]);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { name, value, rows: [row] });
      else group.rows.push(row);
    }
  }
  const byHost = new Map<string, OddHost>();
  const all = [...groups.values()]
    .sort((a, b) => a.rows.length - b.rows.length || (a.name + a.value < b.name + b.value ? -1 : 1))
    .flatMap(({ name, value, rows: members }) => oddOf(name, value, members));
  for (const odd of all) if (!byHost.has(odd.host)) byHost.set(odd.host, odd);
  const rank = ({ cause }: OddHost): number => (cause === 'none' ? 2 : cause === 'undecided' ? 1 : 0);
  const sorted = [...byHost.values()].sort((a, b) => rank(a) - rank(b) || (a.host < b.host ? -1 : 1));
  return { odd: sorted.slice(0, MOST_LISTED), more: Math.max(0, sorted.length - MOST_LISTED) };
}
