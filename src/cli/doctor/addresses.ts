/** Sorts resolved addresses by the known list and by what their certificates prove. Pure. */
import { nat64PrefixIn, translatedAddress, WELL_KNOWN, type Nat64Prefix } from '../../addresses/nat64.js';
import { isPrivate, isThisHost } from '../../addresses/special.js';
import type { KnownAddress } from '../../catalog/known-addresses.js';
import type { Observation } from '../../model/observation.js';
import type { AddressFacts } from '../../model/report.js';

export function classifyAddresses(
  observations: readonly Observation[],
  hosts: readonly string[],
  known: readonly KnownAddress[],
): readonly AddressFacts[] {
  const proven = new Set<string>();
  for (const seen of observations) {
    if (seen.operation !== 'tls_handshake' || seen.address === null || seen.failure !== null) continue;
    if (seen.nameMatches === true && seen.judgements.some(({ trusted }) => trusted)) {
      proven.add(`${seen.expectedName} ${seen.address}`);
    }
  }
  const names = hosts.map((host) => ({
    host,
    seen: addressesOf(host, observations),
    listed: known.filter(({ hosts: all }) => all.includes(host)),
  }));
  const prefixes = names.flatMap(({ seen, listed }) => prefixesOf(seen, listed));
  return names.flatMap(({ host, seen, listed }) =>
    seen.map((address) =>
      classify(host, address, proven.has(`${host} ${address}`), listed, translatedAddress(address, prefixes)),
    ),
  );
}

/** Of translators of this network, as the addresses of one name show them. */
function prefixesOf(seen: readonly string[], listed: readonly KnownAddress[]): readonly Nat64Prefix[] {
  const ipv4 = new Set([...seen, ...listed.map(({ address }) => address)].filter((address) => !address.includes(':')));
  return [WELL_KNOWN, ...seen.flatMap((address) => nat64PrefixIn(address, ipv4) ?? [])];
}

/** What anybody answered for the name. */
function addressesOf(host: string, observations: readonly Observation[]): readonly string[] {
  const addresses = observations.flatMap((seen) => {
    if (seen.operation === 'resolve' && seen.hostname === host) return seen.addresses.map(({ address }) => address);
    return seen.operation === 'dns_query' && seen.name === host ? seen.addresses : [];
  });
  return [...new Set(addresses)];
}

/** An address that a translator maps to an IPv4 address is judged as that one. */
function classify(
  host: string,
  address: string,
  proven: boolean,
  listed: readonly KnownAddress[],
  translated: string | null,
): AddressFacts {
  const real = translated ?? address;
  const entry = listed.find((candidate) => candidate.address === real);
  const base = {
    host,
    address,
    knownSince: entry?.since ?? null,
    knownSource: entry?.source ?? null,
    ...(translated === null ? {} : { translated }),
  };
  if (isThisHost(real)) return { ...base, class: 'sinkhole' };
  if (isPrivate(real)) return { ...base, class: 'private' };
  if (entry !== undefined) return { ...base, class: 'known' };
  return { ...base, class: proven ? 'new_proven' : 'unproven' };
}
