/** Look-ups of a static Agent (docs/reference/agent.md#t38): the same worlds are held against musl itself in test/netns/static.test.ts. */
import { describe, expect, it } from 'vitest';
import { predict } from '../../../../src/agent/predict.js';
import type { DnsQueryObservation, ReadHostNetworkObservation } from '../../../../src/model/observation.js';
import { ADDRESS, agentFacts, HOST, playAll, ROUTES, TARGETS } from '../../../helpers/facts.js';
import { failure } from '../../../helpers/observations.js';

type Query = Partial<Omit<DnsQueryObservation, 'operation' | 'id'>>;
const FIRST = '192.0.2.53';
const SECOND = '192.0.2.54';
const THIRD = '192.0.2.55';
const FOURTH = '192.0.2.56';
const A: Query = { type: 'A', addresses: [ADDRESS.link] };
const AAAA: Query = { type: 'AAAA' };
const SILENT: Query = { rcode: null, failure: failure('generic_timeout_error', 'dns_query'), t0Ms: 0, tMs: 5000 };

interface Played {
  readonly queries: readonly Query[];
  readonly kind?: 'static' | 'native';
  readonly inHosts?: boolean;
  /** `search` and `ndots` of resolv.conf. */
  readonly search?: NonNullable<ReadHostNetworkObservation['search']>;
  /** What the host's own C library finds; null = it fails. */
  readonly libc?: readonly string[] | null;
}

/** The link leg of an Agent on a host where everything else goes well. */
function link({ queries, kind = 'static', inHosts = false, search, libc = [ADDRESS.link] }: Played) {
  const seen = playAll(
    libc === null ? { link: { resolve: { addresses: [], failure: failure('dns_nxdomain_error', 'resolve') } } } : {},
  );
  const steps = seen.on({ leg: null, host: HOST.link });
  for (const query of queries) steps.dnsQuery({ t0Ms: 0, tMs: 5, ...query });
  if (inHosts || search !== undefined) {
    const entry: ReadHostNetworkObservation = {
      id: 'hosts',
      operation: 'read_host_network',
      transactionId: 'host',
      targetId: null,
      leg: null,
      routeId: null,
      role: { kind: 'path' },
      address: null,
      t0Ms: 0,
      tMs: 0,
      failure: null,
      resolvers: [],
      defaultRoute4: true,
      defaultRoute6: null,
      gateway4: null,
      gateway6: null,
      hostsOverrides: inHosts ? [{ name: HOST.link, address: ADDRESS.link, line: 3 }] : [],
      ...(search === undefined ? {} : { search }),
    };
    seen.add(entry);
  }
  const { installation } = agentFacts();
  const facts = agentFacts({ over: { installation: { ...installation, kind } } });
  const predictions = predict({ facts, routes: ROUTES, targets: TARGETS, observations: seen.observations });
  return predictions.find(({ leg }) => leg === 'link');
}

const outcome = (played: Played): string => {
  const prediction = link(played);
  return `${String(prediction?.outcome)} ${String(prediction?.rule.slice('agent:'.length))}`;
};

