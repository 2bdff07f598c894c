/**
 * The schema as a chain of functions: the same answer as check.ts, only yes or no, and many times as fast. For the
 * thousands of documents of a merge, nearly all of which are fine; check.ts then says what is wrong with the others.
 */
import type { SchemaNode } from './build.js';
import { DEEPEST, type Definitions, deref, isDeep } from './check.js';

export type Test = (value: unknown) => boolean;

type Properties = Readonly<Record<string, unknown>>;

const TYPES: Readonly<Record<NonNullable<SchemaNode['type']>, Test>> = {
  null: (value) => value === null,
  array: (value) => Array.isArray(value),
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  integer: (value) => Number.isInteger(value),
  number: (value) => typeof value === 'number' && Number.isFinite(value),
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
};

const DISCRIMINATORS = ['operation', 'kind', 'outcome'] as const;

export function compile(schema: SchemaNode, definitions: Definitions): Test {
  // References lead to nodes that are met many times: each is made once, on first use, so that they may be circular.
  const made = new Map<SchemaNode, Test>();
  const of = (node: SchemaNode): Test => {
    const target = deref(node, definitions);
    const known = made.get(target);
    if (known !== undefined) return known;
    let test: Test | null = null;
    const later: Test = (value) => (test ??= make(target))(value);
    made.set(target, later);
    return later;
  };

  const make = (node: SchemaNode): Test => {
    if (node.oneOf !== undefined) return union(node.oneOf);
    if (node.anyOf !== undefined) return alternatives(node.anyOf);
    const tests: Test[] = [];
    if (node.type !== undefined) tests.push(TYPES[node.type]);
    tests.push(...scalars(node));
    if (node.items !== undefined || node.prefixItems !== undefined || node.minItems !== undefined)
      tests.push(array(node));
    if (node.type === 'object') tests.push(object(node));
    const [first, second, ...rest] = tests;
    if (first === undefined) return () => true;
    if (second === undefined) return first;
    return rest.length === 0 ? (value) => first(value) && second(value) : (value) => tests.every((test) => test(value));
  };

  const union = (members: readonly SchemaNode[]): Test => {
    const tables = DISCRIMINATORS.map((name) => {
      const table = new Map<unknown, Test>();
      for (const member of members) {
        const property = deref(member, definitions).properties?.[name];
        const words = property?.enum ?? (property?.const === undefined ? [] : [property.const]);
        for (const word of words) if (!table.has(word)) table.set(word, of(member));
      }
      return [name, table] as const;
    }).filter(([, table]) => table.size > 0);
    return (value) => {
      if (!TYPES.object(value)) return false;
      for (const [name, table] of tables) {
        const test = table.get((value as Properties)[name]);
        if (test !== undefined) return test(value);
      }
      return false;
    };
  };

  /** The first alternative of the value's type decides, as in check.ts. */
  const alternatives = (options: readonly SchemaNode[]): Test => {
    const list = options.map((option) => {
      const target = deref(option, definitions);
      const fits =
        target.type === undefined ? (target.oneOf === undefined ? () => true : TYPES.object) : TYPES[target.type];
      return [fits, of(target)] as const;
    });
    return (value) => {
      for (const [fits, test] of list) if (fits(value)) return test(value);
      return false;
    };
  };

  const array = (node: SchemaNode): Test => {
    const { minItems = 0, maxItems = Infinity } = node;
    const prefix = (node.prefixItems ?? []).map(of);
    const items = node.items === undefined ? null : of(node.items);
    return (value) => {
      if (!Array.isArray(value)) return true;
      if (value.length < minItems || value.length > maxItems) return false;
      for (let i = 0; i < value.length; i += 1) {
        const test = prefix[i] ?? items;
        if (test !== null && test !== undefined && !test(value[i])) return false;
      }
      return true;
    };
  };

  const object = (node: SchemaNode): Test => {
    const required = node.required ?? [];
    const known = new Map(Object.entries(node.properties ?? {}).map(([name, child]) => [name, of(child)]));
    const others = node.additionalProperties === undefined ? null : of(node.additionalProperties);
    return (value) => {
      if (!TYPES.object(value)) return true;
      const fields = value as Properties;
      for (const name of required) if (!Object.hasOwn(fields, name)) return false;
      for (const name of Object.keys(fields)) {
        const test = known.get(name) ?? others;
        if (test === null ? isDeep(fields[name], DEEPEST) : !test(fields[name])) return false;
      }
      return true;
    };
  };

  return of(schema);
}

function scalars(node: SchemaNode): Test[] {
  const tests: Test[] = [];
  if (node.const !== undefined) {
    const { const: only } = node;
    tests.push((value) => value === only);
  }
  if (node.enum !== undefined) {
    const words = new Set<unknown>(node.enum);
    tests.push((value) => words.has(value));
  }
  if (node.pattern !== undefined) {
    const pattern = new RegExp(node.pattern);
    tests.push((value) => typeof value !== 'string' || pattern.test(value));
  }
  const { minimum = -Infinity, maximum = Infinity } = node;
  if (node.minimum !== undefined || node.maximum !== undefined)
    tests.push((value) => typeof value !== 'number' || (value >= minimum && value <= maximum));
  return tests;
}
