/** Rulesets as clusters, containers and service meshes load them on a host. */
import { API4, APP4, HOST4, MQTT4, RESOLVER4 } from '../harness/addresses.js';
import { LINK, type LabCase } from '../harness/case.js';
import { both, letsOut, saved, set, stops } from './local-rules-kit.js';

const calicoNft = (allowed: string): string => `table ip calico {
 set cali40s-egress-allowed { type ipv4_addr; flags interval; elements = { ${allowed} } }
 chain filter-OUTPUT { type filter hook output priority filter; policy accept; counter jump filter-cali-OUTPUT; }
 chain filter-cali-OUTPUT {
  meta mark & 0x00010000 == 0x00010000 counter accept
  oifname "cali*" counter return
  meta mark set meta mark & 0xfff0ffff counter
  ct status dnat counter return
  counter jump filter-cali-to-host-endpoint
  meta mark & 0x00010000 == 0x00010000 counter accept comment "Host endpoint policy accepted packet."
 }
 chain filter-cali-to-host-endpoint { oifname "eth0" counter goto filter-cali-th-eth0; }
 chain filter-cali-th-eth0 {
  ct state { established, related } counter accept
  ct state invalid counter drop
  meta mark set meta mark & 0xfffcffff counter
  udp dport 53 counter accept
  counter jump filter-cali-po-egress
  meta mark & 0x00010000 == 0x00010000 counter return
  meta mark & 0x00020000 == 0 counter drop comment "Drop if no policies passed packet"
  counter drop comment "Drop if no profiles matched"
 }
 chain filter-cali-po-egress {
  ip daddr @cali40s-egress-allowed tcp dport { 80, 443 } meta mark set meta mark | 0x00010000 counter
  meta mark & 0x00010000 == 0x00010000 counter return
 }
}
`;

const kubeProxyNft = (rules: string): string => `table ip kube-proxy {
 comment "rules for kube-proxy"
 set cluster-ips { type ipv4_addr; comment "Active ClusterIPs"; elements = { 10.96.0.1, 10.96.0.10 } }
 set nodeport-ips { type ipv4_addr; comment "IPs that accept NodePort traffic"; elements = { ${HOST4} } }
 map firewall-ips { type ipv4_addr . inet_proto . inet_service : verdict; comment "destinations that are subject to LoadBalancerSourceRanges"; }
 map service-ips {
  type ipv4_addr . inet_proto . inet_service : verdict
  comment "ClusterIP, ExternalIP and LoadBalancer IP traffic"
  elements = { 10.96.0.1 . tcp . 443 : goto service-2QRHZV4L-default/kubernetes/tcp/https${rules} }
 }
 map service-nodeports { type inet_proto . inet_service : verdict; comment "NodePort traffic"; }
 chain filter-prerouting { type filter hook prerouting priority dstnat - 10; policy accept; ct state new jump firewall-check; }
 chain filter-output { type filter hook output priority -110; policy accept; ct state new jump firewall-check; }
 chain filter-output-post-dnat { type filter hook output priority -90; policy accept; ct state new jump cluster-ips-check; }
 chain nat-output { type nat hook output priority -100; policy accept; jump services; }
 chain nat-postrouting { type nat hook postrouting priority srcnat; policy accept; jump masquerading; }
 chain firewall-check { ip daddr . meta l4proto . th dport vmap @firewall-ips; }
 chain cluster-ips-check { ip daddr @cluster-ips reject comment "Reject traffic to invalid ports of ClusterIPs"; ip daddr { 10.96.0.0/16 } drop comment "Drop traffic to unallocated ClusterIPs"; }
 chain services { ip daddr . meta l4proto . th dport vmap @service-ips; ip daddr @nodeport-ips meta l4proto . th dport vmap @service-nodeports; }
 chain masquerading { meta mark & 0x4000 == 0 return; meta mark set meta mark ^ 0x4000; masquerade fully-random; }
 chain mark-for-masquerade { meta mark set meta mark | 0x4000; }
 chain service-2QRHZV4L-default/kubernetes/tcp/https { ip saddr != 10.244.0.0/16 jump mark-for-masquerade; numgen random mod 1 vmap { 0 : goto endpoint-5OJB2KTY-default/kubernetes/tcp/https__10.99.9.9/6443 }; }
 chain endpoint-5OJB2KTY-default/kubernetes/tcp/https__10.99.9.9/6443 { ip saddr 10.99.9.9 jump mark-for-masquerade; meta l4proto tcp dnat to 10.99.9.9:6443; }
}
`;

