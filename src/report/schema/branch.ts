/** Which part of the schema describes a value. */
import type { SchemaNode } from '../../model/schema/build.js';

export type Definitions = Readonly<Record<string, SchemaNode>>;

/** Follows a reference; `{}` (anything goes) for one that leads nowhere, which a test excludes. */
export function deref(node: SchemaNode, definitions: Definitions): SchemaNode {
  return node.$ref === undefined ? node : (definitions[node.$ref.slice('#/$defs/'.length)] ?? {});
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const TYPES: Readonly<Record<NonNullable<SchemaNode['type']>, (value: unknown) => boolean>> = {
  null: (value) => value === null,
  array: (value) => Array.isArray(value),
  object: isRecord,
  integer: (value) => Number.isInteger(value),
  number: (value) => typeof value === 'number' && Number.isFinite(value),
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
};

/** Fields that tell the members of a union apart: fixed in every member, or an enumeration beside fixed ones. */
export const DISCRIMINATORS = ['operation', 'kind', 'outcome'] as const;

function memberFor(members: readonly SchemaNode[], value: unknown, definitions: Definitions): SchemaNode | null {
  if (!isRecord(value)) return null;
  for (const name of DISCRIMINATORS) {
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
    if (inner !== null && (inner.type === undefined || TYPES[inner.type](value))) return inner;
  }
  return null;
}

/** The schema of one field; null for a field that the schema does not know. */
export function field(node: SchemaNode, name: string): SchemaNode | undefined {
  const { properties } = node;
  return properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : node.additionalProperties;
}
