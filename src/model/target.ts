import type { Leg } from './route.js';

/**
 * What a host is needed for. Legs are always on; the others are optional destinations
 * (docs/reference/agent.md#other-destinations).
 */
export type Purpose = 'claim' | 'link' | 'install' | 'update' | 'images' | 'telemetry';

/** One destination that a leg (or an optional purpose) needs. */
export interface Target {
  /** Stable in a report: `claim:app.netdata.cloud:443`. */
  readonly id: string;
  /** Name or address literal, without brackets, lower case. */
  readonly host: string;
  readonly port: number;
  readonly purpose: Purpose;
  /** null for optional destinations. */
  readonly leg: Leg | null;
  readonly required: boolean;
  /** Where this target comes from: `catalog`, `cloud.conf:3`, `option --url`, `/env`, … */
  readonly source: string;
  /** Path of the HTTP request on this target (base path of authEndpoint, `/mqtt`, `/api/v1/env`, …). */
  readonly path: string;
  /** Set where nothing encrypts the way: the claim of a base URL with `http://`. */
  readonly plain?: true;
}
