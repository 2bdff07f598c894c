/** The pages of targets that nobody can try at home: they must at least say everything. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { RULE_TARGETS } from '../../../../src/firewall/registry.js';

const described = RULE_TARGETS.filter((target) => target.group === 'clouds' || target.group === 'clusters');

describe.each(described)('docs/rules/$id.md', (target) => {
  const page = readFileSync(new URL(`../../../../docs/rules/${target.id}.md`, import.meta.url), 'utf8');

  test('says how to load, remove and check, what cannot be expressed, and where the vendor says so', () => {
    for (const heading of ['Load', 'Remove', 'What it cannot express', 'Settings', 'Checked by', 'Sources'])
      expect(page).toContain(`\n## ${heading}\n`);
    expect(page.match(/<https:\/\/[^>]+>/g)?.length ?? 0).toBeGreaterThanOrEqual(3);
  });

  test('names every setting with its default, and no other', () => {
    const rows = [...page.matchAll(/^\| `([a-z-]+)` +\| (`[^`]*`|\(none\)) +\|/gm)].map(([, name, value]) => [
      name,
      value === '(none)' ? '' : value?.slice(1, -1),
    ]);
    const modes = new Set<string>(target.capabilities.modes);
    expect(rows.filter(([name]) => !modes.has(name ?? ''))).toEqual(
      target.settings.map((setting) => [setting.name, setting.default]),
    );
  });
});
