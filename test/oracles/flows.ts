/**
 * What the files of a target let through: `NAME-OR-PREFIX PORT`, sorted, without DNS to the resolvers; a format that
 * has no ports gives `NAME-OR-PREFIX` alone. Written against the format, never with the code that renders it.
 */
import { parseAllDocuments } from 'yaml';
import { formatPrefix, parsePrefix } from '../../src/firewall/core/cidr.js';
import type { RenderedFile } from '../../src/model/allow-list.js';
import { ORACLES } from './registry.js';

type Files = readonly RenderedFile[];
type Ports = readonly (string | number)[];

/** Addresses in one spelling, with their length; names as they are. */
function destination(text: string): string {
  return /[a-z]/i.test(text) && !text.includes(':') ? text : formatPrefix(parsePrefix(text));
}

function pairs(destinations: readonly string[], ports: Ports): string[] {
  return destinations.flatMap((text) => ports.map((port) => `${destination(text)} ${String(port)}`));
}

function named(files: Files, end: string): string {
  return files
    .filter((file) => file.name.endsWith(end))
    .map((file) => file.content)
    .join('\n');
}

function rows(text: string, pattern: RegExp): string[][] {
  return [...text.matchAll(new RegExp(pattern.source, 'gm'))].map((match) =>
    match.slice(1).map((group) => group ?? ''),
  );
}

const numbers = (text: string): string[] => text.match(/\d+/g) ?? [];
const json = (files: Files, end: string): unknown[] =>
  files.filter((file) => file.name.endsWith(end)).map((file) => JSON.parse(file.content) as unknown);
const yaml = (files: Files): unknown[] =>
  parseAllDocuments(named(files, '.yaml')).map((document) => document.toJS() as unknown);

/** Members of each named group. */
function grouped(all: readonly (readonly string[])[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [name = '', member = ''] of all) groups.set(name, [...(groups.get(name) ?? []), member]);
  return groups;
}

function nftables(files: Files): string[] {
  const text = named(files, '.nft');
  const sets = new Map(
    rows(text, /^add element \S+ \S+ (\S+) \{\n([^}]*)\}/).map(([name = '', body = '']) => [
      name,
      rows(body, /^\s*([0-9a-f.:/]+)/).map(([address = '']) => address),
    ]),
  );
  return rows(text, /^add rule \S+ \S+ \S+ ip6? daddr @(\S+) tcp dport (\d+|\{[^}]*\}) .*accept/).flatMap(
    ([set = '', ports = '']) => pairs(sets.get(set) ?? [], numbers(ports)),
  );
}

function iptables(files: Files): string[] {
  const sets = grouped(rows(named(files, '.ipset'), /^add (\S+?)-t (\S+)/));
  return rows(
    named(files, '.rules'),
    /^-A ND-ALLOW(?:-FWD)? (?:-i \S+ )?(?:-d (\S+)|-m set --match-set (\S+) dst) -p tcp .*?--dports? ([\d,]+) .*-j ACCEPT$/,
  ).flatMap(([address = '', set = '', ports = '']) =>
    pairs(address === '' ? (sets.get(set) ?? []) : [address], numbers(ports)),
  );
}

function firewalld(files: Files): string[] {
  const members = (set: string): string[] =>
    rows(named(files, `ipsets/${set}.xml`), /<entry>([^<]*)<\/entry>/).map(([entry = '']) => entry);
  return rows(
    named(files, 'policies/nd-allow.xml'),
    /<destination ipset="([^"]+)"\/><port port="(\d+)" protocol="tcp"\/><accept\/>/,
  ).flatMap(([set = '', port = '']) => pairs(members(set), [port]));
}

function firehol(files: Files): string[] {
  const text = named(files, '.conf');
  const services = new Map(rows(text, /^server_(\S+)_ports="([^"]*)"/).map(([name = '', ports = '']) => [name, ports]));
  const sets = grouped(rows(text, /^ipv[46] ipset add (\S+) (\S+)/));
  return rows(text, /^\s*client[46] (nd_\S+) accept .*dst ipset:(\S+)/).flatMap(([service = '', set = '']) =>
    pairs(sets.get(set) ?? [], numbers(services.get(service) ?? '')),
  );
}

function pf(files: Files): string[] {
  const text = named(files, '.pf.conf');
  const tables = new Map(
    rows(text, /^table <(\S+)> persist \{ (.*) \}$/).map(([name = '', body = '']) => [name, body.split(', ')]),
  );
  return rows(text, /^pass out quick proto tcp from any to <(\S+)> port (\d+|\{[^}]*\})/).flatMap(
    ([table = '', ports = '']) => pairs(tables.get(table) ?? [], numbers(ports)),
  );
}

