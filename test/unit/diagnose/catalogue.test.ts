/**
 * Every id of the catalogue, once as the truth and once beside it: in the network of its nearest neighbour it stays
 * silent; and something produces it end to end. docs/coverage.md lists all of it.
 */
import { describe, expect, it } from 'vitest';
import { RULES } from '../../../src/diagnose/registry.js';
import type { FindingId } from '../../../src/model/finding.js';
import { CATALOGUE_WORLDS } from './catalogue-worlds.js';
import { labCases, scenarioIds } from './proof.js';
import { blamed, healthy, tell, type Told } from './world.js';

const ids = RULES.map(({ id }) => id);
const byId = new Map(CATALOGUE_WORLDS.map((one) => [one.id, one]));

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

/**
 * One stands for what has no name yet: a case that produced it would deserve one. The other needs a machine that is
 * starved: test/hostile/starved.test.ts.
 */
const ELSEWHERE: ReadonlySet<FindingId> = new Set(['network.unexplained', 'host.too_busy']);

describe('end to end', () => {
  it.each(ids.filter((id) => !ELSEWHERE.has(id)))('%s: some scenario or lab case produces it', (id) => {
    const { cause, said } = labCases(id);
    expect(cause.length + said.length + scenarioIds(id).length).toBeGreaterThan(0);
  });
});

it.each(CATALOGUE_WORLDS)('$id: a remedy that needs a restart says so', ({ run }) => {
  for (const { text, command, needsRestart } of tell(run()).found.flatMap(({ remedies }) => remedies))
    if (needsRestart) expect(`${text} ${command ?? ''}`).toMatch(/restart|start the Agent/iu);
});
