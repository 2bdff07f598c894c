/** Reads what `targets/windows.ts` writes, and nothing else. */
import { MARKER } from '../../src/firewall/core/names.js';
import { REMOVE, REMOVE_FROM_POLICY } from '../../src/firewall/targets/windows.js';
import type { RenderedFile } from '../../src/model/allow-list.js';

const ITEM = "'[^'\\r\\n$`]*'";

const ARRAY = `@\\((?:${ITEM}(?:, ${ITEM})*)?\\)`;

/** Exactly what `body` makes: no parameter that we do not know can slip in. */
const GRAMMAR: readonly RegExp[] = [
  /^\$ErrorActionPreference = 'Stop'$/,
  /^\$gpo = Open-NetGPO -PolicyStore '[A-Za-z0-9.-]+\\[A-Za-z0-9 ._()-]+'$/,
  /^Save-NetGPO -GPOSession \$gpo$/,
  new RegExp(`^\\$ids = ${ARRAY}$`),
  ...[...REMOVE, ...REMOVE_FROM_POLICY].map(
    (line) => new RegExp(`^${line.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`),
  ),
  new RegExp(`^New-NetFirewallDynamicKeywordAddress -Id ${ITEM} -Keyword ${ITEM} -AutoResolve \\$true \\| Out-Null$`),
  new RegExp(
    `^New-NetFirewallRule -Name ${ITEM} -DisplayName ${ITEM} -Group '${MARKER}' -Direction Outbound -Action Allow -Profile Any -Enabled True -Protocol (?:TCP|UDP) -RemotePort ${ARRAY} (?:-RemoteAddress|-RemoteDynamicKeywordAddresses) ${ARRAY}(?: -Program ${ITEM})?(?: -GPOSession \\$gpo)? \\| Out-Null$`,
  ),
];

export function windows(files: readonly RenderedFile[]): readonly string[] {
  return files.flatMap((file) =>
    file.content
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#') && !GRAMMAR.some((rule_) => rule_.test(line)))
      .map((line) => `${file.name}: not of our grammar: ${line}`),
  );
}
