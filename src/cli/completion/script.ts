/** What the three scripts have in common: which words lead where, and short texts. */
import { every, type CommandNode, type OptionEntry } from './tree.js';

const MAX_TEXT = 70;

/** In single quotes of any of the three shells once `'` is gone; one line, the first clause. */
export function brief(text: string): string {
  const [clause = ''] = text.split(/[;:](?: |$)|\n/);
  const plain = clause.replaceAll(/['\\`]/g, '’').trim();
  return plain.length <= MAX_TEXT ? plain : `${plain.slice(0, plain.lastIndexOf(' ', MAX_TEXT))} …`;
}

/** `<path>:<word>`, and the path behind it. */
export function steps(root: CommandNode): readonly (readonly [step: string, path: string])[] {
  return [...every(root)].flatMap(({ path, children }) =>
    children.map((child) => [`${path.join(' ')}:${child.path.at(-1) ?? ''}`, child.path.join(' ')] as const),
  );
}

/** All names of options with a value, with what may stand behind them. */
export function valued(node: CommandNode): readonly (OptionEntry & { readonly value: object })[] {
  return node.options.flatMap((option) => (option.value === null ? [] : [{ ...option, value: option.value }]));
}

/** All that may stand as a word of its own. */
export function wordsOf({ values, children }: CommandNode): readonly string[] {
  return [
    ...children.map(({ path }) => path.at(-1) ?? ''),
    ...values.flatMap((value) => (value.kind === 'words' ? value.words : [])),
  ];
}

export const takesFiles = ({ values }: CommandNode): boolean => values.some(({ kind }) => kind === 'file');
