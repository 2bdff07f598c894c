/** Nothing is wrong: the plain cases. The unusual ones stand beside their nearest fault in the other files. */
import * as at from '../harness/addresses.js';
import { ROOM, TOKEN, works, type LabCase } from '../harness/case.js';

const claimConf = `[global]\n url = https://app.netdata.cloud\n token = ${TOKEN}\n rooms = ${ROOM}\n`;

export const healthyCases: readonly LabCase[] = [
  { id: 'healthy-v4', title: 'IPv4', expect: works(['agent.not_installed']) },
  {
    id: 'healthy-v6',
    title: 'The names have IPv6 addresses only, IPv6 works',
    dns: { families: '6' },
    expect: works(),
  },
  { id: 'healthy-dual', title: 'Dual stack', dns: { families: '46' }, expect: works() },
  {
    id: 'healthy-v4-host-dual-names',
    title: 'Dual-stack names, a host without IPv6',
    host: { v6: false },
    dns: { families: '46' },
    unusual: true,
    expect: works(),
  },
  {
    id: 'healthy-v6-host',
    title: 'A host with IPv6 only',
    host: { v4: false },
    dns: { families: '6' },
    resolvConf: `nameserver ${at.RESOLVER6}\n`,
    unusual: true,
    expect: works(),
  },
  {
    id: 'healthy-v6-host-dual-names',
    title: 'Dual-stack names, a host with IPv6 only',
    host: { v4: false },
    dns: { families: '46' },
    resolvConf: `nameserver ${at.RESOLVER6}\n`,
    unusual: true,
    expect: works(),
  },
  {
    id: 'healthy-allowlist',
    title: 'A strict gateway that lets exactly the three addresses out',
    gateway: [
      'ct state established,related accept',
      `ip daddr { ${at.APP4}, ${at.API4}, ${at.MQTT4} } tcp dport 443 accept`,
      'oifname "wan0" drop',
    ],
    unusual: true,
    expect: works(),
  },
  {
    id: 'healthy-local-allowlist',
    title: 'A strict local firewall that lets DNS and the three addresses out',
    local: [
      'oifname "lo" accept',
      'ct state established,related accept',
      `ip daddr { ${at.APP4}, ${at.API4}, ${at.MQTT4} } tcp dport 443 accept`,
      'meta l4proto { tcp, udp } th dport 53 accept',
      'icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept',
      'drop',
    ],
    unusual: true,
    expect: works(),
  },
  {
    id: 'healthy-claim-conf',
    title: 'A claim.conf that is ready to be used',
    files: { 'claim.conf': claimConf },
    expect: works(),
  },
  {
    id: 'healthy-unused-proxy',
    title: 'Lower-case proxy variables that point to a working proxy; direct is open too',
    env: { http_proxy: `http://${at.PROXY_NAME}:3128`, https_proxy: `http://${at.PROXY_NAME}:3128` },
    needs: ['squid'],
    unusual: true,
    expect: works(),
  },
];
