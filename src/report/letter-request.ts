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

function addressesOf(report: Report, host: string): readonly string[] {
  const seen = report.observations.flatMap((one) =>
    one.operation === 'resolve' && one.hostname === host && one.role.kind !== 'control' ? one.addresses : [],
  );
  return [...new Set(seen.map(({ address }) => safeText(address, 60)))];
}

/** What the finding asks its addressee to do, beyond the plain opening of the destinations. */
export function request(finding: FoundFinding | null, hosts: readonly Destination[]): readonly string[] {
  const names = hosts.filter(({ required }) => required).map(({ host }) => host);
  const [layer] = (finding?.id ?? 'tcp').split('.');
  switch (layer) {
    case 'dns':
      return [`Let these names resolve for the source above, unfiltered: ${names.join(', ')}.`, ...openings(hosts)];
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
