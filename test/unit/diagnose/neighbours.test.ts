/** Pairs that look alike: each cause in its own network, and silent in that of its nearest neighbour. */
import { describe, expect, it } from 'vitest';
import {
  ADDRESS,
  blamed,
  certificate,
  control,
  failure,
  goOn,
  HOST,
  hostNetwork,
  judgedBy,
  RESOLVER,
  SILENT,
  tell,
  walkLegs,
  world,
  localFirewall,
  type LegOver,
  type Told,
  type World,
} from './world.js';
import type { FailureKind } from '../../../src/model/failure.js';
import type { FoundFinding } from '../../../src/model/finding.js';
import type { LocalFirewallRule, X509Error } from '../../../src/model/observation.js';
import { LEGS, type RouteEntry } from '../../../src/model/route.js';
import { answer, ENV_ANSWER, jsonAnswer, type RawAnswer } from './world.js';

const redirect = (to: string): RawAnswer => answer('301 Moved Permanently', '', [`Location: ${to}`]);

const UNREACHABLE = failure('network_unreachable', 'dns_query');

/** No name resolves; the resolver is asked in vain, also whether it lives. */
function nothingLeaves(defaultRoute: boolean): World {
  const run = world();
  for (const leg of ['claim', 'auth', 'link'] as const) {
    const steps = run.seen.on({ leg, host: HOST[leg] });
    steps.resolveFails('dns_temporary_failure', {
      id: `resolve-${HOST[leg]}`,
      targetId: null,
      leg: null,
      routeId: null,
    } as never);
    steps.dnsQuery({ rcode: null, failure: UNREACHABLE });
  }
  control(run, 'resolver_liveness').dnsQuery({ name: 'localhost', rcode: null, failure: UNREACHABLE });
  hostNetwork(run, { defaultRoute4: defaultRoute, defaultRoute6: false });
  return run;
}

describe('no route and a dead resolver', () => {
  it('host.no_route hides the resolver that nobody can reach', () => {
    const told = tell(nothingLeaves(false));
    expect(blamed(told)).toEqual(['host.no_route']);
    expect(told.finding('host.no_route').hides).toContain('dns.resolver_unreachable');
    for (const leg of LEGS)
      expect(told.verdict.legs[leg]).toMatchObject({ outcome: 'will_fail', cause: 'host.no_route' });
  });

  it('with a default route it is the resolver', () => {
    const told = tell(nothingLeaves(true));
    expect(blamed(told)).toEqual(['dns.resolver_unreachable']);
  });
});

function osFails(over: Parameters<typeof hostNetwork>[1]): World {
  const run = world();
  for (const leg of ['claim', 'auth', 'link'] as const) {
    const steps = run.seen.on({ leg, host: HOST[leg] });
    steps.resolveFails('dns_no_answer', {
      id: `resolve-${HOST[leg]}`,
      targetId: null,
      leg: null,
      routeId: null,
    } as never);
    steps.dnsQuery({ addresses: [ADDRESS[leg]] });
  }
  hostNetwork(run, over);
  return run;
}

describe('the C library and the resolvers', () => {
  it('host.no_resolver: nsswitch.conf asks files only', () => {
    const told = tell(osFails({ nameServices: { sources: ['files'], line: 7 } }));
    expect(blamed(told)).toEqual(['host.no_resolver']);
    expect(told.finding('host.no_resolver').why).toContain('Line 7 of /etc/nsswitch.conf');
  });

  it('dns.resolvers_disagree: it asks, and gets another answer than the wire does', () => {
    const told = tell(osFails({ nameServices: { sources: ['files', 'dns'], line: 7 } }));
    expect(blamed(told)).toEqual(['dns.resolvers_disagree']);
    expect(told.finding('dns.resolvers_disagree').blames).toBe('host');
  });

  it('files only, and all names in them: nothing is wrong', () => {
    const run = walkLegs(world());
    hostNetwork(run, { nameServices: { sources: ['files'], line: 7 } });
    expect(tell(run).ids).toEqual([]);
  });
});

