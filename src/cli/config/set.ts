/** `netdata-egress config set|enable|disable`: shows the difference, and with --apply makes it. */
import { diffConfig, editConfig } from '../../agent/config-edit.js';
import { lookup, parseIni } from '../../agent/ini.js';
import { parseChange, planChange, type Change, type PlannedChange } from '../../agent/config-plan.js';
import type { HostReader } from '../../agent/reader.js';
import type { ConfigFact } from '../../model/agent.js';
import { UsageError } from '../../model/errors.js';
import { EXIT } from '../../model/report.js';
import { safeText } from '../../report/escape.js';
import { defaultHost, discoverWith, settled, type ConfigHost, type Flags } from './options.js';
import { isRootsAlone } from '../../host/agents-files.js';
import { typedValue } from '../typed-value.js';
import { writeConfig } from './write-config.js';

const MAX_BYTES = 1024 * 1024;

interface FileEdit {
  readonly path: string;
  readonly before: string | null;
  readonly after: string;
  readonly changes: readonly PlannedChange[];
}

async function readText(reader: HostReader, path: string): Promise<string | null> {
  const file = await reader.readFile(path, MAX_BYTES);
  if (file.state === 'missing') return null;
  if (file.state === 'unreadable') throw new UsageError(`cannot read ${path} (${file.code}): run as root`);
  const text = Buffer.from(file.bytes).toString('utf8');
  if (file.truncated || Buffer.compare(Buffer.from(text), file.bytes) !== 0) {
    throw new UsageError(`${path} is no text file: not touched`);
  }
  return text;
}

/** All changes of one file become one edit. */
async function fileEdits(reader: HostReader, changes: readonly PlannedChange[]): Promise<FileEdit[]> {
  const paths = [...new Set(changes.map(({ path }) => path))];
  return Promise.all(
    paths.map(async (path) => {
      const ours = changes.filter((change) => change.path === path);
      const before = await readText(reader, path);
      const after = ours.reduce((text, change) => editConfig(text, change), before ?? '');
      return { path, before, after, changes: ours };
    }),
  );
}

/** The host as it would be after the edits. */
function overlay(reader: HostReader, edits: readonly FileEdit[]): HostReader {
  const texts = new Map(edits.map(({ path, after }) => [path, after]));
  return {
    ...reader,
    async readFile(path, maxBytes) {
      const text = texts.get(path);
      return text === undefined
        ? reader.readFile(path, maxBytes)
        : { state: 'read', bytes: new TextEncoder().encode(text), truncated: false };
    },
  };
}

const key = (fact: ConfigFact): string => `${fact.finding} ${String(fact.data['kind'])} ${fact.legs.join()}`;

/** Where the changed settings stand now. */
function editedPlaces(edits: readonly FileEdit[]): ReadonlySet<string> {
  return new Set(
    edits.flatMap(({ path, after, changes }) => {
      const ini = parseIni(Buffer.from(after));
      return changes.map(({ section, key: name }) => `${path}:${String(lookup(ini, section, name)?.line ?? 0)}`);
    }),
  );
}

/** What is wrong with the new values, or because of them; what was wrong before and elsewhere is not their fault. */
function newTroubles(
  before: readonly ConfigFact[],
  after: readonly ConfigFact[],
  edits: readonly FileEdit[],
): ConfigFact[] {
  const known = new Set(before.map(key));
  const edited = editedPlaces(edits);
  const isEdited = ({ file }: ConfigFact): boolean =>
    file !== null && edited.has(`${file.path}:${String(file.line ?? 0)}`);
  return after.filter(
    (fact) =>
      fact.data['kind'] !== 'disabled' &&
      ['blocks', 'route', 'value'].includes(String(fact.data['effect'])) &&
      (!known.has(key(fact)) || isEdited(fact)),
  );
}

