/**
 * A small part of HCL, the language of Terraform and OpenTofu: blocks, and attributes that are plain strings, whole
 * numbers, null, lists of strings, maps of strings, one reference, or a text of several lines. Written as
 * `terraform fmt` writes it. The value has the form that HCL's own JSON syntax gives it: blocks are lists of
 * objects, an expression is a string `${...}`. Source: HCL native syntax specification; Terraform style conventions.
 */
import { InvariantError } from '../../model/errors.js';

export type Hcl = string | number | null | readonly string[] | readonly HclBody[] | { readonly [key: string]: string };
export interface HclBody {
  readonly [name: string]: Hcl;
}
/** Top level: block type, labels, and the body as the only item of a list. */
export interface HclFile {
  readonly [type: string]: HclBlocks;
}
export interface HclBlocks {
  readonly [label: string]: HclBlocks | readonly [HclBody];
}

/** No escapes: what would need one is refused. `${` and `%{` start a template. */
export const PLAIN = /^(?:[^"\\\x00-\x1f\x7f-\uffff$%]|[$%](?!\{))*$/;
/** References, type expressions, and nothing that calls or computes. */
export const EXPRESSION = /^(?!(?:true|false|null)$)[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*$|^map\(string\)$/;
export const TEXT_LINE = /^(?:[^\\\x00-\x1f\x7f-\uffff$%]|[$%](?!\{))+$/;

function quoted(text: string): string {
  if (!PLAIN.test(text)) throw new InvariantError(`${JSON.stringify(text.slice(0, 60))} cannot stand in HCL`);
  return `"${text}"`;
}

/** `var.x` as the value of an attribute. */
export function expression(text: string): string {
  return `\${${text}}`;
}

function asExpression(value: string): string | null {
  const match = /^\$\{(.*)\}$/.exec(value);
  return match?.[1] !== undefined && EXPRESSION.test(match[1]) ? match[1] : null;
}

function isBlocks(value: Hcl): value is readonly HclBody[] {
  return Array.isArray(value) && value.length > 0 && typeof value[0] === 'object';
}

function scalar(value: string | number | null): string {
  return typeof value === 'string' ? (asExpression(value) ?? quoted(value)) : String(value);
}

/** On one line, or null for what needs several. */
function short(value: Hcl): string | null {
  if (value === null || typeof value === 'number') return scalar(value);
  if (typeof value === 'string') return value.endsWith('\n') ? null : scalar(value);
  if (isBlocks(value)) return null;
  if (Array.isArray(value)) return `[${(value as readonly string[]).map(quoted).join(', ')}]`;
  return Object.keys(value).length === 0 ? '{}' : null;
}

function aligned(rows: readonly (readonly [string, string])[], indent: string): string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${indent}${name.padEnd(width)} = ${value}`);
}

function long(name: string, value: Hcl, indent: string): string[] {
  if (typeof value === 'string') {
    const lines = value.split('\n').slice(0, -1);
    const bad = lines.find((line) => !TEXT_LINE.test(line));
    if (bad !== undefined) throw new InvariantError(`${JSON.stringify(bad.slice(0, 60))} cannot stand in HCL`);
    return [`${indent}${name} = <<-EOT`, ...lines.map((line) => `${indent}  ${line}`), `${indent}EOT`];
  }
  if (isBlocks(value))
    return value.flatMap((item, index) => [
      ...(index === 0 ? [] : ['']),
      `${indent}${name} {`,
      ...body(item, `${indent}  `),
      `${indent}}`,
    ]);
  const rows = Object.entries(value as Record<string, string>).map(
    ([key, item]) => [quoted(key), scalar(item)] as const,
  );
  return [`${indent}${name} = {`, ...aligned(rows, `${indent}  `), `${indent}}`];
}

/** Attributes of one line stand together and aligned; everything longer has empty lines around it. */
function body(value: HclBody, indent: string): string[] {
  const parts: string[][] = [];
  let together: [string, string][] = [];
  const close = (): void => {
    if (together.length > 0) parts.push(aligned(together, indent));
    together = [];
  };
  for (const [name, item] of Object.entries(value)) {
    const line = short(item);
    if (line !== null) together.push([name, line]);
    else {
      close();
      parts.push(long(name, item, indent));
    }
    // What decides how many there are stands apart.
    if (name === 'for_each') close();
  }
  close();
  return parts.flatMap((part, index) => (index === 0 ? part : ['', ...part]));
}

function topLevel(type: string, labels: readonly string[], value: HclBlocks | readonly [HclBody]): string[] {
  if (!Array.isArray(value))
    return Object.entries(value as HclBlocks).flatMap(([label, item]) => topLevel(type, [...labels, label], item));
  const head = [type, ...labels.map(quoted)].join(' ');
  return (value as readonly HclBody[]).map((item) => `${head} {\n${body(item, '  ').join('\n')}\n}\n`);
}

export function toHcl(file: HclFile): string {
  return Object.entries(file)
    .flatMap(([type, blocks]) => topLevel(type, [], blocks))
    .join('\n');
}