const V6 = '2001:db8::30';

function dualLink(six: 'dropped' | 'refused' | 'no_family', four: 'works' | 'reset'): World {
  return walkLegs(world(), {
    link: {
      addresses: six === 'no_family' ? [ADDRESS.link, V6] : [V6, ADDRESS.link],
      steps: (steps) => {
        if (six === 'dropped') steps.connectTimeout(V6, SILENT);
        else if (six === 'refused') steps.connectRefused(V6);
        if (four === 'works') goOn(steps, steps.connectOk(ADDRESS.link), 'link');
        else steps.connectRefused(ADDRESS.link);
        if (six === 'no_family') steps.connectFails(V6, 'address_not_available');
      },
    },
  });
}

describe('two families at one host', () => {
  it('tcp.ipv6_broken: IPv6 dropped for one host only', () => {
    const told = tell(dualLink('dropped', 'works'));
    expect(told.verdict.link.outcome).toBe('will_work');
    expect(told.finding('tcp.ipv6_broken')).toMatchObject({ severity: 'risks', subject: { hosts: [HOST.link] } });
    expect(told.ids).not.toContain('tcp.some_addresses');
  });

  it('tcp.reset: a family that this host has not is never to blame', () => {
    const told = tell(dualLink('no_family', 'reset'));
    expect(told.verdict.legs.link).toMatchObject({ outcome: 'will_fail', cause: 'tcp.reset' });
    expect(blamed(told)).toEqual(['tcp.reset']);
  });

  it('the same host without IPv6, IPv4 open: nothing is wrong', () => {
    expect(tell(dualLink('no_family', 'works')).ids).toEqual([]);
  });
});

describe('a private answer', () => {
  const privately = (trusting: readonly string[]): World => {
    const private10: LegOver = {
      addresses: ['10.0.0.8'],
      tls: { judgements: judgedBy(...trusting), chain: [certificate({ issuer: 'CN=Site Root' })] },
    };
    const run = walkLegs(world(), { all: private10 });
    run.addresses = LEGS.map((leg) => ({
      host: HOST[leg],
      address: '10.0.0.8',
      class: 'private',
      knownSince: null,
      knownSource: null,
    }));
    return run;
  };

  it('dns.private_answer: every leg accepts the certificate for the name', () => {
    const told = tell(privately(['claim', 'link', 'system']));
    expect(told.ids).toEqual(['dns.private_answer']);
    expect(told.exitCode).toBe(0);
  });

  it('dns.hijacked: no leg does', () => {
    const told = tell(privately([]));
    expect(blamed(told)).toEqual(['dns.hijacked']);
  });
});

describe('an endpoint that the Agent misreads', () => {
  const document = (endpoint: string) =>
    jsonAnswer(
      '200 OK',
      JSON.stringify({
        authEndpoint: 'https://api.netdata.cloud/agents/v1',
        encoding: 'proto',
        transports: [{ type: 'MQTTv5', endpoint }],
        backoff: { base: 2, maxSeconds: 600, minSeconds: 1 },
        capabilities: ['proto'],
      }),
    );
  const named = (endpoint: string): World =>
    walkLegs(world(), { env: { answer: (steps, way) => void steps.httpAnswer(way, document(endpoint)) } });

  it('http.unexpected_answer: /env names a transport without a port', () => {
    const told = tell(named('wss://mqtt.netdata.cloud/mqtt'));
    expect(told.verdict.legs).toMatchObject({
      env: { outcome: 'will_work' },
      link: { outcome: 'will_fail', cause: 'http.unexpected_answer' },
    });
    expect(blamed(told)).toEqual(['http.unexpected_answer']);
  });

  it('with a port it is what the Agent wants', () => {
    expect(tell(named('wss://mqtt.netdata.cloud:443/mqtt')).ids).toEqual([]);
  });
});

