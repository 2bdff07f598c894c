/**
 * pfSense: text for the bulk import of aliases, one list of hosts and one of ports. The firewall resolves names
 * itself. There is no supported interface to load them by a program, so the steps are in the notice; the rule
 * that uses them is the operator's. Sources: docs/reference/firewall.md#pfsense-opnsense; docs/rules/pfsense.md names
 * the project's pages.
 */
import type { RenderedFile } from '../../model/allow-list.js';
import { MARKER } from '../core/names.js';
import { type RuleTarget, USUAL } from '../core/target.js';
import { assertAtMost } from '../core/views.js';
import { deviceNotice } from './shared/device-head.js';
import { MATCH_NAMES } from './shared/destinations.js';
import { aliasPairs } from './shared/sense-aliases.js';

const ID = 'pfsense';

function fileName(alias: string): string {
  return `${MARKER}.pfsense.${alias}.txt`;
}

export const pfsense: RuleTarget = {
  id: ID,
  title: 'pfSense aliases (bulk import)',
  group: 'devices',
  capabilities: { ...USUAL, comments: false, dns: false },
  settings: [MATCH_NAMES],
  render(list, options) {
    const pairs = aliasPairs(ID, list, options);
    const file = (alias: string, rows: readonly (string | number)[]): RenderedFile => {
      assertAtMost(ID, rows.length, 5000, 'members of one alias');
      return { name: fileName(alias), content: rows.map((row) => `${String(row)} ${MARKER}\n`).join(''), mode: 0o644 };
    };
    const files = pairs.flatMap((pair) => [file(pair.hosts, pair.members), file(pair.ports, pair.numbers)]);
    const hints = [
      ...pairs.flatMap((pair) => [
        `Load: Firewall > Aliases > IP > Import, name ${pair.hosts}, description ${MARKER}, text of ${fileName(pair.hosts)};`,
        `then Firewall > Aliases > Ports > Import, name ${pair.ports}, text of ${fileName(pair.ports)}; apply.`,
        `Rule to make, on the interface of the Agents, before the first block: pass, TCP, destination ${pair.hosts}, ` +
          `port ${pair.ports}.`,
      ]),
      'A second import under the same name is refused: edit the alias, or delete it first.',
      'Remove: delete the rules, then the aliases.',
    ];
    return [...files, deviceNotice(pfsense, list, options, hints, files)];
  },
};
