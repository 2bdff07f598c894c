/** `explain`: pages for the terminal, and what words may mean. */
import { describe, expect, it } from 'vitest';
import { explainText, explainTyped, listAll } from '../../../src/cli/explain/answer.js';
import { createPaint } from '../../../src/cli/terminal.js';
import { RULES } from '../../../src/diagnose/registry.js';
import { columns } from '../../../src/report/width.js';

const options = (width: number, color = false, unicode = true) =>
  ({ paint: createPaint(color), width, unicode, verbose: 0 }) as const;
const ids = RULES.map(({ id }) => id);
// eslint-disable-next-line no-control-regex
const withoutColour = (text: string): string => text.replace(/\u001b\[[0-9;]*m/g, '');

describe('the page of a cause', () => {
  it('is Markdown when that is asked for, and JSON', () => {
    expect(explainTyped('tls.intercepted', 'markdown', options(80))).toContain('# TLS is decrypted on the way');
    expect(JSON.parse(explainTyped('TLS.Intercepted', 'json', options(80)))).toMatchObject({ id: 'tls.intercepted' });
  });

  it.each([40, 80, 120])('fits %d columns but for its commands, which stay whole', (width) => {
    for (const id of ids) {
      const text = explainTyped(id, 'text', options(width));
      for (const line of text.split('\n'))
        if (!line.startsWith('    ')) expect(columns(line), line).toBeLessThanOrEqual(width);
      const page = explainTyped(id, 'markdown', options(width));
      const commands = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, code = '']) =>
        code.trimEnd().split('\n'),
      );
      expect(commands.length).toBeGreaterThan(0);
      for (const command of commands) expect(text).toContain(`    ${command}\n`);
      expect(text).not.toMatch(/^#|```|\]\(/m);
    }
  });

  it('says the same in colour, with headings and commands set off', () => {
    const plain = explainTyped('proxy.denied', 'text', options(80));
    const colour = explainTyped('proxy.denied', 'text', options(80, true));
    expect(withoutColour(colour)).toBe(plain);
    expect(colour).toContain('\u001b[1mHOW TO FIX IT\u001b[22m');
    expect(plain).toMatch(/^HOW TO FIX IT$/m);
    expect(colour).toMatch(/\u001b\[36mcurl /);
  });

  it('is ASCII where the terminal is', () => {
    for (const id of ids) expect(explainTyped(id, 'text', options(80, false, false))).toMatch(/^[\x20-\x7e\n]*$/);
  });
});

describe('the list', () => {
  it('has every cause once', () => {
    expect(listAll('text').trim().split('\n')).toHaveLength(ids.length);
    expect(JSON.parse(listAll('json'))).toHaveLength(ids.length);
  });
});

describe('what is typed', () => {
  it.each([
    ['tcp.droped', 'tcp.dropped'],
    ['intercepted', 'tls.intercepted'],
    ['proxy.auth', 'proxy.auth_required'],
  ])('names what is near %s', (typed, meant) => {
    expect(() => explainTyped(typed, 'text', options(80))).toThrow(
      new RegExp(`did you mean .*${meant.replace('.', '\\.')}`, 'u'),
    );
  });

  it('refuses what could be a path, and says what it takes', () => {
    expect(() => explainTyped('../../package', 'text', options(80))).toThrow('there is no finding');
    expect(() => explainTyped('what now', 'text', options(80))).toThrow(
      /nothing in "what now" is known\. Give .*exit code 7/,
    );
  });

  it('lists the likely causes of words, with a command for the next step', () => {
    const text = explainTyped('proxy negotiation failed', 'text', options(80));
    expect(text).toContain("The Agent's own word (Agents 2.10.0 and newer): The proxy did not open the");
    expect(text).toMatch(/likeliest first:\n {2}proxy\.denied +The proxy does not allow/);
    expect(text).toContain('    netdata-egress explain proxy.denied\n');
  });
});

describe('what is pasted', () => {
  it('is shown harmless, cut to the width, and never longer than a screen', () => {
    const evil = `\u001b]0;owned\u0007 return code 60 ${'x'.repeat(5000)}\u202e`;
    const text = explainText(evil, 'text', options(80));
    expect(text).not.toMatch(/[\u001b\u0007\u202e]/);
    for (const line of text.split('\n')) expect(columns(line)).toBeLessThanOrEqual(80);
    const all = RULES.map(({ id }) => id).join('\n');
    expect(explainText(all, 'text', options(80)).split('\n').length).toBeLessThan(60);
    expect(() => explainText('nothing to see', 'text', options(80))).toThrow('nothing in this text is known');
  });

  it('is JSON for a program, harmless too', () => {
    const json = explainText('\u001b[31mreturn code 60', 'json', options(80));
    expect(json).not.toContain('\u001b');
    expect(JSON.parse(json)).toMatchObject({
      clues: [{ kind: 'curl_code', word: '60', findings: expect.arrayContaining(['tls.intercepted']) as unknown }],
      findings: expect.arrayContaining([{ id: 'tls.intercepted', title: expect.any(String) as unknown }]) as unknown,
    });
  });
});
