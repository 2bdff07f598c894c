/** The oracle of each target that has one, by its id. The other targets are judged by the real program alone. */
import type { RenderedFile } from '../../src/model/allow-list.js';
import { awsNetworkFirewall } from './aws-network-firewall.js';
import { awsPrefixList } from './aws-prefix-list.js';
import { awsSecurityGroup } from './aws-security-group.js';
import { azureFirewall } from './azure-firewall.js';
import { azureNsg } from './azure-nsg.js';
import { bluecoat } from './bluecoat.js';
import { calico } from './calico.js';
import { checkPoint } from './check-point.js';
import { cidr4, cidr6 } from './cidr-lists.js';
import { cilium } from './cilium.js';
import { ciscoAsa } from './cisco-asa.js';
import { ciscoIosXe } from './cisco-ios-xe.js';
import { csv } from './csv.js';
import { domains } from './domains.js';
import { edl } from './edl.js';
import { fortigate } from './fortigate.js';
import { gcpFqdn } from './gcp-fqdn.js';
import { haproxy } from './haproxy.js';
import { istio } from './istio.js';
import { json } from './json.js';
import { juniperSrx } from './juniper-srx.js';
import { mikrotik } from './mikrotik.js';
import { netskope } from './netskope.js';
import { networkPolicy } from './network-policy.js';
import { opnsense } from './opnsense.js';
import type { Oracle } from './oracle.js';
import { paloAlto } from './palo-alto.js';
import { pf } from './pf.js';
import { pfsense } from './pfsense.js';
import { adguard } from './adguard.js';
import { dante } from './dante.js';
import { envoy } from './envoy.js';
import { ociNsg } from './oci-nsg.js';
import { tinyproxy } from './tinyproxy.js';
import { antrea } from './antrea.js';
import { linkerd } from './linkerd.js';
import { meraki } from './meraki.js';
import { umbrella } from './umbrella.js';
import { ipfw } from './ipfw.js';
import { openwrt } from './openwrt.js';
import { proxmox } from './proxmox.js';
import { sonicwall } from './sonicwall.js';
import { sophos } from './sophos.js';
import { terraformJson } from './terraform-json.js';
import { vyos } from './vyos.js';
import { windows } from './windows.js';
import { zscaler } from './zscaler.js';

export const ORACLES: Readonly<Record<string, Oracle>> = {
  'aws-network-firewall': awsNetworkFirewall,
  'aws-prefix-list': awsPrefixList,
  'aws-security-group': awsSecurityGroup,
  'azure-firewall': azureFirewall,
  'azure-nsg': azureNsg,
  bluecoat,
  calico,
  'check-point': checkPoint,
  cidr4,
  cidr6,
  cilium,
  'cisco-asa': ciscoAsa,
  'cisco-ios-xe': ciscoIosXe,
  'cisco-fmc': terraformJson('cisco-fmc'),
  sonicwall,
  netskope,
  sophos,
  unifi: terraformJson('unifi'),
  csv,
  domains,
  edl,
  fortigate,
  'gcp-fqdn': gcpFqdn,
  haproxy,
  istio,
  json,
  'juniper-srx': juniperSrx,
  mikrotik,
  'network-policy': networkPolicy,
  opnsense,
  'palo-alto': paloAlto,
  pf,
  pfsense,
  adguard,
  antrea,
  linkerd,
  meraki,
  umbrella,
  dante,
  envoy,
  'oci-nsg': ociNsg,
  tinyproxy,
  ipfw,
  openwrt,
  proxmox,
  vyos,
  windows,
  zscaler,
};

/** Complaints of the target's oracle; throws where there is none, so that no test passes for want of one. */
export function complaints(id: string, files: readonly RenderedFile[]): readonly string[] {
  const oracle = ORACLES[id];
  if (oracle === undefined) throw new Error(`there is no oracle for ${id}`);
  return oracle(files);
}
