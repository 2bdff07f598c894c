/** All rule targets. A new one is one file in targets/, one line here, one golden, one page in docs/rules/. */
import { UsageError } from '../model/errors.js';
import { RULE_GROUPS, type RuleTarget } from './target.js';
import { cidr4, cidr6 } from './targets/cidr-lists.js';
import { bluecoat } from './targets/bluecoat.js';
import { checkPoint } from './targets/check-point.js';
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
import { haproxy } from './targets/haproxy.js';
import { ip6tables, iptables } from './targets/iptables.js';
import { json } from './targets/json.js';
import { juniperSrx } from './targets/juniper-srx.js';
import { mikrotik } from './targets/mikrotik.js';
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
  // lists
  domains,
  cidr4,
  cidr6,
  csv,
  json,
  edl,
];

/** Throws UsageError that lists the ids when there is no such target. */
export function findTarget(id: string): RuleTarget {
  const found = RULE_TARGETS.find((target) => target.id === id);
  if (found !== undefined) return found;
  const ids = RULE_GROUPS.flatMap((group) => RULE_TARGETS.filter((t) => t.group === group).map((t) => t.id));
  throw new UsageError(`there is no target ${JSON.stringify(id.slice(0, 40))}; targets are ${ids.join(', ')}`);
}
