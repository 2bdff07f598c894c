import { describe, expect, it } from 'vitest';
import type { DnsQueryObservation } from '../../../src/model/observation.js';
import type { FailureKind } from '../../../src/model/failure.js';
import {
  ADDRESS,
  blamed,
  certificate,
  control,
  failure,
  GENUINE,
  goOn,
  healthy,
  HOST,
  hostNetwork,
  judgedWith,
  RESOLVER,
  SECOND,
  SILENT,
  tell,
  walkLegs,
  world,
  type World,
  localFirewall,
} from './world.js';
import { LEGS, type Leg } from '../../../src/model/route.js';

type Reply = Partial<DnsQueryObservation>;

const SAYS: Record<string, Reply> = {
  nxdomain: { rcode: 'NXDOMAIN' },
  noData: { rcode: 'NOERROR', addresses: [] },
  servfail: { rcode: 'SERVFAIL' },
  refused: { rcode: 'REFUSED' },
  silent: { rcode: null, failure: failure('generic_timeout_error', 'dns_query'), ...SILENT },
  closed: { rcode: null, failure: failure('connection_refused', 'dns_query') },
};

/** A and AAAA of one host, as one resolver answers them. */
function ask(run: World, leg: Leg, resolver: string, reply: Reply): void {
  const steps = run.seen.on({ leg, host: HOST[leg] });
  for (const type of ['A', 'AAAA'] as const) {
    steps.dnsQuery({ resolver, address: resolver, type, role: { kind: 'path' }, leg: null, ...reply });
  }
}

const gives = (...addresses: string[]): Reply => ({ rcode: 'NOERROR', addresses });

/** These legs' names do not resolve; the other legs are healthy. */
function unresolved(legs: readonly Leg[], kind: FailureKind, replies: Record<string, Reply>, run = world()): World {
  walkLegs(run, Object.fromEntries(legs.map((leg) => [leg, { steps: () => undefined, addresses: [] }])));
  for (const leg of legs) {
    run.seen.observations.forEach((seen, at) => {
      if (seen.operation !== 'resolve' || seen.hostname !== HOST[leg]) return;
      run.seen.observations[at] = { ...seen, addresses: [], failure: failure(kind, 'resolve'), t0Ms: 0, tMs: 5000 };
    });
    for (const [resolver, reply] of Object.entries(replies)) ask(run, leg, resolver, reply);
  }
  return run;
}

describe('answers that are none', () => {
  it.each([
    ['dns.nxdomain', 'dns_nxdomain_error', 'nxdomain', 'likely'],
    ['dns.no_data', 'dns_no_answer', 'noData', 'likely'],
    ['dns.servfail', 'dns_temporary_failure', 'servfail', 'certain'],
    ['dns.refused', 'dns_temporary_failure', 'refused', 'certain'],
  ] as const)('%s, and its neighbours are silent', (id, kind, says, confidence) => {
    const told = tell(unresolved(['link'], kind, { [RESOLVER]: SAYS[says] ?? {} }));
    expect(blamed(told)).toEqual([id]);
    expect(told.finding(id)).toMatchObject({
      severity: 'blocks',
      confidence,
      subject: { hosts: [HOST.link], resolvers: [RESOLVER], legs: ['link'] },
    });
    expect(told.verdict.link.cause).toBe(id);
  });

  it('one finding with three subjects for three names', () => {
    const told = tell(unresolved(LEGS, 'dns_nxdomain_error', { [RESOLVER]: SAYS['nxdomain'] ?? {} }));
    expect(blamed(told)).toEqual(['dns.nxdomain']);
    expect(told.finding('dns.nxdomain').subject.hosts).toHaveLength(3);
  });

  it('is certain when the name is proven at its published address', () => {
    const run = unresolved(['link'], 'dns_nxdomain_error', { [RESOLVER]: SAYS['nxdomain'] ?? {} });
    const known = control(run, 'known_address', 'link');
    known.tlsOk(known.connectOk('54.198.178.11'), GENUINE);
    expect(tell(run).finding('dns.nxdomain').confidence).toBe('certain');
  });

  it('dns.timeout: silent for these names only', () => {
    const run = unresolved(['link'], 'dns_temporary_failure', { [RESOLVER]: SAYS['silent'] ?? {} });
    ask(run, 'env', RESOLVER, gives(ADDRESS.env));
    localFirewall(run);
    const told = tell(run);
    expect(blamed(told)).toEqual(['dns.timeout']);
    expect(told.finding('dns.timeout').confidence).toBe('certain');
  });

  it('dns.resolver_unreachable, not dns.timeout: silent for every name', () => {
    const told = tell(unresolved(LEGS, 'dns_temporary_failure', { [RESOLVER]: SAYS['silent'] ?? {} }));
    expect(blamed(told)).toEqual(['dns.resolver_unreachable']);
    expect(told.finding('dns.resolver_unreachable').data).toMatchObject({ how: 'silent', all: true });
  });

  it('dns.resolver_unreachable: the port is closed', () => {
    const told = tell(unresolved(LEGS, 'dns_temporary_failure', { [RESOLVER]: SAYS['closed'] ?? {} }));
    expect(told.finding('dns.resolver_unreachable').data).toMatchObject({ how: 'refused' });
  });

  it('host.no_resolver: nobody to ask, and dns.resolver_unreachable is silent', () => {
    const run = unresolved(LEGS, 'dns_temporary_failure', {});
    hostNetwork(run, { resolvers: [] });
    const told = tell(run);
    expect(blamed(told)).toEqual(['host.no_resolver']);
    expect(told.ids).not.toContain('dns.resolver_unreachable');
  });
});

