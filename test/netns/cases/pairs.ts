/** Two causes in different layers: side by side, or one in front of the other. */
import * as at from '../harness/addresses.js';
import { ACLK, fails, LINK, TOKEN, type AgentFiles, type LabCase } from '../harness/case.js';
import { CLOCK_AHEAD_MS } from '../harness/pki.js';
import { answer, errorBody } from '../harness/peer-plan.js';
import { PORT } from '../harness/services.js';
import { NETDATA_UID } from '../harness/view.js';
import { claiming, ONLY_PROXY_OUT } from './proxy-routes.js';

const P = at.PROXY_NAME;
const CLAIMED_ID = '6f9bd1d8-6c5e-4d0c-9d63-0a8b0c6f4c11';
const claimedAt = (url: string): string => `[global]\n url = ${url}\n claimed_id = ${CLAIMED_ID}\n`;
const NEW_MQTT = at.NEW4[0] ?? '';
/** Resets, or swallows, what names this host in clear text. */
const filterName = (name: string, how: 'reset' | 'drop'): readonly string[] =>
  `-p tcp --dport 443 -m string --algo bm --string ${name} -j ${how === 'drop' ? 'DROP' : 'REJECT --reject-with tcp-reset'}`.split(
    ' ',
  );
const OLD_LIST = [
  'ct state established,related accept',
  `ip daddr { ${at.APP4}, ${at.API4}, ${at.MQTT4} } tcp dport 443 accept`,
  'oifname "wan0" drop',
];
const BROKEN: AgentFiles = { 'cloud.conf': claimedAt('https://app.netdata.cloud') };

