/**
 * Rulesets of hosts, in the shapes that firewall managers and people write them: the one that stops the Agent must be
 * named, the ones that let it pass must not, and what cannot be decided must be said to be so.
 */
import { HOST4, MQTT4, RESOLVER4 } from '../harness/addresses.js';
import { LINK, type LabCase } from '../harness/case.js';
import type { Rulesets } from '../harness/rulesets.js';
import { both, CLOUD, letsDown, output, passes, save, set, stops, UID } from './local-rules-kit.js';
import { moreLocalRuleCases } from './local-rules-more.js';

const firewalld = `table inet firewalld {
 chain filter_OUTPUT {
  type filter hook output priority filter + 10; policy accept;
  ct state { established, related } accept
  oifname "lo" accept
  ip6 daddr { ::/96, ::ffff:0.0.0.0/96, 2002::/24 } reject with icmpv6 addr-unreachable
  jump filter_OUTPUT_POLICIES_pre
  jump filter_OUTPUT_POLICIES_post
 }
 chain filter_OUTPUT_POLICIES_pre { jump filter_OUT_policy_allow-host-ipv6; }
 chain filter_OUT_policy_allow-host-ipv6 { icmpv6 type { nd-neighbor-advert, nd-neighbor-solicit } accept; }
 chain filter_OUTPUT_POLICIES_post { jump filter_OUT_policy_egress; }
 chain filter_OUT_policy_egress { jump filter_OUT_policy_egress_allow; tcp dport 443 reject with icmpx admin-prohibited; }
 chain filter_OUT_policy_egress_allow { tcp dport 22 accept; udp dport 53 accept; }
}
`;

const ufw = save(
  '-A OUTPUT -j ufw-before-output; -A OUTPUT -j ufw-after-output; -A ufw-before-output -o lo -j ACCEPT; -A ufw-before-output -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT; -A ufw-before-output -j ufw-user-output; -A ufw-user-output -p udp -m udp --dport 53 -j ACCEPT; -A ufw-user-output -p tcp -m multiport --dports 22,80 -j ACCEPT; -A ufw-after-output -m limit --limit 3/min --limit-burst 10 -j LOG --log-prefix "[UFW BLOCK] "; -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
  'DROP DROP',
  'ufw-before-output ufw-after-output ufw-user-output',
);

const csf: Rulesets = {
  ...save(
    `-A INPUT -j LOCALINPUT; -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT; -A OUTPUT -o lo -j ACCEPT; -A OUTPUT -j LOCALOUTPUT; -A OUTPUT -p udp -m udp --dport 53 -j ACCEPT; -A OUTPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT; -A OUTPUT -p tcp -m conntrack --ctstate NEW -m tcp --dport 443 -j ACCEPT; -A OUTPUT -j LOGDROPOUT; -A LOCALINPUT -m set --match-set chain_DENY src -j DROP; -A LOCALOUTPUT -m set --match-set chain_DENY dst -j LOGDROPOUT; -A LOGDROPOUT -p tcp -m limit --limit 30/min -j LOG --log-prefix "Firewall: *TCP_OUT Blocked* "; -A LOGDROPOUT -j DROP`,
    'DROP DROP',
    'LOCALINPUT LOCALOUTPUT LOGDROPOUT',
  ),
  ipset: set('chain_DENY', 'hash:net family inet hashsize 1024 maxelem 65536', '44.196.0.0/16', '9.9.9.9'),
};

const docker = save(
  '-A FORWARD -j DOCKER-USER; -A DOCKER-USER -p tcp -m tcp --dport 443 -j DROP; -A DOCKER-USER -j RETURN; -A INPUT -p tcp -m tcp --dport 2375 -j DROP',
  'ACCEPT ACCEPT',
  'DOCKER-USER',
);

const kube = save(
  `-A OUTPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES; -A OUTPUT -j KUBE-FIREWALL; -A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections" -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP; -A KUBE-SERVICES -d ${MQTT4}/32 -p tcp -m comment --comment "default/egress has no endpoints" -m tcp --dport 443 -j REJECT --reject-with icmp-port-unreachable`,
  'ACCEPT ACCEPT',
  'KUBE-SERVICES KUBE-FIREWALL',
);

