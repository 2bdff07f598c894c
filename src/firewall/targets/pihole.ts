/**
 * Pi-hole 6: exact entries of its allow list, by its command. Like every DNS filter it knows no ports and lets nothing
 * through: it answers a name, or does not. Sources: docs/rules/pihole.md names Pi-hole's pages.
 */
import { header, shortHeader } from '../core/header.js';
import { MARKER } from '../core/names.js';
import { script, shellQuote } from '../core/script.js';
import { RefusalError, type RuleTarget, USUAL } from '../core/target.js';
import { hostNames } from '../core/views.js';
import { NO_PORTS } from './adguard.js';

const ID = 'pihole';
const LIST = `${MARKER}.pihole.txt`;

export const pihole: RuleTarget = {
  id: ID,
  title: 'Pi-hole 6, allow list',
  group: 'lists',
  capabilities: {
    ...USUAL,
    matches: 'names',
    dns: false,
  },
  settings: [],
  render(list, options) {
    const names = hostNames(list);
    if (names.length === 0) throw new RefusalError(ID, 'names_not_supported', 'the list holds no name');
    const short = shortHeader(pihole, list, options);
    const words = names.map(shellQuote).join(' ');
    return [
      {
        name: LIST,
        content: `${header(pihole, list, options)}# ${NO_PORTS}\n${names.join('\n')}\n`,
        mode: 0o644,
      },
      script('install', ID, short, `pihole allow ${words} --comment ${shellQuote(`${MARKER} netdata cloud`)}\n`),
      script('uninstall', ID, short, `pihole allow remove ${words}\n`),
    ];
  },
};
