import { BESIDES_RULES } from '../../model/besides.js';
import { tookMs } from '../../trace/silence.js';
import { certain, likely, possible, OWN_RULES, type Tag } from '../confidence.js';
import type { ConnectObservation, DnsQueryObservation, LocalFirewallRule } from '../../model/observation.js';
import { fateOf } from '../../trace/connects.js';
import { originOf } from '../../trace/timing.js';
import type { Evidence } from '../evidence.js';
import type { OwnRules } from '../evidence/own-rules.js';
import { openings } from '../own-firewall-remedies.js';
import { remedy } from '../remedies.js';
import { hostList, list, ms, quote, sentence } from '../text.js';
import { defineRule, type Cause, type Data, type Draft } from '../rule.js';
import { isLoopback } from './sinkholes.js';
import { stoppedForAgent } from './stopped-for-agent.js';

type Bite = Extract<OwnRules, { state: 'bites' }>;

/** This host refuses or drops the packet itself, before any network sees it. */
export const hostLocalFirewall = defineRule({
  id: 'host.local_firewall',
  title: "This host's own firewall stops the Agent",
  blames: 'host',
  confidence: [
    certain('own_rule_matches', 'too_soon'),
    certain('own_rule_matches'),
    likely(OWN_RULES, 'too_soon'),
    likely(OWN_RULES, 'local_errno'),
    likely('What else may drop packets here: tc filter, bpftool cgroup tree, systemctl show.', 'dropped_here'),
    possible(OWN_RULES),
  ],
  requires: ['read_local_firewall'],
  evaluate: (ev) => [...seenFailing(ev), ...stoppedLater(ev), ...mutedQuestions(ev), ...onlyTheAgent(ev)],
  describe(cause, ev) {
    const where = cause.data['where'];
    const agentOnly = cause.data['agentOnly'] === true;
    const rule = typeof where === 'string' ? where : null;
    const inbound = cause.data['inbound'] === true;
    const redirects = cause.data['action'] === 'redirect';
    const manager = String(cause.data['manager'] ?? 'firewall');
    const unit = manager === BESIDES_RULES.systemd;
    return {
      title: titleOf(cause, agentOnly),
      why: sentence(
        rule !== null &&
          `${unit ? 'A setting of systemd stops it, of' : `A rule of this host ${redirects ? 'redirects' : cause.tags.has('dropped_here') ? 'may stop' : 'stops'} it, at`} ${quote(rule)}: ${quote(String(cause.data['rule'] ?? ''), 120)}.`,
        inbound &&
          'What this host sends gets out, but the rule drops the answers, so every connection seems to meet silence.',
        cause.data['later'] === true &&
          'It lets the TCP handshake through and stops what follows, so the connection opens and then falls silent.',
        redirects &&
          'It rewrites the destination before the packet leaves, as transparent proxies do, but nothing takes the connection there.',
        cause.tags.has('too_soon') &&
          `The refusal came after ${ms(Number(cause.data['afterMs']))}, before a packet could reach the gateway and return.`,
        cause.tags.has('local_errno') &&
          'The operating system refused the call itself, which no packet from the network can do.',
        cause.tags.has('local_errno') &&
          'A firewall rule, a prohibit or blackhole route, or a security module does that (SELinux, AppArmor, IPAddressDeny of systemd).',
        cause.tags.has('dropped_here') &&
          `The kernel of this host dropped every packet itself that it sent again (${quote(String(cause.data['counted'] ?? ''), 80)}): nothing left for the network.`,
        cause.tags.has('dropped_here') &&
          rule === null &&
          'No firewall rule that the doctor read does that. A BPF program of a control group (IPAddressDeny= of systemd), a filter or queue of tc, or a security module can.',
        agentOnly && unit && 'The doctor runs outside of that unit and got through.',
        agentOnly && !unit && 'The doctor ran as another user and got through; the rule stops the user of the Agent.',
        !agentOnly && rule === null && !cause.tags.has('dropped_here') && 'The doctor could not read which rule it is.',
        ownerNote(cause.data['owner'], ev),
      ),
      remedies: [
        ...(redirects
          ? []
          : openings({ manager, where: rule, inbound, questions: questions(cause), port: portOf(cause) }, ev)),
        unit
          ? remedy(
              'host',
              'Undo that setting in an override of the unit (IPAddressAllow=any; or the setting with an empty value), then restart the Agent.',
              { command: `sudo systemctl edit ${safeUnit(rule)}` },
            )
          : remedy('host', lookFor(cause, rule, redirects), { command: lookAt(manager, inbound, redirects) }),
      ],
    };
  },
});

