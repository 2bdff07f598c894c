/**
 * AdGuard Home: exception rules of its DNS filter, anchored at both ends, so that a name below or above is not meant.
 * A DNS filter knows no ports and no addresses: it decides whether a name is answered, and lets nothing through.
 * Sources: docs/rules/adguard.md names AdGuard's page.
 */
import { header } from '../core/header.js';
import { MARKER } from '../core/names.js';
import { RefusalError, type RuleTarget, USUAL } from '../core/target.js';
import { hostNames } from '../core/views.js';

const ID = 'adguard';

/** For the headers of the DNS filters. */
export const NO_PORTS =
  'NO PORTS HERE: a DNS filter only decides whether the name is answered. The way itself needs rules elsewhere.';

export const adguard: RuleTarget = {
  id: ID,
  title: 'AdGuard Home, exceptions of its DNS filter',
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
    const rules = names.map((name) => `@@|${name}^$important\n`).join('');
    return [
      {
        name: `${MARKER}.adguard.txt`,
        content: `${header(adguard, list, options, '! ')}! ${NO_PORTS}\n${rules}`,
        mode: 0o644,
      },
    ];
  },
};
