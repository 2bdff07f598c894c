/**
 * Finds a known secret value wherever it stands in a text, also percent-encoded, HTML- or JSON-escaped, as hex, as
 * UTF-8 read byte by byte, and inside base64 (`Basic …`, NTLM). Names of users in any case.
 *
 * Three kinds of values cannot be searched for everywhere, because hiding them would make the report unreadable and
 * give the value away: one or two characters, numbers of up to three digits, and the words that every report contains (PUBLIC_WORDS). They
 * are still hidden where credentials stand (patterns.ts), and where a text names a user. So are names of users that
 * are ordinary words.
 */
import { isOrdinary } from './ordinary.js';

export interface SecretValue {
  readonly kind: string;
  readonly value: string;
}

/** Text → text, reporting each replacement. `fit` makes the replacement as long as what it replaces. */
export type Replacer = (text: string, fit: boolean, removed: (kind: string) => void) => string;

const PUBLIC_WORDS: ReadonlySet<string> = new Set(
  'netdata cloud app api mqtt direct link claim env auth http https socks socks5 proxy none user users root admin password token host port true false null localhost example default global'.split(
    ' ',
  ),
);

/** `[hidden: kind]`, or exactly `length` characters of it for raw bytes whose length matters to a parser. */
export function mask(kind: string, length: number | null): string {
  const text = `[hidden: ${kind.replaceAll('_', ' ')}]`;
  if (length === null) return text;
  const fits = [text, '[hidden]', ''].find((candidate) => candidate.length <= length) ?? '';
  return fits.padEnd(length, '*');
}

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
const hex = (byte: number): string => byte.toString(16).padStart(2, '0');
/** Either case of a hex digit pair, in a pattern that is otherwise case-sensitive. */
const hexPattern = (byte: number): string => hex(byte).replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);

/** `41` in any case, with any number of zeros before it. */
const numberPattern = (n: number, base: 10 | 16): string =>
  `0*${Array.from(n.toString(base), (d) => (/[a-f]/.test(d) ? `[${d}${d.toUpperCase()}]` : d)).join('')}`;

/** The ways to write one character by its number: in URLs (also twice over), HTML, JSON and JavaScript. */
function byNumber(char: string): string[] {
  const bytes = utf8.encode(char);
  const ways = [Array.from(bytes, (byte) => `%(?:25)*${hexPattern(byte)}`).join('')];
  for (const n of new Set([char.charCodeAt(0), char.codePointAt(0) ?? 0])) {
    ways.push(
      `&#${numberPattern(n, 10)};`,
      `&#[xX]${numberPattern(n, 16)};`,
      `\\\\[ux]\\{?${numberPattern(n, 16)}\\}?`,
    );
  }
  if (bytes.length > 1) ways.push(escapeRegExp(latin1(bytes)));
  return ways;
}

/** Every way one character may be written. */
function charPattern(char: string, anyCase: boolean): string {
  const chars = anyCase ? [...new Set([char, char.toLowerCase(), char.toUpperCase()])] : [char];
  const ways = chars.flatMap((one) => [escapeRegExp(one), ...byNumber(one)]);
  const escaped = ESCAPES[char];
  if (escaped !== undefined) ways.push(escaped);
  return `(?:${ways.toSorted((a, b) => b.length - a.length).join('|')})`;
}

/** Between the parts of an id: a dash, an encoded one, the printer's, or nothing. */
const DASH = '(?:-|%(?:25)*2[dD]|&#0*45;|&#[xX]0*2[dD];|[\\u2010-\\u2015])?';

/** Whether a secret is somebody's name rather than something to prove it with. */
const isName = (kind: string): boolean => /user|name/i.test(kind);

function isSearchable({ kind, value }: SecretValue): boolean {
  if (value.length < 3 || PUBLIC_WORDS.has(value.toLowerCase()) || /^\d{1,3}$/.test(value)) return false;
  return !(isName(kind) && isOrdinary(value));
}

/** `user=agent`, `username: "agent"`, `//agent@`; in what a peer sent also `for user agent`. */
function placedPattern(value: string, foreign: boolean): RegExp {
  const between = foreign ? '[ \\t]*[:= ]?[ \\t]*' : '[ \\t]*[:=][ \\t]*|[ \\t]+(?=["\'])';
  const before = `\\b(?:user(?:[ _-]?name)?|login|account|uid)["']?(?:${between})["']?`;
  return new RegExp(`(?<=${before})${escapeRegExp(value)}(?![A-Za-z0-9])|(?<=//)${escapeRegExp(value)}(?=[:@])`, 'gi');
}

interface Ways {
  readonly kind: string;
  /** The whole value. */
  readonly whole: RegExp;
  /** Its beginning, where a text ends: somebody cut the text before it came here. */
  readonly cutOff: RegExp;
}

/** Fewer characters than this tell nothing. */
const LEAST_CUT = 4;

/** The parts in order, at least `least` of them, then the end of the text. */
function beginningOf(parts: readonly string[], least: number): string {
  const rest = parts.slice(least, -1).reduceRight((inner, part) => `(?:${part}${inner})?`, '');
  return parts.slice(0, least).join('') + rest;
}

