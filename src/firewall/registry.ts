/** All rule targets. A new one is one file in targets/, one line here, one golden, one page in docs/rules/. */
import { unknownName } from '../model/unknown-name.js';
import type { RuleTarget } from './core/target.js';
import { adguard } from './targets/adguard.js';
import { antrea } from './targets/antrea.js';
import { awsNetworkFirewall } from './targets/aws/network-firewall.js';
import { awsPrefixList } from './targets/aws/prefix-list.js';
import { awsSecurityGroup } from './targets/aws/security-group.js';
import { azureFirewall } from './targets/azure-firewall.js';
import { azureNsg } from './targets/azure-nsg.js';
import { cidr4, cidr6 } from './targets/cidr-lists.js';
import { bluecoat } from './targets/bluecoat.js';
import { calico } from './targets/calico.js';
import { checkPoint } from './targets/check-point.js';
import { cilium } from './targets/cilium.js';
import { ciscoAsa } from './targets/cisco-asa.js';
import { ciscoFmc } from './targets/cisco-fmc.js';
import { ciscoIosXe } from './targets/cisco-ios-xe.js';
import { csv } from './targets/csv.js';
import { dante } from './targets/dante.js';
import { dnsmasq } from './targets/dnsmasq.js';
import { dockerNftables } from './targets/docker-nftables.js';
import { dockerUser } from './targets/docker-user.js';
import { domains } from './targets/domains.js';
import { edl } from './targets/edl.js';
import { envoy } from './targets/envoy.js';
import { firehol } from './targets/firehol.js';
import { firewalld } from './targets/firewalld.js';
import { ipset } from './targets/ipset.js';
import { fortigate } from './targets/fortigate.js';
import { gcpFqdn } from './targets/gcp-fqdn.js';
import { haproxy } from './targets/haproxy.js';
import { ipfw } from './targets/ipfw.js';
import { istio } from './targets/istio.js';
import { ip6tables, iptables } from './targets/iptables.js';
import { json } from './targets/json.js';
import { juniperSrx } from './targets/juniper-srx.js';
import { linkerd } from './targets/linkerd.js';
import { meraki } from './targets/meraki.js';
import { mikrotik } from './targets/mikrotik.js';
import { netskope } from './targets/netskope.js';
import { networkPolicy } from './targets/network-policy.js';
import { nftables } from './targets/nftables/nftables.js';
import { ociNsg } from './targets/oci-nsg.js';
import { openwrt } from './targets/openwrt.js';
import { opnsense } from './targets/opnsense.js';
import { paloAlto } from './targets/palo-alto.js';
import { pf } from './targets/pf.js';
import { pfsense } from './targets/pfsense.js';
import { pihole } from './targets/pihole.js';
import { proxmox } from './targets/proxmox.js';
import { shorewall } from './targets/shorewall.js';
import { sonicwall } from './targets/sonicwall.js';
import { sophos } from './targets/sophos.js';
import { squid } from './targets/squid.js';
import { tinyproxy } from './targets/tinyproxy.js';
import { ufw } from './targets/ufw.js';
import { umbrella } from './targets/umbrella.js';
import { unifi } from './targets/unifi.js';
import { vyos } from './targets/vyos.js';
import { windows } from './targets/windows.js';
import { zscaler } from './targets/zscaler.js';

export const RULE_TARGETS: readonly RuleTarget[] = [
  // hosts
  nftables,
  iptables,
  ip6tables,
  ipset,
  dockerUser,
  dockerNftables,
  ufw,
  firewalld,
  firehol,
  shorewall,
  pf,
  ipfw,
  proxmox,
  openwrt,
  windows,
  mikrotik,
  dnsmasq,
  // devices
  ciscoAsa,
  ciscoFmc,
  ciscoIosXe,
  juniperSrx,
  vyos,
  paloAlto,
  fortigate,
  pfsense,
  opnsense,
  checkPoint,
  meraki,
  sonicwall,
  sophos,
  unifi,
  // proxies
  squid,
  haproxy,
  envoy,
  tinyproxy,
  dante,
  zscaler,
  netskope,
  bluecoat,
  // clouds
  awsSecurityGroup,
  awsPrefixList,
  awsNetworkFirewall,
  azureNsg,
  azureFirewall,
  gcpFqdn,
  ociNsg,
  // clusters
  networkPolicy,
  cilium,
  calico,
  antrea,
  istio,
  linkerd,
  // lists
  domains,
  cidr4,
  cidr6,
  csv,
  json,
  edl,
  adguard,
  pihole,
  umbrella,
];

/** Throws UsageError with the nearest ids when there is no such target. */
export function findTarget(id: string): RuleTarget {
  const found = RULE_TARGETS.find((target) => target.id === id);
  if (found === undefined) throw unknownName('target', id, RULE_TARGETS, 'rules --list');
  return found;
}
