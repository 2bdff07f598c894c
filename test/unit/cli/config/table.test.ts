import { expect, it } from 'vitest';
import { renderTable } from '../../../../src/cli/config/table.js';

const ROWS = [
  ['setting', 'value', 'for the claim', 'for the link'],
  [
    '  claim.url:3',
    'https://cloud.on-prem.example.com:8443',
    'cloud.on-prem.example.com:8443',
    'cloud.on-prem.example.com:8443',
  ],
  ['  claim.proxy:4', 'http://proxy.example:3128', 'http://proxy.example:3128', '-'],
  ['  SSL_CERT_FILE', '/etc/ssl/certs/ca-certificates.crt', '-', 'certificates from this file'],
];

it.each([40, 60, 80, 100, 120, 160])('breaks no value at %i columns', (width) => {
  const lines = renderTable(ROWS, width).flat();
  for (const word of ROWS.slice(1)
    .flat()
    .flatMap((cell) => cell.trim().split(' ')))
    expect(
      lines.some((line) => line.includes(word)),
      word,
    ).toBe(true);
  // Only a value that is wider than its place alone goes beyond the width.
  for (const line of lines.filter((text) => text.length > width))
    expect(line.trim().split(/ {2,}/).length).toBeLessThan(3);
});

it('says under each setting what the columns would say, equal things once', () => {
  const [head, url, proxy, file] = renderTable(ROWS, 80);
  expect(head).toEqual([]);
  expect(url).toEqual([
    '  claim.url:3    https://cloud.on-prem.example.com:8443',
    '                 for the claim and for the link: cloud.on-prem.example.com:8443',
  ]);
  expect(proxy?.[1]).toBe('                 for the claim: http://proxy.example:3128');
  expect(file?.[1]).toBe('                 for the link: certificates from this file');
});

it('is a table where there is room', () => {
  const lines = renderTable(ROWS, 160);
  expect(lines[0]?.[0]).toMatch(/^setting +value +for the claim +for the link$/);
  expect(lines.every((row) => row.length === 1)).toBe(true);
});
