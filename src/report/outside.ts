/** What peers tell of this host and of whoever stands between: the address it shows outside, who signs. Foreign text. */
import { parseAddress } from '../addresses/address.js';
import type { Observation } from '../model/observation.js';

const TELLS_EGRESS = new Set(['x-client-ip', 'x-forwarded-for', 'x-real-ip', 'client-ip']);

/** The address that this host shows outside, where the cloud or a proxy tells it; null = nobody did. */
export function egressOf(observations: readonly Observation[]): string | null {
  for (const seen of observations) {
    if (seen.role.kind !== 'path' || !('headers' in seen)) continue;
    for (const [name, value] of seen.headers) {
      if (!TELLS_EGRESS.has(name.toLowerCase())) continue;
      const address = (value.split(',')[0] ?? '').trim();
      if (parseAddress(address) !== null) return address;
    }
  }
  return null;
}

/** The organization that an issuer's name gives, else the whole name: a CA signs with many intermediates in turn. */
export function organizationOf(issuer: string): string {
  return /(?:^|[,\n/+])\s*O\s*=\s*("?)([^,\n/"]+)\1/.exec(issuer)?.[2]?.trim() ?? issuer;
}
