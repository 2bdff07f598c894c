/** Reads what `targets/oci-nsg.ts` writes, and nothing else. */
import { MARKER } from '../../src/firewall/core/names.js';
import { PER_CALL } from '../../src/firewall/targets/oci-nsg.js';
import type { RenderedFile } from '../../src/model/allow-list.js';
import { headerProblems } from './header-check.js';
import { lintJson } from './json-file.js';
import { isTerraformJson, terraformJson } from './terraform-json.js';
import { also, either, exactly, list, object, port, prefix, text } from './shape.js';

const RANGE = object({
  destinationPortRange: also(object({ max: port, min: port }), (value: { max: number; min: number }) =>
    value.max === value.min ? null : 'is a range',
  ),
});
const COMMON = {
  description: text(new RegExp(`${MARKER} id=netdata-cloud rev=[0-9a-f]{12} target=oci-nsg mode=allow`)),
  destination: either(prefix(4), prefix(6)),
  destinationType: exactly('CIDR_BLOCK'),
  direction: exactly('EGRESS'),
  isStateless: exactly(false),
};
const DNS = also(RANGE, (value: { destinationPortRange: { min: number } }) =>
  value.destinationPortRange.min === 53 ? null : 'is not for DNS',
);
const SHAPE = list(
  either(
    object({ ...COMMON, protocol: exactly('6'), tcpOptions: RANGE }),
    object({ ...COMMON, protocol: exactly('17'), udpOptions: DNS }),
  ),
  1,
  PER_CALL,
);

interface Rule {
  readonly destination: string;
  readonly tcpOptions?: { readonly destinationPortRange: { readonly min: number } };
}

const isOwn = (file: RenderedFile): boolean => file.name.endsWith('.oci-nsg.json');
const rulesOf = (files: readonly RenderedFile[]): readonly Rule[] =>
  files.filter(isOwn).flatMap((file) => JSON.parse(file.content) as readonly Rule[]);

const module = terraformJson('oci-nsg');

function lint(files: readonly RenderedFile[]): readonly string[] {
  if (files.some(isTerraformJson)) return module(files);
  const problems = files.filter(isOwn).flatMap((file) => lintJson(file, SHAPE));
  if (problems.length > 0) return problems;
  const ports = rulesOf(files).flatMap(({ tcpOptions }) => tcpOptions?.destinationPortRange.min ?? []);
  return headerProblems(files, [{ names: [], ports: ports.filter((number) => number !== 53) }], false);
}

export const ociNsg = Object.assign(lint, {
  flows: (files: readonly RenderedFile[]) => [
    ...module.flows(files),
    ...rulesOf(files).flatMap(({ destination, tcpOptions }) =>
      tcpOptions === undefined ? [] : [`${destination} ${String(tcpOptions.destinationPortRange.min)}`],
    ),
  ],
});
