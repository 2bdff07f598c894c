/** One fault at a time that the other files lack: on the host itself, and by boxes that are nearly right. */
import { gzipSync } from 'node:zlib';
import * as at from '../harness/addresses.js';
import { ENV, fails, LINK, type LabCase } from '../harness/case.js';
import type { Lab } from '../harness/lab.js';
import { answer, ENV_BODY, type Reply } from '../harness/peer-plan.js';
import { PORT } from '../harness/services.js';
import { NETDATA_UID } from '../harness/view.js';
import { claiming, ONLY_PROXY_OUT } from './proxy-routes.js';

const DAY_MS = 24 * 3600 * 1000;
const ALL_NAMES = Object.fromEntries(at.NAMES.map((name) => [name, 'servfail' as const]));
/** An address of the block pages that a well-known DNS filter sends people to; nobody has it in the lab. */
const BLOCK_PAGE4 = '146.112.61.104';

/** `/env` as a hop hands it on that compresses without being asked. */
function compressed(): Reply {
  const body = gzipSync(ENV_BODY).toString('latin1');
  const head = 'HTTP/1.1 200 OK\r\nDate: {{DATE}}\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n';
  return { raw: `${head}Content-Length: ${body.length}\r\n\r\n${body}`, encoding: 'latin1' };
}

/** More announced than sent: the rest never comes. */
function cutShort(): Reply {
  const { raw } = answer('200 OK', ENV_BODY);
  return { raw: raw.replace(/Content-Length: (\d+)/, (_, length) => `Content-Length: ${Number(length) + 20}`) };
}

const hostTable =
  (...lines: readonly string[]) =>
  (lab: Lab): Promise<void> =>
    lab.nft(lab.ns.host, `table inet site {\n${lines.join('\n')}\n}\n`);

const dns: readonly LabCase[] = [
  {
    id: 'single-stub-upstream-dead',
    title: 'A resolver on the host itself is alive, and what it asks in turn fails (SERVFAIL)',
    resolvConf: 'nameserver 127.0.0.53\n',
    also: (lab) => lab.stubResolver({ listen: ['127.0.0.53'], bad: ALL_NAMES }),
    expect: fails('dns.servfail'),
  },
  {
    id: 'single-fourth-nameserver',
    title: 'Three dead resolvers and a good one in the fourth line, which the C library never reads',
    resolvConf: [
      ...['10.77.0.60', '10.77.0.61', '10.77.0.62', at.RESOLVER4].map((address) => `nameserver ${address}`),
      'options timeout:1 attempts:1\n',
    ].join('\n'),
    expect: fails('dns.resolver_unreachable'),
  },
  {
    id: 'single-sinkhole-public-page',
    title: 'A DNS filter sends mqtt to the public address of its block page',
    dns: { records: { [at.MQTT]: [BLOCK_PAGE4] } },
    expect: fails('dns.sinkhole', LINK, { orCause: ['dns.hijacked'] }),
  },
];

