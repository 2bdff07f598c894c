/** A promise of time is kept, and no verdict turns from right to wrong, whatever this machine or its resolvers are like. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Host } from './attacker.js';
import { World, type Told } from './world.js';

let host: Host;
beforeAll(() => {
  host = new Host();
});
afterAll(() => host.remove());

async function inWorld<T>(faults: string, work: (world: World) => Promise<T>): Promise<T> {
  const world = await World.start(host, faults);
  try {
    expect(world.devices()).toEqual(['lo']);
    return await work(world);
  } finally {
    world.stop();
  }
}

interface Verdict {
  readonly outcome: string;
  readonly cause: string | null;
}
const verdictOf = ({ out }: Told): { readonly claim: Verdict; readonly link: Verdict } =>
  (JSON.parse(out) as { verdict: { claim: Verdict; link: Verdict } }).verdict;

describe('--timeout is a promise', () => {
  it.each([
    ['resolvers that never answer', 'dns_dead', 8],
    ['resolvers that never answer', 'dns_dead', 3],
    ['unanswered AAAA, 5 s each', 'aaaa_silent', 8],
  ])('%s (%s, %i s): kept to half a second, start-up included', async (_what, faults, seconds) => {
    const told = await inWorld(faults, (world) =>
      world.run(['doctor', '--json', '--quiet', '--timeout', `${String(seconds)}s`]),
    );
    process.stdout.write(`${faults}, --timeout ${String(seconds)}s: ${(told.ms / 1000).toFixed(2)} s\n`);
    expect(JSON.parse(told.out)).toHaveProperty('verdict');
    expect(told.ms).toBeLessThan(seconds * 1000 + 500);
  });

  it('the first Ctrl-C prints what is known within half a second', async () => {
    const told = await inWorld('dns_dead', (world) => {
      let pressed = 0;
      return world
        .run(['doctor', '--json', '--quiet', '--timeout', '60s'], [], async (child) => {
          await sleep(2500);
          pressed = performance.now();
          child.kill('SIGINT');
        })
        .then((ended) => ({ ...ended, ms: performance.now() - pressed }));
    });
    process.stdout.write(`Ctrl-C: ${told.ms.toFixed(0)} ms\n`);
    expect(told.code).toBe(130);
    expect(JSON.parse(told.out)).toMatchObject({ interrupted: true });
    expect(told.ms).toBeLessThan(500);
  });
});

/** What a run may say: the truth, or that it was not decided. */
function tally(truth: string, told: readonly Told[]): { right: number; open: number; wrong: readonly unknown[] } {
  const verdicts = told.map(verdictOf).map(({ claim, link }) => [claim, link]);
  const wrong = verdicts
    .flat()
    .filter(({ outcome }) => outcome !== truth && outcome !== 'unknown' && outcome !== 'at_risk');
  const right = verdicts.filter((both) => both.every(({ outcome }) => outcome === truth)).length;
  return { right, open: verdicts.length - right, wrong };
}

const CASES = [
  ['all is well', '', 'will_work'],
  ['certificates are expired', 'expired', 'will_fail'],
] as const;

describe('a starved CPU turns no verdict from right to wrong', () => {
  it.each(CASES)('30 runs at once: %s', async (_what, faults, truth) => {
    const told = await inWorld(faults, (world) =>
      Promise.all(Array.from({ length: 30 }, () => world.run(['doctor', '--json', '--quiet']))),
    );
    const { right, open, wrong } = tally(truth, told);
    const slowest = Math.max(...told.map(({ ms }) => ms)) / 1000;
    process.stdout.write(
      `30 at once, ${truth}: ${String(right)} right, ${String(open)} open, slowest ${slowest.toFixed(1)} s\n`,
    );
    expect(wrong).toEqual([]);
  });

  it.each(CASES)('a quota of 5 % of a CPU: %s', async (_what, faults, truth) => {
    const group = quota(5);
    if (group === null) throw new Error('no cgroup with a CPU controller here');
    try {
      const into = ['sh', '-c', `echo $$ > ${group}/cgroup.procs; exec "$@"`, 'sh'];
      const told = await inWorld(faults, (world) =>
        world.run(['doctor', '--json', '--quiet', '--timeout', '40s'], into),
      );
      const { right, wrong } = tally(truth, [told]);
      process.stdout.write(
        `5 % of a CPU, ${truth}: ${right === 1 ? 'right' : 'open'}, ${(told.ms / 1000).toFixed(1)} s\n`,
      );
      expect(wrong).toEqual([]);
    } finally {
      await sleep(200);
      rmdirSync(group);
    }
  });
});

/** A cgroup whose processes get so many percent of one CPU; null where none can be made. */
function quota(percent: number): string | null {
  const name = `egress-hostile-${String(process.pid)}`;
  if (existsSync('/sys/fs/cgroup/cpu/cpu.cfs_quota_us') || existsSync('/sys/fs/cgroup/cpu')) {
    const group = `/sys/fs/cgroup/cpu/${name}`;
    mkdirSync(group);
    writeFileSync(`${group}/cpu.cfs_quota_us`, String(percent * 1000));
    return group;
  }
  try {
    execFileSync('sh', ['-c', 'echo +cpu > /sys/fs/cgroup/cgroup.subtree_control'], { stdio: 'ignore' });
  } catch {
    return null;
  }
  const group = `/sys/fs/cgroup/${name}`;
  mkdirSync(group);
  writeFileSync(`${group}/cpu.max`, `${String(percent * 1000)} 100000`);
  return group;
}