const HTTP: RouteEntry = {
  id: 'http_connect:proxy.example:3128',
  route: { kind: 'http_connect', proxy: { host: 'proxy.example', port: 3128, credentials: 'none' } },
  usedBy: LEGS,
  origin: 'cloud.conf [global] proxy',
};
const SOCKS: RouteEntry = {
  id: 'socks5:proxy.example:1080',
  route: { kind: 'socks5', proxy: { host: 'proxy.example', port: 1080, credentials: 'none' }, resolveAt: 'local' },
  usedBy: LEGS,
  origin: 'cloud.conf [global] proxy',
};

function on(entry: RouteEntry): World {
  const base = world();
  const legs = Object.fromEntries(LEGS.map((leg) => [leg, { ...base.agent.legs[leg], routeId: entry.id }]));
  const run = {
    ...base,
    routes: [...base.routes, entry],
    agent: { ...base.agent, legs: legs as World['agent']['legs'] },
  };
  run.seen.on({ leg: null, host: 'proxy.example' }).resolveOk(['192.0.2.80']);
  return run;
}

describe('a proxy that hangs up', () => {
  const hangsUp = (tls: boolean): World => {
    const run = on(HTTP);
    const peer = { peer: 'proxy', host: 'proxy.example', port: 3128 } as const;
    for (const leg of LEGS) {
      const steps = run.seen.on({ leg, host: HOST[leg], routeId: HTTP.id });
      steps.proxyReply(steps.connectOk('192.0.2.80', peer), '', { failure: failure('eof_error', 'proxy_connect') });
    }
    const asked = run.seen.on({
      leg: null,
      host: 'proxy.example',
      routeId: HTTP.id,
      role: { kind: 'control', control: 'proxy_tls' },
    });
    const way = asked.connectOk('192.0.2.80', peer);
    if (tls) asked.tlsOk(way, { nameMatches: false });
    else asked.tlsFails(way, 'eof_error');
    return run;
  };

  it('proxy.protocol_mismatch: the port answers a ClientHello', () => {
    const told = tell(hangsUp(true));
    expect(blamed(told)).toEqual(['proxy.protocol_mismatch']);
    expect(told.finding('proxy.protocol_mismatch').hides).toEqual(['proxy.no_answer']);
    expect(told.finding('proxy.protocol_mismatch').data['speaks']).toContain('TLS');
  });

  it('proxy.no_answer: it hangs up on that as well', () => {
    expect(blamed(tell(hangsUp(false)))).toEqual(['proxy.no_answer']);
  });
});

describe('socks5:// and names', () => {
  const names = (resolves: boolean): World => {
    const run = on(SOCKS);
    const peer = { peer: 'proxy', host: 'proxy.example', port: 1080 } as const;
    for (const leg of LEGS) {
      const steps = run.seen.on({ leg, host: HOST[leg], routeId: SOCKS.id });
      const shared = { id: `resolve-${HOST[leg]}`, targetId: null, leg: null, routeId: null } as never;
      if (resolves) steps.resolveOk([ADDRESS[leg]], shared);
      else {
        steps.resolveFails('dns_nxdomain_error', shared);
        steps.dnsQuery({ resolver: RESOLVER, rcode: 'NXDOMAIN' });
      }
      const way = steps.connectOk('192.0.2.80', peer);
      if (!resolves) continue;
      steps.socksReply(way, 0, { resolveAt: 'local', requestedHost: HOST[leg] });
      goOn(steps, way, leg);
    }
    return run;
  };

  it('dns.nxdomain: the name must resolve here, and does not', () => {
    const told = tell(names(false));
    for (const leg of LEGS)
      expect(told.verdict.legs[leg], leg).toMatchObject({ outcome: 'will_fail', cause: 'dns.nxdomain' });
    expect(blamed(told)).toEqual(['dns.nxdomain']);
  });

  it('where it resolves, nothing is wrong', () => {
    expect(tell(names(true)).ids).toEqual([]);
  });
});

