/** A process with no descriptor left cannot start programs: each place that starts one says so, and goes on. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const DIST = new URL('../../dist/', import.meta.url).href;

/** `more` descriptors stay free: some write a file first. */
const SCRIPT = `
  import { openSync, closeSync } from 'node:fs';
  import { hostRunner } from '${DIST}firewall/live/runner.js';
  import { openSandbox } from '${DIST}firewall/live/sandbox.js';
  import { backupGuard } from '${DIST}firewall/live/change/backup.js';
  import { streamProgram } from '${DIST}cli/host/run-program.js';
  import { onChange } from '${DIST}cli/watch/on-change.js';
  import { runTrusted } from '${DIST}host/program.js';
  const taken = [];
  const take = () => { try { for (;;) taken.push(openSync('/dev/null')); } catch {} };
  const free = (count) => { take(); for (let at = 0; at < count; at += 1) closeSync(taken.pop()); };
  const said = {};
  // Finding a program takes five, and the pipes to it some more than six.
  free(0);
  said.looking = (await hostRunner.run(['env'])).stderr;
  free(6);
  said.runner = (await hostRunner.run(['env'])).stderr;
  free(6);
  said.stream = await streamProgram('env', [], { timeoutMs: 5000, maxBytes: 1000, onText: () => true });
  free(0);
  said.trusted = await runTrusted('/usr/bin/env', [], 5000);
  free(0);
  said.onChange = await new Promise((resolve) => onChange(['false'], resolve).tell({}));
  free(0);
  said.sandbox = await openSandbox({ root: false, mounts: false }, { which: async () => '/bin/true' });
  const deadMan = { file: '/usr/bin/env', args: [], input: null };
  const confirmation = { timeoutMs: 1000, get deadMan() { free(0); return deadMan; }, waiting: () => () => {} };
  const guard = backupGuard({ stateDir: process.argv[1], target: 'nftables', context: { options: {}, backend: null }, confirmation });
  free(16);
  said.guard = await guard.arm({}).catch((error) => error.name + ': ' + error.message);
  taken.forEach((fd) => closeSync(fd));
  console.log(JSON.stringify(said));`;

it.runIf(process.platform === 'linux')('no place that starts programs ends the process', () => {
  const state = mkdtempSync(join(tmpdir(), 'egress-descriptors-'));
  try {
    const node = [process.execPath, '--input-type=module', '-e', SCRIPT, state];
    const run = spawnSync('sh', ['-c', 'ulimit -n 64 && exec "$@"', 'sh', ...node], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect({ code: run.status, err: run.stderr }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(run.stdout)).toEqual({
      // Root looks at a program before it runs it, and needs descriptors for that too.
      looking: expect.stringMatching(/EMFILE|too many files are open/) as string,
      runner: expect.stringContaining('EMFILE') as string,
      stream: { ok: false, why: 'failed', detail: 'spawn /usr/bin/env EMFILE' },
      trusted: { ok: false, why: 'failed' },
      onChange: { kind: 'on_change_failed', code: 'EMFILE' },
      sandbox: { because: 'this system does not let us make a network namespace' },
      guard: expect.stringContaining('too many open files') as string,
    });
  } finally {
    rmSync(state, { recursive: true });
  }
});
