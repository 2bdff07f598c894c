/** The HCL we write is read by HashiCorp's own parser as what was meant, and by our own reader, which takes no more. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expression, toHcl, type Hcl, type HclFile } from '../../../src/firewall/core/hcl.js';
import { readHcl } from '../../oracles/hcl.js';
import { InvariantError } from '../../../src/model/errors.js';
import { parseHcl } from '../../helpers/hcl2json.js';

const word = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/).filter((name) => !['for_each', 'null', 'true'].includes(name));
/** Printable ASCII without what an escape or template would need. */
const plain = fc.string({ maxLength: 12 }).map((text) => text.replaceAll(/[^\x20-\x7e]|["\\]|[$%]\{/g, 'x'));
const attribute: fc.Arbitrary<Hcl> = fc.oneof(
  plain,
  fc.nat(99_999),
  fc.constant(null),
  fc.constantFrom('var.x', 'each.key', 'a.b.id', 'string', 'map(string)').map(expression),
  fc.array(fc.constantFrom('a', 'b.c', 'TLS_SNI'), { maxLength: 3 }),
  fc.dictionary(
    plain.filter((text) => text !== '__proto__'),
    plain,
    { maxKeys: 3, noNullPrototype: true },
  ),
  fc
    .array(
      fc.stringMatching(/^[a-z][ -#&-[\]-~]{0,20}$/).filter((line) => line.trim() !== 'EOT'),
      { minLength: 1, maxLength: 3 },
    )
    .map((lines) => `${lines.join('\n')}\n`),
);
const body = fc.dictionary(
  word,
  fc.oneof(
    { weight: 4, arbitrary: attribute },
    {
      weight: 1,
      arbitrary: fc.array(fc.dictionary(word, attribute, { minKeys: 1, maxKeys: 3, noNullPrototype: true }), {
        minLength: 1,
        maxLength: 2,
      }),
    },
  ),
  { minKeys: 1, maxKeys: 5, noNullPrototype: true },
);
const file = fc.tuple(word, word, body, body).map(([type, name, resource, variable]): HclFile => ({
  variable: { [name]: [variable] },
  resource: { [type]: { [name]: [resource] } },
}));

describe('HCL', () => {
  test('means the same to the real parser and to our reader', async () => {
    await fc.assert(
      fc.asyncProperty(file, async (value) => {
        const text = toHcl(value);
        expect(await parseHcl(text)).toEqual(value);
        expect(readHcl(`# head\n\n${text}`)).toEqual(value);
        expect(text).toMatch(/^[\x20-\x7e\n]*$/);
      }),
      { numRuns: 100 },
    );
  });

  test('is laid out as terraform fmt lays it out', () => {
    const value: HclFile = {
      resource: {
        a: { b: [{ for_each: expression('var.x'), id: 1, name_of_it: 'x', entry: [{ cidr: 'c' }], tags: { t: 'u' } }] },
      },
    };
    expect(toHcl(value)).toBe(
      'resource "a" "b" {\n  for_each = var.x\n\n  id         = 1\n  name_of_it = "x"\n\n' +
        '  entry {\n    cidr = "c"\n  }\n\n  tags = {\n    "t" = "u"\n  }\n}\n',
    );
  });

  test.each(['a"b', 'a\\b', 'a${b}', 'a%{b}', 'a\nb', 'a\tb', 'ü', '\u0007'])('%j never gets into a file', (text) => {
    const make = (value: Hcl) => () => toHcl({ variable: { a: [{ x: value }] } });
    expect(make(text)).toThrow(InvariantError);
    expect(make({ [text]: 'x' })).toThrow(InvariantError);
    expect(make({ x: text })).toThrow(InvariantError);
    expect(make([text])).toThrow(InvariantError);
  });

  test.each([
    ['a template', 'x = "a${b}"'],
    ['an escape', 'x = "a\\nb"'],
    ['a function call', 'x = file("/etc/passwd")'],
    ['a conditional', 'x = a ? b : c'],
    ['a splat', 'x = a[*].b'],
    ['a boolean', 'x = true'],
    ['a negative number', 'x = -1'],
    ['an octal number', 'x = 0443'],
    ['a comment behind it', 'x = 1 # no'],
    ['an attribute twice', 'x = 1\n  x = 2'],
    ['an attribute and a block', 'x = 1\n  x {\n    y = 1\n  }'],
    ['a labelled block inside', 'x "y" {\n    z = 1\n  }'],
    ['an indented heredoc that ends nowhere', 'x = <<-EOT\n    a'],
    ['a template in a heredoc', 'x = <<-EOT\n    ${a}\n  EOT'],
    ['a nested list', 'x = [["a"]]'],
    ['nothing', ''],
    ['a brace too many', 'x = 1\n}'],
  ])('the reader refuses %s', (_what, inside) => {
    const text = `variable "a" {\n  ${inside}\n}\n`;
    let read: HclFile | null = null;
    try {
      read = readHcl(text);
    } catch (error) {
      expect(error).toBeInstanceOf(SyntaxError);
    }
    // What the reader is lenient about is spelled otherwise than we spell it, and so is refused by the next step.
    if (read !== null) expect(toHcl(read)).not.toBe(text);
  });
});
