/**
 * One network for each cause of the catalogue, in which that cause is the truth. Each names its nearest neighbour: the
 * cause that looks most like it, in whose network it must stay silent. `catalogue.test.ts` runs them all.
 */
import type { ConfigFact } from '../../../src/model/agent.js';
import type { FailureKind } from '../../../src/model/failure.js';
import type { FindingId } from '../../../src/model/finding.js';
import { LEGS, type Leg, type RouteEntry } from '../../../src/model/route.js';
import {
  ADDRESS,
  agentStatus,
  answer,
  certificate,
  control,
  ENV_ANSWER,
  failure,
  GENUINE,
  goOn,
  healthy,
  HOST,
  hostFact,
  hostNetwork,
  htmlAnswer,
  jsonAnswer,
  judgedBy,
  judgedWith,
  localFirewall,
  RESOLVER,
  SECOND,
  SILENT,
  upgradeHead,
  walkLegs,
  world,
  type LegOver,
  type RawAnswer,
  type Steps,
  type Way,
  type World,
} from './world.js';
import { PROXY, SOCKS } from './networks.js';

export interface CatalogueWorld {
  readonly id: FindingId;
  /** The network in which it is the truth. */
  readonly run: () => World;
  /** The cause it is most easily taken for, or null where nothing is wrong in the nearest network. */
  readonly neighbour: FindingId | null;
  /** Where the nearest network is not simply that of the neighbour, or of a healthy host. */
  readonly nearest?: () => World;
}

const V6 = '2001:db8::10';
const ACLK: readonly Leg[] = ['env', 'auth', 'link'];
const AT_ONCE = { t0Ms: 0, tMs: 0.3 } as const;
const PROXY_ADDRESS = '192.0.2.80';
/** A SOCKS proxy that resolves by itself. */
const SOCKS_REMOTE: RouteEntry = {
  ...SOCKS,
  id: 'socks5h:proxy.example:1080',
  route: { kind: 'socks5', proxy: { host: 'proxy.example', port: 1080, credentials: 'none' }, resolveAt: 'proxy' },
};
const ERROR = JSON.stringify({ errorCode: 'x', errorMsgKey: 'ErrInternal', errorMessage: 'oops' });

const legs = (wanted: readonly Leg[], over: (leg: Leg) => LegOver, run = world()): World =>
  walkLegs(run, Object.fromEntries(wanted.map((leg) => [leg, over(leg)])));
const timing = (kind: FailureKind): object => (kind === 'generic_timeout_error' ? SILENT : {});

/** All addresses of these legs fail like this. */
const unconnected = (wanted: readonly Leg[], kind: FailureKind, over: object = {}): World =>
  legs(wanted, (leg) => ({
    steps: (steps) => void steps.connectFails(ADDRESS[leg], kind, { ...timing(kind), ...over }),
  }));

/** The link's addresses in their order, and what becomes of each. */
const linkAt = (fates: Readonly<Record<string, FailureKind | 'works'>>): World =>
  walkLegs(world(), {
    link: {
      addresses: Object.keys(fates),
      steps: (steps) => {
        for (const [address, fate] of Object.entries(fates)) {
          if (fate === 'works') goOn(steps, steps.connectOk(address), 'link');
          else steps.connectFails(address, fate, timing(fate));
        }
      },
    },
  });

const withNetwork = (run: World, over: Parameters<typeof hostNetwork>[1] = {}): World => {
  hostNetwork(run, over);
  return run;
};
const also = (run: World, ...more: readonly ((run: World) => unknown)[]): World => {
  for (const add of more) add(run);
  return run;
};

// DNS

type Reply = Parameters<Steps['dnsQuery']>[0];
const SAYS = {
  nxdomain: { rcode: 'NXDOMAIN' },
  noData: { rcode: 'NOERROR' },
  servfail: { rcode: 'SERVFAIL' },
  refused: { rcode: 'REFUSED' },
  silent: { rcode: null, failure: failure('generic_timeout_error', 'dns_query'), ...SILENT },
} as const;

function ask(run: World, leg: Leg, reply: Reply, resolver = RESOLVER): World {
  run.seen.on({ leg, host: HOST[leg] }).dnsQuery({ resolver, address: resolver, leg: null, ...reply });
  return run;
}

