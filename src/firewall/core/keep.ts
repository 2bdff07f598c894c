/**
 * What mode enforce lets live besides the hosts: services that a host falls ill without, some of them only weeks later
 * (a clock that drifts ends in certificates that do not hold). Sources: RFC 5905 §7.2 (NTP), RFC 2131 §4.1 and
 * RFC 8415 §7.2 (DHCP), docs/reference/agent.md#other-destinations (metadata of a cloud machine),
 * https://learn.microsoft.com/en-us/azure/virtual-network/what-is-ip-address-168-63-129-16 (Azure's agent: 80, 32526).
 */
import type { RuleOptions, RuleSetting } from './target.js';

type Kept = 'ntp' | 'dhcp' | 'dns' | 'metadata';

export interface KeptFlow {
  readonly what: Kept;
  /** null = both. */
  readonly family: 4 | 6 | null;
  readonly protocol: 'udp' | 'tcp';
  /** null = anywhere. */
  readonly address: string | null;
  readonly sourcePort: number | null;
  readonly port: number;
}

const FLOWS: readonly KeptFlow[] = [
  { what: 'ntp', family: null, protocol: 'udp', address: null, sourcePort: null, port: 123 },
  { what: 'dhcp', family: 4, protocol: 'udp', address: null, sourcePort: 68, port: 67 },
  { what: 'dhcp', family: 6, protocol: 'udp', address: null, sourcePort: 546, port: 547 },
  { what: 'metadata', family: 4, protocol: 'tcp', address: '169.254.169.254', sourcePort: null, port: 80 },
  { what: 'metadata', family: 4, protocol: 'tcp', address: '168.63.129.16', sourcePort: null, port: 80 },
  { what: 'metadata', family: 4, protocol: 'tcp', address: '168.63.129.16', sourcePort: null, port: 32526 },
  { what: 'metadata', family: 6, protocol: 'tcp', address: 'fd00:ec2::254', sourcePort: null, port: 80 },
];

const WORDS: Readonly<Record<Kept, string>> = {
  ntp: 'ntp (udp/123)',
  dhcp: 'dhcp (renewal: udp/67, udp/547)',
  dns: 'dns (to the resolvers)',
  metadata:
    'metadata of a cloud machine (169.254.169.254, fd00:ec2::254: tcp/80; Azure: 168.63.129.16 tcp/80, tcp/32526)',
};

const ALL = Object.keys(WORDS) as readonly Kept[];

/** Setting of the targets that deny by themselves. */
export const KEEP: RuleSetting = {
  name: 'keep',
  title: `what mode enforce keeps besides the hosts: ${ALL.join(',')}, or none`,
  default: ALL.join(','),
  pattern: /^(?:none|(?:ntp|dhcp|dns|metadata)(?:,(?:ntp|dhcp|dns|metadata)){0,3})$/,
};

type Asked = Pick<RuleOptions, 'mode' | 'settings'>;

/** Targets without the setting keep the resolvers, and nothing else. */
function kept({ mode, settings }: Asked): readonly Kept[] {
  if (mode !== 'enforce') return [];
  const words = (settings[KEEP.name] ?? 'dns').split(',');
  return ALL.filter((what) => words.includes(what));
}

export function keptFlows(options: Asked, family: 4 | 6): readonly KeptFlow[] {
  const words = kept(options);
  return FLOWS.filter((flow) => words.includes(flow.what) && (flow.family === null || flow.family === family));
}

/** Rules to the resolvers are wanted: asked for, or kept. */
export function wantsDns(options: Asked & Pick<RuleOptions, 'dns'>): boolean {
  return options.dns || kept(options).includes('dns');
}

/** For the header: what lives on, and what is cut although a host usually needs it. */
export function keepLines(options: Asked): string[] {
  if (options.mode !== 'enforce' || options.settings[KEEP.name] === undefined) return [];
  const words = kept(options);
  const cut = ALL.filter((what) => !words.includes(what));
  const list = (of: readonly Kept[]): string => of.map((what) => WORDS[what]).join(', ');
  return [
    'Cuts every other connection that this host opens. What is established lives on, and so do loopback and neighbour discovery.',
    ...(words.length > 0 ? [`Kept (--keep): ${list(words)}.`] : []),
    ...(cut.length > 0 ? [`CUT, too: ${list(cut)}.`] : []),
  ];
}
