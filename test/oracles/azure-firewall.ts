/** Reads what `targets/azure-firewall.ts` writes, and nothing else. */
import {
  object,
  exactly,
  text,
  either,
  tuple,
  list as listOf,
  integer,
  fqdn,
  type Shape,
  prefix,
  also,
} from './shape.js';
import { MARKER } from '../../src/firewall/core/names.js';
import { ID, MAX_PORT, MAX_NAMES, PARENT, TYPE, FILE } from '../../src/firewall/targets/azure-firewall.js';
import { templateShape } from './azure-template.js';
import { API_VERSION, childName } from '../../src/firewall/targets/shared/azure-template.js';
import type { RenderedFile } from '../../src/model/allow-list.js';
import { type Allowed, headerProblems } from './header-check.js';
import { lintJson } from './json-file.js';

const RULE = object({
  ruleType: exactly('ApplicationRule'),
  name: text(new RegExp(`${MARKER}(?:-[0-9-]{1,14}|-p[0-9a-f]{8})?`)),
  description: text(new RegExp(`${MARKER} id=netdata-cloud rev=[0-9a-f]{12} target=${ID} mode=allow`)),
  sourceAddresses: either(tuple(exactly('*')), listOf(short4())),
  protocols: listOf(object({ protocolType: exactly('Https'), port: integer(1, MAX_PORT) })),
  targetFqdns: listOf(fqdn, 1, MAX_NAMES),
  terminateTLS: exactly(false),
});

/** An IPv4 prefix as it was given: a single host may come without its length. */
function short4(): Shape {
  return (value, path) => prefix(4)(typeof value === 'string' && !value.includes('/') ? `${value}/32` : value, path);
}

const SHAPE = templateShape(
  ID,
  PARENT,
  tuple(
    object({
      type: exactly(TYPE),
      apiVersion: exactly(API_VERSION),
      name: exactly(childName(PARENT, MARKER)),
      properties: object({
        priority: integer(100, 65_000),
        ruleCollections: tuple(
          object({
            ruleCollectionType: exactly('FirewallPolicyFilterRuleCollection'),
            name: exactly(MARKER),
            priority: exactly(100),
            action: object({ type: exactly('Allow') }),
            rules: also(listOf(RULE), (all: readonly { name: string }[]) =>
              new Set(all.map((row) => row.name)).size < all.length ? 'has two rules of one name' : null,
            ),
          }),
        ),
      }),
    }),
  ),
);

interface Read {
  readonly targetFqdns: readonly string[];
  readonly protocols: readonly { readonly port: number }[];
}

function allowed(file: RenderedFile): readonly Allowed[] {
  const { resources } = JSON.parse(file.content) as {
    resources: readonly { properties: { ruleCollections: readonly { rules: readonly Read[] }[] } }[];
  };
  return resources
    .flatMap(({ properties }) => properties.ruleCollections.flatMap((collection) => collection.rules))
    .map((rule) => ({ names: rule.targetFqdns, ports: rule.protocols.map((row) => row.port) }));
}

export function azureFirewall(files: readonly RenderedFile[]): readonly string[] {
  const own = files.filter((file) => file.name === FILE);
  const problems = own.flatMap((file) => lintJson(file, SHAPE));
  return problems.length > 0 ? problems : headerProblems(files, own.flatMap(allowed), true);
}
