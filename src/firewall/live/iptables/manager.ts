/** iptables and ip6tables, with or without sets: our chains, and our jumps in OUTPUT and INPUT. */
import { IPT_CHAIN, IPT_CHAIN_ENFORCE, IPT_CHAIN_IN, MADE_TABLE, MARKER } from '../../core/names.js';
import { BARE_LINE, JUMPED } from '../../targets/shared/iptables-rules.js';
import { LEGACY_TABLES } from '../detect.js';
import { formatPrefix, parsePrefix, tryParsePrefix } from '../../core/cidr.js';
import {
  joinPorts,
  LiveError,
  uniqueEntries,
  type FirewallManager,
  type ApplyContext,
  type LiveEntry,
  type LiveHook,
  type LiveState,
} from '../manager.js';
import { mustRun, runScript, tryRun } from '../script-run.js';

const CHAINS = [IPT_CHAIN_ENFORCE, IPT_CHAIN, IPT_CHAIN_IN];
const SET = new RegExp(`^${MARKER}[46](?:-|$)`);

function program(context: ApplyContext, family: 4 | 6, what: '' | '-save' | '-restore'): string {
  const backend = context.backend === null ? '' : `-${context.backend}`;
  return `ip${family === 6 ? '6' : ''}tables${backend}${what}`;
}

/** The filter table as iptables-save prints it: our part, and the chains that we jump from. */
interface Saved {
  /** Chains of ours that exist. */
  readonly chains: readonly string[];
  readonly rules: readonly string[];
  /** `-A OUTPUT … -j ND-ALLOW`, as printed. */
  readonly jumps: readonly string[];
  readonly lines: readonly string[];
}

async function isLegacy({ backend, runner }: ApplyContext, family: 4 | 6): Promise<boolean> {
  if (backend !== null) return backend === 'legacy';
  const { code, stdout } = await runner.run([`ip${family === 6 ? '6' : ''}tables`, '-V'], { timeoutMs: 10_000 });
  return code === 0 && !stdout.includes('nf_tables');
}

/** Asking the legacy backend for a table makes it: one that is not there holds nothing of ours. */
async function isLoaded(context: ApplyContext, family: 4 | 6): Promise<boolean> {
  if (!(await isLegacy(context, family))) return true;
  const names = await tryRun(context, ['cat', LEGACY_TABLES[family]]);
  return names?.split('\n').includes('filter') === true;
}

const BARE = new RegExp(BARE_LINE.replaceAll('[[:space:]]', '\\s'));
const MARK = `comment "${MADE_TABLE}"`;

const isBare = (text: string): boolean => text.includes(MARK) && text.split('\n').every((line) => BARE.test(line));

/** Takes the table and the built-in chains away that came with our first rule, unless somebody uses them since. */
async function giveBack(context: ApplyContext, family: 4 | 6): Promise<void> {
  const table = [`ip${family === 6 ? '6' : ''}`, 'filter'];
  const text = (await tryRun(context, ['nft', 'list', 'table', ...table])) ?? '';
  if (text.split('\n')[1]?.trim() === MARK && isBare(text)) {
    await mustRun(context, ['nft', 'delete', 'table', ...table]);
    return;
  }
  for (const chain of JUMPED)
    if (isBare((await tryRun(context, ['nft', 'list', 'chain', ...table, chain])) ?? ''))
      await mustRun(context, ['nft', 'delete', 'chain', ...table, chain]);
}

async function save(context: ApplyContext, family: 4 | 6): Promise<Saved> {
  if (!(await isLoaded(context, family))) return { ...NOTHING, lines: [] };
  const text = await mustRun(context, [program(context, family, '-save'), '-t', 'filter']);
  const lines = text.split('\n');
  return {
    chains: CHAINS.filter((chain) => lines.some((line) => line.startsWith(`:${chain} `))),
    rules: lines.filter((line) => CHAINS.some((chain) => line.startsWith(`-A ${chain} `))),
    jumps: lines.filter(
      (line) => /^-A (?:OUTPUT|INPUT) /.test(line) && CHAINS.some((chain) => line.endsWith(` -j ${chain}`)),
    ),
    lines,
  };
}

/** Words of a saved rule; comments are quoted. */
function words(line: string): string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '');
}

function after(all: readonly string[], ...flags: readonly string[]): string | null {
  const at = all.findIndex((word) => flags.includes(word));
  return at === -1 ? null : (all[at + 1] ?? null);
}

