/**
 * A small JSON reader that takes and refuses what the Agent's JSON library does by default: text behind the first
 * value is ignored, comments, single quotes and trailing commas pass, 32 levels at most, integers differ from
 * fractions. Total on any input; strings stay latin1 as received except for escapes.
 */
export type Json =
  | { readonly type: 'object'; readonly entries: ReadonlyMap<string, Json> }
  | { readonly type: 'array'; readonly items: readonly Json[] }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'int' | 'double'; readonly value: number }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'null' };

const DEPTH_MAX = 32;

/** The first value of the text, or null when it is not JSON. A NUL byte ends the text, as in C. */
export function readJson(text: string): Json | null {
  const end = text.indexOf('\0');
  return new Reader(end < 0 ? text : text.slice(0, end)).value(0);
}

/** Member of an object, or null when it is absent or `json` is no object. */
export function member(json: Json | null, key: string): Json | null {
  return json?.type === 'object' ? (json.entries.get(key) ?? null) : null;
}

export function stringMember(json: Json | null, key: string): string | null {
  const value = member(json, key);
  return value?.type === 'string' ? value.value : null;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): Json | null {
    if (depth >= DEPTH_MAX) return null;
    this.#skipSpace();
    const first = this.#text[this.#at];
    if (first === '{') return this.#object(depth);
    if (first === '[') return this.#array(depth);
    if (first === '"' || first === "'") {
      const value = this.#string();
      return value === null ? null : { type: 'string', value };
    }
    return this.#literal();
  }

  #object(depth: number): Json | null {
    const entries = new Map<string, Json>();
    this.#at += 1;
    for (;;) {
      this.#skipSpace();
      if (this.#take('}')) return { type: 'object', entries };
      const key = this.#string();
      if (key === null) return null;
      this.#skipSpace();
      if (!this.#take(':')) return null;
      const value = this.value(depth + 1);
      if (value === null) return null;
      entries.set(key, value);
      this.#skipSpace();
      if (this.#take('}')) return { type: 'object', entries };
      if (!this.#take(',')) return null;
    }
  }

  #array(depth: number): Json | null {
    const items: Json[] = [];
    this.#at += 1;
    for (;;) {
      this.#skipSpace();
      if (this.#take(']')) return { type: 'array', items };
      const value = this.value(depth + 1);
      if (value === null) return null;
      items.push(value);
      this.#skipSpace();
      if (this.#take(']')) return { type: 'array', items };
      if (!this.#take(',')) return null;
    }
  }

  #string(): string | null {
    const quote = this.#text[this.#at];
    if (quote !== '"' && quote !== "'") return null;
    let out = '';
    let at = this.#at + 1;
    for (;;) {
      const char = this.#text[at];
      if (char === undefined) return null;
      if (char === quote) {
        this.#at = at + 1;
        return out;
      }
      if (char !== '\\') {
        out += char;
        at += 1;
        continue;
      }
      const escaped = readEscape(this.#text, at + 1);
      if (escaped === null) return null;
      out += escaped.value;
      at = escaped.end;
    }
  }

  #literal(): Json | null {
    const rest = this.#text.slice(this.#at, this.#at + 64);
    const word = /^(true|false|null)/i.exec(rest)?.[1];
    if (word !== undefined) {
      this.#at += word.length;
      const lower = word.toLowerCase();
      return lower === 'null' ? { type: 'null' } : { type: 'boolean', value: lower === 'true' };
    }
    const number = /^-?\d+(\.\d*)?([eE][+-]?\d+)?/.exec(rest);
    if (number === null) return null;
    this.#at += number[0].length;
    const isInt = number[1] === undefined && number[2] === undefined;
    return { type: isInt ? 'int' : 'double', value: Number(number[0]) };
  }

  #skipSpace(): void {
    const space = /(?:[ \t\n\v\f\r]+|\/\*[^]*?\*\/|\/\/[^\n]*\n)*/y;
    space.lastIndex = this.#at;
    this.#at += space.exec(this.#text)?.[0].length ?? 0;
  }

  #take(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at += 1;
    return true;
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

function readEscape(text: string, at: number): { readonly value: string; readonly end: number } | null {
  const char = text[at];
  if (char === undefined) return null;
  const simple = ESCAPES[char];
  if (simple !== undefined) return { value: simple, end: at + 1 };
  const hex = char === 'u' ? /^[0-9a-fA-F]{4}/.exec(text.slice(at + 1, at + 5))?.[0] : undefined;
  return hex === undefined ? null : { value: String.fromCharCode(Number.parseInt(hex, 16)), end: at + 5 };
}
