/**
 * The forms in which the program is carried to hosts: all answer alike, leave nothing behind, and can start themselves
 * once more, which the guard of a change needs most of all.
 */
import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
// @ts-expect-error: a build script, without types
import { script } from '../../scripts/package/bundle.mjs';
import { PROGRAM, PROGRAM_ARGS } from '../helpers/program.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const NEEDED = '20.18.1';

let base = '';
/** Empty before each test: what a form leaves behind would be here. */
let dir = '';
let text = '';
const file = (): string => join(base, 'netdata-egress.cjs');

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'nde-forms-'));
  text = await (script as (how: object) => Promise<string>)({ node: NEEDED, quality: 1 });
  await writeFile(file(), text);
});
afterAll(() => rm(base, { recursive: true, force: true }));
beforeEach(async () => {
  dir = await mkdtemp(join(base, 'cwd-'));
});

interface Form {
  readonly name: string;
  readonly command: () => readonly string[];
  readonly input: () => string | null;
}

const FORMS: readonly Form[] = [
  { name: 'the program under test', command: () => [PROGRAM, ...PROGRAM_ARGS], input: () => null },
  { name: 'the script', command: () => [process.execPath, file()], input: () => null },
  { name: 'the script from standard input', command: () => [process.execPath, '-'], input: () => text },
];

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(form: Form, args: readonly string[]): Promise<Ran> {
  const [program = '', ...first] = form.command();
  const child = spawn(program, [...first, ...args], {
    cwd: dir,
    env: { PATH: process.env['PATH'], HOME: dir, TMPDIR: dir, NO_COLOR: '1', NODE_DISABLE_COMPILE_CACHE: '1' },
    timeout: 60_000,
  });
  child.stdin.on('error', () => undefined).end(form.input() ?? '');
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

describe.each(FORMS)('$name', (form) => {
  it('answers as the package does, and leaves nothing behind', async () => {
    const page = await readFile(join(ROOT, 'docs/findings/tcp.dropped.md'), 'utf8');
    const [version, help, explained, schema] = await Promise.all([
      run(form, ['--version']),
      run(form, ['--help']),
      run(form, ['explain', 'tcp.dropped', '--format', 'markdown']),
      run(form, ['report', 'schema']),
    ]);
    const { version: ours } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(version).toEqual({ code: 0, stdout: `${ours}\n`, stderr: '' });
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).not.toContain('dead-man');
    expect(explained).toMatchObject({ code: 0, stdout: page });
    expect(schema.code).not.toBe(3);
    expect(await readdir(dir)).toEqual([]);
  });

  it('tells its errors apart by their names', async () => {
    const [usage, unknown, dead] = await Promise.all([
      run(form, ['doctor', '--config-dir', '/nonexistent-directory']),
      run(form, ['doctr']),
      run(form, ['dead-man', 'x']),
    ]);
    for (const ran of [usage, unknown, dead]) {
      expect(ran).toMatchObject({ code: 2, stdout: '' });
      expect(ran.stderr).not.toMatch(/bug of ours| {4}at /);
    }
    expect(usage.stderr).toContain('/nonexistent-directory');
    expect(dead.stderr).toContain('is started by rules apply');
  });

  it('judges a network: the simulated one', async () => {
    const ran = await run(form, ['lab', 'run', 'healthy', '--json']);
    expect(ran.code, ran.stderr).toBe(0);
    expect(JSON.parse(ran.stdout)).toMatchObject({ verdict: { link: { outcome: 'will_work' } } });
  });

  it('doctor ends with the code of its answer', async () => {
    const args = ['--json', '--env-from', 'self', '--url', 'https://127.0.0.1:9', '--timeout', '5s'];
    const ran = await run(form, ['doctor', '--config-dir', dir, '--lib-dir', dir, ...args]);
    const report = JSON.parse(ran.stdout) as { exitCode: number };
    expect(ran.code).toBe(report.exitCode);
    expect(report.exitCode).toBe(1);
  });

  it('names itself in a unit that starts it later, or says that it cannot', async () => {
    const units = join(dir, 'units');
    const ran = await run(form, ['rules', 'refresh', 'domains', '--output-dir', dir, '--emit-units', units]);
    if (form.input() !== null) {
      expect(ran).toMatchObject({ code: 2, stdout: '' });
      expect(ran.stderr).toMatch(/^netdata-egress: a program from standard input .*: run it from a file\n$/);
      return;
    }
    expect(ran.code, ran.stderr).toBe(0);
    const unit = await readFile(join(units, 'netdata-egress-refresh.service'), 'utf8');
    expect(unit).toContain(`ExecStart=${form.command().join(' ')} rules refresh --once`);
  });

  // As root only programs of this system are run, never one that a test puts into PATH: there the root lab holds this.
  it.skipIf(process.getuid?.() === 0)('takes a change back when the process that made it was killed', async () => {
    const { killed, restored } = await armAndKill(form, 300);
    expect(killed).toBe('SIGKILL');
    expect(restored).toBe('add table ip what_was_there\n');
  });
});

