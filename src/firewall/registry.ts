/** All rule targets. A new one is one file in targets/, one line here, one golden, one page in docs/rules/. */
import { UsageError } from '../model/errors.js';
import type { RuleTarget } from './target.js';
import { awsNetworkFirewall } from './targets/aws-network-firewall.js';
import { awsPrefixList } from './targets/aws-prefix-list.js';
import { awsSecurityGroup } from './targets/aws-security-group.js';
import { azureFirewall } from './targets/azure-firewall.js';
import { azureNsg } from './targets/azure-nsg.js';
import { cidr4, cidr6 } from './targets/cidr-lists.js';
import { bluecoat } from './targets/bluecoat.js';
import { calico } from './targets/calico.js';
import { checkPoint } from './targets/check-point.js';
import { cilium } from './targets/cilium.js';
import { ciscoAsa } from './targets/cisco-asa.js';
import { ciscoIosXe } from './targets/cisco-ios-xe.js';
import { csv } from './targets/csv.js';
import { dnsmasq } from './targets/dnsmasq.js';
import { domains } from './targets/domains.js';
import { edl } from './targets/edl.js';
import { firehol } from './targets/firehol.js';
import { firewalld } from './targets/firewalld.js';
import { ipset } from './targets/ipset.js';
import { fortigate } from './targets/fortigate.js';
import { gcpFqdn } from './targets/gcp-fqdn.js';
import { haproxy } from './targets/haproxy.js';
import { istio } from './targets/istio.js';
import { ip6tables, iptables } from './targets/iptables.js';
import { json } from './targets/json.js';
import { juniperSrx } from './targets/juniper-srx.js';
import { mikrotik } from './targets/mikrotik.js';
import { networkPolicy } from './targets/network-policy.js';
import { nftables } from './targets/nftables.js';
import { opnsense } from './targets/opnsense.js';
import { paloAlto } from './targets/palo-alto.js';
import { pf } from './targets/pf.js';
import { pfsense } from './targets/pfsense.js';
import { shorewall } from './targets/shorewall.js';
import { squid } from './targets/squid.js';
import { ufw } from './targets/ufw.js';
import { windows } from './targets/windows.js';
import { zscaler } from './targets/zscaler.js';

export const RULE_TARGETS: readonly RuleTarget[] = [
  // hosts
  nftables,
  iptables,
  ip6tables,
  ipset,
  ufw,
  firewalld,
  firehol,
  shorewall,
  pf,
  windows,
  mikrotik,
  dnsmasq,
  // devices
  ciscoAsa,
  ciscoIosXe,
  juniperSrx,
  paloAlto,
  fortigate,
  pfsense,
  opnsense,
  checkPoint,
  // proxies
  squid,
  haproxy,
  zscaler,
  bluecoat,
  // clouds
  awsSecurityGroup,
  awsPrefixList,
  awsNetworkFirewall,
  azureNsg,
  azureFirewall,
  gcpFqdn,
  // clusters
  networkPolicy,
  cilium,
  calico,
  istio,
  // lists
  domains,
  cidr4,
  cidr6,
  csv,
  json,
  edl,
];

/** Ids that hold the text, that differ from it by a slip of the finger, or whose title has it as a word. */
function similar(id: string): string[] {
  const text = id.toLowerCase();
  const slip = (other: string): boolean =>
    Math.abs(other.length - text.length) <= 1 &&
    Array.from({ length: other.length + 1 }, (_, i) => i).some((i) => {
      const [a, b] = [other.slice(0, i), other.slice(i)];
      const swapped = a + b.slice(1, 2) + b.slice(0, 1) + b.slice(2);
      return [a + text.slice(i, i + 1) + b.slice(1), a + b.slice(1), a + text.slice(i, i + 1) + b, swapped].includes(
        text,
      );
    });
  const titled = (title: string): boolean =>
    text.length >= 3 &&
    title
      .toLowerCase()
      .split(/[^a-z0-9]+/)
      .includes(text);
  return RULE_TARGETS.filter(
    ({ id: other, title }) =>
      (text.length >= 3 && other.includes(text)) || text.startsWith(other) || slip(other) || titled(title),
  ).map((target) => target.id);
}

/** Throws UsageError with the nearest ids when there is no such target. */
export function findTarget(id: string): RuleTarget {
  const found = RULE_TARGETS.find((target) => target.id === id);
  if (found !== undefined) return found;
  const near = similar(id.slice(0, 40));
  const hint = near.length > 0 ? `; did you mean ${near.slice(0, 8).join(', ')}?` : '';
  throw new UsageError(`there is no target ${JSON.stringify(id.slice(0, 40))}${hint} (rules --list shows all)`);
}
