/** The built binary, as a user meets it: bad input is one sentence on stderr, exit 2, and nothing is written. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROGRAM, PROGRAM_ARGS } from '../helpers/program.js';

let dir = '';

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'nde-usage-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

function run(args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: '1' };
    execFile(PROGRAM, [...PROGRAM_ARGS, ...args], { env, timeout: 30_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
    });
  });
}

it.each([['doctor'], ['watch'], ['plugin']])('%s reads --proxy from a file', async (command) => {
  const file = join(dir, `${command}-proxy`);
  await writeFile(file, 'http://user:Qsecret7x@proxy.example:3128\nmore\n');
  const of = (value: string): ReturnType<typeof run> => run([command, '--proxy', value, '--timeout', '1s']);
  const [lines, missing] = await Promise.all([of(`@${file}`), of(`@${file}.none`)]);
  expect([lines.code, missing.code]).toEqual([2, 2]);
  expect(lines.stderr).toBe('netdata-egress: --proxy: the value must be one line\n');
  expect(missing.stderr).toContain('no such file');
});

describe('the command line', () => {
  it('prints its version and its help', async () => {
    const [version, help, doctor] = await Promise.all([run(['--version']), run(['--help']), run(['doctor', '--help'])]);
    expect(version).toMatchObject({ code: 0, stderr: '' });
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(help.code).toBe(0);
    for (const command of ['doctor', 'resolve', 'config', 'rules', 'report', 'explain', 'lab']) {
      expect(help.stdout).toContain(command);
    }
    expect(help.stdout).toContain('Exit codes');
    expect(doctor.stdout).toContain('--known-addresses');
    expect(Math.max(...help.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it.each([
    [['--nonsense'], /unknown option/],
    [['doctr'], /unknown command|Did you mean/],
    [['doctor', '--nonsense'], /unknown option/],
    [['doctor', '--url', 'app.netdata.cloud'], /--url takes a URL/],
    [['doctor', '--timeout', 'soon'], /--timeout takes a duration/],
    [['doctor', '--config-dir', '/nonexistent-directory'], /nonexistent-directory/],
    [['doctor', '--output', '/nonexistent-directory/x.json'], /cannot write/],
    [['doctor', '--format', 'docx'], /--format takes/],
    [['doctor', '--known-addresses', '/nonexistent-file'], /cannot read/],
    [['doctor', '--pid', '999999999'], /^netdata-egress: --pid: there is no process 999999999\n$/],
    [['config', '--pid', '999999999'], /there is no process 999999999/],
    [['doctor', '--as-user', 'nosuchuser'], /there is no user "nosuchuser"|needs root/],
    [['doctor', '--container', 'no such'], /--container takes the name or the id/],
    [['config', 'set', 'proxy=none', '--apply', '--dry-run'], /cannot be used with/],
    [['explain', 'nothing', 'known'], /nothing in "nothing known" is known/],
    [['doctor', '--netns', 'no-such-namespace-here'], /no network namespace|cannot enter/],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await run(args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(3);
    expect(stderr).not.toContain('    at ');
  });

  it.each([[[]], [['report']], [['lab']], [['rules']]])(
    '%j, a group without a verb, prints its help and exits 2',
    async (args) => {
      const { code, stdout, stderr } = await run(args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^Usage: netdata-egress/);
      expect(stderr).toContain('-h, --help');
    },
  );

  it.each([
    [['explain', 'tcp.droped'], /no finding "tcp.droped"; did you mean tcp\.dropped\?/],
    [['rules', 'nftable'], /no target "nftable"; did you mean nftables\b/],
    [['lab', 'run', 'helthy'], /no scenario "helthy"; did you mean healthy\?/],
    [['rules', 'aply', 'ufw'], /there is no command "rules aply"; did you mean apply\?/],
    [['rules', 'refesh'], /did you mean refresh\?/],
    [['watch', 'histry'], /did you mean history\?/],
    [['config', 'sett', 'proxy=none'], /did you mean set\?/],
    [['report', 'shw', 'x'], /Did you mean show\?/],
    [['completion', 'zhs'], /did you mean zsh\?/],
    [['lab', 'run', '--faults', 'nxdomian'], /no fault "nxdomian"; did you mean nxdomain\?/],
    [['doctor', '--agent-versoin', '2'], /Did you mean --agent-version\?/],
    [['doctor', '--pid', '1', '--container', 'x'], /cannot be used with/],
  ])('%j says what was meant', async (args, message) => {
    const { code, stdout, stderr } = await run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('names the line of a bad list and writes nothing', async () => {
    const list = join(dir, 'known.txt');
    await writeFile(list, '54.198.178.11\n\u001b[31mevil\n');
    const output = join(dir, 'run.json');
    const { code, stderr } = await run(['doctor', '--known-addresses', list, '--output', output]);
    expect(code).toBe(2);
    expect(stderr).toContain('known.txt:2');
    expect(stderr).not.toContain('\u001b');
    expect(await readdir(dir)).not.toContain('run.json');
  });
});
