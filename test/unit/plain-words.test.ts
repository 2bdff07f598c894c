/** Plain words in everything that a user can read without a network: causes, pages, help (CONTRIBUTING.md, "Words"). */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { helpTexts } from '../helpers/commands/collect.js';
import { plainPaint } from '../../src/report/paint.js';
import { fleetText } from '../../src/report/fleet/text.js';
import { bannedIn, proseFaults, sentences } from '../helpers/plain-words.js';
import { fleetOf, sampleRuns, summaryOf } from '../helpers/sample-fleet.js';
import { textsOf } from '../scenario/words.js';
import { CATALOGUE_WORLDS } from './diagnose/catalogue-worlds.js';
import { tell } from './diagnose/world.js';

const SOURCES = new URL('../../src/', import.meta.url).pathname;
/** Not for readers of prose: names of fields and their schema, lists of words, styles, what peers of the lab say. */
const NOT_PROSE =
  /^(?:sim|model\/schema|report\/redact|report\/html\/(?:style|picture|details))|^agent\/(?:predict|versions\/)/;

/** Texts of four words or more, with X for what is put in. */
function sourceTexts(): readonly { readonly where: string; readonly text: string }[] {
  const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.ts') && !NOT_PROSE.test(file))
    .flatMap((file) => {
      const code = readFileSync(join(SOURCES, file), 'utf8')
        .replaceAll(/\/\*[^]*?\*\//g, '')
        .replaceAll(/^(?: *\/\/|import ).*$/gm, '');
      const literals = code.matchAll(/'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g);
      return [...literals]
        .map(([, single, double, template]) => single ?? double ?? template ?? '')
        .map((text) => text.replaceAll(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, 'X'))
        .filter((text) => text.split(/\s+/).length >= 4)
        .flatMap((text) => text.split(/\\n|\n/))
        .map((text) => ({ where: file, text }));
    });
}

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

  it('every text of ours in the sources: settings, rules, watching, fleets, what words in hand mean', () => {
    const texts = sourceTexts();
    expect(texts.length).toBeGreaterThan(3000);
    expect(texts.flatMap(({ where, text }) => proseFaults(where, text))).toEqual([]);
  });

  it('the page of a fleet: nothing twice, no word of the list', () => {
    const page = fleetText(summaryOf(fleetOf(sampleRuns())), {
      paint: plainPaint,
      width: 80,
      unicode: true,
      verbose: 0,
    });
    expect(bannedIn('merge', page)).toEqual([]);
    const said = page
      .split('\n')
      .flatMap((line) => sentences(line.trim()))
      .filter((one) => one.endsWith('.') && one.split(' ').length > 3);
    expect(said.filter((one, at) => said.indexOf(one) !== at)).toEqual([]);
    expect(page).not.toContain('unusable-proxy.invalid');
  });

  it('finds what it looks for', () => {
    const faults = proseFaults('x', 'The api and app does not answer on this leg.');
    expect(faults).toHaveLength(1);
    expect(proseFaults('x', 'api and app does not answer.')).toHaveLength(1);
    expect(proseFaults('x', `${'word '.repeat(31)}.`)).toHaveLength(1);
    expect(proseFaults('x', 'It said "this leg".')).toEqual([]);
  });
});