function windows(files: Files): string[] {
  const text = named(files, 'nd-allow.ps1');
  const names = new Map(
    rows(text, /^New-NetFirewallDynamicKeywordAddress -Id '([^']+)' -Keyword '([^']+)'/).map(([id = '', name = '']) => [
      id,
      name,
    ]),
  );
  return rows(text, /^New-NetFirewallRule .*-Protocol TCP -RemotePort @\(([^)]*)\) -Remote\w+ @\(([^)]*)\)/).flatMap(
    ([ports = '', remote = '']) =>
      pairs(
        rows(remote, /'([^']*)'/).map(([item = '']) => names.get(item) ?? item),
        numbers(ports),
      ),
  );
}

function mikrotik(files: Files): string[] {
  const text = named(files, 'nd-allow.rsc');
  const lists = grouped(rows(text, /^\/ip(?:v6)? firewall address-list add list=(\S+) address=(\S+)/));
  return rows(text, /action=accept protocol=tcp dst-port=([\d,]+) dst-address-list=(\S+)/).flatMap(
    ([ports = '', list = '']) => pairs(lists.get(list) ?? [], numbers(ports)),
  );
}

function dnsmasq(files: Files): string[] {
  const sets = grouped(
    rows(named(files, '.dnsmasq.conf'), /^nftset=\/([^/]+)\/(.*)$/).flatMap(([name = '', targets = '']) =>
      targets.split(',').map((target) => [target.split('#').at(-1) ?? '', name]),
    ),
  );
  return rows(
    named(files, '.nft'),
    /^add rule \S+ \S+ \S+ ip6? daddr @(\S+) tcp dport (\d+|\{[^}]*\}) .*accept/,
  ).flatMap(([set = '', ports = '']) => pairs(sets.get(set) ?? [], numbers(ports)));
}

function squid(files: Files): string[] {
  const text = named(files, '.conf');
  const hosts = new Map(
    rows(text, /^acl (\S+) dstdomain -n (.*)$/).map(([acl = '', names = '']) => [acl, names.split(' ')]),
  );
  const ports = new Map(rows(text, /^acl (\S+) port (.*)$/).map(([acl = '', list = '']) => [acl, list]));
  return rows(text, /^http_access allow (.*)$/).flatMap(([acls = '']) => {
    const used = acls.split(' ');
    return pairs(
      used.flatMap((acl) => hosts.get(acl) ?? []),
      used.flatMap((acl) => numbers(ports.get(acl) ?? '')),
    );
  });
}

interface Permission {
  readonly IpProtocol: string;
  readonly FromPort: number;
  readonly IpRanges?: readonly { readonly CidrIp: string }[];
  readonly Ipv6Ranges?: readonly { readonly CidrIpv6: string }[];
}

function awsSecurityGroup(files: Files): string[] {
  return json(files, '.aws-security-group.json').flatMap((request) =>
    (request as { IpPermissions: readonly Permission[] }).IpPermissions.flatMap((row) =>
      pairs(
        [
          ...(row.IpRanges ?? []).map((range) => range.CidrIp),
          ...(row.Ipv6Ranges ?? []).map((range) => range.CidrIpv6),
        ],
        [row.FromPort],
      ),
    ),
  );
}

function awsPrefixList(files: Files): string[] {
  const script = named(files, 'install.sh');
  return json(files, '.aws-prefix-list.json').flatMap((request) => {
    const { PrefixListName: name, Entries: entries } = request as {
      PrefixListName: string;
      Entries: readonly { Cidr: string }[];
    };
    const ports = rows(script, new RegExp(`^finish ${name} \\S+ \\d+ (.*)$`)).flatMap(([list = '']) => numbers(list));
    return pairs(
      entries.map((entry) => entry.Cidr),
      ports,
    );
  });
}

function awsNetworkFirewall(files: Files): string[] {
  return json(files, 'firewall.json').flatMap((request) => {
    const text = (request as { RuleGroup: { RulesSource: { RulesString: string } } }).RuleGroup.RulesSource.RulesString;
    return rows(text, /^pass tls .* -> \$EXTERNAL_NET (\d+|\[[\d,]+\]) \(.*tls\.sni; content:"([^"]+)"/).flatMap(
      ([ports = '', name = '']) => pairs([name], numbers(ports)),
    );
  });
}

function azureNsg(files: Files): string[] {
  return json(files, '.azure-nsg.json').flatMap((template) =>
    (
      template as {
        resources: readonly {
          properties: { access: string; destinationAddressPrefixes?: string[]; destinationPortRanges: string[] };
        }[];
      }
    ).resources.flatMap(({ properties }) =>
      properties.access === 'Allow'
        ? pairs(properties.destinationAddressPrefixes ?? [], properties.destinationPortRanges)
        : [],
    ),
  );
}

