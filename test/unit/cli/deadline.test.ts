import { execFileSync, fork, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { HostReader } from '../../../src/agent/reader.js';
import { abortedIn, deadlineAt } from '../../../src/cli/deadline.js';
import { boundedReader } from '../../../src/cli/host/bounded-reader.js';
import { memoryHost } from '../agent/memory-host.js';
import { watchStalls } from '../../helpers/cpu.js';

const never = new Promise<never>(() => undefined);
const nobody = new AbortController().signal;

describe('a deadline', () => {
  it('waits for work that ends, and no longer than its time for work that does not', async () => {
    const deadline = deadlineAt(performance.now() + 40, nobody);
    expect(await deadline.orElse(Promise.resolve('done'), 'late')).toBe('done');
    expect(await deadline.orElse(never, 'late')).toBe('late');
    expect(deadline.leftMs()).toBeLessThan(5);
    expect(deadline.signal.aborted).toBe(true);
    expect(await deadline.orElse(never, 'late')).toBe('late');
  });

  it('is over at once on Ctrl-C', async () => {
    const ctrlC = new AbortController();
    const deadline = deadlineAt(performance.now() + 60_000, ctrlC.signal);
    const answer = deadline.orElse(never, 'interrupted');
    ctrlC.abort();
    expect(await answer).toBe('interrupted');
  });

  it('passes on what the work throws in time, and swallows what it throws later', async () => {
    const deadline = deadlineAt(performance.now() + 20, nobody);
    await expect(deadline.orElse(Promise.reject(new Error('ours')), null)).rejects.toThrow('ours');
    const late = new Promise<never>((_, reject) => setTimeout(() => reject(new Error('nobody listens')), 40));
    expect(await deadline.orElse(late, null)).toBeNull();
    await new Promise((resolve) => setTimeout(resolve, 50));
  });

  it.each([1200.3, 0.2, 0, -0.5, -4000.7])('takes %d ms as they come out of a subtraction', (ms) => {
    const signal = abortedIn(ms, nobody);
    expect(signal.aborted).toBe(false);
    expect(abortedIn(ms, AbortSignal.abort()).aborted).toBe(true);
  });

  it('fires also when the garbage was collected meanwhile', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const answers = Array.from({ length: 5 }, () => deadlineAt(performance.now() + 60, nobody).orElse(never, 'late'));
    // What was just made is held until this turn of the loop ends.
    await new Promise((resolve) => setTimeout(resolve, 10));
    collect();
    const hung = new Promise<string>((resolve) => setTimeout(() => resolve('hung'), 1000));
    expect(await Promise.race([Promise.all(answers), hung])).toEqual(['late', 'late', 'late', 'late', 'late']);
  });

  it('is the one way to make such a signal', () => {
    const grep = spawnSync('git', ['grep', '-l', 'AbortSignal\\.timeout(', '--', 'src'], { encoding: 'utf8' });
    expect(grep.stdout.replace('src/cli/deadline.ts', '').trim()).toBe('');
  });

  it('can be given in part', () => {
    const deadline = deadlineAt(performance.now() + 1000, nobody);
    expect(deadline.endingEarlier(400).leftMs()).toBeLessThanOrEqual(600);
    expect(deadline.endingEarlier(5000).leftMs()).toBe(0);
  });
});

describe('a bounded reader', () => {
  const host = memoryHost({ files: { '/a': 'text' } });
  it('passes answers on', async () => {
    const reader = boundedReader(host, deadlineAt(performance.now() + 60_000, nobody));
    expect(await reader.readFile('/a', 10)).toMatchObject({ state: 'read' });
    expect(reader.cutOff()).toBe(0);
  });

  it('answers every question when the time is up, whatever the host does', async () => {
    const hanging = new Proxy(host, {
      get: (target, name) =>
        typeof target[name as keyof HostReader] === 'function' ? () => never : target[name as keyof HostReader],
    });
    const reader = boundedReader(hanging, deadlineAt(performance.now() + 30, nobody));
    const start = performance.now();
    const stalledMs = watchStalls();
    expect(
      await Promise.all([
        reader.readFile('/a', 10),
        reader.stat('/a'),
        reader.readDir('/'),
        reader.realPath('/a'),
        reader.agentProcesses(),
        reader.process(1),
        reader.environmentOf(1),
        reader.userName(1),
        reader.userId('a'),
        reader.groupId('a'),
        reader.run('/a', [], 60_000),
      ]),
    ).toEqual([
      { state: 'unreadable', code: 'ETIMEDOUT' },
      'denied',
      null,
      null,
      [],
      'not_read',
      null,
      null,
      null,
      null,
      null,
    ]);
    expect(performance.now() - start - stalledMs()).toBeLessThan(1000);
    expect(reader.cutOff()).toBe(11);
  });
});

describe('leaving while a thread of ours hangs', () => {
  it('asks the launcher, which need not wait for it', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'leave-'));
    // Opening a pipe that nobody writes to hangs like a look-up that nobody answers.
    execFileSync('mkfifo', [join(directory, 'pipe')]);
    const module = new URL('../../../dist/cli/leave.js', import.meta.url).href;
    writeFileSync(
      join(directory, 'main.mjs'),
      `import { open } from 'node:fs'; import { leave } from ${JSON.stringify(module)};
       if (process.argv[2] === 'hang') open(${JSON.stringify(join(directory, 'pipe'))}, () => undefined);
       setTimeout(() => leave(7), 50);`,
    );
    const run = (mode: string): Promise<unknown> =>
      new Promise((resolve) => {
        const child = fork(join(directory, 'main.mjs'), [mode], {
          env: { ...process.env, NETDATA_EGRESS_SUPERVISED: String(process.pid) },
        });
        child.on('message', (message) => {
          resolve(message);
          child.kill('SIGKILL');
        });
        child.on('exit', (status) => resolve(status));
      });
    const hung = await run('hang');
    // A Node that can replace itself needs nobody's help.
    expect(hung).toEqual('execve' in process ? 7 : { leaveWith: 7 });
    expect(await run('free')).toBe(7);
    rmSync(directory, { recursive: true });
  });
});