describe('a root of this host’s own', () => {
  const issued = (trusting: readonly string[], mints: boolean): World => {
    const chain = [certificate({ issuer: 'CN=Site Root' })];
    const run = walkLegs(world(), { all: { tls: { judgements: judgedBy(...trusting), chain } } });
    for (const leg of LEGS) {
      const steps = control(run, 'other_name_same_address', leg);
      const name = 'www.example.com';
      const over = { sni: name, expectedName: name, judgements: judgedBy(...trusting), chain, nameMatches: mints };
      steps.tlsOk(steps.connectOk(ADDRESS[leg]), over);
    }
    return run;
  };

  it('agent.trust_split: a leftover trusted.pem lacks what the system store has', () => {
    const told = tell(issued(['link', 'system'], false));
    expect(told.verdict.legs).toMatchObject({ claim: { outcome: 'will_fail' }, link: { outcome: 'will_work' } });
    expect(blamed(told)).not.toContain('tls.intercepted');
    expect(blamed(told)[0]).toMatch(/^(?:agent\.trust_split|tls\.untrusted_issuer)$/);
  });

  it('tls.intercepted: the same, and it certifies any name', () => {
    expect(blamed(tell(issued(['link', 'system'], true)))[0]).toBe('tls.intercepted');
  });
});

describe('T38: a static build asks all resolvers at once', () => {
  const twoMinds = (kind: 'static' | 'native'): World => {
    const run = world();
    for (const leg of ['claim', 'auth', 'link'] as const) {
      const steps = run.seen.on({ leg, host: HOST[leg] });
      steps.dnsQuery({ resolver: RESOLVER, addresses: [ADDRESS[leg]] });
      steps.dnsQuery({ resolver: '192.0.2.54', rcode: 'NXDOMAIN' });
    }
    walkLegs(run);
    const installation = { ...run.agent.installation, kind };
    return { ...run, agent: { ...run.agent, installation } };
  };

  it('dns.resolvers_disagree: a second resolver that denies is a risk for it', () => {
    expect(tell(twoMinds('static')).finding('dns.resolvers_disagree').severity).toBe('risks');
  });

  const halfAnswered = (kind: 'static' | 'native', rcode: string | null): World => {
    const run = world();
    for (const leg of LEGS) {
      const steps = run.seen.on({ leg: null, host: HOST[leg] });
      steps.dnsQuery({ resolver: RESOLVER, addresses: [ADDRESS[leg]] });
      const silent = { failure: failure('generic_timeout_error', 'dns_query'), ...SILENT };
      steps.dnsQuery({ resolver: RESOLVER, type: 'AAAA', rcode, ...(rcode === null ? silent : {}) });
    }
    walkLegs(run);
    return { ...run, agent: { ...run.agent, installation: { ...run.agent.installation, kind } } };
  };

  it.each([
    ['SERVFAIL', 'dns.servfail'],
    ['NOTIMP', 'dns.servfail'],
    ['REFUSED', 'dns.refused'],
    ['NXDOMAIN', 'dns.nxdomain'],
    [null, 'dns.timeout'],
  ] as const)('%s for AAAA only stops a static Agent: %s', (rcode, id) => {
    const told = tell(halfAnswered('static', rcode));
    expect(blamed(told)).toEqual([id]);
    expect(told.finding(id).title).toContain('static Agent');
    expect(told.finding(id).why).toContain('AAAA records');
    expect(told.verdict.claim.outcome).toBe('will_fail');
  });

  it.each(['SERVFAIL', 'REFUSED', 'NXDOMAIN', null] as const)('%s for AAAA only stops no other', (rcode) => {
    const told = tell(halfAnswered('native', rcode));
    expect(blamed(told)).toEqual([]);
    expect(told.verdict.link.outcome).toBe('will_work');
  });

  const searching = (libc: 'musl' | 'glibc', how: { readonly rcode: string | null }): World => {
    const run = world();
    for (const leg of LEGS) {
      const steps = run.seen.on({ leg: null, host: HOST[leg] });
      const silent = how.rcode === null ? { failure: failure('generic_timeout_error', 'dns_query'), ...SILENT } : {};
      for (const type of ['A', 'AAAA'] as const) {
        steps.dnsQuery({ resolver: RESOLVER, type, name: `${HOST[leg]}.corp.example`, ...how, ...silent });
        steps.dnsQuery({ resolver: RESOLVER, type, addresses: type === 'A' ? [ADDRESS[leg]] : [] });
      }
    }
    walkLegs(run);
    const installation = { ...run.agent.installation, libc };
    hostNetwork(run, { search: { domains: ['corp.example'], ndots: 5 } });
    return { ...run, agent: { ...run.agent, installation } };
  };

  it.each([
    ['SERVFAIL', 'dns.servfail'],
    ['REFUSED', 'dns.refused'],
    ['NOERROR', 'dns.no_data'],
    [null, 'dns.timeout'],
  ] as const)('%s for a search domain stops an Agent with musl: %s', (rcode, id) => {
    const told = tell(searching('musl', { rcode }));
    expect(blamed(told)).toEqual([id]);
    const { title, why, remedies } = told.finding(id);
    expect(title).toContain('built with musl, cannot resolve');
    expect(title).toContain('search domain corp.example');
    expect(why).toContain('netdata.cloud.corp.example is');
    expect(remedies[0]?.text).toContain('ndots');
    expect(told.verdict.claim.outcome).toBe('will_fail');
    expect(blamed(tell(searching('glibc', { rcode })))).toEqual([]);
  });

  it('NXDOMAIN for a search domain stops nobody', () => {
    expect(blamed(tell(searching('musl', { rcode: 'NXDOMAIN' })))).toEqual([]);
  });

  it('dns.resolvers_disagree asks for the C library, not for the kind of the build', () => {
    const run = twoMinds('native');
    const installation = { ...run.agent.installation, libc: 'musl' as const };
    const told = tell({ ...run, agent: { ...run.agent, installation } });
    expect(told.finding('dns.resolvers_disagree').severity).toBe('risks');
  });

  it('and a note for a build that asks one after the other', () => {
    expect(tell(twoMinds('native')).finding('dns.resolvers_disagree').severity).toBe('notes');
  });
});

