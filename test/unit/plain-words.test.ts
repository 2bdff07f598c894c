/** Plain words in everything that a user can read without a network: causes, pages, help (CONTRIBUTING.md, "Words"). */
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { helpTexts } from '../helpers/commands/collect.js';
import { bannedIn, proseFaults } from '../helpers/plain-words.js';
import { textsOf } from '../scenario/words.js';
import { CATALOGUE_WORLDS } from './diagnose/catalogue-worlds.js';
import { tell } from './diagnose/world.js';

const PAGES = new URL('../../docs/findings/', import.meta.url);

describe('plain words', () => {
  it.each(CATALOGUE_WORLDS)('$id: every text of its findings', ({ id, run }) => {
    const { findings, verdict } = tell(run());
    const texts = [...findings.flatMap(textsOf), verdict.claim.note, verdict.link.note];
    expect(texts.flatMap((text) => proseFaults(id, text))).toEqual([]);
  });

  it('the pages of causes: short sentences, no word of the list', () => {
    const pages = readdirSync(PAGES).filter((name) => name.endsWith('.md'));
    expect(pages.length).toBeGreaterThan(80);
    const prose = (name: string): string => readFileSync(new URL(name, PAGES), 'utf8').replaceAll(/```[^]*?```/g, '');
    expect(
      pages.flatMap((name) =>
        prose(name)
          .split('\n')
          .filter((line) => !/^[#|]/.test(line))
          .flatMap((line) => proseFaults(name, line.replaceAll(/`[^`]*`/g, 'Code'))),
      ),
    ).toEqual([]);
  });

  it('no word of the list in a help text', async () => {
    const texts = await helpTexts();
    expect(texts.length).toBeGreaterThan(10);
    expect(texts.flatMap(({ where, text }) => bannedIn(where, text))).toEqual([]);
  });

  it('finds what it looks for', () => {
    const faults = proseFaults('x', 'The api and app does not answer on this leg.');
    expect(faults).toHaveLength(1);
    expect(proseFaults('x', 'api and app does not answer.')).toHaveLength(1);
    expect(proseFaults('x', `${'word '.repeat(31)}.`)).toHaveLength(1);
    expect(proseFaults('x', 'It said "this leg".')).toEqual([]);
  });
});
