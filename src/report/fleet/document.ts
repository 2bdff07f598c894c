/** The merged document (schema/fleet-v1.schema.json): every form of `report merge` shows this and derives nothing. */
import type { Described } from '../../model/schema/build.js';
import type { cause, facts, fleetSchema, need, odd, rowSchema, share, trend } from './schema.js';

export const FLEET_SCHEMA = 'netdata-egress/fleet';
export const FLEET_VERSION = 1;

/** What hosts are grouped by, besides labels (`label:site`). */
export type FacetName =
  'subnet' | 'egress' | 'gateway' | 'route' | 'resolver' | 'issuer' | 'agent' | 'platform' | `label:${string}`;
export type Team = 'network' | 'proxy' | 'dns' | 'host';
/** `foreign`: no run of this program. `newer`: of a version that is not known yet. `duplicate`: the very same run again. */
export type LeftOutKind =
  'damaged' | 'foreign' | 'invalid' | 'newer' | 'too_large' | 'unreadable' | 'duplicate' | 'superseded' | 'too_many';

/** What a host's run came to; shared between rows that are alike. */
export type FleetFacts = Described<typeof facts>;
export type RowFinding = FleetFacts['findings'][number];
/** A destination that a host must be let out to. */
export type Need = FleetFacts['needs'][number];
export type FleetRow = Described<typeof rowSchema>;
export type FleetCause = Described<typeof cause>;
export type Share = Described<typeof share>;
export type OddHost = Described<typeof odd>;
export type FleetNeed = Described<typeof need>;
export type Trend = Described<typeof trend>;
export type TrendHost = Trend['new'][number];
export type FleetDocument = Described<typeof fleetSchema>;
export type Facet = FleetDocument['facets'][number];
export type FacetValue = Facet['values'][number];
export type FindingCount = FleetDocument['findings'][number];
export type TeamLetter = FleetDocument['letters'][number];
export type LeftOut = FleetDocument['leftOutList'][number];