/** How much of a value must stand at the end: `netdata` alone is no beginning of `netdata:secret`. */
function leastOf(value: string): number {
  const [word = ''] = /^[A-Za-z0-9]+/.exec(value) ?? [];
  return isOrdinary(word) ? Math.max(LEAST_CUT, word.length + 2) : LEAST_CUT;
}

function waysOf({ kind, value }: SecretValue): Ways {
  const isId = /guid|uuid|(?:^|[_ -])id$/i.test(kind);
  const chars = Array.from(isId ? value.replaceAll('-', '') : value);
  // Directories keep names in capitals, whatever was typed.
  const parts = chars.map((char) => charPattern(char, isId || isName(kind)));
  const plain = parts.join(isId ? DASH : '');
  // Short or numeric values, and names, only as whole words; anything else also inside a longer word.
  const isWord = chars.length < 4 || /^\d+$/.test(value) || isName(kind);
  const bounded = isWord ? `(?<![A-Za-z0-9])${plain}(?![A-Za-z0-9])` : plain;
  const bytes = Array.from(utf8.encode(value), hexPattern);
  const hexed = chars.length >= 4 ? `|${bytes.join('')}` : '';
  const dashed = isId ? parts.map((part) => part + DASH) : parts;
  // Half of an escape may have been cut as well.
  const least = leastOf(value);
  const beginnings = chars.length > least ? [beginningOf(dashed, least), beginningOf(bytes, least)] : ['(?!)'];
  return {
    kind,
    whole: new RegExp(bounded + hexed, 'gu'),
    cutOff: new RegExp(`(?:${beginnings.join('|')})(?:%[0-9A-Fa-f]?|&#?\\w{0,4};?|\\\\|[0-9a-f])?…?$`, 'u'),
  };
}

/** Decodes base64 or base64url to latin1; null when it is neither. */
function decodeBase64(token: string): string | null {
  try {
    return atob(token.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, ''));
  } catch {
    return null;
  }
}

/** Also broken over lines, and with its signs percent-encoded. */
const BASE64_RUN =
  /[A-Za-z0-9+/_-](?:[A-Za-z0-9+/_-]|%2[bBfF]|\r?\n(?=[A-Za-z0-9+/_-]{4})){5,}(?:={1,2}|(?:%3[dD]){1,2})?/g;

const withoutEscapes = (run: string): string =>
  run.replace(/%2b/gi, '+').replace(/%2f/gi, '/').replace(/%3d/gi, '=').replace(/\r?\n/g, '');

/** What a run may stand for: its bytes, the text when they are UTF-16 (NTLM), and base64 inside base64. */
function readings(run: string): string[] {
  const body = withoutEscapes(run).replace(/=+$/, '');
  const found: string[] = [];
  // Whatever stands before it: all four alignments are tried.
  for (let skip = 0; skip < 4; skip += 1) {
    const usable = body.slice(skip);
    const decoded = decodeBase64(usable.slice(0, usable.length - (usable.length % 4 === 1 ? 1 : 0)));
    if (decoded === null) continue;
    found.push(decoded);
    if (decoded.includes('\0')) found.push(decoded.replaceAll('\0', ''));
    const twice = /^[A-Za-z0-9+/_-]{8,}={0,2}$/.test(decoded) ? decodeBase64(decoded) : null;
    if (twice !== null) found.push(twice);
  }
  return found;
}

/** A secret inside a base64 run. */
function base64Kind(run: string, secrets: readonly Ways[], isLast: boolean): string | null {
  for (const reading of readings(run)) {
    for (const { kind, whole, cutOff } of secrets) {
      whole.lastIndex = 0;
      if (whole.test(reading) || (isLast && cutOff.test(reading))) return kind;
    }
  }
  return null;
}

/** Texts shorter than this were not cut by anybody. */
const SHORTEST_CAP = 60;

/** Longest values first, so that a value inside another does not break it. */
export function secretReplacer(secrets: readonly SecretValue[]): Replacer {
  const unique = [...new Map(secrets.map((secret) => [secret.value, secret])).values()];
  const patterns = unique
    .filter(isSearchable)
    .toSorted((a, b) => b.value.length - a.value.length)
    .map(waysOf);
  const placed = unique
    .filter((secret) => secret.value.length >= 2 && isName(secret.kind) && !isSearchable(secret))
    .map(({ kind, value }) => ({ kind, ours: placedPattern(value, false), foreign: placedPattern(value, true) }));
  if (patterns.length + placed.length === 0) return (text) => text;
  return (text, fit, removed) => {
    let out = text;
    const hide = (kind: string, match: string): string => {
      removed(kind);
      return mask(kind, fit ? match.length : null);
    };
    for (const { kind, whole } of patterns) out = out.replace(whole, (match) => hide(kind, match));
    for (const { kind, ours, foreign } of placed) {
      out = out.replace(fit ? foreign : ours, (match) => hide(kind, match));
    }
    out = out.replace(BASE64_RUN, (run, at: number) => {
      const kind = base64Kind(run, patterns, text.length >= SHORTEST_CAP && at + run.length >= out.length - 1);
      return kind === null ? run : hide(kind, run);
    });
    if (text.length < SHORTEST_CAP) return out;
    for (const { kind, cutOff } of patterns) out = out.replace(cutOff, (match) => hide(kind, match));
    return out;
  };
}
