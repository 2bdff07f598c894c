/** The YAML we write means the same in YAML 1.2 and 1.1. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { toYaml, type Yaml } from '../../../src/firewall/core/yaml.js';

const { value } = fc.letrec<{ value: Yaml }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string({ maxLength: 20 }),
    fc.constantFrom('yes', 'null', '~', '0x10', '1e3', '- a', 'a: b', '# c', '*a', '&a', '!!x', '---', '<<', '"', "'"),
    fc.integer({ min: -99_999, max: 99_999 }),
    fc.boolean(),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.string({ minLength: 0, maxLength: 8 }), tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
}));
const document = fc.dictionary(
  fc.oneof(fc.constantFrom('on', 'y', 'null', 'a.b/c', 'name', 'true', '__proto__'), fc.string({ maxLength: 8 })),
  value,
  { minKeys: 1, maxKeys: 4, noNullPrototype: true },
);
const plain = (text: string): unknown[] =>
  parseAllDocuments(text, { strict: true, uniqueKeys: true }).map((doc) => {
    expect(doc.errors).toEqual([]);
    expect(doc.warnings).toEqual([]);
    return doc.toJS() as unknown;
  });

describe('YAML', () => {
  test('means what was meant, in YAML 1.2 and 1.1', () => {
    fc.assert(
      fc.property(fc.array(document, { minLength: 1, maxLength: 3 }), (documents) => {
        const text = `# head\n${toYaml(documents)}`;
        expect(plain(text)).toEqual(documents);
        expect(plain(`%YAML 1.1\n${text}`)).toEqual(documents);
        expect(text).toMatch(/^[\x20-\x7e\n]*$/);
      }),
      { numRuns: 100 },
    );
  });

  test('looks like what people write', () => {
    expect(toYaml([{ kind: 'X', spec: { to: [{ cidr: '198.51.100.2/32', ports: [443] }], none: [] } }])).toBe(
      '---\nkind: "X"\nspec:\n  to:\n    - cidr: "198.51.100.2/32"\n      ports:\n        - 443\n  none: []\n',
    );
  });
});
