/** Reads what `targets/windows.ts` writes, and nothing else. */
import { MARKER } from '../../src/firewall/names.js';
import { REMOVE } from '../../src/firewall/targets/windows.js';
import type { RenderedFile } from '../../src/model/allow-list.js';

const ITEM = "'[^'\\r\\n$`]*'";

const ARRAY = `@\\((?:${ITEM}(?:, ${ITEM})*)?\\)`;

/** Exactly what `body` makes: no parameter that we do not know can slip in. */
const GRAMMAR: readonly RegExp[] = [
  /^\$ErrorActionPreference = 'Stop'$/,
  new RegExp(`^\\$ids = ${ARRAY}$`),
  ...REMOVE.map((line) => new RegExp(`^${line.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`)),
  new RegExp(`^New-NetFirewallDynamicKeywordAddress -Id ${ITEM} -Keyword ${ITEM} -AutoResolve \\$true \\| Out-Null$`),
  new RegExp(
    `^New-NetFirewallRule -Name ${ITEM} -DisplayName ${ITEM} -Group '${MARKER}' -Direction Outbound -Action Allow -Profile Any -Enabled True -Protocol (?:TCP|UDP) -RemotePort ${ARRAY} (?:-RemoteAddress|-RemoteDynamicKeywordAddresses) ${ARRAY}(?: -Program ${ITEM})? \\| Out-Null$`,
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