/** Arms the guard in a process of its own, with an nft that writes down what it is told, and kills that process. */
async function armAndKill(
  form: Form,
  timeoutMs: number,
): Promise<{ readonly killed: NodeJS.Signals | null; readonly restored: string }> {
  const told = join(dir, 'told');
  const nft = join(dir, 'bin/nft');
  await mkdir(join(dir, 'bin'));
  await writeFile(nft, `#!/bin/sh\ncase "$*" in *list*) echo '{"nftables":[]}' ;; *) cat >'${told}' ;; esac\n`);
  await chmod(nft, 0o755);
  const [program = '', ...args] = form.command();
  const deadMan = { file: program, args: [...args, 'dead-man'], input: form.input() };
  const backup = pathToFileURL(join(ROOT, 'dist/firewall/live/change/backup.js')).href;
  const given = { stateDir: join(dir, 'state'), target: 'nftables', context: { options: {}, backend: null } };
  await writeFile(
    join(dir, 'parent.mjs'),
    `import { backupGuard } from ${JSON.stringify(backup)};
     const waiting = () => () => undefined;
     const confirmation = { ...${JSON.stringify({ timeoutMs, deadMan })}, waiting };
     const guard = backupGuard({ ...${JSON.stringify(given)}, confirmation });
     await guard.arm({ text: 'add table ip what_was_there', jumps: [] });
     console.log('armed');
     setInterval(() => undefined, 1000);`,
  );
  const parent = spawn(process.execPath, [join(dir, 'parent.mjs')], {
    env: { PATH: `${join(dir, 'bin')}:${process.env['PATH'] ?? ''}` },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<NodeJS.Signals | null>((resolve) => parent.on('close', (_, signal) => resolve(signal)));
  parent.stdout.once('data', () => parent.kill('SIGKILL'));
  const killed = await ended;
  let restored = '';
  for (let i = 0; i < 500 && restored === ''; i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    restored = await readFile(told, 'utf8').catch(() => '');
  }
  return { killed, restored };
}

describe('the script', () => {
  it('asks for a newer Node in words that every Node can read', () => {
    const code = text.replace(/^#!.*/, '').replaceAll(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g, '""');
    expect(code.length).toBeLessThan(2000);
    expect(code).not.toMatch(/\b(?:const|let|class|async|await|import|of)\b|=>|`|\?\.|\?\?|\.\.\.|\*\*/);
    const seen = { said: '', code: 0 };
    const end = new Error('exit');
    const old = {
      versions: { node: '18.20.8' },
      stderr: { write: (words: string) => (seen.said += words) },
      exit: (status: number) => {
        seen.code = status;
        throw end;
      },
    };
    expect(() => {
      runInNewContext(text.replace(/^#!.*/, ''), { process: old, require: null });
    }).toThrow(end);
    expect(seen).toEqual({ said: `netdata-egress needs Node.js ${NEEDED} or newer; this is 18.20.8\n`, code: 2 });
  });

  it('is the same for the same sources', async () => {
    expect(await (script as (how: object) => Promise<string>)({ node: NEEDED, quality: 1 })).toBe(text);
  });
});
