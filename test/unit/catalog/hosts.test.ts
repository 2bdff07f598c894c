/** The optional destinations, dated; the page that shows them is held against the catalogue. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CATALOG_HOSTS } from '../../../src/catalog/hosts.js';
import { detectManagers } from '../../../src/firewall/live/detect.js';

const page = readFileSync(new URL('../../../docs/rules.md', import.meta.url), 'utf8');

const rows = CATALOG_HOSTS.filter((entry) => !entry.required).map(
  ({ purpose, host, why, source, firstSeen, lastConfirmed }) =>
    [purpose, host, why, source, firstSeen ?? '-', lastConfirmed ?? '-'] as const,
);

describe('the hosts of the catalogue', () => {
  test('have dates that fit together', () => {
    for (const { firstSeen, lastConfirmed } of CATALOG_HOSTS)
      for (const date of [firstSeen, lastConfirmed]) if (date !== null) expect(date).toMatch(/^20\d\d-\d\d-\d\d$/);
    const backwards = CATALOG_HOSTS.filter(
      (row) => row.firstSeen !== null && row.lastConfirmed !== null && row.firstSeen > row.lastConfirmed,
    );
    expect(backwards).toEqual([]);
  });

  test('are each once for a purpose', () => {
    const keys = CATALOG_HOSTS.map(({ purpose, host }) => `${purpose} ${host}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('stand on the page, with source and dates', () => {
    const table = /<!-- purposes -->([\s\S]*)<!-- \/purposes -->/.exec(page)?.[1] ?? '';
    const cells = table
      .split('\n')
      .filter((line) => line.startsWith('| ') && !line.startsWith('| purpose'))
      .map((line) =>
        line
          .split('|')
          .slice(1, -1)
          .map((cell) => cell.trim()),
      )
      .filter(([first = '']) => !/^-+$/.test(first));
    expect(cells).toEqual(rows.map((row) => [...row]));
  });
});

test('a rule of whoever that names an address which the cloud left is told', async () => {
  const save = (text: string) => ({ code: 0, stdout: text, stderr: '' });
  const hostWith = (rule: string) =>
    detectManagers({
      which: (program) => Promise.resolve(program === 'ipset' ? null : `/usr/sbin/${program}`),
      run: ([program = '']) =>
        Promise.resolve(program === 'iptables-nft-save' ? save(`${rule}\n`) : { ...save(''), code: 1 }),
    });
  const rule = (address: string): string => `-A OUTPUT -d ${address}/32 -j ACCEPT`;
  const named = async (address: string) => (await hostWith(rule(address))).retired.map((row) => row.address);
  expect(await named('35.196.244.138')).toEqual(['35.196.244.138']);
  expect(await named('135.196.244.138')).toEqual([]);
  expect(await named('54.198.178.11')).toEqual([]);
});
