/**
 * What a hunted network is put together from: routes, faults and odd but healthy conditions. What each fault does to an
 * Agent is known from what was injected, never from what the doctor says.
 */
import type { FindingId } from '../../../src/model/finding-id.js';
import type { Leg } from '../../../src/model/route.js';
import * as at from '../harness/addresses.js';
import { ACLK, LINK, ROOM, TOKEN, type AgentFiles, type LabCase } from '../harness/case.js';
import { sysctl } from '../harness/namespaces.js';
import { answer, CONNACK_BAD_LOGIN, ENV_BODY, type Behaviour, type Reply } from '../harness/peer-plan.js';
import { PORT } from '../harness/services.js';
import { NETDATA_UID } from '../harness/view.js';

/** The part of a case that a route, a fault or a condition lays down. */
export type Plan = Partial<Omit<LabCase, 'id' | 'title' | 'expect' | 'version'>>;

/** Two parts that need the same of these exclude each other. */
export type Resource =
  | 'names'
  | 'resolv.conf'
  | 'gateway'
  | 'owners'
  | 'certificate'
  | 'answers'
  | 'broker'
  | 'store'
  | 'path'
  | 'families'
  | 'hosts'
  | 'routes'
  | 'peer';

export type RouteKind = 'direct' | 'squid' | 'tinyproxy' | 'socks';

export interface Part {
  readonly id: string;
  readonly uses: readonly Resource[];
  /** Routes on which it is what it claims to be; none = all. */
  readonly routes?: readonly RouteKind[];
  readonly plan: Plan;
  /** Every connection takes this much longer, ms: the claim gives it 5 s. */
  readonly connectMs?: number;
}

export interface Fault extends Part {
  /** By version of the Agent where releases differ (docs/reference/versions.md); none = that release does not mind. */
  readonly stops: readonly Leg[] | ((version: string) => readonly Leg[]);
  /** Ids that name it. */
  readonly causes: readonly FindingId[];
  /** Nothing but silence tells of it. */
  readonly silent?: true;
}

export interface Condition extends Part {
  /** Ids above a note that are true in it. */
  readonly mayRisk?: readonly FindingId[];
  /** Answers take so long that silence means less. */
  readonly slow?: true;
}

const ALL: readonly Leg[] = ['claim', 'env', 'auth', 'link'];
const DIRECT: readonly RouteKind[] = ['direct'];
const VIA_HTTP: readonly RouteKind[] = ['squid', 'tinyproxy'];
const V4 = `{ ${at.APP4}, ${at.API4}, ${at.MQTT4} }`;
const P = at.PROXY_NAME;

const claiming = (proxy: string): AgentFiles => ({
  'claim.conf': `[global]\n url = https://app.netdata.cloud\n token = ${TOKEN}\n rooms = ${ROOM}\n proxy = ${proxy}\n`,
});
const ONLY_PROXY_OUT = ['iifname "lan0" oifname "wan0" drop'];

export const ROUTES: Readonly<Record<RouteKind, Plan>> = {
  direct: {},
  squid: { gateway: ONLY_PROXY_OUT, needs: ['squid'], files: claiming(`http://${P}:${PORT.squid}`) },
  tinyproxy: { gateway: ONLY_PROXY_OUT, needs: ['tinyproxy'], files: claiming(`http://${P}:${PORT.tinyproxy}`) },
  socks: { gateway: ONLY_PROXY_OUT, needs: ['dante'], files: claiming(`socks5h://${P}:${PORT.dante}`) },
};

const everyName = (how: 'nxdomain' | 'nodata' | 'servfail' | 'refused' | 'silent') => ({
  dns: { bad: Object.fromEntries(at.NAMES.map((name) => [name, how])) },
});
const everywhere = (reply: Reply): Partial<Behaviour> => ({
  env: reply,
  auth: reply,
  claim: reply,
  other: reply,
  upgrade: reply,
});
const html = ['Content-Type: text/html; charset=utf-8'];
const BLOCK =
  '<html><head><title>FortiGuard Intrusion Prevention - Access Blocked</title></head><body><h1>FortiGuard</h1><p>Web Page Blocked! ' +
  'You have tried to access a web page that is in violation of your Internet usage policy.</p></body></html>';
