/** What is asked for: destinations, and the rule in the words of whoever has to act. */
import type { Blame, FoundFinding } from '../model/finding.js';
import type { Report } from '../model/report.js';
import { LEGS, type Leg } from '../model/route.js';
import { safeText } from './escape.js';

export interface Destination {
  readonly host: string;
  readonly port: number;
  readonly why: string;
  readonly required: boolean;
  /** As they resolve from this host now. */
  readonly addresses: readonly string[];
}

const WHY: Readonly<Record<Leg, string>> = {
  claim: 'registers this server with Netdata Cloud',
  env: 'tells the Agent which endpoints to use',
  auth: 'signs the Agent in',
  link: 'carries the permanent link: MQTT over WebSocket over TLS, one long-lived connection',
};

/** Hosts that the Agent needs, one line each, in the order in which it needs them. */
export function destinations(report: Report): readonly Destination[] {
  const byHost = new Map<string, Destination>();
  const order = (leg: Leg | null): number => (leg === null ? LEGS.length : LEGS.indexOf(leg));
  for (const target of [...report.targets].sort((a, b) => order(a.leg) - order(b.leg))) {
    const key = `${target.host} ${String(target.port)}`;
    const why = target.leg === null ? `needed to ${target.purpose} the Agent` : WHY[target.leg];
    const had = byHost.get(key);
    byHost.set(key, {
      host: safeText(target.host, 255),
      port: target.port,
      why: had === undefined || had.why.includes(why) ? why : `${had.why}; ${why}`,
      required: (had?.required ?? false) || target.required,
      addresses: addressesOf(report, target.host),
    });
  }
  return [...byHost.values()];
}

/** Causes that put the resolver's own answer in doubt. */
const LYING = /^dns\.(?:sinkhole|hijacked|hosts_override|resolvers_disagree)$/u;
const ELSEWHERE: readonly string[] = ['known_address', 'other_resolver_address'];

/** What no rule must ever let out: dead ends and what is not proven to be the cloud while the resolver is in doubt. */
function addressesOf(report: Report, host: string): readonly string[] {
  const facts = report.addresses.filter((one) => one.host === host);
  const classOf = (address: string) => facts.find((one) => one.address === address)?.class ?? 'unproven';
  const doubted = report.findings.some(
    (finding) => finding.outcome === 'found' && finding.severity !== 'notes' && LYING.test(finding.id),
  );
  const seen = report.observations.flatMap((one) =>
    one.operation === 'resolve' && one.hostname === host && one.role.kind !== 'control'
      ? one.addresses.map(({ address }) => address)
      : [],
  );
  const usable = seen.filter((address) => {
    const kind = classOf(address);
    return kind !== 'sinkhole' && !(doubted && kind === 'unproven');
  });
  // Addresses of other sources, at which this very name showed its certificate.
  const published = report.observations.flatMap((one) =>
    one.operation === 'tls_handshake' &&
    one.role.kind === 'control' &&
    ELSEWHERE.includes(one.role.control) &&
    one.expectedName === host &&
    one.failure === null &&
    one.nameMatches === true &&
    one.address !== null
      ? [one.address]
      : [],
  );
  return [...new Set((usable.length > 0 ? usable : published).map((address) => safeText(address, 60)))];
}

/** The part of a finding that decides what is asked for. */
type Asked = Pick<FoundFinding, 'data'> & { readonly id: string };

