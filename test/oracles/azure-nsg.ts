/** Reads what `targets/azure-nsg.ts` writes, and nothing else. */
import {
  text,
  exactly,
  integer,
  also,
  object,
  either,
  list as listOf,
  prefix,
  PORT_TEXT,
  type Shape,
} from './shape.js';
import { MARKER } from '../../src/firewall/core/names.js';
import { ID, DESCRIPTION_MAX, LOWEST, PRIORITY, PARENT, TYPE, FILE } from '../../src/firewall/targets/azure-nsg.js';
import { API_VERSION } from '../../src/firewall/targets/shared/azure-template.js';
import type { RenderedFile } from '../../src/model/allow-list.js';
import { type Allowed, headerProblems } from './header-check.js';
import { templateShape } from './azure-template.js';
import { lintJson } from './json-file.js';

const COMMON = {
  description: text(
    new RegExp(`${MARKER} id=netdata-cloud rev=[0-9a-f]{12} target=${ID} mode=(?:allow|enforce)(?: [a-z0-9.:-]+)+`),
    DESCRIPTION_MAX,
  ),
  direction: exactly('Outbound'),
  priority: integer(100, LOWEST),
  sourceAddressPrefix: exactly('*'),
  sourcePortRange: exactly('*'),
};

const ALLOW = also(
  object({
    ...COMMON,
    access: exactly('Allow'),
    protocol: text(/Tcp|Udp/),
    destinationAddressPrefixes: either(listOf(prefix(4)), listOf(prefix(6))),
    destinationPortRanges: listOf(text(new RegExp(PORT_TEXT))),
  }),
  (row: { protocol: string; description: string; destinationPortRanges: readonly string[] }) =>
    (row.protocol === 'Udp' || row.description.endsWith(' dns')) &&
    (row.destinationPortRanges.join() !== '53' || !row.description.endsWith(' dns'))
      ? 'is UDP or says that it is DNS, but is not'
      : null,
);

const REST = object({
  ...COMMON,
  access: exactly('Deny'),
  protocol: exactly('*'),
  destinationAddressPrefix: text(/\*|Internet/),
  destinationPortRange: exactly('*'),
});

const RULE_NAME = `\\[format\\('\\{0\\}/${MARKER}-${PRIORITY}', parameters\\('${PARENT}'\\)\\)\\]`;

const RULE_ID = `\\[resourceId\\('${TYPE}', parameters\\('${PARENT}'\\), '${MARKER}-${PRIORITY}'\\)\\]`;

const RESOURCE = object(
  {
    type: exactly(TYPE),
    apiVersion: exactly(API_VERSION),
    name: text(new RegExp(RULE_NAME)),
    properties: either(ALLOW, REST),
  },
  { dependsOn: listOf(text(new RegExp(RULE_ID)), 1, 1) },
);

interface ReadRule {
  readonly name: string;
  readonly dependsOn?: readonly string[];
  readonly properties: {
    readonly priority: number;
    readonly access: string;
    readonly description: string;
    readonly destinationAddressPrefixes?: readonly string[];
  };
}

/** Each rule named after its priority and waiting for the one before; a deny only in enforce mode, and last. */
function orderProblem(all: readonly ReadRule[]): string | null {
  for (const [index, rule] of all.entries()) {
    const number = (value: string | undefined): number => Number(/-(\d+)'/.exec(value ?? '')?.[1]);
    const { priority, access, description } = rule.properties;
    const before = all[index - 1];
    if (number(rule.name) !== priority) return 'names a rule after another priority';
    if (
      before === undefined ? rule.dependsOn !== undefined : number(rule.dependsOn?.[0]) !== before.properties.priority
    )
      return 'does not write its rules one after the other';
    if (before !== undefined && before.properties.priority >= priority) return 'does not count upwards';
    const last = index === all.length - 1 && description.includes(' mode=enforce ');
    if (access !== (last ? 'Deny' : 'Allow')) return 'denies in the wrong place';
  }
  return all.some((rule) => (rule.properties.destinationAddressPrefixes?.length ?? 0) > 0) ? null : 'allows nothing';
}

/** Without the rules for DNS, which say so. */
function allowed(file: RenderedFile): readonly Allowed[] {
  const { resources } = JSON.parse(file.content) as {
    resources: readonly { properties: { description: string; destinationPortRanges?: readonly string[] } }[];
  };
  return resources
    .filter(({ properties }) => !properties.description.endsWith(' dns'))
    .map(({ properties }) => ({ names: [], ports: properties.destinationPortRanges ?? [] }));
}

const SHAPE: Shape = templateShape(ID, PARENT, also(listOf(RESOURCE), orderProblem));

export function azureNsg(files: readonly RenderedFile[]): readonly string[] {
  const own = files.filter((file) => file.name === FILE);
  const problems = own.flatMap((file) => lintJson(file, SHAPE));
  return problems.length > 0 ? problems : headerProblems(files, own.flatMap(allowed), false);
}
