/**
 * Holds untrusted JSON against the schema, without a schema library at run time: the schema as a chain of functions,
 * made once, because a merge holds thousands of documents against it. The first complaint ends it; its path is put
 * together on the way out, so that a good document pays nothing for it.
 */
import { type Definitions, deref, DISCRIMINATORS, isRecord, TYPES } from './branch.js';
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

/** A test that is made on first use, so that references may be circular; made once, because many lead to it. */
interface Slot {
  test: Validator;
}

/** Most fields are null or of a bare type: those need no call. JSON has no number but `1e999` that is none. */
interface Field {
  readonly nullable: boolean;
  readonly any: 'string' | 'boolean' | 'number' | null;
  readonly slot: Slot;
  readonly counts: 0 | 1;
}

export function validator(schema: SchemaNode, definitions: Definitions): Validator {
  const made = new Map<SchemaNode, Slot>();
  const of = (node: SchemaNode): Slot => {
    const target = deref(node, definitions);
    const known = made.get(target);
    if (known !== undefined) return known;
    const slot: Slot = { test: (value) => (slot.test = make(target))(value) };
    made.set(target, slot);
    return slot;
  };

  const make = (node: SchemaNode): Validator => {
    if (node.oneOf !== undefined) return union(node.oneOf);
    if (node.anyOf !== undefined) return alternatives(node.anyOf);
    if (node.type === 'object') return object(node);
    const tests: Validator[] = [];
    // A value that is one of these words is of their type.
    if (node.type !== undefined && node.const === undefined && node.enum === undefined) {
      const { [node.type]: fits } = TYPES;
      const complaint = complain(node.type);
      tests.push((value) => (fits(value) ? null : complaint));
    }
    tests.push(...scalars(node));
    if (node.items !== undefined || node.prefixItems !== undefined || node.minItems !== undefined)
      tests.push(array(node));
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
      const table = new Map<unknown, Slot>();
      for (const member of members) {
        const property = deref(member, definitions).properties?.[name];
        const words = property?.enum ?? (property?.const === undefined ? [] : [property.const]);
        for (const word of words) if (!table.has(word)) table.set(word, of(member));
      }
      return [name, table] as const;
    }).filter(([, table]) => table.size > 0);
    return (value) => {
      if (!isRecord(value)) return ANOTHER_SHAPE;
      for (const [name, table] of tables) {
        const member = table.get(value[name]);
        if (member !== undefined) return member.test(value);
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
      for (const [fits, option] of list) if (fits(value)) return option.test(value);
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
        const complaint = (prefix[i] ?? items)?.test(value[i]) ?? null;
        if (complaint !== null) return within(`[${i}]`, complaint);
      }
      return null;
    };
  };

  const fieldOf = (node: SchemaNode, required: boolean): Field => {
    const options = node.anyOf?.map((option) => deref(option, definitions)) ?? [];
    const [other, ...more] = options.filter(({ type }) => type !== 'null');
    const nullable = options.length === 2 && other !== undefined && more.length === 0;
    const target = nullable ? other : deref(node, definitions);
    const { type } = target;
    const any =
      (type === 'string' || type === 'boolean' || type === 'number') && scalars(target).length === 0 ? type : null;
    return { nullable, any, slot: of(target), counts: required ? 1 : 0 };
  };

  const object = (node: SchemaNode): Validator => {
    const required = new Set(node.required ?? []);
    const known = new Map(
      Object.entries(node.properties ?? {}).map(([name, child]) => [name, fieldOf(child, required.has(name))]),
    );
    const others = node.additionalProperties === undefined ? null : of(node.additionalProperties);
    const notObject = complain('object');
    return (fields) => {
      if (!isRecord(fields)) return notObject;
      // What must be there is counted on the way: which field is missing is asked only when one is.
      let met = 0;
      // oxlint-disable-next-line guard-for-in -- it comes from JSON: nothing is inherited, and this makes no list
      for (const name in fields) {
        const part = fields[name];
        const field = known.get(name);
        if (field === undefined) {
          const complaint = others === null ? null : others.test(part);
          if (complaint !== null) return within(name, complaint);
          if (others === null && isDeep(part, DEEPEST)) return { path: name, expected: 'less deeply nested' };
          continue;
        }
        met += field.counts;
        if (part === null ? field.nullable : typeof part === field.any && part !== Infinity && part !== -Infinity)
          continue;
        const complaint = field.slot.test(part);
        if (complaint !== null) return missing(required, fields) ?? within(name, complaint);
      }
      return met === required.size ? null : missing(required, fields);
    };
  };

  return (value) => of(schema).test(value);
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
