/** The process is killed between any two steps of a refresh; the next run must find its way. */
import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadHistory, loadSnapshot, loadState } from '../../../../src/firewall/live/change/record.js';
import { refreshOnce, rollbackTo, type RefreshDeps } from '../../../../src/firewall/live/refresh/run.js';
import { LiveError } from '../../../../src/firewall/live/manager.js';
import { takeLock } from '../../../../src/firewall/live/store.js';
import { fakeSink, loaded } from './fake-kernel.js';

const HOSTS = [
  { fqdn: 'app.example', ports: [443], purpose: 'claim', required: true },
  { fqdn: 'mqtt.example', ports: [443], purpose: 'link', required: true },
] as const;
const FIRST = { 'app.example': ['198.51.100.2'], 'mqtt.example': ['198.51.100.9'] };
const SECOND = { 'app.example': ['198.51.100.3'], 'mqtt.example': ['198.51.100.9'] };
const CONFIG = { hosts: HOSTS, resolvers: [], accepted: ['198.51.100.0/24'], provenOnly: false };

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'netdata-egress-refresh-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

function child(answers: object, minute: number, crashAt: number): Promise<{ outcome: string; names: string[] } | null> {
  const now = `2026-01-01T00:0${String(minute)}:00.000Z`;
  const argument = JSON.stringify({ dir, answers, hosts: HOSTS, now, crashAt });
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [new URL('crash-child.mjs', import.meta.url).pathname, argument],
      (error, stdout, stderr) => {
        if (error === null) resolve(JSON.parse(stdout) as { outcome: string; names: string[] });
        else if (error.signal === 'SIGKILL') resolve(null);
        else reject(new Error(stderr));
      },
    );
  });
}

function deps(
  answers: Record<string, readonly string[]>,
  minute: number,
  more: Partial<RefreshDeps> = {},
): RefreshDeps {
  const now = `2026-01-01T00:0${String(minute)}:00.000Z`;
  return {
    stateDir: join(dir, 'state'),
    sink: fakeSink(join(dir, 'kernel.json')),
    inUse: () => Promise.resolve([]),
    now: () => now,
    lookup: () =>
      Promise.resolve(
        Object.entries(answers).map(([fqdn, addresses]) => ({
          fqdn,
          resolver: 'r',
          status: addresses.length > 0 ? ('ok' as const) : ('servfail' as const),
          answers: addresses.map((address) => ({
            fqdn,
            address,
            ttl: 60,
            source: 'r',
            firstSeen: now,
            lastSeen: now,
            proven: false,
          })),
        })),
      ),
    ...more,
  };
}

describe('a crash', () => {
  const steps = ['asked', 'state saved', 'captured', 'applied', 'verified', 'snapshot saved', 'recorded'];

  test('can be placed between all steps', async () => {
    expect((await child(FIRST, 0, -1))?.names).toEqual(steps);
  });

  test.each(steps.map((name, index) => [name, index] as const))(
    'after "%s" loses nothing: rules, state and history end as without it',
    async (_, crashAt) => {
      await refreshOnce(deps(FIRST, 0), CONFIG);
      expect(await child(SECOND, 1, crashAt)).toBeNull();
      // Never less than before the crash, whatever the moment.
      expect(await loaded(join(dir, 'kernel.json'))).toEqual(
        expect.arrayContaining(['198.51.100.2/32', '198.51.100.9/32']),
      );
      const after = await refreshOnce(deps(SECOND, 2), CONFIG);
      expect(['applied', 'unchanged']).toContain(after.outcome);
      expect(await loaded(join(dir, 'kernel.json'))).toEqual(['198.51.100.2/32', '198.51.100.3/32', '198.51.100.9/32']);
      const history = await loadHistory(join(dir, 'state'));
      expect(history.brokenAt).toBeNull();
      expect(history.entries.map((row) => [row.number, row.added, row.removed, row.total])).toEqual([
        [1, ['app.example 198.51.100.2/32', 'mqtt.example 198.51.100.9/32'], [], 2],
        [2, ['app.example 198.51.100.3/32'], [], 3],
      ]);
      expect((await loadState(join(dir, 'state'))).seen).toHaveLength(3);
      expect((await refreshOnce(deps(SECOND, 3), CONFIG)).outcome).toBe('unchanged');
    },
  );

  test('while appending leaves a torn line, which the next run cuts off', async () => {
    await refreshOnce(deps(FIRST, 0), CONFIG);
    await appendFile(join(dir, 'state/history.jsonl'), '{"number":2,"at":"20');
    await refreshOnce(deps(SECOND, 1), CONFIG);
    const history = await loadHistory(join(dir, 'state'));
    expect([history.brokenAt, history.entries.length]).toEqual([null, 2]);
  });
});

