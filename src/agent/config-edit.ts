/** Changing one setting in the text of a configuration file, so that the Agent reads the new value. Pure. */
import { UsageError } from '../model/errors.js';
import { lookup, parseIni } from './ini.js';
import { maskLine } from './mask.js';

export interface ConfigEdit {
  readonly section: string;
  readonly key: string;
  readonly value: string;
}

const BOM = '\ufeff';

interface Lines {
  readonly lines: string[];
  readonly lineEnd: string;
}

function split(text: string): Lines {
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return { lines, lineEnd };
}

const sectionOf = (line: string): string | null => /^\s*\[(?<name>.*)\]\s*$/.exec(line)?.groups?.['name'] ?? null;

function isSetting(line: string, key: string): boolean {
  const equals = line.indexOf('=');
  return equals > 0 && line.slice(0, equals).trim() === key;
}

/** Where a setting stands, or should: the line to replace, or the one to insert behind. */
function place(
  lines: readonly string[],
  { section, key }: ConfigEdit,
): { replace: number } | { after: number; indent: string } | null {
  let current: string | null = null;
  let replace = -1;
  let comment = -1;
  let last = -1;
  for (const [index, line] of lines.entries()) {
    current = sectionOf(line) ?? current;
    if (current !== section) continue;
    // The last one of a key is the one that counts.
    if (isSetting(line, key)) replace = index;
    if (isSetting(line.replace(/^\s*#\s*/, ''), key)) comment = index;
    if (line.trim() !== '') last = index;
  }
  if (replace >= 0) return { replace };
  if (last < 0) return null;
  const after = comment >= 0 ? comment : last;
  const sample = lines.find((line) => /^\s+[^\s#[]+.*=/.test(line));
  return { after, indent: /^\s*/.exec(sample ?? '')?.[0] ?? '' };
}

/** A value that the Agent reads back as it was meant. */
function checkValue({ key, value }: ConfigEdit): void {
  if (/[\u0000-\u001f\u007f]/.test(value))
    throw new UsageError(`${key}: a value cannot hold control characters or line ends`);
  if (value !== value.trim()) throw new UsageError(`${key}: a value cannot begin or end with a space`);
  if (value.length > 4096) throw new UsageError(`${key}: the value is too long`);
}

/** Signs that nobody sees, and that are no spaces to the Agent: before a section or a key they belong to its name. */
const UNSEEN = /[\ufeff\u200b-\u200f\u2028\u2029\u2060\u00a0\u2000-\u200a\u202f\u205f\u3000\v\f]/;

/** Why the Agent would not find the setting where a person sees it. */
function misread(lines: readonly string[], { section, key }: ConfigEdit): string {
  const index = lines.findIndex((line) => UNSEEN.test(line));
  if (index < 0) return `[${section}] ${key} cannot be set: the Agent would not read it back from this file`;
  const sign = lines[index]?.includes(BOM) === true ? 'a byte-order mark' : 'an invisible character';
  return `[${section}] ${key} cannot be set: line ${String(index + 1)} holds ${sign} that hides it from the Agent; remove it first`;
}

/**
 * The text with the setting in it. Everything else stays as it is, but for a byte-order mark, which would hide the
 * first line. Throws UsageError for values that an ini file cannot hold.
 */
export function editConfig(text: string, edit: ConfigEdit): string {
  checkValue(edit);
  const { lines, lineEnd } = split(text.startsWith(BOM) ? text.slice(BOM.length) : text);
  const line = `${edit.key} = ${edit.value}`.trimEnd();
  const found = place(lines, edit);
  if (found === null) {
    if (lines.length > 0 && lines.at(-1)?.trim() !== '') lines.push('');
    lines.push(`[${edit.section}]`, `    ${line}`);
  } else if ('replace' in found) {
    const old = lines[found.replace] ?? '';
    lines[found.replace] = (/^\s*/.exec(old)?.[0] ?? '') + line;
  } else lines.splice(found.after + 1, 0, found.indent + line);
  const result = lines.join(lineEnd) + lineEnd;
  const read = lookup(parseIni(new TextEncoder().encode(result)), edit.section, edit.key);
  if (read?.value !== edit.value) throw new UsageError(misread(lines, edit));
  return result;
}

export interface DiffLine {
  readonly mark: ' ' | '-' | '+';
  /** Masked: a diff is for showing. */
  readonly text: string;
}

/** Lines of context around a change. */
const CONTEXT = 2;

/** What changes, line by line, secrets hidden. Edits touch few lines, so the common head and tail are cut off. */
export function diffConfig(before: string, after: string): readonly DiffLine[] {
  const [old, next] = [split(before).lines, split(after).lines];
  let head = 0;
  while (head < old.length && head < next.length && old[head] === next[head]) head += 1;
  let tail = 0;
  while (tail < old.length - head && tail < next.length - head && old.at(-1 - tail) === next.at(-1 - tail)) tail += 1;
  if (head === old.length && head === next.length) return [];
  const show = (mark: DiffLine['mark'], lines: readonly string[]): DiffLine[] =>
    lines.map((line) => ({ mark, text: showLine(line) }));
  return [
    ...show(' ', old.slice(Math.max(0, head - CONTEXT), head)),
    ...show('-', old.slice(head, old.length - tail)),
    ...show('+', next.slice(head, next.length - tail)),
    ...show(' ', old.slice(old.length - tail, old.length - tail + CONTEXT)),
  ];
}

function showLine(line: string): string {
  const text = line.trim();
  if (text === '') return '';
  // A comment may be a setting that was put aside, with its secret.
  if (text.startsWith('#')) return text.includes('=') ? `# ${maskLine(text.replace(/^#\s*/, ''))}` : '# …';
  return (/^\s*/.exec(line)?.[0] ?? '') + maskLine(text);
}
