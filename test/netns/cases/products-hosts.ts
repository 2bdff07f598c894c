/** Rulesets as firewall managers, VPNs, proxies and hardening guides load them on a host. */
import { APP4, HOST4, MQTT4, MQTT6, RESOLVER4 } from '../harness/addresses.js';
import { LINK, type LabCase } from '../harness/case.js';
import type { Rulesets } from '../harness/rulesets.js';
import { both, letsOut, output, save, saved, set, stops } from './local-rules-kit.js';

const SIX = { host: { v4: false }, dns: { families: '6' }, resolvConf: 'nameserver 2001:db8:77::53\n' } as const;

const firewalld = (policies: string, more = ''): Rulesets => ({
  nft: `table inet firewalld {
${more} chain mangle_PREROUTING { type filter hook prerouting priority mangle + 10; policy accept; jump mangle_PREROUTING_ZONES; }
 chain mangle_PREROUTING_ZONES { iifname "eth0" goto mangle_PRE_public; goto mangle_PRE_public; }
 chain mangle_PRE_public { return; }
 chain filter_PREROUTING {
  type filter hook prerouting priority filter + 10; policy accept;
  icmpv6 type { nd-router-advert, nd-neighbor-solicit } accept
  meta nfproto ipv6 fib saddr . mark . iif oif missing drop
 }
 chain filter_INPUT {
  type filter hook input priority filter + 10; policy accept;
  ct state { established, related } accept
  ct status dnat accept
  iifname "lo" accept
  ct state invalid drop
  jump filter_INPUT_ZONES
  reject with icmpx admin-prohibited
 }
 chain filter_INPUT_ZONES { iifname "eth0" goto filter_IN_public; goto filter_IN_public; }
 chain filter_IN_public { tcp dport 22 ct state { new, untracked } accept; meta l4proto { icmp, ipv6-icmp } accept; reject with icmpx admin-prohibited; }
 chain filter_OUTPUT {
  type filter hook output priority filter + 10; policy accept;
  ct state { established, related } accept
  oifname "lo" accept
  ip6 daddr { ::/96, ::ffff:0.0.0.0/96, 2002::/24, 2002:a00::/24, 2002:7f00::/24, 2002:a9fe::/32, 2002:ac10::/28, 2002:c0a8::/32, 2002:e000::/19 } reject with icmpv6 addr-unreachable
  jump filter_OUTPUT_POLICIES
 }
 chain filter_OUTPUT_POLICIES { ${policies} }
 chain filter_OUT_policy_cloud { jump filter_OUT_policy_cloud_pre; jump filter_OUT_policy_cloud_deny; jump filter_OUT_policy_cloud_allow; drop; }
 chain filter_OUT_policy_cloud_pre { ip daddr ${RESOLVER4} udp dport 53 accept; }
 chain filter_OUT_policy_cloud_deny { ip daddr 44.196.0.0/16 reject with icmpx admin-prohibited; }
 chain filter_OUT_policy_cloud_allow { tcp dport 443 accept; }
}
`,
});

const shorewall = (end: string): string =>
  saved(
    'filter',
    'fw-net reject dynamic smurfs tcpflags net-fw logflags',
    `-A INPUT -i eth0 -j net-fw
-A INPUT -i lo -j ACCEPT
-A INPUT -j DROP
-A OUTPUT -o eth0 -j fw-net
-A OUTPUT -o lo -j ACCEPT
-A OUTPUT -j reject
-A net-fw -m conntrack --ctstate INVALID,NEW,UNTRACKED -j dynamic
-A net-fw -m conntrack --ctstate INVALID,NEW,UNTRACKED -j smurfs
-A net-fw -p tcp -j tcpflags
-A net-fw -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A net-fw -j DROP
-A fw-net -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A fw-net -p udp -m udp --dport 53 -m comment --comment DNS -j ACCEPT
${end}
-A smurfs -s 0.0.0.0/32 -j RETURN
-A smurfs -m addrtype --src-type BROADCAST -j DROP
-A smurfs -s 224.0.0.0/4 -j DROP
-A tcpflags -p tcp -m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG FIN,PSH,URG -g logflags
-A tcpflags -p tcp -m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG NONE -g logflags
-A tcpflags -p tcp -m tcp --sport 0 --tcp-flags FIN,SYN,RST,ACK SYN -g logflags
-A logflags -j LOG --log-prefix "logflags DROP " --log-level 6 --log-ip-options
-A logflags -j DROP
-A reject -m addrtype --src-type BROADCAST -j DROP
-A reject -s 224.0.0.0/4 -j DROP
-A reject -p igmp -j DROP
-A reject -p tcp -j REJECT --reject-with tcp-reset
-A reject -p udp -j REJECT --reject-with icmp-port-unreachable
-A reject -j REJECT --reject-with icmp-host-prohibited`,
  );

