/** One row per name, port and address (RFC 4180 with LF). CSV has no comments: the notice is a file of its own. */

import { MARKER } from '../core/names.js';
import { safeComment } from '../core/sanitise.js';
import { type RuleTarget, USUAL } from '../core/target.js';

export const COLUMNS = [
  'fqdn',
  'family',
  'address',
  'port',
  'proto',
  'ttl',
  'first_seen',
  'last_seen',
  'resolver',
  'expires',
];

/** No quotes, commas or formula signs can be left in a cell: spreadsheets execute `=…`, `+…`, `-…`, `@…`. */
function cell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  return safeComment(value, 100)
    .replace(/,/g, ' ')
    .replace(/^[=+\-@]+/, '');
}

export const csv: RuleTarget = {
  id: 'csv',
  title: 'CSV with provenance and age of every address',
  group: 'lists',
  capabilities: { ...USUAL, comments: false, dns: false },
  settings: [],
  render(list, options) {
    const rows: (string | number | null)[][] = [];
    for (const host of list.hosts)
      for (const port of host.ports) {
        const addresses = host.addresses.filter((address) => options.families.includes(address.family));
        if (addresses.length === 0)
          rows.push([host.fqdn, null, null, port, host.protocol, null, null, null, null, null]);
        for (const a of addresses)
          rows.push([
            host.fqdn,
            a.family,
            a.cidr,
            port,
            host.protocol,
            a.ttl,
            a.firstSeen,
            a.lastSeen,
            a.source,
            a.expires,
          ]);
      }
    const content = [COLUMNS, ...rows.map((row) => row.map(cell))].map((row) => `${row.join(',')}\n`).join('');
    return [{ name: `${MARKER}.csv`, content, mode: 0o644 }];
  },
};