const calico: Rulesets = {
  ...save(
    '-A OUTPUT -m comment --comment "cali:tVnHkvAo15HuiPy0" -j cali-OUTPUT; -A cali-OUTPUT -m mark --mark 0x10000/0x10000 -j ACCEPT; -A cali-OUTPUT -o cali+ -j RETURN; -A cali-OUTPUT -j MARK --set-xmark 0x0/0xf0000; -A cali-OUTPUT -m conntrack ! --ctstate DNAT -j cali-to-host-endpoint; -A cali-to-host-endpoint -o eth0 -g cali-th-eth0; -A cali-th-eth0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT; -A cali-th-eth0 -m conntrack --ctstate INVALID -j DROP; -A cali-th-eth0 -j MARK --set-xmark 0x0/0x10000; -A cali-th-eth0 -j cali-po-deny; -A cali-th-eth0 -m mark --mark 0x10000/0x10000 -j RETURN; -A cali-th-eth0 -p tcp -m comment --comment "Drop if no profiles matched" -j DROP; -A cali-po-deny -m set ! --match-set cali40s dst -j MARK --set-xmark 0x10000/0x10000; -A cali-po-deny -m mark --mark 0x10000/0x10000 -j RETURN',
    'ACCEPT ACCEPT',
    'cali-OUTPUT cali-to-host-endpoint cali-th-eth0 cali-po-deny',
  ),
  ipset: set('cali40s', 'hash:net family inet', '44.196.50.41'),
};

const openwrt = `table inet fw4 {
 chain output {
  type filter hook output priority filter; policy accept;
  oifname "lo" accept
  ct state vmap { established : accept, related : accept }
  oifname { "eth0", "wan" } jump output_wan
 }
 chain output_wan {
  meta nfproto ipv4 tcp dport 443 ip daddr 44.196.0.0/16 counter jump handle_reject comment "!fw4: Block"
  counter jump accept_to_wan
 }
 chain accept_to_wan { oifname { "eth0", "wan" } ct state invalid drop; accept; }
 chain handle_reject { meta l4proto tcp reject with tcp reset; reject with icmpx port-unreachable; }
}
`;

/** Every type of set that common kernels have, with one member that holds mqtt's address or the port. */
const IPSETS: readonly (readonly [type: string, create: string, members: readonly string[], match: string])[] = [
  ['hash-ip', 'hash:ip family inet', [MQTT4], 'dst'],
  [
    'hash-ip-timeout',
    'hash:ip family inet timeout 3600 counters comment',
    [`${MQTT4} timeout 3600 packets 0 bytes 0 comment "a, b"`],
    'dst',
  ],
  ['hash-net', 'hash:net family inet', ['44.196.48.0/21'], 'dst'],
  ['hash-net-nomatch', 'hash:net family inet', ['44.196.0.0/16', '44.196.60.0/24 nomatch'], 'dst'],
  ['hash-ipport', 'hash:ip,port family inet', [`${MQTT4},tcp:443`], 'dst,dst'],
  ['hash-ipportip', 'hash:ip,port,ip family inet', [`${MQTT4},tcp:443,${HOST4}`], 'dst,dst,src'],
  ['hash-ipportnet', 'hash:ip,port,net family inet', [`${HOST4},tcp:440-450,44.196.0.0/16`], 'src,dst,dst'],
  ['hash-netport', 'hash:net,port family inet', ['44.196.0.0/16,tcp:443'], 'dst,dst'],
  ['hash-netiface', 'hash:net,iface family inet', ['44.196.0.0/16,eth0'], 'dst,dst'],
  ['bitmap-ip', 'bitmap:ip range 44.196.50.0/24', [MQTT4], 'dst'],
  ['list-set', 'list:set size 8', ['inner'], 'dst'],
];

