/**
 * Every id of the catalogue, once as the truth and once beside it: in the network of its nearest neighbour it stays
 * silent. docs/coverage.md lists both, and what produces the id end to end: scenarios of the simulated cloud and cases of
 * the root lab.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { format } from 'prettier';
import { describe, expect, it } from 'vitest';
import { CATALOGUE } from '../../../src/diagnose/catalogue.js';
import type { FindingId } from '../../../src/model/finding.js';
import { SCENARIOS } from '../../../src/sim/scenarios/registry.js';
import { GROUPS } from '../../netns/cases/registry.js';
import type { LabCase } from '../../netns/harness/case.js';
import { CATALOGUE_WORLDS } from './catalogue-worlds.js';
import { blamed, healthy, tell, type Told } from './world.js';

const ids = CATALOGUE.map(({ id }) => id);
const byId = new Map(CATALOGUE_WORLDS.map((one) => [one.id, one]));
const CASES: readonly LabCase[] = Object.values(GROUPS).flat();

/** Causes without a network of their own: they frame others, or stand for what has no name. */
const REMARKS: ReadonlySet<FindingId> = new Set(['agent.insecure_ineffective', 'agent.running_online']);

describe('the catalogue, one network for each cause', () => {
  it('has exactly one for every id', () => {
    expect(CATALOGUE_WORLDS.map(({ id }) => id).sort()).toEqual([...ids].sort());
  });

  it.each(CATALOGUE_WORLDS)('$id: is found where it is the truth', ({ id, run }) => {
    const told = tell(run());
    const [first] = told.found;
    if (REMARKS.has(id)) expect(told.ids).toContain(id);
    else expect(first?.id, told.ids.join(', ')).toBe(id);
  });

  it.each(CATALOGUE_WORLDS)('$id: stays silent where $neighbour is the truth', ({ id, neighbour, nearest }) => {
    const run = nearest ?? (neighbour === null ? healthy : byId.get(neighbour)?.run);
    const told: Told = tell((run ?? healthy)());
    expect(told.ids).not.toContain(id);
    if (neighbour === null) expect(blamed(told)).toEqual([]);
    else if (nearest === undefined) expect(told.ids).toContain(neighbour);
  });
});

/** Stands for what has no name yet: a case that produced it would deserve one. */
const NAMELESS: ReadonlySet<FindingId> = new Set(['network.unexplained']);

/** Lab cases in which an id is the cause, or must at least be said. */
function labCases(id: FindingId): { readonly cause: readonly string[]; readonly said: readonly string[] } {
  const cause = CASES.filter(({ expect: truth }) => truth.cause === id).map((one) => one.id);
  const said = CASES.filter(({ expect: truth }) => truth.also?.includes(id) === true).map((one) => one.id);
  return { cause, said: said.filter((one) => !cause.includes(one)) };
}

describe('end to end', () => {
  it.each(ids.filter((id) => !NAMELESS.has(id)))('%s: some scenario or lab case produces it', (id) => {
    const { cause, said } = labCases(id);
    expect(cause.length + said.length + scenarioIds(id).length).toBeGreaterThan(0);
  });

  it('docs/coverage.md says which, and nothing that is not so', async () => {
    if (process.env['WRITE_COVERAGE'] !== undefined) await writeFile(PAGE, await coveragePage());
    const rows = (await readFile(PAGE, 'utf8')).split('\n').filter((line) => line.startsWith('| [`'));
    expect(rows.map((row) => names(row)[0])).toEqual(ids);
    for (const row of rows) {
      const [, cause = '', neighbour = '', scenarios = '', lab = '', said = ''] = row.split('|');
      const [id = ''] = names(cause);
      expect(names(neighbour)[0] ?? null, id).toBe(byId.get(id)?.neighbour);
      const told = labCases(id);
      expect(scenarioIds(id)).toEqual(expect.arrayContaining(names(scenarios)));
      expect(told.cause).toEqual(expect.arrayContaining(names(lab)));
      expect([...told.cause, ...told.said]).toEqual(expect.arrayContaining(names(said)));
    }
  });
});

const PAGE = new URL('../../../docs/coverage.md', import.meta.url);

/** What stands between backticks. */
const names = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/gu)].map((match) => match[1] ?? '');

const scenarioIds = (id: FindingId): string[] =>
  SCENARIOS.filter(({ expect: truth }) => truth.cause === id).map((one) => one.id);

/** `WRITE_COVERAGE=1 npx vitest run test/unit/diagnose/catalogue.test.ts` writes it anew. */
async function coveragePage(): Promise<string> {
  const few = (listed: readonly string[]): string =>
    listed.length === 0
      ? '-'
      : `${listed
          .slice(0, 3)
          .map((name) => `\`${name}\``)
          .join(', ')}${listed.length > 3 ? ', …' : ''}`;
  const rows = ids.map((id) => {
    const { cause, said } = labCases(id);
    const one = byId.get(id);
    const neighbour = one?.neighbour == null ? 'nothing is wrong' : `\`${one.neighbour}\``;
    return `| [\`${id}\`](findings/${id}.md) | ${neighbour} | ${few(scenarioIds(id))} | ${few(cause)} | ${few(said)} |`;
  });
  const text = [
    '# What proves each cause',
    '',
    'Every id has a network in the unit tests in which it is the truth, and one in which its nearest neighbour is and it stays silent',
    '(`test/unit/diagnose/catalogue-worlds.ts`). The other columns say what produces it end to end: scenarios of the simulated cloud',
    '(`netdata-egress lab run NAME`) and cases of the root lab (`test/netns`), as the one cause or as a further remark.',
    '',
    '| cause | nearest neighbour | simulated cloud | root lab: the cause | root lab: also said |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
  return format(text, { parser: 'markdown', printWidth: 120, proseWrap: 'preserve' });
}