describe('a refresh', () => {
  test('that could not be applied puts everything back and records nothing', async () => {
    await refreshOnce(deps(FIRST, 0), CONFIG);
    const sink = fakeSink(join(dir, 'kernel.json'), {
      apply: async () => {
        await writeFile(join(dir, 'kernel.json'), '["198.51.100.77/32"]');
        throw new LiveError('the program failed half-way');
      },
    });
    await expect(refreshOnce(deps(SECOND, 1, { sink }), CONFIG)).rejects.toThrow(/put back/);
    expect(await loaded(join(dir, 'kernel.json'))).toEqual(['198.51.100.2/32', '198.51.100.9/32']);
    expect((await loadHistory(join(dir, 'state'))).entries).toHaveLength(1);
  });

  test('whose result cannot be read back is rolled back', async () => {
    await refreshOnce(deps(FIRST, 0), CONFIG);
    const sink = fakeSink(join(dir, 'kernel.json'), {
      apply: () => writeFile(join(dir, 'kernel.json'), '["198.51.100.3/32"]'),
    });
    await expect(refreshOnce(deps(SECOND, 1, { sink }), CONFIG)).rejects.toThrow(/put back/);
    expect(await loaded(join(dir, 'kernel.json'))).toEqual(['198.51.100.2/32', '198.51.100.9/32']);
  });

  test('with every resolver down changes nothing, but still repairs what somebody else removed', async () => {
    await refreshOnce(deps(FIRST, 0), CONFIG);
    const down = { 'app.example': [], 'mqtt.example': [] };
    expect((await refreshOnce(deps(down, 1), CONFIG)).outcome).toBe('unchanged');
    await writeFile(join(dir, 'kernel.json'), '[]');
    const repaired = await refreshOnce(deps(down, 2), CONFIG);
    expect([repaired.outcome, repaired.repaired]).toEqual(['applied', ['198.51.100.2/32', '198.51.100.9/32']]);
    expect(await loaded(join(dir, 'kernel.json'))).toEqual(['198.51.100.2/32', '198.51.100.9/32']);
  });

  test('without any answer from the start stops and writes nothing', async () => {
    const result = await refreshOnce(deps({ 'app.example': [], 'mqtt.example': [] }, 0), CONFIG);
    expect([result.outcome, result.plan.stops]).toEqual([
      'stopped',
      ['no address at all: the rules that are loaded stay'],
    ]);
    expect(await loaded(join(dir, 'kernel.json'))).toEqual([]);
  });

  test('that only plans writes nothing', async () => {
    await refreshOnce(deps(FIRST, 0), CONFIG);
    const before = await readFile(join(dir, 'state/refresh.json'), 'utf8');
    const plan = await refreshOnce(deps(SECOND, 1), CONFIG, { planOnly: true });
    expect([plan.outcome, plan.plan.added.map((row) => row.address)]).toEqual(['planned', ['198.51.100.3']]);
    expect(await readFile(join(dir, 'state/refresh.json'), 'utf8')).toBe(before);
  });

  test('rollback restores a revision and pins it until a change is accepted', async () => {
    await refreshOnce(deps(FIRST, 0), CONFIG);
    await refreshOnce(deps(SECOND, 1), CONFIG);
    const entry = await rollbackTo(deps(SECOND, 2), CONFIG, 1);
    expect([entry.action, entry.removed]).toEqual(['rollback', ['app.example 198.51.100.3/32']]);
    expect(await loaded(join(dir, 'kernel.json'))).toEqual(['198.51.100.2/32', '198.51.100.9/32']);
    expect((await refreshOnce(deps(SECOND, 3), CONFIG)).outcome).toBe('pinned');
    expect((await refreshOnce(deps(SECOND, 4), CONFIG, { acceptChange: true })).outcome).toBe('applied');
    expect(await loaded(join(dir, 'kernel.json'))).toContain('198.51.100.3/32');
    expect((await loadSnapshot(join(dir, 'state'), 3)).hosts[0]?.addresses).toHaveLength(1);
    await expect(rollbackTo(deps(SECOND, 5), CONFIG, 77)).rejects.toThrow(/no snapshot/);
  });

  test('two at once: the second is refused; a lock left by a dead process is taken over', async () => {
    await refreshOnce(deps(FIRST, 0), CONFIG);
    const unlock = await takeLock(join(dir, 'state'));
    await expect(refreshOnce(deps(SECOND, 1), CONFIG)).rejects.toThrow(/another netdata-egress/);
    await unlock();
    await writeFile(join(dir, 'state/lock'), '999999999 1\n');
    expect((await refreshOnce(deps(SECOND, 2), CONFIG)).outcome).toBe('applied');
  });
});
