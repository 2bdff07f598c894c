/**
 * HTML by construction: everything interpolated is escaped, unless it already is Markup. No attribute of ours ever
 * holds a URL from data, so escaping text and quoted attributes is enough.
 */
import { safeXml } from '../escape.js';

export class Markup {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

export type Part = string | number | Markup | null | readonly Part[];

function toSource(part: Part): string {
  if (part === null) return '';
  if (part instanceof Markup) return part.source;
  if (typeof part === 'string') return safeXml(part);
  if (typeof part === 'number') return String(part);
  return part.map(toSource).join('');
}

/** Template tag. Interpolations belong in text or inside double-quoted attributes. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(strings.reduce((out, text, index) => out + toSource(parts[index - 1] ?? null) + text));
}

export const NOTHING = new Markup('');

/** `when(x, () => html`…`)`: a part that is only there sometimes. */
export function when(condition: boolean, make: () => Markup): Markup {
  return condition ? make() : NOTHING;
}

/** Lines to be copied, escaped line by line so that only our own line ends are line ends. */
export function pre(text: string): Markup {
  const lines = text.split(/\r?\n/).map((line) => safeXml(line, 2000));
  return new Markup(`<pre><code>${lines.join('\n')}</code></pre>`);
}
