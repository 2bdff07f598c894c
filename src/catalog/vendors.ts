/**
 * Who may stand in the middle: inspection, filter and proxy products by the marks they leave. The marks are facts from
 * the vendors' own documentation and from public fingerprint collections; each entry names its source.
 *
 * Matching is by name only, and names can be copied: issuers are consulted only for chains that no public trust store
 * accepts, pages only for answers that are not the service's.
 */
import { GATEWAY_VENDORS } from './vendors-gateways.js';
import { LOCAL_VENDORS } from './vendors-local.js';
import type { Vendor } from './vendors-types.js';

export type { Vendor } from './vendors-types.js';

export const VENDORS: readonly Vendor[] = [...GATEWAY_VENDORS, ...LOCAL_VENDORS];

/** Longer names are cut before they are searched: no certificate needs more, and a hostile one shall cost nothing. */
const NAME_MAX = 512;
const BODY_MAX = 32_768;
const HEADER_MAX = 2048;

/** The vendor whose signing certificate one of these issuer names belongs to, or null. */
export function matchIssuer(names: readonly string[]): Vendor | null {
  const cut = names.map((name) => name.slice(0, NAME_MAX));
  return VENDORS.find(({ issuers }) => issuers.some((pattern) => cut.some((name) => pattern.test(name)))) ?? null;
}

export interface Page {
  readonly headers: readonly (readonly [string, string])[];
  readonly title: string | null;
  readonly body: string;
}

/** The vendor whose page or headers these are, or null. */
export function matchPage({ headers, title, body }: Page): Vendor | null {
  const text = body.slice(0, BODY_MAX);
  const heading = (title ?? '').slice(0, NAME_MAX);
  return (
    VENDORS.find(
      ({ page }) =>
        page.headers.some(([name, pattern]) =>
          headers.some(([key, value]) => key.toLowerCase() === name && pattern.test(value.slice(0, HEADER_MAX))),
        ) ||
        page.titles.some((pattern) => pattern.test(heading)) ||
        page.marks.some((mark) => text.includes(mark)),
    ) ?? null
  );
}

/** The product to whose block or sign-in page this redirect leads, or null. */
export function matchRedirect(location: string): Vendor | null {
  return matchPage({ headers: [['location', location]], title: null, body: '' });
}

/** The product whose block page lives at this address, or null. */
export function blockAddressOwner(address: string): Vendor | null {
  return VENDORS.find(({ blockAddresses }) => blockAddresses.includes(address)) ?? null;
}
