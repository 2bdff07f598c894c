/** nftables: our table (enforce), or our sets, chains and jumps in tables of others (allow). */
import { MARKER, NFT_TABLE } from '../../core/names.js';
import { nftTables } from '../../targets/nftables/names.js';
import {
  LiveError,
  uniqueEntries,
  type FirewallManager,
  type ApplyContext,
  type LiveEntry,
  type LiveHook,
  type LiveState,
} from '../manager.js';
import { mustRun, runScript, tryRun } from '../script-run.js';
import { placeInNftables, pointlessInNftables } from './place.js';
import {
  elementCidr,
  isUnconditional,
  parseNft,
  rulePorts,
  ruleSet,
  ruleVerdict,
  type NftChain,
  type NftRuleset,
  type NftSet,
} from './json.js';

const JUMP = `${MARKER} jump`;
const OWN_TABLE = `inet ${NFT_TABLE}`;

/** Everything of ours, wherever it is. */
interface Ours {
  readonly ownTable: boolean;
  readonly chains: readonly NftChain[];
  readonly sets: readonly NftSet[];
  /** Our jumps in chains of others: chain, handle, and the rule as text. */
  readonly jumps: readonly {
    readonly table: string;
    readonly chain: string;
    readonly handle: number;
    readonly to: string;
  }[];
}

async function ruleset(context: ApplyContext): Promise<NftRuleset> {
  const parsed = parseNft(await mustRun(context, ['nft', '-j', 'list', 'ruleset']));
  if (parsed === null) throw new LiveError('nft printed something that is not its JSON');
  return parsed;
}

function oursIn(rules: NftRuleset): Ours {
  const chains = rules.chains.filter(
    (chain) => chain.table !== OWN_TABLE && chain.hook === null && /^nd_allow(?:_in)?$/.test(chain.name),
  );
  const sets = rules.sets.filter((set) => set.table !== OWN_TABLE && /^nd_allow_d[46](?:_|$)/.test(set.name));
  const jumps = rules.chains.flatMap((chain) =>
    chain.rules
      .filter((rule) => rule.comment === JUMP)
      .map((rule) => ({
        table: chain.table,
        chain: chain.name,
        handle: rule.handle,
        to: (ruleVerdict(rule) ?? '').replace('jump ', ''),
      })),
  );
  return { ownTable: rules.tables.includes(OWN_TABLE), chains, sets, jumps };
}

/** The commands that take our part out, as one transaction. */
function removal(ours: Ours): string[] {
  return [
    ...(ours.ownTable ? [`delete table ${OWN_TABLE}`] : []),
    ...ours.jumps.map((jump) => `delete rule ${jump.table} ${jump.chain} handle ${String(jump.handle)}`),
    ...ours.chains.map((chain) => `flush chain ${chain.table} ${chain.name}`),
    ...ours.chains.map((chain) => `delete chain ${chain.table} ${chain.name}`),
    ...ours.sets.map((set) => `delete set ${set.table} ${set.name}`),
  ];
}

async function capture(context: ApplyContext): Promise<{ text: string; jumps: string[] }> {
  const ours = oursIn(await ruleset(context));
  const parts: string[] = [];
  if (ours.ownTable) parts.push(await mustRun(context, ['nft', '-s', 'list', 'table', ...OWN_TABLE.split(' ')]));
  for (const set of ours.sets)
    parts.push(await mustRun(context, ['nft', '-s', 'list', 'set', ...set.table.split(' '), set.name]));
  for (const chain of ours.chains)
    parts.push(await mustRun(context, ['nft', '-s', 'list', 'chain', ...chain.table.split(' '), chain.name]));
  return {
    text: parts.join(''),
    // Inserted one after the other at the head: the last one first.
    jumps: ours.jumps
      .map((jump) => `insert rule ${jump.table} ${jump.chain} jump ${jump.to} comment "${JUMP}"`)
      .toReversed(),
  };
}

/** The first rule in front of our jump that ends the way of every packet. */
function shadow(chain: NftChain, handle: number): string | null {
  for (const rule of chain.rules) {
    if (rule.handle === handle) return null;
    const verdict = ruleVerdict(rule);
    if (isUnconditional(rule) && (verdict === 'drop' || verdict === 'reject'))
      return `${chain.table} ${chain.name} handle ${String(rule.handle)}: ${verdict}`;
  }
  return null;
}