const host: readonly LabCase[] = [
  {
    id: 'single-local-input-drop',
    title: 'The host’s own firewall lets everything out and drops the answers: no rule for established connections',
    also: hostTable(
      ' chain in {',
      '  type filter hook input priority 0; policy drop;',
      '  iifname "lo" accept',
      '  meta l4proto { tcp, udp } th sport 53 accept',
      '  meta l4proto { icmp, icmpv6 } accept',
      '  tcp dport 22 accept',
      ' }',
    ),
    expect: fails('host.local_firewall'),
  },
  {
    id: 'single-local-vmap',
    title: 'The host’s own firewall drops mqtt’s address by a verdict map',
    also: hostTable(
      ` map fate { type ipv4_addr : verdict; elements = { ${at.MQTT4} : drop, 192.0.2.1 : accept } }`,
      ' chain out {',
      '  type filter hook output priority 0; policy accept;',
      '  ip daddr vmap @fate',
      ' }',
    ),
    expect: fails('host.local_firewall', LINK),
  },
  {
    id: 'single-local-group',
    title: 'The host’s own firewall drops what group netdata sends',
    netdataUser: true,
    local: [`meta skgid ${NETDATA_UID} tcp dport 443 drop`],
    args: ['--as-user', 'netdata'],
    expect: fails('host.local_firewall'),
  },
  {
    id: 'single-local-ipset',
    title: 'An iptables rule drops what is in an ipset, and mqtt’s address is',
    also: async (lab) => {
      await lab.onHost('ipset', ['create', 'banned', 'hash:net']);
      await lab.onHost('ipset', ['add', 'banned', '44.196.0.0/16']);
      const rule = ['-m', 'set', '--match-set', 'banned', 'dst', '-j', 'DROP'];
      await lab.onHost('iptables-nft', ['-w', '-A', 'OUTPUT', ...rule]);
    },
    expect: fails('host.local_firewall', LINK),
  },
  {
    id: 'single-local-raw-priority',
    title: 'A chain with a name and a priority of its own rejects before the usual one is asked',
    also: hostTable(
      ' chain guard {',
      '  type filter hook output priority -300; policy accept;',
      '  tcp dport { 80, 443 } ip daddr != 10.0.0.0/8 reject with tcp reset',
      ' }',
      ' chain usual {',
      '  type filter hook output priority 0; policy accept;',
      '  tcp dport 443 accept',
      ' }',
    ),
    expect: fails('host.local_firewall'),
  },
  {
    id: 'single-local-redirect',
    title: 'A leftover of a transparent proxy redirects 443 to a local port where nobody listens any more',
    also: (lab) =>
      lab.nft(
        lab.ns.host,
        'table ip nat {\n chain output {\n  type nat hook output priority -100;\n  tcp dport 443 redirect to :12345\n }\n}\n',
      ),
    expect: fails('host.local_firewall'),
  },
  {
    id: 'single-local-relay-resets',
    title: 'A mesh on this host takes every connection to 443 and resets it: nothing leaves',
    also: async (lab) => {
      await lab.nft(
        lab.ns.host,
        'table ip nat {\n chain output {\n  type nat hook output priority -100;\n  tcp dport 443 redirect to :15001\n }\n}\n',
      );
      await lab.hostProgram('resetter', ['15001']);
    },
    expect: fails('host.local_redirect'),
  },
  {
    id: 'single-local-blackhole-route',
    title: 'A blackhole route for mqtt’s network in the host’s own routing table',
    also: async (lab) => {
      await lab.onHost('ip', ['route', 'add', 'blackhole', '44.196.0.0/16']);
    },
    expect: fails('host.no_route', LINK, { orCause: ['host.local_firewall'] }),
  },
  {
    id: 'single-local-user-route',
    title: 'Policy routing sends what user netdata sends into a table without a way out',
    netdataUser: true,
    args: ['--as-user', 'netdata'],
    also: async (lab) => {
      const uids = `${NETDATA_UID}-${NETDATA_UID}`;
      await lab.onHost('ip', ['rule', 'add', 'uidrange', uids, 'to', '0.0.0.0/0', 'unreachable']);
    },
    // DNS of that user goes the same way.
    resolvConf: `nameserver ${at.RESOLVER4}\n`,
    expect: fails('host.no_route', undefined, { orCause: ['host.local_firewall'] }),
  },
];

const wire: readonly LabCase[] = [
  {
    id: 'single-mtu-blackhole-out',
    title: 'Packets above 1200 bytes vanish on the way out only: the link comes up, and stalls when it has much to say',
    gateway: ['oifname "wan0" meta length > 1200 drop'],
    also: async (lab) => {
      await lab.onHost('ip', ['link', 'set', 'eth0', 'gso_max_segs', '1']);
    },
    expect: {
      claim: ['will_work', 'at_risk'],
      link: ['at_risk', 'will_fail'],
      legs: { claim: null, env: null, auth: null, link: null },
      cause: 'tcp.mtu_blackhole',
      exit: [0, 1],
    },
  },
  {
    id: 'single-tls-reset-all',
    title: 'Every ClientHello is answered with RST, whatever it names',
    peer: [{ behaviour: { clientHello: 'reset' } }],
    expect: fails('tls.reset'),
  },
  {
    id: 'single-sni-fin-mqtt',
    title: 'A filter hangs up (FIN) on ClientHellos that name mqtt',
    peer: [{ host: at.MQTT, behaviour: { clientHello: 'close' } }],
    expect: fails('tls.sni_filtered', LINK),
  },
  {
    id: 'single-clock-ahead-expired',
    title: 'This host’s clock is thirty days ahead, so the certificate looks expired',
    peer: [{ behaviour: { certificate: 'expired', skewMs: -30 * DAY_MS } }],
    expect: fails('host.clock_skew'),
  },
  {
    id: 'single-corporate-root-expired',
    title: 'TLS inspection whose root is in every store of the host, and expired two days ago',
    peer: [{ behaviour: { certificate: 'inspected_old_root' } }],
    trust: { bundle: ['cloud', 'old_inspector'], hashed: ['cloud', 'old_inspector'] },
    expect: fails('tls.intercepted', undefined, { orCause: ['tls.expired'] }),
    check: ({ report }) =>
      (report?.findings ?? []).some(
        (finding) => finding.outcome === 'found' && /expired/i.test(`${finding.title} ${finding.why}`),
      )
        ? []
        : ['nothing says that a certificate has expired'],
  },
];

