/** The `time` match of iptables-extensions(8): UTC, unless told otherwise. */
import type { Ternary } from './spans.js';

export interface Clock {
  readonly start?: string;
  readonly stop?: string;
  readonly weekdays?: string;
  readonly monthdays?: string;
  readonly dateStart?: string;
  readonly dateStop?: string;
  /** By the kernel's time zone, which cannot be read: both that zone and UTC have to agree. */
  readonly kernel?: true;
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** Unsure within two minutes of a boundary: the packet went out a little earlier. */
const NEAR_S = 120;

export function inClock(clock: Clock, now: number): Ternary {
  if (clock.kernel === true) {
    const { kernel: _, ...plain } = clock;
    const [local, utc] = [inClock(plain, now - new Date(now).getTimezoneOffset() * 60_000), inClock(plain, now)];
    return local === utc ? utc : null;
  }
  const seconds = Math.floor(now / 1000);
  const ofDay = seconds % 86_400;
  const date = new Date(now);
  const [from, to] = [secondsOf(clock.start ?? '00:00:00'), secondsOf(clock.stop ?? '23:59:59')];
  const begin = clock.dateStart === undefined ? Number.NEGATIVE_INFINITY : Date.parse(`${clock.dateStart}Z`);
  const end = clock.dateStop === undefined ? Number.POSITIVE_INFINITY : Date.parse(`${clock.dateStop}Z`);
  if (from === null || to === null || Number.isNaN(begin) || Number.isNaN(end)) return null;
  if ([from, to].some((edge) => edge > 0 && edge < 86_399 && Math.abs(ofDay - edge) < NEAR_S)) return null;
  if (now < begin || now > end) return false;
  if (clock.weekdays !== undefined && !clock.weekdays.split(',').includes(DAYS[date.getUTCDay()] ?? '')) return false;
  if (clock.monthdays !== undefined && !clock.monthdays.split(',').map(Number.parseFloat).includes(date.getUTCDate()))
    return false;
  // A span over midnight is written with its end before its start.
  return from <= to ? ofDay >= from && ofDay <= to : ofDay >= from || ofDay <= to;
}

function secondsOf(text: string): number | null {
  const found = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text);
  return found === null ? null : Number(found[1]) * 3600 + Number(found[2]) * 60 + Number(found[3] ?? 0);
}
