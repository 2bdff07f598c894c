/** Finding IP addresses in free text, and what each may stay for. */
import { isIPv6Text, mappedAddress, parseAddress, type Address } from '../../addresses/address.js';
import { addressKind } from '../../addresses/special.js';

/** `nobody`: says nothing about anybody, and is left alone. */
export type Belonging = 'nobody' | 'private' | 'public';

export function belonging(address: Address): Belonging {
  const inner = mappedAddress(address);
  if (inner !== null) return belonging(inner);
  // What begins with 255 is a netmask.
  if (address.family === 4 && address.value >> 24n === 255n) return 'nobody';
  switch (addressKind(address)) {
    case 'loopback':
    case 'unspecified':
    case 'documentation':
    // RFC 2544 is our own overflow range for stand-ins.
    case 'benchmarking':
      return 'nobody';
    case 'private':
    case 'shared':
    case 'link_local':
      return 'private';
    default:
      return 'public';
  }
}

/**
 * At least two colons, plain or percent-encoded, among hexadecimal digits: perhaps an IPv6 address. Bounded, so that
 * long runs of anything cost no more than their length.
 */
const CANDIDATE_6 = /[0-9A-Fa-f]{0,4}(?:(?::|%3[Aa])[0-9A-Fa-f.]{0,15}){2,9}/g;
const CANDIDATE_4 = /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?!\.?\d)/g;

/** What to write instead of an address; null leaves it. `found` is spelled without percent-encoding. */
export type AddressReplacement = (found: string, address: Address) => string | null;

/** An IPv6 address in a candidate, and where it begins and ends; null when there is none. */
function addressIn(candidate: string, before: string, after: string): readonly [from: number, to: number] | null {
  // `std::cache` is none.
  if (/\w/.test(after)) return null;
  let from = 0;
  // Behind a word the first piece belongs to it: `IP Address:fd00::5`, `inet6:fd00::5`.
  if (/\w/.test(before)) from = candidate.search(/:|%3a/i) + (/^[^:]*%/.test(candidate) ? 3 : 1);
  // The end of a sentence, or of a clause.
  const to = candidate.length - (/(?:\.+|(?<!:|%3[Aa])(?::|%3[Aa]))$/.exec(candidate)?.[0].length ?? 0);
  return isIPv6Text(decoded(candidate.slice(from, to))) ? [from, to] : null;
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
    const address = parseAddress(found);
    const standIn = address === null ? null : replace(found, address);
    if (standIn === null) return candidate;
    const spelled = original.includes('%') ? encodeURIComponent(standIn) : standIn;
    return candidate.slice(0, from) + fitted(spelled, original, fit) + candidate.slice(to);
  });
  return without6.replace(CANDIDATE_4, (found) => {
    const address = parseAddress(found);
    const standIn = address === null ? null : replace(found, address);
    return standIn === null ? found : fitted(standIn, found, fit);
  });
}
