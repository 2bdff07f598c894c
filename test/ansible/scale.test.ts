/** Two hundred hosts in one inventory, each with a home and a namespace of its own, one controller: it ends, and in bounded time. */
import { chmod, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadReport } from '../../src/report/load.js';
import { PROGRAM, PROGRAM_ARGS } from '../helpers/program.js';
import { bench, failures, played, run, type Bench } from './collection.js';

const COUNT = Number(process.env['FLEET_HOSTS'] ?? 200);
/** On a machine that is busy with other things; with two cores of its own it takes a part of that. */
const MOST_SECONDS = 1500;

let at: Bench;
beforeAll(async () => {
  at = await bench();
});
afterAll(() => rm(at.dir, { recursive: true, force: true }));

it(`asks ${String(COUNT)} hosts, none of them with a way out`, { timeout: 1_800_000 }, async () => {
  // Ansible starts the interpreter of a host: here one in a network of its own, without a way out.
  const alone = join(at.dir, 'python-alone');
  await writeFile(alone, '#!/bin/sh\nexec unshare --net /usr/bin/python3 "$@"\n');
  await chmod(alone, 0o755);
  const names = Array.from({ length: COUNT }, (_, i) => `host-${String(i + 1).padStart(3, '0')}`);
  const homes = join(at.dir, 'hosts');
  for (const name of names) await mkdir(join(homes, name), { recursive: true });
  const lines = names.map((name) => `${name} netdata_egress_labels='{"site":"s${String(Number(name.slice(5)) % 7)}"}'`);
  const inventory = join(at.dir, 'hosts.ini');
  await writeFile(
    inventory,
    `[fleet]
${lines.join('\n')}
[fleet:vars]
ansible_connection=local
ansible_python_interpreter=${alone}
ansible_remote_tmp=${homes}/{{ inventory_hostname }}/.ansible
netdata_egress_remote_dir=${homes}/{{ inventory_hostname }}
netdata_egress_files=${at.files}
netdata_egress_reports=${at.dir}/reports
netdata_egress_time_limit=10
`,
  );
  const started = performance.now();
  const words = ['-i', inventory, 'netdata_egress.fleet.doctor', '-f', '20'];
  const all = played(
    await run(['ansible-playbook', ...words], {
      env: { ...at.env, ANSIBLE_PIPELINING: 'True' },
      cwd: at.dir,
      timeoutMs: MOST_SECONDS * 1000,
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  process.stdout.write(`${String(COUNT)} hosts: ${seconds.toFixed(0)} s\n`);
  expect([all.code, failures(all)]).toEqual([0, []]);
  expect(Object.values(all.stats).filter(({ changed }) => changed > 0)).toEqual([]);
  expect(Object.keys(all.stats)).toHaveLength(COUNT);
  const files = await readdir(join(at.dir, 'reports'));
  expect(files.toSorted()).toEqual(names.map((name) => `${name}.json`));
  // The machine is all two hundred hosts at once: some of them say that they were too busy to tell.
  for (const file of files)
    expect(['host.no_route', 'host.too_busy']).toContain(
      loadReport(await readFile(join(at.dir, 'reports', file), 'utf8'), file).verdict.link.cause,
    );
  for (const name of names) expect(await readdir(join(homes, name))).toEqual(['.ansible']);
  const merged = await run([PROGRAM, ...PROGRAM_ARGS, 'report', 'merge', 'reports'], { env: at.env, cwd: at.dir });
  expect(merged.code, merged.stderr).toBe(0);
});
