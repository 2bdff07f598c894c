/** 100,000 generated inputs over all parsers. HOSTILE_SEED repeats a run, HOSTILE_INPUTS makes it longer. */
import { describe, expect, it } from 'vitest';
import { attack } from '../helpers/hostile/corpus.js';
import { PARSERS } from '../helpers/hostile/parsers.js';

const SEED = Number(process.env['HOSTILE_SEED'] ?? 20_261_130);
const INPUTS = Number(process.env['HOSTILE_INPUTS'] ?? 100_000);
const EACH = Math.ceil(INPUTS / PARSERS.length);

describe('no input makes a parser throw, hang, or contradict itself', () => {
  let inputs = 0;
  it.each(PARSERS)('$name', async (parser) => {
    const tally = await attack(parser, EACH, SEED);
    inputs += tally.inputs;
    process.stdout.write(
      `${parser.name}: ${String(tally.inputs)} inputs, ${String(tally.refused)} refused, slowest ${tally.slowestMs.toFixed(1)} ms\n`,
    );
  });

  it('all of them were tried', () => {
    process.stdout.write(
      `${String(inputs)} inputs over ${String(PARSERS.length)} parsers, seed ${String(SEED)}, at most ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB\n`,
    );
    expect(inputs).toBeGreaterThanOrEqual(INPUTS);
  });
});
