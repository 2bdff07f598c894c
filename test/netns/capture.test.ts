/**
 * What a host without anything sees of its own network: the capture script in the lab's networks, and the doctor on what
 * it printed. A sample over all groups; the first cause must be right in four of five, and never wrong and certain.
 */
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Report } from '../../src/model/report.js';
import { PROGRAM, PROGRAM_ARGS } from '../helpers/program.js';
import { GROUPS } from './cases/registry.js';
import { DEFAULT_VERSION, type LabCase } from './harness/case.js';
import { environment } from './harness/doctor.js';
import { found } from './harness/judge.js';
import { Lab } from './harness/lab.js';

const SCRIPT = fileURLToPath(new URL('../../docs/capture.sh', import.meta.url));
/** Set by hand: keep every capture and report of the run here. */
const KEEP = process.env['NETDATA_EGRESS_KEEP'];
/** Set by hand: only these cases, a regular expression. */
const ONLY = process.env['NETDATA_EGRESS_CASES'];
const SHELLS = [['sh'], ['busybox', 'sh'], ['dash']] as const;
/** Cases of each group: the first, and then as far apart as makes so many; fewer where a whole build waits for it. */
const EACH = process.env['CI'] === undefined ? 4 : 1;

/** Cases that are about the doctor's own options or its running process are none of a script's. */
const isForScripts = ({ args, meanwhile, outside, publicRoot }: LabCase): boolean =>
  args === undefined && meanwhile === undefined && outside !== true && publicRoot === undefined;

function sample(cases: readonly LabCase[]): readonly LabCase[] {
  const usable = cases.filter(isForScripts);
  const step = Math.max(1, Math.floor(usable.length / EACH));
  return usable.filter((_, index) => index % step === 0).slice(0, EACH);
}

const CASES = Object.values(GROUPS).flatMap((cases): readonly LabCase[] =>
  ONLY === undefined ? sample(cases) : cases.filter(({ id }) => new RegExp(ONLY).test(id)),
);

interface Outcome {
  readonly id: string;
  readonly right: boolean;
  readonly said: string;
  readonly wanted: string;
  readonly wrongAndCertain: boolean;
}

async function judgeCapture(lab: Lab, labCase: LabCase, capture: string): Promise<Report> {
  const args = [
    ...PROGRAM_ARGS,
    'doctor',
    '--json',
    '--from-capture',
    '-',
    '--config-dir',
    join(lab.caseDirectory, 'etc'),
    '--lib-dir',
    join(lab.caseDirectory, 'lib'),
    '--agent-version',
    labCase.version ?? DEFAULT_VERSION,
    ...(labCase.daemon === undefined ? ['--env-from', 'self'] : []),
  ];
  const child = spawn(PROGRAM, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  child.stdin.end(capture);
  await new Promise((resolve) => child.once('close', resolve));
  try {
    return JSON.parse(out) as Report;
  } catch {
    throw new Error(`no document: ${err.slice(0, 500)}`);
  }
}

function outcomeOf({ id, expect: truth }: LabCase, report: Report): Outcome {
  const all = found(report.findings);
  const first = all.find(({ severity }) => severity === 'blocks') ?? all.find(({ severity }) => severity === 'risks');
  const causes = truth.cause === null ? [] : [truth.cause, ...(truth.orCause ?? [])];
  const right =
    truth.cause === null
      ? first === undefined || (first.severity === 'risks' && (truth.mayRisk ?? []).includes(first.id))
      : first !== undefined && causes.includes(first.id);
  const { claim, link } = report.verdict;
  return {
    id,
    right,
    said: `${first?.id ?? 'none'} ${first?.confidence ?? ''} (claim ${claim.outcome}, link ${link.outcome})`,
    wanted: causes.join(' or ') || 'none',
    wrongAndCertain: !right && first?.confidence === 'certain',
  };
}

describe('lab: capture', () => {
  let lab: Lab;
  const outcomes: Outcome[] = [];
  beforeAll(async () => {
    lab = await Lab.create({ pki: inject('pki'), scratch: inject('scratch'), services: inject('services') });
  });
  afterAll(async () => {
    await lab?.close();
  });

  test.each(CASES.map((labCase, index): [string, LabCase, number] => [labCase.id, labCase, index]))(
    '%s',
    async (_, labCase, index) => {
      await lab.prepare(labCase);
      const [shell, ...words] = SHELLS[index % SHELLS.length] ?? ['sh'];
      const began = performance.now();
      const ran = await lab.besideAgent(
        shell,
        [...words, SCRIPT, '--config-dir', join(lab.caseDirectory, 'etc'), '--lib-dir', join(lab.caseDirectory, 'lib')],
        { env: environment(lab, labCase), timeoutMs: 60_000 },
      );
      const took = performance.now() - began;
      const report = await judgeCapture(lab, labCase, ran.stdout);
      const outcome = outcomeOf(labCase, report);
      outcomes.push(outcome);
      if (KEEP !== undefined) {
        await mkdir(KEEP, { recursive: true });
        await writeFile(join(KEEP, `${labCase.id}.capture`), ran.stdout);
        await writeFile(join(KEEP, `${labCase.id}.json`), JSON.stringify(report));
        await writeFile(
          join(KEEP, `${labCase.id}.outcome`),
          `${JSON.stringify({ ...outcome, took, shell, stderr: ran.stderr })}\n`,
        );
      }
      expect(ran.stderr).toBe('');
      expect(outcome.wrongAndCertain, `${labCase.id}: ${outcome.said}, not ${outcome.wanted}`).toBe(false);
    },
    120_000,
  );

  test('names the first cause in four of five', () => {
    const wrong = outcomes.filter(({ right }) => !right);
    const told = wrong.map(({ id, said, wanted }) => `${id}: ${said}, not ${wanted}`).join('\n');
    expect((outcomes.length - wrong.length) / outcomes.length, told).toBeGreaterThanOrEqual(0.8);
  });
});
