/** More rulesets of hosts: tunnels, clusters, proxies, counters and the odd corners of both languages. */
import { API4, GATEWAY4, MQTT4 } from '../harness/addresses.js';
import { LINK, type LabCase } from '../harness/case.js';
import { both, output, passes, save, set, stops } from './local-rules-kit.js';

const mullvad = `table inet mullvad {
 chain output {
  type filter hook output priority filter; policy drop;
  oif "lo" accept
  ct mark 0xf41 accept
  udp sport 68 udp dport 67 accept
  udp dport 53 reject
  tcp dport 53 reject with tcp reset
  oifname "wg0-mullvad" accept
  reject
 }
}
`;

const kubeNft = `table ip kube-proxy {
 map no-endpoint-services {
  type ipv4_addr . inet_proto . inet_service : verdict
  elements = { 10.96.0.10 . udp . 53 : goto reject-chain, ${MQTT4} . tcp . 443 : goto reject-chain }
 }
 chain filter-output {
  type filter hook output priority -110; policy accept;
  ct state new jump service-endpoints-check
 }
 chain service-endpoints-check { ip daddr . meta l4proto . th dport vmap @no-endpoint-services; }
 chain reject-chain { reject; }
}
`;

const stopped: readonly LabCase[] = [
  stops('mullvad', 'A kill switch that rejects DNS, too', { nft: mullvad }, /mullvad output handle/),
  stops(
    'kube-proxy-nft',
    'kube-proxy in its nftables mode',
    { nft: kubeNft },
    /reject-chain handle|service-endpoints-check/,
    LINK,
  ),
  stops(
    'state-port',
    'A verdict by state and port',
    output('ct state . tcp dport vmap { new . 443 : drop, established . 443 : accept }'),
    /handle/,
  ),
  stops(
    'untracked',
    'Kept from conntrack, and dropped for it',
    {
      nft: 'table inet f {\n chain raw { type filter hook output priority raw; tcp dport 443 notrack; }\n chain o { type filter hook output priority 0; policy accept; ct state invalid,untracked drop; }\n}\n',
    },
    /f o handle/,
  ),
  stops('direction', 'In the direction of the request', output('ct direction original tcp dport 443 drop'), /handle/),
  stops('short', 'Nothing shorter than a hundred bytes', output('tcp dport 443 meta length < 100 drop'), /handle/),
  stops(
    'set-timeout',
    'A ban that ends in an hour',
    {
      nft: `table inet f {\n set banned { type ipv4_addr; flags timeout; timeout 1h; elements = { ${MQTT4} timeout 1h, 9.9.9.9 } }\n chain o { type filter hook output priority 0; policy accept; ip daddr @banned counter reject with tcp reset; }\n}\n`,
    },
    /f o handle/,
    LINK,
  ),
  stops(
    'port-map',
    'A named map of spans of ports',
    {
      nft: 'table inet f {\n map ports { type inet_service : verdict; flags interval; elements = { 0-442 : accept, 443 : drop, 444-65535 : accept } }\n chain o { type filter hook output priority 0; policy accept; tcp dport vmap @ports; }\n}\n',
    },
    /f o handle/,
  ),
  stops(
    'goto-policy',
    'Gone for good, into the policy',
    {
      nft: 'table inet f {\n chain web { tcp dport 80 accept; }\n chain o { type filter hook output priority 0; policy drop; oif lo accept; udp dport 53 accept; meta l4proto tcp goto web; tcp dport 443 accept; }\n}\n',
    },
    /f o policy/,
  ),
  stops(
    'statements',
    'Behind statements that decide nothing',
    output('tcp dport 443 counter meta nftrace set 1 ip dscp set cs1 meta priority set 1:2 log prefix "out" drop'),
    /handle/,
  ),
  stops(
    'uid-vmap',
    'A verdict for each owner',
    output('tcp dport 443 meta skuid vmap { 0 : accept, 33 : accept, 201 : drop }'),
    /handle/,
  ),
  stops('uid-not-set', 'Everybody but some', output('meta skuid != { 0, 33, 101-110 } tcp dport 443 reject'), /handle/),
  stops(
    'dnat-by-address',
    'One address is sent to a service that is gone',
    {
      nft: `table ip nat {\n chain o {\n type nat hook output priority -100; policy accept;\n tcp dport 443 dnat to ip daddr map { ${MQTT4} : 127.0.0.1 }\n }\n}\n`,
    },
    /ip nat o handle/,
    LINK,
  ),
  stops('fib-type', 'Whatever is not of this host', output('tcp dport 443 fib daddr type unicast reject'), /handle/),
  ...both(
    stops,
    'queue-span',
    'Queues that nobody reads',
    save('-A OUTPUT -p tcp -m tcp --dport 443 -j NFQUEUE --queue-balance 1:3'),
    /OUTPUT rule 1/,
  ),
  stops(
    'established-only',
    'Only what is established',
    {
      nft: 'table inet f {\n chain o {\n type filter hook output priority 0; policy drop;\n oif lo accept\n ct state established,related accept\n meta l4proto udp th dport { 53, 123 } accept\n meta l4proto { icmp, icmpv6 } accept\n tcp dport { 22, 80 } ct state new accept\n log prefix "denied " flags all\n }\n}\n',
    },
    /f o policy/,
  ),
  stops(
    'prefix-chain',
    'Jumps by prefix',
    {
      nft: 'table ip f {\n chain aws { tcp dport 443 reject; }\n chain rest { accept; }\n chain o { type filter hook output priority 0; policy accept; ip daddr vmap { 44.192.0.0/10 : jump aws, 54.0.0.0/8 : goto rest }; }\n}\n',
    },
    /f aws handle/,
    ['auth', 'link'],
  ),
  stops(
    'wg-nft',
    'Only through a tunnel that is down',
    {
      nft: `table inet ks {\n chain o {\n type filter hook output priority 0; policy drop;\n oifname { "lo", "wg0" } accept\n ip daddr { 10.0.0.0/8, ${GATEWAY4} } accept\n meta mark 0xca6c udp dport 51820 accept\n }\n}\n`,
    },
    /ks o policy/,
  ),
  ...both(
    stops,
    'ufw-deny',
    'ufw: a rule that rejects',
    save(
      '-A OUTPUT -j ufw-before-output; -A OUTPUT -j ufw-track-output; -A ufw-before-output -o lo -j ACCEPT; -A ufw-before-output -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT; -A ufw-before-output -j ufw-user-output; -A ufw-track-output -p tcp -m conntrack --ctstate NEW -j ACCEPT; -A ufw-user-output -p tcp -m tcp --dport 443 -m comment --comment "\'dapp_HTTPS\'" -j REJECT --reject-with tcp-reset',
      'ACCEPT ACCEPT',
      'ufw-before-output ufw-track-output ufw-user-output',
    ),
    /ufw-user-output rule 1/,
  ),
  ...both(
    stops,
    'dns',
    'Questions dropped and rejected',
    save(
      '-A OUTPUT -p udp -m udp --dport 53 -j DROP; -A OUTPUT -p tcp -m tcp --dport 53 -j REJECT --reject-with tcp-reset',
    ),
    /OUTPUT rule 1/,
  ),
  ...both(
    stops,
    'orig',
    'What conntrack remembers of the destination',
    save('-A OUTPUT -p tcp -m conntrack --ctstate NEW --ctproto 6 --ctorigdst 44.0.0.0/8 --ctorigdstport 443 -j DROP'),
    /OUTPUT rule 1/,
    ['auth', 'link'],
  ),
  ...both(
    stops,
    'owners',
    'Neither root nor its group',
    save('-A OUTPUT -p tcp -m owner ! --uid-owner 0 -m owner ! --gid-owner 0 -m tcp --dport 443 -j REJECT'),
    /OUTPUT rule 1/,
  ),
  ...both(
    stops,
    'log-policy',
    'Logged, and dropped by default',
    save(
      '-A OUTPUT -o lo -j ACCEPT; -A OUTPUT -p udp -m udp --dport 53 -j ACCEPT; -A OUTPUT -p tcp -m conntrack --ctstate ESTABLISHED -j ACCEPT; -A OUTPUT -m limit --limit 5/min -j LOG --log-prefix "OUT denied: " --log-level 7',
      'ACCEPT DROP',
    ),
    /OUTPUT policy/,
  ),
  ...both(
    stops,
    'ct-notrack',
    'Kept from conntrack, and dropped for it',
    {
      iptables:
        '*raw\n-A OUTPUT -p tcp -m tcp --dport 443 -j CT --notrack\nCOMMIT\n*filter\n-A OUTPUT -p tcp -m conntrack --ctstate UNTRACKED -j DROP\nCOMMIT\n',
    },
    /OUTPUT rule 1/,
  ),
  ...both(
    stops,
    'mark-chain',
    'A mark, a chain, and the mark again',
    {
      iptables:
        '*mangle\n:CLASSIFY_OUT - [0:0]\n-A OUTPUT -j CLASSIFY_OUT\n-A CLASSIFY_OUT -p tcp -m multiport --dports 80,443 -j MARK --set-xmark 0x20/0xf0\nCOMMIT\n*filter\n-A OUTPUT -m mark --mark 0x20/0x20 -j REJECT\nCOMMIT\n',
    },
    /OUTPUT rule 1/,
  ),
  stops(
    'two-sets',
    'In one set and not in the other',
    {
      ...save(
        '-A OUTPUT -p tcp -m set --match-set aws dst -m set ! --match-set friends dst,dst -m tcp --dport 443 -j DROP',
      ),
      ipset:
        set('aws', 'hash:net family inet', '44.192.0.0/10', '54.0.0.0/8') +
        set('friends', 'hash:ip,port family inet', '54.198.178.11,tcp:443'),
    },
    /OUTPUT rule 1/,
    ['auth', 'link'],
  ),
  stops(
    'set-skbinfo',
    'A set with counters that are left alone',
    {
      ...save('-A OUTPUT -m set ! --update-counters --match-set feed dst -j DROP'),
      ipset: set('feed', 'hash:net family inet counters skbinfo', `${MQTT4} packets 0 bytes 0`),
    },
    /OUTPUT rule 1/,
    LINK,
  ),
];

