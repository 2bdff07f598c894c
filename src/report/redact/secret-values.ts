/**
 * Finds a known secret value wherever it stands in a text, in any case and in the spellings of spellings.ts, and
 * inside base64 (`Basic …`, NTLM).
 *
 * Some values cannot be searched for everywhere, because hiding them would make the report unreadable and give the
 * value away: one or two characters, numbers of up to three digits, and the words that every report contains
 * (PUBLIC_WORDS). They are still hidden in disguise (backwards, as numbers, …), where credentials stand (patterns.ts),
 * and where a text names a user. So are names of users that are ordinary words.
 *
 * In our own sentences a value that could be a word of ours is not searched for: the hole would give it away. What
 * such a sentence quotes must be hidden before it gets there.
 */
import { isOrdinary } from './ordinary.js';
import {
  bytesOf,
  charPattern,
  CUT,
  disguises,
  escapeRegExp,
  hexOf,
  requoted,
  Views,
  type Spelling,
} from './spellings.js';

export interface SecretValue {
  readonly kind: string;
  readonly value: string;
}

/** Text → text, reporting each replacement. `fit` makes the replacement as long as what it replaces. */
export type Replacer = (text: string, fit: boolean, removed: (kind: string) => void, ours?: boolean) => string;

const PUBLIC_WORDS: ReadonlySet<string> = new Set(
  'netdata cloud app api mqtt direct link claim env auth http https socks socks4 socks5 proxy none user users root admin password token host port true false null yes off localhost example default global connect connection established content type length text html head body title charset utf close keep alive upgrade websocket sec accept version transfer encoding chunked authenticate authorization basic digest realm server date location via age cache control get put post www com'.split(
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

const latin1Of = (text: string): string =>
  bytesOf(text)
    .map((byte) => String.fromCharCode(byte))
    .join('');

/** As encodeURIComponent, which throws for halves of characters. */
const percented = (text: string): string =>
  bytesOf(text)
    .map((byte) => (/[\w.!~*'()-]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `%${hexOf(byte)}`))
    .join('');

/** Between the parts of an id: a dash, an encoded one, the printer's, or nothing. */
const DASH = '(?:-|%(?:25)*2[dD]|&#0*45;|&#[xX]0*2[dD];|[\\u2010-\\u2015])?';

/** Whether a secret is somebody's name rather than something to prove it with. */
const isName = (kind: string): boolean => /user|name/i.test(kind);

/** `wrong`, `net-ops`, `8080`, `ipv6`, `http/1.1`: a sentence of ours may well have it. */
function couldBeOurs({ kind, value }: SecretValue): boolean {
  // Names have rules of their own: what is ordinary is hidden only where a user can stand.
  if (isName(kind)) return false;
  return /^(?:[a-z]{1,20}(?:[-_. /'][a-z]{1,20}){0,3}|\d+|[a-z]{1,6}[/-]?v?\d(?:\.\d)?)$/i.test(value);
}

/** A login in front of its host: `:wrong@`, `//wrong@`. No sentence of ours has that. */
const beforeHost = (value: string): string => `(?<=[:/@])${escapeRegExp(value)}(?=@)`;

/** Whether a value is hidden wherever it stands as itself. */
export function isSearchable({ kind, value }: SecretValue): boolean {
  if (value.length < 3 || PUBLIC_WORDS.has(value.toLowerCase()) || /^\d{1,3}$/.test(value)) return false;
  return !(isName(kind) && isOrdinary(value));
}

/** `user=agent`, `username: "agent"`, `//agent@`; in what a peer sent also `for user agent`. */
function placedPattern(value: string, foreign: boolean): RegExp {
  const between = foreign ? '[ \\t]*[:= ]?[ \\t]*' : '[ \\t]*[:=][ \\t]*|[ \\t]+(?=["\'])';
  const before = `\\b(?:user(?:[ _-]?name)?|login|account|uid)["']?(?:${between})["']?`;
  return new RegExp(`(?<=${before})${escapeRegExp(value)}(?![A-Za-z0-9])|(?<=//)${escapeRegExp(value)}(?=[:@])`, 'gi');
}

interface Way {
  readonly maybe: (views: Views) => boolean;
  readonly pattern: RegExp;
}

interface Ways {
  readonly kind: string;
  /** The whole value, in data. */
  readonly whole: readonly Way[];
  /** The whole value, in sentences of ours; null = as in data. */
  readonly inOurs: readonly Way[] | null;
  /** What base64 stands for holds it. */
  readonly isIn: (reading: string) => boolean;
  /** Its beginning, where a text ends: somebody cut the text before it came here. null = too short for one. */
  readonly cutOff: RegExp | null;
  readonly value: string;
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

const wayOf = ({ maybe, source }: Spelling): Way => ({ maybe, pattern: new RegExp(source, 'gi') });

function waysOf(secret: SecretValue): Ways {
  const { kind, value } = secret;
  const isId = /guid|uuid|(?:^|[_ -])id$/i.test(kind);
  const chars = Array.from(isId ? value.replaceAll('-', '') : value);
  const bare = chars.join('');
  const parts = chars.map(charPattern);
  // Short or numeric values, and names, only as whole words; anything else also inside a longer word.
  const isWord = chars.length < 4 || /^\d+$/.test(value) || isName(kind);
  const plain = parts.join(isId ? DASH : chars.length < 4 || isName(kind) ? '' : CUT);
  const bounded = isWord ? `(?<![A-Za-z0-9])${plain}(?![A-Za-z0-9])` : plain;
  const searchable = isSearchable(secret);
  const lower = bare.toLowerCase();
  const { squashed } = new Views(bare);
  const placed: Spelling = {
    maybe: (views) => views.lower.includes(`${lower}@`),
    source: beforeHost(value),
  };
  const everywhere: Spelling = {
    // A blank may be a plus; where a line was folded there is one.
    maybe: (views) =>
      views.signs !== '' ||
      /[ \u0080-\uffff]/.test(bare) ||
      views.lower.includes(lower) ||
      views.squashed.includes(squashed),
    source: bounded,
  };
  // A login goes over the wire in base64: somebody may write that down in his own way as well.
  const sent = /login/.test(kind) ? disguises(btoa(latin1Of(value)).replace(/=+$/, '')) : [];
  const disguised = [...disguises(bare), ...sent];
  const quoted = isId ? null : requoted(value);
  const spelled = [value, latin1Of(value), percented(value)].map((text) => text.toLowerCase());
  const inside = [
    Array.from(lower).toReversed().join(''),
    bytesOf(lower).map(hexOf).join(''),
    bytesOf(value).map(hexOf).join(''),
  ];
  const decoded = new RegExp(searchable ? bounded : `(?:^|:)${plain}$`, 'i');
  const bytes = bytesOf(value).map(hexOf);
  const dashed = isId ? parts.map((part) => part + DASH) : parts;
  // Half of an escape may have been cut as well.
  const least = leastOf(value);
  const beginnings = [beginningOf(dashed, least), beginningOf(bytes, least)].join('|');
  return {
    kind,
    value,
    whole: [searchable ? everywhere : placed, ...disguised, ...(quoted === null ? [] : [quoted])].map(wayOf),
    inOurs: couldBeOurs(secret) ? [placed, ...disguised].map(wayOf) : null,
    isIn: (reading) =>
      ((isId || spelled.some((text) => reading.includes(text))) && decoded.test(reading)) ||
      (searchable && bare.length >= LEAST_CUT && inside.some((text) => reading.includes(text))),
    cutOff:
      searchable && chars.length > least
        ? new RegExp(`(?:${beginnings})(?:%[0-9A-Fa-f]?|&#?\\w{0,4};?|\\\\|[0-9a-f])?…?$`, 'i')
        : null,
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
    const lower = reading.toLowerCase();
    for (const secret of secrets) {
      if (secret.isIn(lower) || (isLast && endOf(reading, secret) !== null)) return secret.kind;
    }
  }
  return null;
}

/** Where a beginning of the secret stands at the end of a text. Escapes take up to ten characters for one. */
function endOf(text: string, { cutOff, value }: Ways): { readonly at: number; readonly match: string } | null {
  if (cutOff === null) return null;
  const from = Math.max(0, text.length - value.length * 10 - 40);
  const found = cutOff.exec(text.slice(from));
  return found === null ? null : { at: from + found.index, match: found[0] };
}

/** Texts shorter than this were not cut by anybody. */
const SHORTEST_CAP = 60;

/** Worth a search at all: also in disguise, one or two characters and short numbers are everywhere. */
const isLong = ({ kind, value }: SecretValue): boolean =>
  value.length >= 3 && !/^\d{1,3}$/.test(value) && !(isName(kind) && isOrdinary(value));

/** Longest values first, so that a value inside another does not break it. `publicNumbers`: ports that are no secret. */
export function secretReplacer(secrets: readonly SecretValue[], publicNumbers: readonly number[] = []): Replacer {
  const shown = new Set(publicNumbers.map(String));
  const unique = [...new Map(secrets.map((secret) => [secret.value, secret])).values()].filter(
    ({ value }) => !shown.has(value),
  );
  const patterns = unique
    .filter(isLong)
    .toSorted((a, b) => b.value.length - a.value.length)
    .map(waysOf);
  const placed = unique
    .filter((secret) => secret.value.length >= 2 && isName(secret.kind) && !isSearchable(secret))
    .map(({ kind, value }) => ({ kind, ours: placedPattern(value, false), foreign: placedPattern(value, true) }));
  if (patterns.length + placed.length === 0) return (text) => text;
  const replace: Replacer = (text, fit, removed, ours = false) => {
    let out = text;
    let views = new Views(text);
    const hide = (kind: string, match: string): string => {
      removed(kind);
      return mask(kind, fit ? match.length : null);
    };
    for (const { kind, whole, inOurs } of patterns) {
      for (const { maybe, pattern } of (ours ? inOurs : null) ?? whole) {
        if (!maybe(views)) continue;
        out = out.replace(pattern, (match) => hide(kind, match));
        if (out !== views.text) views = new Views(out);
      }
    }
    for (const { kind, ours: inWords, foreign } of placed) {
      out = out.replace(fit ? foreign : inWords, (match) => hide(kind, match));
    }
    out = out.replace(BASE64_RUN, (run, at: number) => {
      const kind = base64Kind(run, patterns, text.length >= SHORTEST_CAP && at + run.length >= out.length - 1);
      return kind === null ? run : hide(kind, run);
    });
    if (text.length < SHORTEST_CAP) return out;
    for (const secret of patterns) {
      if (ours && secret.inOurs !== null) continue;
      const end = endOf(out, secret);
      if (end !== null) out = out.slice(0, end.at) + hide(secret.kind, end.match);
    }
    return out;
  };
  return replace;
}
