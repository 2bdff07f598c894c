import type { Described } from './schema/build.js';
import type { target } from './schema/route.js';

/**
 * What a host is needed for. Legs are always on; the others are optional destinations
 * (docs/reference/agent.md#other-destinations).
 */
export type Purpose = 'claim' | 'link' | 'install' | 'update' | 'images' | 'telemetry';

/** One destination that a leg (or an optional purpose) needs. */
export type Target = Described<typeof target>;
