/** The report verbs through the built binary: exit codes, streams, files. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FleetDocument } from '../../src/report/fleet/document.js';
import { fleetFaults, schemaFaults } from '../helpers/published-schema.js';
import { onHost } from '../helpers/sample-fleet.js';
import { KINDS, healthy, intercepted, proxy407 } from '../helpers/sample-kinds.js';
import { PROGRAM, PROGRAM_ARGS } from '../helpers/program.js';

let dir = '';
const at = (name: string): string => join(dir, name);

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function report(args: readonly string[], input?: string): Promise<Result> {
  return new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: '1', LC_ALL: 'C.UTF-8', COLUMNS: '80' };
    const child = execFile(
      PROGRAM,
      [...PROGRAM_ARGS, 'report', ...args],
      { env, timeout: 60_000 },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
      },
    );
    child.stdin?.end(input ?? '');
  });
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'nde-report-'));
  for (const [kind, make] of Object.entries(KINDS)) await writeFile(at(`${kind}.json`), JSON.stringify(make()));
  await writeFile(at('broken.json'), '{"schema":"netdata-egress/report","ver');
  await writeFile(at('newer.json'), JSON.stringify({ ...healthy(), version: 7 }));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('report show', () => {
  it('prints a saved run, from a file, from standard input, and back from HTML', async () => {
    const html = at('run.html');
    const [file, piped, written] = await Promise.all([
      report(['show', at('mqtt-dropped.json')]),
      report(['show', '-'], JSON.stringify(KINDS['mqtt-dropped']!())),
      report(['show', at('mqtt-dropped.json'), '--format', 'html', '--output', html]),
    ]);
    expect(file).toMatchObject({ code: 0, stderr: '' });
    expect(file.stdout).toContain('✗ Claiming will work, but the link to Netdata Cloud will fail.');
    expect(piped.stdout).toBe(file.stdout);
    expect(written).toEqual({ code: 0, stdout: '', stderr: '' });
    expect((await report(['show', html])).stdout).toBe(file.stdout);
  });

  it('takes the form from the suffix of the file', async () => {
    await report(['show', at('mqtt-dropped.json'), '--output', at('run.md')]);
    expect(await readFile(at('run.md'), 'utf8')).toMatch(/^# ❌ Claiming will work, but/);
    await report(['redact', at('mqtt-dropped.json'), '--output', at('redacted.html')]);
    expect(await readFile(at('redacted.html'), 'utf8')).toMatch(/^<!doctype html>/);
    await report(['redact', at('mqtt-dropped.json'), '--output', at('redacted')]);
    expect(schemaFaults(JSON.parse(await readFile(at('redacted'), 'utf8')))).toBe('');
  });

  it('gives monitoring its own exit codes', async () => {
    expect(await report(['show', at('proxy-407.json'), '--format', 'nagios'])).toMatchObject({ code: 2 });
    expect(await report(['show', at('interrupted.json'), '--format', 'nagios'])).toMatchObject({ code: 3 });
  });
});

describe('report diagnose', () => {
  it("judges again by today's rules", async () => {
    const { code, stdout, stderr } = await report(['diagnose', at('proxy-407.json'), '--format', 'json']);
    const document = JSON.parse(stdout) as { observations: unknown[]; findings: unknown[] };
    expect(schemaFaults(document)).toBe('');
    expect(document.observations).toEqual(JSON.parse(JSON.stringify(proxy407().observations)));
    expect(document.findings.length).toBeGreaterThan(0);
    expect(stderr).toMatch(/judged by the rules of \d/);
    expect(code).toBe(1);
  });
});

describe('report diff', () => {
  it('exits 0 for the same and 1 for what matters', async () => {
    expect(await report(['diff', at('healthy.json'), at('healthy.json')])).toEqual({
      code: 0,
      stdout: 'Nothing changed but timings.\n',
      stderr: '',
    });
    const changed = await report(['diff', at('healthy.json'), at('intercepted.json'), '--format', 'json']);
    expect(changed.code).toBe(1);
    expect((JSON.parse(changed.stdout) as { same: boolean }).same).toBe(false);
  });
});

describe('report validate', () => {
  it('tells good files from bad ones', async () => {
    const { code, stdout } = await report(['validate', at('healthy.json'), at('broken.json'), at('newer.json')]);
    expect(code).toBe(1);
    expect(stdout.split('\n')).toHaveLength(4);
    expect(stdout).toMatch(/healthy\.json: valid/);
    expect(stdout).toMatch(/broken\.json is not a saved run: it is not valid JSON/);
    expect(stdout).toMatch(/newer\.json has report version 7/);
    expect((await report(['validate', at('healthy.json')])).code).toBe(0);
  });
});

describe('report redact', () => {
  it('writes a map of mode 0600 and uses it again', async () => {
    const map = at('map.json');
    const first = await report(['redact', at('proxy-407.json'), '--redact', 'strict', '--map', map]);
    expect(first.code).toBe(0);
    expect(first.stdout).not.toMatch(/corp\.example|web-17|10\.20\./);
    expect(first.stderr).toMatch(/removed \d+ × host name/);
    expect((await stat(map)).mode & 0o777).toBe(0o600);
    const known = JSON.parse(await readFile(map, 'utf8')) as { hosts: Record<string, string> };
    expect(known.hosts['proxy.corp.example']).toMatch(/^host-\d+\.example$/);
    expect((await report(['redact', at('proxy-407.json'), '--redact', 'strict', '--map', map])).stdout).toBe(
      first.stdout,
    );
    expect(await report(['redact', at('healthy.json'), '--map', at('healthy.json')])).toMatchObject({ code: 2 });
  });
});

describe('report redact --redact-key', () => {
  it('gives the same stand-ins wherever the key comes from', async () => {
    const key = at('fleet-key');
    await writeFile(key, `${'0123456789abcdef'.repeat(4)}\n`);
    const strict = ['redact', at('proxy-407.json'), '--redact', 'strict'];
    const first = await report([...strict, '--redact-key', `@${key}`]);
    expect(first.code, first.stderr).toBe(0);
    expect(first.stdout).toMatch(/http_connect:host-\d{9,15}\.example:/);
    expect(first.stdout).not.toMatch(/corp\.example|web-17|10\.20\./);
    expect((await report([...strict, '--redact-key', '-'], await readFile(key, 'utf8'))).stdout).toBe(first.stdout);
  });

  it.each([
    ['on the command line, and does not repeat it', ['--redact-key', 'hunter2hunter2hunter2'], /takes - .* or @FILE/],
    ['too short to resist guesses', ['--redact-key', '-'], /16 characters at least/],
    ['beside a map', ['--redact-key', '-', '--map', 'map.json'], /cannot be used with option '--map/],
    ['without strict', ['--redact-key', '-', '--redact', 'standard'], /--redact-key needs --redact strict/],
  ])('refuses a key %s', async (_, more, message) => {
    const refused = await report(['redact', at('proxy-407.json'), '--redact', 'strict', ...more], 'short\n');
    expect(refused).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(message) as unknown });
    expect(refused.stderr).not.toContain('hunter2');
  });
});

describe('report merge', () => {
  it('takes files, folders of folders and NDJSON, and leaves out what is none', async () => {
    const runs = at('runs');
    await mkdir(join(runs, 'below'), { recursive: true });
    await writeFile(join(runs, 'a.json'), JSON.stringify(onHost(healthy(), 'a'), null, 2));
    await writeFile(
      join(runs, 'below', 'b.ndjson'),
      [onHost(intercepted(), 'b'), onHost(healthy(), 'c'), onHost(intercepted(), 'd')]
        .map((r) => JSON.stringify(r))
        .join('\n'),
    );
    await writeFile(join(runs, 'notes.txt'), 'not a run');
    const good = await report(['merge', runs, at('mqtt-dropped.json')]);
    expect(good).toMatchObject({ code: 0, stderr: '' });
    expect(good.stdout).toContain('5 hosts: 2 will work, 3 will fail, 0 at risk, 0 not decided');
    expect(good.stdout).toMatch(/2 ✗ tls\.intercepted/);
    expect(await report(['merge', at('broken.json')])).toMatchObject({ code: 2, stdout: '' });
  });

  it('lists damaged, foreign, newer and double inputs, and goes on', async () => {
    const line = JSON.stringify(onHost(healthy(), 'a'));
    const stream = [line, '{"schema":"other"}', line, '{"cut', JSON.stringify({ ...healthy(), findings: 7 })].join(
      '\n',
    );
    const some = await report(['merge', '-', at('newer.json'), '--format', 'json'], stream);
    expect(some.code).toBe(1);
    expect(some.stderr.split('\n').filter((one) => one.includes('left out ('))).toHaveLength(4);
    const document = JSON.parse(some.stdout) as FleetDocument;
    expect(document.reports).toBe(2);
    expect(document.leftOut).toMatchObject({ damaged: 1, foreign: 1, invalid: 1, newer: 1, duplicate: 1 });
    expect(fleetFaults(document)).toBe('');
  });

  it('takes labels from a file, and compares with an earlier merge', async () => {
    const [hosts, before] = [at('hosts.txt'), at('before.json')];
    await writeFile(hosts, 'a site=ams1\n');
    const first = await report(['merge', '-', '--output', before], JSON.stringify(onHost(intercepted(), 'a')));
    expect(first).toEqual({ code: 0, stdout: '', stderr: '' });
    const { stdout } = await report(
      ['merge', '-', '--since', before, '--label-from', hosts, '--format', 'json'],
      JSON.stringify(onHost(healthy(), 'a')),
    );
    const { trend, facets } = JSON.parse(stdout) as FleetDocument;
    expect(trend?.fixed).toEqual([{ host: 'a', before: 'tls.intercepted', now: 'none' }]);
    expect(facets.find(({ name }) => name === 'label:site')?.values).toMatchObject([{ value: 'ams1', hosts: 1 }]);
    const bad = await report(['merge', '-', '--since', at('healthy.json')], JSON.stringify(healthy()));
    expect(bad).toMatchObject({ code: 2, stdout: '' });
    expect(bad.stderr).toContain('is no merge');
  });
});

describe('report merge of many', () => {
  it('by threads and with a state gives the same page, and says what changed since', async () => {
    const [runs, state] = [at('many'), at('fleet.state')];
    await mkdir(runs);
    for (let i = 0; i < 420; i += 1) {
      await writeFile(
        join(runs, `${i}.json`),
        i === 7 ? '{"cut' : JSON.stringify(onHost(i % 3 === 0 ? intercepted() : healthy(), `h${i}`)),
      );
    }
    const page = (text: string) => ({ ...(JSON.parse(text) as FleetDocument), createdAt: '', trend: null });
    const first = await report(['merge', runs, '--format', 'json', '--state', state]);
    expect(first.code).toBe(1);
    expect(page(first.stdout).hosts).toHaveLength(419);
    const line = (
      await Promise.all(Array.from({ length: 420 }, (_, i) => readFile(join(runs, `${i}.json`), 'utf8')))
    ).join('\n');
    const streamed = page((await report(['merge', '-', '--format', 'json'], line)).stdout);
    expect({ ...streamed, leftOutList: [] }).toEqual({ ...page(first.stdout), leftOutList: [] });
    await writeFile(join(runs, '0.json'), JSON.stringify(onHost(healthy(), 'h0')));
    const out = at('page');
    const second = await report([
      'merge',
      runs,
      '--format',
      'json,html,letters',
      '--output-dir',
      out,
      '--state',
      state,
    ]);
    expect(second.stdout).toBe('');
    expect((await readdir(out)).toSorted()).toEqual(['fleet.html', 'fleet.json', 'letters.txt']);
    const { trend } = JSON.parse(await readFile(join(out, 'fleet.json'), 'utf8')) as FleetDocument;
    expect(trend?.fixed).toEqual([{ host: 'h0', before: 'tls.intercepted', now: 'none' }]);
    expect(trend?.still).toHaveLength(139);
    expect((await stat(state)).mode & 0o777).toBe(0o600);
    expect(await report(['merge', runs, '--state', at('healthy.json')])).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('report bundle', () => {
  it('adds strictly redacted files and their manifest entries, and overwrites nothing', async () => {
    const bundle = at('bundle');
    await mkdir(bundle);
    const theirs = {
      path: '01-system/uname.txt',
      kind: 'cmd',
      origin: 'uname -a',
      title: 'Kernel',
      bytes: 4,
      pii_obfuscated: true,
    };
    await writeFile(
      join(bundle, 'MANIFEST.json'),
      JSON.stringify({ schema: 'netdata-support-bundle/v1', agent_running: true, files: [theirs] }),
    );
    expect(
      await report(['bundle', at('proxy-407.json'), '--output-dir', bundle, '--map', join(bundle, 'map.json')]),
    ).toMatchObject({ code: 2 });
    const { code } = await report([
      'bundle',
      at('proxy-407.json'),
      '--output-dir',
      bundle,
      '--map',
      at('bundle-map.json'),
    ]);
    expect(code).toBe(0);
    const folder = join(bundle, '08-network');
    expect((await readdir(folder)).toSorted()).toEqual(['netdata-egress.json', 'netdata-egress.txt']);
    const manifest = JSON.parse(await readFile(join(bundle, 'MANIFEST.json'), 'utf8')) as {
      agent_running: boolean;
      files: { path: string; bytes: number }[];
    };
    expect(manifest.agent_running).toBe(true);
    expect(manifest.files.map((f) => f.path)).toEqual([
      '01-system/uname.txt',
      '08-network/netdata-egress.json',
      '08-network/netdata-egress.txt',
    ]);
    for (const { path, bytes } of manifest.files.slice(1)) {
      const content = await readFile(join(bundle, path), 'utf8');
      expect(Buffer.byteLength(content)).toBe(bytes);
      expect(content).not.toMatch(/corp\.example|web-17/);
    }
    expect(await report(['bundle', at('proxy-407.json'), '--output-dir', bundle])).toMatchObject({ code: 2 });
  });
});

describe('bad usage', () => {
  it.each([
    [['show', '/nonexistent-file'], /cannot read \/nonexistent-file: no such file/],
    [['show', 'broken.json'], /not valid JSON/],
    [['show', 'healthy.json', '--format', 'docx'], /--format takes/],
    [['show', 'healthy.json', '--output', '/nonexistent-directory/x'], /cannot write/],
    [['diff', 'healthy.json'], /missing required argument/],
    [['redact', 'healthy.json', '--redact', 'gently'], /--redact takes/],
    [['merge'], /missing required argument/],
    [['merge', 'healthy.json', '--format', 'docx'], /--format takes/],
    [['merge', 'healthy.json', '--format', 'html,csv'], /need --output-dir/],
    [['merge', 'healthy.json', '--label-from', 'broken.json'], /not valid JSON/],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await report(
      args.map((arg) => (/^(?:broken|healthy)\.json$/.test(arg) ? at(arg) : arg)),
    );
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(2);
  });
});
