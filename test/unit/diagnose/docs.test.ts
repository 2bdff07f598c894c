import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { explain } from '../../../src/cli/explain.js';
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

describe('explain', () => {
  it('prints the page of a cause', () => {
    expect(explain('tls.intercepted')).toContain('# TLS is decrypted on the way');
  });

  it('lists all causes without an id', () => {
    expect(explain(null).trim().split('\n')).toHaveLength(ids.length);
  });

  it.each([
    ['tcp.droped', 'tcp.dropped'],
    ['intercepted', 'tls.intercepted'],
    ['proxy.auth', 'proxy.auth_required'],
  ])('names what is near %s', (typed, meant) => {
    expect(() => explain(typed)).toThrow(new RegExp(`did you mean .*${meant.replace('.', '\\.')}`, 'u'));
  });

  it('refuses what could be a path', () => {
    expect(() => explain('../../package')).toThrow('there is no finding');
  });
});
