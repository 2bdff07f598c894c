/** What the answers of resolvers add up to. */
import { describe, expect, it } from 'vitest';
import { buildDns, resolverName } from '../../../src/trace/dns.js';
import { failure, observation } from './seen.js';

const NAME = 'app.netdata.cloud';
const query = (over: object = {}) =>
  observation('dns_query', {
    resolver: '192.0.2.53',
    resolverPort: 53,
    name: NAME,
    rcode: 'NOERROR',
    truncated: false,
    addresses: [],
    ...over,
  });
const SILENT = { rcode: null, failure: failure('generic_timeout_error'), tMs: 2000 };
const REFUSED = { rcode: null, failure: failure('connection_refused') };

describe('the answer of a resolver to both questions', () => {
  it.each([
    ['addresses', { addresses: ['192.0.2.1'] }, { rcode: 'SERVFAIL' }],
    ['nxdomain', { rcode: 'SERVFAIL' }, { rcode: 'NXDOMAIN' }],
    ['servfail', { rcode: 'REFUSED' }, { rcode: 'SERVFAIL' }],
    ['refused', { rcode: 'NOERROR' }, { rcode: 'REFUSED' }],
    ['other_rcode', { rcode: 'NOERROR' }, { rcode: 'NOTIMP' }],
    ['no_data', {}, {}],
    ['silent', {}, SILENT],
    ['silent', SILENT, SILENT],
    ['silent', SILENT, { rcode: null }],
    ['unreachable', SILENT, REFUSED],
    ['unreachable', REFUSED, REFUSED],
  ] as const)('%s (row %#)', (kind, a, aaaa) => {
    const { answers } = buildDns([query(a), query(aaaa)], null);
    expect(answers.get(NAME)).toMatchObject([{ resolver: '192.0.2.53', name: NAME, kind }]);
  });

  it('names an address once', () => {
    const { answers } = buildDns([query({ addresses: ['192.0.2.1'] }), query({ addresses: ['192.0.2.1'] })], null);
    expect(answers.get(NAME)?.[0]?.addresses).toEqual(['192.0.2.1']);
  });
});

describe('the resolvers of a run', () => {
  it('are named with their port where it is not that of DNS', () => {
    expect([resolverName('192.0.2.53', 53), resolverName('192.0.2.53', 5353)]).toEqual([
      '192.0.2.53',
      '192.0.2.53#5353',
    ]);
  });

  it('stand in the order of the host, those that it does not list behind', () => {
    const host = observation('read_host_network', {
      resolvers: [
        { address: '192.0.2.2', port: 53 },
        { address: '192.0.2.1', port: 53 },
      ],
    } as object);
    const dns = buildDns([query({ resolver: '192.0.2.3' }), query({ resolver: '192.0.2.1' })], host);
    expect(dns.resolvers).toEqual(['192.0.2.2', '192.0.2.1', '192.0.2.3']);
    expect(dns.answers.get(NAME)?.map(({ resolver }) => resolver)).toEqual(['192.0.2.1', '192.0.2.3']);
  });

  it.each([
    [{ rcode: 'SERVFAIL' }, true],
    [{ rcode: null, truncated: true }, true],
    [SILENT, false],
  ])('are alive with any reply, also to a question about something else: %j', (over, alive) => {
    const control = { role: { kind: 'control', control: 'resolver_liveness' } };
    expect(buildDns([query(SILENT), query({ ...over, ...control })], null).alive.get('192.0.2.53')).toBe(alive);
    expect(buildDns([query(over), query(SILENT)], null).alive.get('192.0.2.53')).toBe(alive);
  });

  it('are kept apart: of the host, public, asked whether they live', () => {
    const as = (control: string, resolver: string) => query({ resolver, role: { kind: 'control', control } });
    const dns = buildDns([query(), as('public_resolver', '192.0.2.8'), as('resolver_liveness', '192.0.2.9')], null);
    expect(dns.resolvers).toEqual(['192.0.2.53']);
    expect([...dns.liveness.keys()]).toEqual(['192.0.2.9']);
    expect(dns.publicAnswers.get(NAME)?.map(({ resolver }) => resolver)).toEqual(['192.0.2.8']);
    expect(dns.alive.has('192.0.2.8')).toBe(false);
  });
});

describe('what the operating system resolved', () => {
  it('is its first answer, without those of controls; every question is kept', () => {
    const resolve = (over: object = {}) => observation('resolve', { hostname: NAME, addresses: [], ...over });
    const first = resolve();
    const again = resolve();
    const dns = buildDns([resolve({ role: { kind: 'control', control: 'sibling' } }), first, again], null);
    expect(dns.resolved.get(NAME)).toBe(first);
    expect(dns.lookups).toEqual([first, again]);
  });
});
