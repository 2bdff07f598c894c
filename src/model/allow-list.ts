/** What must be reachable, with provenance and age: the one input of every rule target. */
import type { Purpose } from './target.js';

export interface AllowListAddress {
  /** RFC 5952 text, always a single host (/32, /128) unless it came from the user. */
  readonly cidr: string;
  readonly family: 4 | 6;
  /** Resolver that gave it, `known list`, `file X`, … */
  readonly source: string;
  /** Seconds; null = not from DNS. */
  readonly ttl: number | null;
  /** ISO 8601 UTC. */
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly expires: string | null;
  /** True when a certificate valid for the name was seen at this address. */
  readonly proven: boolean;
}

export interface AllowListHost {
  /** Lower-case A-label FQDN, no trailing dot; for a proxy or a Parent also an address literal without brackets. */
  readonly fqdn: string;
  readonly ports: readonly number[];
  readonly protocol: 'tcp';
  /** `proxy`: not a destination of the Agent but the way to them. `parent`: where it streams to. */
  readonly purpose: Purpose | 'proxy' | 'parent';
  readonly required: boolean;
  readonly addresses: readonly AllowListAddress[];
}

export interface AllowList {
  readonly schema: 'netdata-egress/allow-list';
  readonly version: 1;
  /** ISO 8601 UTC. */
  readonly createdAt: string;
  readonly hosts: readonly AllowListHost[];
  /** Configured resolvers, for the DNS rule of enforce mode. */
  readonly resolvers: readonly string[];
  /** Hosts are missing that are not known: what and why, our words. Absent = complete. */
  readonly incomplete?: string;
  /** Answers that were left out and why (bogon, sinkhole, private, not proven). */
  readonly rejected: readonly { readonly fqdn: string; readonly address: string; readonly reason: string }[];
}

export interface RenderedFile {
  readonly name: string;
  readonly content: string;
  /** POSIX mode, e.g. 0o644. */
  readonly mode: number;
  /** What the file is for; absent = `rules`. */
  readonly role?: 'rules' | 'install' | 'uninstall' | 'note' | 'other';
}
