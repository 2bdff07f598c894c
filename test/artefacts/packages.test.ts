/** The deb and the rpm in a fresh Debian 12: installed, run, upgraded and removed, with nothing but their files. */
import { chmod, cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
// @ts-expect-error: a build script, without types
import * as packages from '../../scripts/package/linux-packages.mjs';
import { artefact, contents, inside, must, run, VERSION } from './system.js';

const { deb, rpm } = packages as Record<
  'deb' | 'rpm',
  (platform: string, executable: string, papers: object, output: string) => string
>;

let dir = '';
let root = '';
let before: readonly string[] = [];
/** A later version: a stand-in program is enough to see that it takes the place of this one. */
const NEWER = '999.0.0';
const papers = {
  version: NEWER,
  time: 1_700_000_000,
  manual: '.TH X 1\n',
  changelog: '',
  licences: '',
  completions: [],
};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'nde-artefacts-'));
  root = join(dir, 'root');
  await must('mmdebstrap', ['--quiet', '--variant=minbase', 'bookworm', root]);
  before = await contents(root);
  await writeFile(join(dir, 'newer'), `#!/bin/sh\necho ${NEWER}\n`);
  await chmod(join(dir, 'newer'), 0o755);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function added(): Promise<readonly string[]> {
  const [old, now] = [new Set(before), await contents(root)];
  expect(before.filter((row) => !now.includes(row))).toEqual([]);
  return now.filter((row) => !old.has(row)).map((row) => row.split(' ')[0] ?? '');
}

/** The installed program does its work: judges the simulated cloud, and a host without any network. */
async function works(): Promise<void> {
  const command = ['/usr/bin/env', 'netdata-egress'];
  expect(await inside(root, [...command, '--version'])).toMatchObject({ code: 0, stdout: `${VERSION}\n` });
  const healthy = await inside(root, [...command, 'lab', 'run', 'healthy', '--json']);
  expect(healthy.code, healthy.stderr).toBe(0);
  const cut = await inside(root, [...command, 'doctor', '--json', '--timeout', '5s']);
  expect(cut.code, cut.stderr).toBe(1);
  expect(JSON.parse(cut.stdout)).toMatchObject({ tool: { version: VERSION }, exitCode: 1 });
}

const FILES = ['usr/bin/netdata-egress', 'usr/share/man/man1/netdata-egress.1.gz'];
const COMPLETIONS = /^usr\/share\/(?:bash-completion|zsh|fish)\//;

describe('the deb', () => {
  const file = artefact(`netdata-egress_${VERSION}-1_amd64.deb`);

  it('has no error for lintian', async () => {
    const { code, stdout } = await run('lintian', ['--no-cfg', '--allow-root', '--fail-on', 'error', file]);
    expect({ code, errors: stdout.split('\n').filter((line) => line.startsWith('E:')) }).toEqual({
      code: 0,
      errors: [],
    });
  });

  it('is installed, run, upgraded and removed, and brings nothing but its files', async () => {
    await cp(file, join(root, 'this.deb'));
    before = await contents(root);
    expect(await inside(root, ['dpkg', '--install', '/this.deb'])).toMatchObject({ code: 0 });
    const doc = 'usr/share/doc/netdata-egress/';
    const papersOf = ['LICENSES.gz', 'changelog.Debian.gz', 'changelog.gz', 'copyright'].map((name) => doc + name);
    const files = [...FILES, ...papersOf, 'usr/share/lintian/overrides/netdata-egress'];
    // A minimal Debian drops manual pages and papers by its own configuration, or keeps all.
    const all = await added();
    expect(all.filter((path) => !COMPLETIONS.test(path)).toSorted()).toEqual(files.toSorted());
    expect(all.filter((path) => COMPLETIONS.test(path))).toHaveLength(3);
    await works();
    const newer = deb('linux-x64', join(dir, 'newer'), papers, root);
    expect(await inside(root, ['dpkg', '--install', `/${newer}`])).toMatchObject({ code: 0 });
    expect(await inside(root, ['netdata-egress', '--version'])).toMatchObject({ code: 0, stdout: `${NEWER}\n` });
    expect(await inside(root, ['dpkg', '--purge', 'netdata-egress'])).toMatchObject({ code: 0 });
    expect(await added()).toEqual([newer]);
    await rm(join(root, newer));
  });
});

describe('the rpm', () => {
  const file = artefact(`netdata-egress-${VERSION}-1.x86_64.rpm`);
  // The system has its C library from another package manager: only what the package asks for is checked apart.
  const manage = (...args: readonly string[]): Promise<string> =>
    must('rpm', ['--root', root, '--dbpath', '/var/lib/rpm', '--nodeps', '--noscripts', ...args]);

  it('asks for the C library of RHEL 8 and runs nothing when it is installed', async () => {
    const needs = await must('rpm', ['--query', '--requires', '--package', file]);
    expect(needs.split('\n')).toEqual(expect.arrayContaining(['glibc >= 2.28', 'libgcc', 'libstdc++']));
    expect(await must('rpm', ['--query', '--scripts', '--triggers', '--package', file])).toBe('');
  });

  it('is installed, run, upgraded and removed, and brings nothing but its files', async () => {
    before = await contents(root);
    await manage('--install', file);
    const files = [...FILES, 'usr/share/doc/netdata-egress/CHANGELOG.md', 'usr/share/licenses/netdata-egress/LICENSES'];
    expect((await added()).filter((path) => !COMPLETIONS.test(path)).toSorted()).toEqual(files.toSorted());
    await works();
    const newer = rpm('linux-x64', join(dir, 'newer'), papers, dir);
    await manage('--upgrade', join(dir, newer));
    expect(await inside(root, ['netdata-egress', '--version'])).toMatchObject({ code: 0, stdout: `${NEWER}\n` });
    await manage('--erase', 'netdata-egress');
    expect(await added()).toEqual([]);
  });
});
