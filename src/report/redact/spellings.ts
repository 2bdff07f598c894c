/**
 * The ways in which a peer may hand a value back: in any case, escaped, by numbers, in base32, backwards, spread out
 * or cut into lines. Each is a source for a regular expression with the flag `i`.
 */

/** Spellings of single characters, beside those by number. */
const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;|\\\\"',
  "'": "&apos;|\\\\'",
  '\\': '\\\\\\\\',
  '/': '\\\\/',
  ' ': '\\+',
};

export function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

const utf8 = new TextEncoder();
const latin1 = (bytes: Uint8Array): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
export const hexOf = (byte: number): string => byte.toString(16).padStart(2, '0');
export const bytesOf = (value: string): readonly number[] => Array.from(utf8.encode(value));

/** The ways to write one character by its number: in URLs (also twice over), HTML, JSON, JavaScript, C and mail. */
function byNumber(char: string): readonly string[] {
  const bytes = utf8.encode(char);
  const ways = [Array.from(bytes, (byte) => `(?:%(?:25)*|=)${hexOf(byte)}`).join('')];
  ways.push(Array.from(bytes, (byte) => `\\\\{1,2}0*${byte.toString(8)}`).join(''));
  for (const n of new Set([char.charCodeAt(0), char.codePointAt(0) ?? 0])) {
    ways.push(`&#0*${n.toString(10)};`, `&#x0*${n.toString(16)};`, `\\\\{1,2}[ux]\\{?0*${n.toString(16)}\\}?`);
  }
  if (bytes.length > 1) ways.push(escapeRegExp(latin1(bytes)));
  return ways;
}

/** Every way one character may be written. */
export function charPattern(char: string): string {
  const ways = [escapeRegExp(char), ...byNumber(char)];
  const escaped = ESCAPES[char];
  if (escaped !== undefined) ways.push(escaped);
  return `(?:${ways.toSorted((a, b) => b.length - a.length).join('|')})`;
}

/** Between two characters of a text that was folded, chunked (RFC 9112), or marked up: nothing, or next to nothing. */
export const CUT =
  '(?:[ \\t]|=?\\r?\\n[ \\t]*(?:[0-9a-f]{1,8}(?:;[^\\r\\n]{0,40})?\\r?\\n)?|<[^<>]{1,40}>|\\u00ad|\\u200b|\\u00e2\\u0080\\u008b|\\u00c2\\u00ad|&shy;|&#(?:173|8203|x0*ad|x200b);)?';

/** What a text looks like to somebody who does not mind how it is written; each view is made when first asked for. */
export class Views {
  readonly text: string;
  readonly lower: string;
  readonly #made = new Map<string, string>();

  constructor(text: string) {
    this.text = text;
    this.lower = text.toLowerCase();
  }

  #view(name: string, make: () => string): string {
    let view = this.#made.get(name);
    if (view === undefined) this.#made.set(name, (view = make()));
    return view;
  }

  /** Signs by which a character may be written otherwise than as itself; '' = everything is what it looks like. */
  get signs(): string {
    return this.#view('signs', () => this.lower.replace(/[^%&\\=<\r\n\u0080-\uffff]+/g, ''));
  }

  /** Letters and digits alone. */
  get squashed(): string {
    return this.#view('squashed', () =>
      this.lower.replace(/%(?:25)*(?:20|0[09ad])|&nbsp;|&#(?:32|160);/g, '').replace(/[^a-z0-9]+/g, ''),
    );
  }

  /** Without what stands between and before numbers in base 16. */
  get hex(): string {
    return this.#view('hex', () => this.lower.replace(/0x|\\{1,2}x|=|%(?:25)*|[\s,:;-]+/g, ''));
  }

  /** The same in base 8 and 10. */
  get digits(): string {
    return this.#view('digits', () => this.lower.replace(/\\{1,2}|0o|[\s,:;-]+/g, ''));
  }
}

/** A way to write a value: where `maybe` says no, `source` (flag `i`) need not be tried. */
export interface Spelling {
  readonly maybe: (views: Views) => boolean;
  readonly source: string;
}

const BLANK = '[ \\t\\u00a0\\0]|%(?:25)*20|%(?:25)*0[09ad]|&nbsp;|&#(?:32|160);|\\r?\\n';

/** Between the characters of one that was spread out, none of which it is. Digits with dots between are an address. */
function spread(value: string): string {
  const usual = /^\d+$/.test(value) ? '_|*-' : '.,:;_|/*+-';
  const signs = Array.from(usual, (sign) =>
    value.includes(sign) ? '' : sign === '-' ? '\\-' : escapeRegExp(sign),
  ).join('');
  return `(?:${BLANK}${signs === '' ? '' : `|[${signs}]`}){1,3}`;
}

/** Numbers in a row, one a byte. */
function numbers(row: readonly string[], prefix: string, between: string): string {
  return row.map((number) => `(?:${prefix})?${number}`).join(between);
}