const passed: readonly LabCase[] = [
  passes('ct-status', 'Only what was translated', output('ct status dnat drop')),
  passes('rp-filter', 'A check of the way back', {
    nft: 'table inet f {\n chain p { type filter hook prerouting priority raw; policy accept; fib saddr . iif oif missing drop; }\n}\n',
  }),
  passes('docker-nat', 'Docker translates what is meant for this host', {
    iptables:
      '*nat\n:DOCKER - [0:0]\n-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER\n-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER\n-A DOCKER -p tcp -m tcp --dport 443 -j DNAT --to-destination 172.17.0.2:443\nCOMMIT\n',
  }),
  passes(
    'metadata',
    'A cloud guards its metadata',
    save(
      '-A OUTPUT -d 169.254.0.0/16 -j InstanceServices; -A InstanceServices -d 169.254.0.2/32 -p tcp -m owner --uid-owner 0 -m tcp --dport 3260 -j ACCEPT; -A InstanceServices -d 169.254.0.0/16 -p tcp -j REJECT --reject-with tcp-reset; -A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT; -A INPUT -p icmp -j ACCEPT; -A INPUT -i lo -j ACCEPT; -A INPUT -j REJECT --reject-with icmp-host-prohibited',
      'ACCEPT ACCEPT',
      'InstanceServices',
    ),
  ),
  passes(
    'mail-owners',
    'Mail for the mail server alone',
    save(
      '-A OUTPUT -p tcp -m multiport --dports 25,465,587 -m owner --gid-owner 12 -j ACCEPT; -A OUTPUT -p tcp -m multiport --dports 25,465,587 -m owner --uid-owner 0 -j ACCEPT; -A OUTPUT -p tcp -m multiport --dports 25,465,587 -j DROP',
    ),
  ),
  passes('bridge', 'Rules of a bridge', {
    nft: 'table bridge b {\n chain o { type filter hook output priority 0; policy accept; ether type ip tcp dport 443 drop; }\n}\ntable arp a {\n chain o { type filter hook output priority 0; policy accept; arp operation request limit rate 1000/second accept; }\n}\n',
  }),
  passes('six-only', 'Default deny for IPv6 alone', {
    nft: 'table ip6 f {\n chain o { type filter hook output priority 0; policy drop; oif lo accept; meta l4proto ipv6-icmp accept; }\n}\n',
  }),
  passes('synproxy', 'Guards what comes in from floods', {
    nft: 'table ip s {\n chain pre { type filter hook prerouting priority raw; policy accept; tcp dport 443 tcp flags syn notrack; }\n chain i { type filter hook input priority 0; policy accept; tcp dport 443 ct state invalid,untracked synproxy mss 1460 wscale 7 timestamp sack-perm; ct state invalid drop; }\n}\n',
  }),
  passes('kept-from-nat', 'A redirect that conntrack never sees', {
    nft: 'table ip n {\n chain raw { type filter hook output priority raw; policy accept; tcp dport 443 notrack; }\n chain o { type nat hook output priority -100; policy accept; tcp dport 443 redirect to :9; }\n}\n',
  }),
  passes('kube-ipvs', 'kube-proxy with IPVS', {
    ...save(
      '-A OUTPUT -j KUBE-IPVS-OUT-FILTER; -A OUTPUT -j KUBE-FIREWALL; -A KUBE-FIREWALL -m mark --mark 0x8000/0x8000 -j DROP; -A KUBE-IPVS-OUT-FILTER -m set --match-set KUBE-EXTERNAL-IP dst,dst -j REJECT',
      'ACCEPT ACCEPT',
      'KUBE-IPVS-OUT-FILTER KUBE-FIREWALL',
    ),
    ipset: set('KUBE-EXTERNAL-IP', 'hash:ip,port family inet', `${API4},tcp:8443`, '10.96.0.1,tcp:443'),
  }),
  passes('fw4-accept', 'OpenWrt as it comes', {
    nft: 'table inet fw4 {\n chain output { type filter hook output priority filter; policy accept; oif "lo" accept; ct state vmap { established : accept, related : accept }; oifname "eth0" jump output_wan; }\n chain output_wan { jump accept_to_wan; }\n chain accept_to_wan { meta nfproto ipv4 oifname "eth0" ct state invalid counter drop; oifname "eth0" counter accept; }\n chain mangle_output { type route hook output priority mangle; policy accept; tcp flags syn / syn,rst tcp option maxseg size set rt mtu; }\n}\n',
  }),
  passes(
    'quota-accept',
    'So many bytes are let out',
    save(
      '-A OUTPUT -o lo -j ACCEPT; -A OUTPUT -p udp -m udp --dport 53 -j ACCEPT; -A OUTPUT -p tcp -m tcp --dport 443 -m quota --quota 1000000000 -j ACCEPT',
      'ACCEPT DROP',
    ),
    /policy/,
  ),
  passes(
    'connlimit',
    'So many connections',
    save(
      '-A OUTPUT -p tcp -m tcp --dport 443 -m connlimit --connlimit-above 500 --connlimit-mask 32 --connlimit-daddr -j REJECT',
    ),
    /OUTPUT rule 1/,
  ),
  passes(
    'connbytes',
    'Only long connections',
    save(
      '-A OUTPUT -p tcp -m tcp --dport 443 -m connbytes --connbytes 100000000 --connbytes-dir both --connbytes-mode bytes -j DROP',
    ),
    /OUTPUT rule 1/,
  ),
  passes('cgroup', 'A class of processes', output('meta cgroup 1048577 tcp dport 443 drop'), /dport 443 drop/),
  passes(
    'meter',
    'So many for each',
    {
      nft: 'table inet f {\n set seen { type ipv4_addr; size 65535; flags dynamic,timeout; timeout 1m; }\n chain o { type filter hook output priority 0; policy accept; tcp dport 443 update @seen { ip daddr limit rate over 1000/second } drop; }\n}\n',
    },
    /limit/,
  ),
];

export const moreLocalRuleCases: readonly LabCase[] = [...stopped, ...passed];