/** These legs' names do not resolve. */
function unresolved(
  wanted: readonly Leg[],
  kind: FailureKind,
  ...replies: readonly (readonly [string, Reply])[]
): World {
  const run = world();
  for (const leg of LEGS) {
    const steps = run.seen.on({ leg, host: HOST[leg] });
    const shared = { id: `resolve-${HOST[leg]}`, leg: null, routeId: null, targetId: null } as never;
    if (!wanted.includes(leg)) {
      steps.resolveOk([ADDRESS[leg]], shared);
      goOn(steps, steps.connectOk(ADDRESS[leg]), leg);
      continue;
    }
    steps.resolveFails(kind, { ...(shared as object), ...timing(kind) });
    for (const [resolver, reply] of replies) ask(run, leg, reply, resolver);
  }
  return run;
}

const denied = (kind: FailureKind, reply: Reply): World => unresolved(['link'], kind, [RESOLVER, reply]);

/** mqtt resolves to this address, where nobody accepts. */
const ledTo = (address: string): World =>
  ask(linkAt({ [address]: 'connection_refused' }), 'link', { addresses: [address] });

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

const addressFacts = (run: World, address: (leg: Leg) => string, kind: 'private' | 'new_proven'): World => ({
  ...run,
  addresses: LEGS.map((leg) => ({
    host: HOST[leg],
    address: address(leg),
    class: kind,
    knownSince: null,
    knownSource: null,
  })),
});

// TLS

const handshake = (kind: FailureKind, over: object = {}): World =>
  walkLegs(world(), {
    link: {
      steps: (steps) => void steps.tlsFails(steps.connectOk(ADDRESS.link), kind, { ...timing(kind), ...over }),
    },
  });

function hello(kind: Parameters<typeof control>[1], works: boolean, how: FailureKind = 'generic_timeout_error') {
  return (run: World): void => {
    const steps = control(run, kind, 'link');
    const way = steps.connectOk(ADDRESS.link);
    if (works) steps.tlsOk(way, { sni: 'www.example.com', expectedName: 'www.example.com', nameMatches: false });
    else steps.tlsFails(way, how, how === 'generic_timeout_error' ? SILENT : {});
  };
}

const writes =
  (acknowledged: boolean, leg: Leg = 'link') =>
  (run: World): void => {
    const steps = control(run, 'full_size_write', leg);
    steps.fullSizeWrite(steps.connectOk(ADDRESS[leg]), acknowledged, acknowledged ? {} : SILENT);
  };

const shortAnswer = (run: World): void => {
  const steps = control(run, 'short_answer', 'link');
  steps.tlsFails(steps.connectOk(ADDRESS.link), 'ssl_alert', { gotServerBytes: true, alert: 40 });
};

type Tls = NonNullable<LegOver['tls']>;
const chained = (tls: Tls, wanted: readonly Leg[] = LEGS, run = world()): World => legs(wanted, () => ({ tls }), run);
const PRIVATE_CA = certificate({ issuer: 'CN=Corp Root, O=Corp', subject: 'CN=app.netdata.cloud' });
const FORTI = certificate({ issuer: 'CN=FG100E, O=Fortinet, C=US' });
const inspected = (wanted: readonly Leg[] = LEGS): World => chained({ judgements: judgedBy(), chain: [FORTI] }, wanted);

function noStore(): World {
  const run = world();
  const seen = run.seen.add({
    ...hostFact('read_trust_store', run),
    storeId: 'link',
    paths: ['/etc/ssl/certs'],
    certificates: 0,
  });
  const store = { id: 'link', title: 'OpenSSL default paths', paths: ['/etc/ssl/certs'], certificates: 0 };
  run.agent = { ...run.agent, trustStores: [{ ...store, problem: 'missing', observation: seen.id }] };
  return chained({ judgements: judgedBy('claim', 'system', 'mozilla') }, ACLK, run);
}

function oldStore(): World {
  const run = world();
  const store = { title: 'OpenSSL default paths', paths: ['/usr/lib/ssl/cert.pem'], certificates: 120, problem: null };
  run.agent = { ...run.agent, trustStores: ['link', 'claim'].map((id) => ({ ...store, id, observation: null })) };
  return chained({ judgements: judgedBy('mozilla') }, LEGS, run);
}

/** This host believes in 1 January 2026; the peer says otherwise, and the certificate is judged by our clock. */
function dated(error: 'CERT_HAS_EXPIRED' | 'CERT_NOT_YET_VALID', theirs: string, from: string, to: string): World {
  const tls = { judgements: judgedWith(error), chain: [certificate({ notBefore: from, notAfter: to })] };
  const head = ENV_ANSWER.head.replace('\r\n\r\n', `\r\nDate: ${theirs}\r\n\r\n`);
  return legs(['claim', 'env'], () => ({
    tls,
    answer: (steps, way) => void steps.httpAnswer(way, { ...ENV_ANSWER, head }),
  }));
}

// HTTP, WebSocket, MQTT