function azureFirewall(files: Files): string[] {
  interface AppRule {
    readonly protocols: readonly { readonly port: number }[];
    readonly targetFqdns: readonly string[];
  }
  return json(files, '.azure-firewall.json').flatMap((template) =>
    (
      template as {
        resources: readonly { properties: { ruleCollections: readonly { rules: readonly AppRule[] }[] } }[];
      }
    ).resources.flatMap(({ properties }) =>
      properties.ruleCollections.flatMap(({ rules }) =>
        rules.flatMap((rule) =>
          pairs(
            rule.targetFqdns,
            rule.protocols.map((row) => row.port),
          ),
        ),
      ),
    ),
  );
}

function gcpFqdn(files: Files): string[] {
  return json(files, '.gcp-fqdn.json').flatMap((flags) => {
    const row = flags as { '--dest-fqdns'?: string[]; '--layer4-configs': string[] };
    return pairs(
      row['--dest-fqdns'] ?? [],
      row['--layer4-configs'].map((config) => config.replace('tcp:', '')),
    );
  });
}

interface Egress {
  readonly to?: readonly { readonly ipBlock?: { readonly cidr: string } }[];
  readonly ports?: readonly { readonly port: number; readonly protocol: string }[];
  readonly toFQDNs?: readonly { readonly matchName: string }[];
  readonly toPorts?: readonly { readonly ports: readonly { readonly port: string }[] }[];
  readonly destination?: { readonly selector?: string; readonly domains?: string[]; readonly ports: number[] };
}
interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly egress: readonly Egress[];
    readonly nets: string[];
    readonly hosts: string[];
    readonly ports: { number: number }[];
  };
}

/** DNS goes by UDP too; the cloud never does. */
function networkPolicy(files: Files): string[] {
  return (yaml(files) as Manifest[]).flatMap(({ spec }) =>
    spec.egress
      .filter((rule) => rule.ports?.some((row) => row.protocol === 'UDP') === false)
      .flatMap((rule) =>
        pairs(
          (rule.to ?? []).flatMap((peer) => peer.ipBlock?.cidr ?? []),
          (rule.ports ?? []).map((row) => row.port),
        ),
      ),
  );
}

function cilium(files: Files): string[] {
  return (yaml(files) as Manifest[]).flatMap(({ spec }) =>
    spec.egress.flatMap((rule) =>
      pairs(
        (rule.toFQDNs ?? []).map((row) => row.matchName),
        (rule.toPorts ?? []).flatMap(({ ports }) => ports.map((row) => row.port)),
      ),
    ),
  );
}

function calico(files: Files): string[] {
  const documents = yaml(files) as Manifest[];
  const chosen = (selector: string): string[] => {
    const wanted = rows(selector, /(\S+) == '([^']*)'/);
    if (wanted.length === 0) return [];
    return documents
      .filter(
        ({ kind, metadata }) =>
          kind === 'NetworkSet' && wanted.every(([key = '', value]) => metadata.labels[key] === value),
      )
      .flatMap(({ spec }) => spec.nets);
  };
  return documents
    .filter(({ kind }) => kind === 'NetworkPolicy')
    .flatMap(({ spec }) =>
      spec.egress.flatMap(({ destination: to }) =>
        to === undefined ? [] : pairs([...(to.domains ?? []), ...chosen(to.selector ?? '')], to.ports),
      ),
    );
}

function istio(files: Files): string[] {
  return (yaml(files) as Manifest[]).flatMap(({ spec }) =>
    pairs(
      spec.hosts,
      spec.ports.map((row) => row.number),
    ),
  );
}

/** By addresses the sets hold entries, by names dnsmasq fills them. */
function openwrt(files: Files): string[] {
  const text = named(files, '.uci');
  const values = (file: string, option: string): string[][] =>
    rows(text, new RegExp(`^(?:set|add_list) ${file}\\.(\\w+)\\.${option}='([^']*)'$`));
  const names = grouped(values('dhcp', 'domain'));
  const sets = grouped([
    ...values('firewall', 'entry'),
    ...values('dhcp', 'name').flatMap(([section = '', set = '']) => (names.get(section) ?? []).map((to) => [set, to])),
  ]);
  const ports = grouped(values('firewall', 'dest_port'));
  return values('firewall', 'ipset').flatMap(([rule = '', match = '']) => {
    if (!text.includes(`\nset firewall.${rule}.target='ACCEPT'\n`) || !match.endsWith(' dest')) return [];
    return pairs(sets.get(match.replace(/ dest$/, '')) ?? [], ports.get(rule) ?? []);
  });
}