const LOGIN =
  '<html><head><title>Guest network login</title></head><body><form action="/login">Accept terms</form></body></html>';

const gatewayFault = (
  id: string,
  rule: string,
  stops: readonly Leg[],
  causes: readonly FindingId[],
  silent = false,
): Fault => ({
  id,
  uses: ['gateway'],
  routes: DIRECT,
  plan: { gateway: [rule] },
  stops,
  causes,
  ...(silent ? { silent: true } : {}),
});
const dnsFault = (
  id: string,
  plan: Plan,
  stops: readonly Leg[],
  causes: readonly FindingId[],
  silent = false,
): Fault => ({
  id,
  uses: ['names'],
  routes: DIRECT,
  plan,
  stops,
  causes,
  ...(silent ? { silent: true } : {}),
});
const answerFault = (
  id: string,
  host: string | undefined,
  behaviour: Partial<Behaviour>,
  stops: readonly Leg[],
  causes: readonly FindingId[],
  uses: Resource = 'answers',
): Fault => ({
  id,
  uses: [uses, 'peer'],
  plan: { peer: [host === undefined ? { behaviour } : { host, behaviour }] },
  stops,
  causes,
});
const ENV: readonly Leg[] = ['env'];
const localFault = (id: string, rule: string, stops: readonly Leg[]): Fault => ({
  id,
  uses: ['owners'],
  routes: DIRECT,
  plan: { local: [rule] },
  stops,
  causes: ['host.local_firewall'],
});

const HTTPS: readonly Leg[] = ['env', 'auth'];
/** A reply to CONNECT that releases before 2.10 make nothing of on these legs. */
const connectReply = (id: string, port: number, stops: readonly Leg[], causes: readonly FindingId[]): Fault => ({
  id,
  uses: ['gateway'],
  routes: ['squid'],
  plan: { needs: ['odd'], files: claiming(`http://${P}:${String(port)}`) },
  stops: (version) => (isFrom(version, '2.10.0') ? [] : stops),
  causes,
});

