/** Nothing is wrong, however odd it looks: networks that invite false alarms. */
import * as at from '../harness/addresses.js';
import { works, type LabCase } from '../harness/case.js';
import { must, run } from '../harness/exec.js';
import type { Lab } from '../harness/lab.js';
import { CONNACK_BAD_LOGIN } from '../harness/peer-plan.js';
import { PORT } from '../harness/services.js';
import { claiming, ONLY_PROXY_OUT } from './proxy-routes.js';

const [FAKE_APP = '', FAKE_API = '', FAKE_MQTT = ''] = at.FAKE4;
const SCOPED = 'fe80::53';

const unusual = (labCase: Omit<LabCase, 'unusual' | 'expect'> & Partial<Pick<LabCase, 'expect'>>): LabCase => ({
  expect: works(),
  ...labCase,
  unusual: true,
});

export const unusualCases: readonly LabCase[] = [
  unusual({
    id: 'odd-fake-ip',
    title:
      'A TUN proxy answers every name with an address of its own making and carries the rest: genuine certificates',
    dns: { records: { [at.APP]: [FAKE_APP], [at.API]: [FAKE_API], [at.MQTT]: [FAKE_MQTT] } },
  }),
  unusual({
    id: 'odd-stub-resolver',
    title: 'The only resolver listens on the host itself, as systemd-resolved and dnsmasq do',
    resolvConf: 'nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch corp.example\n',
    also: (lab) => lab.stubResolver({ listen: ['127.0.0.53'] }),
  }),
  unusual({
    id: 'odd-fourth-nameserver-lies',
    title: 'A fourth resolver, which nobody reads, denies the names',
    resolvConf: [at.RESOLVER4, at.RESOLVER6, at.RESOLVER4, at.RESOLVER4B]
      .map((address) => `nameserver ${address}\n`)
      .join(''),
    dns: { second: { bad: Object.fromEntries(at.NAMES.map((name) => [name, 'nxdomain' as const])) } },
  }),
  unusual({
    id: 'odd-hosts-sibling',
    title: 'The hosts file sends mqtt to app’s address, where every cloud name is served',
    hosts: [`${at.APP4} ${at.MQTT}`],
    expect: works([], ['dns.hosts_override']),
  }),
  unusual({
    id: 'odd-late-connack',
    title: 'The broker takes 7 s for its CONNACK; the Agent gives it two minutes',
    peer: [{ host: at.MQTT, behaviour: { mqtt: { connack: CONNACK_BAD_LOGIN, delayMs: 7000 } } }],
  }),
  unusual({
    id: 'odd-dripping-proxy',
    title: 'The proxy sends its answer to CONNECT octet by octet',
    gateway: ONLY_PROXY_OUT,
    needs: ['odd'],
    files: claiming(`http://${at.PROXY_NAME}:${PORT.oddDrips}`),
  }),
  unusual({
    id: 'odd-onlink-gateway',
    title: 'A rented server’s network: a /32 of its own and a gateway outside of it, reached on-link',
    also: async (lab) => {
      const ip = async (...args: string[]): Promise<void> => void (await lab.onHost('ip', args));
      await ip('addr', 'flush', 'dev', 'eth0', 'scope', 'global');
      await ip('addr', 'add', `${at.HOST4}/32`, 'dev', 'eth0');
      await ip('route', 'add', at.GATEWAY4, 'dev', 'eth0', 'scope', 'link');
      await ip('route', 'add', 'default', 'via', at.GATEWAY4, 'dev', 'eth0', 'onlink');
    },
  }),
  unusual({
    id: 'odd-half-routes',
    title: 'A VPN that took over with two routes of half the internet each; there is no default route',
    also: async (lab) => {
      await lab.onHost('ip', ['route', 'del', 'default']);
      await lab.onHost('ip', ['-6', 'route', 'del', 'default']);
      for (const half of ['0.0.0.0/1', '128.0.0.0/1'])
        await lab.onHost('ip', ['route', 'add', half, 'via', at.GATEWAY4]);
    },
  }),
  unusual({
    id: 'odd-policy-routing',
    title: 'The main table has no default route; a rule leads to another table that has one, as WireGuard sets it up',
    also: async (lab) => {
      await lab.onHost('ip', ['route', 'del', 'default']);
      await lab.onHost('ip', ['route', 'add', 'default', 'via', at.GATEWAY4, 'table', '51820']);
      await lab.onHost('ip', ['rule', 'add', 'not', 'fwmark', '0xca6c', 'table', '51820']);
    },
  }),
  unusual({
    id: 'odd-only-tcp-443',
    title: 'The gateway lets TCP 443 out and nothing else: no ICMP, no port 80, no UDP',
    gateway: [
      'ct state established,related accept',
      'oifname "wan0" tcp dport 443 accept',
      'oifname "wan0" drop',
      'icmp type echo-request drop',
    ],
  }),
  unusual({
    id: 'odd-busy-local-rules',
    title: 'A host with many rules, none of which is about the Agent: containers, other users, other ports, logging',
    also: async (lab) => {
      const lines = [
        'table inet site {',
        ' set scanners { type ipv4_addr; flags interval; elements = { 198.51.100.0/24, 203.0.113.128/25 } }',
        ' chain in { type filter hook input priority 0; policy drop;',
        '  ct state established,related accept',
        '  iifname "lo" accept',
        '  meta l4proto { icmp, icmpv6 } accept',
        '  tcp dport 22 accept',
        ' }',
        ' chain out { type filter hook output priority 0; policy accept;',
        '  oifname "lo" accept',
        '  ip daddr @scanners drop',
        '  meta skuid 65534 tcp dport 443 reject',
        '  tcp dport { 25, 80, 8443 } counter drop',
        '  ct state new limit rate over 500/second burst 200 packets drop',
        '  jump extra',
        ' }',
        ' chain extra { ip6 daddr fc00::/7 reject',
        '  ip daddr 10.99.0.0/16 tcp dport 443 drop',
        '  return',
        ' }',
        '}',
        'table ip nat {',
        ' chain post { type nat hook postrouting priority 100; oifname "docker0" masquerade; }',
        ' chain out { type nat hook output priority -100; ip daddr 10.96.0.1 tcp dport 443 dnat to 10.77.0.9:6443; }',
        '}',
      ];
      await lab.nft(lab.ns.host, `${lines.join('\n')}\n`);
    },
  }),
  unusual({
    id: 'odd-scoped-resolver',
    title: 'The only resolver has a link-local address with a zone, as routers announce it',
    resolvConf: `nameserver ${SCOPED}%eth0\n`,
    dns: { listen: [`${SCOPED}%lan0`] },
    also: async (lab) => {
      await must('ip', ['-n', lab.ns.gateway, 'addr', 'add', `${SCOPED}/64`, 'dev', 'lan0', 'nodad']);
    },
  }),
  unusual({
    id: 'odd-local-proxy',
    title: 'Only a proxy gets out, and the Agent reaches it through a helper on this very host',
    gateway: ONLY_PROXY_OUT,
    needs: ['squid'],
    files: claiming('http://127.0.0.1:3128'),
    also: (lab) => lab.hostProgram('tcp-relay', ['3128', at.PROXY4, String(PORT.squid)]),
  }),
  unusual({
    id: 'odd-cntlm',
    title: 'Only a proxy gets out, and the Agent reaches it through cntlm on this very host',
    gateway: ONLY_PROXY_OUT,
    needs: ['squid'],
    files: claiming('http://127.0.0.1:3128'),
    also: (lab) => lab.cntlm(at.PROXY4, PORT.squid),
  }),
  unusual({
    id: 'odd-resolvers-other-edges',
    title: 'Two resolvers give different addresses, all of them genuine, as for a CDN',
    resolvConf: `nameserver ${at.RESOLVER4}\nnameserver ${at.RESOLVER4B}\n`,
    dns: {
      records: { [at.APP]: [at.NEW4[0] ?? ''] },
      second: { records: { [at.APP]: [at.NEW4[1] ?? '', at.NEW4[2] ?? ''] } },
    },
  }),
  unusual({
    id: 'odd-transparent-proxy',
    title: 'The host redirects 443 into a transparent proxy on itself that works',
    also: async (lab) => {
      await lab.hostProgram('tcp-relay', ['12345', at.APP4, '8444']);
      const lines = [
        'table ip nat {',
        ' chain output { type nat hook output priority -100;',
        `  ip daddr { ${at.APP4}, ${at.API4}, ${at.MQTT4} } tcp dport 443 redirect to :12345`,
        ' }',
        '}',
      ];
      await lab.nft(lab.ns.host, `${lines.join('\n')}\n`);
      // The cloud answers on a second port, so that the helper's own connection is not redirected again.
      await lab.nft(
        lab.ns.cloud,
        'table ip again {\n chain in {\n type nat hook prerouting priority -90;\n tcp dport 8444 redirect to :443\n }\n}\n',
      );
    },
  }),
  unusual({
    id: 'odd-marking-rules',
    title: 'Local rules that mark, shape, count and remember what goes out, and stop nothing',
    also: (lab) =>
      lab.nft(
        lab.ns.host,
        'table inet shape {\n set seen { type ipv4_addr; flags dynamic,timeout; timeout 5m; }\n chain out {\n' +
          '  type filter hook output priority mangle; policy accept;\n  meta priority set 1:10\n  ct mark set 0x10\n' +
          '  tcp dport 443 ip dscp set cs1\n  tcp dport 443 add @seen { ip daddr }\n  meta mark set numgen inc mod 2\n' +
          '  tcp flags syn tcp option maxseg size set 1400\n  ct mark 0x20 drop\n  meta mark 0x7 drop\n' +
          '  ip dscp ef udp dport 443 drop\n }\n}\n',
      ),
  }),
  unusual({
    id: 'odd-resolver-v6-only',
    title: 'The only resolver is reached over IPv6, the names have IPv4 addresses',
    resolvConf: `nameserver ${at.RESOLVER6}\n`,
  }),
  unusual({
    id: 'odd-two-upstreams',
    title: 'dnsmasq on the host with two upstreams, one of which is gone',
    resolvConf: 'nameserver 127.0.0.1\n',
    also: (lab) => dnsmasq(lab, [`--server=${at.RESOLVER4}`, `--server=${at.RESOLVER4B}`, '--all-servers']),
  }),
  unusual({
    id: 'odd-split-dns',
    title: 'dnsmasq on the host asks a resolver of the company for its own names, another one for all others',
    resolvConf: 'nameserver 127.0.0.1\nsearch corp.example\n',
    dns: { second: { bad: { '*': 'refused' } } },
    also: (lab) => dnsmasq(lab, [`--server=${at.RESOLVER4}`, `--server=/corp.example/${at.RESOLVER4B}`]),
  }),
  unusual({
    id: 'odd-hosts-right',
    title: 'The hosts file has all three names, with the addresses that the resolver gives too',
    hosts: [`${at.APP4} ${at.APP}`, `${at.API4} ${at.API}`, `${at.MQTT4} ${at.MQTT} # until DNS works`],
  }),
  unusual({
    id: 'odd-two-default-routes',
    title: 'Two default routes; the one of the lower metric works, the other gateway is off',
    also: async (lab) => {
      await lab.onHost('ip', ['route', 'add', 'default', 'via', '10.77.0.250', 'metric', '600']);
    },
  }),
  unusual({
    id: 'odd-routing-by-account',
    title: 'Another account’s packets go into a table that leads nowhere',
    netdataUser: true,
    also: async (lab) => {
      await lab.onHost('ip', ['route', 'add', 'blackhole', 'default', 'table', '77']);
      await lab.onHost('ip', ['rule', 'add', 'uidrange', '4000-4999', 'lookup', '77']);
    },
  }),
  unusual({
    id: 'odd-connect-close',
    title: 'The proxy announces the end of its connection in the reply to CONNECT, and lets it live',
    gateway: ONLY_PROXY_OUT,
    needs: ['odd'],
    files: claiming(`http://${at.PROXY_NAME}:${PORT.oddClose}`),
  }),
  unusual({
    id: 'odd-no-proxy',
    title: 'A proxy in the environment that works, and no_proxy with the cloud in it: both ways are open',
    needs: ['squid'],
    env: {
      http_proxy: `http://${at.PROXY_NAME}:${PORT.squid}`,
      https_proxy: `http://${at.PROXY_NAME}:${PORT.squid}`,
      no_proxy: 'localhost,127.0.0.1,.corp.example,.netdata.cloud',
    },
    expect: works([], ['agent.no_proxy_mismatch']),
  }),
  unusual({
    id: 'odd-cgnat',
    title: 'A shared address of the provider, translated on the way',
    also: async (lab) => {
      await must('ip', ['-n', lab.ns.gateway, 'addr', 'add', '100.64.0.1/24', 'dev', 'lan0']);
      for (const line of [
        ['addr', 'add', '100.64.0.2/24', 'dev', 'eth0'],
        ['route', 'replace', 'default', 'via', '100.64.0.1', 'src', '100.64.0.2'],
      ])
        await lab.onHost('ip', line);
      await lab.nft(
        lab.ns.gateway,
        'table ip cgn {\n chain post {\n  type nat hook postrouting priority 100;\n  ip saddr 100.64.0.0/10 oifname "wan0" masquerade random\n }\n}\n',
      );
    },
  }),
  unusual({
    id: 'odd-both-backends',
    title: 'Rules in iptables of both backends and in nft, all of which let the Agent pass',
    rulesets: {
      backend: 'legacy',
      iptables:
        '*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n-A INPUT -i lo -j ACCEPT\n' +
        '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n-A OUTPUT -d 203.0.113.0/25 -j REJECT\nCOMMIT\n',
      nft: 'table inet more {\n chain out {\n  type filter hook output priority 5; policy accept;\n  tcp dport { 25, 445 } drop\n }\n}\n',
    },
    also: async (lab) => {
      const rules = ['-w', '-A', 'OUTPUT', '-p', 'tcp', '--dport', '6667', '-j', 'DROP'];
      await must('ip', ['netns', 'exec', lab.ns.host, 'iptables-nft', ...rules]);
    },
  }),
  unusual({
    id: 'odd-docker-host',
    title: 'A host of containers: Docker’s chains, its masquerade and a published port 443',
    rulesets: {
      iptables:
        '*nat\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n:DOCKER - [0:0]\n' +
        '-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER\n-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER\n' +
        '-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE\n-A DOCKER -i docker0 -j RETURN\n' +
        '-A DOCKER ! -i docker0 -p tcp -m tcp --dport 443 -j DNAT --to-destination 172.17.0.2:443\nCOMMIT\n' +
        '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n:DOCKER-USER - [0:0]\n-A FORWARD -j DOCKER-USER\n' +
        '-A DOCKER-USER -j RETURN\nCOMMIT\n',
    },
  }),
  unusual({
    id: 'odd-desktop-nsswitch',
    title: 'The name service switch of a desktop, with modules that are not installed',
    nsswitch: 'files mymachines resolve [!UNAVAIL=return] mdns4_minimal [NOTFOUND=return] dns myhostname',
    resolvConf: `nameserver ${at.RESOLVER4}\nsearch corp.example lan\noptions timeout:1 attempts:3 rotate edns0\n`,
  }),
  unusual({
    id: 'odd-narrow-v6',
    title: 'IPv6 only, through a tunnel of 1280 bytes',
    host: { v4: false },
    resolvConf: `nameserver ${at.RESOLVER6}\n`,
    dns: { families: '6' },
    also: (lab) => lab.narrow(1280),
  }),
  unusual({
    id: 'odd-dual-dead-v6-resolver',
    title: 'Dual stack, and the first of two resolvers is at an address of IPv6 that refuses at once',
    resolvConf: `nameserver ${at.GATEWAY6}\nnameserver ${at.RESOLVER4}\n`,
    dns: { families: '46' },
    expect: works([], ['dns.resolvers_disagree', 'dns.resolver_unreachable']),
  }),
];

/** dnsmasq on the host itself. */
async function dnsmasq(lab: Lab, more: readonly string[]): Promise<void> {
  const own = [
    '--keep-in-foreground',
    '--no-resolv',
    '--no-hosts',
    '--user=root',
    '--pid-file=',
    '--conf-file=/dev/null',
  ];
  await lab.hostDaemon('dnsmasq', [...own, '--listen-address=127.0.0.1', '--bind-interfaces', ...more], async () => {
    const listening = await run('ip', ['netns', 'exec', lab.ns.host, 'ss', '-Htln', 'sport', '=', ':53']);
    return listening.stdout !== '';
  });
}
