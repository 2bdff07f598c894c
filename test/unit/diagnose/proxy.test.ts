import { describe, expect, it } from 'vitest';
import { LEGS, type Leg, type RouteEntry } from '../../../src/model/route.js';
import type { FailureKind } from '../../../src/model/failure.js';
import type { ProxyConnectObservation } from '../../../src/model/observation.js';
import {
  ADDRESS,
  blamed,
  certificate,
  failure,
  GENUINE,
  goOn,
  htmlAnswer,
  HOST,
  judgedBy,
  localFirewall,
  SILENT,
  tell,
  walkLegs,
  world,
  type LegOver,
  type Told,
  type Steps,
  type Way,
  type World,
} from './world.js';

const HTTP: RouteEntry = {
  id: 'http_connect:proxy.example:3128',
  route: { kind: 'http_connect', proxy: { host: 'proxy.example', port: 3128, credentials: 'none' } },
  usedBy: LEGS,
  origin: 'cloud.conf [global] proxy',
};
const SOCKS: RouteEntry = {
  id: 'socks5h:proxy.example:1080',
  route: { kind: 'socks5', proxy: { host: 'proxy.example', port: 1080, credentials: 'none' }, resolveAt: 'proxy' },
  usedBy: LEGS,
  origin: 'cloud.conf [global] proxy',
};
const PROXY = '192.0.2.80';

function through(entry: RouteEntry): World {
  const base = world();
  const legs = Object.fromEntries(LEGS.map((leg) => [leg, { ...base.agent.legs[leg], routeId: entry.id }]));
  return { ...base, routes: [...base.routes, entry], agent: { ...base.agent, legs: legs as World['agent']['legs'] } };
}

interface ProxyOver extends LegOver {
  readonly connect?: FailureKind;
  readonly reply?: (steps: Steps, way: Way) => ProxyConnectObservation;
}

/** Every leg through the proxy; `over` says how some differ. */
function walk(entry: RouteEntry, over: Partial<Record<Leg | 'all', ProxyOver>> = {}): World {
  const run = through(entry);
  run.seen.on({ leg: null, host: 'proxy.example' }).resolveOk([PROXY]);
  for (const leg of LEGS) {
    const how: ProxyOver = { ...over.all, ...over[leg] };
    const steps = run.seen.on({ leg, host: HOST[leg], routeId: entry.id });
    const at = entry.route.kind === 'direct' ? 0 : entry.route.proxy.port;
    const peer = { peer: 'proxy', host: 'proxy.example', port: at } as const;
    if (how.connect !== undefined) {
      steps.connectFails(PROXY, how.connect, { ...peer, ...(how.connect === 'generic_timeout_error' ? SILENT : {}) });
      continue;
    }
    const way = steps.connectOk(PROXY, peer);
    const reply =
      how.reply?.(steps, way) ?? (entry.route.kind === 'socks5' ? steps.socksReply(way, 0) : steps.proxyOk(way));
    const opened = reply.failure === null && (reply.status === 200 || reply.socksReply === 0);
    if (opened) goOn(steps, way, leg, how);
  }
  return run;
}

const says =
  (raw: string, over: object = {}) =>
  (steps: Steps, way: Way): ProxyConnectObservation =>
    steps.proxyReply(way, raw, over);

const all = (reply: ProxyOver['reply']) => ({ all: reply === undefined ? {} : { reply } });