export const pairCases: readonly LabCase[] = [
  {
    id: 'pair-407-claim-sinkhole-mqtt',
    title: 'HTTPS_PROXY in capitals wants a password (claim); the link goes direct, where a DNS filter sinks mqtt',
    needs: ['squid'],
    env: { HTTPS_PROXY: `http://${P}:${PORT.squidBasic}` },
    dns: { records: { [at.MQTT]: ['0.0.0.0'] } },
    expect: fails('dns.sinkhole', ['claim', 'link'], {
      orCause: ['proxy.auth_required'],
      also: ['dns.sinkhole', 'proxy.auth_required'],
    }),
  },
  {
    id: 'pair-clock-and-intercepted-mqtt',
    title: 'The clock is a year behind, and mqtt is inspected by a CA that nobody here knows',
    peer: [
      { behaviour: { certificate: 'clock_ahead', skewMs: CLOCK_AHEAD_MS } },
      { host: at.MQTT, behaviour: { certificate: 'mint' } },
    ],
    expect: fails('host.clock_skew', undefined, { also: ['tls.intercepted'] }),
  },
  {
    id: 'pair-stale-allowlist-dead-v6',
    title: 'The allow list knows mqtt’s old address only, and IPv6 vanishes altogether',
    dns: { records: { [at.MQTT]: [at.MQTT6, NEW_MQTT], [at.APP]: [at.APP6, at.APP4], [at.API]: [at.API6, at.API4] } },
    gateway: OLD_LIST,
    expect: fails('tcp.dropped', LINK, { also: ['tcp.ipv6_broken'] }),
  },
  {
    id: 'pair-hosts-app-sinkhole-mqtt',
    title: 'The hosts file holds an old address of app, and a DNS filter sinks mqtt',
    hosts: [`${at.DARK4} ${at.APP}`],
    dns: { records: { [at.MQTT]: ['0.0.0.0'] } },
    expect: {
      claim: 'will_fail',
      link: 'will_fail',
      legs: { claim: 'will_fail', env: 'will_fail', auth: null, link: ['will_fail', 'unknown'] },
      cause: 'dns.hosts_override',
      orCause: ['dns.sinkhole'],
      also: ['dns.hosts_override', 'dns.sinkhole'],
      exit: 1,
    },
  },
  {
    id: 'pair-owner-mqtt-gateway-api',
    title: 'The host’s own firewall drops what user netdata sends to mqtt, and the gateway drops api',
    netdataUser: true,
    local: [`meta skuid ${NETDATA_UID} ip daddr ${at.MQTT4} tcp dport 443 drop`],
    gateway: [`ip daddr ${at.API4} tcp dport 443 drop`],
    args: ['--as-user', 'netdata'],
    expect: fails('host.local_firewall', ['auth', 'link'], {
      orCause: ['tcp.dropped'],
      also: ['host.local_firewall', 'tcp.dropped'],
    }),
  },
  {
    id: 'pair-proxy-typo-and-denied',
    title: 'https_proxy has a typing error (claim); http_proxy is right and does not allow mqtt (link)',
    gateway: ONLY_PROXY_OUT,
    needs: ['squid'],
    env: { https_proxy: `http://poxy.corp.example:3128`, http_proxy: `http://${P}:${PORT.squidDeniesMqtt}` },
    expect: fails('proxy.unresolvable', ['claim', 'link'], {
      orCause: ['proxy.denied', 'agent.proxy_env_mismatch'],
      also: ['proxy.unresolvable', 'proxy.denied'],
    }),
  },
  {
    id: 'pair-key-missing-nxdomain-api',
    title: 'A claimed Agent without its key, in a network that denies api: the key is missed first',
    files: BROKEN,
    dns: { bad: { [at.API]: 'nxdomain' } },
    expect: {
      claim: null,
      link: 'will_fail',
      legs: { claim: null, env: null, auth: null, link: null },
      cause: 'agent.key_missing',
      orCause: ['dns.nxdomain'],
      also: ['agent.key_missing', 'dns.nxdomain'],
      exit: 1,
    },
  },
  {
    id: 'pair-url-scheme-mqtt-dropped',
    title: 'A base URL in capitals stops the link before it asks for mqtt, which is dropped as well',
    files: { 'claim.conf': `[global]\n url = HTTPS://app.netdata.cloud\n token = ${TOKEN}\n` },
    gateway: [`ip daddr ${at.MQTT4} tcp dport 443 drop`],
    expect: {
      claim: 'will_work',
      link: 'will_fail',
      legs: { claim: 'will_work', env: 'will_fail', auth: null, link: null },
      cause: 'agent.base_url_invalid',
      exit: 1,
    },
  },
  {
    id: 'pair-first-silent-app-sni-mqtt',
    title: 'app’s first address is silent, and a filter resets ClientHellos for mqtt',
    dns: { records: { [at.APP]: [at.DARK4, at.APP4] } },
    gatewayIptables: [filterName(at.MQTT, 'reset')],
    expect: {
      claim: 'will_work',
      link: 'will_fail',
      legs: { claim: 'will_work', env: 'will_fail', auth: null, link: ['will_fail', 'unknown'] },
      cause: 'agent.first_address_blackholed',
      orCause: ['tls.sni_filtered'],
      also: ['agent.first_address_blackholed', 'tls.sni_filtered'],
      exit: 1,
    },
  },
  {
    id: 'pair-second-resolver-lies-stale-list',
    title: 'The second resolver denies the names and is never asked; the allow list is older than mqtt’s address',
    resolvConf: `nameserver ${at.RESOLVER4}\nnameserver ${at.RESOLVER4B}\n`,
    dns: {
      records: { [at.MQTT]: [NEW_MQTT] },
      second: { bad: Object.fromEntries(at.NAMES.map((name) => [name, 'nxdomain' as const])) },
    },
    gateway: OLD_LIST,
    expect: fails('tcp.dropped', LINK),
  },
  {
    id: 'pair-proxy-upstream-app-denied-mqtt',
    title: 'The proxy does not allow mqtt, and a firewall behind it refuses it app',
    gateway: [...ONLY_PROXY_OUT, `iifname "dmz0" ip daddr ${at.APP4} tcp dport 443 reject with tcp reset`],
    needs: ['squid'],
    files: claiming(`http://${P}:${PORT.squidDeniesMqtt}`),
    expect: {
      claim: 'will_fail',
      link: 'will_fail',
      legs: { claim: 'will_fail', env: 'will_fail', auth: null, link: ['will_fail', 'unknown'] },
      cause: 'proxy.upstream_failed',
      orCause: ['proxy.denied'],
      also: ['proxy.upstream_failed', 'proxy.denied'],
      exit: 1,
    },
  },
  {
    id: 'pair-local-v6-gateway-mqtt',
    title: 'The host’s own firewall rejects IPv6, and the gateway drops mqtt over IPv4',
    dns: { families: '46' },
    local: ['ip6 daddr 2600::/16 tcp dport 443 reject with tcp reset'],
    gateway: [`ip daddr ${at.MQTT4} tcp dport 443 drop`],
    expect: fails('tcp.dropped', LINK, { orCause: ['host.local_firewall'], also: ['tcp.dropped'] }),
  },
  {
    id: 'pair-503-env-mqtt-dropped',
    title: 'The service says 503 for /env, and mqtt is dropped',
    peer: [
      {
        host: at.APP,
        behaviour: { env: answer('503 Service Unavailable', errorBody('Lab-9', 'ErrUnavailable', 'later')) },
      },
    ],
    gateway: [`ip daddr ${at.MQTT4} tcp dport 443 drop`],
    expect: {
      claim: 'will_work',
      link: 'will_fail',
      legs: { claim: 'will_work', env: 'will_fail', auth: null, link: ['will_fail', 'unknown'] },
      cause: 'cloud.error',
      orCause: ['tcp.dropped'],
      also: ['cloud.error', 'tcp.dropped'],
      exit: 1,
    },
  },
  {
    id: 'pair-nxdomain-api-sni-mqtt',
    title: 'api does not exist, and a filter swallows ClientHellos for mqtt',
    dns: { bad: { [at.API]: 'nxdomain' } },
    gatewayIptables: [filterName(at.MQTT, 'drop')],
    expect: fails('dns.nxdomain', ['auth', 'link'], {
      orCause: ['tls.sni_filtered'],
      also: ['dns.nxdomain', 'tls.sni_filtered'],
    }),
  },
  {
    id: 'pair-redirect-hides-gateway',
    title: 'The host redirects 443 to a dead local port; that the gateway drops it too cannot be seen',
    also: (lab) =>
      lab.nft(
        lab.ns.host,
        'table ip nat {\n chain output {\n  type nat hook output priority -100;\n  tcp dport 443 redirect to :12345\n }\n}\n',
      ),
    gateway: ['tcp dport 443 drop'],
    expect: fails('host.local_firewall'),
  },
  {
    id: 'pair-expired-app-intercepted-mqtt',
    title: 'app’s certificate has expired, and mqtt is inspected by a CA that nobody here knows',
    peer: [
      { host: at.APP, behaviour: { certificate: 'expired' } },
      { host: at.MQTT, behaviour: { certificate: 'mint' } },
    ],
    expect: {
      claim: 'will_fail',
      link: 'will_fail',
      legs: { claim: 'will_fail', env: 'will_fail', auth: null, link: ['will_fail', 'unknown'] },
      cause: 'tls.expired',
      orCause: ['tls.intercepted'],
      also: ['tls.expired', 'tls.intercepted'],
      exit: 1,
    },
  },
  {
    id: 'pair-inspected-trusted-pem-proxy-denies',
    title: 'Inspection with the CA in trusted.pem only, and the WebSocket upgrade is answered 403 by a filter',
    peer: [
      { behaviour: { certificate: 'mint' } },
      { host: at.MQTT, behaviour: { upgrade: answer('403 Forbidden', 'blocked', ['Content-Type: text/plain']) } },
    ],
    files: { trustedPem: ['inspector'] },
    expect: fails('tls.intercepted', ACLK, { orCause: ['agent.trust_split'] }),
  },
];
