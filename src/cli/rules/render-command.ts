/** `rules <target>` and `rules --list`. */
import { dirname, join } from 'node:path';
import type { RenderedFile } from '../../model/allow-list.js';
import { UsageError } from '../../model/errors.js';
import { EXIT } from '../../model/report.js';
import { lookAround, type HostFacts } from '../../firewall/live/surroundings.js';
import { MANAGERS } from '../../firewall/live/managers.js';
import { proxyNote } from '../../firewall/core/proxy-note.js';
import { findTarget, RULE_TARGETS } from '../../firewall/registry.js';
import { advise } from '../../firewall/recommend.js';
import { checkAllowList, renderRules } from '../../firewall/render.js';
import { RULE_GROUPS, type RuleTarget } from '../../firewall/core/target.js';
import { makeDirectory, writeFileAtomic } from '../write-file.js';
import { buildList } from './build-list.js';
import { isMissingUser } from './live-context.js';
import { parseRequest, renderRequest, type RuleFlags, type RulesRequest } from './options.js';
import { processIo, safe, warnTo, type Io } from './output.js';

interface Flags extends RuleFlags {
  readonly list?: boolean;
  readonly json?: boolean;
  readonly output?: string;
  readonly outputDir?: string;
}

/** Asks, builds, checks, renders: shared by every verb that needs the files. */
export async function renderFor(
  target: RuleTarget,
  request: RulesRequest,
  warn: (text: string) => void,
): Promise<readonly RenderedFile[]> {
  return (await renderList(target, request, warn)).files;
}

async function renderList(
  target: RuleTarget,
  request: RulesRequest,
  warn: (text: string) => void,
): Promise<{ readonly files: readonly RenderedFile[]; readonly complete: boolean }> {
  const fromHere = target.capabilities.proxy;
  const built = await buildList(request, { wantsAddresses: target.capabilities.matches !== 'names', fromHere });
  for (const warning of built.warnings) warn(warning);
  const list = checkAllowList(built.list, request.accepted);
  const files = renderRules(target, list, renderRequest(request));
  const note = list.hosts.some(({ purpose }) => purpose === 'proxy') ? [proxyNote(built.destinations)] : [];
  return { files: [...files, ...note], complete: list.incomplete === undefined };
}

/** `facts`: what this host is, asked only for the list. */
export async function renderCommand(
  id: string | undefined,
  flags: Flags,
  io: Io = processIo,
  facts: () => Promise<HostFacts> = lookAround,
): Promise<void> {
  if (flags.list === true) {
    const mine = new Set(advise(await facts()).targets.map((row) => row.target));
    io.out(flags.json === true ? listJson(mine) : listText(mine));
    return;
  }
  if (id === undefined) throw new UsageError('name a target; rules --list shows them');
  if (flags.output !== undefined && flags.outputDir !== undefined)
    throw new UsageError('--output and --output-dir exclude each other');
  const target = findTarget(id);
  const request = parseRequest(flags);
  // They may be for another host.
  if (request.user !== null && (await isMissingUser(request.user)))
    warnTo(io)(
      `there is no user ${JSON.stringify(request.user.slice(0, 40))} on this host: here these rules would not load`,
    );
  const { files, complete } = await renderList(target, request, warnTo(io));
  const main = files[0];
  if (main === undefined) return;
  const mark = flags.outputDir === undefined && needsScript(target, files, request.mode) ? PARTIAL : '';
  if (flags.outputDir !== undefined) {
    for (const file of files) {
      const path = join(flags.outputDir, file.name);
      await makeDirectory(dirname(path));
      await writeFileAtomic(path, file.content, file.mode);
    }
    io.err(files.map((file) => `wrote ${safe(join(flags.outputDir ?? '', file.name))}\n`).join(''));
  } else if (flags.output !== undefined) await writeFileAtomic(flags.output, `${mark}${main.content}`, main.mode);
  else io.out(`${mark}${main.content}`);
  if (!complete || mark !== '') io.exit(EXIT.BLOCKED);
  const others = files.slice(1).map((file) => file.name);
  if (flags.outputDir === undefined && others.length > 0)
    io.err(`netdata-egress: there is more to it (${others.join(', ')}): use --output-dir\n`);
}

const PARTIAL = '# INCOMPLETE: use --output-dir\n';

/**
 * Loading the first file alone changes nothing, or lacks a part: a jump into its chain, its sets, its other family.
 * Only the table of nftables' enforce mode stands by itself.
 */
function needsScript(target: RuleTarget, files: readonly RenderedFile[], mode: RulesRequest['mode']): boolean {
  const byScript = target.group === 'hosts' && files.slice(1).some((file) => file.role === 'install');
  return byScript && !(target.id === 'nftables' && mode === 'enforce');
}

const LIST_WIDTH = 80;

/** Words in lines of at most `width` characters. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function listText(mine: ReadonlySet<string>): string {
  const rows = RULE_TARGETS.map((target) => {
    const { matches, modes, ownerMatch, families } = target.capabilities;
    const can = [
      ...(modes.includes('enforce') ? ['enforce'] : []),
      ...(ownerMatch ? ['user'] : []),
      ...(families.length === 1 ? [`IPv${String(families[0])} only`] : []),
    ];
    return { target, matches, can: can.join(', ') };
  });
  const widest = (texts: readonly string[]): number => Math.max(...texts.map((text) => text.length));
  const [id, match, can] = [
    widest(rows.map((row) => row.target.id)),
    'addresses'.length,
    widest(rows.map((r) => r.can)),
  ];
  const indent = 2 + id + 2 + match + 2 + can + 2;
  const head = `${'target'.padEnd(id + 4)}${'matches'.padEnd(match + 2)}${'also'.padEnd(can + 2)}what it is`;
  const sections = [
    { title: 'yours (rules recommend says why)', has: ({ id: own }: RuleTarget): boolean => mine.has(own) },
    ...RULE_GROUPS.map((group) => ({
      title: group,
      has: (target: RuleTarget): boolean => target.group === group && !mine.has(target.id),
    })),
  ];
  const groups = sections.flatMap(({ title, has }) => {
    const members = rows.filter((row) => has(row.target));
    if (members.length === 0) return [];
    return [
      '',
      title,
      ...members.map((row) => {
        const lines = wrap(row.target.title, LIST_WIDTH - indent);
        const first = `  ${row.target.id.padEnd(id)}  ${row.matches.padEnd(match)}  ${row.can.padEnd(can)}  `;
        return first + lines.join(`\n${' '.repeat(indent)}`);
      }),
    ];
  });
  const foot = [
    'also: enforce = a default-deny of our own (--mode enforce); user = for one',
    'local account only (--user). Settings of each target: rules --list --json.',
    ...wrap(`Applied and read back from here: ${MANAGERS.map((manager) => manager.target).join(', ')}.`, LIST_WIDTH),
  ];
  return `${[head, ...groups, '', ...foot].join('\n')}\n`;
}

function listJson(mine: ReadonlySet<string>): string {
  const rows = RULE_TARGETS.map((target) => ({
    id: target.id,
    title: target.title,
    group: target.group,
    yours: mine.has(target.id),
    capabilities: target.capabilities,
    settings: target.settings.map(({ name, title, default: value, pattern }) => ({
      name,
      title,
      default: value,
      pattern: pattern.source,
    })),
    checkedBy: (target.validators ?? []).map((validator) => validator.id),
  }));
  return `${JSON.stringify({ schema: 'netdata-egress/rule-targets', version: 1, targets: rows }, null, 2)}\n`;
}