function proxmox(files: Files): string[] {
  const text = named(files, '.cluster.fw');
  const sets = new Map(
    rows(text, /^\[IPSET (\S+)\].*\n\n((?:[0-9a-f][^\n]*\n)*)/).map(([name = '', body = '']) => [
      name,
      rows(body, /^(\S+) #/).map(([address = '']) => address),
    ]),
  );
  return rows(text, /^OUT ACCEPT -dest \+(\S+) -p tcp -dport ([\d,]+) #/).flatMap(([set = '', ports = '']) =>
    pairs(sets.get(set) ?? [], numbers(ports)),
  );
}

function ipfw(files: Files): string[] {
  const tables = grouped(rows(named(files, '-allow.ipfw'), /^table (\S+)_new add (\S+)$/));
  return rows(
    named(files, '-rules.ipfw'),
    /^add \d+ set \d+ allow tcp from any to table\((\S+)\) dst-port ([\d,]+) out .*keep-state/,
  ).flatMap(([table = '', ports = '']) => pairs(tables.get(table) ?? [], numbers(ports)));
}

function dante(files: Files): string[] {
  return rows(named(files, '.danted.conf'), /^ {4}from: 0\/0 to: (\S+) port = (\d+)$/).flatMap(([to = '', port = '']) =>
    pairs([to], [port]),
  );
}

/** Every name with every port: tinyproxy cannot say it otherwise. */
function tinyproxy(files: Files): string[] {
  const names = rows(named(files, '.filter'), /^\^(.*)\$$/).map(([name = '']) => name.replaceAll('\\.', '.'));
  return pairs(
    names,
    rows(named(files, '.conf'), /^ConnectPort (\d+)$/).map(([port = '']) => port),
  );
}

const lines = (files: Files, end: string): string[] =>
  named(files, end)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

type Reading = (files: Files) => readonly string[];

const READERS: Readonly<Record<string, Reading>> = {
  nftables,
  iptables,
  ip6tables: iptables,
  ipset: iptables,
  'docker-user': iptables,
  'docker-nftables': nftables,
  ufw: (files) =>
    rows(named(files, 'install.sh'), /^ufw prepend allow out to (\S+) port (\S+) proto tcp comment/).flatMap(
      ([address = '', ports = '']) => pairs([address], numbers(ports)),
    ),
  firewalld,
  firehol,
  shorewall: (files) =>
    rows(
      named(files, '.rules'),
      /^ACCEPT\s+\S+\s+net:[<[]?([0-9a-f.:/]+?)[>\]]?(?:\/(\d+))?\s+tcp\s+([\d,]+)$/,
    ).flatMap(([address = '', length = '', ports = '']) =>
      pairs([length === '' ? address : `${address}/${length}`], numbers(ports)),
    ),
  pf,
  windows,
  mikrotik,
  dnsmasq,
  openwrt,
  proxmox,
  ipfw,
  squid,
  dante,
  tinyproxy,
  'aws-security-group': awsSecurityGroup,
  'aws-prefix-list': awsPrefixList,
  'aws-network-firewall': awsNetworkFirewall,
  'azure-nsg': azureNsg,
  'azure-firewall': azureFirewall,
  'gcp-fqdn': gcpFqdn,
  'network-policy': networkPolicy,
  cilium,
  calico,
  istio,
  domains: (files) => lines(files, '.txt'),
  adguard: (files) => rows(named(files, '.txt'), /^@@\|([^^|]+)\^\$important$/).map(([name = '']) => name),
  pihole: (files) => lines(files, '.txt'),
  cidr4: (files) => lines(files, '.txt').map(destination),
  cidr6: (files) => lines(files, '.txt').map(destination),
  edl: (files) => [
    ...lines(files, 'edl-ip.txt').map(destination),
    ...lines(files, 'edl-url.txt').map((line) => line.replace(/\/$/, '')),
  ],
  csv: (files) =>
    lines(files, '.csv')
      .slice(1)
      .flatMap((line) => {
        const [, , address = '', port = ''] = line.split(',');
        return address === '' ? [] : pairs([address], [port]);
      }),
  json: (files) =>
    json(files, '.json').flatMap((list) =>
      (list as { hosts: readonly { ports: number[]; addresses: readonly { cidr: string }[] }[] }).hosts.flatMap(
        (host) =>
          pairs(
            host.addresses.map((row) => row.cidr),
            host.ports,
          ),
      ),
    ),
};

/** Sorted, unique. Throws for a target that nobody here can read. */
export function flowsOf(id: string, files: Files): readonly string[] {
  const read = READERS[id] ?? ORACLES[id]?.flows;
  if (read === undefined) throw new Error(`nobody reads the flows of ${id}`);
  return [...new Set(read(files))].sort();
}
