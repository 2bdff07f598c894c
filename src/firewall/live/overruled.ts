/**
 * Does something else on this host stop what our rules let through? An accept ends only its own base chain: every
 * other table on the same hook, and the other iptables backend, judges the packet again.
 */
import type { Drift } from './compare.js';
import { wantedEntries } from './compare.js';
import type { Flow } from '../read/flow.js';
import { iptablesRulesThatStop, parseIpsets } from '../read/iptables-save.js';
import { nftRulesThatStop } from '../read/nft-ruleset.js';
import type { CheckedAllowList } from '../target.js';
import type { LocalFirewallRule } from '../../model/observation.js';
import type { ApplyContext } from './manager.js';
import { tryRun } from './script-run.js';

/** Evaluating is linear in the ruleset: enough addresses to find a rule, not all of a large list. */
const FLOWS_MAX = 64;

async function uidOf(context: ApplyContext): Promise<number | null> {
  const { user } = context.options;
  if (user === null) return null;
  if (/^\d+$/.test(user)) return Number(user);
  const line = await tryRun(context, ['getent', 'passwd', user]);
  const uid = line?.split(':')[2];
  return uid === undefined ? null : Number(uid);
}

/** Only rules that surely stop a destination; what cannot be evaluated is not reported here. */
export async function overruling(list: CheckedAllowList, context: ApplyContext): Promise<readonly Drift[]> {
  const uid = await uidOf(context);
  const flows: Flow[] = wantedEntries(list, context.options)
    .slice(0, FLOWS_MAX)
    .map((entry) => ({ address: entry.cidr.replace(/\/\d+$/, ''), port: Number(entry.ports.split(',')[0]), uid }));
  const [nft, ...saves] = await Promise.all([
    tryRun(context, ['nft', '-j', 'list', 'ruleset']),
    tryRun(context, ['iptables-nft-save', '-t', 'filter']),
    tryRun(context, ['ip6tables-nft-save', '-t', 'filter']),
    tryRun(context, ['iptables-legacy-save', '-t', 'filter']),
    tryRun(context, ['ip6tables-legacy-save', '-t', 'filter']),
  ]);
  const sets = parseIpsets((await tryRun(context, ['ipset', 'save'])) ?? '');
  const rules: LocalFirewallRule[] = [];
  if (nft !== null) rules.push(...(nftRulesThatStop(nft, flows, { skipIptables: saves[0] !== null }) ?? []));
  saves.forEach((text, index) => {
    if (text !== null)
      rules.push(...iptablesRulesThatStop(text, index % 2 === 0 ? 'iptables' : 'ip6tables', flows, sets));
  });
  return rules
    .filter((rule) => rule.matches === true)
    .map((rule) => ({
      kind: 'overruled',
      entry: null,
      names: [],
      text: `${rule.where} stops the packets that our rules let through (${rule.action.replaceAll('_', ' ')})`,
    }));
}