const answers: readonly LabCase[] = [
  {
    id: 'single-env-compressed',
    title: '/env comes compressed by a hop that was not asked to',
    peer: [{ host: at.APP, behaviour: { env: compressed() } }],
    expect: fails('http.agent_cannot_parse', ENV),
  },
  {
    id: 'single-env-bom',
    title: '/env begins with a byte-order mark',
    peer: [{ host: at.APP, behaviour: { env: answer('200 OK', `\uFEFF${ENV_BODY}`) } }],
    expect: fails('http.agent_cannot_parse', ENV, { orCause: ['http.unexpected_answer'] }),
  },
  {
    id: 'single-env-cut-short',
    title: '/env announces twenty bytes more than ever come',
    peer: [{ host: at.APP, behaviour: { env: cutShort() } }],
    expect: fails('http.agent_cannot_parse', ENV, { orCause: ['http.no_answer', 'http.unexpected_answer'] }),
  },
  {
    id: 'single-ws-502',
    title: 'A gateway on the way answers the upgrade with 502 and a page of its own',
    peer: [
      {
        host: at.MQTT,
        behaviour: {
          upgrade: answer('502 Bad Gateway', '<html><head><title>502 Bad Gateway</title></head></html>', [
            'Server: nginx',
            'Content-Type: text/html',
          ]),
        },
      },
    ],
    expect: fails('ws.rejected', LINK, { orCause: ['cloud.error', 'ws.upgrade_stripped'] }),
  },
  {
    id: 'single-ws-policy-close',
    title: 'The link is closed right after 101 with WebSocket code 1008',
    peer: [{ host: at.MQTT, behaviour: { mqtt: 'ws_close_after_upgrade' } }],
    expect: fails('ws.dropped', LINK),
  },
];

const proxies: readonly LabCase[] = [
  {
    id: 'single-proxy-local-refused',
    title: 'The proxy helper on this very host is down: refused sooner than any gateway could, and no firewall',
    gateway: ONLY_PROXY_OUT,
    files: claiming('http://127.0.0.1:3128'),
    expect: fails('proxy.refused'),
  },
  {
    id: 'single-proxy-wants-user-agent',
    title: 'The proxy refuses a CONNECT that names no program; curl is let through',
    gateway: ONLY_PROXY_OUT,
    needs: ['odd'],
    files: claiming(`http://${at.PROXY_NAME}:${PORT.oddNamed}`),
    expect: fails('proxy.denied'),
    check: ({ report }) =>
      (report?.findings ?? []).some((finding) => finding.outcome === 'found' && finding.title.includes('browser'))
        ? []
        : ['nothing says that a browser passes'],
  },
  {
    id: 'single-socks-denies-mqtt',
    title: 'The SOCKS proxy’s rules do not let mqtt pass (reply 02)',
    gateway: ONLY_PROXY_OUT,
    needs: ['odd'],
    files: claiming(`socks5h://${at.PROXY_NAME}:${PORT.oddSocks}`),
    expect: fails('proxy.denied', LINK),
  },
];

export const singleCases: readonly LabCase[] = [...dns, ...host, ...wire, ...answers, ...proxies];