const stoppedByNft: readonly LabCase[] = [
  stops('firewalld', 'firewalld: a policy rejects', { nft: firewalld }, /policy_egress handle/),
  stops('openwrt', 'OpenWrt: a traffic rule rejects', { nft: openwrt }, /handle_reject handle/, LINK),
  stops(
    'two-tables',
    'A table accepts, a later one drops',
    {
      nft: 'table inet a {\n chain o {\n type filter hook output priority -10; policy accept;\n tcp dport 443 accept\n }\n}\ntable inet b {\n chain o {\n type filter hook output priority 10; policy accept;\n tcp dport 443 log prefix "no " drop\n }\n}\n',
    },
    /inet b o handle/,
  ),
  stops(
    'policy-nest',
    'Jumps that return, into a policy',
    {
      nft: 'table ip f {\n chain one {\n tcp dport 443 jump two\n return\n }\n chain two {\n ip daddr 10.0.0.0/8 accept\n goto three\n }\n chain three {\n udp dport 53 accept\n }\n chain o {\n type filter hook output priority 0; policy drop;\n udp dport 53 accept\n jump one\n }\n}\n',
    },
    /ip f o policy/,
  ),
  stops('skgid', 'A group', output('meta skgid 200-210 tcp dport 443 drop'), /handle/),
  stops('skuid-set', 'Several owners', output('meta skuid { 0, 201, 300-400 } tcp dport 443 reject'), /handle/),
  stops(
    'mark-map',
    'A mark from a map, dropped by it',
    output('meta mark set tcp dport map { 443 : 0x7, 80 : 0x8 }; meta mark & 0xf == 0x7 drop'),
    /handle/,
  ),
  stops(
    'ct-mark',
    'A mark of the connection',
    {
      nft: 'table inet m {\n chain pre { type filter hook output priority mangle; tcp dport 443 ct mark set 0x10; }\n chain o { type filter hook output priority 0; ct mark 0x10 drop; }\n}\n',
    },
    /m o handle/,
  ),
  stops(
    'concat-vmap',
    'A verdict by several fields, with spans',
    output('ip saddr . ip daddr . tcp dport vmap { 10.0.0.0/8 . 44.196.0.0/16 . 440-450 : drop }'),
    /handle/,
    LINK,
  ),
  stops('raw-payload', 'Bytes instead of fields', output('@nh,72,8 6 @th,16,16 443 drop'), /handle/),
  stops(
    'time',
    'At every hour of every day',
    output('meta hour "00:00"-"23:59" meta day { 0, 1, 2, 3, 4, 5, 6 } tcp dport 443 drop'),
    /handle/,
  ),
  stops(
    'not-set',
    'Everything but a set',
    {
      nft: 'table inet f {\n set allowed { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 54.198.178.0/24, 44.207.0.0/16 } }\n chain o {\n type filter hook output priority 0; policy accept;\n oif lo accept\n ip daddr != @allowed tcp dport 443 drop\n }\n}\n',
    },
    /handle/,
    LINK,
  ),
  stops(
    'egress',
    'netdev: on the way out',
    {
      nft: 'table netdev wire {\n chain o {\n type filter hook egress device "eth0" priority 0; policy accept;\n tcp dport 443 drop\n }\n}\n',
    },
    /netdev wire o handle/,
  ),
  stops(
    'inet-ingress',
    'Answers at ingress of an inet table',
    {
      nft: 'table inet wire {\n chain i {\n type filter hook ingress device "eth0" priority 0; policy accept;\n ip saddr 44.196.50.41 tcp sport 443 drop\n }\n}\n',
    },
    /inet wire i handle/,
    LINK,
  ),
  stops(
    'wg-preraw',
    'WireGuard: answers from elsewhere than the tunnel',
    {
      nft: `table ip wg-quick-wg0 {\n chain preraw {\n type filter hook prerouting priority raw; policy accept;\n iifname != "wg0" ip daddr ${HOST4} fib saddr type != local tcp sport 443 drop\n }\n}\n`,
    },
    /wg-quick-wg0 preraw handle/,
  ),
  stops(
    'wg-kill',
    'WireGuard: nothing but the tunnel',
    output('udp dport 53 accept; oifname != "wg0" meta mark != 0xca6c fib daddr type != local reject'),
    /handle/,
  ),
  stops(
    'input-policy',
    'Answers dropped: nothing accepts what is established',
    {
      nft: 'table inet f {\n chain input {\n type filter hook input priority 0; policy drop;\n iif lo accept\n udp sport 53 accept\n tcp dport 22 accept\n }\n}\n',
    },
    /f input policy/,
  ),
  stops(
    'notrack-input',
    'Untracked requests, and answers that must be established',
    {
      nft: 'table inet f {\n chain raw { type filter hook output priority raw; tcp dport 443 notrack; }\n chain input {\n type filter hook input priority 0; policy drop;\n iif lo accept\n ct state established,related accept\n }\n}\n',
    },
    /f input policy/,
  ),
  ...both(
    stops,
    'queue',
    'A queue that nobody reads',
    save('-A OUTPUT -p tcp -m tcp --dport 443 -j NFQUEUE --queue-num 3'),
    /OUTPUT rule 1/,
  ),
  stops(
    'redirect',
    'Tor: redirected to where nobody listens',
    {
      nft: 'table ip nat {\n chain o {\n type nat hook output priority -100; policy accept;\n oifname "lo" return\n meta skuid 43 return\n meta l4proto tcp tcp flags & (fin | syn | rst | ack) == syn redirect to :9040\n }\n}\n',
    },
    /ip nat o handle/,
  ),
  stops(
    'dnat-map',
    'Sent elsewhere by a map',
    {
      nft: 'table ip nat {\n chain o {\n type nat hook output priority -100; policy accept;\n dnat to tcp dport map { 443 : 127.0.0.1 }\n }\n}\n',
    },
    /ip nat o handle/,
  ),
  stops(
    'dns-drop',
    'Questions to the resolver dropped, whatever the protocol',
    output(`ip daddr ${RESOLVER4} meta l4proto { tcp, udp } th dport 53 drop`),
    /handle/,
  ),
  stops(
    'dns-notrack',
    'Answers of the resolver are not established',
    {
      nft: 'table inet f {\n chain raw { type filter hook output priority raw; udp dport 53 notrack; }\n chain input {\n type filter hook input priority 0; policy drop;\n iif lo accept\n ct state established,related accept\n }\n}\n',
    },
    /f input policy/,
  ),
  stops(
    'six',
    'ip6 alone',
    {
      nft: 'table ip6 f {\n chain o {\n type filter hook output priority 0; policy accept;\n ip6 daddr 2600:1f18::/32 tcp dport 443 reject\n }\n}\n',
    },
    /ip6 f o handle/,
    undefined,
    { host: { v4: false }, dns: { families: '6' }, resolvConf: 'nameserver 2001:db8:77::53\n' },
  ),
];

