/** Holds untrusted JSON against the schema, without a schema library at run time. Stops at the first complaint. */
import type { SchemaNode } from './build.js';

export interface Complaint {
  /** `observations[3].failure.kind`. */
  readonly path: string;
  readonly expected: string;
}

export type Definitions = Readonly<Record<string, SchemaNode>>;

/** Follows a reference; `{}` (anything goes) for one that leads nowhere, which a test excludes. */
export function deref(node: SchemaNode, definitions: Definitions): SchemaNode {
  return node.$ref === undefined ? node : (definitions[node.$ref.slice('#/$defs/'.length)] ?? {});
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function typeFits(type: NonNullable<SchemaNode['type']>, value: unknown): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isRecord(value);
    case 'integer':
      return Number.isInteger(value);
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    case 'string':
    case 'boolean':
      return typeof value === type;
    default:
      return false;
  }
}

/** The field that tells the members of a union apart: fixed in every member, or an enumeration beside fixed ones. */
function memberFor(members: readonly SchemaNode[], value: unknown, definitions: Definitions): SchemaNode | null {
  if (!isRecord(value)) return null;
  for (const name of ['operation', 'kind', 'outcome']) {
    const given = value[name];
    if (given === undefined) continue;
    const member = members.find((candidate) => {
      const property = deref(candidate, definitions).properties?.[name];
      return property?.const === given || (typeof given === 'string' && property?.enum?.includes(given) === true);
    });
    if (member !== undefined) return deref(member, definitions);
  }
  return null;
}

/** The branch of a node that describes this value; null if none does. */
export function branch(node: SchemaNode, value: unknown, definitions: Definitions): SchemaNode | null {
  const target = deref(node, definitions);
  if (target.oneOf !== undefined) return memberFor(target.oneOf, value, definitions);
  if (target.anyOf === undefined) return target;
  for (const candidate of target.anyOf) {
    const option = deref(candidate, definitions);
    const inner = option.oneOf === undefined ? option : memberFor(option.oneOf, value, definitions);
    if (inner !== null && (inner.type === undefined || typeFits(inner.type, value))) return inner;
  }
  return null;
}

function scalarComplaint(node: SchemaNode, value: unknown, path: string): Complaint | null {
  if (node.const !== undefined && value !== node.const) return { path, expected: JSON.stringify(node.const) };
  if (node.enum !== undefined && !node.enum.includes(value as string | number)) {
    return { path, expected: `one of ${node.enum.slice(0, 8).join(', ')}${node.enum.length > 8 ? ', …' : ''}` };
  }
  if (typeof value === 'string' && node.pattern !== undefined && !new RegExp(node.pattern).test(value)) {
    return { path, expected: `text like ${node.pattern}` };
  }
  if (typeof value === 'number') {
    if (node.minimum !== undefined && value < node.minimum) return { path, expected: `at least ${node.minimum}` };
    if (node.maximum !== undefined && value > node.maximum) return { path, expected: `at most ${node.maximum}` };
  }
  return null;
}

/** The schema of one field; null for a field that the schema does not know. */
export function field(node: SchemaNode, name: string): SchemaNode | undefined {
  const { properties } = node;
  return properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : node.additionalProperties;
}

export function check(node: SchemaNode, value: unknown, definitions: Definitions, path = ''): Complaint | null {
  const target = branch(node, value, definitions);
  if (target === null) return { path, expected: 'another shape' };
  if (target.type !== undefined && !typeFits(target.type, value)) return { path, expected: target.type };
  const scalar = scalarComplaint(target, value, path);
  if (scalar !== null) return scalar;
  if (Array.isArray(value)) return checkArray(target, value, definitions, path);
  if (isRecord(value)) return checkObject(target, value, definitions, path);
  return null;
}

function checkArray(
  node: SchemaNode,
  value: readonly unknown[],
  definitions: Definitions,
  path: string,
): Complaint | null {
  if (value.length < (node.minItems ?? 0)) return { path, expected: `at least ${node.minItems} items` };
  if (value.length > (node.maxItems ?? Infinity)) return { path, expected: `at most ${node.maxItems} items` };
  for (const [index, item] of value.entries()) {
    const schema = node.prefixItems?.[index] ?? node.items;
    const complaint = schema === undefined ? null : check(schema, item, definitions, `${path}[${index}]`);
    if (complaint !== null) return complaint;
  }
  return null;
}

/** Fields of later versions pass, but not as a nesting that would overflow the stack of whoever walks it. */
export const DEEPEST = 64;

export function isDeep(value: unknown, left: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return left === 0 || Object.values(value).some((item) => isDeep(item, left - 1));
}

function checkObject(
  node: SchemaNode,
  value: Readonly<Record<string, unknown>>,
  definitions: Definitions,
  path: string,
): Complaint | null {
  const join = (name: string): string => (path === '' ? name : `${path}.${name}`);
  for (const name of node.required ?? []) {
    if (!Object.hasOwn(value, name)) return { path: join(name), expected: 'to be there' };
  }
  for (const [name, item] of Object.entries(value)) {
    const schema = field(node, name);
    if (schema === undefined && isDeep(item, DEEPEST)) return { path: join(name), expected: 'less deeply nested' };
    const complaint = schema === undefined ? null : check(schema, item, definitions, join(name));
    if (complaint !== null) return complaint;
  }
  return null;
}
