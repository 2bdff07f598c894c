/**
 * Holds untrusted JSON against the schema, without a schema library at run time: the schema as a chain of functions,
 * made once, because a merge holds thousands of documents against it. The first complaint ends it; its path is put
 * together on the way out, so that a good document pays nothing for it.
 */
import { type Definitions, deref, DISCRIMINATORS, TYPES } from './branch.js';
import type { SchemaNode } from '../../model/schema/build.js';

interface Complaint {
  /** `observations[3].failure.kind`. */
  readonly path: string;
  readonly expected: string;
}

/** Null when the value is as the schema wants it. */
export type Validator = (value: unknown) => Complaint | null;

type Properties = Readonly<Record<string, unknown>>;

const complain = (expected: string): Complaint => ({ path: '', expected });
const ANOTHER_SHAPE = complain('another shape');

/** A complaint about a part of something, as one about the whole. */
function within(part: string, { path, expected }: Complaint): Complaint {
  return { path: path === '' || path.startsWith('[') ? `${part}${path}` : `${part}.${path}`, expected };
}

/** Fields of later versions pass, but not as a nesting that would overflow the stack of whoever walks it. */
const DEEPEST = 64;

function isDeep(value: unknown, left: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return left === 0 || Object.values(value).some((item) => isDeep(item, left - 1));
}

export function validator(schema: SchemaNode, definitions: Definitions): Validator {
  // References lead to nodes that are met many times: each is made once, on first use, so that they may be circular.
  const made = new Map<SchemaNode, Validator>();
  const of = (node: SchemaNode): Validator => {
    const target = deref(node, definitions);
    const known = made.get(target);
    if (known !== undefined) return known;
    let test: Validator | null = null;
    const later: Validator = (value) => (test ??= make(target))(value);
    made.set(target, later);
    return later;
  };

  const make = (node: SchemaNode): Validator => {
    if (node.oneOf !== undefined) return union(node.oneOf);
    if (node.anyOf !== undefined) return alternatives(node.anyOf);
    const tests: Validator[] = [];
    if (node.type !== undefined) {
      const { [node.type]: fits } = TYPES;
      const complaint = complain(node.type);
      tests.push((value) => (fits(value) ? null : complaint));
    }
    tests.push(...scalars(node));
    if (node.items !== undefined || node.prefixItems !== undefined || node.minItems !== undefined)
      tests.push(array(node));
    if (node.type === 'object') tests.push(object(node));
    const [first, second, ...rest] = tests;
    if (first === undefined) return () => null;
    if (second === undefined) return first;
    if (rest.length === 0) return (value) => first(value) ?? second(value);
    return (value) => {
      for (const test of tests) {
        const complaint = test(value);
        if (complaint !== null) return complaint;
      }
      return null;
    };
  };

  const union = (members: readonly SchemaNode[]): Validator => {
    const tables = DISCRIMINATORS.map((name) => {
      const table = new Map<unknown, Validator>();
      for (const member of members) {
        const property = deref(member, definitions).properties?.[name];
        const words = property?.enum ?? (property?.const === undefined ? [] : [property.const]);
        for (const word of words) if (!table.has(word)) table.set(word, of(member));
      }
      return [name, table] as const;
    }).filter(([, table]) => table.size > 0);
    return (value) => {
      if (!TYPES.object(value)) return ANOTHER_SHAPE;
      for (const [name, table] of tables) {
        const test = table.get((value as Properties)[name]);
        if (test !== undefined) return test(value);
      }
      return ANOTHER_SHAPE;
    };
  };

  /** The first alternative of the value's type decides. */
  const alternatives = (options: readonly SchemaNode[]): Validator => {
    const list = options.map((option) => {
      const target = deref(option, definitions);
      const fits =
        target.type === undefined ? (target.oneOf === undefined ? () => true : TYPES.object) : TYPES[target.type];
      return [fits, of(target)] as const;
    });
    return (value) => {
      for (const [fits, test] of list) if (fits(value)) return test(value);
      return ANOTHER_SHAPE;
    };
  };

  const array = (node: SchemaNode): Validator => {
    const { minItems = 0, maxItems = Infinity } = node;
    const prefix = (node.prefixItems ?? []).map(of);
    const items = node.items === undefined ? null : of(node.items);
    return (value) => {
      if (!Array.isArray(value)) return null;
      if (value.length < minItems) return complain(`at least ${minItems} items`);
      if (value.length > maxItems) return complain(`at most ${maxItems} items`);
      for (let i = 0; i < value.length; i += 1) {
        const complaint = (prefix[i] ?? items)?.(value[i]) ?? null;
        if (complaint !== null) return within(`[${i}]`, complaint);
      }
      return null;
    };
  };

  const object = (node: SchemaNode): Validator => {
    const required = new Set(node.required ?? []);
    const known = new Map(
      Object.entries(node.properties ?? {}).map(([name, child]) => [
        name,
        { test: of(child), counts: required.has(name) ? 1 : 0 },
      ]),
    );
    const others = node.additionalProperties === undefined ? null : of(node.additionalProperties);
    return (value) => {
      const fields = value as Properties;
      // What must be there is counted on the way: which field is missing is asked only when one is.
      let met = 0;
      for (const name of Object.keys(fields)) {
        const property = known.get(name);
        if (property !== undefined) {
          met += property.counts;
          const complaint = property.test(fields[name]);
          if (complaint !== null) return missing(required, fields) ?? within(name, complaint);
        } else if (others !== null) {
          const complaint = others(fields[name]);
          if (complaint !== null) return within(name, complaint);
        } else if (isDeep(fields[name], DEEPEST)) return { path: name, expected: 'less deeply nested' };
      }
      return met === required.size ? null : missing(required, fields);
    };
  };

  return of(schema);
}

function missing(required: ReadonlySet<string>, fields: Properties): Complaint | null {
  for (const name of required) if (!Object.hasOwn(fields, name)) return { path: name, expected: 'to be there' };
  return null;
}

function scalars(node: SchemaNode): Validator[] {
  const tests: Validator[] = [];
  if (node.const !== undefined) {
    const { const: only } = node;
    tests.push((value) => (value === only ? null : complain(JSON.stringify(only))));
  }
  if (node.enum !== undefined) {
    const words = new Set<unknown>(node.enum);
    const complaint = complain(`one of ${node.enum.slice(0, 8).join(', ')}${node.enum.length > 8 ? ', …' : ''}`);
    tests.push((value) => (words.has(value) ? null : complaint));
  }
  if (node.pattern !== undefined) {
    const pattern = new RegExp(node.pattern);
    const complaint = complain(`text like ${node.pattern}`);
    tests.push((value) => (typeof value !== 'string' || pattern.test(value) ? null : complaint));
  }
  const { minimum = -Infinity, maximum = Infinity } = node;
  if (node.minimum !== undefined || node.maximum !== undefined) {
    tests.push((value) => {
      if (typeof value !== 'number') return null;
      return value < minimum
        ? complain(`at least ${minimum}`)
        : value > maximum
          ? complain(`at most ${maximum}`)
          : null;
    });
  }
  return tests;
}
