/** Reads what `hcl.ts` writes, and nothing else. */
import {
  PLAIN,
  EXPRESSION,
  expression,
  TEXT_LINE,
  type Hcl,
  type HclBody,
  type HclFile,
  type HclBlocks,
} from '../../src/firewall/core/hcl.js';

const WORD = /^[a-z][a-z0-9_]*$/;

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
