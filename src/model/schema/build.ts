/**
 * The fields of every document, as JSON Schema (draft 2020-12). The description is the definition: the model's types are
 * derived from it, a word node has exactly the members of its union, and a nullable field says what null means.
 */

/** The subset of JSON Schema in use. */
export interface SchemaNode {
  readonly $ref?: string;
  readonly description?: string;
  readonly type?: 'string' | 'number' | 'integer' | 'boolean' | 'null' | 'object' | 'array';
  readonly const?: string | number | boolean;
  readonly enum?: readonly (string | number)[];
  readonly pattern?: string;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: SchemaNode;
  readonly items?: SchemaNode;
  readonly prefixItems?: readonly SchemaNode[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  /** Bytes as received, one character each: redaction keeps their length. */
  readonly 'x-raw'?: true;
  /** Our own word (an id, a key): redaction leaves it alone as long as it looks like one. */
  readonly 'x-own'?: true;
  /** Words of ours around what was observed: redaction makes no hole in them for a secret that is such a word. */
  readonly 'x-sentence'?: true;
}

/** A node that describes a T, neither more nor less (the phantom field makes it invariant). */
export type Schema<T> = SchemaNode & { readonly describes?: (value: T) => T };

export const text = (description: string): Schema<string> => ({ description, type: 'string' });

/** An id or key of ours, from a vocabulary that is open but never foreign. */
export const own = (description: string): Schema<string> => ({ description, type: 'string', 'x-own': true });

/** A sentence, a path or a term of ours, which may quote what was observed. */
export const sentence = (description: string): Schema<string> => ({ description, type: 'string', 'x-sentence': true });

/** Bytes from the wire as latin1. */
export const raw = (description: string): Schema<string> => ({ description, type: 'string', 'x-raw': true });

/** ISO 8601 in UTC, as Date.toISOString writes it. */
export const instant = (description: string): Schema<string> => ({
  description: `${description} ISO 8601, UTC.`,
  type: 'string',
  pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$',
});

export const number = (description: string): Schema<number> => ({ description, type: 'number' });
export const integer = (description: string, minimum?: number): Schema<number> => ({
  description,
  type: 'integer',
  ...(minimum === undefined ? {} : { minimum }),
});
/** Milliseconds, monotonic, since the run's zero. */
export const clock = (description: string): Schema<number> => ({
  description: `${description} Milliseconds since the run's zero, monotonic.`,
  type: 'number',
});
export const port = (description: string): Schema<number> => ({
  description,
  type: 'integer',
  minimum: 0,
  maximum: 65_535,
});
export const flag = (description: string): Schema<boolean> => ({ description, type: 'boolean' });

/** A closed vocabulary: each word with its meaning. */
export const words = <T extends string>(description: string, meanings: Readonly<Record<T, string>>): Schema<T> => {
  const entries = Object.entries(meanings) as [T, string][];
  return {
    description: `${description} ${entries.map(([word, meaning]) => `\`${word}\`: ${meaning}.`).join(' ')}`,
    type: 'string',
    enum: entries.map(([word]) => word),
  };
};

export const family = (description: string): Schema<4 | 6> => ({ description, type: 'integer', enum: [4, 6] });

/** A fixed value. */
export const fixed = <const T extends string | number | boolean>(value: T, description: string): Schema<T> => ({
  description,
  const: value,
});

/** `meaning` completes "null = …". */
export const nullable = <T>(schema: Schema<T>, meaning: string): Schema<T | null> => {
  const { description, ...bare } = schema;
  return { description: `${description ?? ''} null = ${meaning}.`, anyOf: [bare, { type: 'null' }] };
};

export const list = <T>(description: string, items: Schema<T>): Schema<readonly T[]> => ({
  description,
  type: 'array',
  items,
});

export const nonEmpty = <T>(description: string, items: Schema<T>): Schema<readonly [T, ...T[]]> => ({
  description,
  type: 'array',
  items,
  minItems: 1,
});

export const pair = <T>(description: string, first: Schema<T>, second: Schema<T>): Schema<readonly [T, T]> => ({
  description,
  type: 'array',
  prefixItems: [first, second],
  minItems: 2,
  maxItems: 2,
});

export const record = <T>(description: string, value: Schema<T>): Schema<Readonly<Record<string, T>>> => ({
  description,
  type: 'object',
  additionalProperties: value,
});

const LEFT_OUT = new WeakSet<SchemaNode>();

/** A field that reports may lack: it came later, or it is there only when it has something to say. */
export const optional = <T>(schema: Schema<T>): Schema<T | undefined> => {
  const node: SchemaNode = { ...schema };
  LEFT_OUT.add(node);
  return node;
};

/** What a node describes. */
export type Described<S> = S extends { readonly describes?: (value: infer T) => unknown } ? T : never;

type Nodes = Readonly<Record<string, SchemaNode>>;
type OptionalKeys<P> = { [K in keyof P]: undefined extends Described<P[K]> ? K : never }[keyof P];

/** What an object of such fields is. */
type Fields<P> = {
  readonly [K in Exclude<keyof P, OptionalKeys<P>>]: Described<P[K]>;
} & {
  readonly [K in OptionalKeys<P>]?: Exclude<Described<P[K]>, undefined>;
};
type Flat<T> = { [K in keyof T]: T[K] };

/** The description is the definition: the type of the value is derived from it. */
export const object = <const P extends Nodes>(description: string, properties: P): Schema<Flat<Fields<P>>> =>
  describing<Flat<Fields<P>>>(description, properties as never);

/** For a type that is defined elsewhere: exactly its fields. */
export const describing = <T extends object>(
  description: string,
  properties: { readonly [K in keyof T]-?: Schema<T[K]> },
): Schema<T> => ({
  description,
  type: 'object',
  properties,
  required: Object.entries<SchemaNode>(properties).flatMap(([name, node]) => (LEFT_OUT.has(node) ? [] : [name])),
});

/** One of several shapes, told apart by a fixed field; describes the union of what the members describe. */
export const oneOf = <const M extends readonly SchemaNode[]>(
  description: string,
  ...members: M
): Schema<Described<M[number]>> => ({ description, oneOf: members });

/** A definition elsewhere in the document, under `$defs`. */
export const refTo = <T>(name: string, schema: Schema<T>): Schema<T> => ({
  $ref: `#/$defs/${name}`,
  ...(schema.description === undefined ? {} : { description: schema.description }),
});
