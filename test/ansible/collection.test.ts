/** Whether the collection is one, for the tools that judge collections. No host is touched. */
import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bench, run, type Bench } from './collection.js';

let at: Bench;
const here = (...argv: string[]) => run(argv, { env: at.env, cwd: at.collection });

beforeAll(async () => {
  at = await bench();
  // Both tools ask git which files there are.
  for (const words of [
    ['init', '-q'],
    ['add', '-A'],
  ])
    expect((await here('git', ...words)).code).toBe(0);
});
afterAll(() => rm(at.dir, { recursive: true, force: true }));

const ROLES = ['doctor', 'program', 'rules'];

it('passes ansible-lint at its strictest profile', async () => {
  const { code, stdout, stderr } = await here('ansible-lint', '--offline', '--profile', 'production', '--nocolor');
  expect([code, stdout], stderr).toEqual([0, '']);
  expect(stderr).toMatch(/Passed with production profile: 0 failure\(s\), 0 warning\(s\) on \d\d files/);
});

it.each(['doctor', 'rules'])('the playbook %s is one', async (name) => {
  const playbook = `netdata_egress.fleet.${name}`;
  const { code, stderr } = await here('ansible-playbook', '--syntax-check', '-i', 'host,', playbook);
  expect(code, stderr).toBe(0);
});

/** Those of its checks that need no program from a package index. */
const SANITY =
  'changelog compile empty-init future-import-boilerplate ignores line-endings metaclass-boilerplate no-assert no-basestring no-illegal-filenames no-main-display no-smart-quotes no-unicode-literals replace-urlopen shebang symlinks use-argspec-type-path use-compat-six'.split(
    ' ',
  );

it('passes the checks of ansible-test sanity that run without a package index', async () => {
  const tests = SANITY.flatMap((name) => ['--test', name]);
  const { code, stdout, stderr } = await here('ansible-test', 'sanity', '--python', '3.11', '--color', 'no', ...tests);
  expect(code, stdout + stderr).toBe(0);
});

describe('the module', () => {
  const SANITY_DIR = '/usr/lib/python3/dist-packages/ansible_test/_util/controller/sanity/validate-modules';

  it('documents the arguments that it takes, and is written as modules are', async () => {
    const { stdout, stderr } = await run(
      [
        'python3',
        join(SANITY_DIR, 'validate.py'),
        '--format',
        'json',
        '--arg-spec',
        '--collection',
        'ansible_collections/netdata_egress/fleet',
        'plugins/modules/rules.py',
      ],
      { env: { ...at.env, PYTHONPATH: `${SANITY_DIR}:${at.dir}/collections` }, cwd: at.collection },
    );
    const found = JSON.parse(stdout || stderr) as Record<string, { errors: { code: string }[] }>;
    const ignored = (await readFile(join(at.collection, 'tests/sanity/ignore-2.14.txt'), 'utf8')).matchAll(
      /validate-modules:(\S+)/g,
    );
    expect(found['plugins/modules/rules.py']?.errors.map(({ code }) => code).toSorted()).toEqual(
      Array.from(ignored, ([, code = '']) => code).toSorted(),
    );
  });

  it('shows its page', async () => {
    const { code, stdout, stderr } = await here('ansible-doc', '-t', 'module', 'netdata_egress.fleet.rules');
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('confirm_seconds');
  });
});

it('every role says what it takes, and gives each of these its default', async () => {
  expect((await readdir(join(at.collection, 'roles'))).toSorted()).toEqual(ROLES);
  for (const role of ROLES) {
    const { code, stdout, stderr } = await here('ansible-doc', '-t', 'role', '--json', `netdata_egress.fleet.${role}`);
    expect(code, stderr).toBe(0);
    const all = JSON.parse(stdout) as Record<
      string,
      { entry_points: { main: { options: Record<string, { required?: boolean }> } } }
    >;
    const { options } = all[`netdata_egress.fleet.${role}`]?.entry_points.main ?? { options: {} };
    const defaults = await readFile(join(at.collection, 'roles', role, 'defaults/main.yml'), 'utf8');
    const optional = Object.keys(options).filter((name) => options[name]?.required !== true);
    expect(Array.from(defaults.matchAll(/^(\w+):/gm), ([, name = '']) => name).toSorted()).toEqual(optional.toSorted());
    const readme = await readFile(join(at.collection, 'README.md'), 'utf8');
    for (const name of Object.keys(options)) expect(readme).toContain(`\`${name}\``);
  }
});

it('can be built and installed', async () => {
  const built = await here('ansible-galaxy', 'collection', 'build', '--output-path', join(at.dir, 'built'));
  expect(built.code, built.stderr).toBe(0);
  const [file = ''] = await readdir(join(at.dir, 'built'));
  expect(file).toMatch(/^netdata_egress-fleet-\d+\.\d+\.\d+\.tar\.gz$/);
  const to = join(at.dir, 'installed');
  const offline = ['--offline', '-p', to, join(at.dir, 'built', file)];
  const installed = await here('ansible-galaxy', 'collection', 'install', ...offline);
  expect(installed.code, installed.stderr).toBe(0);
  const roles = await readdir(join(to, 'ansible_collections/netdata_egress/fleet/roles'));
  expect(roles.toSorted()).toEqual(ROLES);
});