describe('two resolvers', () => {
  it('dns.resolvers_disagree: the first denies, the second is right', () => {
    const run = unresolved(['link'], 'dns_nxdomain_error', {
      [RESOLVER]: SAYS['nxdomain'] ?? {},
      [SECOND]: gives(ADDRESS.link),
    });
    const told = tell(run);
    expect(blamed(told)).toEqual(['dns.resolvers_disagree']);
    expect(told.finding('dns.resolvers_disagree')).toMatchObject({
      hides: ['dns.nxdomain'],
      subject: { resolvers: [RESOLVER] },
      data: { wrongFirst: true },
    });
  });

  it('different addresses are no contradiction: dns.resolvers_disagree stays silent', () => {
    const run = healthy();
    ask(run, 'link', RESOLVER, gives(ADDRESS.link));
    ask(run, 'link', SECOND, gives('198.51.100.7'));
    expect(tell(run).ids).toEqual([]);
  });

  it('a spare resolver that is dead is a note', () => {
    const run = healthy();
    for (const leg of LEGS) {
      ask(run, leg, RESOLVER, gives(ADDRESS[leg]));
      ask(run, leg, SECOND, SAYS['silent'] ?? {});
    }
    hostNetwork(run, {
      resolvers: [RESOLVER, SECOND].map((address) => ({ address, port: 53, source: '/etc/resolv.conf' })),
    });
    const told = tell(run);
    expect(blamed(told)).toEqual([]);
    expect(told.finding('dns.resolver_unreachable').severity).toBe('notes');
  });

  it.each([
    [899, null],
    [900, 0.9],
  ])('a lookup of %d ms behind a dead resolver lost %s s', (tMs, lostSeconds) => {
    const run = healthy();
    run.seen.on({ leg: null, host: HOST.link }).resolveOk([ADDRESS.link], { t0Ms: 0, tMs });
    for (const leg of LEGS) {
      ask(run, leg, RESOLVER, SAYS['silent'] ?? {});
      ask(run, leg, SECOND, gives(ADDRESS[leg]));
    }
    expect(tell(run).finding('dns.resolver_unreachable').data['lostSeconds'] ?? null).toBe(lostSeconds);
  });

  it.each([
    [3999, true],
    [4000, false],
  ])('every resolver silent, and the OS answered after %d ms: dead %s', (tMs, dead) => {
    const run = healthy();
    run.seen.on({ leg: null, host: HOST.link }).resolveOk([ADDRESS.link], { t0Ms: 0, tMs });
    for (const leg of LEGS) ask(run, leg, RESOLVER, SAYS['silent'] ?? {});
    expect(tell(run).ids.includes('dns.resolver_unreachable')).toBe(dead);
  });

  it.each([
    [1, 'risks'],
    [2, 'risks'],
  ])('the first resolver dead for %d of the names is a risk', (count, severity) => {
    const run = world();
    const legs = (['env', 'link'] as const).slice(0, count);
    walkLegs(run);
    const kept = run.seen.observations.filter(
      (seen) => seen.operation !== 'resolve' || legs.some((leg) => HOST[leg] === seen.hostname),
    );
    run.seen.observations.splice(0, run.seen.observations.length, ...kept);
    for (const leg of legs) {
      ask(run, leg, RESOLVER, SAYS['silent'] ?? {});
      ask(run, leg, SECOND, gives(ADDRESS[leg]));
    }
    expect(tell(run).finding('dns.resolver_unreachable').severity).toBe(severity);
  });

  it('the first resolver dead is a risk: every lookup waits for it', () => {
    const run = healthy();
    for (const leg of LEGS) {
      ask(run, leg, RESOLVER, SAYS['silent'] ?? {});
      ask(run, leg, SECOND, gives(ADDRESS[leg]));
    }
    hostNetwork(run, {
      resolvers: [RESOLVER, SECOND].map((address) => ({ address, port: 53, source: '/etc/resolv.conf' })),
    });
    expect(blamed(tell(run))).toEqual(['dns.resolver_unreachable']);
  });
});