const answered = (raw: RawAnswer, wanted: readonly Leg[] = ['claim', 'env'], tls?: Tls): World =>
  legs(wanted, () => ({
    ...(tls === undefined ? {} : { tls }),
    answer: (steps, way) => void steps.httpAnswer(way, raw),
  }));
const stained = (line: string): RawAnswer => ({
  ...ENV_ANSWER,
  head: ENV_ANSWER.head.replace('\r\n\r\n', `\r\n${line}\r\n\r\n`),
});
const unanswered = (kind: FailureKind): World =>
  walkLegs(world(), { env: { answer: (steps, way) => void steps.httpFails(way, kind, timing(kind)) } });
const browser =
  (raw: RawAnswer) =>
  (run: World): void => {
    const steps = control(run, 'browser_like', 'env', { dialect: 'browser' });
    const way = steps.connectOk(ADDRESS.env);
    steps.tlsOk(way, GENUINE);
    steps.httpAnswer(way, raw);
  };
const closing = (closedAfterMs: number): World =>
  walkLegs(world(), { env: { answer: (steps, way) => void steps.httpAnswer(way, ENV_ANSWER, { closedAfterMs }) } });
const upgraded = (head: string, over: object = {}): World =>
  walkLegs(world(), { link: { answer: (steps, way) => void steps.upgrade(way, head, over) } });
const mqtt = (play: (steps: Steps, way: Way) => unknown): World =>
  walkLegs(world(), {
    link: {
      answer: (steps, way) => {
        steps.upgradeOk(way);
        play(steps, way);
      },
    },
  });

/** The link held idle, and one that was kept busy beside it. */
function held(idleMs: number, busyMs: number): World {
  const run = healthy();
  for (const [role, heldMs] of [
    [{ kind: 'path' }, idleMs],
    [{ kind: 'control', control: 'busy_link' }, busyMs],
  ] as const) {
    const steps = run.seen.on({ leg: 'link', role });
    const way = steps.connectOk(ADDRESS.link);
    steps.tlsOk(way, GENUINE);
    steps.upgradeOk(way);
    const cut = heldMs < 60_000;
    steps.hold(way, {
      plannedMs: 60_000,
      heldMs,
      pings: 9,
      pongs: 9,
      endedBy: cut ? 'reset' : 'us',
      failure: cut ? failure('connection_reset', 'hold') : null,
    });
  }
  return run;
}

// Proxies

function through(entry: RouteEntry, wanted: readonly Leg[] = LEGS): World {
  const base = world();
  const own = Object.fromEntries(
    LEGS.map((leg) => [
      leg,
      wanted.includes(leg) ? { ...base.agent.legs[leg], routeId: entry.id } : base.agent.legs[leg],
    ]),
  );
  return { ...base, routes: [...base.routes, entry], agent: { ...base.agent, legs: own as World['agent']['legs'] } };
}

type Dialogue = (steps: Steps, way: Way, leg: Leg) => boolean;

/** These legs through the proxy: how connecting to it fails, or what it replies; the others direct and fine. */
function proxied(entry: RouteEntry, how: FailureKind | Dialogue, tls: Tls = {}, wanted: readonly Leg[] = LEGS): World {
  const run = through(entry, wanted);
  run.seen.on({ leg: null, host: 'proxy.example' }).resolveOk([PROXY_ADDRESS]);
  for (const leg of LEGS) {
    if (!wanted.includes(leg)) {
      const steps = run.seen.on({ leg, host: HOST[leg] });
      steps.resolveOk([ADDRESS[leg]]);
      goOn(steps, steps.connectOk(ADDRESS[leg]), leg);
      continue;
    }
    const steps = run.seen.on({ leg, host: HOST[leg], routeId: entry.id });
    const port = entry.route.kind === 'direct' ? 0 : entry.route.proxy.port;
    const peer = { peer: 'proxy', host: 'proxy.example', port } as const;
    if (typeof how === 'string') {
      steps.connectFails(PROXY_ADDRESS, how, { ...peer, ...timing(how) });
      continue;
    }
    const way = steps.connectOk(PROXY_ADDRESS, peer);
    if (how(steps, way, leg)) goOn(steps, way, leg, { tls });
  }
  return run;
}

const replies =
  (raw: string, over: object = {}): Dialogue =>
  (steps, way) => {
    steps.proxyReply(way, raw, over);
    return false;
  };
const opens: Dialogue = (steps, way) => {
  steps.proxyOk(way);
  return true;
};
const wants = (schemes: string, credentialsSent: boolean): Dialogue =>
  replies(`HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: ${schemes}\r\n\r\n`, { credentialsSent });

