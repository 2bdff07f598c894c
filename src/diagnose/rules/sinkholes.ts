/** Addresses that no service is behind: what filters answer with. */
import { addressKind, isThisHost } from '../../addresses/special.js';
import { blockAddressOwner, type Vendor } from '../../catalog/vendors.js';
import type { Evidence } from '../evidence.js';

export { isPrivate } from '../../addresses/special.js';

/** Whether the address is a dead end for this name. One at which the name was proven never is, wherever it lies. */
export function isSinkhole(host: string, address: string, ev: Evidence): boolean {
  if (ev.proven(host, address) || anybodyProvenAt(address, ev) || isPublished(host, address, ev)) return false;
  // A block page may answer at its own address; at a dead end, somebody who accepts connections is no dead end.
  if (
    blockAddressOwner(address) === null &&
    ev.path.some((at) => at.address === address && at.connect?.failure === null)
  ) {
    return false;
  }
  const facts = ev.addressFacts(host, address);
  if (facts !== null && facts.class !== 'unproven' && facts.class !== 'private') return facts.class === 'sinkhole';
  return isDeadEnd(address) || blockAddressOwner(address) !== null;
}

function isDeadEnd(address: string): boolean {
  return isThisHost(address) || addressKind(address) === 'link_local';
}

export function isLoopback(address: string | null): boolean {
  return address !== null && isThisHost(address);
}

export function sinkholeOwner(address: string): Vendor | null {
  return blockAddressOwner(address);
}

/** Some name of ours was proven there: a lab, or a forward proxy on this very host. */
function anybodyProvenAt(address: string, ev: Evidence): boolean {
  return ev.attempts.some((attempt) => attempt.address === address && ev.proven(attempt.host, address));
}

/** On the list of published addresses, wherever that lies: it is not the answer that is wrong. */
export function isPublished(host: string, address: string, ev: Evidence): boolean {
  return ev.addressFacts(host, address)?.knownSince != null;
}
