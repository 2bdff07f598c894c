/**
 * Where the doctor's result goes, and in which form. The doctor runs for real, in a network namespace of its own that
 * has no route: it names every address as unreachable at once, and nothing can leave this machine.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/model/report.js';
import { loadReport } from '../../src/report/load.js';
import { schemaFaults } from '../helpers/published-schema.js';
import { PROGRAM, PROGRAM_ARGS } from '../helpers/program.js';

const ALONE = ['unshare', '--user', '--map-root-user', '--net'];
const cannot = spawnSync(ALONE[0] ?? '', [...ALONE.slice(1), 'true']).status !== 0;
if (cannot) console.warn('skipped: this system lets nobody make a network namespace (unshare --user --net)');

const PASSWORD = 'tr0ub4dor&3 é';
const PROXY = `http://egress-user:${encodeURIComponent(PASSWORD)}@proxy-7.corp.example:3128`;
let dir = '';
const at = (...parts: string[]): string => join(dir, ...parts);

interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function doctor(...args: string[]): Promise<Result> {
  // Whatever Agent this machine has, the version of the test counts.
  const common = [
    '--agent-version',
    '2.11.0',
    '--env-from',
    'self',
    '--config-dir',
    at('etc'),
    '--lib-dir',
    at('lib'),
    '--step-timeout',
    '500ms',
  ];
  const env = { PATH: process.env['PATH'], HOME: dir, NO_COLOR: '1', LC_ALL: 'C.UTF-8', COLUMNS: '80' };
  return new Promise((resolve) => {
    const [program = '', ...before] = ALONE;
    const child = spawn(program, [...before, PROGRAM, ...PROGRAM_ARGS, 'doctor', ...common, ...args], { env });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += String(chunk)));
    child.stderr.on('data', (chunk: Buffer) => (stderr += String(chunk)));
    child.stdin.end();
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

const saved = async (file: string): Promise<Report> => loadReport(await readFile(file, 'utf8'), file);
const validates = (report: Report): void => expect(schemaFaults(report)).toBe('');

describe.skipIf(cannot)('the result of the doctor', () => {
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'nde-output-'));
    await Promise.all(['etc', 'lib', 'several'].map((name) => mkdir(at(name))));
    await writeFile(at('etc', 'claim.conf'), `[global]\n  url = https://app.netdata.cloud\n  proxy = ${PROXY}\n`);
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  const FORMS: readonly (readonly [file: string, begins: RegExp])[] = [
    ['run.HTML', /^<!doctype html>\n/],
    ['run.md', /^# ❌ /],
    ['run.nagios.txt', /^NETDATA EGRESS CRITICAL: /],
    ['run', /^✗ Neither claiming nor the link/],
  ];
  it.concurrent.for(FORMS)('%s has the form of its suffix', async ([file, begins], { expect: own }) => {
    const folder = await mkdtemp(at('one-'));
    const output = join(folder, file);
    const { code, stdout, stderr } = await doctor('--output', output);
    own({ code, stderr }).toEqual({ code: file.includes('nagios') ? 2 : 1, stderr: '' });
    const text = await readFile(output, 'utf8');
    own(text).toMatch(begins);
    own((await stat(output)).mode & 0o777).toBe(0o600);
    own(`${stdout}${text}`).not.toMatch(/tr0ub4dor|egress-user/);
    // What is no text for people is announced in a few lines, with what was hidden.
    if (!text.startsWith('✗'))
      own(stdout).toMatch(/^✗ Neither .*[\s\S]*\nRedaction standard: (?:removed|found nothing) /);
    // Nothing is left beside it.
    own(await readdir(folder)).toEqual([file]);
  });

  it('follows --format, whatever the suffix says', async () => {
    await doctor('--format', 'markdown', '--output', at('other.json'));
    expect(await readFile(at('other.json'), 'utf8')).toMatch(/^# ❌ /);
  });

  it('writes several forms at once, each under its stable name, of one run', async () => {
    const folder = at('several');
    const { code, stdout } = await doctor(
      '--format',
      'json,jsonl,html,text,markdown,junit,sarif,prometheus,nagios,ndjson',
      '--output-dir',
      folder,
    );
    // The first form is json: the exit code is the doctor's own.
    expect(code).toBe(1);
    expect(stdout).toMatch(/^✗ Neither claiming nor the link/);
    expect((await readdir(folder)).toSorted()).toEqual(
      'html json jsonl junit.xml md nagios.txt ndjson prom sarif txt'.split(' ').map((end) => `netdata-egress.${end}`),
    );
    const run = await saved(join(folder, 'netdata-egress.json'));
    expect(await saved(join(folder, 'netdata-egress.html'))).toEqual(run);
    validates(run);
    expect(run.verdict.claim.outcome).toBe('will_fail');
  });

  it('refuses several forms without a folder, unknown ones, and a folder that is not there, before it runs', async () => {
    for (const [args, message] of [
      [['--format', 'json,html'], /several formats need --output-dir/],
      [['--format', 'json,docx', '--output-dir', at('several')], /--format takes .*not "docx"/],
      [['--output-dir', at('nowhere')], /cannot write .*no such file or directory/],
      [['--output', at('nowhere', 'x.json')], /cannot write .*no such file or directory/],
      [['--map', at('m.json')], /--map needs --redact strict/],
      [['--redact-key', `@${at('key')}`], /--redact-key needs --redact strict/],
      [['--redact', 'strict', '--redact-key', '-', '--proxy', '-'], /standard input is read once/],
    ] as const) {
      const { code, stdout, stderr } = await doctor(...args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(message);
    }
  });

  it('keeps the map of stand-ins private, and two runs with one map compare', async () => {
    const map = at('map.json');
    const strict = ['--redact', 'strict', '--map', map];
    const first = await doctor(...strict, '--output', at('first.json'));
    expect(first).toMatchObject({ code: 1, stderr: '' });
    expect(first.stdout).toMatch(/Redaction strict: removed .*host name/);
    expect((await stat(map)).mode & 0o777).toBe(0o600);
    const known = JSON.parse(await readFile(map, 'utf8')) as { hosts: Record<string, string> };
    expect(known.hosts['proxy-7.corp.example']).toMatch(/^host-\d+\.example$/);
    await doctor(...strict, '--output', at('second.json'));
    const [a, b] = await Promise.all([saved(at('first.json')), saved(at('second.json'))]);
    for (const report of [a, b]) {
      validates(report);
      expect(JSON.stringify(report)).not.toMatch(/corp\.example|proxy-7|egress-user|tr0ub4dor/);
      expect(report.redaction.mode).toBe('strict');
    }
    expect(b.routes).toEqual(a.routes);
    expect(b.environment.hostname).toBe(a.environment.hostname);
    const files = [at('first.json'), at('second.json')];
    const diff = spawnSync(PROGRAM, [...PROGRAM_ARGS, 'report', 'diff', '--format', 'json', ...files], {
      encoding: 'utf8',
    });
    const { same, changes } = JSON.parse(diff.stdout) as { same: boolean; changes: { what: string }[] };
    expect({ status: diff.status, same }).toEqual({ status: 0, same: true });
    // An Agent of this machine may come and go meanwhile, which is a note; stand-ins never differ.
    expect(changes.filter(({ what }) => what !== 'finding')).toEqual([]);
    // What a key gives is the same in each run, without a file.
    const key = at('fleet-key');
    await writeFile(key, 'a key that a whole fleet knows\n');
    const keyed = ['--redact', 'strict', '--redact-key', `@${key}`];
    for (const name of ['third.json', 'fourth.json']) await doctor(...keyed, '--output', at(name));
    const [c, d] = await Promise.all([saved(at('third.json')), saved(at('fourth.json'))]);
    validates(c);
    expect(JSON.stringify(c)).not.toMatch(/corp\.example|proxy-7|egress-user|tr0ub4dor|whole fleet knows/);
    expect([d.routes, d.environment.hostname]).toEqual([c.routes, c.environment.hostname]);
    // A file that is no map is never overwritten.
    expect(await doctor(...strict.slice(0, 2), '--map', at('first.json'))).toMatchObject({ code: 2, stdout: '' });
    expect(await saved(at('first.json'))).toEqual(a);
  });
});
