import type { ConnectObservation, LocalFirewallRule, ReadLocalFirewallObservation } from '../../model/observation.js';
import { fateOf } from '../evidence/connects.js';
import { originOf, tookMs } from '../evidence/timing.js';
import type { Evidence } from '../evidence.js';
import type { Tag } from '../confidence.js';
import { remedy, renderRules } from '../remedies.js';
import { hostList, list, ms, quote, sentence } from '../text.js';
import type { Data, Draft, Rule } from '../types.js';
import { isLoopback } from './sinkholes.js';

interface Bite {
  readonly rule: LocalFirewallRule;
  readonly read: ReadLocalFirewallObservation;
}

/** This host refuses or drops the packet itself, before any network sees it. */
export const hostLocalFirewall: Rule = {
  id: 'host.local_firewall',
  requires: ['read_local_firewall'],
  evaluate: (ev) => [...seenFailing(ev), ...onlyTheAgent(ev)],
  describe(cause, ev) {
    const where = cause.data['where'];
    const agentOnly = cause.data['agentOnly'] === true;
    const rule = typeof where === 'string' ? where : null;
    const manager = String(cause.data['manager'] ?? 'firewall');
    return {
      title: agentOnly
        ? "This host's own firewall stops the user that the Agent runs as"
        : `This host's own firewall stops connections to ${hostList(cause)}`,
      why: sentence(
        rule !== null &&
          `A rule of this host bites, at ${quote(rule)}: ${quote(String(cause.data['rule'] ?? ''), 120)}.`,
        cause.tags.has('too_soon') &&
          `The refusal came after ${ms(Number(cause.data['afterMs']))}, sooner than a packet gets to the gateway and back.`,
        cause.tags.has('local_errno') &&
          'The operating system refused the call itself ("not permitted"), which no packet from the network can do: a firewall rule, a routing entry of type prohibit, or a security module (SELinux, AppArmor, a systemd unit with IPAddressDeny).',
        agentOnly &&
          'The doctor ran as another user and got through, so only a rule on owners explains what the Agent meets.',
        !agentOnly && rule === null && 'Which rule it is could not be read.',
        ownerNote(cause.data['owner'], ev),
      ),
      remedies: [
        remedy(
          'host',
          rule === null
            ? "Look for the rule in this host's own firewall, and let TCP 443 out to the cloud's names before it."
            : `Let TCP 443 out to the cloud before that rule of ${manager}.`,
          {
            command: manager.startsWith('iptables')
              ? 'sudo iptables -S OUTPUT -v --line-numbers'
              : 'sudo nft -a list ruleset',
          },
        ),
        renderRules(manager.startsWith('iptables') ? 'iptables' : 'nftables'),
      ],
    };
  },
};

/** Connections that failed in a way that a rule of this host, or the time they took, explains. */
function seenFailing(ev: Evidence): Draft[] {
  const failing = ev.path.flatMap(({ connect }) => (connect === null || connect.failure === null ? [] : [connect]));
  return failing.flatMap((seen): Draft[] => {
    const fate = fateOf(seen, ev.hostNetwork);
    if (fate === 'no_family' || fate === 'works') return [];
    const tags: Tag[] = [];
    const bite = bites(ev).find(({ rule }) => fits(rule, fate) && appliesTo(rule, ev.input.environment.uid));
    if (bite !== undefined) tags.push('own_rule_matches');
    if (
      (fate === 'reset' || fate === 'told') &&
      !wasReadInVain(ev) &&
      !isLoopback(seen.address) &&
      originOf(tookMs(seen), seen.family, ev.timing) === 'host'
    )
      tags.push('too_soon');
    if (fate === 'own') tags.push('local_errno');
    return tags.length === 0 ? [] : [draftOf(seen, bite, tags, ev)];
  });
}

/** The host's rules were readable and none of them matches: then a fast refusal came from nearby, not from here. */
function wasReadInVain(ev: Evidence): boolean {
  const read = ev.firewalls.filter(({ failure }) => failure === null);
  return read.length > 0 && read.every(({ rules }) => rules.every(({ matches }) => matches === false));
}

function draftOf(seen: ConnectObservation, bite: Bite | undefined, tags: readonly Tag[], ev: Evidence): Draft {
  const attempt = ev.path.find(({ connect }) => connect === seen);
  return {
    subject: {
      hosts: [attempt?.host ?? seen.host],
      addresses: seen.address === null ? [] : [seen.address],
      families: [seen.family],
      routeIds: seen.routeId === null ? [] : [seen.routeId],
      legs: attempt === undefined ? [] : ev.legsOf(attempt),
    },
    evidence: [seen.id, ...(bite === undefined ? [] : [bite.read.id])],
    explains: [seen.id],
    tags,
    data: { ...ruleData(bite), afterMs: Number(tookMs(seen).toFixed(2)) },
  };
}

/** A rule that matches the Agent's user but not ours: we got through, the Agent will not. */
function onlyTheAgent(ev: Evidence): Draft[] {
  const uid = ev.agent.process?.uid ?? null;
  if (uid === null || uid === ev.input.environment.uid) return [];
  const bite = bites(ev).find(
    ({ rule }) => rule.owner !== null && ownerUid(rule.owner) === uid && rule.action !== 'other',
  );
  if (bite === undefined) return [];
  const legs = ev.errands.flatMap(({ leg }) => (leg === null ? [] : [leg]));
  return [
    {
      subject: { legs, hosts: ev.errands.filter(({ leg }) => leg !== null).map(({ target }) => target.host) },
      evidence: [bite.read.id],
      explains: [],
      tags: ['own_rule_matches'],
      dooms: legs,
      key: 'owner',
      data: { ...ruleData(bite), agentOnly: true },
    },
  ];
}

function bites(ev: Evidence): readonly Bite[] {
  return ev.firewalls.flatMap((read) =>
    read.rules.filter(({ matches }) => matches === true).map((rule) => ({ rule, read })),
  );
}

function fits({ action }: LocalFirewallRule, fate: string): boolean {
  if (action === 'drop' || action === 'policy_drop') return fate === 'silent' || fate === 'own';
  if (action === 'reject') return fate === 'reset' || fate === 'told' || fate === 'own';
  return false;
}

/** Rules on owners count only for the user that the probes ran as. */
function appliesTo({ owner }: LocalFirewallRule, uid: number | null): boolean {
  return owner === null || (uid !== null && ownerUid(owner) === uid);
}

function ownerUid(owner: string): number | null {
  const found = /\buid[ =]+(\d+)\b/u.exec(owner)?.[1];
  return found === undefined ? null : Number(found);
}

function ruleData(bite: Bite | undefined): Data {
  if (bite === undefined) return {};
  return {
    where: bite.rule.where,
    rule: bite.rule.text,
    manager: bite.read.manager,
    action: bite.rule.action,
    owner: bite.rule.owner,
  };
}

function ownerNote(owner: unknown, ev: Evidence): string | null {
  if (typeof owner !== 'string') return null;
  const agent = ev.agent.process?.user ?? null;
  return `The rule is for ${list([owner])}${agent === null ? '' : `; the Agent runs as ${quote(agent, 32)}`}.`;
}
