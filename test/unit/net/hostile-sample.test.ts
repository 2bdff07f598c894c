/** A small sample of test/hostile/corpus.test.ts, always the same. */
import { expect, it } from 'vitest';
import { attack } from '../../helpers/hostile/corpus.js';
import { PARSERS } from '../../helpers/hostile/parsers.js';

it.each(PARSERS)('$name withstands generated input', async (parser) => {
  expect((await attack(parser, 40, 1)).inputs).toBeGreaterThanOrEqual(40);
});