const crowdsec = (banned: string): Rulesets => ({
  nft: `table ip crowdsec {
 set crowdsec-blacklists-CAPI { type ipv4_addr; flags timeout; elements = { 9.9.9.9 timeout 4h, ${banned} timeout 3h } }
 chain crowdsec-chain-input { type filter hook input priority filter - 10; policy accept; ip saddr @crowdsec-blacklists-CAPI counter drop; }
 chain crowdsec-chain-forward { type filter hook forward priority filter - 10; policy accept; ip saddr @crowdsec-blacklists-CAPI counter drop; }
}
`,
});

const nordvpn = save(
  '-A INPUT -i lo -j ACCEPT; -A INPUT -m connmark --mark 0xe1f1 -m comment --comment nordvpn -j ACCEPT; -A INPUT -s 10.0.0.0/8 -i eth0 -m comment --comment nordvpn -j ACCEPT; -A INPUT -i eth0 -m comment --comment nordvpn -j DROP; -A OUTPUT -o lo -j ACCEPT; -A OUTPUT -o eth0 -m mark --mark 0xe1f1 -m comment --comment nordvpn -j CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff; -A OUTPUT -o eth0 -m connmark --mark 0xe1f1 -m comment --comment nordvpn -j ACCEPT; -A OUTPUT -d 10.0.0.0/8 -o eth0 -m comment --comment nordvpn -j ACCEPT; -A OUTPUT -o eth0 -m comment --comment nordvpn -j DROP',
);

const sshuttle = (more: string): Rulesets => ({
  nft: `table ip sshuttle-ipv4-12300 {
 chain prerouting { type nat hook prerouting priority -100; policy accept; jump sshuttle-ipv4-12300; }
 chain output { type nat hook output priority -100; policy accept; jump sshuttle-ipv4-12300; }
 chain sshuttle-ipv4-12300 {
  ip daddr 127.0.0.1 udp dport 53 redirect to :12299
  fib daddr type local return
  ${more}
  meta l4proto tcp ip daddr 127.0.0.0/8 return
  meta l4proto tcp ip daddr 0.0.0.0/0 redirect to :12300
 }
}
`,
});

const redsocks = saved(
  'nat',
  'REDSOCKS',
  '-A OUTPUT -p tcp -j REDSOCKS\n-A REDSOCKS -d 0.0.0.0/8 -j RETURN\n-A REDSOCKS -d 10.0.0.0/8 -j RETURN\n-A REDSOCKS -d 127.0.0.0/8 -j RETURN\n-A REDSOCKS -d 169.254.0.0/16 -j RETURN\n-A REDSOCKS -d 172.16.0.0/12 -j RETURN\n-A REDSOCKS -d 192.168.0.0/16 -j RETURN\n-A REDSOCKS -d 224.0.0.0/3 -j RETURN\n-A REDSOCKS -p tcp -j REDIRECT --to-ports 12345',
);

/** Guides of hardening: what comes in must be sane. Nothing of it touches what this host begins. */
const hardened = `table inet hardened {
 chain pre {
  type filter hook prerouting priority raw; policy accept;
  ip frag-off & 0x1fff != 0 counter drop
  tcp flags & (fin | syn) == (fin | syn) counter drop
  tcp flags & (syn | rst) == (syn | rst) counter drop
  tcp flags & (fin | syn | rst | psh | ack | urg) == 0x0 counter drop
  tcp flags & (fin | syn | rst | psh | ack | urg) == fin | psh | urg counter drop
  ip saddr { 0.0.0.0/8, 127.0.0.0/8, 224.0.0.0/4, 240.0.0.0/5 } iifname != "lo" counter drop
  fib saddr . iif oif 0 counter drop
 }
 chain mangle {
  type filter hook prerouting priority mangle; policy accept;
  ct state invalid counter drop
  tcp flags & (fin | syn | rst | ack) != syn ct state new counter drop
  tcp flags syn tcp option maxseg size 1-535 counter drop
  fib daddr . iif type != { local, broadcast, multicast } counter drop
 }
 chain input {
  type filter hook input priority filter; policy drop;
  iif "lo" accept
  ct state vmap { established : accept, related : accept, invalid : drop }
  meta l4proto icmp icmp type echo-request limit rate 5/second accept
  tcp dport 22 ct state new limit rate 10/minute burst 20 packets accept
  limit rate 3/minute burst 10 packets log prefix "denied: "
 }
}
`;

