/**
 * What lets the Agent past a rule of this host: our own rules for the cloud's addresses, or the very accept rule with
 * the place where it goes. Names of chains are foreign text: only plain ones come into a command.
 */
import type { Remedy } from '../model/finding.js';
import type { Evidence } from './evidence.js';
import { remedy } from './remedies.js';

/** What is known of the rule that stops it. */
export interface StoppingRule {
  readonly manager: string;
  /** As in `LocalFirewallRule.where`; null = not read. */
  readonly where: string | null;
  /** It stops the answers on their way in. */
  readonly inbound: boolean;
  /** It stops questions to the resolvers. */
  readonly questions: boolean;
  /** Where the connections go: 443, or the port of the proxy. */
  readonly port: number;
}

/** Rules of ours for what runs this host's firewall; null where none of them can be meant. */
export function targetFor({ manager, where }: Pick<StoppingRule, 'manager' | 'where'>): string | null {
  if (/\bufw6?-/.test(where ?? '')) return 'ufw';
  if (/\bfirewalld\b/.test(where ?? '')) return 'firewalld';
  if (manager === 'nftables') return 'nftables';
  return manager.startsWith('iptables') ? 'iptables' : null;
}

export function openings(rule: StoppingRule, { commands }: Evidence): readonly Remedy[] {
  const target = targetFor(rule);
  const accept = acceptRule(rule);
  const applied =
    target === null || rule.inbound
      ? []
      : [
          remedy(
            'host',
            `Let the Agent out: this allows the cloud's addresses ahead of the rule that denies them, and undoes the change unless you confirm it.`,
            { command: commands.rules('apply', target, ...(rule.questions ? ['--dns'] : [])) },
          ),
        ];
  if (accept === null) return applied;
  const what = rule.inbound
    ? 'Accept answers to connections of this host before that rule.'
    : `${applied.length > 0 ? 'Or let' : 'Let'} ${rule.questions ? 'all DNS' : `all TCP ${String(rule.port)}`} out, right before that rule.`;
  return [...applied, remedy('host', `${what} This lasts until the rules are reloaded.`, { command: accept })];
}

const NFT = /^nftables (?<place>(?:inet|ip6?) [\w.-]{1,64} [\w.-]{1,64}) (?:policy|handle (?<handle>\d{1,9}))$/;
const IPTABLES =
  /^(?<program>ip6?tables) (?:(?<table>[a-z]{1,10}) )?(?<chain>[\w.-]{1,64}) (?:policy|rule (?<rule>\d{1,6}))$/;

/** The accept rule at its place; null where the place cannot be written. */
function acceptRule({ manager, where, inbound, questions, port }: StoppingRule): string | null {
  // A front end writes its chains anew, and has words of its own.
  const target = targetFor({ manager, where });
  if (target === 'ufw')
    return inbound ? null : `sudo ufw prepend allow out ${questions ? '53' : `${String(port)}/tcp`}`;
  if (target === 'firewalld') return null;
  const nft = NFT.exec(where ?? '')?.groups;
  if (nft !== undefined) {
    const { place = '', handle } = nft;
    const match = inbound
      ? 'ct state established,related'
      : questions
        ? 'meta l4proto { tcp, udp } th dport 53'
        : `tcp dport ${String(port)}`;
    return `sudo nft '${handle === undefined ? `add rule ${place}` : `insert rule ${place} position ${handle}`} ${match} accept'`;
  }
  const iptables = IPTABLES.exec(where ?? '')?.groups;
  if (iptables === undefined) return null;
  const { program = '', table, chain = '', rule } = iptables;
  const match = inbound
    ? '-m conntrack --ctstate ESTABLISHED,RELATED'
    : questions
      ? '-p udp --dport 53'
      : `-p tcp --dport ${String(port)}`;
  return [
    `sudo ${program}${manager.includes('legacy') ? '-legacy' : ''}`,
    ...(table === undefined ? [] : [`-t ${table}`]),
    rule === undefined ? `-A ${chain}` : `-I ${chain} ${rule}`,
    match,
    '-j ACCEPT',
  ].join(' ');
}