describe('a proxy that minds the form of CONNECT', () => {
  const strict = (claimPasses: boolean): World => {
    const run = on(HTTP);
    const peer = { peer: 'proxy', host: 'proxy.example', port: 3128 } as const;
    for (const leg of LEGS) {
      const steps = run.seen.on({ leg, host: HOST[leg], routeId: HTTP.id });
      const way = steps.connectOk('192.0.2.80', peer);
      if (leg === 'claim' && claimPasses) {
        steps.proxyOk(way);
        goOn(steps, way, leg);
      } else
        steps.proxyReply(way, 'HTTP/1.1 400 Bad Request\r\n\r\n', {
          failure: failure('proxy_refused', 'proxy_connect'),
        });
    }
    return run;
  };

  it('proxy.denied: 400 for the link, a tunnel for the claim', () => {
    const told = tell(strict(true));
    expect(told.verdict.claim.outcome).toBe('will_work');
    expect(blamed(told)).toEqual(['proxy.denied']);
    expect(told.finding('proxy.denied').why).toContain('Host without a port');
  });

  const byBrowser = (opens: boolean): Told => {
    const run = on(HTTP);
    const peer = { peer: 'proxy', host: 'proxy.example', port: 3128 } as const;
    for (const leg of LEGS) {
      const steps = run.seen.on({ leg, host: HOST[leg], routeId: HTTP.id });
      steps.proxyReply(steps.connectOk('192.0.2.80', peer), 'HTTP/1.1 403 Forbidden\r\n\r\n', {
        failure: failure('proxy_refused', 'proxy_connect'),
      });
      const other = control(run, 'browser_like', leg, { routeId: HTTP.id, dialect: 'browser' });
      const way = other.connectOk('192.0.2.80', peer);
      if (opens) other.proxyOk(way);
      else other.proxyReply(way, 'HTTP/1.1 403 Forbidden\r\n\r\n');
    }
    return tell(run);
  };

  it('proxy.denied: refused for its form, a browser gets its tunnel', () => {
    const told = byBrowser(true);
    expect(blamed(told)).toEqual(['proxy.denied']);
    expect(told.finding('proxy.denied').title).toContain("accepts a browser's");
  });

  it('proxy.denied: refused whatever the form', () => {
    const told = byBrowser(false);
    expect(blamed(told)).toEqual(['proxy.denied']);
    expect(told.finding('proxy.denied').title).toContain('does not allow');
  });

  it('proxy.protocol_mismatch: 400 for everybody', () => {
    expect(blamed(tell(strict(false)))).toEqual(['proxy.protocol_mismatch']);
  });
});