const stoppedByIptables: readonly LabCase[] = [
  ...both(stops, 'ufw', 'ufw: outgoing denied by default', ufw, /OUTPUT policy/),
  stops('csf', 'CSF: a deny list', csf, /LOGDROPOUT rule 2/, LINK),
  ...both(stops, 'kube', 'kube-proxy: a service without endpoints', kube, /KUBE-SERVICES rule 1/, LINK),
  stops('calico', 'Calico: a host endpoint', calico, /cali-th-eth0 rule 6/, LINK),
  ...both(
    stops,
    'raw',
    'The raw table',
    save(`-A OUTPUT -p tcp -m tcp --dport 443 -j DROP`, '', '', 'raw'),
    /raw OUTPUT rule 1/,
  ),
  ...both(
    stops,
    'security',
    'The security table',
    save('-A OUTPUT -p tcp -m tcp --dport 443 -j DROP', '', '', 'security'),
    /security OUTPUT rule 1/,
  ),
  ...both(
    stops,
    'raw-in',
    'Answers in the raw table',
    save(`-A PREROUTING -s ${MQTT4}/32 -p tcp -m tcp --sport 443 -j DROP`, '', '', 'raw'),
    /raw PREROUTING rule 1/,
    LINK,
  ),
  ...both(
    stops,
    'postrouting',
    'mangle POSTROUTING',
    save('-A POSTROUTING -o eth+ -p tcp -m tcp --dport 443 -j DROP', '', '', 'mangle'),
    /mangle POSTROUTING rule 1/,
  ),
  ...both(
    stops,
    'gid',
    'A span of groups',
    save('-A OUTPUT -p tcp -m owner --gid-owner 200-300 -m tcp --dport 443 -j REJECT --reject-with tcp-reset'),
    /OUTPUT rule 1/,
  ),
  ...both(
    stops,
    'not-owner',
    'Everybody but one',
    save('-A OUTPUT -p tcp -m owner ! --uid-owner 0-100 -m tcp --dport 443 -j DROP'),
    /OUTPUT rule 1/,
  ),
  ...both(
    stops,
    'cilium',
    'Cilium beside a drop',
    save(
      `-A OUTPUT -m comment --comment "cilium-feeder: CILIUM_OUTPUT" -j CILIUM_OUTPUT; -A OUTPUT -d 44.192.0.0/10 -p tcp -m tcp --dport 443 -j DROP; -A CILIUM_OUTPUT -m mark --mark 0xa00/0xfffffffe -m comment --comment "cilium: ACCEPT for proxy traffic" -j ACCEPT; -A CILIUM_OUTPUT -m mark ! --mark 0xe00/0xf00 -m mark ! --mark 0xd00/0xf00 -m mark ! --mark 0xa00/0xe00 -m comment --comment "cilium: host->any mark as from host" -j MARK --set-xmark 0xc00/0xf00`,
      'ACCEPT ACCEPT',
      'CILIUM_OUTPUT',
    ),
    /OUTPUT rule 2/,
    ['auth', 'link'],
  ),
  ...both(
    stops,
    'input',
    'Answers dropped by default',
    save(
      '-A INPUT -i lo -j ACCEPT; -A INPUT -p udp -m udp --sport 53 -j ACCEPT; -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT',
      'DROP ACCEPT',
    ),
    /INPUT policy/,
  ),
  ...both(
    stops,
    'synonly',
    'A SYN that is not new',
    save('-A OUTPUT -p tcp -m tcp --dport 443 --tcp-flags FIN,SYN,RST,ACK SYN -j DROP'),
    /OUTPUT rule 1/,
  ),
  ...both(
    stops,
    'addrtype',
    'Whatever leaves this host',
    save('-A OUTPUT -p tcp -m addrtype ! --dst-type LOCAL -m tcp --dport 443 -j REJECT'),
    /OUTPUT rule 1/,
  ),
  ...both(
    stops,
    'istio',
    'Sent to a sidecar that is gone',
    {
      iptables:
        '*nat\n:ISTIO_OUTPUT - [0:0]\n:ISTIO_REDIRECT - [0:0]\n-A OUTPUT -p tcp -j ISTIO_OUTPUT\n-A ISTIO_OUTPUT -o lo -s 127.0.0.6/32 -j RETURN\n-A ISTIO_OUTPUT -m owner --uid-owner 1337 -j RETURN\n-A ISTIO_OUTPUT -d 127.0.0.1/32 -j RETURN\n-A ISTIO_OUTPUT -j ISTIO_REDIRECT\n-A ISTIO_REDIRECT -p tcp -j REDIRECT --to-ports 15001\nCOMMIT\n',
    },
    /nat ISTIO_REDIRECT rule 1/,
  ),
  stops(
    'ip6tables',
    'ip6tables alone',
    {
      ip6tables:
        '*filter\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -d 2600:1f18::/32 -p tcp -m tcp --dport 443 -j REJECT\nCOMMIT\n',
    },
    /ip6tables OUTPUT rule 1/,
    undefined,
    { host: { v4: false }, dns: { families: '6' }, resolvConf: 'nameserver 2001:db8:77::53\n' },
  ),
  ...IPSETS.map(([type, create, members, match]) =>
    stops(
      `set-${type}`,
      `A set of type ${create}`,
      {
        ...save(`-A OUTPUT -p tcp -m tcp --dport 443 -m set --match-set banned ${match} -j REJECT`),
        ipset:
          (type === 'list-set' ? set('inner', 'hash:ip family inet', MQTT4) : '') + set('banned', create, ...members),
      },
      /OUTPUT rule 1/,
      LINK,
    ),
  ),
];