const named: Rulesets = {
  nft: `table inet f {
 counter denied { }
 quota monthly { over 900000 mbytes }
 limit some { rate 1000/second }
 ct helper ftp-std { type "ftp" protocol tcp; l3proto ip; }
 ct timeout patient { protocol tcp; l3proto ip; policy = { established : 7200 }; }
 set deny { typeof ip daddr . tcp dport; flags interval; counter; elements = { 44.196.0.0/16 . 440-450, 9.9.9.0/24 . 80 } }
 chain pre { type filter hook output priority raw; policy accept; tcp dport 21 ct helper set "ftp-std"; }
 chain o {
  type filter hook output priority filter; policy accept;
  tcp dport 443 ct timeout set "patient"
  ip daddr . tcp dport @deny counter name "denied" reject with tcp reset
 }
}
`,
};

const INPUT_STATE = '-A INPUT -i lo -j ACCEPT\n-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n';

const managers: readonly LabCase[] = [
  stops(
    'p-firewalld-policy',
    'firewalld: a rich rule of a policy denies',
    firewalld('jump filter_OUT_policy_cloud; return;'),
    /policy_cloud_deny handle/,
    LINK,
  ),
  letsOut('p-firewalld-ok', 'firewalld as it comes, a zone that rejects what comes in', firewalld('return;')),
  stops(
    'p-firewalld-ipset',
    'firewalld: an ipset of a rich rule, among many',
    firewalld(
      'ip daddr @blocked drop;',
      ` set blocked { type ipv4_addr; flags interval; elements = { 1.2.3.0/24, 44.196.48.0-44.196.55.255, 203.0.113.7 } }\n`,
    ),
    /filter_OUTPUT_POLICIES handle/,
    LINK,
  ),
  stops(
    'p-firewalld-panic',
    'firewalld: panic mode',
    {
      nft: 'table inet firewalld_policy_drop {\n chain filter_output { type filter hook output priority -290; policy drop; }\n chain filter_prerouting { type filter hook prerouting priority -290; policy drop; }\n}\n',
    },
    /firewalld_policy_drop filter_output policy/,
  ),
  ...both(
    stops,
    'p-ufw6',
    'ufw: IPv6 denied',
    {
      ip6tables: `*filter\n:OUTPUT DROP [0:0]\n:ufw6-before-output - [0:0]\n:ufw6-user-output - [0:0]\n:ufw6-reject-output - [0:0]\n-A OUTPUT -j ufw6-before-output\n-A OUTPUT -j ufw6-reject-output\n-A ufw6-before-output -o lo -j ACCEPT\n-A ufw6-before-output -m rt --rt-type 0 -j DROP\n-A ufw6-before-output -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n-A ufw6-before-output -p ipv6-icmp -j ACCEPT\n-A ufw6-before-output -j ufw6-user-output\n-A ufw6-user-output -p udp -m udp --dport 53 -j ACCEPT\n-A ufw6-user-output -p tcp -m tcp --dport 22 -j ACCEPT\n-A ufw6-reject-output -j REJECT --reject-with icmp6-port-unreachable\nCOMMIT\n`,
    },
    /ufw6-reject-output rule 1/,
    undefined,
    SIX,
  ),
  letsOut('p-ufw-docker', 'ufw-docker: rules for what is forwarded', {
    iptables: saved(
      'filter',
      'DOCKER-USER ufw-user-forward ufw-docker-logging-deny',
      '-A FORWARD -j DOCKER-USER\n-A DOCKER-USER -j ufw-user-forward\n-A DOCKER-USER -s 10.0.0.0/8 -j RETURN\n-A DOCKER-USER -p udp -m udp --sport 53 --dport 1024:65535 -j RETURN\n-A DOCKER-USER -d 10.0.0.0/8 -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j ufw-docker-logging-deny\n-A DOCKER-USER -j RETURN\n-A ufw-docker-logging-deny -m limit --limit 3/min --limit-burst 10 -j LOG --log-prefix "[UFW DOCKER BLOCK] "\n-A ufw-docker-logging-deny -j DROP',
    ),
  }),
  stops(
    'p-crowdsec-self',
    'CrowdSec: the cloud itself is banned',
    crowdsec(MQTT4),
    /crowdsec-chain-input handle/,
    LINK,
  ),
  letsOut('p-crowdsec', 'CrowdSec bans others', crowdsec('9.9.9.10')),
  stops(
    'p-f2b-allports',
    'fail2ban: every port of whoever is banned, the cloud among them',
    {
      iptables: saved(
        'filter',
        'f2b-recidive',
        `-A INPUT -p tcp -m multiport --dports 0:65535 -j f2b-recidive\n${INPUT_STATE}-A f2b-recidive -s 9.9.9.9/32 -j REJECT --reject-with icmp-port-unreachable\n-A f2b-recidive -s ${MQTT4}/32 -j REJECT --reject-with icmp-port-unreachable\n-A f2b-recidive -j RETURN`,
      ),
    },
    /f2b-recidive rule 2/,
    LINK,
  ),
  letsOut('p-f2b-ssh', 'fail2ban: the cloud is banned from SSH alone', {
    iptables: saved(
      'filter',
      '',
      `-A INPUT -p tcp -m multiport --dports 22 -m set --match-set f2b-sshd src -j REJECT --reject-with icmp-port-unreachable`,
    ),
    ipset: set('f2b-sshd', 'hash:ip family inet timeout 600', `${MQTT4} timeout 500`, `${APP4} timeout 500`),
  }),
  ...both(
    stops,
    'p-shorewall',
    'Shorewall: the policy rejects',
    { iptables: shorewall('-A fw-net -j reject') },
    /\breject rule 4/,
  ),
  letsOut('p-shorewall-ok', 'Shorewall: the policy accepts', { iptables: shorewall('-A fw-net -j ACCEPT') }),
  stops(
    'p-shorewall-ipsec',
    'Shorewall beside IPsec: what goes into no tunnel',
    { iptables: shorewall('-A fw-net -m policy --dir out --pol none -j reject\n-A fw-net -j ACCEPT') },
    /\breject rule 4/,
  ),
  stops(
    'p-ferm',
    'ferm: a default deny with names of ports',
    save(
      '-A INPUT -m state --state INVALID -j DROP; -A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT; -A OUTPUT -m state --state RELATED,ESTABLISHED -j ACCEPT; -A OUTPUT -o lo -j ACCEPT; -A OUTPUT -p udp -m udp --dport 53 -j ACCEPT; -A OUTPUT -p tcp -m multiport --dports 21,22,25,80 -j ACCEPT; -A OUTPUT -d 10.0.0.0/8 -p tcp -m multiport --dports 443,8443 -j ACCEPT; -A OUTPUT -m owner --uid-owner 0 -m tcp -p tcp --dport 8443 -j ACCEPT',
      'DROP DROP',
    ),
    /OUTPUT policy/,
  ),
  stops(
    'p-apf',
    'APF: prohibited at the end',
    save(
      '-A OUTPUT -o lo -j ACCEPT; -A OUTPUT -j OUT_SANITY; -A OUTPUT -p udp -m udp --dport 53 -j ACCEPT; -A OUTPUT -p tcp -m tcp --dport 21 -j ACCEPT; -A OUTPUT -p tcp -m tcp --dport 80 -j ACCEPT; -A OUTPUT -p tcp -m state --state RELATED,ESTABLISHED -j ACCEPT; -A OUTPUT -p tcp -j DEG; -A OUTPUT -j DROP; -A OUT_SANITY -p tcp -m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG NONE -j DROP; -A OUT_SANITY -p tcp -m tcp --tcp-flags FIN,SYN FIN,SYN -j DROP; -A OUT_SANITY -p tcp -m tcp --tcp-flags ACK,FIN FIN -j DROP; -A DEG -p tcp -m multiport --dports 137,138,139,445,1433 -j REJECT --reject-with tcp-reset; -A DEG -m limit --limit 30/min -j LOG --log-prefix "** OUT_TCP DROP ** "',
      'ACCEPT ACCEPT',
      'OUT_SANITY DEG',
    ),
    /OUTPUT rule 8/,
  ),
  stops(
    'p-firehol',
    'FireHOL: clients are listed, https is not',
    save(
      '-A OUTPUT -o lo -j ACCEPT; -A OUTPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT; -A OUTPUT -o eth0 -j out_world; -A OUTPUT -m limit --limit 1/sec -j LOG --log-prefix "OUT-unknown:"; -A OUTPUT -j DROP; -A out_world -j out_world_dns_c1; -A out_world -j out_world_http_c2; -A out_world -m limit --limit 1/sec --limit-burst 5 -j LOG --log-prefix "OUT-world:"; -A out_world -j REJECT --reject-with icmp-port-unreachable; -A out_world_dns_c1 -p udp -m udp --dport 53 -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT; -A out_world_http_c2 -p tcp -m tcp --sport 32768:60999 --dport 80 -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT',
      'ACCEPT DROP',
      'out_world out_world_dns_c1 out_world_http_c2',
    ),
    /out_world rule 4/,
  ),
  letsOut(
    'p-firehol-ok',
    'FireHOL: https by the range of local ports',
    save(
      '-A INPUT -i lo -j ACCEPT; -A INPUT -i eth0 -j in_world; -A OUTPUT -o lo -j ACCEPT; -A OUTPUT -o eth0 -j out_world; -A in_world -p tcp -m tcp --sport 443 --dport 1024:65535 -m conntrack --ctstate ESTABLISHED -j ACCEPT; -A in_world -p udp -m udp --sport 53 -m conntrack --ctstate ESTABLISHED -j ACCEPT; -A in_world -m conntrack --ctstate RELATED -j ACCEPT; -A in_world -j DROP; -A out_world -p udp -m udp --dport 53 -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT; -A out_world -p tcp -m tcp --sport 1024:65535 --dport 443 -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT; -A out_world -j DROP',
      'DROP DROP',
      'in_world out_world',
    ),
  ),
  stops(
    'p-csf-country',
    'CSF: only some countries',
    {
      ...save(
        `-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT; -A OUTPUT -o lo -j ACCEPT; -A OUTPUT -p udp -m udp --dport 53 -j ACCEPT; -A OUTPUT -j LOCALOUTPUT; -A OUTPUT -p tcp -j INVALID; -A OUTPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT; -A OUTPUT -p tcp -m conntrack --ctstate NEW -m tcp --dport 443 -j ACCEPT; -A OUTPUT -j LOGDROPOUT; -A LOCALOUTPUT ! -o lo -m set ! --match-set cc_de dst -j DENYOUT; -A DENYOUT -j LOGDROPOUT; -A INVALID -m conntrack --ctstate INVALID -j DROP; -A INVALID -p tcp -m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG NONE -j DROP; -A INVALID -p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -m conntrack --ctstate NEW -j DROP; -A LOGDROPOUT -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -m limit --limit 30/min -j LOG --log-prefix "Firewall: *TCP_OUT Blocked* " --log-uid; -A LOGDROPOUT -p tcp -j REJECT --reject-with icmp-port-unreachable; -A LOGDROPOUT -j DROP`,
        'DROP DROP',
        'LOCALOUTPUT DENYOUT INVALID LOGDROPOUT',
      ),
      ipset: set(
        'cc_de',
        'hash:net family inet hashsize 1024 maxelem 65536',
        '54.198.0.0/16',
        '44.207.0.0/16',
        '10.0.0.0/8',
      ),
    },
    /LOGDROPOUT rule 2/,
    LINK,
  ),
  letsOut('p-csf-ok', 'CSF: https is allowed, packets are checked', {
    iptables: saved(
      'filter',
      'INVALID INVDROP LOGDROPOUT SYNFLOOD',
      `-A INPUT -p tcp -j INVALID\n-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n-A INPUT -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -j SYNFLOOD\n-A INPUT ! -i lo -p tcp -j INVDROP\n-A OUTPUT -p tcp -j INVALID\n-A OUTPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n-A OUTPUT -p udp -m conntrack --ctstate NEW -m udp --dport 53 -j ACCEPT\n-A OUTPUT -p tcp -m conntrack --ctstate NEW -m tcp --dport 443 -j ACCEPT\n-A OUTPUT -j LOGDROPOUT\n-A INVALID -m conntrack --ctstate INVALID -j INVDROP\n-A INVALID -p tcp -m tcp --tcp-flags SYN,RST SYN,RST -j INVDROP\n-A INVALID -p tcp -m tcp --tcp-flags ACK,URG URG -j INVDROP\n-A INVDROP -j DROP\n-A SYNFLOOD -m limit --limit 100/sec --limit-burst 150 -j RETURN\n-A SYNFLOOD -j DROP\n-A LOGDROPOUT -j DROP`,
    ),
  }),
  stops(
    'p-imunify',
    'A list of bad addresses by port and protocol',
    {
      iptables: saved(
        'filter',
        'OUTPUT_imunify360',
        `${INPUT_STATE}-A OUTPUT -m comment --comment "imunify360" -j OUTPUT_imunify360\n-A OUTPUT_imunify360 -m set --match-set i360.whitelist dst -j RETURN\n-A OUTPUT_imunify360 -p tcp -m set --match-set i360.blocked dst,dst -j REJECT --reject-with tcp-reset\n-A OUTPUT_imunify360 -j RETURN`,
      ),
      ipset:
        set('i360.whitelist', 'hash:net family inet timeout 0', '54.198.178.0/24', '10.0.0.0/8') +
        set('i360.blocked', 'hash:net,port family inet timeout 0', '44.196.0.0/16,tcp:443', '54.0.0.0/8,tcp:443'),
    },
    /OUTPUT_imunify360 rule 2/,
    LINK,
  ),
  stops(
    'p-banip',
    'OpenWrt banIP: outgoing to a feed',
    {
      nft: 'table inet banIP {\n set blocklist.v4 { type ipv4_addr; flags interval, timeout; auto-merge; elements = { 9.9.9.0/24, 44.196.48.0/20 timeout 1h } }\n chain _reject { meta l4proto tcp reject with tcp reset; reject with icmpx host-unreachable; }\n chain lan-forward { type filter hook forward priority -100; policy accept; iifname != "eth0" counter accept; }\n chain wan-output { type filter hook output priority -100; policy accept; ct state established,related counter accept; oifname != "eth0" counter accept; ip daddr @blocklist.v4 counter goto _reject; }\n}\n',
    },
    /banIP _reject handle/,
    LINK,
  ),
];