describe('a proxy with two families', () => {
  const dual = (six: 'dropped' | 'works', first = V6): World => {
    const run = on(HTTP);
    const peer = { peer: 'proxy', host: 'proxy.example', port: 3128 } as const;
    run.seen.observations.length = 0;
    run.seen.on({ leg: null, host: 'proxy.example' }).resolveOk([first, '192.0.2.80']);
    for (const leg of LEGS) {
      const steps = run.seen.on({ leg, host: HOST[leg], routeId: HTTP.id });
      const tried = steps.connectOk(first, {
        ...peer,
        ...(six === 'dropped' ? { failure: failure('generic_timeout_error', 'connect'), ...SILENT } : {}),
      });
      const way =
        six === 'works'
          ? tried
          : steps.connectOk('192.0.2.80', { ...peer, transactionId: tried.transactionId, t0Ms: 5000, tMs: 5005 });
      steps.proxyOk(way);
      goOn(steps, way, leg);
    }
    return run;
  };

  it('tcp.ipv6_broken: the first attempt is lost on its silent IPv6 address', () => {
    const told = tell(dual('dropped'));
    expect(told.verdict.link.outcome).toBe('will_work');
    expect(blamed(told)).toEqual(['tcp.ipv6_broken']);
    expect(told.finding('tcp.ipv6_broken').subject.hosts).toEqual(['proxy.example']);
  });

  it('works over IPv6 without a word', () => {
    expect(tell(dual('works')).ids).toEqual([]);
  });

  it('agent.first_address_blackholed: the silent address is an IPv4 one; no tcp.ipv6_broken', () => {
    const told = tell(dual('dropped', '192.0.2.79'));
    expect(told.verdict.link.outcome).toBe('will_fail');
    expect(blamed(told)).toEqual(['agent.first_address_blackholed']);
    expect(told.finding('agent.first_address_blackholed').subject).toMatchObject({
      hosts: ['proxy.example'],
      addresses: ['192.0.2.79'],
    });
    expect(told.finding('agent.first_address_blackholed').remedies[0]?.text).toContain('TCP 3128');
    expect(told.ids).not.toContain('tcp.ipv6_broken');
  });
});

describe('a base URL with http://', () => {
  const plain = (): World => {
    const run = world();
    const claim = { ...run.agent.legs.claim, plain: true as const };
    run.agent = { ...run.agent, legs: { ...run.agent.legs, claim } };
    return run;
  };
  const asked = (answer: RawAnswer): World =>
    walkLegs(plain(), {
      claim: { steps: (steps) => void steps.httpAnswer(steps.connectOk(ADDRESS.claim), answer) },
    });

  it('works for the claim where the service answers in plain HTTP', () => {
    expect(tell(asked(ENV_ANSWER)).verdict.claim.outcome).toBe('will_work');
  });

  it('and fails where the answer is a redirect to https, which the claim does not follow', () => {
    const told = tell(asked(redirect('https://app.netdata.cloud/')));
    expect(told.verdict.claim.outcome).toBe('will_fail');
    expect(told.verdict.claim.cause).not.toBeNull();
    expect(told.verdict.link.outcome).toBe('will_work');
  });
});

