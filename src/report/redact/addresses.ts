/** Finding and classing IP addresses in free text, without sockets or the node:net module. */

/** Bytes of an address: 4 or 16; null when the text is none. */
export function parseAddress(text: string): readonly number[] | null {
  return text.includes(':') ? parseV6(text) : parseV4(text);
}

function parseV4(text: string): number[] | null {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part))) return null;
  const bytes = parts.map(Number);
  return bytes.every((byte) => byte <= 255) ? bytes : null;
}

function groups(text: string): number[] | null {
  if (text === '') return [];
  const out: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (index === parts.length - 1 && part.includes('.')) {
      const v4 = parseV4(part);
      if (v4 === null) return null;
      out.push(...v4);
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) {
      const value = Number.parseInt(part, 16);
      out.push(value >> 8, value & 255);
    } else return null;
  }
  return out;
}

function parseV6(text: string): number[] | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const head = groups(halves[0] ?? '');
  const tail = halves.length === 2 ? groups(halves[1] ?? '') : [];
  if (head === null || tail === null) return null;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 1) return missing === 0 ? head : null;
  return missing >= 2 ? [...head, ...Array<number>(missing).fill(0), ...tail] : null;
}

/** One spelling per address, good enough as a key. */
export function addressKey(bytes: readonly number[]): string {
  return bytes.length === 4 ? bytes.join('.') : bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

export type AddressKind = 'loopback' | 'documentation' | 'private' | 'public';

const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255];

export function addressKind(bytes: readonly number[]): AddressKind {
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  if (bytes.length === 4) {
    if (a === 127 || a === 0 || a === 255) return 'loopback';
    if (
      (a === 192 && b === 0 && c === 2) ||
      (a === 198 && b === 51 && c === 100) ||
      (a === 203 && b === 0 && c === 113)
    ) {
      return 'documentation';
    }
    // RFC 2544: our own overflow range for stand-ins.
    if (a === 198 && (b === 18 || b === 19)) return 'documentation';
    const inside =
      a === 10 ||
      (a === 172 && b >= 16 && b <= 31) ||
      (a === 192 && b === 168) ||
      (a === 169 && b === 254) ||
      (a === 100 && b >= 64 && b <= 127);
    return inside ? 'private' : 'public';
  }
  const mapped = mappedAddress(bytes);
  if (mapped !== null) return addressKind(mapped);
  if (bytes.slice(0, 15).every((byte) => byte === 0) && (bytes[15] ?? 0) <= 1) return 'loopback';
  if (a === 0x20 && b === 0x01 && c === 0x0d && d === 0xb8) return 'documentation';
  if ((a & 0xfe) === 0xfc || (a === 0xfe && (b & 0xc0) === 0x80)) return 'private';
  return 'public';
}

/**
 * At least two colons, plain or percent-encoded, among hexadecimal digits: perhaps an IPv6 address. Bounded, so that
 * long runs of anything cost no more than their length.
 */
const CANDIDATE_6 = /[0-9A-Fa-f]{0,4}(?:(?::|%3[Aa])[0-9A-Fa-f.]{0,15}){2,9}/g;
const CANDIDATE_4 = /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?!\.?\d)/g;

/** What to write instead of an address; null leaves it. `found` is spelled without percent-encoding. */
export type AddressReplacement = (found: string, bytes: readonly number[]) => string | null;

/** An IPv6 address in a candidate, and where it begins and ends; null when there is none. */
function addressIn(candidate: string, before: string, after: string): readonly [from: number, to: number] | null {
  // `std::cache` is none.
  if (/\w/.test(after)) return null;
  let from = 0;
  // Behind a word the first piece belongs to it: `IP Address:fd00::5`, `inet6:fd00::5`.
  if (/\w/.test(before)) from = candidate.search(/:|%3a/i) + (/^[^:]*%/.test(candidate) ? 3 : 1);
  // The end of a sentence, or of a clause.
  const to = candidate.length - (/(?:\.+|(?<!:|%3[Aa])(?::|%3[Aa]))$/.exec(candidate)?.[0].length ?? 0);
  return parseV6(decoded(candidate.slice(from, to))) === null ? null : [from, to];
}

const decoded = (text: string): string => text.replace(/%3a/gi, ':');

/** A stand-in cut short would be another name or address: stars then. */
export function fitted(standIn: string, original: string, fit: boolean): string {
  if (!fit) return standIn;
  return standIn.length <= original.length ? standIn.padEnd(original.length, '*') : '*'.repeat(original.length);
}

/** Calls `replace` for every address in `text`; `fit` keeps the length of the text. */
export function replaceAddresses(text: string, replace: AddressReplacement, fit = false): string {
  if (!/\d\.\d|(?::|%3a)[0-9a-f]*(?::|%3a)/i.test(text)) return text;
  const without6 = text.replace(CANDIDATE_6, (candidate, at: number) => {
    const place = addressIn(candidate, text.charAt(at - 1), text.charAt(at + candidate.length));
    if (place === null) return candidate;
    const [from, to] = place;
    const original = candidate.slice(from, to);
    const found = decoded(original);
    const standIn = replace(found, parseV6(found) ?? []);
    if (standIn === null) return candidate;
    const spelled = original.includes('%') ? encodeURIComponent(standIn) : standIn;
    return candidate.slice(0, from) + fitted(spelled, original, fit) + candidate.slice(to);
  });
  return without6.replace(CANDIDATE_4, (found) => {
    const bytes = parseV4(found);
    const standIn = bytes === null ? null : replace(found, bytes);
    return standIn === null ? found : fitted(standIn, found, fit);
  });
}

/** The IPv4 address inside `::ffff:10.1.2.3`; null when there is none. */
export function mappedAddress(bytes: readonly number[]): readonly number[] | null {
  return bytes.length === 16 && MAPPED.every((byte, index) => bytes[index] === byte) ? bytes.slice(12) : null;
}
