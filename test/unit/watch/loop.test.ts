/** The loop with clocks of its own: no test waits. */
import { describe, expect, it } from 'vitest';
import type { Report } from '../../../src/model/report.js';
import type { WatchEvent } from '../../../src/watch/event.js';
import { decodeHistory } from '../../../src/watch/history.js';
import { watch, type Clock, type HistoryStore, type Published, type WatchDeps } from '../../../src/watch/loop.js';
import { healthy, mqttDropped, nxdomain } from '../../helpers/sample-kinds.js';

const HOUR = 3_600_000;

class World implements Clock {
  wall = Date.parse('2026-03-30T12:00:00Z');
  steady = 0;
  /** Called before every sleep. */
  onSleep: (world: World) => 'slept' | 'woken' | 'ended' | null = () => null;
  readonly looks: { readonly depth: 'light' | 'full'; readonly atMs: number }[] = [];
  readonly events: WatchEvent[] = [];
  readonly published: Published[] = [];
  readonly lines: string[] = [];
  report: (depth: 'light' | 'full') => Report = healthy;
  full = false;
  damaged = '';
  setAside = 0;

  wallMs(): number {
    return this.wall;
  }
  steadyMs(): number {
    return this.steady;
  }
  sleep(ms: number): Promise<'slept' | 'woken' | 'ended'> {
    const how = this.onSleep(this);
    if (how !== null && how !== 'slept') return Promise.resolve(how);
    this.wall += ms;
    this.steady += ms;
    return Promise.resolve('slept');
  }

  get history(): HistoryStore {
    return {
      read: () => ({ older: '', newer: this.damaged + this.lines.map((line) => `${line}\n`).join('') }),
      append: (line) => {
        if (this.full) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
        this.lines.push(line);
      },
      setAside: () => void (this.setAside += 1),
    };
  }

  async run(rounds: number, more: Partial<WatchDeps> = {}): Promise<void> {
    await watch({
      pace: { everyMs: 300_000, share: 0.25 },
      clock: this,
      look: async (depth) => {
        this.looks.push({ depth, atMs: this.steady });
        return this.report(depth);
      },
      held: () => Promise.resolve(null),
      history: this.history,
      emit: (event) => void this.events.push(event),
      publish: (state) => void this.published.push(state),
      alive: () => undefined,
      ended: () => false,
      rounds,
      ...more,
    });
  }

  kinds(): readonly string[] {
    return this.events.flatMap((event) =>
      event.event === 'change' ? [event.change.kind] : event.event === 'trouble' ? [event.trouble.kind] : [],
    );
  }
}

describe('a round', () => {
  it('is light while all is well, and writes one line in a day', async () => {
    const world = new World();
    await world.run(288);
    expect(world.looks.every(({ depth }) => depth === 'light')).toBe(true);
    expect(world.looks).toHaveLength(288);
    expect(world.lines).toHaveLength(1);
    expect(world.published.at(-1)?.counts).toEqual({ rounds: 288, failed: 0, broken: 0, looks: 0 });
    const span = (world.looks.at(-1)?.atMs ?? 0) - (world.looks[0]?.atMs ?? 0);
    expect(span / 287).toBeCloseTo(300_000, -3);
  });

  it('calls the doctor when something fails, once, and then more and more seldom', async () => {
    const world = new World();
    world.report = mqttDropped;
    await world.run(288);
    const full = world.looks.filter(({ depth }) => depth === 'full').map(({ atMs }) => Math.round(atMs / 60_000));
    const gaps = full.slice(1).map((at, index) => at - (full[index] ?? 0));
    expect(full.length).toBeLessThanOrEqual(9);
    for (const [index, wanted] of [15, 30, 60, 120].entries()) {
      expect(gaps[index]).toBeGreaterThanOrEqual(wanted);
      expect(gaps[index]).toBeLessThanOrEqual(wanted + 8);
    }
    expect(world.lines).toHaveLength(1);
    expect(world.published.at(-1)?.facts.cause).toBe(mqttDropped().verdict.link.cause);
  });

  it('calls the doctor again when the failure becomes another one, or is over', async () => {
    const world = new World();
    let round = 0;
    world.report = (depth) => {
      if (depth === 'light') round += 1;
      return round === 3 || round === 4 ? mqttDropped() : healthy();
    };
    await world.run(6);
    expect(world.looks.map(({ depth }) => depth).join(' ')).toBe('light light light full light light full light');
    const verdicts = world.events.flatMap((event) =>
      event.event === 'change' && event.change.kind === 'verdict' && event.change.what === 'link'
        ? [event.change.after]
        : [],
    );
    expect(verdicts).toEqual(['will_work', 'will_fail', 'will_work']);
  });

  it('takes the doctor’s word for it while the light round stays the same', async () => {
    const world = new World();
    world.report = (depth) => (depth === 'light' ? mqttDropped() : healthy());
    await world.run(3);
    expect(world.looks.map(({ depth }) => depth)).toEqual(['light', 'full', 'light', 'light']);
    expect(world.published.map(({ facts }) => facts.link)).toEqual(['will_work', 'will_work', 'will_work']);
  });

  it('a network that is gone for a day leaves one line, and one when it is back', async () => {
    const world = new World();
    let round = 0;
    world.report = (depth) => {
      if (depth === 'light') round += 1;
      return round > 1 && round <= 289 ? nxdomain() : healthy();
    };
    await world.run(291);
    const { entries } = decodeHistory(world.lines.map((line) => `${line}\n`).join(''));
    expect(entries.map(({ changes }) => changes.map(({ kind }) => kind).join(' '))).toEqual([
      'started verdict verdict',
      'verdict verdict',
      'verdict verdict',
    ]);
    // What the names and the certificates were is not forgotten meanwhile.
    expect(entries[1]?.memory.facts?.addresses).toEqual(entries[0]?.memory.facts?.addresses);
    expect(world.looks.filter(({ depth }) => depth === 'full').length).toBeLessThanOrEqual(10);
    expect(world.published.at(-1)?.counts).toMatchObject({ rounds: 291, failed: 288, broken: 0 });
  });

  it('asks less of a service that asks for patience, and calls no doctor', async () => {
    const world = new World();
    const busy = {
      ...mqttDropped(),
      observations: mqttDropped().observations.map((seen) =>
        seen.operation === 'http_round_trip'
          ? { ...seen, status: 429, headers: [['Retry-After', '7200']] as const }
          : seen,
      ),
    };
    world.report = () => busy;
    await world.run(3);
    expect(world.looks.map(({ depth }) => depth)).toEqual(['light', 'light', 'light']);
    expect((world.looks[1]?.atMs ?? 0) - (world.looks[0]?.atMs ?? 0)).toBe(2 * HOUR + 75_000);
  });

  it('that fails by a fault of ours is told once, and watching goes on', async () => {
    const world = new World();
    let round = 0;
    world.report = () => {
      round += 1;
      if (round < 4) throw Object.assign(new Error('too many'), { code: 'EMFILE' });
      return healthy();
    };
    await world.run(5);
    expect(world.kinds().filter((kind) => kind === 'round_failed')).toEqual(['round_failed']);
    expect(world.published.at(-1)?.counts).toMatchObject({ rounds: 2, broken: 3 });
  });
});

