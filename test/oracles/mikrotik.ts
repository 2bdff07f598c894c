/** Reads what `targets/mikrotik.ts` writes, and nothing else. */
import { MARKER } from '../../src/firewall/core/names.js';
import type { RenderedFile } from '../../src/model/allow-list.js';

const NAME = '[a-z0-9.:/-]+';

const RULE =
  `/ip(?:v6)? firewall filter add chain=[a-z]+ action=accept protocol=(?:tcp|udp) ` +
  `(?:dst-port=[0-9,]+ dst-address-list=${NAME}|dst-address=${NAME} dst-port=53) comment="${MARKER} [a-z ]+"`;

const FIRST = '\\[/ip(?:v6)? firewall filter find where chain=[a-z]+ and dynamic=no\\]';

const GRAMMAR: readonly RegExp[] = [
  new RegExp(
    `^/ip(?:v6)? firewall (?:filter|address-list) remove \\[find where comment~"\\^${MARKER}" and dynamic=no\\]$`,
  ),
  new RegExp(
    `^/ip(?:v6)? firewall address-list add list=${NAME} address=${NAME} comment="${MARKER} [A-Za-z0-9.: -]+"$`,
  ),
  new RegExp(
    `^:if \\(\\[:len ${FIRST}\\] > 0\\) do=\\{ ${RULE} place-before=\\(${FIRST}->0\\) \\} else=\\{ ${RULE} \\}$`,
  ),
];

export function mikrotik(files: readonly RenderedFile[]): readonly string[] {
  return files.flatMap((file) =>
    file.content
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#') && !GRAMMAR.some((rule) => rule.test(line)))
      .map((line) => `${file.name}: not of our grammar: ${line}`),
  );
}
