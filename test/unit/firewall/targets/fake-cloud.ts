/** Runs a rendered script with made-up `aws`, `gcloud`, … in front of PATH: each a Node module with a state file. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RenderedFile } from '../../../../src/model/allow-list.js';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface FakeCloud {
  /** Writes the files and runs the one with this role. */
  run(files: readonly RenderedFile[], role: 'install' | 'uninstall', args?: readonly string[]): Promise<Ran>;
  /** Arguments of every call so far, oldest first. */
  calls(): Promise<string[][]>;
  state(): Promise<unknown>;
  close(): Promise<void>;
}

/**
 * `body` is the program: an ES module body that sees `args` (string[]), `state` (any, changed in place), `value(flag)`
 * and `fail(text)`, and prints with console.log.
 */
export async function fakeCloud(program: string, body: string, state: unknown): Promise<FakeCloud> {
  const dir = await mkdtemp(join(tmpdir(), 'netdata-egress-cloud-'));
  const bin = join(dir, 'bin');
  await mkdir(bin);
  const stateFile = join(dir, 'state.json');
  const log = join(dir, 'calls.jsonl');
  await writeFile(stateFile, JSON.stringify(state));
  await writeFile(log, '');
  await writeFile(
    join(bin, program),
    `#!${process.execPath}
const fs = require('node:fs');
const args = process.argv.slice(2);
fs.appendFileSync(${JSON.stringify(log)}, JSON.stringify(args) + '\\n');
const state = JSON.parse(fs.readFileSync(${JSON.stringify(stateFile)}, 'utf8'));
const value = (flag) => { const at = args.indexOf(flag); return at === -1 ? undefined : args[at + 1]; };
const fail = (text) => { console.error(text); process.exit(254); };
${body}
fs.writeFileSync(${JSON.stringify(stateFile)}, JSON.stringify(state));
`,
    { mode: 0o755 },
  );
  return {
    async run(files, role, args = []) {
      for (const file of files) await writeFile(join(dir, file.name), file.content, { mode: file.mode });
      const script = files.find((file) => file.role === role)?.name ?? 'none';
      return new Promise((resolve) => {
        execFile(
          'dash',
          [join(dir, script), ...args],
          { timeout: 20_000, env: { PATH: `${bin}:/usr/bin:/bin`, LC_ALL: 'C' } },
          (error, stdout, stderr) => {
            resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
          },
        );
      });
    },
    calls: async () =>
      (await readFile(log, 'utf8'))
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as string[]),
    state: async () => JSON.parse(await readFile(stateFile, 'utf8')) as unknown,
    close: () => rm(dir, { recursive: true, force: true }),
  };
}
