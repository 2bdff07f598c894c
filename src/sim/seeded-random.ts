/** Random bytes and ids; with a seed they repeat, so that a lab run can be repeated. Not for secrets that matter. */
import { randomBytes } from 'node:crypto';

export type RandomBytes = (size: number) => Buffer;

export function randomSource(seed: number | undefined): RandomBytes {
  if (seed === undefined) return (size) => randomBytes(size);
  // mulberry32: small, well spread, and public knowledge.
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) & 0xff;
  };
  return (size) => Buffer.from(Array.from({ length: size }, next));
}

/** RFC 9562 version 4. */
export function randomUuid(random: RandomBytes): string {
  const bytes = random(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
