/** Values of free-form records. */
import type { Schema } from './build.js';

export const scalarValue: Schema<string | number | boolean | null> = {
  description: 'A plain value.',
  anyOf: [{ type: 'string', 'x-sentence': true }, { type: 'number' }, { type: 'boolean' }, { type: 'null' }],
};

export const scalarOrList: Schema<string | number | boolean | null | readonly string[]> = {
  description: 'A plain value or a list of texts.',
  anyOf: [
    { type: 'string', 'x-sentence': true },
    { type: 'number' },
    { type: 'boolean' },
    { type: 'null' },
    { type: 'array', items: { type: 'string', 'x-sentence': true } },
  ],
};