const kubeNat = `*nat
:KUBE-SERVICES - [0:0]
:KUBE-NODEPORTS - [0:0]
:KUBE-POSTROUTING - [0:0]
:KUBE-MARK-MASQ - [0:0]
:KUBE-SVC-NPX46M4PTMTKRN6Y - [0:0]
:KUBE-SEP-A - [0:0]
:KUBE-SEP-B - [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0
-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully
-A KUBE-SERVICES -d 10.96.0.1/32 -p tcp -m comment --comment "default/kubernetes:https cluster IP" -m tcp --dport 443 -j KUBE-SVC-NPX46M4PTMTKRN6Y
-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
-A KUBE-SVC-NPX46M4PTMTKRN6Y ! -s 10.244.0.0/16 -d 10.96.0.1/32 -p tcp -m tcp --dport 443 -j KUBE-MARK-MASQ
-A KUBE-SVC-NPX46M4PTMTKRN6Y -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-A
-A KUBE-SVC-NPX46M4PTMTKRN6Y -j KUBE-SEP-B
-A KUBE-SEP-A -p tcp -m tcp -j DNAT --to-destination 10.244.0.2:6443
-A KUBE-SEP-B -p tcp -m tcp -j DNAT --to-destination 10.244.0.3:6443
COMMIT
*filter
:KUBE-FIREWALL - [0:0]
:KUBE-EXTERNAL-SERVICES - [0:0]
:KUBE-PROXY-FIREWALL - [0:0]
:KUBE-SERVICES - [0:0]
-A INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL
-A INPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes externally-visible service portals" -j KUBE-EXTERNAL-SERVICES
-A INPUT -j KUBE-FIREWALL
-A OUTPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes load balancer firewall" -j KUBE-PROXY-FIREWALL
-A OUTPUT -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A OUTPUT -j KUBE-FIREWALL
-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections" -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP
COMMIT
`;

const pve = (last: string): string =>
  saved(
    'filter',
    'PVEFW-INPUT PVEFW-OUTPUT PVEFW-HOST-OUT PVEFW-HOST-IN PVEFW-Drop PVEFW-DropBroadcast PVEFW-Reject PVEFW-reject PVEFW-SET-ACCEPT-MARK PVEFW-tcpflags',
    `-A INPUT -j PVEFW-INPUT
-A OUTPUT -j PVEFW-OUTPUT
-A PVEFW-INPUT -j PVEFW-HOST-IN
-A PVEFW-HOST-IN -i lo -j ACCEPT
-A PVEFW-HOST-IN -m conntrack --ctstate INVALID -j DROP
-A PVEFW-HOST-IN -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A PVEFW-HOST-IN -m conntrack --ctstate INVALID,NEW -j PVEFW-tcpflags
-A PVEFW-HOST-IN -j PVEFW-Drop
-A PVEFW-HOST-IN -j DROP
-A PVEFW-OUTPUT -j PVEFW-HOST-OUT
-A PVEFW-HOST-OUT -o lo -j ACCEPT
-A PVEFW-HOST-OUT -m conntrack --ctstate INVALID -j DROP
-A PVEFW-HOST-OUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A PVEFW-HOST-OUT -p igmp -j RETURN
-A PVEFW-HOST-OUT -p udp -m udp --dport 53 -j RETURN
-A PVEFW-HOST-OUT -d 10.77.0.0/24 -p tcp -m tcp --dport 8006 -j RETURN
-A PVEFW-HOST-OUT -p udp -m addrtype --dst-type MULTICAST -m udp --dport 5405:5412 -j RETURN
${last}
-A PVEFW-Drop -j PVEFW-DropBroadcast
-A PVEFW-Drop -p icmp -m icmp --icmp-type 3/4 -j ACCEPT
-A PVEFW-Drop -m conntrack --ctstate INVALID -j DROP
-A PVEFW-Drop -p udp -m multiport --dports 135,445 -j DROP
-A PVEFW-Drop -p tcp -m multiport --dports 135,139,445 -j DROP
-A PVEFW-Drop -p udp -m udp --dport 1900 -j DROP
-A PVEFW-Drop -p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -j DROP
-A PVEFW-DropBroadcast -m addrtype --dst-type BROADCAST -j DROP
-A PVEFW-DropBroadcast -m addrtype --dst-type MULTICAST -j DROP
-A PVEFW-DropBroadcast -d 224.0.0.0/4 -j DROP
-A PVEFW-Reject -p tcp -m multiport --dports 135,139,445 -j PVEFW-reject
-A PVEFW-SET-ACCEPT-MARK -j MARK --set-xmark 0x80000000/0x80000000
-A PVEFW-reject -m addrtype --dst-type BROADCAST -j DROP
-A PVEFW-reject -s 224.0.0.0/4 -j DROP
-A PVEFW-reject -p icmp -j DROP
-A PVEFW-reject -p tcp -j REJECT --reject-with tcp-reset
-A PVEFW-reject -p udp -j REJECT --reject-with icmp-port-unreachable
-A PVEFW-tcpflags -p tcp -m tcp --tcp-flags FIN,SYN,RST,PSH,ACK,URG FIN,PSH,URG -j DROP
-A PVEFW-tcpflags -p tcp -m tcp --tcp-flags SYN,RST SYN,RST -j DROP
-A PVEFW-tcpflags -p tcp -m tcp --sport 0 --tcp-flags FIN,SYN,RST,ACK SYN -j DROP`,
  );