describe('a proxy value that cannot be used', () => {
  const dead = (host: string): World => {
    const entry: RouteEntry = {
      ...HTTP,
      route: { kind: 'http_connect', proxy: { host, port: 1080, credentials: 'none' } },
    };
    const run = on(entry);
    run.seen.observations.length = 0;
    run.seen.on({ leg: null, host }).resolveFails('dns_nxdomain_error');
    return run;
  };

  it('is never called a matter of DNS', () => {
    const told = tell(dead('unusable-proxy.invalid'));
    expect(told.verdict.link.outcome).toBe('will_fail');
    expect(blamed(told).filter((id) => id.startsWith('dns.') || id === 'proxy.unresolvable')).toEqual([]);
    expect(told.verdict.link.cause).not.toBeNull();
  });

  it('its neighbour, a name that does not resolve, is', () => {
    expect(blamed(tell(dead('proxy.example')))).toEqual(['proxy.unresolvable']);
  });
});

describe('this host’s own rules', () => {
  const bite = (rule: Partial<LocalFirewallRule>, kind: FailureKind): Told => {
    const timing = kind === 'generic_timeout_error' ? SILENT : {};
    const run = walkLegs(world(), {
      link: { steps: (steps) => void steps.connectFails(ADDRESS.link, kind, timing) },
    });
    localFirewall(run, [
      { where: 'nftables inet f in policy', text: 'policy drop', action: 'drop', matches: true, owner: null, ...rule },
    ]);
    return tell(run);
  };

  it('host.local_firewall: the answers are dropped on their way in', () => {
    const told = bite({ inbound: true, addresses: [ADDRESS.link] }, 'generic_timeout_error');
    expect(blamed(told)).toEqual(['host.local_firewall']);
    expect(told.finding('host.local_firewall').title).toContain('answers');
  });

  it('tcp.reset: a rule on answers explains no reset', () => {
    expect(blamed(bite({ inbound: true, addresses: [ADDRESS.link] }, 'connection_refused'))).toEqual(['tcp.reset']);
  });

  it('host.local_firewall: the connection is sent elsewhere', () => {
    const told = bite({ action: 'redirect', addresses: [ADDRESS.link] }, 'connection_refused');
    expect(blamed(told)).toEqual(['host.local_firewall']);
    expect(told.finding('host.local_firewall').title).toContain('itself redirects');
  });

  it('tcp.dropped: a rule that stops another address is not to blame', () => {
    expect(blamed(bite({ addresses: ['203.0.113.99'] }, 'generic_timeout_error'))).toEqual(['tcp.dropped']);
  });

  const muted = (all: boolean): Told => {
    const run = world();
    for (const leg of ['claim', 'auth', 'link'] as const) {
      const steps = run.seen.on({ leg, host: HOST[leg] });
      const shared = { id: `resolve-${HOST[leg]}`, targetId: null, leg: null, routeId: null } as never;
      steps.resolveFails('dns_temporary_failure', shared);
      steps.dnsQuery({ rcode: null, failure: failure('permission_denied', 'dns_query') });
      if (!all) steps.dnsQuery({ rcode: 'SERVFAIL', resolver: '192.0.2.54' });
    }
    return tell(run);
  };

  it('host.local_firewall: no question to a resolver may leave', () => {
    const told = muted(true);
    expect(blamed(told)).toEqual(['host.local_firewall']);
    expect(told.finding('host.local_firewall').title).toContain('resolver');
  });

  it('dns.servfail: another resolver was asked and answered', () => {
    expect(blamed(muted(false))).not.toContain('host.local_firewall');
  });
});