function hooksOf(rules: NftRuleset, ours: Ours, context: ApplyContext): LiveHook[] {
  if (context.options.mode === 'enforce') {
    const out = rules.chains.find((chain) => chain.table === OWN_TABLE && chain.hook === 'output');
    const jumps = out?.rules.some((rule) => ruleVerdict(rule) === 'jump allow') ?? false;
    return [{ where: `${OWN_TABLE} out`, present: jumps, shadowedBy: null }];
  }
  const name = context.options.settings['chain'] ?? 'output';
  return nftTables(context.options).map((table) => {
    const chain = rules.chains.find((row) => row.table === table && row.name === name);
    const jump = ours.jumps.find((row) => row.table === table && row.chain === name && row.to === NFT_TABLE);
    return {
      where: `${table} ${name}`,
      present: jump !== undefined,
      shadowedBy: chain === undefined || jump === undefined ? null : shadow(chain, jump.handle),
    };
  });
}

async function read(context: ApplyContext): Promise<LiveState> {
  const rules = await ruleset(context);
  const ours = oursIn(rules);
  const enforce = context.options.mode === 'enforce';
  const tables = nftTables(context.options);
  const chains = rules.chains.filter(
    (row) => tables.includes(row.table) && row.name === (enforce ? 'allow' : NFT_TABLE),
  );
  const entries: LiveEntry[] = [];
  const problems: string[] = [];
  let revision: string | null = null;
  for (const chain of chains)
    for (const rule of chain.rules) {
      revision ??= /\brev=([0-9a-f]+)/.exec(rule.comment)?.[1] ?? null;
      const [name, ports] = [ruleSet(rule), rulePorts(rule)];
      if (name === null || ports === null) continue;
      const set = rules.sets.find((row) => row.table === chain.table && row.name === name);
      if (set === undefined) problems.push(`${chain.table} ${chain.name} uses a set that is not there: ${name}`);
      for (const element of set?.elements ?? []) {
        const cidr = elementCidr(element);
        if (cidr === null) problems.push(`${chain.table} ${name} holds an element that we do not understand`);
        else entries.push({ family: cidr.includes(':') ? 6 : 4, cidr, ports });
      }
    }
  const elsewhere = [...ours.chains, ...ours.sets]
    .filter((row) => !tables.includes(row.table))
    .map((row) => `${row.table} ${row.name}`);
  if (enforce && elsewhere.length > 0) problems.push(`left over from mode allow: ${elsewhere.join(', ')}`);
  if (!enforce && ours.ownTable) problems.push(`left over from mode enforce: table ${OWN_TABLE}`);
  return {
    target: 'nftables',
    running: true,
    present: ours.ownTable || ours.chains.length > 0 || ours.sets.length > 0 || ours.jumps.length > 0,
    revision,
    entries: uniqueEntries(entries),
    hooks: hooksOf(rules, ours, context),
    problems,
  };
}

export const nftablesManager: FirewallManager = {
  target: 'nftables',
  needs: ['nft'],
  keepsRules: false,
  hasBackends: false,
  replaces: ['nftables'],
  unit: { writes: [], capabilities: 'CAP_NET_ADMIN' },
  place: placeInNftables,
  pointless: pointlessInNftables,
  read,
  capture,
  async restore(context, captured) {
    const { text, jumps } = captured as unknown as Awaited<ReturnType<typeof capture>>;
    const lines = [...removal(oursIn(await ruleset(context))), text, ...jumps];
    await mustRun(context, ['nft', '-f', '-'], { stdin: `${lines.join('\n')}\n` });
  },
  apply: (context, files) => runScript(context, files, 'install'),
  async remove(context) {
    const lines = removal(oursIn(await ruleset(context)));
    if (lines.length > 0) await mustRun(context, ['nft', '-f', '-'], { stdin: `${lines.join('\n')}\n` });
    if ((await tryRun(context, ['nft', 'list', 'tables'])) === null)
      throw new LiveError('nft does not answer any more');
  },
};
