/** One product, or one family of products of a vendor. */
export interface Vendor {
  /** snake_case, stable. */
  readonly id: string;
  readonly name: string;
  readonly kind: 'gateway' | 'cloud_proxy' | 'dns_filter' | 'proxy' | 'endpoint' | 'debugger';
  /** Tested against one-line names such as `CN=…, O=…`. */
  readonly issuers: readonly RegExp[];
  readonly page: {
    /** Lower-case header name and what its value looks like. */
    readonly headers: readonly (readonly [string, RegExp])[];
    readonly titles: readonly RegExp[];
    /** Literal pieces of a page. */
    readonly marks: readonly string[];
  };
  /** Addresses that its resolvers give for blocked names. */
  readonly blockAddresses: readonly string[];
  /** Where the marks are from. */
  readonly source: string;
}

type Marks = Partial<Pick<Vendor, 'issuers' | 'blockAddresses'>> & Partial<Vendor['page']>;

export function vendor(id: string, name: string, kind: Vendor['kind'], source: string, marks: Marks): Vendor {
  return {
    id,
    name,
    kind,
    source,
    issuers: marks.issuers ?? [],
    blockAddresses: marks.blockAddresses ?? [],
    page: { headers: marks.headers ?? [], titles: marks.titles ?? [], marks: marks.marks ?? [] },
  };
}

/** A collection that lists block pages seen in the wild, row by row. */
export const OONI = 'github.com/ooni/blocking-fingerprints, fingerprints_http.csv and fingerprints_dns.csv';
