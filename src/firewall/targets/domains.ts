/** One name per line, sorted: for everything that takes names. */
import { header } from '../core/header.js';
import { MARKER } from '../core/names.js';
import { RefusalError, type RuleTarget, USUAL } from '../core/target.js';
import { hostNames } from '../core/views.js';

export const domains: RuleTarget = {
  id: 'domains',
  title: 'Domain list, one name per line',
  group: 'lists',
  capabilities: { ...USUAL, matches: 'names', dns: false },
  settings: [],
  render(list, options) {
    const names = hostNames(list);
    if (names.length === 0) throw new RefusalError('domains', 'names_not_supported', 'the list holds no name');
    const content = `${header(domains, list, options)}${names.join('\n')}\n`;
    return [{ name: `${MARKER}.domains.txt`, content, mode: 0o644 }];
  },
};
