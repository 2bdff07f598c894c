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

const all = ['app.netdata.cloud', 'api.netdata.cloud', 'mqtt.netdata.cloud'];

export const KNOWN_ADDRESSES: readonly KnownAddress[] = [
  { address: '54.198.178.11', hosts: all, since: '2021-11-01', until: null, source: 'Agent documentation' },
  { address: '44.207.131.212', hosts: all, since: '2021-11-01', until: null, source: 'Agent documentation' },
  { address: '44.196.50.41', hosts: all, since: '2021-11-01', until: null, source: 'Agent documentation' },
  {
    address: '35.196.244.138',
    hosts: all,
    since: '2020-04-01',
    until: '2021-11-01',
    source: 'Agent documentation, before the cloud moved',
  },
];

/** Published addresses of a name that are still on the list. */
export function currentAddressesOf(host: string, list: readonly KnownAddress[] = KNOWN_ADDRESSES): readonly string[] {
  return list.filter((entry) => entry.until === null && entry.hosts.includes(host)).map((entry) => entry.address);
}
