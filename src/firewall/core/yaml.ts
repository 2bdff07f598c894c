/**
 * YAML that no reader takes for something else, also one of YAML 1.1: every string in double quotes, keys plain
 * only where no version reads a number or a boolean into them, no anchors, no folded lines.
 */
import { Document, isScalar, visit } from 'yaml';

export type Yaml = string | number | boolean | readonly Yaml[] | { readonly [key: string]: Yaml };

/** Keys that every YAML reads as text; the rest is quoted (`y`, `on`, `null`, `a.b/c`, and `e0`, to some a number). */
const PLAIN_KEY = /^(?!(?:yes|no|on|off|true|false|null)$)[A-Za-z]{2}[A-Za-z0-9]*$/i;

/** One document each, after a `---` line. */
export function toYaml(documents: readonly { readonly [key: string]: Yaml }[]): string {
  return documents
    .map((value) => {
      const document = new Document(value, { aliasDuplicateObjects: false });
      visit(document, {
        Pair(_, { key }) {
          if (isScalar<string>(key) && !PLAIN_KEY.test(key.value)) key.type = 'QUOTE_DOUBLE';
        },
      });
      const options = { lineWidth: 0, defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN' } as const;
      return `---\n${document.toString(options)}`;
    })
    .join('');
}
