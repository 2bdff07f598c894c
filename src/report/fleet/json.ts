/** The document itself (schema/fleet-v1.schema.json), host by host: a large fleet never is one text. */
import { safeJson } from '../escape.js';
import type { FleetDocument } from './document.js';

export function* fleetJson({ hosts, ...rest }: FleetDocument): Generator<string> {
  const head = safeJson(rest, 2);
  // The hosts come last: `}` of the head makes room for them.
  yield `${head.slice(0, head.lastIndexOf('\n}'))},\n  "hosts": [`;
  let lead = '\n    ';
  for (const host of hosts) {
    yield lead + safeJson(host);
    lead = ',\n    ';
  }
  yield `${hosts.length === 0 ? '' : '\n  '}]\n}\n`;
}