function rulePorts(all: readonly string[]): string | null {
  const text = after(all, '--dport', '--dports');
  return text === null
    ? null
    : text
        .split(',')
        .map(Number)
        .sort((a, b) => a - b)
        .join(',');
}

async function setMembers(context: ApplyContext, name: string): Promise<string[] | null> {
  const text = await tryRun(context, ['ipset', 'save', name]);
  if (text === null) return null;
  return [...text.matchAll(/^add \S+ (\S+)/gm)].map((match) => match[1] ?? '');
}

async function entriesOf(context: ApplyContext, saved: Saved, family: 4 | 6, problems: string[]): Promise<LiveEntry[]> {
  const entries: LiveEntry[] = [];
  const add = (text: string, ports: string): void => {
    const prefix = tryParsePrefix(text);
    if ('problem' in prefix) problems.push(`a rule of ours names ${text}: ${prefix.problem}`);
    else entries.push({ family, cidr: formatPrefix(parsePrefix(text)), ports });
  };
  for (const line of saved.rules.filter((rule) => rule.startsWith(`-A ${IPT_CHAIN} `))) {
    const all = words(line);
    const ports = rulePorts(all);
    if (ports === null || after(all, '-p') !== 'tcp' || ports === '53') continue;
    const destination = after(all, '-d');
    const set = after(all, '--match-set');
    if (destination !== null) add(destination, ports);
    else if (set !== null) {
      const members = await setMembers(context, set);
      if (members === null) problems.push(`the set ${set} that a rule of ours uses is not there`);
      for (const member of members ?? []) add(member, ports);
    }
  }
  return joinPorts(entries);
}

/** A rule that matches every packet: nothing but target, comment and reject type. */
function isTerminal(line: string): boolean {
  const bare = line.replace(/ -m comment --comment (?:"(?:[^"\\]|\\.)*"|\S+)/, '').replace(/ --reject-with \S+/, '');
  return /^-A \S+ -j (?:DROP|REJECT)$/.test(bare);
}

function hooksOf(saved: Saved, family: 4 | 6, context: ApplyContext): LiveHook[] {
  const to = context.options.mode === 'enforce' ? IPT_CHAIN_ENFORCE : IPT_CHAIN;
  const jump = saved.jumps.find((line) => line.startsWith('-A OUTPUT ') && line.endsWith(` -j ${to}`));
  const before = jump === undefined ? [] : saved.lines.slice(0, saved.lines.indexOf(jump));
  const terminal = before.find((line) => line.startsWith('-A OUTPUT ') && isTerminal(line));
  return [
    {
      where: `${program(context, family, '')} OUTPUT`,
      present: jump !== undefined,
      shadowedBy: terminal === undefined ? null : terminal,
    },
  ];
}

/** One transaction: jumps out, chains emptied, what was saved back in. */
function restoreText(now: Saved, before: Pick<Saved, 'chains' | 'rules' | 'jumps'>): string {
  const gone = now.chains.filter((chain) => !before.chains.includes(chain));
  return [
    '*filter',
    ...before.chains.map((chain) => `:${chain} - [0:0]`),
    ...now.jumps.map((line) => line.replace(/^-A/, '-D')),
    // Rules of the chains that stay were emptied by their declaration; the others must not point at each other.
    ...gone.map((chain) => `-F ${chain}`),
    ...gone.map((chain) => `-X ${chain}`),
    ...before.rules,
    ...before.jumps.map((line) => line.replace(/^-A (\S+)/, '-I $1 1')).toReversed(),
    'COMMIT',
    '',
  ].join('\n');
}

interface CapturedRules {
  readonly v4: Pick<Saved, 'chains' | 'rules' | 'jumps'> | null;
  readonly v6: Pick<Saved, 'chains' | 'rules' | 'jumps'> | null;
  /** Output of `ipset save` for each set of ours. */
  readonly sets: Readonly<Record<string, string>>;
}

async function setNames(context: ApplyContext): Promise<string[]> {
  const text = await tryRun(context, ['ipset', 'list', '-n']);
  return (text ?? '').split('\n').filter((name) => SET.test(name));
}

/** One chain for all of them: the sets tell whose rules they are. */
const SHARED: readonly string[] = ['iptables', 'ip6tables', 'ipset'];

const NOTHING = { chains: [], rules: [], jumps: [] };

