/** `rules check`: hands the rendered files to the target's real parser and says which version judged. */
import { join } from 'node:path';
import { withScratch } from '../../host/scratch.js';
import type { RenderedFile } from '../../model/allow-list.js';
import type { RuleTarget, StepResult, Validator, ValidatorStep } from '../core/target.js';
import { readSeals } from '../targets/shared/seal.js';
import { hostRunner, type CommandRunner } from './runner.js';
import { openSandbox, type Sandbox } from './sandbox.js';

export interface CheckVerdict {
  /** `nft -c`, `haproxy -c`, …; `seal` for the sum that a file carries. */
  readonly judge: string;
  /** First line of the program's version output; null when it did not judge. */
  readonly version: string | null;
  readonly outcome: 'accepted' | 'rejected' | 'not_verified';
  /** Foreign text: escape when shown. */
  readonly problems: readonly string[];
  /** Why it could not be verified; null otherwise. */
  readonly because: string | null;
}

export const SEAL = 'seal';

const STEP_TIMEOUT_MS = 60_000;

async function runStep(sandbox: Sandbox, step: ValidatorStep, argv: string[], stdin: string): Promise<StepResult> {
  const deadline = Date.now() + (step.retryMs ?? 0);
  for (;;) {
    const result = await sandbox.run(argv, { stdin, timeoutMs: STEP_TIMEOUT_MS });
    if (result.code === 0 || Date.now() >= deadline) return { step, ...result };
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function notVerified(judge: string, because: string): CheckVerdict {
  return { judge, version: null, outcome: 'not_verified', problems: [], because };
}

async function runValidator(
  validator: Validator,
  files: readonly RenderedFile[],
  dir: string,
  runner: CommandRunner,
): Promise<CheckVerdict> {
  for (const program of validator.needs)
    if ((await runner.which(program)) === null) return notVerified(validator.id, `${program} is not installed`);
  const sandbox = await openSandbox({ root: validator.root, mounts: validator.mounts ?? false }, runner);
  if ('because' in sandbox) return notVerified(validator.id, sandbox.because);
  try {
    const fill = (text: string): string =>
      text.replaceAll('{dir}', dir).replace(/\{file:([^}]*)\}/g, (_, name: string) => join(dir, name));
    const results: StepResult[] = [];
    for (const step of validator.steps(files)) {
      const argv = step.argv.map(fill);
      if (step.background === true) {
        sandbox.start(argv);
        continue;
      }
      const input =
        step.stdin === null ? fill(step.input ?? '') : (files.find((file) => file.name === step.stdin)?.content ?? '');
      const result = await runStep(sandbox, step, argv, input);
      if (step.setup === true) {
        if (result.code !== 0)
          return notVerified(validator.id, `could not prepare: ${result.stderr.trim().slice(0, 300)}`);
        continue;
      }
      results.push(result);
    }
    const versionOut = await sandbox.run(validator.version, { timeoutMs: 10_000 });
    const version = (versionOut.stdout || versionOut.stderr).split('\n')[0]?.trim() ?? '';
    const failed = results.filter((result) => result.code !== 0);
    const problems =
      validator.judge?.(results) ??
      failed.map((result) => (result.stderr + result.stdout).trim() || `status ${String(result.code)}`);
    return {
      judge: validator.id,
      version: version === '' ? 'unknown version' : version,
      outcome: results.length > 0 && problems.length === 0 ? 'accepted' : 'rejected',
      problems: results.length === 0 ? ['there was nothing to check'] : problems,
      because: null,
    };
  } finally {
    await sandbox.close();
  }
}

/** What the sums say of files that came back; null when none of them carries one. `rendered`: see readSeals. */
export function checkSeals(rendered: readonly RenderedFile[], files: readonly RenderedFile[]): CheckVerdict | null {
  const { intact, broken, unknown } = readSeals(rendered, files);
  if (broken.length > 0) return { judge: SEAL, version: null, outcome: 'rejected', problems: broken, because: null };
  if (unknown.length > 0) return notVerified(SEAL, `the notice with the sum of ${unknown.join(', ')} is not beside it`);
  return intact.length === 0 ? null : { judge: SEAL, version: null, outcome: 'accepted', problems: [], because: null };
}

/** Every judge that the target has. An empty result never happens: without a judge the verdict is "not verified". */
export async function checkFiles(
  target: RuleTarget,
  files: readonly RenderedFile[],
  runner: CommandRunner = hostRunner,
): Promise<readonly CheckVerdict[]> {
  const verdicts: CheckVerdict[] = [];
  await withScratch('check', files, async (dir) => {
    for (const validator of target.validators ?? [])
      if (validator.applies?.(files) !== false) verdicts.push(await runValidator(validator, files, dir, runner));
  });
  if (verdicts.length === 0) verdicts.push(notVerified('none', `no parser for ${target.title} can run on this system`));
  return verdicts;
}
