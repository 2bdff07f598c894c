import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RULES } from '../../../src/diagnose/registry.js';

const COMMANDS = ['doctor', 'resolve', 'config', 'rules', 'report', 'explain', 'lab'];
const PAGES = new URL('../../../docs/findings/', import.meta.url);
const ids = RULES.map(({ id }) => id);

describe('the pages of causes', () => {
  it.each(ids)('%s has a page with every part', (id) => {
    const page = readFileSync(new URL(`${id}.md`, PAGES), 'utf8');
    expect(page).toContain(`\`${id}\``);
    for (const part of [
      '## What it looks like',
      '## Why it happens',
      '## How to confirm it by hand',
      '```sh',
      '## How to fix it',
      '## Not to be confused with',
    ]) {
      expect(page).toContain(part);
    }
  });

  it('has no page too many, and no link that leads nowhere', () => {
    const pages = readdirSync(PAGES);
    expect(pages.sort()).toEqual([...ids.map((id) => `${id}.md`), 'README.md'].sort());
    for (const name of pages) {
      const links = readFileSync(new URL(name, PAGES), 'utf8').matchAll(/\]\(([^)]+\.md)\)/gu);
      for (const [, target] of links) expect(existsSync(new URL(target ?? '', PAGES))).toBe(true);
    }
  });

  it.each(ids)('%s gives commands that a shell can read', (id) => {
    const page = readFileSync(new URL(`${id}.md`, PAGES), 'utf8');
    const blocks = [...page.matchAll(/```sh\n([\s\S]*?)```/gu)].map(([, text]) => text ?? '');
    expect(blocks.length).toBeGreaterThan(0);
    const { status, stderr } = spawnSync('bash', ['-n'], { input: blocks.join('\n'), encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    for (const word of blocks.join('\n').matchAll(/netdata-egress (\w+)/gu)) expect(COMMANDS).toContain(word[1]);
  });
});
