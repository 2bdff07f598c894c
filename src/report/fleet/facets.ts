/** By what hosts are grouped, and how they spread over each group. Pure. */
import type { Facet, FacetName, FacetValue, FleetFacts, FleetRow, Share } from './document.js';

/** Values of a facet that are listed. */
const MOST_VALUES = 50;
const MOST_SHARES = 12;
/** A value explains a cause when so many of the hosts with the cause have it, and so many with it have the cause. */
const NEARLY_ALL = 0.9;

export type Membership = readonly [name: FacetName, value: string];

const MEMBERSHIPS = new WeakMap<FleetFacts, readonly Membership[]>();

function derive(facts: FleetFacts): readonly Membership[] {
  const one = (name: FacetName, value: string | null): readonly Membership[] => (value === null ? [] : [[name, value]]);
  return [
    ...facts.labels.map((label): Membership => {
      const at = label.indexOf('=');
      return [`label:${label.slice(0, at)}`, label.slice(at + 1)];
    }),
    ...one('subnet', facts.subnet),
    ...one('egress', facts.egress),
    ...one('gateway', facts.gateway),
    ...one('route', facts.route),
    ...facts.resolvers.map((address): Membership => ['resolver', address]),
    ...one('issuer', facts.issuer),
    ...one('agent', facts.agentVersion),
    ...one('platform', facts.platform),
  ];
}

/** The groups that a host with these facts is in: labels first, then from near to far. */
export function membershipsOf(facts: FleetFacts): readonly Membership[] {
  let known = MEMBERSHIPS.get(facts);
  if (known === undefined) MEMBERSHIPS.set(facts, (known = derive(facts)));
  return known;
}

const ORDER: readonly string[] = ['subnet', 'egress', 'gateway', 'route', 'resolver', 'issuer', 'agent', 'platform'];

function byFacet(a: string, b: string): number {
  return ORDER.indexOf(a) - ORDER.indexOf(b) || (a < b ? -1 : a > b ? 1 : 0);
}

interface Count {
  hosts: number;
  failing: number;
  atRisk: number;
}

export type Counts = ReadonlyMap<FacetName, ReadonlyMap<string, Count>>;

export function countFacets(rows: readonly FleetRow[]): Counts {
  const facets = new Map<FacetName, Map<string, Count>>();
  for (const { facts } of rows) {
    for (const [name, value] of membershipsOf(facts)) {
      let values = facets.get(name);
      if (values === undefined) facets.set(name, (values = new Map()));
      let count = values.get(value);
      if (count === undefined) values.set(value, (count = { hosts: 0, failing: 0, atRisk: 0 }));
      count.hosts += 1;
      if (facts.outcome === 'will_fail') count.failing += 1;
      else if (facts.outcome === 'at_risk') count.atRisk += 1;
    }
  }
  return new Map([...facets].sort(([a], [b]) => byFacet(a, b)));
}

export function facetsOf(counts: Counts): readonly Facet[] {
  return [...counts].map(([name, values]) => {
    const all = [...values].map(([value, count]): FacetValue => ({ value, ...count }));
    all.sort(
      (a, b) => b.failing - a.failing || b.atRisk - a.atRisk || b.hosts - a.hosts || (a.value < b.value ? -1 : 1),
    );
    return { name, values: all.slice(0, MOST_VALUES), more: Math.max(0, all.length - MOST_VALUES) };
  });
}

/** How the hosts of one cause spread, and what they have in common that others do not. */
export function spreadOf(
  rows: readonly FleetRow[],
  whole: Counts,
): {
  readonly groups: readonly { name: FacetName; values: readonly Share[]; more: number }[];
  common: readonly Share[];
} {
  const groups = [...countFacets(rows)].map(([name, values]) => {
    const all = [...values].map(([value, { hosts }]): Share => ({
      name,
      value,
      hosts,
      of: whole.get(name)?.get(value)?.hosts ?? hosts,
    }));
    all.sort((a, b) => b.hosts - a.hosts || (a.value < b.value ? -1 : 1));
    return { name, values: all.slice(0, MOST_SHARES), more: Math.max(0, all.length - MOST_SHARES) };
  });
  const common = groups
    .flatMap(({ values }) => values)
    .filter(({ hosts, of }) => hosts > 1 && hosts >= NEARLY_ALL * rows.length && hosts >= NEARLY_ALL * of)
    .sort((a, b) => b.hosts / b.of - a.hosts / a.of || b.hosts - a.hosts || byFacet(a.name, b.name));
  return { groups, common: common.slice(0, 4) };
}