export const FAULTS: readonly Fault[] = [
  gatewayFault('gateway-drops-443', 'tcp dport 443 drop', ALL, ['tcp.egress_blocked', 'tcp.dropped'], true),
  gatewayFault('gateway-drops-all', 'oifname "wan0" drop', ALL, ['tcp.egress_blocked'], true),
  gatewayFault('gateway-resets-443', 'tcp dport 443 reject with tcp reset', ALL, ['tcp.reset', 'tcp.egress_blocked']),
  gatewayFault('gateway-prohibits-443', 'tcp dport 443 reject with icmpx type admin-prohibited', ALL, [
    'tcp.prohibited',
  ]),
  gatewayFault('gateway-drops-mqtt', `ip daddr ${at.MQTT4} tcp dport 443 drop`, LINK, ['tcp.dropped'], true),
  gatewayFault('gateway-drops-app', `ip daddr ${at.APP4} tcp dport 443 drop`, ['claim', 'env'], ['tcp.dropped'], true),
  gatewayFault('gateway-drops-api', `ip daddr ${at.API4} tcp dport 443 drop`, ['auth'], ['tcp.dropped'], true),
  gatewayFault('gateway-resets-mqtt', `ip daddr ${at.MQTT4} tcp dport 443 reject with tcp reset`, LINK, ['tcp.reset']),
  gatewayFault(
    'gateway-prohibits-mqtt',
    `ip daddr ${at.MQTT4} tcp dport 443 reject with icmp type admin-prohibited`,
    LINK,
    ['tcp.prohibited'],
  ),
  gatewayFault(
    'gateway-resets-api',
    `ip daddr ${at.API4} tcp dport 443 reject with tcp reset`,
    ['auth'],
    ['tcp.reset'],
  ),

  dnsFault('dns-nxdomain', everyName('nxdomain'), ALL, ['dns.nxdomain']),
  dnsFault('dns-nodata', everyName('nodata'), ALL, ['dns.no_data']),
  dnsFault('dns-servfail', everyName('servfail'), ALL, ['dns.servfail']),
  dnsFault('dns-refused', everyName('refused'), ALL, ['dns.refused']),
  dnsFault('dns-silent', everyName('silent'), ALL, ['dns.timeout'], true),
  dnsFault('dns-nxdomain-mqtt', { dns: { bad: { [at.MQTT]: 'nxdomain' } } }, LINK, ['dns.nxdomain']),
  dnsFault('dns-refused-api', { dns: { bad: { [at.API]: 'refused' } } }, ['auth'], ['dns.refused']),
  dnsFault('dns-sinkhole', { dns: { records: Object.fromEntries(at.NAMES.map((name) => [name, ['0.0.0.0']])) } }, ALL, [
    'dns.sinkhole',
  ]),
  dnsFault('dns-sinkhole-mqtt', { dns: { records: { [at.MQTT]: ['127.0.0.1'] } } }, LINK, ['dns.sinkhole']),
  {
    id: 'hosts-stale-mqtt',
    uses: ['hosts', 'names'],
    routes: DIRECT,
    plan: { hosts: [`${at.DARK4} ${at.MQTT}`] },
    stops: LINK,
    causes: ['dns.hosts_override'],
  },
  {
    id: 'resolver-gone',
    uses: ['resolv.conf', 'names'],
    routes: DIRECT,
    plan: { resolvConf: 'nameserver 198.51.100.53\n' },
    stops: ALL,
    causes: ['dns.resolver_unreachable'],
    silent: true,
  },

  localFault('local-drops-443', 'tcp dport 443 drop', ALL),
  localFault('local-rejects-443', 'tcp dport 443 reject', ALL),
  localFault('local-drops-mqtt', `ip daddr ${at.MQTT4} tcp dport 443 drop`, LINK),
  localFault('local-drops-set', `ip daddr ${V4} tcp dport { 80, 443, 8443 } drop`, ALL),
  localFault('local-drops-range', 'tcp dport 400-500 ip daddr 44.0.0.0-44.255.255.255 drop', ['auth', 'link']),
  {
    id: 'local-drops-agent',
    uses: ['owners'],
    routes: DIRECT,
    plan: { local: [`meta skuid ${String(NETDATA_UID)} tcp dport 443 drop`], netdataUser: true },
    stops: ALL,
    causes: ['host.local_firewall'],
  },
  {
    id: 'local-only-root',
    uses: ['owners'],
    routes: DIRECT,
    plan: { local: ['meta skuid != 0 tcp dport 443 reject with tcp reset'], netdataUser: true },
    stops: ALL,
    causes: ['host.local_firewall'],
  },
  {
    id: 'no-route',
    uses: ['routes', 'gateway', 'names', 'families', 'path'],
    routes: DIRECT,
    plan: { host: { route4: false, v6: false } },
    stops: ALL,
    causes: ['host.no_route'],
  },

  answerFault(
    'private-issuer',
    undefined,
    { certificate: 'untrusted' },
    ALL,
    ['tls.intercepted', 'proxy.strips_or_inspects'],
    'certificate',
  ),
  answerFault(
    'minted',
    undefined,
    { certificate: 'mint' },
    ALL,
    ['tls.intercepted', 'proxy.strips_or_inspects'],
    'certificate',
  ),
  answerFault(
    'minted-mqtt',
    at.MQTT,
    { certificate: 'mint' },
    LINK,
    ['tls.intercepted', 'proxy.strips_or_inspects'],
    'certificate',
  ),
  answerFault('expired', undefined, { certificate: 'expired' }, ALL, ['tls.expired'], 'certificate'),
  answerFault('expired-mqtt', at.MQTT, { certificate: 'expired' }, LINK, ['tls.expired'], 'certificate'),
  answerFault('self-signed', undefined, { certificate: 'self_signed' }, ALL, ['tls.self_signed'], 'certificate'),
  answerFault('incomplete', undefined, { certificate: 'incomplete' }, ALL, ['tls.incomplete_chain'], 'certificate'),
  {
    id: 'no-ca-store',
    uses: ['store', 'certificate'],
    plan: { trust: { empty: true } },
    stops: ALL,
    causes: ['host.no_ca_store'],
  },
  answerFault(
    'hello-reset',
    undefined,
    { clientHello: 'reset' },
    ALL,
    ['tls.reset', 'tls.handshake_failed'],
    'certificate',
  ),

  answerFault('block-page', undefined, everywhere(answer('403 Forbidden', BLOCK, html)), ALL, ['http.blocked_page']),
  answerFault('block-page-mqtt', at.MQTT, everywhere(answer('403 Forbidden', BLOCK, html)), LINK, [
    'http.blocked_page',
    'ws.rejected',
  ]),
  answerFault('portal', undefined, everywhere(answer('200 OK', LOGIN, html)), ALL, [
    'http.captive_portal',
    'http.blocked_page',
  ]),
  answerFault(
    'long-header',
    at.APP,
    { env: answer('200 OK', ENV_BODY, [`Content-Security-Policy: ${'a'.repeat(1100)}`]) },
    ENV,
    ['http.agent_cannot_parse'],
  ),
  answerFault('env-html', at.APP, { env: answer('200 OK', '<html><title>Welcome</title></html>', html) }, ENV, [
    'http.unexpected_answer',
    'http.blocked_page',
    'http.captive_portal',
  ]),
  answerFault('upgrade-refused', at.MQTT, { upgrade: answer('400 Bad Request', 'bad request', html) }, LINK, [
    'ws.rejected',
    'ws.upgrade_stripped',
  ]),
  answerFault('upgrade-plain', at.MQTT, { upgrade: answer('200 OK', 'hello', html) }, LINK, [
    'ws.upgrade_stripped',
    'http.blocked_page',
    'http.captive_portal',
  ]),
  answerFault('fragmented-connack', at.MQTT, { framing: 'fragmented' }, LINK, ['ws.agent_cannot_parse'], 'broker'),
  answerFault('mqtt-closed', at.MQTT, { mqtt: 'close_on_connect' }, LINK, ['ws.dropped', 'mqtt.no_connack'], 'broker'),
  answerFault('mqtt-reset', at.MQTT, { mqtt: 'reset_after_upgrade' }, LINK, ['ws.dropped'], 'broker'),

  {
    id: 'proxy-denies-mqtt',
    uses: ['gateway'],
    routes: ['squid'],
    plan: { files: claiming(`http://${P}:${PORT.squidDeniesMqtt}`) },
    stops: LINK,
    causes: ['proxy.denied'],
  },
  {
    id: 'proxy-denies-port',
    uses: ['gateway'],
    routes: ['squid'],
    plan: { files: claiming(`http://${P}:${PORT.squidDeniesPort}`) },
    stops: ALL,
    causes: ['proxy.denied'],
  },
  {
    id: 'proxy-wants-login',
    uses: ['gateway'],
    routes: ['squid'],
    plan: { files: claiming(`http://${P}:${PORT.squidBasic}`) },
    stops: ALL,
    causes: ['proxy.auth_required'],
  },
  {
    id: 'proxy-wrong-login',
    uses: ['gateway'],
    routes: ['squid'],
    plan: { files: claiming(`http://agent:wrong@${P}:${PORT.squidBasic}`) },
    stops: ALL,
    causes: ['proxy.auth_rejected'],
  },
  {
    id: 'proxy-refused',
    uses: ['gateway'],
    routes: VIA_HTTP,
    plan: { files: claiming(`http://${P}:${PORT.nothing}`) },
    stops: ALL,
    causes: ['proxy.refused'],
  },
  {
    id: 'proxy-unresolvable',
    uses: ['gateway'],
    routes: VIA_HTTP,
    plan: { files: claiming('http://proxy.old.example:3128') },
    stops: ALL,
    causes: ['proxy.unresolvable'],
  },
  {
    id: 'proxy-unreachable',
    uses: ['gateway'],
    routes: VIA_HTTP,
    plan: { gateway: ['iifname "lan0" oifname "dmz0" drop'] },
    stops: ALL,
    causes: ['proxy.unreachable', 'proxy.no_answer'],
    silent: true,
  },
  {
    id: 'proxy-upstream-refused',
    uses: ['gateway'],
    routes: ['squid', 'socks'],
    plan: { gateway: ['iifname "dmz0" tcp dport 443 reject with tcp reset'] },
    stops: ALL,
    causes: ['proxy.upstream_failed'],
  },
  {
    id: 'proxy-upstream-mqtt',
    uses: ['gateway'],
    routes: ['squid', 'socks'],
    plan: { gateway: [`iifname "dmz0" ip daddr ${at.MQTT4} tcp dport 443 reject with tcp reset`] },
    stops: LINK,
    causes: ['proxy.upstream_failed'],
  },
  {
    id: 'proxy-not-told',
    uses: ['gateway'],
    routes: ['squid'],
    plan: { files: {} },
    stops: ALL,
    causes: ['tcp.egress_blocked', 'proxy.needed', 'tcp.dropped'],
    silent: true,
  },
  { ...connectReply('connect-two-seconds', PORT.oddTwoSeconds, LINK, ['proxy.no_answer']), connectMs: 2000 },
  connectReply('connect-long-value', PORT.oddLongValue, HTTPS, ['proxy.agent_cannot_parse']),
  connectReply('connect-no-space', PORT.oddNoSpace, HTTPS, ['proxy.agent_cannot_parse']),
  connectReply('connect-chunked', PORT.oddChunked, HTTPS, ['proxy.agent_cannot_parse']),
  connectReply('connect-no-reason', PORT.oddNoReason, ACLK, ['proxy.agent_cannot_parse']),
  connectReply('connect-drips', PORT.oddDrips, LINK, ['proxy.agent_cannot_parse']),
  {
    id: 'proxy-wants-user-agent',
    uses: ['gateway'],
    routes: ['squid'],
    plan: { needs: ['odd'], files: claiming(`http://${P}:${PORT.oddNamed}`) },
    stops: (version) => (isFrom(version, '2.10.0') ? ALL : ['claim', 'link']),
    causes: ['proxy.denied'],
  },
  {
    id: 'first-address-silent',
    // The claim's 5 s are half gone before it comes to the second address: what is slow then is a risk.
    uses: ['names', 'gateway', 'owners', 'certificate', 'path'],
    routes: DIRECT,
    plan: {
      dns: { records: Object.fromEntries(at.NAMES.map((name, i) => [name, [at.NEW4[i + 3] ?? '', at.NEW4[i] ?? '']])) },
      gateway: [`ip daddr { ${at.NEW4.slice(3).join(', ')} } tcp dport 443 drop`],
    },
    stops: (version) => (isFrom(version, '2.1.0') ? ACLK : []),
    causes: ['agent.first_address_blackholed', 'tcp.some_addresses'],
    silent: true,
  },
  {
    id: 'other-name',
    uses: ['certificate', 'peer'],
    plan: { peer: [{ behaviour: { certificate: 'wrong_name' } }] },
    stops: (version) => (isFrom(version, '2.10.4') ? ['claim', 'link'] : ['claim']),
    causes: ['tls.name_mismatch'],
  },
  {
    id: 'https-proxy-only',
    uses: ['gateway'],
    routes: ['squid'],
    plan: {
      files: { 'claim.conf': `[global]\n url = https://${at.APP}\n token = ${TOKEN}\n rooms = ${ROOM}\n` },
      env: { https_proxy: `http://${P}:${PORT.squid}` },
    },
    stops: (version) => (isFrom(version, '2.3.0') ? [] : isFrom(version, '2.1.0') ? ACLK : ALL),
    causes: ['proxy.needed', 'tcp.egress_blocked', 'agent.proxy_env_mismatch'],
  },
  {
    id: 'socks-in-file',
    uses: ['gateway'],
    routes: ['squid'],
    plan: { needs: ['dante'], files: claiming(`socks5h://${P}:${PORT.dante}`) },
    stops: (version) => (isFrom(version, '2.10.0') ? [] : ACLK),
    causes: ['agent.proxy_scheme_unsupported'],
  },
  {
    id: 'proxy-scheme',
    uses: ['gateway'],
    routes: ['squid'],
    plan: { files: claiming(`${P}:${String(PORT.squid)}`) },
    stops: ACLK,
    causes: ['agent.proxy_scheme_unsupported'],
  },
];

