/** Runs the built binary inside a case's host and reads its one JSON document. */
import { join } from 'node:path';
import type { Report } from '../../../src/model/report.js';
import { PROGRAM, PROGRAM_ARGS } from '../../helpers/program.js';
import { DEFAULT_VERSION, type LabCase } from './case.js';
import type { Ran } from './exec.js';
import type { Lab } from './lab.js';

export interface Diagnosis {
  /** null when stdout was not one JSON document: the reason is in `problem`. */
  readonly report: Report | null;
  readonly problem: string | null;
  readonly ran: Ran;
}

/** Environment of the case and nothing of the machine's. */
export function environment(lab: Lab, labCase: LabCase): Record<string, string> {
  const own = Object.entries(labCase.env ?? {}).map(([name, value]) => [
    name,
    value.replaceAll('{{pki}}', lab.paths.pki),
  ]);
  const { publicRoot } = labCase;
  return {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: '/root',
    LANG: 'C.UTF-8',
    ...(publicRoot === undefined
      ? {}
      : {
          NODE_OPTIONS: `--import ${new URL('public-roots.mjs', import.meta.url).href}`,
          LAB_PUBLIC_ROOTS: join(lab.paths.pki, `ca-${publicRoot}.pem`),
        }),
    ...Object.fromEntries(own),
  };
}

export async function diagnose(lab: Lab, labCase: LabCase): Promise<Diagnosis> {
  const [command, ...args] = [
    ...(labCase.outside === true ? ['unshare', '--net', '--'] : []),
    PROGRAM,
    ...PROGRAM_ARGS,
    'doctor',
    '--json',
    // Without an Agent the machine's own processes and units must not be taken for one.
    ...(labCase.daemon === undefined ? ['--env-from', 'self'] : []),
    '--config-dir',
    join(lab.caseDirectory, 'etc'),
    '--lib-dir',
    join(lab.caseDirectory, 'lib'),
    '--agent-version',
    labCase.version ?? DEFAULT_VERSION,
    ...(labCase.args ?? []).map((word) =>
      word.replaceAll('{{host}}', lab.ns.host).replaceAll('{{case}}', lab.caseDirectory),
    ),
  ];
  const { meanwhile } = labCase;
  const ran = await lab.besideAgent(command ?? PROGRAM, args, {
    env: environment(lab, labCase),
    timeoutMs: 45_000,
    ...(meanwhile === undefined ? {} : { during: (doctor) => meanwhile(lab, doctor) }),
  });
  try {
    const report = JSON.parse(ran.stdout) as Report;
    return { report, problem: null, ran };
  } catch {
    const said = ran.stderr.trim().slice(0, 400) || ran.stdout.slice(0, 200);
    const end = ran.timedOut ? 'did not end within 45 s' : `exit ${ran.code}`;
    return { report: null, problem: `no JSON document on stdout (${end}): ${said}`, ran };
  }
}
