/** Plays hunted networks and leaves one line of JSON for each; scripts/hunt.mjs counts them. Needs root, like the lab. */
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { diagnose } from '../harness/doctor.js';
import { found, judge } from '../harness/judge.js';
import { Lab } from '../harness/lab.js';
import { hunted } from './generate.js';

const seed = Number(process.env['HUNT_SEED'] ?? 1);
const cases = Number(process.env['HUNT_CASES'] ?? 20);
const only = process.env['HUNT_ONLY'];
const directory = process.env['HUNT_RECORDS'];
/** This file is run by several workers, each of which plays every n-th network. */
const shard = Number(process.env['HUNT_SHARD'] ?? 0);
const shards = Number(process.env['HUNT_SHARDS'] ?? 1);

const indices =
  only === undefined
    ? Array.from({ length: cases }, (_, index) => index).filter((index) => index % shards === shard)
    : only.split(',').map(Number);

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.create({ pki: inject('pki'), scratch: inject('scratch'), services: inject('services') });
});
afterAll(async () => {
  await lab?.close();
});

test.each(indices)(
  `network %i of seed ${String(seed)}`,
  async (index) => {
    const { labCase, route, faults, conditions } = hunted(seed, index);
    await lab.prepare(labCase);
    const diagnosis = await diagnose(lab, labCase);
    const judgement = judge(labCase, diagnosis);
    const first = found(diagnosis.report?.findings ?? []).find(({ severity }) => severity !== 'notes');
    const causes: readonly string[] = faults.flatMap((fault) => fault.causes);
    const record = {
      index,
      title: labCase.title,
      route,
      version: labCase.version,
      faults: faults.map(({ id }) => id),
      conditions: conditions.map(({ id }) => id),
      confidence: first?.confidence ?? null,
      certainAndWrong: first?.confidence === 'certain' && first.severity === 'blocks' && !causes.includes(first.id),
      ...judgement,
    };
    if (directory === undefined) {
      expect(judgement.deviations, `${labCase.title}\n${diagnosis.ran.stderr.slice(0, 600)}`).toEqual([]);
      return;
    }
    await mkdir(directory, { recursive: true });
    await appendFile(join(directory, `shard-${String(shard)}.jsonl`), `${JSON.stringify(record)}\n`);
    if (judgement.grade !== 'right') await writeFile(join(directory, `${labCase.id}.json`), diagnosis.ran.stdout);
  },
  90_000,
);
