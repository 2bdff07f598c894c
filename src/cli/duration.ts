import { UsageError } from '../model/errors.js';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `500ms`, `5s`, `2m`, `1h`, or a bare number of seconds → ms. */
export function parseDuration(text: string, option: string): number {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)?$/.exec(text);
  const unit = UNITS[match?.[2] ?? 's'];
  if (match?.[1] === undefined || unit === undefined) {
    throw new UsageError(`${option} takes a duration such as 500ms, 5s or 2m, not "${text.slice(0, 40)}"`);
  }
  const ms = Number(match[1]) * unit;
  if (ms < 1 || ms > 86_400_000) throw new UsageError(`${option} must lie between 1ms and 24h`);
  return ms;
}
