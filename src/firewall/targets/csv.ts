/** One row per name, port and address (RFC 4180 with LF). CSV has no comments: the notice is a file of its own. */
import { isIP } from 'node:net';
import { MARKER } from '../names.js';
import { fqdnProblem, safeComment } from '../sanitise.js';
import type { RuleTarget } from '../target.js';

const COLUMNS = ['fqdn', 'family', 'address', 'port', 'proto', 'ttl', 'first_seen', 'last_seen', 'resolver', 'expires'];

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
  capabilities: {
    matches: 'both',
    families: [4, 6],
    comments: false,
    ownerMatch: false,
    expiry: false,
    modes: ['allow'],
    proxy: true,
    dns: false,
  },
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
  lint(files) {
    const rows = (files[0]?.content ?? '').split('\n');
    const problems = rows[0] === COLUMNS.join(',') ? [] : ['the first row does not name the columns'];
    if (rows.pop() !== '') problems.push('no final newline');
    if (rows.length < 2) problems.push('no rows');
    rows.slice(1).forEach((row, index) => {
      const cells = row.split(',');
      if (cells.length !== COLUMNS.length) problems.push(`row ${String(index + 2)} has ${String(cells.length)} cells`);
      if (fqdnProblem(cells[0] ?? '') !== null && isIP(cells[0] ?? '') === 0)
        problems.push(`row ${String(index + 2)}: ${JSON.stringify(cells[0])} is no name`);
      if (cells.some((value) => /^[=+\-@"]/.test(value)))
        problems.push(`row ${String(index + 2)} could be read as a formula`);
    });
    return problems;
  },
};
