/**
 * The text that docs/capture.sh prints, version 1: sections that begin with `@ name words…`, then lines behind one mark each.
 * Strict: a text that was cut, changed or made by something else is refused, never half believed.
 */
import { UsageError } from '../../model/errors.js';

/** Most bytes that are read of a capture. */
export const MAX_CAPTURE_BYTES = 24 * 1024 * 1024;
const MAX_LINES = 400_000;
const FIRST_LINE = 'netdata-egress-capture 1';

/** `|` text, `!` what a program complained of, `>` a trace of TLS, `=` bytes in hex, `^` a row of the kernel's. */
export type Mark = '|' | '!' | '>' | '=' | '^';

export interface Section {
  readonly name: SectionName;
  readonly words: readonly string[];
  /** Everything behind the name, for what ends with a path. */
  readonly rest: string;
  readonly lines: Readonly<Record<Mark, readonly string[]>>;
}

/** Least and most words of each section, and the marks that its lines may have. */
const SECTIONS = {
  began: [1, 1, ''],
  system: [3, 3, ''],
  me: [2, 2, ''],
  as: [3, 3, ''],
  tool: [2, 2, ''],
  openssl: [1, 40, ''],
  stat: [7, 200, ''],
  file: [3, 200, '|'],
  dir: [1, 200, '|'],
  ran: [2, 2, '|!'],
  user: [3, 80, ''],
  group: [2, 2, ''],
  environment: [1, 1, '|'],
  btime: [0, 1, ''],
  process: [9, 200, ''],
  unchecked: [1, 60, ''],
  proxy: [5, 5, ''],
  resolve: [4, 4, '|!'],
  dns: [7, 7, '=!'],
  key: [1, 1, ''],
  id: [1, 1, ''],
  conn: [14, 14, '^>!='],
  tunnel: [9, 9, '^!='],
  route: [1, 1, '|'],
  cert: [2, 2, ''],
  certs: [1, 3000, ''],
  took: [1, 1, ''],
} as const satisfies Readonly<Record<string, readonly [least: number, most: number, marks: string]>>;

export type SectionName = keyof typeof SECTIONS;

export type Capture = readonly Section[];

const isMark = (text: string): text is Mark => text.length === 1 && '|!>=^'.includes(text);

function refuse(what: string): never {
  throw new UsageError(`--from-capture: ${what}`);
}

/** @throws UsageError, one sentence, when this is not a whole capture of version 1 */
export function parseCapture(text: string): Capture {
  if (!text.startsWith(`${FIRST_LINE}\n`)) {
    const other = /^netdata-egress-capture (\d{1,6})\n/.exec(text)?.[1];
    if (other !== undefined) refuse(`the capture has version ${other}, and this program reads version 1`);
    refuse('this is no capture: it does not begin as what `netdata-egress capture` makes');
  }
  const lines = text.split('\n', MAX_LINES + 1);
  if (lines.length > MAX_LINES) refuse(`the capture has more than ${String(MAX_LINES)} lines`);
  const last = lines.findLastIndex((line) => line !== '');
  if (lines[last] !== `@ end ${String(last)}`)
    refuse('the capture is cut or was changed: its last line is missing or wrong');
  const sections: Section[] = [];
  let marks: Record<Mark, string[]> | null = null;
  let allowed = '';
  for (let at = 1; at < last; at += 1) {
    const line = lines[at] ?? '';
    const [mark = '', blank = ''] = line;
    const where = `line ${String(at + 1)} of the capture`;
    if (blank !== ' ') refuse(`${where} has no mark`);
    if (mark === '@') {
      const [name = '', ...words] = line.slice(2).split(' ');
      if (!Object.hasOwn(SECTIONS, name)) refuse(`${where} begins a section that version 1 does not have`);
      const known = name as SectionName;
      const [least, most] = SECTIONS[known];
      if (words.length < least || words.length > most) refuse(`${where} has too few or too many words`);
      marks = { '|': [], '!': [], '>': [], '=': [], '^': [] };
      allowed = SECTIONS[known][2];
      sections.push({ name: known, words, rest: line.slice(3 + name.length), lines: marks });
    } else if (marks !== null && isMark(mark) && allowed.includes(mark)) marks[mark].push(line.slice(2));
    else refuse(`${where} has a mark that does not belong there`);
  }
  return sections;
}

/** Sections of one name. */
export const all = (capture: Capture, name: SectionName): readonly Section[] =>
  capture.filter((section) => section.name === name);

/** Bytes behind `=`; null when they are not hex. */
export function bytesOf({ lines }: Section): Buffer | null {
  const hex = lines['='].join('');
  return /^(?:[0-9a-f]{2})*$/.test(hex) ? Buffer.from(hex, 'hex') : null;
}

/** A word as a number; null for anything else, `-` included. */
export const numberIn = (word: string | undefined): number | null =>
  word !== undefined && /^\d{1,15}$/.test(word) ? Number(word) : null;
