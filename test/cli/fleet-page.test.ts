/** docs/fleet.md as a script: every block of it runs, in order, in one folder, with stand-ins for what is elsewhere. */
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FleetDocument } from '../../src/report/fleet/document.js';
import { fleetFaults } from '../helpers/published-schema.js';
import { PROGRAM, PROGRAM_ARGS } from '../helpers/program.js';
import { onHost } from '../helpers/sample-fleet.js';
import { healthy, nxdomain } from '../helpers/sample-kinds.js';
import { readYaml } from '../oracles/yaml.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const text = await readFile(join(ROOT, 'docs/fleet.md'), 'utf8');
const BLOCKS = [...text.matchAll(/^```(\w*)\n([^]*?)^```$/gm)].map(([, language = '', block = '']) => ({
  language,
  block,
}));

let dir = '';
const at = (...names: string[]): string => join(dir, ...names);
const ours = [PROGRAM, ...PROGRAM_ARGS].map((word) => `'${word}'`).join(' ');

/** A run of the simulated cloud, with the labels that were asked for, from whatever host is named. */
const DOCTOR = `
const { spawnSync } = require('node:child_process');
const [command, ...words] = ${JSON.stringify([PROGRAM, ...PROGRAM_ARGS])};
const labels = {};
const rest = [];
for (let given = process.argv.slice(3); given.length > 0; given = given.slice(1)) {
  if (given[0] !== '--label') rest.push(given[0]);
  else { const [key, value] = given[1].split('='); labels[key] = value; given = given.slice(1); }
}
const ran = spawnSync(command, [...words, 'lab', 'run', 'nxdomain', ...rest], { encoding: 'utf8' });
if (!rest.includes('--json')) process.stdout.write(ran.stdout);
else {
  const run = JSON.parse(ran.stdout);
  const environment = { ...run.environment, hostname: process.env.STAND_IN_HOST ?? 'here' };
  process.stdout.write(JSON.stringify({ ...run, environment, labels }));
}
`;

/** The playbook with variables that its role declares; what it fetches is there already. */
const PLAYBOOK = `
for word in "$@"; do
  case "$word" in netdata_egress.fleet.*) test -f "$ROOT/deploy/ansible/playbooks/\${word##*.}.yml" || exit 9;; esac
  case "$word" in netdata_egress_*=*) grep -qw "\${word%%=*}:" "$ROOT"/deploy/ansible/roles/*/meta/argument_specs.yml || exit 8;; esac
done`;

const STAND_INS: Readonly<Record<string, string>> = {
  'netdata-egress': `if [ "$1" = doctor ]; then exec node '{dir}/netdata-egress.cjs' "$@"; fi; exec ${ours} "$@"`,
  ssh: 'STAND_IN_HOST=$1; export STAND_IN_HOST; shift; exec "$@"',
  'ansible-inventory': `test "$*" = --list && cat '{dir}/inventory.given'`,
  'ansible-playbook': PLAYBOOK,
  kubectl: `test "$*" = 'get nodes -o json' && cat '{dir}/nodes.given'`,
};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'nde-page-'));
  for (const folder of ['bin', 'reports']) await mkdir(at(folder));
  for (const [name, script] of Object.entries(STAND_INS)) {
    await writeFile(at('bin', name), `#!/bin/sh\n${script.replaceAll('{dir}', dir)}\n`);
    await chmod(at('bin', name), 0o755);
  }
  await writeFile(at('netdata-egress.cjs'), DOCTOR);
  await writeFile(at('reports/a.json'), JSON.stringify(onHost(healthy(), 'web-1')));
  await writeFile(at('reports/b.json'), JSON.stringify(onHost(nxdomain(), 'db-1')));
  await writeFile(at('more.ndjson'), `${JSON.stringify(onHost(healthy(), 'node-1'))}\n`);
  const inventory = JSON.stringify({ web: { hosts: ['web-1', 'web-2'] }, _meta: {} });
  const nodes = JSON.stringify({ items: [{ metadata: { name: 'web-1', labels: { zone: 'a' } } }] });
  for (const name of ['inventory.given', 'inventory.json']) await writeFile(at(name), inventory);
  for (const name of ['nodes.given', 'nodes.json']) await writeFile(at(name), nodes);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const run = (script: string) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const env = {
      ROOT,
      NO_COLOR: '1',
      LC_ALL: 'C.UTF-8',
      HOME: dir,
      PATH: `${at('bin')}:${process.env['PATH'] ?? ''}`,
    };
    // Standard input is what a merge of `-` reads.
    const whole = `set -eu\nexec < more.ndjson\n${script}`;
    execFile('bash', ['-c', whole], { cwd: dir, env, timeout: 60_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr });
    });
  });
const document = async (name: string): Promise<FleetDocument> =>
  JSON.parse(await readFile(at(name), 'utf8')) as FleetDocument;

describe('docs/fleet.md', () => {
  it('marks every block as shell', () => {
    expect(BLOCKS.length).toBeGreaterThan(7);
    expect(BLOCKS.map(({ language }) => language)).toEqual(BLOCKS.map(() => 'sh'));
  });

  it.each(BLOCKS)('runs: $block', { timeout: 60_000 }, async ({ block }) => {
    const { code, stdout, stderr } = await run(block);
    expect(stderr).toBe('');
    expect(code, stdout).toBe(0);
  });

  it('leaves what the page promises', async () => {
    expect((await readdir(at('runs'))).toSorted()).toEqual(['db-1.json', 'web-1.json', 'web-2.json']);
    expect((await readdir(at('page'))).toSorted()).toEqual(['fleet.html', 'fleet.json', 'fleet.prom', 'letters.txt']);
    const page = await document('page/fleet.json');
    expect(fleetFaults(page)).toBe('');
    expect(page.hosts.map(({ host, facts: { labels } }) => [host, labels])).toEqual([
      ['db-1', []],
      ['web-1', ['group=web']],
    ]);
    expect((await document('fleet.json')).hosts.map(({ host, facts }) => [host, facts.labels])).toEqual([
      ['db-1', ['site=ams1']],
      ['node-1', []],
      ['web-1', ['site=ams1']],
      ['web-2', ['site=ams1']],
    ]);
  });

  it('starts the playbook as the role is documented', async () => {
    const playbook = readYaml(await readFile(join(ROOT, 'deploy/ansible/playbooks/doctor.yml'), 'utf8'));
    expect(JSON.stringify(playbook)).toContain('netdata_egress.fleet.doctor');
    expect((await run('ansible-playbook netdata_egress.fleet.nothing')).code).toBe(9);
    expect((await run('ansible-playbook netdata_egress.fleet.doctor -e netdata_egress_nothing=1')).code).toBe(8);
  });
});
