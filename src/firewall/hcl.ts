/**
 * A small part of HCL, the language of Terraform and OpenTofu: blocks, and attributes that are plain strings, whole
 * numbers, null, lists of strings, maps of strings, one reference, or a text of several lines. Written as
 * `terraform fmt` writes it. The value has the form that HCL's own JSON syntax gives it: blocks are lists of
 * objects, an expression is a string `${...}`. Source: HCL native syntax specification; Terraform style conventions.
 */
import { InvariantError } from '../model/errors.js';

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
const PLAIN = /^(?:[^"\\\x00-\x1f\x7f-\uffff$%]|[$%](?!\{))*$/;
const WORD = /^[a-z][a-z0-9_]*$/;
/** References, type expressions, and nothing that calls or computes. */
const EXPRESSION = /^(?!(?:true|false|null)$)[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*$|^map\(string\)$/;
const TEXT_LINE = /^(?:[^\\\x00-\x1f\x7f-\uffff$%]|[$%](?!\{))+$/;

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

class Reader {
  readonly #lines: readonly string[];
  #at = 0;
  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  #fail(what: string): never {
    throw new SyntaxError(`line ${String(this.#at + 1)} ${what}`);
  }

  /** The next line that is not empty, without its indentation. */
  #next(): string {
    while (this.#lines[this.#at] === '') this.#at++;
    const line = this.#lines[this.#at];
    if (line === undefined) this.#fail('is missing');
    this.#at++;
    return line.trimStart();
  }

  #text(token: string): string {
    const match = /^"(.*)"$/.exec(token);
    if (match?.[1] === undefined || !PLAIN.test(match[1])) this.#fail(`holds ${JSON.stringify(token.slice(0, 60))}`);
    return match[1];
  }

  #scalar(token: string): string | number | null {
    if (token === 'null') return null;
    if (/^(?:0|[1-9]\d{0,14})$/.test(token)) return Number(token);
    return EXPRESSION.test(token) ? expression(token) : this.#text(token);
  }

  #heredoc(): string {
    const lines: string[] = [];
    for (;;) {
      const line = this.#lines[this.#at++]?.trimStart();
      if (line === undefined || (line !== 'EOT' && !TEXT_LINE.test(line))) this.#fail('is no line of a text');
      if (line === 'EOT') return lines.map((row) => `${row}\n`).join('');
      lines.push(line);
    }
  }

  #map(): Record<string, string> {
    const rows: Record<string, string> = {};
    for (let line = this.#next(); line !== '}'; line = this.#next()) {
      const match = /^("[^"]*") *= (.+)$/.exec(line);
      const value = this.#scalar(match?.[2] ?? '');
      if (typeof value !== 'string') this.#fail('is no row of a map');
      this.#set(rows, this.#text(match?.[1] ?? ''), value);
    }
    return rows;
  }

  #list(inside: string): readonly string[] {
    return inside === '' ? [] : inside.split(', ').map((token) => this.#text(token));
  }

  #value(token: string): Hcl {
    if (token === '{') return this.#map();
    if (token === '{}') return {};
    if (token === '<<-EOT') return this.#heredoc();
    const inside = /^\[(.*)\]$/.exec(token)?.[1];
    return inside === undefined ? this.#scalar(token) : this.#list(inside);
  }

  #set(row: object, name: string, value: unknown): void {
    if (Object.hasOwn(row, name)) this.#fail(`has ${JSON.stringify(name)} twice`);
    Object.defineProperty(row, name, { value, enumerable: true });
  }

  #body(): HclBody {
    const row: Record<string, Hcl> = {};
    for (let line = this.#next(); line !== '}'; line = this.#next()) {
      const block = /^([a-z][a-z0-9_]*) \{$/.exec(line)?.[1];
      const attribute = /^([a-z][a-z0-9_]*) *= (.+)$/.exec(line);
      if (block !== undefined) {
        const before = Object.hasOwn(row, block) ? row[block] : [];
        if (!Array.isArray(before)) this.#fail(`has ${block} as an attribute, too`);
        Object.defineProperty(row, block, {
          value: [...(before as readonly HclBody[]), this.#body()],
          enumerable: true,
          configurable: true,
        });
      } else if (attribute?.[1] === undefined) this.#fail('is no attribute and no block');
      else this.#set(row, attribute[1], this.#value(attribute[2] ?? ''));
    }
    return row;
  }

  file(): HclFile {
    const found: Record<string, HclBlocks> = {};
    while (this.#at < this.#lines.length) {
      const line = this.#next();
      const match = /^([a-z]+)((?: "[^"]+"){1,2}) \{$/.exec(line);
      if (match?.[1] === undefined) this.#fail('starts no block');
      const labels = (match[2] ?? '')
        .trim()
        .split(' ')
        .map((token) => this.#text(token));
      let place: object = found;
      for (const label of [match[1], ...labels.slice(0, -1)]) {
        if (!Object.hasOwn(place, label)) this.#set(place, label, {});
        const inner = (place as Record<string, unknown>)[label];
        if (typeof inner !== 'object' || inner === null || Array.isArray(inner))
          this.#fail('has other labels than before');
        place = inner;
      }
      if (!labels.every((label) => WORD.test(label))) this.#fail('has a label that is no identifier');
      this.#set(place, labels.at(-1) ?? '', [this.#body()]);
    }
    return found;
  }
}

/** Reads what toHcl writes, after comment lines at the top. Throws SyntaxError for anything else. */
export function readHcl(content: string): HclFile {
  const lines = content.split('\n');
  if (lines.pop() !== '') throw new SyntaxError('no final newline');
  const start = lines.findIndex((line) => !line.startsWith('#'));
  if (start === -1) throw new SyntaxError('holds nothing');
  const file = new Reader(lines.slice(start)).file();
  if (Object.keys(file).length === 0) throw new SyntaxError('holds nothing');
  return file;
}
