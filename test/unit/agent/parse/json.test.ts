import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJson, type Json } from '../../../../src/agent/parse/json.js';
import { bytes } from './arbitrary.js';

function plain(json: Json): unknown {
  switch (json.type) {
    case 'object':
      return Object.fromEntries([...json.entries].map(([key, value]) => [key, plain(value)]));
    case 'array':
      return json.items.map((item) => plain(item));
    case 'null':
      return null;
    default:
      return json.value;
  }
}

describe('JSON as the Agent reads it', () => {
  it('agrees with JSON.parse on every document', () => {
    const keys = fc.string().filter((key) => key !== '__proto__');
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.oneof(
          fc.string(),
          fc.integer(),
          fc.double({ noNaN: true, noDefaultInfinity: true }),
          fc.boolean(),
          fc.constant(null),
        ),
        fc.array(tie('tree'), { maxLength: 4 }),
        fc.dictionary(keys, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        const text = JSON.stringify(value).replaceAll('\\u0000', 'x');
        const read = readJson(text);
        expect(read === null ? undefined : plain(read)).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each([
    ['text behind it', '{"a":1} and more'],
    ['a comment', '/* x */ {"a": // y\n 1}'],
    ['single quotes', "{'a':1}"],
    ['a trailing comma', '{"a":1,}'],
    ['a repeated key: the last counts', '{"a":2,"a":1}'],
    ['a NUL behind it', '{"a":1}\0garbage'],
  ])('takes %s', (_what, text) => {
    const read = readJson(text);
    expect(read === null ? null : plain(read)).toEqual({ a: 1 });
  });

  it.each([
    ['nothing', ''],
    ['HTML', '<html></html>'],
    ['a byte-order mark', '\xef\xbb\xbf{}'],
    ['an unfinished object', '{"a":1'],
    ['an unfinished string', '{"a'],
    ['a bare key', '{a:1}'],
    ['a bad escape', '"\\x"'],
    ['33 levels', '['.repeat(33) + ']'.repeat(33)],
    ['an unclosed comment', '/* '],
  ])('does not take %s', (_what, text) => {
    expect(readJson(text)).toBeNull();
  });

  it('keeps integers and fractions apart', () => {
    expect(readJson('5')).toEqual({ type: 'int', value: 5 });
    expect(readJson('5.0')).toEqual({ type: 'double', value: 5 });
    expect(readJson('5e0')).toEqual({ type: 'double', value: 5 });
  });

  it('is total, also on deep nesting', () => {
    fc.assert(fc.property(bytes(), (text) => void readJson(text)));
    expect(readJson('['.repeat(200_000))).toBeNull();
    expect(readJson('{"a":'.repeat(100_000))).toBeNull();
  });
});