const pveNft = `table inet proxmox-firewall {
 set v4-dc/management { type ipv4_addr; flags interval; auto-merge; elements = { 10.77.0.0/24 } }
 chain do-reject { meta pkttype broadcast drop; ip saddr 224.0.0.0/4 drop; meta l4proto tcp reject with tcp reset; meta l4proto { icmp, ipv6-icmp } reject; reject with icmp host-prohibited; }
 chain accept-management { ip saddr @v4-dc/management ip saddr != @v4-dc/management accept; }
 chain output { type filter hook output priority filter; policy accept; udp sport . udp dport vmap { 546-546 . 547 : accept }; oifname "lo" accept; ct state vmap { invalid : drop, established : accept, related : accept }; jump host-out; }
 chain host-out { udp dport 53 accept; ip daddr @v4-dc/management tcp dport { 22, 3128, 8006, 60000-60050 } accept; meta l4proto tcp log prefix ":0:6:PVEFW-HOST-OUT: REJECT: " group 0 jump do-reject; drop; }
 chain input { type filter hook input priority filter; policy drop; iifname "lo" accept; ct state vmap { invalid : drop, established : accept, related : accept }; meta l4proto ipv6-icmp accept; }
}
`;

const ciliumPolicy = saved(
  'raw',
  'CILIUM_OUTPUT_raw CILIUM_PRE_raw',
  `-A PREROUTING -m comment --comment "cilium-feeder: CILIUM_PRE_raw" -j CILIUM_PRE_raw
-A OUTPUT -m comment --comment "cilium-feeder: CILIUM_OUTPUT_raw" -j CILIUM_OUTPUT_raw
-A CILIUM_OUTPUT_raw -d 10.0.0.0/8 -m mark --mark 0xa00/0xfffffeff -m comment --comment "cilium: NOTRACK for proxy return traffic" -j CT --notrack
-A CILIUM_OUTPUT_raw -o lxc+ -m mark --mark 0xa00/0xfffffeff -m comment --comment "cilium: NOTRACK for proxy return traffic" -j CT --notrack
-A CILIUM_PRE_raw -m mark --mark 0x200/0xf00 -m comment --comment "cilium: NOTRACK for proxy traffic" -j CT --notrack`,
).concat(
  saved(
    'mangle',
    'CILIUM_PRE_mangle',
    `-A PREROUTING -m comment --comment "cilium-feeder: CILIUM_PRE_mangle" -j CILIUM_PRE_mangle
-A CILIUM_PRE_mangle ! -o lo -m socket --transparent -m mark ! --mark 0xe00/0xf00 -m mark ! --mark 0x800/0xf00 -m comment --comment "cilium: any->pod redirect proxied traffic to host proxy" -j MARK --set-xmark 0x200/0xffffffff
-A CILIUM_PRE_mangle -p tcp -m mark --mark 0x200/0xffffffff -m comment --comment "cilium: TPROXY to host cilium-dns-egress proxy" -j TPROXY --on-port 33445 --on-ip 127.0.0.1 --tproxy-mark 0x200/0xffffffff`.replace(
      '! -o lo ',
      '',
    ),
  ),
);