function titleOf(cause: Cause, agentOnly: boolean): string {
  const hosts = hostList(cause);
  if (cause.data['questions'] === true) return "This host's own firewall stops questions to the resolver";
  if (cause.data['manager'] === BESIDES_RULES.systemd) return 'A setting of systemd keeps the Agent from the network';
  if (agentOnly) return "This host's own firewall stops the user that the Agent runs as";
  if (cause.tags.has('dropped_here') && cause.data['where'] === undefined)
    return `This host itself drops what it sends to ${hosts}`;
  if (cause.data['action'] === 'redirect') return `This host itself redirects connections to ${hosts}`;
  if (cause.data['inbound'] === true) return `This host's own firewall drops the answers of ${hosts}`;
  return `This host's own firewall stops connections to ${hosts}`;
}

/** Names of units are foreign text. */
const safeUnit = (rule: string | null): string => (rule !== null && /^[\w@.-]{1,100}$/.test(rule) ? rule : 'netdata');

const questions = ({ data }: Cause): boolean => data['questions'] === true;
const portOf = ({ data }: Cause): number => (typeof data['port'] === 'number' ? data['port'] : 443);

function lookFor(cause: Cause, rule: string | null, redirects: boolean): string {
  if (redirects)
    return `Remove that rule of ${String(cause.data['manager'])}, exempt the cloud's names from it, or start the program that should listen there.`;
  if (rule !== null) return 'To see the rule in its place:';
  if (cause.tags.has('dropped_here')) return 'See what else may drop packets on this host:';
  return questions(cause)
    ? "Find the rule in this host's own firewall, and let UDP and TCP 53 out to the resolvers before it."
    : "Find the rule in this host's own firewall, and let TCP 443 out to the cloud's names before it.";
}

/** How to see the rule for oneself. */
function lookAt(manager: string, inbound: boolean, redirects: boolean): string {
  if (manager === BESIDES_RULES.kernel)
    return 'ip -d link; tc qdisc show; tc filter show dev eth0 egress; sudo bpftool cgroup tree; systemctl show -p IPAddressDeny';
  if (manager === BESIDES_RULES.tc) return 'ip -d link; tc qdisc show';
  if (manager === BESIDES_RULES.ipsec) return 'sudo ip xfrm policy';
  if (!manager.startsWith('iptables')) return 'sudo nft -a list ruleset';
  const program = manager.includes('legacy') ? 'iptables-legacy' : 'iptables';
  return `sudo ${program} ${redirects ? '-t nat -L OUTPUT' : inbound ? '-L INPUT' : '-L OUTPUT'} -n -v --line-numbers`;
}

/** Connections that failed in a way that a rule of this host, or the time they took, explains. */
function seenFailing(ev: Evidence): Draft[] {
  const failing = ev.path.flatMap(({ connect }) => (connect === null || connect.failure === null ? [] : [connect]));
  return failing.flatMap((seen): Draft[] => {
    const fate = fateOf(seen, ev.hostNetwork);
    if (fate === 'no_family' || fate === 'works') return [];
    const tags: Tag[] = [];
    const own = ev.ownRules([seen.id]);
    // An entry of the routing table is a route (host.no_route).
    if (own.state === 'bites' && own.read.manager === BESIDES_RULES.routing) return [];
    const bite = own.state === 'bites' && fits(own.rule, fate) ? own : undefined;
    if (bite !== undefined) tags.push('own_rule_matches');
    if (
      (fate === 'reset' || fate === 'told') &&
      own.state !== 'clear' &&
      !isLoopback(seen.address) &&
      originOf(tookMs(seen), seen.family, ev.timing) === 'host'
    )
      tags.push('too_soon');
    if (fate === 'own') tags.push('local_errno');
    if (own.state === 'uncertain' && own.droppedHere && fate === 'silent') return [droppedHere(seen, own, ev)];
    return tags.length === 0 ? [] : [draftOf(seen, bite, tags, ev)];
  });
}

/** Nothing left this host, says its kernel; a rule that cannot be decided, if there is one, is the first suspect. */
function droppedHere(seen: ConnectObservation, own: Extract<OwnRules, { state: 'uncertain' }>, ev: Evidence): Draft {
  const { rule, read } = own;
  const counted = ev.firewalls.find(({ manager }) => manager === BESIDES_RULES.kernel);
  const suspect: Bite | undefined = read === counted ? undefined : { state: 'bites', rule, read };
  const draft = draftOf(seen, suspect, ['dropped_here'], ev);
  return {
    ...draft,
    evidence: [...draft.evidence, ...(counted === undefined || suspect === undefined ? [read.id] : [counted.id])],
    data: {
      ...draft.data,
      manager: suspect === undefined ? BESIDES_RULES.kernel : read.manager,
      counted: counted?.rules[0]?.text ?? '',
    },
  };
}