const letThrough: readonly LabCase[] = [
  passes('docker', 'Docker forwards nothing to 443', docker),
  passes('fail2ban', 'fail2ban bans whoever guesses passwords', {
    nft: 'table inet f2b-table {\n set addr-set-sshd { type ipv4_addr; elements = { 9.9.9.9, 8.8.4.4 } }\n chain f2b-chain {\n type filter hook input priority -1; policy accept;\n tcp dport 22 ip saddr @addr-set-sshd reject with icmp port-unreachable\n }\n}\n',
  }),
  passes(
    'inbound-hardening',
    'Usual rules for what comes in',
    save(
      '-A INPUT -m conntrack --ctstate INVALID -j DROP; -A INPUT -p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -m conntrack --ctstate NEW -j DROP; -A INPUT -p tcp -m tcp --tcp-flags SYN,ACK SYN,ACK -m conntrack --ctstate NEW -j REJECT; -A INPUT -i lo -j ACCEPT; -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT; -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT',
      'DROP ACCEPT',
    ),
  ),
  passes('other-port-first', 'A default deny that lets 443 out', {
    nft: `table inet f {\n chain o {\n type filter hook output priority 0; policy drop;\n oif lo accept\n ct state established,related accept\n udp dport 53 accept\n meta skuid ${String(UID)} tcp dport { 80, 443 } accept\n }\n}\n`,
  }),
  passes(
    'other-owner',
    'Rules for others',
    output('meta skuid { 0, 1000-60000 } tcp dport 443 drop; meta skuid != 201 tcp dport 443 reject'),
  ),
  passes(
    'other-hours',
    'At another hour',
    save('-A OUTPUT -p tcp -m tcp --dport 443 -m time --datestop 2020-01-01T00:00:00 -j DROP'),
  ),
  passes('listed-exception', 'An exception within a banned net', {
    ...save('-A OUTPUT -m set --match-set banned dst -j DROP'),
    ipset: set(
      'banned',
      'hash:net family inet',
      '44.0.0.0/8',
      '54.0.0.0/8',
      ...CLOUD.map((address) => `${address}/32 nomatch`),
    ),
  }),
  passes('tproxy-elsewhere', 'A transparent proxy for what is forwarded', {
    nft: 'table inet tp {\n chain p {\n type filter hook prerouting priority mangle; policy accept;\n iifname "br0" meta l4proto tcp tproxy to :1234 meta mark set 1\n socket transparent 1 meta mark set 1 accept\n }\n}\n',
  }),
  passes('limit', 'So many in a second', output('tcp dport 443 limit rate over 1000/second drop'), /limit/),
  passes(
    'hashlimit',
    'So many in a second, each',
    save(
      '-A OUTPUT -p tcp -m tcp --dport 443 -m hashlimit --hashlimit-above 1000/sec --hashlimit-mode dstip --hashlimit-name h -j DROP',
    ),
    /OUTPUT rule 1/,
  ),
  passes(
    'recent',
    'Who came before',
    save('-A OUTPUT -p tcp -m tcp --dport 443 -m recent --rcheck --seconds 60 --name no -j DROP'),
    /OUTPUT rule 1/,
  ),
  passes(
    'statistic',
    'One of a million',
    save('-A OUTPUT -p tcp -m tcp --dport 443 -m statistic --mode random --probability 0.000001 -j DROP'),
    /OUTPUT rule 1/,
  ),
  passes('numgen', 'One of many, by nftables', output('tcp dport 443 numgen random mod 1000000 0 drop'), /numgen/),
  passes(
    'queue-bypass',
    'A queue that may be passed by',
    save('-A OUTPUT -p tcp -m tcp --dport 443 -j NFQUEUE --queue-num 3 --queue-bypass'),
  ),
];

const nobody: NonNullable<LabCase['also']> = (lab) => lab.hostProgram('resetter', ['15001']);
const down: readonly LabCase[] = [
  letsDown(
    'sidecar-resets',
    'Sent to a sidecar that hangs up',
    {
      iptables:
        '*nat\n-A OUTPUT -p tcp -m tcp --dport 443 -m owner ! --uid-owner 1337 -j REDIRECT --to-ports 15001\nCOMMIT\n',
    },
    /nat OUTPUT rule 1/,
    nobody,
  ),
  letsDown(
    'sidecar-resets-nft',
    'Sent to a sidecar that hangs up (nftables)',
    {
      nft: 'table ip nat {\n chain o {\n type nat hook output priority -100; policy accept;\n meta skuid != 1337 tcp dport 443 redirect to :15001\n }\n}\n',
    },
    /ip nat o handle/,
    nobody,
  ),
];

export const localRuleCases: readonly LabCase[] = [
  ...stoppedByNft,
  ...stoppedByIptables,
  ...letThrough,
  ...down,
  ...moreLocalRuleCases,
];
