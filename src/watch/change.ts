/** What can change between two rounds, and what is worth a warning before anything fails. Closed vocabularies. */
import type { FindingId } from '../model/finding-id.js';
import type { Outcome } from '../model/prediction.js';
import type { AddressClass } from '../model/report.js';
import type { Leg } from '../model/route.js';

export type Change =
  | {
      readonly kind: 'started';
      /** ms since the last entry of the history; null = there is none. */
      readonly unwatchedMs: number | null;
    }
  | {
      readonly kind: 'verdict';
      readonly what: 'claim' | 'link';
      /** null = the first round. */
      readonly before: Outcome | null;
      readonly after: Outcome;
      readonly cause: FindingId | null;
    }
  | { readonly kind: 'cause'; readonly before: FindingId | null; readonly after: FindingId | null }
  | {
      readonly kind: 'address_new';
      readonly host: string;
      readonly address: string;
      readonly class: AddressClass | null;
    }
  | { readonly kind: 'address_gone'; readonly host: string; readonly address: string }
  | {
      readonly kind: 'issuer';
      readonly host: string;
      readonly before: string;
      readonly after: string;
      readonly trusted: boolean | null;
    }
  | { readonly kind: 'certificate'; readonly host: string; readonly before: string; readonly after: string }
  | { readonly kind: 'route'; readonly leg: Leg; readonly before: string; readonly after: string }
  | { readonly kind: 'resolvers'; readonly before: readonly string[]; readonly after: readonly string[] }
  | { readonly kind: 'egress'; readonly before: string; readonly after: string }
  | { readonly kind: 'latency'; readonly leg: Leg; readonly beforeMs: number; readonly afterMs: number }
  | { readonly kind: 'agent_status'; readonly before: string; readonly after: string }
  | { readonly kind: 'clock'; readonly byMs: number }
  | { readonly kind: 'warning'; readonly raised: boolean; readonly warning: Warning };

export type Warning =
  | { readonly kind: 'certificate_expires'; readonly host: string; readonly notAfter: string }
  | { readonly kind: 'address_outside_rules'; readonly host: string; readonly address: string }
  | { readonly kind: 'first_address_silent'; readonly host: string; readonly address: string }
  | { readonly kind: 'agent_flapping' };

export type ChangeKind = Change['kind'];
export const CHANGE_KINDS: readonly ChangeKind[] = [
  'started',
  'verdict',
  'cause',
  'address_new',
  'address_gone',
  'issuer',
  'certificate',
  'route',
  'resolvers',
  'egress',
  'latency',
  'agent_status',
  'clock',
  'warning',
];

/** The same warning has the same key, whatever its details. */
export function warningKey(warning: Warning): string {
  switch (warning.kind) {
    case 'certificate_expires':
      return `${warning.kind} ${warning.host}`;
    case 'address_outside_rules':
    case 'first_address_silent':
      return `${warning.kind} ${warning.host} ${warning.address}`;
    default:
      return warning.kind;
  }
}
