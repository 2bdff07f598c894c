/** One vitest file per group: builds a lab, runs its cases one after the other, and leaves a record for grading. */
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { KNOWN_WRONG } from '../cases/known-wrong.js';
import { GROUPS, type Group } from '../cases/registry.js';
import { DEFAULT_VERSION, type LabCase } from './case.js';
import { diagnose } from './doctor.js';
import { judge, type Judgement } from './judge.js';
import { Lab } from './lab.js';
import { askOtherTools, type OtherTools } from './other-tools.js';

/** What `npm run grade` reads: one line of JSON per case. */
export interface CaseRecord extends Judgement {
  readonly group: Group;
  readonly id: string;
  readonly title: string;
  readonly unusual: boolean;
  /** Of the Agent. */
  readonly version: string;
  readonly cause: string | null;
  readonly claimWorks: boolean | null;
  readonly linkWorks: boolean | null;
  /** Why it is known to come out wrong, if it is. */
  readonly known: string | null;
  readonly others: OtherTools | null;
}

/** Set by scripts/grade.mjs: where records go. Grading asks the other tools too and fails no test. */
const GRADE_DIRECTORY = process.env['NETDATA_EGRESS_GRADE'];
/** Set by hand: keep every report of the run in this directory. */
const KEEP_DIRECTORY = process.env['NETDATA_EGRESS_KEEP'];

export function runGroup(group: Group): void {
  describe(`lab: ${group}`, () => {
    let lab: Lab;
    beforeAll(async () => {
      lab = await Lab.create({ pki: inject('pki'), scratch: inject('scratch'), services: inject('services') });
    });
    afterAll(async () => {
      await lab?.close();
    });
    test.each(GROUPS[group].map((labCase): [string, LabCase] => [labCase.id, labCase]))(
      '%s',
      async (_, labCase) => {
        await lab.prepare(labCase);
        // Where the world changes under the doctor, they would be asked about another one.
        const comparable = GRADE_DIRECTORY !== undefined && labCase.meanwhile === undefined;
        const others = comparable ? await askOtherTools(lab, labCase) : null;
        const diagnosis = await diagnose(lab, labCase);
        const judgement = judge(labCase, diagnosis);
        if (KEEP_DIRECTORY !== undefined) {
          await mkdir(KEEP_DIRECTORY, { recursive: true });
          await writeFile(join(KEEP_DIRECTORY, `${labCase.id}.json`), diagnosis.ran.stdout);
          await writeFile(
            join(KEEP_DIRECTORY, `${labCase.id}.judgement`),
            `${JSON.stringify(judgement, null, 1)}\n${diagnosis.ran.stderr}`,
          );
        }
        if (GRADE_DIRECTORY !== undefined) {
          const record = toRecord(group, labCase, judgement, others);
          await appendFile(join(GRADE_DIRECTORY, `${group}.jsonl`), `${JSON.stringify(record)}\n`);
          return;
        }
        if (KNOWN_WRONG[labCase.id] !== undefined) {
          const hint = `${labCase.id} comes out right now: take it off cases/known-wrong.ts`;
          expect(judgement.grade, hint).not.toBe('right');
          return;
        }
        expect(judgement.deviations, `${labCase.title}\n${diagnosis.ran.stderr.slice(0, 600)}`).toEqual([]);
      },
      90_000,
    );
  });
}

function toRecord(group: Group, labCase: LabCase, judgement: Judgement, others: OtherTools | null): CaseRecord {
  const { expect: truth } = labCase;
  const fate = (outcome: typeof truth.claim): boolean | null =>
    typeof outcome === 'string' ? outcome === 'will_work' : null;
  return {
    group,
    id: labCase.id,
    title: labCase.title,
    unusual: labCase.unusual === true,
    version: labCase.version ?? DEFAULT_VERSION,
    cause: truth.cause,
    claimWorks: fate(truth.claim),
    linkWorks: fate(truth.link),
    known: KNOWN_WRONG[labCase.id] ?? null,
    others,
    ...judgement,
  };
}