const LIST = '[\\s,:;-]{0,3}';

function rows(value: string): readonly Spelling[] {
  const bytes = bytesOf(value);
  const units = Array.from({ length: value.length }, (_, at) => value.charCodeAt(at));
  const big = units.flatMap((unit) => [unit >> 8, unit & 255]);
  const little = units.flatMap((unit) => [unit & 255, unit >> 8]);
  // Among other digits only where chance cannot have put so many.
  const alone = (source: string, digit: string): string =>
    bytes.length < 4 ? `(?<!${digit})${source}(?!${digit})` : source;
  const hex = [bytes, big, little].map((row): Spelling => {
    const digits = row.map(hexOf);
    const source = numbers(digits, '0x|\\\\{1,2}x|=|%(?:25)*', LIST);
    return { maybe: (views) => views.hex.includes(digits.join('')), source: alone(source, '[0-9a-f]') };
  });
  const octal = bytes.map((byte) => byte.toString(8).padStart(3, '0'));
  const decimal = bytes.map(String);
  return [
    ...hex,
    {
      maybe: ({ digits }) => digits.includes(octal.join('')) || digits.includes(octal.join('0')),
      source: alone(numbers(octal, '\\\\{1,2}0?|0o?', LIST), '[0-9]'),
    },
    {
      maybe: ({ digits }) => digits.includes(decimal.join('')),
      source: `(?<![0-9])${decimal.join('[\\s,:;-]{1,3}')}(?![0-9])`,
    },
  ];
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
const BASE32_HEX = '0123456789abcdefghijklmnopqrstuv';

/** `value` inside base32 (RFC 4648): which letters its bits leave possible, behind 0 to 4 bytes of something else. */
function inBase32(value: string, alphabet: string): readonly Spelling[] {
  const bytes = bytesOf(value);
  // Short ones by themselves only: among others chance has them, too.
  const offsets = bytes.length < 4 ? [0] : [0, 1, 2, 3, 4];
  return offsets.map((offset) => {
    const from = offset * 8;
    const to = from + bytes.length * 8;
    const bitAt = (at: number): number | null =>
      at < from || at >= to ? null : ((bytes[(at - from) >> 3] ?? 0) >> (7 - ((at - from) & 7))) & 1;
    const letters: (readonly string[])[] = [];
    for (let at = Math.floor(from / 5) * 5; at < to; at += 5) {
      const bits = [0, 1, 2, 3, 4].map((n) => bitAt(at + n));
      const possible = (code: number): boolean =>
        bits.every((bit, n) => bit === null || ((code >> (4 - n)) & 1) === bit);
      letters.push(Array.from(alphabet).filter((_, code) => possible(code)));
    }
    const sure = letters.map((fits) => (fits.length === 1 ? fits[0] : '')).join('');
    const run = letters.map((fits) => (fits.length === 1 ? fits[0] : `[${fits.join('')}]`)).join('');
    return {
      maybe: ({ lower }) => lower.includes(sure),
      source: bytes.length < 4 ? `(?<![a-z0-9])${run}(?![a-z0-9])` : run,
    };
  });
}

/** Three bytes are four letters of base64: too short for a run that is looked into. */
function inShortBase64(value: string): readonly Spelling[] {
  const bytes = utf8.encode(value);
  if (bytes.length !== 3) return [];
  const run = btoa(latin1(bytes));
  const sign = '[A-Za-z0-9+/_-]';
  const source = `(?<!${sign})${escapeRegExp(run)}(?!${sign})`;
  return [{ maybe: ({ lower }) => lower.includes(run.toLowerCase()), source }];
}

/** Spellings other than the plain one: none of them stands anywhere by accident. */
export function disguises(value: string): readonly Spelling[] {
  const chars = Array.from(value);
  const squashed = new Views(value).squashed;
  const spreadOut = chars.map(escapeRegExp).join(spread(value));
  const backwards = chars.toReversed().join('');
  const ways: Spelling[] = [
    {
      maybe: (views) => views.squashed.includes(squashed),
      source: `(?<![a-z0-9])${spreadOut}(?![a-z0-9])`,
    },
    ...rows(value),
    ...inBase32(value, BASE32),
    ...inBase32(value, BASE32_HEX),
    ...inShortBase64(value),
    {
      maybe: ({ signs }) => signs.length >= chars.length,
      source: chars.map((char) => `(?:${byNumber(char).join('|')})`).join(''),
    },
  ];
  if (chars.length >= 4) {
    const source = escapeRegExp(backwards);
    ways.push({
      maybe: ({ lower }) => lower.includes(backwards.toLowerCase()),
      source: chars.length < 6 || /^\d+$/.test(value) ? `(?<![a-z0-9])${source}(?![a-z0-9])` : source,
    });
  }
  return ways;
}