describe('the way to the proxy', () => {
  it('a working proxy is healthy, also where the direct way is dropped', () => {
    const run = walk(HTTP);
    const direct = run.seen.on({ leg: 'env', role: { kind: 'alternative' } });
    direct.connectTimeout(ADDRESS.env, SILENT);
    expect(tell(run).ids).toEqual([]);
    expect(tell(walk(SOCKS)).ids).toEqual([]);
  });

  it('proxy.unresolvable', () => {
    const run = through(HTTP);
    run.seen.on({ leg: null, host: 'proxy.example' }).resolveFails('dns_nxdomain_error');
    const told = tell(run);
    expect(blamed(told)).toEqual(['proxy.unresolvable']);
    expect(told.ids).not.toContain('dns.nxdomain');
  });

  it('proxy.unresolvable says what the first resolver answered', () => {
    const run = through(HTTP);
    const steps = run.seen.on({ leg: null, host: 'proxy.example' });
    steps.resolveFails('dns_nxdomain_error');
    const name = { name: 'proxy.example', role: { kind: 'path' } } as const;
    steps.dnsQuery({ ...name, resolver: '192.0.2.53', address: '192.0.2.53', rcode: 'NXDOMAIN' });
    steps.dnsQuery({ ...name, resolver: '192.0.2.54', address: '192.0.2.54', rcode: 'REFUSED' });
    const finding = tell(run).finding('proxy.unresolvable');
    expect(finding).toMatchObject({
      confidence: 'certain',
      data: { rcode: 'nxdomain', origin: 'cloud.conf [global] proxy' },
      subject: { resolvers: ['192.0.2.53', '192.0.2.54'] },
    });
    expect(finding.why).toContain('The resolver answered: nxdomain.');
  });

  it('proxy.unresolvable is no more than likely while nobody was asked on the wire', () => {
    const run = through(HTTP);
    run.seen.on({ leg: null, host: 'proxy.example' }).resolveFails('dns_nxdomain_error');
    const finding = tell(run).finding('proxy.unresolvable');
    expect(finding).toMatchObject({ confidence: 'likely', data: { rcode: null } });
    expect(finding.why).not.toContain('The resolver answered');
  });

  it('dns.resolver_unreachable hides proxy.unresolvable: no name resolves at all', () => {
    const run = through(HTTP);
    const steps = run.seen.on({ leg: null, host: 'proxy.example' });
    steps.resolveFails('dns_temporary_failure');
    steps.dnsQuery({ rcode: null, failure: failure('generic_timeout_error', 'dns_query'), ...SILENT });
    const told = tell(run);
    expect(told.ids[0]).toBe('dns.resolver_unreachable');
    expect(told.finding('dns.resolver_unreachable').hides).toContain('proxy.unresolvable');
  });

  it('proxy.refused, and tcp.reset is silent', () => {
    const told = tell(walk(HTTP, { all: { connect: 'connection_refused' } }));
    expect(blamed(told)).toEqual(['proxy.refused']);
    expect(told.finding('proxy.refused').subject.legs).toEqual(LEGS);
    expect(told.ids).not.toContain('tcp.reset');
  });

  it('proxy.unreachable, not proxy.refused: silence', () => {
    const told = tell(walk(HTTP, { all: { connect: 'generic_timeout_error' } }));
    expect(blamed(told)).toEqual(['proxy.unreachable']);
    expect(told.ids).not.toContain('tcp.dropped');
  });
});