describe('clocks', () => {
  it.each([
    ['an hour forward', HOUR],
    ['an hour back', -HOUR],
  ])('%s: told once, a round soon, and the next ones as ever', async (_, by) => {
    const world = new World();
    let jumped = false;
    world.onSleep = () => {
      if (!jumped && world.looks.length === 2) {
        jumped = true;
        // While it sleeps.
        queueMicrotask(() => (world.wall += by));
      }
      return null;
    };
    await world.run(6);
    const jumps = world.events.flatMap((event) =>
      event.event === 'change' && event.change.kind === 'clock' ? [event.change.byMs] : [],
    );
    expect(jumps).toEqual([by]);
    const gaps = world.looks.slice(1).map(({ atMs }, index) => atMs - (world.looks[index]?.atMs ?? 0));
    expect(gaps[1]).toBeLessThan(20_000);
    for (const gap of gaps.slice(2)) expect(gap).toBeLessThanOrEqual(450_001);
    expect(gaps).toHaveLength(5);
  });
});

describe('the history', () => {
  it('is gone on from: what is known already is not told again', async () => {
    const world = new World();
    await world.run(1);
    world.events.length = 0;
    world.wall += 2 * HOUR;
    await world.run(1);
    expect(world.kinds()).toEqual(['started']);
    const [first] = world.events.filter(({ event }) => event === 'change');
    expect(first).toMatchObject({ change: { kind: 'started', unwatchedMs: expect.any(Number) as number } });
  });

  it('that is damaged is set aside with one line, and watching goes on', async () => {
    const world = new World();
    world.damaged = 'not ours\n';
    await world.run(2);
    expect(world.setAside).toBe(1);
    expect(world.kinds().filter((kind) => kind === 'history_damaged')).toHaveLength(1);
    expect(world.published).toHaveLength(2);
  });

  it('on a full disk: told once, and written in order when there is room again', async () => {
    const world = new World();
    world.full = true;
    let round = 0;
    world.report = (depth) => {
      if (depth === 'light') round += 1;
      if (round === 4) world.full = false;
      return round === 2 ? mqttDropped() : healthy();
    };
    await world.run(5);
    expect(world.kinds().filter((kind) => kind === 'history_not_written')).toHaveLength(1);
    const { entries, damagedAt } = decodeHistory(world.lines.map((line) => `${line}\n`).join(''));
    expect(damagedAt).toBe(null);
    expect(entries.map(({ changes }) => changes.at(-1)?.kind)).toEqual(['verdict', 'verdict', 'verdict']);
  });
});

describe('the end', () => {
  it('comes at once while it sleeps', async () => {
    const world = new World();
    world.onSleep = () => (world.looks.length === 1 ? 'ended' : null);
    await world.run(9);
    expect(world.looks).toHaveLength(1);
  });

  it('a wish for a round is granted at once', async () => {
    const world = new World();
    world.onSleep = () => (world.looks.length > 0 ? 'woken' : null);
    await world.run(4);
    expect(world.looks).toHaveLength(4);
    expect(world.looks.at(-1)?.atMs).toBe(world.looks[0]?.atMs);
  });

  it('an interrupted round leaves nothing behind', async () => {
    const world = new World();
    let ended = false;
    world.report = () => {
      ended = true;
      return mqttDropped();
    };
    await world.run(9, { ended: () => ended });
    expect(world.lines).toEqual([]);
    expect(world.published).toEqual([]);
  });
});
