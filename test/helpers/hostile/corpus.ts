/** Generated input for every parser: noise, what it understands, and what it understands after damage. */
import * as fc from 'fast-check';
import { type Parser } from './parsers.js';

/** A parser that takes longer than this for some kilobytes can be made to hang. */
const LONGEST_MS = 1000;

/** Pieces that parsers stumble over. */
const AWKWARD = [
  '\0',
  '\r',
  '\n',
  '\r\n\r\n',
  '%',
  '"',
  '\\',
  '\u00ff'.repeat(40),
  '0'.repeat(400),
  '{'.repeat(3000),
  '[',
  ':'.repeat(60),
  '-1',
  '9'.repeat(30),
  ' '.repeat(5000),
  '\u00ef\u00bb\u00bf',
].map((piece) => Buffer.from(piece, 'latin1'));

function inputFor(seeds: readonly Buffer[]): fc.Arbitrary<Buffer> {
  const noise = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
  const damage = fc.record({
    at: fc.nat(4096),
    remove: fc.nat(40),
    insert: fc.oneof(noise, fc.constantFrom(...AWKWARD), fc.constantFrom(...seeds)),
    repeat: fc.constantFrom(1, 1, 1, 2, 50),
  });
  const damaged = fc
    .tuple(fc.constantFrom(...seeds), fc.array(damage, { minLength: 1, maxLength: 4 }))
    .map(([seed, cuts]) =>
      cuts.reduce((bytes, { at, remove, insert, repeat }) => {
        const from = at % (bytes.length + 1);
        const more = Array.from({ length: repeat }, () => insert);
        return Buffer.concat([bytes.subarray(0, from), ...more, bytes.subarray(from + remove)]).subarray(0, 65_536);
      }, seed),
    );
  return fc.oneof({ weight: 1, arbitrary: noise }, { weight: 4, arbitrary: damaged });
}

export interface Tally {
  inputs: number;
  refused: number;
  slowestMs: number;
}

/** Throws with the offending bytes when a parser throws, hangs, or answers the same bytes in two ways. */
export async function attack({ name, read, seeds, throws = [] }: Parser, inputs: number, seed: number): Promise<Tally> {
  const tally: Tally = { inputs: 0, refused: 0, slowestMs: 0 };
  const once = async (bytes: Buffer): Promise<unknown> => {
    try {
      return await read(Buffer.from(bytes));
    } catch (error) {
      if (!(error instanceof Error) || !throws.includes(error.name)) throw error;
      tally.refused += 1;
      return error.message;
    }
  };
  await fc.assert(
    fc.asyncProperty(inputFor(seeds), async (bytes) => {
      tally.inputs += 1;
      // Its own time: on a busy machine others take turns meanwhile.
      const began = process.cpuUsage();
      const first = JSON.stringify(await once(bytes), plain);
      const { user, system } = process.cpuUsage(began);
      const took = (user + system) / 1000;
      tally.slowestMs = Math.max(tally.slowestMs, took);
      if (took > LONGEST_MS) throw new Error(`${name} took ${String(Math.round(took))} ms`);
      if (tally.inputs % 16 === 0 && JSON.stringify(await once(bytes), plain) !== first)
        throw new Error(`${name} answers in two ways`);
    }),
    { numRuns: inputs, seed, verbose: 1 },
  );
  return tally;
}

const plain = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);
