/**
 * A small part of YAML that cannot be misread: block mappings and sequences, every string in double quotes (a
 * JSON string is one), plain whole numbers and booleans, no anchors, tags, plain strings or flow collections but
 * the empty ones. The reader takes exactly that and nothing else. Source: YAML 1.2.2, chapters 7.3.1 and 8.2.
 */
export type Yaml = string | number | boolean | readonly Yaml[] | { readonly [key: string]: Yaml };

/** Keys that every YAML reads as text; the rest is quoted (`y`, `on`, `null`, `a.b/c`, and `e0`, to some a number). */
const PLAIN_KEY = /^[A-Za-z]{2}[A-Za-z0-9]*$/;
/** What stands alone behind a key or dash: JSON as it is. */
const SCALAR = /^(?:true|false|-?(?:0|[1-9]\d{0,14})|\{\}|\[\]|"(?:[^"\\]|\\.)*")$/;
const RESERVED = /^(?:yes|no|on|off|true|false|null)$/i;

function key(name: string): string {
  return PLAIN_KEY.test(name) && !RESERVED.test(name) ? name : quoted(name);
}

function quoted(text: string): string {
  return JSON.stringify(text).replace(/[\x7f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** On the line of its key or dash, or null for what needs lines of its own. */
function inline(value: Yaml): string | null {
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return value.length === 0 ? '[]' : null;
  return Object.keys(value).length === 0 ? '{}' : null;
}

function block(value: Yaml, indent: string): string[] {
  if (Array.isArray(value))
    return (value as readonly Yaml[]).flatMap((item) => {
      const short = inline(item);
      if (short !== null) return [`${indent}- ${short}`];
      const [first = '', ...rest] = block(item, `${indent}  `);
      return [`${indent}- ${first.slice(indent.length + 2)}`, ...rest];
    });
  return Object.entries(value as Record<string, Yaml>).flatMap(([name, item]) => {
    const short = inline(item);
    return short === null
      ? [`${indent}${key(name)}:`, ...block(item, `${indent}  `)]
      : [`${indent}${key(name)}: ${short}`];
  });
}

/** One document each, after a `---` line. */
export function toYaml(documents: readonly { readonly [key: string]: Yaml }[]): string {
  return documents.map((document) => `---\n${block(document, '').join('\n')}\n`).join('');
}

class Reader {
  readonly #lines: string[];
  #at = 0;
  constructor(lines: string[]) {
    this.#lines = lines;
  }

  #fail(what: string): never {
    throw new SyntaxError(`line ${String(this.#at + 1)} of a document ${what}`);
  }

  #scalar(text: string): Yaml {
    if (!SCALAR.test(text)) this.#fail(`holds ${JSON.stringify(text.slice(0, 60))}`);
    return JSON.parse(text) as Yaml;
  }

  /** The mapping or sequence that starts here. */
  value(indent: number): Yaml {
    return /^ *- /.test(this.#rest(indent)) ? this.#sequence(indent) : this.#mapping(indent);
  }

  #rest(indent: number): string {
    const line = this.#lines[this.#at] ?? '';
    if (!line.startsWith(' '.repeat(indent)) || line[indent] === ' ') this.#fail('is not indented as expected');
    return line.slice(indent);
  }

  #here(indent: number): boolean {
    const line = this.#lines[this.#at];
    if (line === undefined) return false;
    return line.search(/[^ ]/) >= indent;
  }

  #sequence(indent: number): Yaml {
    const items: Yaml[] = [];
    while (this.#here(indent)) {
      const rest = this.#rest(indent);
      if (!rest.startsWith('- ')) this.#fail('is no item');
      items.push(SCALAR.test(rest.slice(2)) ? this.#leaf(rest.slice(2)) : this.#item(indent));
    }
    return items;
  }

  #leaf(text: string): Yaml {
    const value = this.#scalar(text);
    this.#at++;
    return value;
  }

  /** A mapping or sequence that starts on the line of its dash: the dash becomes indentation. */
  #item(indent: number): Yaml {
    this.#lines[this.#at] = ' '.repeat(indent + 2) + (this.#lines[this.#at] ?? '').slice(indent + 2);
    return this.value(indent + 2);
  }

  #mapping(indent: number): Yaml {
    const row: Record<string, Yaml> = {};
    while (this.#here(indent)) {
      const match = /^([A-Za-z][A-Za-z0-9]+|"(?:[^"\\]|\\.)*"):(?: (.+))?$/.exec(this.#rest(indent));
      if (match === null) this.#fail('is no key with a value');
      const name = match[1]?.startsWith('"') === true ? (JSON.parse(match[1]) as string) : (match[1] ?? '');
      if (Object.hasOwn(row, name)) this.#fail(`has ${JSON.stringify(name)} twice`);
      if (match[2] !== undefined) Object.defineProperty(row, name, { value: this.#leaf(match[2]), enumerable: true });
      else {
        this.#at++;
        if (!this.#here(indent + 2)) this.#fail('has a key without a value');
        Object.defineProperty(row, name, { value: this.value(indent + 2), enumerable: true });
      }
    }
    return row;
  }

  document(): Yaml {
    if (this.#lines.length === 0) this.#fail('is missing');
    const value = this.value(0);
    if (this.#at < this.#lines.length) this.#fail('is left over');
    return value;
  }
}

/** Reads what toYaml writes, after comment lines at the top. Throws SyntaxError for anything else. */
export function readYaml(content: string): readonly Yaml[] {
  const lines = content.split('\n');
  if (lines.pop() !== '') throw new SyntaxError('no final newline');
  const start = lines.findIndex((line) => !line.startsWith('#'));
  const body = lines.slice(start);
  if (start === -1 || body[0] !== '---') throw new SyntaxError('does not start with ---');
  const documents: string[][] = [];
  for (const line of body)
    if (line === '---') documents.push([]);
    else documents.at(-1)?.push(line);
  return documents.map((rows) => new Reader(rows).document());
}
