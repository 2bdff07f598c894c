/** The merged document (schema/fleet-v1.schema.json): every form of `report merge` shows this and derives nothing. */
import type { Blame, Severity } from '../../model/finding.js';
import type { Outcome } from '../../model/prediction.js';
import type { FleetRow } from './row.js';

export const FLEET_SCHEMA = 'netdata-egress/fleet';
export const FLEET_VERSION = 1;

/** What hosts are grouped by, besides labels (`label:site`). */
export type FacetName =
  'subnet' | 'egress' | 'gateway' | 'route' | 'resolver' | 'issuer' | 'agent' | 'platform' | `label:${string}`;

export interface FacetValue {
  readonly value: string;
  readonly hosts: number;
  /** Of these, how many will fail, and how many are at risk. */
  readonly failing: number;
  readonly atRisk: number;
}

export interface Facet {
  readonly name: FacetName;
  /** Most failing hosts first; at most MOST_VALUES. */
  readonly values: readonly FacetValue[];
  /** Values that are not listed. */
  readonly more: number;
}

/** Of the hosts with a cause, how many share a value, and how many hosts there are with that value. */
export interface Share {
  readonly name: FacetName;
  readonly value: string;
  readonly hosts: number;
  readonly of: number;
}

export interface FleetCause {
  /** Finding id; `none` = nothing found; `undecided` = nothing found and nothing proven. */
  readonly cause: string;
  /** The wording that most of its hosts have. */
  readonly title: string;
  readonly blames: Blame | null;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  readonly cannotClaim: number;
  readonly cannotLink: number;
  /** Sorted. */
  readonly hosts: readonly string[];
  /** By what most of these hosts differ from the others: the value that they share and others do not, best first. */
  readonly common: readonly Share[];
  /** Its hosts by each facet, most hosts first. */
  readonly groups: readonly { readonly name: FacetName; readonly values: readonly Share[]; readonly more: number }[];
}

/** A finding counted over all hosts, whether or not it is their first cause. */
export interface FindingCount {
  readonly id: string;
  readonly severity: Severity;
  readonly title: string;
  readonly blames: Blame;
  readonly hosts: number;
  /** Of these, those whose first cause it is. */
  readonly first: number;
}

/** A host that is not like the others of its group. */
export interface OddHost {
  readonly host: string;
  readonly group: { readonly name: FacetName; readonly value: string; readonly hosts: number };
  readonly cause: string;
  /** What the others have. */
  readonly usualCause: string;
  /** Facts in which it differs from what nearly all others of the group have. */
  readonly differs: readonly { readonly fact: string; readonly here: string; readonly usual: string }[];
}

export interface FleetNeed {
  readonly host: string;
  readonly port: number;
  readonly through: string | null;
  readonly required: boolean;
  readonly hosts: number;
  /** Networks that these hosts are in. */
  readonly subnets: readonly { readonly value: string; readonly hosts: number }[];
  readonly more: number;
}

export type Team = 'network' | 'proxy' | 'dns' | 'host';

export interface TeamLetter {
  readonly team: Team;
  readonly hosts: number;
  readonly text: string;
}

/** `fixed`: failed before and works now. `new`: the reverse, or failing and not there before. `still`: fails as before. */
export interface Trend {
  /** When the earlier merge was made, ISO 8601 UTC. */
  readonly since: string;
  readonly fixed: readonly TrendHost[];
  readonly new: readonly TrendHost[];
  readonly still: readonly TrendHost[];
  /** Failed before; now nobody can tell. */
  readonly unclear: readonly TrendHost[];
  /** In one of the two merges only. */
  readonly added: readonly string[];
  readonly gone: readonly string[];
}

export interface TrendHost {
  readonly host: string;
  /** Cause then and now; null = it was not there. */
  readonly before: string | null;
  readonly now: string;
}

/** `foreign`: no run of this program. `newer`: of a version that is not known yet. `duplicate`: the very same run again. */
export type LeftOutKind =
  'damaged' | 'foreign' | 'invalid' | 'newer' | 'too_large' | 'unreadable' | 'duplicate' | 'superseded' | 'too_many';

export interface LeftOut {
  readonly kind: LeftOutKind;
  readonly name: string;
  readonly text: string;
}

export interface FleetDocument {
  readonly schema: typeof FLEET_SCHEMA;
  readonly version: typeof FLEET_VERSION;
  readonly tool: { readonly name: 'netdata-egress'; readonly version: string };
  /** ISO 8601 UTC. */
  readonly createdAt: string;
  /** Runs that were read; a host counts with its latest. */
  readonly reports: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** When the first and the last of the runs began; null = there is none. */
  readonly from: string | null;
  readonly to: string | null;
  readonly causes: readonly FleetCause[];
  readonly findings: readonly FindingCount[];
  readonly odd: readonly OddHost[];
  readonly moreOdd: number;
  readonly facets: readonly Facet[];
  readonly needs: readonly FleetNeed[];
  readonly letters: readonly TeamLetter[];
  readonly trend: Trend | null;
  /** Hosts that watch saw change lately. */
  readonly changed: number;
  readonly leftOut: Readonly<Record<LeftOutKind, number>>;
  /** The first of them. */
  readonly leftOutList: readonly LeftOut[];
  /** Sorted by name. */
  readonly hosts: readonly FleetRow[];
}
