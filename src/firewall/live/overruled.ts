/**
 * Does something else on this host stop what our rules let through? An accept ends only its own base chain: every
 * other table on the same hook, and the other iptables backend, judges the packet again.
 */
import type { Drift } from './compare.js';
import { wantedEntries } from './compare.js';
import { DEFAULT_EPHEMERAL, type Flow, type Route } from '../read/flow.js';
import { judge } from '../read/judge.js';
import { routesFrom } from '../read/routes.js';
import { RulesetReader, type Source } from '../read/read-ruleset.js';
import type { CheckedAllowList } from '../core/target.js';
import type { ApplyContext } from './manager.js';
import { LEGACY_TABLES, legacyLoaded } from './detect.js';
import { tryRun } from './script-run.js';

/** Evaluating is linear in the ruleset: enough addresses to find a rule, not all of a large list. */
const FLOWS_MAX = 64;

/** The account that the rules are for; without one, that of the packages: a rule may stop the Agent alone. */
async function uidOf(context: ApplyContext): Promise<number | null> {
  const user = context.options.user ?? 'netdata';
  if (/^\d+$/.test(user)) return Number(user);
  const line = await tryRun(context, ['getent', 'passwd', user]);
  const uid = line?.split(':')[2];
  return uid === undefined ? null : Number(uid);
}

/** Only rules that surely stop a destination; what cannot be evaluated is not reported here. */
export async function overruling(list: CheckedAllowList, context: ApplyContext): Promise<readonly Drift[]> {
  const uid = await uidOf(context);
  const wanted = wantedEntries(list, context.options).slice(0, FLOWS_MAX);
  const addresses = wanted.map((entry) => entry.cidr.replace(/\/\d+$/, ''));
  const routes = await routesTo(addresses, uid, context);
  const flows = wanted.map((entry, at): Flow => {
    const address = addresses[at] ?? '';
    const port = Number(entry.ports.split(',')[0]);
    return { protocol: 'tcp', address, port, uid, gid: null, route: routes.get(address) ?? null };
  });
  const reader = new RulesetReader();
  await Promise.all(
    SOURCES.map(async ([source, argv]) => {
      const family = source === 'legacy4' ? 4 : source === 'legacy6' ? 6 : null;
      if (family !== null && !(await legacyLoaded(context.runner, LEGACY_TABLES[family]))) return;
      const text = await tryRun(context, argv);
      if (text === null) return;
      reader.push(source, text);
      // A part of the rules would be taken for all of them.
      if (source !== 'nft' || reader.nft.whole) reader.end(source);
    }),
  );
  if (reader.nft.devicesMissing) reader.nft.addDevices((await tryRun(context, NETDEV)) ?? '');
  const ruleset = reader.ruleset();
  const host = {
    ephemeral: DEFAULT_EPHEMERAL,
    queues: null,
    now: Date.now(),
    ecn: true,
    ttl: null,
    ipsec: null,
    bridges: new Set<string>(),
  };
  const drifts = new Map<string, Drift>();
  for (const flow of flows) {
    const verdict = judge(ruleset, flow, host);
    if (verdict.kind !== 'blocked' && verdict.kind !== 'redirected') continue;
    const { where, action } = verdict.rule;
    drifts.set(where, {
      kind: 'overruled',
      entry: null,
      names: [],
      text: `${where} stops the packets that our rules let through (${action.replaceAll('_', ' ')})`,
    });
  }
  return [...drifts.values()];
}

/** Without a device nobody knows whether a rule on one bites. */
async function routesTo(
  addresses: readonly string[],
  uid: number | null,
  { runner }: ApplyContext,
): Promise<ReadonlyMap<string, Route>> {
  const who = uid === null ? '' : ` uid ${String(uid)}`;
  const stdin = addresses.map((address) => `route get ${address}${who}\n`).join('');
  const { stdout } = await runner.run(['ip', '-force', '-batch', '-'], { stdin, timeoutMs: 10_000 });
  return routesFrom(stdout);
}

const NETDEV = ['nft', 'list', 'ruleset', 'netdev'];

const SOURCES: readonly (readonly [Source, readonly string[]])[] = [
  ['nft', ['nft', '-n', '-j', 'list', 'ruleset']],
  ['ipset', ['ipset', 'save']],
  ['nft4', ['iptables-nft-save']],
  ['nft6', ['ip6tables-nft-save']],
  ['legacy4', ['iptables-legacy-save']],
  ['legacy6', ['ip6tables-legacy-save']],
];
