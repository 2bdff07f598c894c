/** Prefixes of one family, one per line, merged: static artefacts without per-address age. */
import { formatPrefix, mergePrefixes } from '../core/cidr.js';
import { header } from '../core/header.js';
import { MARKER } from '../core/names.js';
import { RefusalError, type RuleTarget, USUAL } from '../core/target.js';
import { allEndpoints } from '../core/views.js';

function cidrList(family: 4 | 6): RuleTarget {
  const id = `cidr${String(family)}`;
  const target: RuleTarget = {
    id,
    title: `IPv${String(family)} prefixes, one per line`,
    group: 'lists',
    capabilities: {
      ...USUAL,
      matches: 'addresses',
      // Families never share a file; the other one is the business of the sibling target.
      families: [4, 6],
      dns: false,
    },
    settings: [],
    render(list, options) {
      const prefixes = mergePrefixes(allEndpoints(list, options, family).map((endpoint) => endpoint.prefix));
      if (prefixes.length === 0)
        throw new RefusalError(
          id,
          'addresses_missing',
          `no IPv${String(family)} address is known; an empty list is never emitted`,
        );
      const other = `# IPv${family === 4 ? '6' : '4'} is in a list of its own: target cidr${family === 4 ? '6' : '4'}.\n`;
      const content = `${header(target, list, options)}${other}${prefixes.map(formatPrefix).join('\n')}\n`;
      return [{ name: `${MARKER}.${id}.txt`, content, mode: 0o644 }];
    },
  };
  return target;
}

export const cidr4 = cidrList(4);
export const cidr6 = cidrList(6);