function iptablesManager(target: string, families: readonly (4 | 6)[]): FirewallManager {
  const usesSets = target === 'ipset';
  const restore = async (context: ApplyContext, captured: CapturedRules): Promise<void> => {
    // Sets first while rules may need them, and the superfluous ones last, when no rule does.
    for (const [name, text] of Object.entries(captured.sets)) {
      // Both lines name the set: its content is built beside it and swapped in.
      const fill = text.replaceAll(new RegExp(`^(create|add) ${name}( |$)`, 'gm'), `$1 ${name}-t$2`);
      await tryRun(context, ['ipset', 'destroy', `${name}-t`]);
      await mustRun(context, ['ipset', 'restore', '-exist'], { stdin: fill });
      if ((await setNames(context)).includes(name)) {
        await mustRun(context, ['ipset', 'swap', `${name}-t`, name]);
        await mustRun(context, ['ipset', 'destroy', `${name}-t`]);
      } else await mustRun(context, ['ipset', 'rename', `${name}-t`, name]);
    }
    for (const family of families) {
      const before = (family === 4 ? captured.v4 : captured.v6) ?? NOTHING;
      const now = await save(context, family);
      if (now.chains.length > 0 || now.jumps.length > 0 || before.chains.length > 0)
        await mustRun(context, [program(context, family, '-restore'), '-w', '--noflush'], {
          stdin: restoreText(now, before),
        });
      if (before.chains.length === 0) await giveBack(context, family);
    }
    if (usesSets)
      for (const name of await setNames(context))
        if (!Object.hasOwn(captured.sets, name)) await mustRun(context, ['ipset', 'destroy', name]);
  };
  return {
    target,
    needs: [...(usesSets ? ['ipset'] : []), ...families.map((family) => `ip${family === 6 ? '6' : ''}tables`)],
    keepsRules: false,
    hasBackends: true,
    replaces: SHARED,
    // The legacy backend opens a raw socket.
    unit: { writes: ['/run/xtables.lock'], capabilities: 'CAP_NET_ADMIN CAP_NET_RAW CAP_DAC_OVERRIDE' },
    async read(context): Promise<LiveState> {
      const problems: string[] = [];
      const saved = await Promise.all(families.map((family) => save(context, family)));
      const entries: LiveEntry[] = [];
      for (const [index, family] of families.entries())
        entries.push(...(await entriesOf(context, saved[index] ?? { ...NOTHING, lines: [] }, family, problems)));
      const rules = saved.flatMap((row) => row.rules);
      const revisions = new Set(rules.flatMap((line) => /\brev=([0-9a-f]+)/.exec(line)?.[1] ?? []));
      if (revisions.size > 1) problems.push(`rules of different revisions are loaded: ${[...revisions].join(', ')}`);
      const sets = (await setNames(context)).length > 0;
      return {
        present: saved.some((row) => row.chains.length > 0) || (usesSets && sets),
        target: sets ? 'ipset' : 'iptables',
        running: true,
        revision: [...revisions][0] ?? null,
        entries: uniqueEntries(entries),
        hooks: families.flatMap((family, index) => hooksOf(saved[index] ?? { ...NOTHING, lines: [] }, family, context)),
        problems,
      };
    },
    async capture(context) {
      const bare = ({ chains, rules, jumps }: Saved) => ({ chains, rules, jumps });
      const sets: Record<string, string> = {};
      if (usesSets)
        for (const name of await setNames(context)) sets[name] = await mustRun(context, ['ipset', 'save', name]);
      return {
        v4: families.includes(4) ? bare(await save(context, 4)) : null,
        v6: families.includes(6) ? bare(await save(context, 6)) : null,
        sets,
      } satisfies CapturedRules;
    },
    restore: (context, captured) => restore(context, captured as unknown as CapturedRules),
    apply: (context, files) => runScript(context, files, 'install'),
    async remove(context) {
      await restore(context, { v4: NOTHING, v6: NOTHING, sets: {} });
      const left = await Promise.all(families.map((family) => save(context, family)));
      if (left.some((row) => row.chains.length > 0 || row.jumps.length > 0))
        throw new LiveError('chains of ours are still there');
    },
  };
}

export const iptablesManagers: readonly FirewallManager[] = [
  iptablesManager('iptables', [4, 6]),
  iptablesManager('ip6tables', [6]),
  iptablesManager('ipset', [4, 6]),
];
