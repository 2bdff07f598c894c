/** Reads what `targets/aws/common.ts` writes, and nothing else. */
import { type Shape, text, tuple, object, exactly, list } from './shape.js';
import { MARKER } from '../../src/firewall/core/names.js';

/** Security group rules and prefix list entries: 255 of a-z A-Z 0-9 space and ._-:/()#,@[]+=&;{}!$* (EC2 API, IpRange). */
export const DESCRIPTION: Shape = text(new RegExp(`${MARKER}(?: [a-z0-9.:-]+)+`), 255);

export function tagShape(target: string): Shape {
  return tuple(object({ Key: exactly(MARKER), Value: exactly(target) }));
}

export function tagSpecificationShape(resource: string, target: string): Shape {
  return list(object({ ResourceType: exactly(resource), Tags: tagShape(target) }), 1, 1);
}