/** Connections that a rule of this host lets open, and then stops: by size, by content, by flags. */
function stoppedLater(ev: Evidence): Draft[] {
  return ev.path.flatMap((attempt): Draft[] => {
    const { connect, steps } = attempt;
    const failed = steps.find(({ failure }) => failure !== null);
    if (connect === null || connect.failure !== null || failed === undefined) return [];
    const own = ev.ownRules([failed.id]);
    if (own.state !== 'bites' || own.rule.afterHandshake !== true) return [];
    const silent = failed.failure?.kind === 'generic_timeout_error';
    const ended = failed.failure?.kind === 'connection_reset' || failed.failure?.kind === 'eof_error';
    if (!silent && !(ended && own.rule.action === 'reject')) return [];
    const draft = draftOf(connect, own, ['own_rule_matches'], ev);
    return [
      {
        ...draft,
        evidence: [failed.id, own.read.id],
        explains: [failed.id],
        key: 'later',
        data: { ...draft.data, later: true },
      },
    ];
  });
}

/** Questions to every resolver that the operating system refused to send, or that a rule of this host stops. */
function mutedQuestions(ev: Evidence): Draft[] {
  const failed = ev.dns.lookups.filter(({ failure }) => failure !== null);
  const alive = [...ev.dns.liveness.values()].flat();
  return failed.flatMap((lookup): Draft[] => {
    const queries = (ev.dns.answers.get(lookup.hostname) ?? []).flatMap((answer) => answer.queries);
    const muted = queries.flatMap((query): { query: DnsQueryObservation; bite: Bite | null }[] => {
      if (query.failure === null || query.rcode !== null) return [];
      const own = ev.ownRules([query.id]);
      // An entry of the routing table is a route (host.no_route).
      if (own.state === 'bites' && own.read.manager === BESIDES_RULES.routing) return [];
      if (own.state === 'bites' && own.rule.action !== 'redirect') return [{ query, bite: own }];
      return query.failure.kind === 'permission_denied' ? [{ query, bite: null }] : [];
    });
    if (muted.length === 0 || muted.length < queries.length) return [];
    const bite = muted.find((one) => one.bite !== null)?.bite ?? undefined;
    const refused = muted.map(({ query }) => query);
    const mute = alive.filter(({ failure, rcode }) => failure !== null && rcode === null);
    return [
      {
        subject: {
          hosts: [lookup.hostname],
          resolvers: refused.map(({ resolver }) => resolver),
          legs: ev.needs.flatMap(({ leg, target }) => (leg !== null && target.host === lookup.hostname ? [leg] : [])),
        },
        evidence: [lookup.id, ...refused.map(({ id }) => id), ...(bite === undefined ? [] : [bite.read.id])],
        explains: [lookup.id, ...refused.map(({ id }) => id), ...mute.map(({ id }) => id)],
        tags: [bite === undefined ? 'local_errno' : 'own_rule_matches'],
        key: 'dns',
        data: { ...ruleData(bite), questions: true },
      },
    ];
  });
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
    data: { ...ruleData(bite), afterMs: Number(tookMs(seen).toFixed(2)), port: seen.port },
  };
}

/** What stops the Agent's user, or its unit, but not ours: we got through, the Agent will not. */
function onlyTheAgent(ev: Evidence): Draft[] {
  const found = stoppedForAgent(ev, ({ manager }) => manager !== BESIDES_RULES.routing);
  if (found === null) return [];
  const { rule, read, ...draft } = found;
  return [
    {
      ...draft,
      tags: ['own_rule_matches'],
      key: 'owner',
      data: { ...ruleData({ state: 'bites', rule, read }), agentOnly: true },
    },
  ];
}

function fits({ action, inbound }: LocalFirewallRule, fate: string): boolean {
  // Whoever drops an answer, with or without a word to its sender, leaves us in silence.
  if (inbound === true) return fate === 'silent';
  if (action === 'redirect') return fate === 'silent' || fate === 'reset' || fate === 'told';
  if (action === 'drop' || action === 'policy_drop') return fate === 'silent' || fate === 'own';
  if (action === 'reject') return fate === 'reset' || fate === 'told' || fate === 'own';
  return false;
}

function ruleData(bite: Bite | undefined): Data {
  if (bite === undefined) return {};
  return {
    where: bite.rule.where,
    rule: bite.rule.text,
    manager: bite.read.manager,
    action: bite.rule.action,
    inbound: bite.rule.inbound === true,
    owner: bite.rule.owner,
  };
}

function ownerNote(owner: unknown, ev: Evidence): string | null {
  if (typeof owner !== 'string') return null;
  const agent = ev.agent.process?.user ?? null;
  return `The rule is for ${list([owner])}${agent === null ? '' : `; the Agent runs as ${quote(agent, 32)}`}.`;
}