describe('what the proxy answers', () => {
  it('proxy.no_answer: silence after the request', () => {
    const told = tell(
      walk(HTTP, all(says('', { failure: failure('generic_timeout_error', 'proxy_connect'), ...SILENT }))),
    );
    expect(blamed(told)).toEqual(['proxy.no_answer']);
  });

  it('proxy.protocol_mismatch, not proxy.no_answer: it speaks TLS', () => {
    const told = tell(
      walk(
        HTTP,
        all(says('\x15\x03\x01\x00\x02\x02\x46', { failure: failure('proxy_protocol_mismatch', 'proxy_connect') })),
      ),
    );
    expect(blamed(told)).toEqual(['proxy.protocol_mismatch']);
    expect(told.finding('proxy.protocol_mismatch').why).toContain('TLS');
    expect(told.finding('proxy.protocol_mismatch').why).not.toContain('Asked in that protocol');
  });

  /** The port hangs up on what is configured; `asked` = what controls got there. */
  const hangsUp = (entry: RouteEntry, asked: (steps: Steps, way: Way) => void, over: object = {}): World => {
    const reply = (steps: Steps, way: Way): ProxyConnectObservation =>
      entry === SOCKS
        ? steps.socksReply(way, null, {
            socksMethod: null,
            proxyPort: 1080,
            failure: failure('eof_error', 'proxy_connect'),
            ...over,
          })
        : steps.proxyReply(way, '', { failure: failure('eof_error', 'proxy_connect'), ...over });
    const run = walk(entry, { all: { reply } });
    const label = { leg: null, host: HOST.env, routeId: entry.id } as const;
    const steps = run.seen.on({ ...label, role: { kind: 'control', control: 'proxy_other_protocol' } });
    const at = entry.route.kind === 'direct' ? 0 : entry.route.proxy.port;
    asked(steps, steps.connectOk(PROXY, { peer: 'proxy', host: 'proxy.example', port: at }));
    const tls = run.seen.on({ ...label, role: { kind: 'control', control: 'proxy_tls' } });
    tls.tlsFails(tls.connectOk(PROXY, { peer: 'proxy', host: 'proxy.example', port: at }), 'eof_error');
    return run;
  };

  it('proxy.protocol_mismatch: an HTTP proxy that is SOCKS5, with the line to write', () => {
    const told = tell(
      hangsUp(HTTP, (steps, way) => void steps.socksReply(way, 0, { proxyHost: 'proxy.example', proxyPort: 3128 })),
    );
    expect(blamed(told)).toEqual(['proxy.protocol_mismatch']);
    const finding = told.finding('proxy.protocol_mismatch');
    expect(finding).toMatchObject({ confidence: 'certain', data: { works: 'socks5', opened: true } });
    expect(finding.why).toContain('In that protocol, the port opened a tunnel');
    expect(finding.remedies[0]?.lines[0]?.text).toContain('socks5h://proxy.example:3128');
  });

  it('proxy.protocol_mismatch: SOCKS5 for an Agent whose link cannot use it', () => {
    const run = hangsUp(HTTP, (steps, way) => void steps.socksReply(way, 0));
    run.agent = { ...run.agent, version: { ...run.agent.version, value: '2.8.0' } };
    const [first] = tell(run).finding('proxy.protocol_mismatch').remedies;
    expect(first?.lines).toEqual([]);
    expect(first?.text).toContain('2.10.0');
  });

  it.each(['eof_error', 'generic_timeout_error'] as const)(
    'proxy.protocol_mismatch: a SOCKS proxy that is HTTP (%s)',
    (kind) => {
      const told = tell(
        hangsUp(SOCKS, (steps, way) => void steps.proxyOk(way), {
          failure: failure(kind, 'proxy_connect'),
          ...(kind === 'generic_timeout_error' ? SILENT : {}),
        }),
      );
      expect(blamed(told)).toEqual(['proxy.protocol_mismatch']);
      const finding = told.finding('proxy.protocol_mismatch');
      expect(finding.data).toMatchObject({ works: 'http', opened: true });
      expect(finding.remedies[0]?.lines[0]?.text).toContain('http://proxy.example:1080');
    },
  );

  it('proxy.no_answer is certain only once the other protocols were asked in vain', () => {
    const asked = hangsUp(
      HTTP,
      (steps, way) =>
        void steps.socksReply(way, null, { socksMethod: null, failure: failure('eof_error', 'proxy_connect') }),
    );
    localFirewall(asked);
    expect(blamed(tell(asked))).toEqual(['proxy.no_answer']);
    expect(tell(asked).finding('proxy.no_answer').confidence).toBe('certain');
    const alone = walk(HTTP, all(says('', { failure: failure('eof_error', 'proxy_connect') })));
    localFirewall(alone);
    expect(tell(alone).finding('proxy.no_answer').confidence).toBe('likely');
  });

  const late = (head: string, bytes: string): Told =>
    tell(
      walk(HTTP, {
        all: {
          reply: says(head),
          tls: { failure: failure('ssl_not_tls', 'tls_handshake'), rawFirstBytes: bytes, chain: [] },
        },
      }),
    );

  it.each([
    ['HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n', 'Welcome all\n', 'certain'],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', 'c\r\nWelcome all\n\r\n0\r\n\r\n', 'certain'],
    ['HTTP/1.1 200 OK\r\n\r\n', 'hello\x16\x03\x03\x00\x7a', 'certain'],
    ['HTTP/1.1 200 OK\r\n\r\n', 'hello', 'likely'],
  ])('proxy.agent_cannot_parse: %j and then %j', (head, bytes, confidence) => {
    const told = late(head, bytes);
    expect(blamed(told)).toEqual(['proxy.agent_cannot_parse']);
    expect(told.finding('proxy.agent_cannot_parse').confidence).toBe(confidence);
    expect(told.finding('proxy.agent_cannot_parse').hides).toContain('proxy.strips_or_inspects');
  });

  it('proxy.strips_or_inspects, not proxy.agent_cannot_parse: an answer of its own instead of the tunnel', () => {
    const told = late('HTTP/1.1 200 OK\r\n\r\n', 'HTTP/1.1 403 Forbidden\r\n\r\n');
    expect(blamed(told)).toEqual(['proxy.strips_or_inspects']);
  });

  it('proxy.protocol_mismatch: a mail server', () => {
    const told = tell(
      walk(
        HTTP,
        all(says('220 mail.example ESMTP\r\n', { failure: failure('proxy_malformed_reply', 'proxy_connect') })),
      ),
    );
    expect(blamed(told)).toEqual(['proxy.protocol_mismatch']);
  });

  it('proxy.protocol_mismatch: a web server that does not know CONNECT', () => {
    const told = tell(walk(HTTP, all(says('HTTP/1.1 405 Method Not Allowed\r\n\r\n'))));
    expect(blamed(told)).toEqual(['proxy.protocol_mismatch']);
    expect(told.ids).not.toContain('proxy.denied');
  });

  const wants = (schemes: string, credentialsSent: boolean) =>
    all(
      says(`HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: ${schemes}\r\n\r\n`, { credentialsSent }),
    );

  it.each([
    ['proxy.auth_scheme_unsupported', 'NTLM'],
    ['proxy.auth_required', 'Basic realm="Cntlm for parent"'],
  ] as const)('%s: a relay on loopback whose own login fails (%s) is not told to run a relay', (id, challenge) => {
    const entry: RouteEntry = {
      ...HTTP,
      id: 'http_connect:127.0.0.1:3128',
      route: { kind: 'http_connect', proxy: { host: '127.0.0.1', port: 3128, credentials: 'none' } },
    };
    const run = through(entry);
    run.seen.on({ leg: null, host: '127.0.0.1' }).resolveOk(['127.0.0.1']);
    for (const leg of LEGS) {
      const steps = run.seen.on({ leg, host: HOST[leg], routeId: entry.id });
      const way = steps.connectOk('127.0.0.1', { peer: 'proxy', host: '127.0.0.1', port: 3128 });
      steps.proxyReply(way, `HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: ${challenge}\r\n\r\n`);
    }
    const told = tell(run);
    expect(blamed(told)).toEqual([id]);
    const finding = told.finding(id);
    expect(finding.blames).toBe('host');
    expect(finding.title).toContain('cannot log in');
    const said = finding.remedies.map(({ text, command }) => `${text} ${command ?? ''}`).join('\n');
    expect(said).toContain('cntlm');
    expect(said).not.toContain('run a small relay');
    expect(tell(walk(HTTP, wants(challenge, false))).finding(id).blames).not.toBe('host');
  });

  it('proxy.auth_required: 407, and no credentials were sent', () => {
    expect(blamed(tell(walk(HTTP, wants('Basic realm="x"', false))))).toEqual(['proxy.auth_required']);
  });

  it('proxy.auth_required: 407 to the claim of an http:// URL, which asks for no tunnel', () => {
    const run = walk(HTTP, wants('Basic realm="x"', false));
    const claim = { ...run.agent.legs.claim, plain: true as const };
    const steps = run.seen.on({ leg: 'claim', routeId: HTTP.id });
    const kept = run.seen.observations.filter(({ leg }) => leg !== 'claim');
    run.seen.observations.splice(0, run.seen.observations.length, ...kept);
    const way = steps.connectOk(PROXY, { peer: 'proxy', host: 'proxy.example', port: 3128 });
    steps.httpAnswer(way, htmlAnswer('407 Proxy Authentication Required', 'Login'));
    const told = tell({ ...run, agent: { ...run.agent, legs: { ...run.agent.legs, claim } } });
    expect(blamed(told)).toEqual(['proxy.auth_required']);
    expect(told.finding('proxy.auth_required').subject.legs).toEqual(LEGS);
  });

  it('proxy.auth_rejected, not proxy.auth_required: 407 to credentials', () => {
    expect(blamed(tell(walk(HTTP, wants('Basic realm="x"', true))))).toEqual(['proxy.auth_rejected']);
  });

  it('proxy.auth_scheme_unsupported, not proxy.auth_rejected: NTLM only', () => {
    const told = tell(walk(HTTP, wants('NTLM', true)));
    expect(blamed(told)).toEqual(['proxy.auth_scheme_unsupported']);
    expect(told.finding('proxy.auth_scheme_unsupported').data['schemes']).toEqual(['ntlm']);
  });

  it('proxy.auth_required: SOCKS accepts none of the methods', () => {
    const reply = (steps: Steps, way: Way) =>
      steps.socksReply(way, null, {
        socksMethod: 0xff,
        failure: failure('socks_no_acceptable_method', 'proxy_connect'),
      });
    expect(blamed(tell(walk(SOCKS, all(reply))))).toEqual(['proxy.auth_required']);
  });

  it('proxy.auth_scheme_unsupported: SOCKS chooses GSSAPI', () => {
    const reply = (steps: Steps, way: Way) =>
      steps.socksReply(way, null, { socksMethod: 1, failure: failure('proxy_protocol_mismatch', 'proxy_connect') });
    expect(blamed(tell(walk(SOCKS, all(reply))))).toEqual(['proxy.auth_scheme_unsupported']);
  });

  it('proxy.denied: 403 for one host, others pass', () => {
    const told = tell(walk(HTTP, { link: { reply: says('HTTP/1.1 403 Forbidden\r\n\r\n') } }));
    expect(blamed(told)).toEqual(['proxy.denied']);
    expect(told.finding('proxy.denied')).toMatchObject({ subject: { hosts: [HOST.link] }, confidence: 'certain' });
    expect(told.finding('proxy.denied').why).toContain('about this destination');
  });

  it.each([
    [299, false],
    [300, true],
    [302, true],
    [451, true],
    [499, true],
    [500, false],
    [503, false],
  ])('status %d is a denial: %s', (status, denied) => {
    const told = tell(walk(HTTP, { link: { reply: says(`HTTP/1.1 ${String(status)} Reason\r\n\r\n`) } }));
    expect(told.ids.includes('proxy.denied')).toBe(denied);
  });

  it.each([
    ['socks5', 1, false],
    ['socks5', 2, true],
    ['socks5', 3, false],
    ['socks4', 0x5b, true],
    ['socks4', 0x5d, true],
  ] as const)('%s code %d is a denial: %s', (kind, code, denied) => {
    const entry = { ...SOCKS, route: { ...SOCKS.route, kind } } as RouteEntry;
    const reply = (steps: Steps, way: Way) =>
      steps.socksReply(way, code, { protocol: kind, failure: failure('socks_server_failure', 'proxy_connect') });
    expect(tell(walk(entry, all(reply))).ids.includes('proxy.denied')).toBe(denied);
  });

  it('proxy.denied: SOCKS says no by its ruleset', () => {
    const reply = (steps: Steps, way: Way) =>
      steps.socksReply(way, 2, { failure: failure('socks_connection_not_allowed', 'proxy_connect') });
    expect(blamed(tell(walk(SOCKS, all(reply))))).toEqual(['proxy.denied']);
  });

  it.each([
    ['HTTP 503', HTTP, says('HTTP/1.1 503 Service Unavailable\r\n\r\n')],
    [
      'SOCKS host unreachable',
      SOCKS,
      (steps: Steps, way: Way) =>
        steps.socksReply(way, 4, { failure: failure('socks_host_unreachable', 'proxy_connect') }),
    ],
  ] as const)('proxy.upstream_failed, not proxy.denied: %s', (_name, entry, reply) => {
    const told = tell(walk(entry, all(reply)));
    expect(blamed(told)).toEqual(['proxy.upstream_failed']);
    expect(told.ids).not.toContain('proxy.denied');
  });

  it('proxy.agent_cannot_parse: 201 opens no tunnel for the link', () => {
    const told = tell(walk(HTTP, { link: { reply: says('HTTP/1.1 201 Created\r\n\r\n') } }));
    expect(blamed(told)).toEqual(['proxy.agent_cannot_parse']);
    expect(told.finding('proxy.agent_cannot_parse').data).toMatchObject({ rule: 'proxy.reply_status_not_accepted' });
  });

  it('an ordinary 200 is not proxy.agent_cannot_parse', () => {
    expect(tell(walk(HTTP, { link: { reply: says('HTTP/1.0 200 OK\r\n\r\n') } })).ids).toEqual([]);
  });

  const inspected = { tls: { judgements: judgedBy(), chain: [certificate({ issuer: 'CN=squid-ca, O=Squid' })] } };

  it('proxy.strips_or_inspects names the proxy and hides tls.intercepted', () => {
    const told = tell(walk(HTTP, { all: inspected }));
    expect(blamed(told)).toEqual(['proxy.strips_or_inspects']);
    expect(told.finding('proxy.strips_or_inspects').hides).toContain('tls.intercepted');
    expect(told.finding('proxy.strips_or_inspects').title).toContain('proxy.example:3128');
  });

  it('tls.intercepted, not proxy.strips_or_inspects, without a proxy', () => {
    const told = tell(walkLegs(world(), { all: inspected }));
    expect(blamed(told)).toEqual(['tls.intercepted']);
  });

  it('proxy.strips_or_inspects, not tls.not_tls: the tunnel opens and a page comes out', () => {
    const run = walk(HTTP, {
      link: {
        reply: (steps, way) => {
          const reply = steps.proxyOk(way);
          steps.tlsFails(way, 'ssl_not_tls', { gotServerBytes: true, rawFirstBytes: 'HTTP/1.1 200 OK\r\n\r\n' });
          return { ...reply, status: 0 };
        },
      },
    });
    const told = tell(run);
    expect(blamed(told)).toEqual(['proxy.strips_or_inspects']);
    expect(told.finding('proxy.strips_or_inspects').why).toContain('HTTP/1.1 200 OK');
    expect(told.finding('proxy.strips_or_inspects').hides).toContain('tls.not_tls');
  });
});

