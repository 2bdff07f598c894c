/**
 * The Agent's dialect of ini files (docs/reference/agent.md#configuration-files), pure over bytes. It reads what the
 * Agent reads and notes every line that the Agent takes otherwise than a person would.
 */
import type { ConfigProblem } from '../model/observation.js';
import { maskLine } from './mask.js';

/** Longest piece of a line that the Agent takes at once, in bytes; the rest is read as a new line. */
export const MAX_LINE_BYTES = 8191;

export type IniProblemKind =
  | 'bom'
  | 'not_text'
  | 'nul_byte'
  | 'line_too_long'
  | 'option_before_section'
  | 'section_not_closed'
  | 'unknown_section_case'
  | 'unknown_key_case'
  | 'no_equals'
  | 'empty_key'
  | 'duplicate_key'
  | 'trailing_comment_kept'
  | 'quotes_kept'
  | 'semicolon_not_comment'
  | 'invisible_character';

export interface IniEntry {
  readonly section: string;
  readonly key: string;
  readonly value: string;
  /** 1-based, as an editor counts. */
  readonly line: number;
}

export interface IniProblem extends ConfigProblem {
  readonly kind: IniProblemKind;
  /** The key of the line where it has one; a problem matters only where somebody reads that key. */
  readonly key: string | null;
  readonly section: string | null;
}

export interface IniFile {
  /** In the order of the file, duplicates included. */
  readonly entries: readonly IniEntry[];
  readonly problems: readonly IniProblem[];
}

/** Names that people write in other cases, and what the Agent looks for. */
export interface IniVocabulary {
  readonly sections: readonly string[];
  readonly keys: readonly string[];
}

interface Line {
  readonly number: number;
  readonly text: string;
  readonly nul: boolean;
}

const BOM = '\ufeff';
const LF = 0x0a;

/** C's isspace in the C locale; JavaScript's trim() would take more than that. */
const SPACE_AROUND = /^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g;
const trim = (text: string): string => text.replace(SPACE_AROUND, '');

/** Zero-width and non-breaking characters that copy and paste brings along, and typographic quotes. */
const INVISIBLE = /[\u00a0\u200b-\u200f\u2028\u2029\u202a-\u202f\u2060\ufeff\u2018-\u201f]/;

/** Cuts bytes into the lines that the Agent's reader sees: at line ends, at its buffer's end, at a NUL. */
function* lines(bytes: Uint8Array): Generator<{ line: Line; continued: boolean }> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let start = 0;
  let number = 1;
  let continued = false;
  while (start < bytes.length) {
    const newline = bytes.indexOf(LF, start);
    const lineEnd = newline < 0 ? bytes.length : newline + 1;
    const end = Math.min(lineEnd, start + MAX_LINE_BYTES);
    const piece = bytes.subarray(start, end);
    const nul = piece.indexOf(0);
    const text = trim(decoder.decode(nul < 0 ? piece : piece.subarray(0, nul)));
    yield { line: { number, text, nul: nul >= 0 }, continued };
    continued = end < lineEnd;
    if (!continued) number += 1;
    start = end;
  }
}

class Parser {
  readonly entries: IniEntry[] = [];
  readonly problems: IniProblem[] = [];
  readonly #vocabulary: IniVocabulary;
  readonly #seen = new Set<string>();
  #section: string | null = null;

  constructor(vocabulary: IniVocabulary) {
    this.#vocabulary = vocabulary;
  }

  note(kind: IniProblemKind, line: Line | null, key: string | null = null): void {
    const text = line === null ? '' : maskLine(line.text);
    // A key that nobody knows may be a secret in the wrong place.
    const known = key !== null && this.#vocabulary.keys.includes(key) ? key : null;
    this.problems.push({ kind, line: line?.number ?? null, text, key: known, section: this.#section });
  }

  take(line: Line): void {
    if (line.nul) this.note('nul_byte', line);
    const { text } = line;
    if (text === '' || text.startsWith('#')) return;
    if (text.startsWith('[') && text.endsWith(']') && text.length > 1) {
      this.#openSection(text.slice(1, -1), line);
      return;
    }
    const equals = text.indexOf('=');
    if (text.startsWith('[') && (equals < 0 || text.indexOf(']') < equals)) this.note('section_not_closed', line);
    else if (text.startsWith(';')) this.note('semicolon_not_comment', line);
    else if (this.#section === null)
      this.note('option_before_section', line, equals < 0 ? null : trim(text.slice(0, equals)));
    else if (equals < 0) this.note('no_equals', line, text.split(/[ \t:]/)[0] ?? null);
    if (this.#section === null || equals < 0) return;
    const key = trim(text.slice(0, equals));
    const value = trim(text.slice(equals + 1));
    if (key === '') this.note('empty_key', line);
    else this.#option(this.#section, key, value, line);
  }

  #openSection(name: string, line: Line): void {
    this.#section = name;
    const { sections } = this.#vocabulary;
    const plain = name.trim().toLowerCase();
    if (!sections.includes(name) && sections.includes(plain)) this.note('unknown_section_case', line);
  }

  #option(section: string, key: string, value: string, line: Line): void {
    const { sections, keys } = this.#vocabulary;
    const plain = key.toLowerCase().replace(/[_-]/g, ' ').replace(/["']/g, '').trim();
    if (sections.includes(section) && !keys.includes(key) && keys.includes(plain))
      this.note('unknown_key_case', line, plain);
    if (/[ \t][#;]/.test(value)) this.note('trailing_comment_kept', line, key);
    if (/^(["']).*\1$|^["']|["']$/.test(value)) this.note('quotes_kept', line, key);
    if (INVISIBLE.test(value) || INVISIBLE.test(key)) this.note('invisible_character', line, key);
    const id = `${section}\0${key}`;
    if (this.#seen.has(id)) this.note('duplicate_key', line, key);
    this.#seen.add(id);
    this.entries.push({ section, key, value, line: line.number });
  }
}

/** Names of the three files that matter here. */
const AGENT_VOCABULARY: IniVocabulary = {
  sections: ['global', 'cloud', 'directories'],
  keys: ['url', 'token', 'rooms', 'proxy', 'insecure', 'enabled', 'cloud base url', 'claimed_id', 'machine_guid'],
};

/** Reads a file as the Agent does. Never throws. */
export function parseIni(bytes: Uint8Array, vocabulary: IniVocabulary = AGENT_VOCABULARY): IniFile {
  const parser = new Parser(vocabulary);
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (utf16) parser.note('not_text', null);
  for (const { line, continued } of lines(bytes)) {
    if (continued) parser.note('line_too_long', line);
    // The mark hides a section; before a comment it is no harm, and the Agent ignores the line either way.
    if (line.number === 1 && line.text.startsWith(BOM)) {
      if (/^.\s*[^\s#]/.test(line.text)) parser.note('bom', line);
      continue;
    }
    parser.take(line);
  }
  // A wide encoding has a NUL on every line: one word about the file is enough.
  const problems = utf16 ? parser.problems.filter(({ kind }) => kind === 'not_text') : parser.problems;
  return { entries: parser.entries, problems };
}

/** The entry that counts: the last one of its name. An empty value is a value. */
export function lookup(file: IniFile, section: string, key: string): IniEntry | null {
  return file.entries.findLast((entry) => entry.section === section && entry.key === key) ?? null;
}

/** What the Agent takes for "yes"; everything else, also `1` and `y`, is "no". */
export function iniBoolean(value: string): boolean {
  return ['yes', 'true', 'on', 'auto', 'on demand'].includes(value.toLowerCase());
}