const tunnels: readonly LabCase[] = [
  ...both(stops, 'p-nordvpn', 'NordVPN: a kill switch by marks', nordvpn, /OUTPUT rule 5/),
  stops(
    'p-openvpn-lock',
    'OpenVPN: nothing but the tunnel',
    save(
      '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT; -A OUTPUT -o lo -j ACCEPT; -A OUTPUT -o tun+ -j ACCEPT; -A OUTPUT -d 10.0.0.0/8 -j ACCEPT; -A OUTPUT -o eth0 -p udp -m multiport --dports 53,1194 -j ACCEPT; -A OUTPUT -o eth0 -d 198.51.100.7/32 -p tcp -m tcp --dport 443 -j ACCEPT',
      'DROP DROP',
    ),
    /OUTPUT policy/,
  ),
  letsOut('p-tailscale', 'Tailscale: its own range comes in by its own device', {
    iptables:
      saved(
        'filter',
        'ts-input ts-forward',
        '-A INPUT -j ts-input\n-A FORWARD -j ts-forward\n-A ts-input -s 100.100.1.1/32 -i lo -j ACCEPT\n-A ts-input -s 100.115.92.0/23 ! -i tailscale0 -j RETURN\n-A ts-input -s 100.64.0.0/10 ! -i tailscale0 -j DROP\n-A ts-input -i tailscale0 -j ACCEPT\n-A ts-input -p udp -m udp --dport 41641 -j ACCEPT\n-A ts-forward -i tailscale0 -j MARK --set-xmark 0x40000/0xff0000\n-A ts-forward -m mark --mark 0x40000/0xff0000 -j ACCEPT',
      ) +
      saved(
        'nat',
        'ts-postrouting',
        '-A POSTROUTING -j ts-postrouting\n-A ts-postrouting -m mark --mark 0x40000/0xff0000 -j MASQUERADE',
      ),
  }),
  letsOut('p-netbird', 'NetBird: rules for its own device', {
    nft: 'table ip netbird {\n chain netbird-acl-input-filter { type filter hook input priority filter; policy accept; iifname "wt0" ip saddr 100.64.0.0/10 ct state established,related accept; iifname "wt0" jump netbird-acl-input-rules; iifname "wt0" drop; }\n chain netbird-acl-input-rules { }\n chain netbird-acl-output-filter { type filter hook output priority filter; policy accept; oifname != "wt0" accept; oifname "wt0" ip daddr 100.64.0.0/10 accept; oifname "wt0" drop; }\n chain netbird-mangle-output { type route hook output priority mangle; policy accept; ct mark 0x1bd00 meta mark set ct mark; }\n}\n',
  }),
  letsOut('p-opensnitch', 'OpenSnitch: a queue that may be passed by', {
    iptables:
      saved(
        'mangle',
        '',
        '-A OUTPUT -p tcp -m conntrack --ctstate NEW -j NFQUEUE --queue-num 0 --queue-bypass\n-A OUTPUT ! -p tcp -m conntrack --ctstate RELATED,NEW -j NFQUEUE --queue-num 0 --queue-bypass',
      ) + saved('filter', '', '-A INPUT -p udp -m udp --sport 53 -j NFQUEUE --queue-num 0 --queue-bypass'),
  }),
  stops(
    'p-opensnitch-deny',
    'OpenSnitch: its system firewall denies',
    {
      nft: 'table inet opensnitch {\n chain mangle_output { type route hook output priority mangle; policy drop; oifname "lo" accept; icmp type echo-request accept; udp dport { 53, 67, 123 } accept; tcp dport { 22, 80 } accept; }\n}\n',
    },
    /opensnitch mangle_output policy/,
  ),
  stops(
    'p-sshuttle',
    'sshuttle: redirected to a client that is gone',
    sshuttle('ip ttl 63 return'),
    /sshuttle-ipv4-12300 handle/,
  ),
  letsOut(
    'p-sshuttle-excluded',
    'sshuttle: the cloud is excluded',
    sshuttle('ip daddr { 54.198.178.0/24, 44.192.0.0/10 } return'),
  ),
  ...both(
    stops,
    'p-redsocks',
    'redsocks: redirected to where nobody listens',
    { iptables: redsocks },
    /nat REDSOCKS rule 8/,
  ),
  stops(
    'p-ttl-old-sshuttle',
    'sshuttle with iptables: by the number of hops left',
    {
      iptables: saved(
        'nat',
        'sshuttle-12300',
        '-A OUTPUT -j sshuttle-12300\n-A sshuttle-12300 -m ttl --ttl-eq 63 -j RETURN\n-A sshuttle-12300 -m addrtype --dst-type LOCAL -j RETURN\n-A sshuttle-12300 -p tcp -j REDIRECT --to-ports 12300',
      ),
    },
    /sshuttle-12300 rule 3/,
  ),
  stops(
    'p-tproxy-own',
    'A transparent proxy for this host itself, and nobody listens',
    {
      iptables: saved(
        'mangle',
        'DIVERT',
        '-A PREROUTING -p tcp -m socket -j DIVERT\n-A PREROUTING -p tcp -m tcp --dport 443 -j TPROXY --on-port 3129 --on-ip 0.0.0.0 --tproxy-mark 0x1/0x1\n-A OUTPUT -o eth0 -p tcp -m tcp --dport 443 -m owner ! --uid-owner 13 -j MARK --set-xmark 0x1/0x1\n-A DIVERT -j MARK --set-xmark 0x1/0xffffffff\n-A DIVERT -j ACCEPT',
      ),
    },
    /mangle OUTPUT rule 1/,
    undefined,
    {
      also: async (lab) => {
        await lab.onHost('ip', ['rule', 'add', 'fwmark', '0x1/0x1', 'lookup', '100']);
        await lab.onHost('ip', ['route', 'add', 'local', '0.0.0.0/0', 'dev', 'lo', 'table', '100']);
      },
    },
  ),
];