/** What the finding asks its addressee to do, beyond the plain opening of the destinations. */
export function request(finding: Asked | null, hosts: readonly Destination[]): readonly string[] {
  const names = hosts.filter(({ required }) => required).map(({ host }) => host);
  const [layer] = (finding?.id ?? 'tcp').split('.');
  const own = OWN[finding?.id ?? ''];
  if (own !== undefined) return [...own(finding, names), ...(finding?.id === 'mqtt.idle_cut' ? [] : openings(hosts))];
  switch (layer) {
    case 'host':
    case 'agent':
      return [
        'On the server itself: what the report says under the cause. On the network these must stay open:',
        ...openings(hosts),
      ];
    case 'dns':
      return [
        `Let these names resolve for the source above, unfiltered: ${names.join(', ')}.`,
        'They belong to Netdata Cloud (netdata.cloud): an exception for that domain and everything below it does it.',
      ];
    case 'proxy':
      return [
        ...(finding?.id.startsWith('proxy.auth_') === true
          ? [
              'Either let the source above pass without a login (by its address, for these destinations), or give it a user and password of the scheme Basic. Other schemes (NTLM, Kerberos, Digest) are beyond the Agent.',
            ]
          : []),
        `Allow the method CONNECT (SOCKS: the command CONNECT) to port 443 of ${names.join(', ')} for the source above, as a plain tunnel: ` +
          'no login page, no TLS inspection, no limit on its lifetime, and at least 120 s (better 300 s) of silence allowed.',
        'Squid, ahead of the rules that ask for a login:',
        '  acl netdata_server src SOURCE',
        `  acl netdata_cloud dstdomain -n ${names.join(' ')}`,
        '  http_access allow CONNECT netdata_server netdata_cloud',
      ];
    case 'tls':
    case 'http':
    case 'ws':
    case 'mqtt':
      return [
        `Exempt ${names.join(', ')} from TLS inspection, application control and URL filtering for the source above, ` +
          'and allow WebSocket (the link is MQTT over WebSocket; it does not survive inspection).',
        'Allow at least 120 s (better 300 s) of silence on these connections, and no limit on their lifetime.',
        ...openings(hosts),
      ];
    default:
      return openings(hosts);
  }
}

/** Causes for which opening a port would not help, and what would. */
const OWN: Readonly<Record<string, (finding: Asked | null, names: readonly string[]) => readonly string[]>> = {
  'tcp.mtu_blackhole': () => [
    'Let ICMP "fragmentation needed" (IPv4 type 3 code 4) and ICMPv6 "packet too big" (type 2) through in both directions, ' +
      'or clamp the TCP MSS to the path on the router in front of the narrow link.',
    'nftables on that router:',
    '  tcp flags syn tcp option maxseg size set rt mtu',
  ],
  'mqtt.idle_cut': (_finding, names) => [
    `For TCP 443 to ${names.at(-1) ?? 'the cloud'} from the source above: allow at least 120 s (better 300 s) of silence before a connection is ` +
      'forgotten, in every firewall, NAT, proxy and load balancer on the way, and no limit on its lifetime. One such connection per server stays open for weeks.',
  ],
  'tls.intercepted': (finding, names) => [
    ...(finding?.data['expired'] === true
      ? [
          'The certificate that your inspection signs with, or its root, has expired: renew it, whatever else is decided.',
        ]
      : []),
    `Exempt ${names.join(', ')} from TLS inspection ("do not decrypt") for the source above; the link is MQTT over WebSocket and does not survive inspection.`,
    'If inspection has to stay: send us its root certificate (PEM), so that it can be installed on the server.',
  ],
  'tls.client_hello_size': (_finding, names) => [
    `The device that reads server names expects the ClientHello in one packet. Update it, or exempt ${names.join(', ')} from that inspection.`,
  ],
};

/** Outbound rules, one a destination; by name, because the addresses change. */
function openings(hosts: readonly Destination[]): string[] {
  return [
    'Outbound rules (stateful; answers come back on the same connections; nothing inbound):',
    ...hosts.map(
      ({ host, port, required }) =>
        `  allow tcp from SOURCE to ${host} port ${String(port)}${required ? '' : '   (optional)'}`,
    ),
  ];
}

export const ADDRESSEE: Readonly<Record<Blame, string>> = {
  network: 'the people who run the firewall',
  proxy: 'the people who run the proxy or web filter',
  dns: 'the people who run the DNS resolvers',
  host: 'the administrators of this host',
  agent_config: 'whoever configures the Agent on this host',
  cloud: 'Netdata support',
};