describe('a proxy that is not used', () => {
  /** All direct ways are dropped. */
  const blockedDirectly = (): World => {
    const run = walkLegs(
      world(),
      Object.fromEntries(
        LEGS.map((leg) => [
          leg,
          { steps: (steps) => void steps.connectTimeout(ADDRESS[leg], SILENT) } satisfies LegOver,
        ]),
      ),
    );
    run.routes.push({ ...HTTP, usedBy: [], origin: 'variable https_proxy of this shell' });
    return run;
  };

  function alternative(run: World, works: boolean): void {
    for (const leg of LEGS) {
      const steps = run.seen.on({ leg, host: HOST[leg], routeId: HTTP.id, role: { kind: 'alternative' } });
      const way = steps.connectOk(PROXY, { peer: 'proxy', host: 'proxy.example', port: 3128 });
      if (works) {
        steps.proxyOk(way);
        steps.tlsOk(way, GENUINE);
      } else steps.proxyReply(way, 'HTTP/1.1 403 Forbidden\r\n\r\n');
    }
  }

  it('proxy.needed: the proxy at hand works', () => {
    const run = blockedDirectly();
    alternative(run, true);
    const told = tell(run);
    expect(blamed(told)).toEqual(['proxy.needed']);
    expect(told.finding('proxy.needed').hides).toContain('tcp.egress_blocked');
    expect(told.finding('proxy.needed').remedies[0]?.lines[0]?.text).toContain('http://proxy.example:3128');
  });

  it('tcp.egress_blocked, not proxy.needed: the proxy at hand does not work either', () => {
    const run = blockedDirectly();
    alternative(run, false);
    const told = tell(run);
    expect(blamed(told)).toEqual(['tcp.egress_blocked']);
    expect(told.ids).not.toContain('proxy.denied');
  });

  it('tcp.dropped, not proxy.needed: the other hosts are reached directly', () => {
    const run = walkLegs(world(), { link: { steps: (steps) => void steps.connectTimeout(ADDRESS.link, SILENT) } });
    run.routes.push({ ...HTTP, usedBy: [], origin: 'variable https_proxy of this shell' });
    alternative(run, true);
    expect(blamed(tell(run))).toEqual(['tcp.dropped']);
  });
});
