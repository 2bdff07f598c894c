import { assert, double, integer, property } from 'fast-check';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { closerLookAfterMs, firstPauseMs, MAX_PAUSE_MS, pauseMs, shareOf } from '../../../src/watch/schedule.js';

const EVERY = 300_000;
const CALM = { asked: 0, retryAfterMs: null };

describe('the turn of a host', () => {
  it('10,000 hosts are spread over the interval: no second has more than three times its share', () => {
    const seconds = new Map<number, number>();
    for (let host = 0; host < 10_000; host++) {
      const share = shareOf(
        createHash('sha256')
          .update(`machine-${String(host)}`)
          .digest(),
      );
      const second = Math.floor(pauseMs({ everyMs: EVERY, share }, 0, CALM) / 1000) % 300;
      seconds.set(second, (seconds.get(second) ?? 0) + 1);
    }
    expect(seconds.size).toBe(300);
    expect(Math.max(...seconds.values())).toBeLessThan(100);
  });

  it('lies on its own grid, between half an interval and one and a half', () => {
    assert(
      property(
        integer({ min: 1000, max: 86_400_000 }),
        double({ min: 0, max: 0.999_999, noNaN: true }),
        integer({ min: 0, max: 4e12 }),
        (everyMs, share, wallMs) => {
          const pause = pauseMs({ everyMs, share }, wallMs, CALM);
          expect(pause).toBeGreaterThanOrEqual(everyMs / 2);
          expect(pause).toBeLessThanOrEqual(1.5 * everyMs + 1);
          const off = (wallMs + pause - share * everyMs) % everyMs;
          expect(Math.min(off, everyMs - off)).toBeLessThan(2);
        },
      ),
    );
  });

  it('comes first within 30 s, and sooner where rounds are frequent', () => {
    expect(firstPauseMs({ everyMs: EVERY, share: 0.999 })).toBeLessThan(30_000);
    expect(firstPauseMs({ everyMs: 10_000, share: 0.999 })).toBeLessThan(1000);
    expect(firstPauseMs({ everyMs: EVERY, share: 0 })).toBe(0);
  });
});

describe('patience', () => {
  const pace = { everyMs: EVERY, share: 0 };
  it.each([
    ['once, no time named', 1, 0, 600_000],
    ['twice', 2, 0, 1_200_000],
    ['for long: an hour at most', 9, 0, 3_600_000],
    ['with a longer time', 1, 5_000_000, 5_000_000],
    ['with a shorter time', 1, 1000, 600_000],
    ['with a year: six hours at most', 1, 365 * 86_400_000, MAX_PAUSE_MS],
  ])('asked %s', (_, asked, retryAfterMs, wanted) => {
    expect(pauseMs(pace, 0, { asked, retryAfterMs })).toBe(wanted);
    // Hosts that were told the same time come back one after the other.
    expect(pauseMs({ ...pace, share: 0.5 }, 0, { asked, retryAfterMs })).toBe(wanted + EVERY / 2);
  });
});

it('a failure that stays the same is looked at closely more and more seldom', () => {
  const minutes = [1, 2, 3, 4, 5, 6, 60].map((times) => closerLookAfterMs(times) / 60_000);
  expect(minutes).toEqual([15, 30, 60, 120, 240, 360, 360]);
});
