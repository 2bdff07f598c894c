/** Reads what `targets/shared/azure-template.ts` writes, and nothing else. */
import { type Shape, object, exactly, text } from './shape.js';
import { MARKER } from '../../src/firewall/core/names.js';
import { SCHEMA } from '../../src/firewall/targets/shared/azure-template.js';

export function templateShape(target: string, parent: string, resources: Shape): Shape {
  return object({
    $schema: exactly(SCHEMA),
    contentVersion: exactly('1.0.0.0'),
    metadata: object({
      [MARKER]: text(new RegExp(`id=netdata-cloud rev=[0-9a-f]{12} target=${target} mode=(?:allow|enforce)`)),
    }),
    parameters: object({ [parent]: object({ type: exactly('string') }) }),
    resources,
  });
}