function directDropped(proxyWorks: boolean): World {
  const run = unconnected(LEGS, 'generic_timeout_error');
  run.routes.push({ ...PROXY, usedBy: [], origin: 'variable https_proxy of this shell' });
  for (const leg of LEGS) {
    const steps = run.seen.on({ leg, host: HOST[leg], routeId: PROXY.id, role: { kind: 'alternative' } });
    const way = steps.connectOk(PROXY_ADDRESS, { peer: 'proxy', host: 'proxy.example', port: 3128 });
    if (proxyWorks) {
      steps.proxyOk(way);
      steps.tlsOk(way, GENUINE);
    } else steps.proxyReply(way, 'HTTP/1.1 403 Forbidden\r\n\r\n');
  }
  return run;
}

// The Agent's own settings

function fact(run: World, finding: FindingId, over: Partial<ConfigFact> = {}): World {
  const path = '/var/lib/netdata/cloud.d/cloud.conf';
  const seen = run.seen.add({ ...hostFact('read_config', run), path, state: 'read' as const, problems: [] });
  const added: ConfigFact = {
    finding,
    file: { path, line: 3 },
    text: 'the value is misread',
    legs: ACLK,
    observation: seen.id,
    data: { kind: 'x', effect: 'value' },
    ...over,
  };
  return { ...run, agent: { ...run.agent, facts: [...run.agent.facts, added] } };
}

const route = { data: { kind: 'x', effect: 'route' } };
const blocks = { data: { kind: 'x', effect: 'blocks' } };
const note = { legs: [], data: { kind: 'x', effect: 'note' } };
const dropped = (wanted: readonly Leg[] = LEGS): World => unconnected(wanted, 'generic_timeout_error');
const running = (over: object, run = healthy()): World => {
  run.seen.add(agentStatus(over));
  return run;
};

function privateCloud(trusting: readonly string[], chain = [PRIVATE_CA]): World {
  const base = world();
  const host = 'cloud.corp.example';
  const own = Object.fromEntries(LEGS.map((leg) => [leg, { ...base.agent.legs[leg], host }])) as World['agent']['legs'];
  const run: World = {
    ...base,
    agent: { ...base.agent, legs: own },
    targets: base.targets.map((target) => ({ ...target, id: `${target.leg ?? ''}:${host}:443`, host })),
  };
  const body = ENV_ANSWER.body.replaceAll('api.netdata.cloud', host).replaceAll('mqtt.netdata.cloud', host);
  const env = { head: ENV_ANSWER.head.replace(/Content-Length: \d+/u, `Content-Length: ${String(body.length)}`), body };
  for (const leg of LEGS) {
    const steps = run.seen.on({ leg, host });
    steps.resolveOk(['203.0.113.9']);
    goOn(steps, steps.connectOk('203.0.113.9'), leg, {
      tls: { judgements: judgedBy(...trusting), chain },
      ...(leg === 'link' || leg === 'auth' ? {} : { answer: (on, way) => void on.httpAnswer(way, env) }),
    });
  }
  return run;
}

const rule = {
  where: 'nftables inet filter output handle 7',
  text: 'ip daddr 203.0.113.30 drop',
  action: 'drop',
  matches: true,
  owner: null,
  addresses: [ADDRESS.link],
} as const;

const is = (id: FindingId, neighbour: FindingId | null, run: () => World, nearest?: () => World): CatalogueWorld => ({
  id,
  run,
  neighbour,
  ...(nearest === undefined ? {} : { nearest }),
});

/** Handshakes unanswered for 5 s, of which this process ran for next to nothing. */
const starved = (stalledMs: number): World => {
  const silent = { ...SILENT, stalledMs };
  return walkLegs(world(), {
    link: { steps: (steps) => void steps.tlsFails(steps.connectOk(ADDRESS.link), 'generic_timeout_error', silent) },
  });
};