describe('answers that lead elsewhere', () => {
  const led = (address: string, steps: (run: World) => void = () => undefined): World => {
    const run = walkLegs(world(), {
      link: { addresses: [address], steps: (on) => void on.connectRefused(address) },
    });
    ask(run, 'link', RESOLVER, gives(address));
    steps(run);
    return run;
  };

  it.each(['0.0.0.0', '127.0.0.1', '146.112.61.106'])('dns.sinkhole: %s', (address) => {
    const told = tell(led(address));
    expect(blamed(told)).toEqual(['dns.sinkhole']);
    expect(told.finding('dns.sinkhole').hides).toContain('tcp.reset');
  });

  it('dns.sinkhole names the filter whose block page it is', () => {
    expect(tell(led('146.112.61.106')).finding('dns.sinkhole').why).toContain('OpenDNS');
  });

  it('loopback is no sinkhole where the name is proven there', () => {
    const run = walkLegs(world(), { all: { addresses: ['127.0.0.1'] } });
    expect(tell(run).ids).toEqual([]);
  });

  const impostor = (address: string): World =>
    walkLegs(world(), {
      link: {
        addresses: [address],
        tls: {
          nameMatches: false,
          judgements: judgedWith('SELF_SIGNED_CERT_IN_CHAIN'),
          chain: [certificate({ subject: 'CN=portal.corp' })],
        },
        answer: (steps, way) => void steps.upgrade(way, 'HTTP/1.1 404 Not Found\r\n\r\n'),
      },
    });

  it('dns.hijacked: a private answer, and no valid certificate there', () => {
    const told = tell(impostor('10.1.2.3'));
    expect(blamed(told)).toEqual(['dns.hijacked']);
    expect(told.finding('dns.hijacked')).toMatchObject({ confidence: 'likely' });
    expect(told.finding('dns.hijacked').hides).toContain('tls.name_mismatch');
  });

  it('dns.hijacked: a foreign answer, while the published address is genuine', () => {
    const run = impostor('198.51.100.66');
    const known = control(run, 'known_address', 'link');
    known.tlsOk(known.connectOk('54.198.178.11'), GENUINE);
    const told = tell(run);
    expect(blamed(told)).toEqual(['dns.hijacked']);
    expect(told.finding('dns.hijacked').confidence).toBe('certain');
  });

  it('tls.name_mismatch, not dns.hijacked: a foreign certificate and nothing to compare with', () => {
    const told = tell(impostor('198.51.100.66'));
    expect(blamed(told)).toEqual(['tls.name_mismatch']);
    expect(told.unchecked.map(({ id }) => id)).toContain('dns.hijacked');
  });

  it('dns.private_answer: a private answer with a valid certificate is a note', () => {
    const run = walkLegs(world(), { link: { addresses: ['10.9.8.7'] } });
    const told = tell(run);
    expect(told.ids).toEqual(['dns.private_answer']);
    expect(told.finding('dns.private_answer').severity).toBe('notes');
    expect(told.ids).not.toContain('dns.hijacked');
  });

  it('dns.address_new: unknown and proven is one note for all hosts', () => {
    const run = healthy();
    run.addresses = LEGS.map((leg) => ({
      host: HOST[leg],
      address: ADDRESS[leg],
      class: 'new_proven',
      knownSince: null,
      knownSource: null,
    }));
    const told = tell(run);
    expect(told.ids).toEqual(['dns.address_new']);
    expect(told.finding('dns.address_new').severity).toBe('notes');
  });

  it('a published address is not dns.address_new', () => {
    const run = healthy();
    run.addresses = [
      { host: HOST.link, address: ADDRESS.link, class: 'known', knownSince: '2021-11-01', knownSource: 'docs' },
    ];
    expect(tell(run).ids).toEqual([]);
  });

  it('dns.hosts_override: the hosts file says otherwise, and it is dead', () => {
    const run = walkLegs(world(), {
      link: { addresses: ['198.51.100.9'], steps: (on) => void on.connectTimeout('198.51.100.9', SILENT) },
    });
    ask(run, 'link', RESOLVER, gives(ADDRESS.link));
    hostNetwork(run, { hostsOverrides: [{ name: HOST.link, address: '198.51.100.9', line: 4 }] });
    const told = tell(run);
    expect(blamed(told)).toEqual(['dns.hosts_override']);
    expect(told.finding('dns.hosts_override')).toMatchObject({
      hides: ['tcp.dropped'],
      subject: { file: { line: 4 } },
    });
  });

  it('a hosts file that agrees with the resolvers is not dns.hosts_override', () => {
    const run = healthy();
    ask(run, 'link', RESOLVER, gives(ADDRESS.link));
    hostNetwork(run, { hostsOverrides: [{ name: HOST.link, address: ADDRESS.link, line: 4 }] });
    expect(tell(run).ids).toEqual([]);
  });
});

