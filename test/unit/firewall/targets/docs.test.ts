/** The page of a target tells what its users can set, and which files they get. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { RULE_TARGETS } from '../../../../src/firewall/registry.js';
import { render } from './artefacts.js';

const documented = RULE_TARGETS.filter(
  (target) => target.group === 'devices' || (target.group === 'proxies' && target.id !== 'squid'),
);

describe.each(documented)('the page of $id', (target) => {
  const page = readFileSync(new URL(`../../../../docs/rules/${target.id}.md`, import.meta.url), 'utf8');

  test('has every part', () => {
    expect(page).toContain(`# ${target.id}: `);
    for (const part of ['**Load**', '**Remove**', '## What it cannot say', '## Where each line comes from'])
      expect(page).toContain(part);
  });

  test('names every setting with its default, and every file', () => {
    for (const setting of target.settings) {
      expect(page).toContain(`\`${setting.name}\``);
      if (setting.default !== '') expect(page).toContain(`\`${setting.default}\``);
    }
    for (const file of render(target)) expect(page).toContain(`\`${file.name}\``);
  });
});

/** Rows of the table that says where each line comes from; null = the page has no such table. */
function sourceRows(page: string): readonly string[] | null {
  const at = page.search(/^## (?:Where each line comes from|Sources)$/m);
  if (at === -1) return null;
  return page
    .slice(at)
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| (?:---|line|what)\b/.test(line));
}

describe.each(RULE_TARGETS)('the sources of $id', (target) => {
  const page = readFileSync(new URL(`../../../../docs/rules/${target.id}.md`, import.meta.url), 'utf8');
  const rows = sourceRows(page);

  test('every line has one that can be opened', () => {
    // A table of chapters names its one document above itself.
    const document = /^\[[^\]]+\]\(https?:\/\/[^)]+\):$/m.test(page);
    const bare = (rows ?? []).filter((row) => !/https?:\/\/|\]\([a-z0-9-]+\.md\)/.test(row));
    if (!document) expect(bare).toEqual([]);
    expect(page).toMatch(/https?:\/\/[a-z0-9.-]+\.[a-z]+\//);
    if (target.group !== 'lists' && target.id !== 'ip6tables') expect(rows?.length ?? 0).toBeGreaterThan(1);
  });
});
