/** Two things at once: independent causes, and causes that hide others. */
import * as at from '../harness/addresses.js';
import { ACLK, fails, LINK, works, type LabCase } from '../harness/case.js';
import { CLOCK_AHEAD_MS } from '../harness/pki.js';
import { PORT } from '../harness/services.js';
import { answer, ENV_BODY } from '../harness/peer-plan.js';
import { claiming, ONLY_PROXY_OUT } from './proxy-routes.js';

const P = at.PROXY_NAME;
const squid = `http://${P}:${PORT.squid}`;

const PAGE = '<html><head><title>Web filter: page blocked by policy</title></head><body>Category: Cloud</body></html>';
/** iptables arguments that reset whatever names this host in clear text. */
const resetName = (name: string): readonly string[] =>
  `-p tcp --dport 443 -m string --algo bm --string ${name} -j REJECT --reject-with tcp-reset`.split(' ');

export const comboCases: readonly LabCase[] = [
  {
    id: 'combo-nxdomain-mqtt-expired-app',
    title: 'mqtt does not exist, and app’s certificate has expired',
    dns: { bad: { [at.MQTT]: 'nxdomain' } },
    peer: [{ host: at.APP, behaviour: { certificate: 'expired' } }],
    expect: {
      claim: 'will_fail',
      link: 'will_fail',
      legs: { claim: 'will_fail', env: 'will_fail', auth: null, link: ['will_fail', 'unknown'] },
      cause: 'tls.expired',
      orCause: ['dns.nxdomain'],
      also: ['tls.expired', 'dns.nxdomain'],
      exit: 1,
    },
  },
  {
    id: 'combo-v6-dropped-mqtt-dropped',
    title: 'IPv6 vanishes, and mqtt’s IPv4 address too',
    dns: { families: '46' },
    gateway: ['ip6 daddr 2600::/16 drop', `ip daddr ${at.MQTT4} drop`],
    expect: fails('tcp.dropped', LINK, { orCause: ['tcp.egress_blocked'] }),
  },
  {
    id: 'combo-v6-dropped-sni',
    title: 'IPv6 vanishes, and a filter resets ClientHellos for mqtt',
    dns: { families: '46' },
    gateway: ['ip6 daddr 2600::/16 drop'],
    gatewayIptables: [resetName(at.MQTT)],
    expect: fails('tls.sni_filtered', LINK),
  },
  {
    id: 'combo-local-drop-hides-expired',
    title: 'The local firewall drops everything; the expired certificate behind it cannot be seen',
    local: ['tcp dport 443 drop'],
    peer: [{ behaviour: { certificate: 'expired' } }],
    expect: fails('host.local_firewall'),
  },
  {
    id: 'combo-no-route-hides-dns',
    title: 'No default route; the resolver lies beyond it',
    host: { route4: false, v6: false },
    resolvConf: 'nameserver 198.51.100.53\n',
    expect: fails('host.no_route', undefined, { orCause: ['dns.resolver_unreachable'] }),
  },
  {
    id: 'combo-clock-and-mqtt-dropped',
    title: 'The clock is a year behind, and mqtt is dropped',
    gateway: [`ip daddr ${at.MQTT4} tcp dport 443 drop`],
    peer: [{ behaviour: { certificate: 'clock_ahead', skewMs: CLOCK_AHEAD_MS } }],
    expect: fails('host.clock_skew', undefined, { also: ['host.clock_skew', 'tcp.dropped'] }),
  },
  {
    id: 'combo-proxy-denies-mqtt-no-space',
    title: 'The proxy denies mqtt, and /env carries a header that the Agent cannot parse',
    gateway: ONLY_PROXY_OUT,
    needs: ['squid'],
    files: claiming(`http://${P}:${PORT.squidDeniesMqtt}`),
    peer: [{ host: at.APP, behaviour: { env: answer('200 OK', ENV_BODY, ['X-Cache:MISS']) } }],
    expect: {
      claim: 'will_work',
      link: 'will_fail',
      legs: { claim: 'will_work', env: 'will_fail', auth: null, link: 'will_fail' },
      cause: 'http.agent_cannot_parse',
      orCause: ['proxy.denied'],
      also: ['http.agent_cannot_parse', 'proxy.denied'],
      exit: 1,
    },
  },
  {
    id: 'combo-upper-proxy-wrong-password',
    title: 'HTTPS_PROXY in capitals with a wrong password: the claim is refused, the link goes direct into the wall',
    gateway: ONLY_PROXY_OUT,
    needs: ['squid'],
    env: { HTTPS_PROXY: `http://agent:wrong@${P}:${PORT.squidBasic}` },
    expect: fails('agent.proxy_env_mismatch', undefined, {
      orCause: ['proxy.auth_rejected', 'tcp.egress_blocked', 'proxy.needed'],
      also: ['proxy.auth_rejected'],
    }),
  },
  {
    id: 'combo-mitm-trusted-pem-mqtt-denied',
    title: 'Inspection with the CA in trusted.pem only, and mqtt is dropped',
    peer: [{ behaviour: { certificate: 'mint' } }],
    files: { trustedPem: ['inspector'] },
    gateway: [`ip daddr ${at.MQTT4} tcp dport 443 drop`],
    expect: fails('tls.intercepted', ACLK, { orCause: ['agent.trust_split', 'tcp.dropped'], also: ['tcp.dropped'] }),
  },
  {
    id: 'combo-unsupported-scheme-proxy-down',
    title: 'No scheme and a closed port: the claim is refused, the link goes direct into the wall',
    gateway: ONLY_PROXY_OUT,
    needs: ['squid'],
    files: claiming(`${P}:${PORT.nothing}`),
    expect: fails('proxy.refused', undefined, { orCause: ['agent.proxy_scheme_unsupported', 'tcp.egress_blocked'] }),
  },
  {
    id: 'combo-first-resolver-dead-v6-broken',
    title: 'Two annoyances at once: a dead first resolver and dead IPv6; it works all the same',
    resolvConf: `nameserver ${at.RESOLVER4B}\nnameserver ${at.RESOLVER4}\n`,
    dns: { families: '46' },
    gateway: ['ip6 daddr 2600::/16 reject'],
    unusual: true,
    expect: works(['tcp.ipv6_broken'], ['dns.resolvers_disagree', 'dns.resolver_unreachable']),
  },
  {
    id: 'combo-proxy-down-direct-expired',
    title: 'The proxy is down; direct is open but answered with an expired certificate',
    needs: ['squid'],
    files: claiming(`http://${P}:${PORT.nothing}`),
    peer: [{ behaviour: { certificate: 'expired' } }],
    expect: fails('proxy.refused'),
  },
  {
    id: 'combo-nxdomain-proxied',
    title: 'The proxy is right but for a typing error in its name, and DNS knows only internal names',
    gateway: ONLY_PROXY_OUT,
    needs: ['squid'],
    dns: { bad: Object.fromEntries(at.NAMES.map((name) => [name, 'nxdomain' as const])) },
    env: { https_proxy: squid.replace('proxy.', 'poxy.') },
    expect: fails('proxy.unresolvable'),
  },
  {
    id: 'combo-local-mqtt-expired-app',
    title: 'The local firewall drops mqtt, and app’s certificate has expired',
    local: [`ip daddr ${at.MQTT4} tcp dport 443 drop`],
    peer: [{ host: at.APP, behaviour: { certificate: 'expired' } }],
    expect: {
      claim: 'will_fail',
      link: 'will_fail',
      legs: { claim: 'will_fail', env: 'will_fail', auth: null, link: ['will_fail', 'unknown'] },
      cause: 'tls.expired',
      orCause: ['host.local_firewall'],
      also: ['tls.expired', 'host.local_firewall'],
      exit: 1,
    },
  },
  {
    id: 'combo-hosts-api-sni-mqtt',
    title: 'The hosts file holds an old address of api, and a filter resets ClientHellos for mqtt',
    hosts: [`${at.DARK4} ${at.API}`],
    gatewayIptables: [resetName(at.MQTT)],
    expect: fails('dns.hosts_override', ['auth', 'link'], {
      orCause: ['tls.sni_filtered'],
      also: ['dns.hosts_override', 'tls.sni_filtered'],
    }),
  },
  {
    id: 'combo-proxy-auth-hides-upstream',
    title: 'The proxy wants a password; that its own way out is closed too cannot be seen before',
    gateway: [...ONLY_PROXY_OUT, 'iifname "dmz0" tcp dport 443 drop'],
    needs: ['squid'],
    files: claiming(`http://${P}:${PORT.squidBasic}`),
    expect: fails('proxy.auth_required'),
  },
  {
    id: 'combo-inspection-strips-upgrade',
    title: 'An inspecting hop that every leg trusts, and that cannot pass on an upgrade',
    peer: [
      { behaviour: { certificate: 'mint' } },
      { host: at.MQTT, behaviour: { upgrade: answer('200 OK', 'OK', ['Content-Type: text/plain']) } },
    ],
    trust: { bundle: ['inspector'], hashed: ['inspector'] },
    expect: fails('ws.upgrade_stripped', LINK, { also: ['tls.intercepted'] }),
  },
  {
    id: 'combo-first-silent-second-expired',
    title:
      'The first address is silent for the Agent, and the second, which the claim takes, shows an expired certificate',
    dns: { records: { [at.APP]: [at.DARK4, at.NEW4[0] ?? ''] } },
    peer: [{ host: at.APP, behaviour: { certificate: 'expired' } }],
    expect: {
      claim: 'will_fail',
      link: 'will_fail',
      legs: { claim: 'will_fail', env: 'will_fail', auth: null, link: null },
      cause: 'tls.expired',
      orCause: ['agent.first_address_blackholed', 'tcp.some_addresses'],
      also: ['tls.expired'],
      exit: 1,
    },
  },
  {
    id: 'combo-no-proxy-and-password',
    title: 'no_proxy sends the claim into the wall, and the proxy that the link takes wants a password',
    gateway: ONLY_PROXY_OUT,
    needs: ['squid'],
    env: { https_proxy: `http://${P}:${PORT.squidBasic}`, no_proxy: '.netdata.cloud' },
    expect: fails('proxy.auth_required', undefined, {
      orCause: ['agent.no_proxy_mismatch', 'tcp.egress_blocked'],
      also: ['proxy.auth_required'],
    }),
  },
  {
    id: 'combo-resolver-lies-mqtt-page-app',
    title: 'A DNS filter sinks mqtt, and a web filter answers for app',
    dns: { records: { [at.MQTT]: ['0.0.0.0'] } },
    peer: [
      {
        host: at.APP,
        behaviour: {
          env: answer('403 Forbidden', PAGE, ['Content-Type: text/html']),
          claim: answer('403 Forbidden', PAGE, ['Content-Type: text/html']),
          other: answer('403 Forbidden', PAGE, ['Content-Type: text/html']),
        },
      },
    ],
    expect: {
      claim: 'will_fail',
      link: 'will_fail',
      legs: { claim: 'will_fail', env: 'will_fail', auth: null, link: ['will_fail', 'unknown'] },
      cause: 'http.blocked_page',
      orCause: ['dns.sinkhole'],
      also: ['http.blocked_page', 'dns.sinkhole'],
      exit: 1,
    },
  },
];