const RESOLVERS = `nameserver ${at.RESOLVER4}\n`;
const oddAnswer = (
  id: string,
  host: string,
  behaviour: Partial<Behaviour>,
  more: Partial<Condition> = {},
): Condition => ({
  id,
  uses: ['answers', 'peer'],
  plan: { peer: [{ host, behaviour }] },
  ...more,
});

export const CONDITIONS: readonly Condition[] = [
  {
    id: 'dual-stack',
    // A gateway that stops IPv4 alone stops nothing then.
    uses: ['families', 'names', 'gateway', 'owners'],
    routes: DIRECT,
    plan: { dns: { families: '46' } },
  },
  {
    id: 'no-ipv6',
    uses: ['families'],
    plan: { host: { v6: false } },
  },
  {
    id: 'new-addresses',
    uses: ['names', 'gateway', 'owners'],
    routes: DIRECT,
    plan: { dns: { records: Object.fromEntries(at.NAMES.map((name, i) => [name, [at.NEW4[i] ?? '']])) } },
  },
  {
    id: 'split-horizon',
    // A private answer behind which TLS fails may as well be a lie of the resolver.
    uses: ['names', 'gateway', 'owners', 'certificate'],
    routes: DIRECT,
    plan: { dns: { records: Object.fromEntries(at.NAMES.map((name) => [name, [at.PRIVATE4]])) } },
  },
  {
    id: 'second-address-refuses',
    uses: ['names', 'gateway', 'owners'],
    routes: DIRECT,
    plan: {
      dns: { records: Object.fromEntries(at.NAMES.map((name, i) => [name, [at.NEW4[i] ?? '', at.NEW4[i + 3] ?? '']])) },
      gateway: [`ip daddr { ${at.NEW4.slice(3).join(', ')} } tcp dport 443 reject with tcp reset`],
    },
    mayRisk: ['tcp.some_addresses'],
  },
  {
    id: 'ndots-5',
    uses: ['resolv.conf'],
    plan: { resolvConf: `${RESOLVERS}search svc.cluster.local corp.example\noptions ndots:5\n` },
  },
  {
    id: 'second-resolver-lies',
    uses: ['resolv.conf', 'names'],
    plan: {
      resolvConf: `nameserver ${at.RESOLVER4}\nnameserver ${at.RESOLVER4B}\n`,
      dns: { second: { bad: Object.fromEntries(at.NAMES.map((name) => [name, 'nxdomain' as const])) } },
    },
    mayRisk: ['dns.resolvers_disagree'],
  },
  {
    id: 'stub-resolver',
    uses: ['resolv.conf', 'names'],
    plan: {
      resolvConf: 'nameserver 127.0.0.53\noptions edns0 trust-ad\n',
      also: (lab) => lab.stubResolver({ listen: ['127.0.0.53'] }),
    },
  },
  {
    id: 'slow-resolver',
    // With a list of domains to search every wait is multiplied: an Agent itself gives up then.
    uses: ['names', 'resolv.conf'],
    routes: DIRECT,
    plan: { dns: { odd: 'slow' } },
    slow: true,
  },
  {
    id: 'truncating-resolver',
    uses: ['names'],
    plan: { dns: { odd: 'truncates' } },
  },
  {
    id: 'hosts-file-right',
    uses: ['hosts', 'names'],
    routes: DIRECT,
    plan: { hosts: [`${at.APP4} ${at.APP}`, `${at.API4} ${at.API}`, `${at.MQTT4} ${at.MQTT}`] },
  },
  {
    id: 'queueing-delay',
    uses: ['path'],
    plan: { also: (lab) => lab.slow() },
    slow: true,
  },
  {
    id: 'narrow-tunnel',
    uses: ['path'],
    plan: { also: (lab) => lab.narrow(1280) },
  },
  {
    id: 'lossy',
    uses: ['path', 'gateway'],
    routes: DIRECT,
    plan: { gateway: ['numgen inc mod 12 == 7 drop'] },
    slow: true,
  },
  {
    id: 'no-tcp-options',
    uses: ['path'],
    plan: {
      also: (lab) => sysctl(lab.ns.host, ['net.ipv4.tcp_timestamps=0', 'net.ipv4.tcp_sack=0']),
    },
  },
  {
    id: 'many-local-rules',
    uses: ['owners'],
    plan: {
      also: (lab) =>
        lab.nft(
          lab.ns.host,
          'table inet site {\n set bad { type ipv4_addr; flags interval; elements = { 203.0.113.0/24 } }\n' +
            ' chain out { type filter hook output priority 0; policy accept;\n  oifname "lo" accept\n  ip daddr @bad drop\n' +
            '  meta skuid 65534 tcp dport 443 reject\n  tcp dport { 25, 8443 } counter drop\n  jump extra\n }\n' +
            ' chain extra { ip daddr 10.99.1.0/24 tcp dport 443 drop\n  return\n }\n}\n',
        ),
    },
  },
  {
    id: 'stateful-input',
    uses: ['owners'],
    plan: {
      also: (lab) =>
        lab.nft(
          lab.ns.host,
          'table inet site {\n chain in { type filter hook input priority 0; policy drop;\n  ct state established,related accept\n' +
            '  iifname "lo" accept\n  meta l4proto { icmp, icmpv6 } accept\n }\n}\n',
        ),
    },
  },
  oddAnswer('chunked-env', at.APP, {
    env: {
      raw: `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${Buffer.byteLength(ENV_BODY).toString(16)}\r\n${ENV_BODY}\r\n0\r\n\r\n`,
    },
  }),
  oddAnswer('header-of-1000', at.APP, { env: answer('200 OK', ENV_BODY, [`X-Policy: ${'a'.repeat(1000)}`]) }),
  oddAnswer('slow-env', at.APP, { env: { ...answer('200 OK', ENV_BODY), delayMs: 4000 } }, { slow: true }),
  oddAnswer('late-connack', at.MQTT, { mqtt: { connack: CONNACK_BAD_LOGIN, delayMs: 3000 } }, { slow: true }),
  {
    id: 'slow-handshake',
    uses: ['certificate', 'peer'],
    plan: { peer: [{ behaviour: { handshakeDelayMs: 2000 } }] },
    slow: true,
    connectMs: 2000,
  },
  {
    id: 'inspection-everybody-trusts',
    uses: ['certificate', 'store', 'peer'],
    plan: {
      peer: [{ behaviour: { certificate: 'mint' } }],
      trust: { bundle: ['inspector', 'cloud'], hashed: ['inspector', 'cloud'] },
    },
  },
  { id: 'agent-account', uses: ['owners'], plan: { netdataUser: true } },
  {
    id: 'marking-rules',
    uses: ['owners'],
    plan: {
      also: (lab) =>
        lab.nft(
          lab.ns.host,
          'table inet shape {\n set seen { type ipv4_addr; flags dynamic,timeout; timeout 5m; }\n chain out {\n' +
            '  type filter hook output priority mangle; policy accept;\n  meta priority set 1:10\n  ct mark set 0x10\n' +
            '  tcp dport 443 ip dscp set cs1\n  tcp dport 443 add @seen { ip daddr }\n  meta mark set numgen inc mod 2\n }\n}\n',
        ),
    },
  },
  {
    id: 'second-default-route',
    uses: ['routes'],
    plan: {
      also: async (lab) =>
        void (await lab.onHost('ip', ['route', 'add', 'default', 'via', '10.77.0.250', 'metric', '600'])),
    },
  },
  {
    id: 'desktop-nsswitch',
    uses: ['resolv.conf'],
    plan: {
      nsswitch: 'files mymachines resolve [!UNAVAIL=return] mdns4_minimal [NOTFOUND=return] dns myhostname',
      resolvConf: `${RESOLVERS}search corp.example lan\noptions timeout:2 attempts:3 rotate edns0\n`,
    },
  },
];

/** The releases that people run, one for each set of rules. SOCKS needs 2.10. */
export const VERSIONS = ['2.0.3', '2.5.4', '2.8.5', '2.9.0', '2.10.3', '2.10.4', '2.11.0'] as const;

/** Whether a release is this one or newer. */
export function isFrom(version: string, since: string): boolean {
  const [a, b] = [version, since].map((text) => text.split('.').map(Number));
  const at = (a ?? []).findIndex((part, index) => part !== b?.[index]);
  return at === -1 || (a?.[at] ?? 0) > (b?.[at] ?? 0);
}
