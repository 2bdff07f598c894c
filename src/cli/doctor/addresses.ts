/** Sorts resolved addresses by the known list and by what their certificates prove. Pure. */
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
  const facts = new Map<string, AddressFacts>();
  for (const seen of observations) {
    const [host, addresses] =
      seen.operation === 'resolve'
        ? [seen.hostname, seen.addresses.map(({ address }) => address)]
        : seen.operation === 'dns_query'
          ? [seen.name, seen.addresses]
          : [null, []];
    if (host === null || !hosts.includes(host)) continue;
    for (const address of addresses) {
      const key = `${host} ${address}`;
      if (!facts.has(key)) facts.set(key, classify(host, address, proven.has(key), known));
    }
  }
  return [...facts.values()];
}

function classify(host: string, address: string, proven: boolean, known: readonly KnownAddress[]): AddressFacts {
  const entry = known.find((candidate) => candidate.address === address && candidate.hosts.includes(host));
  const base = { host, address, knownSince: entry?.since ?? null, knownSource: entry?.source ?? null };
  if (isThisHost(address)) return { ...base, class: 'sinkhole' };
  if (isPrivate(address)) return { ...base, class: 'private' };
  if (entry !== undefined) return { ...base, class: 'known' };
  return { ...base, class: proven ? 'new_proven' : 'unproven' };
}
