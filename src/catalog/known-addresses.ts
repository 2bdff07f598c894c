/**
 * Addresses published for the three cloud names, dated. They are hints, never a reason to call an address wrong:
 * an unknown address with a valid certificate is simply new. Sources: Agent documentation (public allow-list) and
 * its history.
 */
export interface KnownAddress {
  readonly address: string;
  /** Names it was published for. */
  readonly hosts: readonly string[];
  /** YYYY-MM-DD of the publication we know of. */
  readonly since: string;
  /** YYYY-MM-DD when it left the published list, or null. */
  readonly until: string | null;
  readonly source: string;
}

/** The documentation's last list of addresses was taken out on this day; since then it names hosts alone. */
const WITHDRAWN = '2024-12-16';
const source = 'Agent documentation';
const all = ['app.netdata.cloud', 'api.netdata.cloud', 'mqtt.netdata.cloud'];

export const KNOWN_ADDRESSES: readonly KnownAddress[] = [
  { address: '54.198.178.11', hosts: all, since: '2021-11-01', until: WITHDRAWN, source },
  { address: '44.207.131.212', hosts: all, since: '2021-11-01', until: WITHDRAWN, source },
  { address: '44.196.50.41', hosts: all, since: '2021-11-01', until: WITHDRAWN, source },
  {
    address: '35.196.244.138',
    hosts: all,
    since: '2020-04-01',
    until: '2021-11-01',
    source: 'Agent documentation, before the cloud moved',
  },
];

/**
 * Addresses of a name on the newest list that was published: the list in force, or, where that was withdrawn, the last
 * one. A withdrawn list is a hint and nothing else: an answer with a valid certificate outweighs it.
 */
export function currentAddressesOf(host: string, list: readonly KnownAddress[] = KNOWN_ADDRESSES): readonly string[] {
  return newestOf(host, list).map((entry) => entry.address);
}

/** The entries behind currentAddressesOf. */
export function newestOf(host: string, list: readonly KnownAddress[] = KNOWN_ADDRESSES): readonly KnownAddress[] {
  const mine = list.filter((entry) => entry.hosts.includes(host));
  const inForce = mine.filter((entry) => entry.until === null);
  if (inForce.length > 0) return inForce;
  const last = mine
    .map((entry) => entry.until ?? '')
    .sort()
    .at(-1);
  return mine.filter((entry) => entry.until === last);
}

/** Addresses that a later list replaced: a firewall that still names one opens the way to somebody else. */
export const RETIRED_ADDRESSES: readonly KnownAddress[] = KNOWN_ADDRESSES.filter(
  (entry) => entry.until !== null && entry.until < WITHDRAWN,
);

export function retiredAddress(address: string): KnownAddress | null {
  return RETIRED_ADDRESSES.find((entry) => entry.address === address) ?? null;
}