describe('no route although there is a default one', () => {
  const policed = (alsoConnects: boolean): Told => {
    const run = nothingLeaves(true);
    const known = control(run, 'known_address');
    if (alsoConnects) known.connectFails(ADDRESS.env, 'network_unreachable', { t0Ms: 0, tMs: 1 });
    else known.connectOk(ADDRESS.env);
    return tell(run);
  };

  it('host.no_route: neither resolver nor published address is reached', () => {
    const told = policed(true);
    expect(blamed(told)).toEqual(['host.no_route']);
    expect(told.finding('host.no_route').why).toContain('policy routing');
  });

  it('dns.resolver_unreachable: the published address is reached', () => {
    expect(blamed(policed(false))).toEqual(['dns.resolver_unreachable']);
  });
});

describe('sizes', () => {
  const large = (acknowledged: boolean): Told => {
    const run = walkLegs(world());
    const hello = control(run, 'large_client_hello', 'env');
    hello.tlsFails(hello.connectOk(ADDRESS.env), 'generic_timeout_error', { ...SILENT, helloVariant: 'large' });
    const writes = control(run, 'full_size_write', 'link');
    writes.fullSizeWrite(writes.connectOk(ADDRESS.link), acknowledged, acknowledged ? {} : SILENT);
    return tell(run);
  };

  it('tcp.mtu_blackhole: small things work, full packets on the link are lost: a risk', () => {
    const told = large(false);
    expect(blamed(told)).toEqual(['tcp.mtu_blackhole']);
    expect(told.verdict.link.outcome).toBe('at_risk');
    expect(told.ids).not.toContain('tls.client_hello_size');
  });

  it('tls.client_hello_size: full packets pass, the large ClientHello does not', () => {
    const told = large(true);
    expect(told.ids).toEqual(['tls.client_hello_size']);
    expect(told.verdict.link.outcome).toBe('will_work');
  });
});

describe('a document in a wrapping', () => {
  const wrapped = (raw: RawAnswer): Told =>
    tell(walkLegs(world(), { env: { answer: (steps, way) => void steps.httpAnswer(way, raw) } }));

  it('http.agent_cannot_parse: compressed without being asked', () => {
    const told = wrapped(answer('200 OK', '\u001F\u008B\b\u0000', ['Content-Encoding: gzip']));
    expect(blamed(told)).toEqual(['http.agent_cannot_parse']);
    expect(told.finding('http.agent_cannot_parse').why).toContain('Content-Encoding: gzip');
  });

  it('http.agent_cannot_parse: a byte-order mark', () => {
    expect(blamed(wrapped(answer('200 OK', `\uFEFF${ENV_ANSWER.body}`)))).toEqual(['http.agent_cannot_parse']);
  });

  it('http.unexpected_answer: no document at all', () => {
    expect(blamed(wrapped(answer('200 OK', 'welcome', ['Content-Type: text/plain'])))).toEqual([
      'http.unexpected_answer',
    ]);
  });
});

describe('an inspection whose root has expired', () => {
  const chain = [certificate({ issuer: 'CN=FG100E, O=Fortinet, C=US' })];
  const inspected = (errors: readonly X509Error[]): FoundFinding => {
    const judgements = ['claim', 'link', 'system', 'mozilla'].map((storeId) => ({
      storeId,
      trusted: false,
      errors: storeId === 'mozilla' ? (['SELF_SIGNED_CERT_IN_CHAIN'] as const) : errors,
      depth: 1,
    }));
    return tell(walkLegs(world(), { all: { tls: { judgements, chain } } })).finding('tls.intercepted');
  };

  it('says that the dates alone are wrong, and asks for a new one', () => {
    const finding = inspected(['CERT_HAS_EXPIRED']);
    expect(finding.why).toContain('has expired');
    expect(finding.remedies.map(({ text }) => text).join(' ')).toContain('renew');
  });

  it('and asks for the root where it is not known', () => {
    const finding = inspected(['SELF_SIGNED_CERT_IN_CHAIN']);
    expect(finding.why).not.toContain('expired');
    expect(JSON.stringify(finding.remedies)).toContain('trusted.pem');
  });
});
