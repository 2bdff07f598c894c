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
    ways.push(`&#0*${n.toString(10)};?`, `&#x0*${n.toString(16)};?`, `(?:\\\\{1,2}|%)[ux]\\{?0*${n.toString(16)}\\}?`);
    // As wide as a Chinese character.
    if (n > 0x20 && n < 0x7f) ways.push(String.fromCharCode(n + 0xfee0));
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
  '(?:[ \\t]|=?\\r?\\n[ \\t]*(?:[0-9a-f]{1,8}(?:;[^\\r\\n]{0,40})?\\r?\\n)?|<[^<>]{1,40}>|[\\u00ad\\u200b-\\u200f\\u2060\\ufeff]|\\u00e2\\u0080\\u008b|\\u00c2\\u00ad|&shy;|&#(?:173|8203|x0*ad|x200b);)?';

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

  /** Letters and digits alone, without what marks a text up. */
  get unmarked(): string {
    return this.#view('unmarked', () => this.lower.replace(new RegExp(MARKUP, 'g'), '').replace(/[^a-z0-9]+/g, ''));
  }

  /** Letters and digits alone. */
  get squashed(): string {
    return this.#view('squashed', () =>
      this.lower.replace(/%(?:25)*(?:20|0[09ad])|&nbsp;|&#(?:32|160);/g, '').replace(/[^a-z0-9]+/g, ''),
    );
  }

  /** Digits of base 16 alone, zeros left out; twice where it could be a dump, its edges left out. */
  get hex(): string {
    return this.#view('hex', () => {
      const edges = new RegExp(DUMP_EDGE, 'g');
      const plain = edges.test(this.lower) ? `${this.lower} ${this.lower.replace(edges, '')}` : this.lower;
      return plain.replace(/[^1-9a-f]+/g, '');
    });
  }

  /** The same of base 10. */
  get digits(): string {
    return this.#view('digits', () => this.lower.replace(/[^1-9]+/g, ''));
  }

  get bits(): string {
    return this.#view('bits', () => this.lower.replace(/[^01]+/g, ''));
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

/** Where a dump in base 16 goes on in its next line: the characters of this one, then how far it is. */
const DUMP_EDGE = ' {2}[^\\n]{0,24}\\n[0-9a-f]{4,16}:?[ \\t]{1,3}';
/** Tags, named characters and the colours of terminals. */
const MARKUP = '<[^<>]{1,60}>|&[a-z]{2,8};|\\u001b\\[[0-9;]{0,9}m';

/** Its characters by number, one after the other: in any base, whatever stands between and before the numbers. */
function rows(value: string): readonly Spelling[] {
  const bytes = bytesOf(value);
  const units = Array.from({ length: value.length }, (_, at) => value.charCodeAt(at));
  // Three numbers in a row are chance, unless they stand alone and close together.
  const few = bytes.length < 4;
  const inBase = (row: readonly number[], base: 2 | 8 | 10 | 16): Spelling => {
    const numbers = row.map((n) => (base === 2 ? n.toString(2).padStart(8, '0') : n.toString(base)));
    const digit = { 2: '01', 8: '1-9', 10: '1-9', 16: '1-9a-f' }[base];
    // A zero in front of a number says nothing; digits of base 10 are told apart by what is between them.
    const between = few
      ? `[\\s,:;-]{${base === 10 ? '1' : '0'},3}(?:0[xo])?0{0,2}`
      : base === 10
        ? '[^0-9]{1,8}0{0,4}'
        : `(?:[^${digit}]{0,12}${base === 16 ? `|${DUMP_EDGE}` : ''})`;
    const sure = numbers.join('').replace(base === 2 ? '' : /0/g, '');
    const alone = few || base === 10 ? `[0-9${base === 16 ? 'a-f' : ''}]` : null;
    const source = numbers.join(between);
    const maybe = (views: Views): boolean =>
      (base === 2 ? views.bits : base === 16 ? views.hex : views.digits).includes(sure);
    return { maybe, source: alone === null ? source : `(?<!${alone})0{0,2}${source}(?!${alone})` };
  };
  const wide = units.flatMap((unit) => (unit > 255 ? [unit >> 8, unit & 255] : [unit]));
  const narrow = wide.length === bytes.length && wide.every((unit, at) => unit === bytes[at]);
  const big = units.flatMap((unit) => [unit >> 8, unit & 255]);
  const little = units.flatMap((unit) => [unit & 255, unit >> 8]);
  const sixteens = narrow && !few ? [bytes] : [bytes, big, little];
  return [
    ...sixteens.map((row) => inBase(row, 16)),
    ...([8, 10, ...(few ? [] : [2 as const])] as const).map((base) => inBase(bytes, base)),
  ];
}

/** Its letters and digits, each by itself, with anything but letters and digits in between; null = too few of them. */
function apart(value: string): Spelling | null {
  const kept = Array.from(value.toLowerCase()).filter((char) => /[a-z0-9]/.test(char));
  if (kept.length < 5 || /^\d+$/.test(value)) return null;
  const source = kept.join(`(?:${MARKUP}|[^a-z0-9]){1,24}`);
  return {
    maybe: (views) => [views.squashed, views.unmarked].some((text) => text.includes(kept.join(''))),
    source: `(?:(?<![a-z0-9])|(?<=\\u001b\\[[0-9;]{0,9}m))${source}(?![a-z0-9])`,
  };
}

/** Its signs written otherwise, by a program that quotes or leaves them out; null = it has none worth the name. */
export function requoted(value: string): Spelling | null {
  const runs = value
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((run) => run !== '');
  if (runs.length < 2 || runs.join('').length < 6 || /^[\d.:]+$/.test(value)) return null;
  return {
    maybe: ({ lower }) => runs.every((run) => lower.includes(run)),
    source: `(?<![a-z0-9])${runs.join('(?:&#?[a-z0-9]{1,8};?|[^a-z0-9]){1,8}')}(?![a-z0-9])`,
  };
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
    ...[apart(value)].filter((way) => way !== null),
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