describe('a static Agent looks names up as musl does', () => {
  it.each<readonly [string, readonly Query[], string]>([
    ['both questions answered', [A, AAAA], 'will_work works'],
    ['SERVFAIL for AAAA', [A, { ...AAAA, rcode: 'SERVFAIL' }], 'will_fail dns.half_answer'],
    ['REFUSED for AAAA', [A, { ...AAAA, rcode: 'REFUSED' }], 'will_fail dns.half_answer'],
    ['NXDOMAIN for AAAA', [A, { ...AAAA, rcode: 'NXDOMAIN' }], 'will_fail dns.half_answer'],
    ['NOTIMP for AAAA', [A, { ...AAAA, rcode: 'NOTIMP' }], 'will_fail dns.half_answer'],
    ['silence for AAAA', [A, { ...AAAA, ...SILENT }], 'will_fail dns.half_answer'],
    ['SERVFAIL for A', [{ type: 'A', rcode: 'SERVFAIL' }, AAAA], 'will_fail dns.unresolvable'],
    ['no records at all', [{ type: 'A' }, AAAA], 'will_fail dns.unresolvable'],
    [
      'a dead resolver beside a good one',
      [
        { ...A, ...SILENT, addresses: [], resolver: FIRST },
        { ...AAAA, ...SILENT, resolver: FIRST },
        { ...A, resolver: SECOND },
        { ...AAAA, resolver: SECOND },
      ],
      'will_work works',
    ],
    [
      'one resolver refuses, the other answers',
      [
        { type: 'A', rcode: 'REFUSED' },
        { ...AAAA, rcode: 'REFUSED' },
        { ...A, resolver: SECOND },
        { ...AAAA, resolver: SECOND },
      ],
      'will_work works',
    ],
    [
      'each answers one of the two questions',
      [
        A,
        { ...AAAA, rcode: 'SERVFAIL' },
        { type: 'A', rcode: 'SERVFAIL', resolver: SECOND },
        { ...AAAA, resolver: SECOND },
      ],
      'will_work works',
    ],
    [
      'a slower one denies',
      [
        A,
        AAAA,
        { type: 'A', rcode: 'NXDOMAIN', resolver: SECOND, tMs: 40 },
        { ...AAAA, rcode: 'NXDOMAIN', resolver: SECOND, tMs: 40 },
      ],
      'at_risk dns.first_answer_counts',
    ],
    [
      'a much faster one denies',
      [
        { ...A, tMs: 60 },
        { ...AAAA, tMs: 60 },
        { type: 'A', rcode: 'NXDOMAIN', resolver: SECOND, tMs: 1 },
        { ...AAAA, rcode: 'NXDOMAIN', resolver: SECOND, tMs: 1 },
      ],
      'will_fail dns.first_answer_counts',
    ],
    [
      'one that denies is as fast',
      [
        A,
        AAAA,
        { type: 'A', rcode: 'NXDOMAIN', resolver: SECOND, tMs: 3 },
        { ...AAAA, rcode: 'NXDOMAIN', resolver: SECOND, tMs: 3 },
      ],
      'at_risk dns.first_answer_counts',
    ],
    [
      'a fourth nameserver is not asked',
      [
        A,
        AAAA,
        { ...A, resolver: SECOND },
        { ...A, resolver: THIRD },
        { type: 'A', rcode: 'NXDOMAIN', resolver: FOURTH, tMs: 1 },
      ],
      'will_work works',
    ],
  ])('%s', (_what, queries, expected) => {
    expect(outcome({ queries })).toBe(expected);
  });

  it('its neighbour that uses the C library of the host gets by with half an answer', () => {
    expect(outcome({ queries: [A, { ...AAAA, rcode: 'SERVFAIL' }], kind: 'native' })).toBe('will_work works');
  });

  it('the hosts file comes first, for both', () => {
    const queries = [
      { type: 'A', rcode: 'NXDOMAIN' },
      { ...AAAA, rcode: 'NXDOMAIN' },
    ] as const;
    expect(outcome({ queries, inHosts: true })).toBe('will_work works');
    expect(outcome({ queries })).toBe('will_fail dns.unresolvable');
  });

  it('works where only the C library of the host fails', () => {
    expect(outcome({ queries: [A, AAAA], libc: null })).toBe('will_work works');
    expect(outcome({ queries: [A, AAAA], libc: null, kind: 'native' })).toBe('will_fail dns.unresolvable');
  });

  it('waits 5 s for an answer that does not come, and says what the Agent says of every name', () => {
    const prediction = link({ queries: [A, { ...AAAA, rcode: 'REFUSED' }] });
    expect(prediction).toMatchObject({ agentSeconds: 5, agentWouldSay: { status: 'offline' } });
    expect(link({ queries: [A, { ...AAAA, rcode: 'NXDOMAIN' }] })?.agentSeconds).toBeLessThan(1);
  });

  it('is judged by the host’s look-up where nobody was asked on the wire', () => {
    expect(outcome({ queries: [] })).toBe('will_work works');
    expect(outcome({ queries: [A] })).toBe('will_work works');
  });
});

describe('search and ndots of resolv.conf', () => {
  const search = { domains: ['corp.example', 'lan.example'], ndots: 5 };
  const at = (domain: string, how: Query): readonly Query[] =>
    (['A', 'AAAA'] as const).map((type) => ({ type, ...how, name: `${HOST.link}.${domain}` }));
  const denied = at('corp.example', { rcode: 'NXDOMAIN' });

  it.each<readonly [string, readonly Query[], string]>([
    ['NXDOMAIN for all of them', [...denied, ...at('lan.example', { rcode: 'NXDOMAIN' })], 'will_work works'],
    ['SERVFAIL for the first', at('corp.example', { rcode: 'SERVFAIL' }), 'will_fail dns.search_domain'],
    ['REFUSED for the second', [...denied, ...at('lan.example', { rcode: 'REFUSED' })], 'will_fail dns.search_domain'],
    ['silence for the second', [...denied, ...at('lan.example', SILENT)], 'will_fail dns.search_domain'],
    ['no records for the first', at('corp.example', {}), 'will_fail dns.search_domain'],
  ])('%s', (_, queries, expected) => {
    const all = [...queries, A, AAAA];
    expect(outcome({ queries: all, search })).toBe(expected);
    expect(outcome({ queries: all, search, kind: 'native' })).toBe('will_work works');
  });

  it('are of no matter for a name with as many dots', () => {
    const queries = [...at('corp.example', { rcode: 'SERVFAIL' }), A, AAAA];
    expect(outcome({ queries, search: { ...search, ndots: 2 } })).toBe('will_work works');
  });

  it('a domain that has every name leads the Agent there', () => {
    const queries = [...at('corp.example', { addresses: ['192.0.2.200'] }), A, AAAA];
    expect(outcome({ queries, search })).not.toBe('will_work works');
  });
});