function showEdit({ path, before, after }: FileEdit): string[] {
  const lines = diffConfig(before ?? '', after);
  if (lines.length === 0) return [`${path}: nothing to change`];
  const head = before === null ? [`${path} (new file)`] : [path];
  return [...head, ...lines.map(({ mark, text }) => `${mark} ${safeText(text)}`.trimEnd())];
}

async function change(wanted: readonly Change[], flags: Flags, host: ConfigHost, now: Date): Promise<void> {
  const { reader, write, setExitCode } = host;
  const say = (line: string): void => write(`${line}\n`);
  const { facts, writing } = await discoverWith(reader, flags, true);
  const plans = wanted.map((item) => planChange(facts, item));
  const refused = plans.find((plan) => plan.kind === 'refused');
  if (refused?.kind === 'refused') {
    say(safeText(refused.why, 1000));
    setExitCode(EXIT.BLOCKED);
    return;
  }
  const edits = await fileEdits(
    reader,
    plans.flatMap((plan) => (plan.kind === 'edit' ? [plan.change] : [])),
  );
  for (const edit of edits) for (const line of showEdit(edit)) say(line);
  const open = edits.filter(({ before, after }) => before !== after);
  if (open.length === 0) {
    setExitCode(EXIT.OK);
    return;
  }
  const next = await discoverWith(overlay(reader, edits), flags, true);
  const troubles = newTroubles(facts.facts, next.facts.facts, edits);
  for (const fact of troubles) say(`warning: ${safeText(fact.text)} (${fact.finding})`);
  const afterwards = [...new Set(open.flatMap(({ changes }) => changes.flatMap((item) => item.afterwards)))];
  if (flags['apply'] !== true) {
    say('');
    say('Nothing was written. With --apply the change is made; then:');
    for (const line of afterwards) say(`  ${line}`);
    setExitCode(troubles.length > 0 ? EXIT.BLOCKED : EXIT.OK);
    return;
  }
  if (troubles.length > 0 && flags['force'] !== true) {
    say('Nothing was written: claim or link cannot use this value. --force writes it anyway.');
    setExitCode(EXIT.BLOCKED);
    return;
  }
  if (host.inContainer) throw new UsageError("the Agent's files are in a container: run this inside of it");
  const { account, directoriesNamedBy: named } = writing;
  // Where somebody else than root says where the files are, they are written as what the Agent may write.
  const ownership = { account, placeIsAgents: named !== null && !isRootsAlone(named) };
  for (const { path, before, after, changes } of open) {
    const created = changes[0]?.whenCreated;
    if (created === undefined) continue;
    const written = await writeConfig(reader, path, before, after, created, now, ownership);
    say(`wrote ${written.path}${written.backup === null ? '' : `, the old one is ${written.backup}`}`);
  }
  say('For it to hold:');
  for (const line of afterwards) say(`  ${line}`);
  setExitCode(EXIT.OK);
}

export async function setConfig(
  changes: readonly string[],
  flags: Flags,
  given?: ConfigHost,
  now = new Date(),
): Promise<void> {
  const placed = await settled(flags);
  const host = given ?? (await defaultHost(placed));
  if (changes.filter((text) => text.endsWith('=-')).length > 1)
    throw new UsageError('only one value can come from stdin');
  const parsed: Change[] = [];
  for (const text of changes) {
    const value = text.indexOf('=') + 1;
    const name = text.slice(0, value);
    parsed.push(parseChange(value === 0 ? text : name + (await typedValue(name, text.slice(value), host.stdin))));
  }
  const keys = parsed.map(({ key: name }) => name);
  if (new Set(keys).size !== keys.length) throw new UsageError('a setting is given twice');
  await change(parsed, placed, host, now);
}

export async function switchLink(
  value: 'yes' | 'no',
  flags: Flags,
  given?: ConfigHost,
  now = new Date(),
): Promise<void> {
  const placed = await settled(flags);
  await change([{ key: 'enabled', value }], placed, given ?? (await defaultHost(placed)), now);
}