const meshed = (redirect: string): string =>
  saved(
    'nat',
    'ISTIO_OUTPUT',
    `-A OUTPUT -j ISTIO_OUTPUT
-A ISTIO_OUTPUT -d 169.254.7.127/32 -p tcp -m tcp -j ACCEPT
-A ISTIO_OUTPUT -p tcp -m mark --mark 0x111/0xfff -j ACCEPT
${redirect}`,
  );

export const clusterCases: readonly LabCase[] = [
  stops(
    'p-calico-nft',
    'Calico in its nftables mode: a host endpoint without the cloud',
    { nft: calicoNft('10.0.0.0/8, 54.198.178.11, 44.207.131.212') },
    /filter-cali-th-eth0 handle/,
    LINK,
  ),
  letsOut('p-calico-nft-ok', 'Calico in its nftables mode: the cloud is allowed', {
    nft: calicoNft('44.0.0.0/8, 54.198.178.11'),
  }),
  letsOut('p-kube-proxy-nft-ok', 'kube-proxy in its nftables mode', { nft: kubeProxyNft('') }),
  stops(
    'p-kube-proxy-nft-external',
    'kube-proxy: an external address of a service is that of the cloud',
    {
      nft: kubeProxyNft(`, ${MQTT4} . tcp . 443 : goto service-2QRHZV4L-default/kubernetes/tcp/https`),
    },
    /kube-proxy .*handle/,
    LINK,
  ),
  letsOut('p-kube-full', 'kube-proxy with iptables: services, statistics and marks', { iptables: kubeNat }),
  letsOut('p-kube-full-legacy', 'kube-proxy with iptables (legacy)', { iptables: kubeNat, backend: 'legacy' }),
  letsOut('p-node-local-dns', 'NodeLocal DNSCache keeps its packets from conntrack', {
    iptables: saved(
      'raw',
      '',
      '-A PREROUTING -d 169.254.20.10/32 -p udp -m udp --dport 53 -j CT --notrack\n-A OUTPUT -s 169.254.20.10/32 -p tcp -m tcp --sport 53 -j CT --notrack\n-A OUTPUT -d 169.254.20.10/32 -p udp -m udp --dport 53 -j CT --notrack\n-A OUTPUT -d 169.254.20.10/32 -p tcp -m tcp --dport 8080 -j CT --notrack',
    ),
  }),
  letsOut('p-cilium-raw', 'Cilium: notrack and TPROXY for what it proxies', { iptables: ciliumPolicy }),
  letsOut('p-flannel', 'flannel: masquerading', {
    iptables: saved(
      'nat',
      'FLANNEL-POSTRTG',
      '-A POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG\n-A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 -m comment --comment "flanneld masq" -j RETURN\n-A FLANNEL-POSTRTG -s 10.244.0.0/16 ! -d 224.0.0.0/4 -m comment --comment "flanneld masq" -j MASQUERADE --random-fully\n-A FLANNEL-POSTRTG ! -s 10.244.0.0/16 -d 10.244.0.0/16 -m comment --comment "flanneld masq" -j MASQUERADE --random-fully',
    ),
  }),
  letsOut('p-aws-vpc-cni', 'AWS VPC CNI: connmarks and SNAT', {
    iptables:
      saved(
        'mangle',
        '',
        '-A PREROUTING -i eth0 -m comment --comment "AWS, primary ENI" -m addrtype --dst-type LOCAL --limit-iface-in -j CONNMARK --set-xmark 0x80/0x80\n-A PREROUTING -i eni+ -m comment --comment "AWS, primary ENI" -j CONNMARK --restore-mark --nfmask 0x80 --ctmask 0x80',
      ) +
      saved(
        'nat',
        'AWS-SNAT-CHAIN-0 AWS-SNAT-CHAIN-1 AWS-CONNMARK-CHAIN-0',
        `-A POSTROUTING -m comment --comment "AWS SNAT CHAIN" -j AWS-SNAT-CHAIN-0\n-A AWS-SNAT-CHAIN-0 ! -d 10.0.0.0/8 -m comment --comment "AWS SNAT CHAIN" -j AWS-SNAT-CHAIN-1\n-A AWS-SNAT-CHAIN-1 ! -o vlan+ -m comment --comment "AWS, SNAT" -m addrtype ! --dst-type LOCAL -j SNAT --to-source ${HOST4} --random-fully\n-A AWS-CONNMARK-CHAIN-0 ! -d 10.0.0.0/8 -m comment --comment "AWS CONNMARK CHAIN, VPC CIDR" -j RETURN`,
      ),
  }),
  letsOut('p-ecs-agent', 'Amazon ECS: credentials are redirected', {
    iptables: saved(
      'nat',
      '',
      '-A OUTPUT -d 169.254.170.2/32 -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 51679\n-A PREROUTING -d 169.254.170.2/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 127.0.0.1:51679',
    ),
  }),
  ...both(
    letsOut,
    'p-azure-agent',
    'Azure: its own services for root alone',
    {
      iptables: saved(
        'security',
        '',
        '-A OUTPUT -d 168.63.129.16/32 -p tcp -m tcp --dport 53 -j ACCEPT\n-A OUTPUT -d 168.63.129.16/32 -p tcp -m owner --uid-owner 0 -j ACCEPT\n-A OUTPUT -d 168.63.129.16/32 -p tcp -m conntrack --ctstate INVALID,NEW -j DROP',
      ),
    },
    null,
  ),
  stops(
    'p-proxmox',
    'Proxmox VE: outgoing denied by default',
    { iptables: pve('-A PVEFW-HOST-OUT -j PVEFW-Drop\n-A PVEFW-HOST-OUT -j DROP') },
    /PVEFW-HOST-OUT rule 9/,
  ),
  stops(
    'p-proxmox-reject',
    'Proxmox VE: outgoing rejected',
    { iptables: pve('-A PVEFW-HOST-OUT -j PVEFW-Reject\n-A PVEFW-HOST-OUT -g PVEFW-reject') },
    /PVEFW-reject rule 4/,
  ),
  letsOut('p-proxmox-ok', 'Proxmox VE as it comes', {
    iptables: pve(
      '-A PVEFW-HOST-OUT -p tcp -g PVEFW-SET-ACCEPT-MARK\n-A PVEFW-OUTPUT -m mark --mark 0x80000000/0x80000000 -j ACCEPT',
    ),
  }),
  stops('p-proxmox-nft', 'Proxmox VE with nftables', { nft: pveNft }, /proxmox-firewall do-reject handle/),
  letsOut('p-libvirt', 'libvirt: networks of guests', {
    nft: 'table ip libvirt_network {\n chain forward { type filter hook forward priority filter; policy accept; counter jump guest_cross; counter jump guest_input; counter jump guest_output; }\n chain guest_output { ip saddr 192.168.122.0/24 iif "lo" counter accept; iif "lo" counter reject; }\n chain guest_input { oif "lo" ip daddr 192.168.122.0/24 ct state established,related counter accept; oif "lo" counter reject; }\n chain guest_cross { iif "lo" oif "lo" counter accept; }\n chain guest_nat { type nat hook postrouting priority srcnat; policy accept; ip saddr 192.168.122.0/24 ip daddr 224.0.0.0/24 counter return; meta l4proto tcp ip saddr 192.168.122.0/24 ip daddr != 192.168.122.0/24 counter masquerade to :1024-65535; ip saddr 192.168.122.0/24 ip daddr != 192.168.122.0/24 counter masquerade; }\n}\n',
  }),
  letsOut('p-lxd', 'LXD and Incus: a bridge of containers', {
    nft: 'table inet incus {\n chain pstrt.incusbr0 { type nat hook postrouting priority srcnat; policy accept; ip saddr 10.8.0.0/24 ip daddr != 10.8.0.0/24 masquerade; }\n chain fwd.incusbr0 { type filter hook forward priority filter; policy accept; ip version 4 oifname "incusbr0" accept; ip version 4 iifname "incusbr0" accept; }\n chain in.incusbr0 { type filter hook input priority filter; policy accept; iifname "incusbr0" tcp dport 53 accept; iifname "incusbr0" udp dport 67 accept; }\n chain out.incusbr0 { type filter hook output priority filter; policy accept; oifname "incusbr0" tcp sport 53 accept; oifname "incusbr0" udp sport 67 accept; }\n chain aclout.incusbr0 { ct state established,related accept; oifname "incusbr0" reject with icmpx admin-prohibited; }\n}\n',
  }),
  letsOut('p-netavark', 'podman (netavark): a published port 443', {
    nft: 'table inet netavark {\n chain INPUT { type filter hook input priority filter; policy accept; ip saddr 10.88.0.0/16 meta l4proto { tcp, udp } th dport 53 accept; }\n chain FORWARD { type filter hook forward priority filter; policy accept; ct state invalid drop; jump NETAVARK-ISOLATION-1; ip daddr 10.88.0.0/16 ct state established,related accept; ip saddr 10.88.0.0/16 accept; }\n chain NETAVARK-ISOLATION-1 { iifname "podman0" oifname != "podman0" jump NETAVARK-ISOLATION-2; }\n chain NETAVARK-ISOLATION-2 { oifname "podman0" drop; }\n chain POSTROUTING { type nat hook postrouting priority srcnat; policy accept; meta mark & 0x2000 == 0x2000 masquerade; ip saddr 10.88.0.0/16 jump nv_2f259bab_10_88_0_0_nm16; }\n chain nv_2f259bab_10_88_0_0_nm16 { ip daddr 10.88.0.0/16 accept; ip daddr != 224.0.0.0/4 masquerade; }\n chain PREROUTING { type nat hook prerouting priority dstnat; policy accept; fib daddr type local jump NETAVARK-HOSTPORT-DNAT; }\n chain OUTPUT { type nat hook output priority -100; policy accept; fib daddr type local jump NETAVARK-HOSTPORT-DNAT; }\n chain NETAVARK-HOSTPORT-SETMARK { meta mark set meta mark | 0x2000; }\n chain NETAVARK-HOSTPORT-DNAT { tcp dport 443 jump nv_2f259bab_10_88_0_0_nm16_dnat; }\n chain nv_2f259bab_10_88_0_0_nm16_dnat { ip saddr 10.88.0.0/16 tcp dport 443 jump NETAVARK-HOSTPORT-SETMARK; ip saddr 127.0.0.1 tcp dport 443 jump NETAVARK-HOSTPORT-SETMARK; tcp dport 443 dnat ip to 10.88.0.2:443; }\n}\n',
  }),
  letsOut('p-docker-nft', 'Docker 29 with nftables: a published port 443', {
    nft: 'table ip docker-bridges {\n map filter-forward-in-jumps { type ifname : verdict; elements = { "docker0" : jump filter-forward-in__docker0 } }\n map nat-postrouting-out-jumps { type ifname : verdict; elements = { "docker0" : jump nat-postrouting-out__docker0 } }\n chain filter-FORWARD { type filter hook forward priority filter; policy accept; oifname vmap @filter-forward-in-jumps; }\n chain filter-forward-in__docker0 { ct state established,related counter accept; ip daddr 172.17.0.2 tcp dport 443 counter accept; counter drop comment "UNPUBLISHED PORT DROP"; }\n chain nat-OUTPUT { type nat hook output priority -100; policy accept; ip daddr != 127.0.0.0/8 fib daddr type local counter jump nat-prerouting-and-output; }\n chain nat-PREROUTING { type nat hook prerouting priority dstnat; policy accept; fib daddr type local counter jump nat-prerouting-and-output; }\n chain nat-prerouting-and-output { iifname != "docker0" tcp dport 443 counter dnat to 172.17.0.2:443 comment "DNAT"; }\n chain nat-POSTROUTING { type nat hook postrouting priority srcnat; policy accept; iifname vmap @nat-postrouting-out-jumps; }\n chain nat-postrouting-out__docker0 { oifname != "docker0" ip saddr 172.17.0.0/16 counter masquerade comment "MASQUERADE"; }\n chain raw-PREROUTING { type filter hook prerouting priority raw; policy accept; iifname != "docker0" ip daddr 172.17.0.2 counter drop comment "DROP DIRECT ACCESS"; }\n}\n',
  }),
  letsOut('p-swarm', 'Docker Swarm: an ingress on 443', {
    iptables: saved(
      'nat',
      'DOCKER DOCKER-INGRESS',
      '-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER-INGRESS\n-A OUTPUT -m addrtype --dst-type LOCAL -j DOCKER-INGRESS\n-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER\n-A POSTROUTING -o docker_gwbridge -m addrtype --src-type LOCAL -j MASQUERADE\n-A DOCKER-INGRESS -p tcp -m tcp --dport 443 -j DNAT --to-destination 172.18.0.2:443\n-A DOCKER-INGRESS -j RETURN\n-A DOCKER -i docker_gwbridge -j RETURN',
    ),
  }),
  stops(
    'p-docker-own-443',
    'Docker rules without a look at the address: the host calls its own container',
    {
      iptables: saved(
        'nat',
        'DOCKER',
        '-A OUTPUT -p tcp -j DOCKER\n-A DOCKER -i docker0 -j RETURN\n-A DOCKER ! -i docker0 -p tcp -m tcp --dport 443 -j DNAT --to-destination 172.17.0.2:443',
      ),
    },
    /nat DOCKER rule 2/,
  ),
  letsOut('p-cni-hostport', 'CNI: ports of pods on the host', {
    iptables: saved(
      'nat',
      'CNI-HOSTPORT-DNAT CNI-DN-1 CNI-HOSTPORT-SETMARK CNI-HOSTPORT-MASQ',
      '-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT\n-A OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT\n-A POSTROUTING -m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ\n-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"nomad\\" id: \\"x\\"" -m multiport --dports 443 -j CNI-DN-1\n-A CNI-DN-1 -s 127.0.0.1/32 -p tcp -m tcp --dport 443 -j CNI-HOSTPORT-SETMARK\n-A CNI-DN-1 -p tcp -m tcp --dport 443 -j DNAT --to-destination 172.26.64.2:443\n-A CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE\n-A CNI-HOSTPORT-SETMARK -m comment --comment "CNI portfwd masquerade mark" -j MARK --set-xmark 0x2000/0x2000',
    ),
  }),
  stops(
    'p-ztunnel',
    'Istio ambient: sent to a ztunnel that is gone',
    {
      iptables: meshed(
        '-A ISTIO_OUTPUT ! -d 127.0.0.1/32 -o lo -j ACCEPT\n-A ISTIO_OUTPUT ! -d 127.0.0.1/32 -p tcp -m mark ! --mark 0x539/0xfff -j REDIRECT --to-ports 15001',
      ),
    },
    /nat ISTIO_OUTPUT rule 4/,
  ),
  letsOut('p-ztunnel-dns', 'Istio ambient: DNS alone is captured, for others', {
    iptables: meshed(
      '-A ISTIO_OUTPUT -p udp -m mark ! --mark 0x539/0xfff -m udp --dport 5353 -j REDIRECT --to-ports 15053',
    ),
  }),
  stops(
    'p-consul',
    'Consul Connect: sent to a sidecar that is gone',
    {
      iptables: saved(
        'nat',
        'CONSUL_PROXY_INBOUND CONSUL_PROXY_OUTPUT CONSUL_PROXY_REDIRECT CONSUL_DNS_REDIRECT',
        '-A OUTPUT -p tcp -j CONSUL_PROXY_OUTPUT\n-A PREROUTING -p tcp -j CONSUL_PROXY_INBOUND\n-A CONSUL_PROXY_INBOUND -p tcp -m tcp --dport 19000 -j RETURN\n-A CONSUL_PROXY_OUTPUT -p tcp -m tcp --dport 19000 -j CONSUL_PROXY_REDIRECT\n-A CONSUL_PROXY_OUTPUT -m owner --uid-owner 5995 -j RETURN\n-A CONSUL_PROXY_OUTPUT -d 127.0.0.1/32 -j RETURN\n-A CONSUL_PROXY_OUTPUT -j CONSUL_PROXY_REDIRECT\n-A CONSUL_PROXY_REDIRECT -p tcp -j REDIRECT --to-ports 15001',
      ),
    },
    /nat CONSUL_PROXY_REDIRECT rule 1/,
  ),
  stops(
    'p-linkerd',
    'Linkerd: sent to a proxy that is gone',
    {
      iptables: saved(
        'nat',
        'PROXY_INIT_OUTPUT PROXY_INIT_REDIRECT',
        '-A PREROUTING -m comment --comment "proxy-init/install-proxy-init-prerouting" -j PROXY_INIT_REDIRECT\n-A OUTPUT -m comment --comment "proxy-init/install-proxy-init-output" -j PROXY_INIT_OUTPUT\n-A PROXY_INIT_OUTPUT -m owner --uid-owner 2102 -m comment --comment "proxy-init/ignore-proxy-user-id" -j RETURN\n-A PROXY_INIT_OUTPUT -o lo -m comment --comment "proxy-init/ignore-loopback" -j RETURN\n-A PROXY_INIT_OUTPUT -p tcp -m multiport --dports 4567,4568 -m comment --comment "proxy-init/ignore-port-4567,4568" -j RETURN\n-A PROXY_INIT_OUTPUT -p tcp -m comment --comment "proxy-init/redirect-all-outgoing-to-proxy-port" -j REDIRECT --to-ports 4140\n-A PROXY_INIT_REDIRECT -p tcp -m multiport --dports 4190,4191 -j RETURN\n-A PROXY_INIT_REDIRECT -p tcp -j REDIRECT --to-ports 4143',
      ),
      backend: 'legacy',
    },
    /nat PROXY_INIT_OUTPUT rule 4/,
  ),
  letsOut('p-linkerd-skip', 'Linkerd: 443 is skipped', {
    iptables: saved(
      'nat',
      'PROXY_INIT_OUTPUT',
      '-A OUTPUT -m comment --comment "proxy-init/install-proxy-init-output" -j PROXY_INIT_OUTPUT\n-A PROXY_INIT_OUTPUT -m owner --uid-owner 2102 -j RETURN\n-A PROXY_INIT_OUTPUT -o lo -j RETURN\n-A PROXY_INIT_OUTPUT -p tcp -m multiport --dports 25,443,587 -m comment --comment "proxy-init/ignore-port-25,443,587" -j RETURN\n-A PROXY_INIT_OUTPUT -p tcp -j REDIRECT --to-ports 4140',
    ),
  }),
  stops(
    'p-weave',
    'A network policy that counts by marks',
    {
      iptables: saved(
        'filter',
        'WEAVE-NPC-EGRESS WEAVE-NPC-EGRESS-ACCEPT WEAVE-NPC-EGRESS-CUSTOM',
        '-A OUTPUT -o eth0 -j WEAVE-NPC-EGRESS\n-A OUTPUT -o eth0 -p tcp -m mark ! --mark 0x40000/0x40000 -j DROP\n-A WEAVE-NPC-EGRESS -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n-A WEAVE-NPC-EGRESS -m conntrack --ctstate NEW -j WEAVE-NPC-EGRESS-CUSTOM\n-A WEAVE-NPC-EGRESS-ACCEPT -j MARK --set-xmark 0x40000/0x40000\n-A WEAVE-NPC-EGRESS-CUSTOM -m set --match-set weave-allowed dst,dst -j WEAVE-NPC-EGRESS-ACCEPT\n-A WEAVE-NPC-EGRESS-CUSTOM -m set --match-set weave-allowed dst,dst -j RETURN',
      ),
      ipset: set(
        'weave-allowed',
        'hash:ip,port family inet',
        `${APP4},tcp:443`,
        `${API4},tcp:443`,
        `${RESOLVER4},udp:53`,
      ),
    },
    /OUTPUT rule 2/,
    LINK,
  ),
];