const corners: readonly LabCase[] = [
  letsOut('p-hardened', 'A guide of hardening, by nftables', { nft: hardened }),
  stops('p-named-objects', 'Counters, quotas, limits, helpers and timeouts by name', named, /f o handle/, LINK),
  letsOut('p-synproxy', 'SYNPROXY for what comes in', {
    iptables:
      saved('raw', '', '-A PREROUTING -p tcp -m tcp --dport 443 --tcp-flags FIN,SYN,RST,ACK SYN -j CT --notrack') +
      saved(
        'filter',
        '',
        `${INPUT_STATE}-A INPUT -p tcp -m tcp --dport 443 -m conntrack --ctstate INVALID,UNTRACKED -j SYNPROXY --sack-perm --timestamp --wscale 7 --mss 1460\n-A INPUT -m conntrack --ctstate INVALID -j DROP`,
      ),
  }),
  stops('p-dscp', 'What has no class of service', output('ip dscp cs0 tcp dport 443 drop'), /handle/),
  letsOut(
    'p-dscp-other',
    'What has another class of service',
    output('ip dscp { ef, af41 } tcp dport 443 drop; ip dscp != cs0 drop'),
  ),
  letsOut('p-tos', 'What has another type of service', {
    iptables: saved(
      'mangle',
      '',
      '-A OUTPUT -p tcp -m tos --tos 0x10/0x3f -j DROP\n-A OUTPUT -m dscp --dscp 0x2e -j DROP',
    ),
  }),
  stops(
    'p-ports-negated',
    'All ports but some',
    save('-A OUTPUT -p tcp -m multiport ! --dports 22,53,80,8443 -j REJECT --reject-with icmp-admin-prohibited'),
    /OUTPUT rule 1/,
  ),
  stops(
    'p-dispatch',
    'Jumps by device and prefix, with an else',
    {
      nft: 'table inet f {\n map out { type ifname : verdict; flags interval; elements = { "lo" : accept, "eth*" : jump wan } }\n chain wan { ip daddr vmap { 10.0.0.0/8 : accept, 44.196.0.0/16 : jump deny, * : accept }; }\n chain deny { meta l4proto . th dport vmap { udp . 53 : accept, tcp . 443 : drop }; }\n chain o { type filter hook output priority filter; policy accept; oifname vmap @out; }\n}\n',
    },
    /f deny handle|f wan handle/,
    LINK,
  ),
  letsOut('p-mss', 'Segments that are too small', {
    iptables: saved(
      'mangle',
      '',
      '-A PREROUTING -p tcp -m tcp --tcp-flags SYN SYN -m conntrack --ctstate NEW -m tcpmss ! --mss 536:65535 -j DROP\n-A PREROUTING -m conntrack --ctstate INVALID -j DROP\n-A POSTROUTING -p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu',
    ),
  }),
  letsOut('p-ttl', 'Packets that have come too far', {
    iptables: saved('mangle', '', '-A OUTPUT -m ttl --ttl-lt 5 -j DROP\n-A POSTROUTING -o eth0 -j TTL --ttl-set 65'),
  }),
  letsOut(
    'p-set-counters',
    'A set that counts: only who sent much',
    {
      iptables: saved('filter', '', '-A OUTPUT -m set --match-set feed dst --packets-gt 100000 -j DROP'),
      ipset: set('feed', 'hash:net family inet counters', '44.0.0.0/8', '54.0.0.0/8'),
    },
    /OUTPUT rule 1/,
  ),
  letsOut(
    'p-nth',
    'Every hundred thousandth',
    save('-A OUTPUT -p tcp -m tcp --dport 443 -m statistic --mode nth --every 100000 --packet 99999 -j DROP'),
    /OUTPUT rule 1/,
  ),
  stops(
    'p-six-ext',
    'IPv6: by the next header',
    {
      nft: `table ip6 f {\n chain o { type filter hook output priority filter; policy accept; exthdr hbh exists drop; ip6 nexthdr tcp ip6 daddr ${MQTT6} reject with icmpv6 admin-prohibited; }\n}\n`,
    },
    /ip6 f o handle/,
    LINK,
    SIX,
  ),
  stops(
    'p-source',
    'By the address of this host',
    output(`ip saddr ${HOST4} ip daddr != 10.0.0.0/8 tcp dport != { 22, 80 } reject with icmpx host-unreachable`),
    /handle/,
  ),
  ...both(
    stops,
    'p-suricata',
    'An intrusion prevention that is not running',
    save(
      '-A INPUT -i lo -j ACCEPT; -A OUTPUT -o lo -j ACCEPT; -A OUTPUT -p udp -m udp --dport 53 -j ACCEPT; -A OUTPUT -m mark ! --mark 0x1/0x1 -j NFQUEUE --queue-balance 0:3 --queue-cpu-fanout',
    ),
    /OUTPUT rule 3/,
  ),
  letsOut(
    'p-skip-uid',
    'Web for the web server alone, and for the Agent',
    output(
      'oif lo accept; meta skuid != { 0, 33, 100-250 } tcp dport { 80, 443 } reject; meta skgid 33 ip daddr 10.0.0.0/8 drop',
    ),
  ),
  stops(
    'p-conn-mark-later',
    'A mark that is kept, and dropped at the last hook',
    {
      nft: 'table inet m {\n chain a { type filter hook output priority mangle; policy accept; ct state new tcp dport 443 ct mark set ct mark or 0x8; }\n chain z { type filter hook postrouting priority srcnat + 1; policy accept; ct mark and 0x8 == 0x8 counter drop; }\n}\n',
    },
    /m z handle/,
  ),
  stops(
    'p-egress-netdev',
    'netdev: by device, on its way out',
    {
      nft: `table netdev wan {\n set bad { type ipv4_addr; flags interval; elements = { 44.196.0.0/16 } }\n chain e { type filter hook egress devices = { eth0, lo } priority filter; policy accept; ip daddr @bad counter drop; }\n}\n`,
    },
    /netdev wan e handle/,
    LINK,
  ),
];

export const hostCases: readonly LabCase[] = [...managers, ...tunnels, ...corners];