export const CATALOGUE_WORLDS: readonly CatalogueWorld[] = [
  is(
    'host.too_busy',
    'tls.stalled',
    () => starved(4800),
    () => starved(0),
  ),
  is('host.no_route', 'dns.ipv4_only_answer', () =>
    withNetwork(unconnected(LEGS, 'network_unreachable', AT_ONCE), { defaultRoute4: false, defaultRoute6: false }),
  ),
  is('host.no_resolver', 'dns.resolver_unreachable', () =>
    withNetwork(unresolved(LEGS, 'dns_temporary_failure'), { resolvers: [] }),
  ),
  is('host.clock_skew', 'tls.not_yet_valid', () =>
    dated(
      'CERT_NOT_YET_VALID',
      'Mon, 01 Jun 2026 00:00:00 GMT',
      '2026-03-01T00:00:00.000Z',
      '2026-09-01T00:00:00.000Z',
    ),
  ),
  is('host.no_ca_store', 'host.ca_store_outdated', noStore),
  is('host.ca_store_outdated', 'tls.intercepted', oldStore),
  is('host.local_firewall', 'tcp.dropped', () => also(dropped(['link']), (run) => localFirewall(run, [rule]))),
  is('host.local_redirect', 'tls.reset', () =>
    also(handshake('connection_reset'), (run) =>
      localFirewall(run, [
        { ...rule, where: 'iptables nat OUTPUT rule 4', text: '-j REDIRECT --to-ports 15001', action: 'redirect' },
      ]),
    ),
  ),
  is('dns.resolver_unreachable', 'dns.timeout', () =>
    withNetwork(unresolved(LEGS, 'dns_temporary_failure', [RESOLVER, SAYS.silent])),
  ),
  is('dns.timeout', 'dns.resolver_unreachable', () =>
    ask(denied('dns_temporary_failure', SAYS.silent), 'env', { addresses: [ADDRESS.env] }),
  ),
  is('dns.nxdomain', 'dns.no_data', () => denied('dns_nxdomain_error', SAYS.nxdomain)),
  is('dns.no_data', 'dns.nxdomain', () => denied('dns_no_answer', SAYS.noData)),
  is('dns.servfail', 'dns.refused', () => denied('dns_temporary_failure', SAYS.servfail)),
  is('dns.refused', 'dns.servfail', () => denied('dns_temporary_failure', SAYS.refused)),
  is('dns.sinkhole', 'tcp.reset', () => ledTo('0.0.0.0')),
  is(
    'dns.hijacked',
    'tls.name_mismatch',
    () => impostor('10.1.2.3'),
    () => impostor('198.51.100.66'),
  ),
  is('dns.private_answer', 'dns.hijacked', () =>
    addressFacts(walkLegs(world(), { all: { addresses: ['10.9.8.7'] } }), () => '10.9.8.7', 'private'),
  ),
  is('dns.hosts_override', 'tcp.dropped', () =>
    withNetwork(ask(linkAt({ '198.51.100.9': 'generic_timeout_error' }), 'link', { addresses: [ADDRESS.link] }), {
      hostsOverrides: [{ name: HOST.link, address: '198.51.100.9', line: 4 }],
    }),
  ),
  is('dns.resolvers_disagree', 'dns.nxdomain', () =>
    ask(denied('dns_nxdomain_error', SAYS.nxdomain), 'link', { addresses: [ADDRESS.link] }, SECOND),
  ),
  is('dns.address_new', 'dns.private_answer', () => addressFacts(healthy(), (leg) => ADDRESS[leg], 'new_proven')),
  is('dns.ipv6_only_answer', 'host.no_route', () =>
    withNetwork(
      legs(LEGS, () => ({
        addresses: [V6],
        steps: (steps) => void steps.connectFails(V6, 'network_unreachable', AT_ONCE),
      })),
      { defaultRoute4: true, defaultRoute6: false },
    ),
  ),
  is('dns.ipv4_only_answer', 'host.no_route', () =>
    withNetwork(unconnected(LEGS, 'network_unreachable', AT_ONCE), { defaultRoute4: false, defaultRoute6: true }),
  ),

  is('tcp.dropped', 'tcp.egress_blocked', () => dropped(['link'])),
  is('tcp.egress_blocked', 'tcp.dropped', () =>
    also(dropped(), (run) => run.seen.on({ leg: null }).dnsQuery({ role: { kind: 'path' } })),
  ),
  is('tcp.reset', 'host.local_firewall', () =>
    also(unconnected(['link'], 'connection_refused'), (run) => localFirewall(run)),
  ),
  is('tcp.prohibited', 'tcp.reset', () => unconnected(['link'], 'host_unreachable', AT_ONCE)),
  is(
    'tcp.some_addresses',
    'agent.first_address_blackholed',
    () => linkAt({ [ADDRESS.link]: 'works', '203.0.113.31': 'generic_timeout_error' }),
    () => linkAt({ [ADDRESS.link]: 'works', '203.0.113.31': 'works' }),
  ),
  is('tcp.ipv6_broken', 'tcp.some_addresses', () => linkAt({ [V6]: 'generic_timeout_error', [ADDRESS.link]: 'works' })),
  is('tcp.mtu_blackhole', 'tls.stalled', () =>
    also(handshake('generic_timeout_error'), shortAnswer, hello('other_name_same_address', false)),
  ),
  is('tcp.slow_path', 'tls.stalled', () =>
    legs(LEGS, (leg) => ({
      steps: (steps) =>
        goOn(steps, steps.connectOk(ADDRESS[leg], { t0Ms: 0, tMs: 3000 }), leg, { tls: { t0Ms: 0, tMs: 3000 } }),
    })),
  ),
  is('tls.stalled', 'tls.sni_filtered', () =>
    also(
      handshake('generic_timeout_error'),
      hello('other_name_same_address', false),
      hello('small_client_hello', false),
    ),
  ),
  is('tls.reset', 'tls.sni_filtered', () =>
    also(
      handshake('connection_reset'),
      hello('other_name_same_address', false, 'connection_reset'),
      hello('small_client_hello', false, 'connection_reset'),
    ),
  ),
  is('tls.sni_filtered', 'tls.reset', () =>
    also(handshake('connection_reset'), hello('other_name_same_address', true)),
  ),
  is('tls.client_hello_size', 'tcp.mtu_blackhole', () =>
    also(
      handshake('generic_timeout_error', { helloBytes: 1700 }),
      hello('small_client_hello', true),
      hello('other_name_same_address', false),
      writes(true),
    ),
  ),
  is('tls.intercepted', 'tls.untrusted_issuer', () => inspected()),
  is('tls.name_mismatch', 'dns.hijacked', () => chained({ ...GENUINE, nameMatches: false }, ['claim'])),
  is('tls.expired', 'host.clock_skew', () =>
    dated('CERT_HAS_EXPIRED', 'Thu, 01 Jan 2026 00:00:00 GMT', '2025-01-01T00:00:00.000Z', '2025-12-01T00:00:00.000Z'),
  ),
  is('tls.not_yet_valid', 'host.clock_skew', () =>
    dated(
      'CERT_NOT_YET_VALID',
      'Thu, 01 Jan 2026 00:00:10 GMT',
      '2026-03-01T00:00:00.000Z',
      '2026-09-01T00:00:00.000Z',
    ),
  ),
  is('tls.self_signed', 'tls.untrusted_issuer', () =>
    chained(
      {
        judgements: judgedWith('DEPTH_ZERO_SELF_SIGNED_CERT'),
        chain: [certificate({ subject: 'CN=box', issuer: 'CN=box' })],
      },
      ['link'],
    ),
  ),
  is('tls.untrusted_issuer', 'tls.intercepted', () => privateCloud([], [PRIVATE_CA, PRIVATE_CA])),
  is('tls.incomplete_chain', 'tls.untrusted_issuer', () =>
    chained(
      {
        judgements: judgedWith('UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'),
        chain: [certificate({ issuer: "CN=E8, O=Let's Encrypt, C=US" })],
      },
      ['link'],
    ),
  ),
  is('tls.version_unsupported', 'tls.handshake_failed', () =>
    handshake('ssl_version_unsupported', { gotServerBytes: true, alert: 70 }),
  ),
  is('tls.handshake_failed', 'tls.version_unsupported', () =>
    handshake('ssl_alert', { gotServerBytes: true, alert: 112 }),
  ),
  is('tls.not_tls', 'http.captive_portal', () =>
    handshake('ssl_not_tls', { gotServerBytes: true, rawFirstBytes: 'HTTP/1.1 400 Bad Request\r\n\r\n' }),
  ),

  is('http.captive_portal', 'http.blocked_page', () =>
    legs(LEGS, (leg) => ({
      answer: (steps, way) => {
        const raw = answer('302 Found', '', ['Location: http://portal.hotel.example/login']);
        if (leg === 'link') steps.upgrade(way, raw.head);
        else steps.httpAnswer(way, raw);
      },
    })),
  ),
  is('http.blocked_page', 'http.unexpected_answer', () =>
    answered(htmlAnswer('403 Forbidden', 'Access Denied'), undefined, {
      judgements: judgedBy('claim', 'link', 'system'),
    }),
  ),
  is('http.unexpected_answer', 'http.blocked_page', () => answered(htmlAnswer('200 OK', 'Welcome to nginx'))),
  is('http.agent_cannot_parse', 'http.unexpected_answer', () => answered(stained('X-Cache:MISS'), ['env'], GENUINE)),
  is(
    'http.closed_with_answer',
    null,
    () => closing(1),
    () => closing(400),
  ),
  is('http.filtered_by_shape', 'http.blocked_page', () =>
    also(answered(htmlAnswer('403 Forbidden', 'Forbidden'), ['env']), browser(ENV_ANSWER)),
  ),
  is('http.no_answer', 'http.filtered_by_shape', () => unanswered('generic_timeout_error')),
  is('cloud.rate_limited', 'cloud.error', () =>
    answered(htmlAnswer('429 Too Many Requests', '429 Too Many Requests'), ['claim', 'env'], GENUINE),
  ),
  is('cloud.error', 'http.blocked_page', () => answered(jsonAnswer('503 Service Unavailable', ERROR))),
  is('ws.upgrade_stripped', 'ws.rejected', () => upgraded('HTTP/1.1 200 OK\r\n\r\n')),
  is('ws.rejected', 'ws.upgrade_stripped', () => upgraded('HTTP/1.1 403 Forbidden\r\n\r\n')),
  is('ws.agent_cannot_parse', 'ws.upgrade_stripped', () => upgraded(upgradeHead(['X-Empty: ']))),
  is('ws.no_answer', 'ws.rejected', () =>
    upgraded('', {
      status: null,
      acceptedByRfc: false,
      failure: failure('generic_timeout_error', 'websocket_upgrade'),
      ...SILENT,
    }),
  ),
  is('ws.dropped', 'mqtt.no_connack', () =>
    mqtt((steps, way) => steps.noConnack(way, 'eof_error', { endedBy: 'fin' })),
  ),
  is('mqtt.no_connack', 'ws.dropped', () =>
    mqtt((steps, way) => steps.noConnack(way, 'generic_timeout_error', SILENT)),
  ),
  is('mqtt.refused', 'mqtt.no_connack', () => mqtt((steps, way) => steps.connack(way, 136))),
  is(
    'mqtt.idle_cut',
    null,
    () => held(30_000, 60_000),
    () => held(30_000, 30_400),
  ),

  is(
    'proxy.needed',
    'tcp.egress_blocked',
    () => directDropped(true),
    () => also(directDropped(false), (run) => run.seen.on({ leg: null }).dnsQuery({ role: { kind: 'path' } })),
  ),
  is('proxy.unresolvable', 'dns.nxdomain', () =>
    also(through(PROXY), (run) => run.seen.on({ leg: null, host: 'proxy.example' }).resolveFails('dns_nxdomain_error')),
  ),
  is('proxy.refused', 'proxy.unreachable', () => proxied(PROXY, 'connection_refused')),
  is('proxy.unreachable', 'proxy.refused', () => proxied(PROXY, 'generic_timeout_error')),
  is('proxy.no_answer', 'proxy.protocol_mismatch', () =>
    proxied(PROXY, replies('', { failure: failure('generic_timeout_error', 'proxy_connect'), ...SILENT })),
  ),
  is('proxy.auth_required', 'proxy.auth_rejected', () => proxied(PROXY, wants('Basic realm="x"', false))),
  is('proxy.auth_rejected', 'proxy.auth_required', () => proxied(PROXY, wants('Basic realm="x"', true))),
  is('proxy.auth_scheme_unsupported', 'proxy.auth_rejected', () => proxied(PROXY, wants('NTLM', true))),
  is('proxy.denied', 'proxy.upstream_failed', () =>
    proxied(PROXY, (steps, way, leg) =>
      leg === 'link' ? replies('HTTP/1.1 403 Forbidden\r\n\r\n')(steps, way, leg) : opens(steps, way, leg),
    ),
  ),
  is('proxy.upstream_failed', 'proxy.denied', () =>
    proxied(SOCKS_REMOTE, (steps, way) => {
      steps.socksReply(way, 4, { failure: failure('socks_host_unreachable', 'proxy_connect') });
      return false;
    }),
  ),
  is('proxy.protocol_mismatch', 'proxy.no_answer', () =>
    proxied(
      PROXY,
      replies('\x15\x03\x01\x00\x02\x02\x46', { failure: failure('proxy_protocol_mismatch', 'proxy_connect') }),
    ),
  ),
  is('proxy.agent_cannot_parse', 'proxy.denied', () =>
    proxied(PROXY, (steps, way, leg) =>
      leg === 'link' ? replies('HTTP/1.1 201 Created\r\n\r\n')(steps, way, leg) : opens(steps, way, leg),
    ),
  ),
  is('proxy.strips_or_inspects', 'tls.intercepted', () =>
    proxied(PROXY, opens, { judgements: judgedBy(), chain: [certificate({ issuer: 'CN=squid-ca, O=Squid' })] }),
  ),

  is('agent.config_syntax', 'tcp.dropped', () =>
    fact(dropped(ACLK), 'agent.config_syntax', {
      data: { kind: 'option_before_section', effect: 'value', key: 'proxy' },
    }),
  ),
  is('agent.base_url_invalid', null, () => fact(healthy(), 'agent.base_url_invalid', blocks)),
  is('agent.proxy_scheme_unsupported', 'tcp.egress_blocked', () =>
    fact(dropped(), 'agent.proxy_scheme_unsupported', route),
  ),
  is('agent.proxy_port_missing', 'proxy.refused', () =>
    fact(proxied(PROXY, 'connection_refused', {}, ACLK), 'agent.proxy_port_missing'),
  ),
  is('agent.proxy_host_misread', 'proxy.refused', () =>
    fact(proxied(PROXY, 'connection_refused', {}, ACLK), 'agent.proxy_host_misread', blocks),
  ),
  is('agent.proxy_credentials_misread', 'proxy.auth_rejected', () =>
    fact(proxied(PROXY, wants('Basic', true), {}, ACLK), 'agent.proxy_credentials_misread'),
  ),
  is('agent.proxy_env_mismatch', 'proxy.needed', () => fact(dropped(), 'agent.proxy_env_mismatch', route)),
  is('agent.no_proxy_mismatch', 'tcp.egress_blocked', () => fact(dropped(), 'agent.no_proxy_mismatch', route)),
  is('agent.env_not_daemons', 'proxy.needed', () => fact(dropped(), 'agent.env_not_daemons', route)),
  is('agent.proxy_not_active_yet', 'agent.running_offline', () =>
    running({ status: 'offline', reason: 'timeout', proxy: 'none' }, proxied(PROXY, opens)),
  ),
  is(
    'agent.trust_split',
    'tls.intercepted',
    () => privateCloud(['claim']),
    () => inspected(),
  ),
  is('agent.insecure_ineffective', 'tls.intercepted', () => fact(inspected(['link']), 'agent.insecure_ineffective')),
  is('agent.first_address_blackholed', 'tcp.some_addresses', () =>
    linkAt({ [ADDRESS.link]: 'generic_timeout_error', '203.0.113.31': 'works' }),
  ),
  is('agent.settings_misplaced', 'tcp.egress_blocked', () =>
    fact(dropped(), 'agent.settings_misplaced', { data: { kind: 'x', effect: 'route', key: 'proxy' } }),
  ),
  is('agent.claim_input_invalid', null, () =>
    fact(healthy(), 'agent.claim_input_invalid', { ...blocks, legs: ['claim'] }),
  ),
  is('agent.too_old', null, () => fact(healthy(), 'agent.too_old', blocks)),
  is('agent.in_container', 'agent.not_installed', () =>
    fact(healthy(), 'agent.in_container', {
      legs: [],
      data: { kind: 'container', effect: 'note', pid: 7, alone: true },
    }),
  ),
  is('agent.two_installations', 'agent.in_container', () => fact(healthy(), 'agent.two_installations', note)),
  is('agent.claim_refused', 'agent.claim_not_retried', () =>
    running({ status: 'available', reason: 'Failed: agent is already claimed' }),
  ),
  is('agent.claim_not_retried', 'agent.claim_refused', () =>
    running({ status: 'available', reason: 'Request failed with error: Timeout was reached' }),
  ),
  is('agent.key_mismatch', 'agent.running_offline', () =>
    running({ status: 'offline', reason: 'otp challenge decryption failed' }),
  ),
  is('agent.link_flapping', 'agent.running_offline', () =>
    running({ status: 'offline', reason: 'disconnected, ping timed out' }),
  ),
  is('agent.held_by_parent', 'agent.running_offline', () => running({ status: 'indirect', reason: 'timeout' })),
  is('agent.key_missing', null, () => fact(healthy(), 'agent.key_missing', blocks)),
  is('agent.link_disabled', null, () => fact(healthy(), 'agent.link_disabled', blocks)),
  is('agent.already_claimed', null, () => fact(healthy(), 'agent.already_claimed', note)),
  is('agent.not_installed', null, () => fact(healthy(), 'agent.not_installed', note)),
  is('agent.running_offline', 'agent.running_online', () =>
    running({ status: 'offline', reason: 'cannot resolve hostname' }),
  ),
  is('agent.running_online', 'agent.running_offline', () => running({ status: 'online' }, dropped(['link']))),
  is('agent.retry_far_away', 'agent.running_offline', () =>
    running({ status: 'offline', nextAttemptAt: '2026-01-03T00:00:00.000Z' }),
  ),
  is('network.unexplained', 'mqtt.no_connack', () =>
    mqtt((steps, way) =>
      steps.connack(way, 0, { rawFirstBytes: '\x20\x02\x00\x00', reasonCode: null, endedBy: 'open' }),
    ),
  ),
];