describe('behind a proxy', () => {
  it('trouble with local DNS is nothing: the proxy resolves', () => {
    const base = world();
    const proxied = proxiedWorld(base);
    for (const leg of LEGS) {
      const steps = proxied.seen.on({ leg, host: HOST[leg], routeId: PROXY_ID });
      const way = steps.connectOk('192.0.2.80', { peer: 'proxy', host: 'proxy.example', port: 3128 });
      steps.proxyOk(way);
      goOn(steps, way, leg);
      proxied.seen
        .on({ leg, host: HOST[leg] })
        .resolveFails('dns_nxdomain_error', { leg: null, routeId: null, targetId: null });
      ask(proxied, leg, RESOLVER, SAYS['nxdomain'] ?? {});
    }
    proxied.seen.on({ leg: null, host: 'proxy.example' }).resolveOk(['192.0.2.80']);
    const told = tell(proxied);
    expect(blamed(told)).toEqual([]);
    expect(told.exitCode).toBe(0);
  });
});

describe('a dead resolver behind a proxy', () => {
  /** Every leg through the proxy, which has an address; the resolvers are silent. */
  const run = (proxyResolves: boolean): World => {
    const proxied = proxiedWorld(world());
    const at = proxied.seen.on({ leg: null, host: 'proxy.example' });
    if (proxyResolves) {
      at.resolveOk(['192.0.2.80']);
      for (const leg of LEGS) {
        const steps = proxied.seen.on({ leg, host: HOST[leg], routeId: PROXY_ID });
        const way = steps.connectOk('192.0.2.80', { peer: 'proxy', host: 'proxy.example', port: 3128 });
        steps.proxyOk(way);
        goOn(steps, way, leg);
      }
    } else at.resolveFails('dns_temporary_failure');
    for (const type of ['A', 'AAAA'] as const)
      at.dnsQuery({ name: 'proxy.example', resolver: RESOLVER, address: RESOLVER, type, ...SAYS['silent'] });
    return proxied;
  };
  it('is a note where nothing needs it, and the cause where the name of the proxy does', () => {
    expect(tell(run(true)).finding('dns.resolver_unreachable').severity).toBe('notes');
    expect(blamed(tell(run(false)))).toEqual(['dns.resolver_unreachable']);
  });
});

const PROXY_ID = 'http_connect:proxy.example:3128';

function proxiedWorld(base: World): World {
  const legs = Object.fromEntries(LEGS.map((leg) => [leg, { ...base.agent.legs[leg], routeId: PROXY_ID }]));
  return {
    ...base,
    agent: { ...base.agent, legs: legs as World['agent']['legs'] },
    routes: [
      ...base.routes,
      {
        id: PROXY_ID,
        route: { kind: 'http_connect', proxy: { host: 'proxy.example', port: 3128, credentials: 'none' } },
        usedBy: LEGS,
        origin: 'cloud.conf [global] proxy',
      },
    ],
  };
}
