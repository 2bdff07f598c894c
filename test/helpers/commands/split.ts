/** A command line as a shell takes it apart: simple commands, each a list of words. */
import { parse } from 'shell-quote';

/** Words that open or close a compound command, or stand before a simple one. */
const KEYWORDS = new Set(['do', 'done', 'then', 'fi', 'time', 'exec']);

/** Redirections are left out with what they name; expansions stand as `$` and what was expanded. */
export function simpleCommands(line: string): readonly (readonly string[])[] {
  const commands: string[][] = [];
  let words: string[] = [];
  let redirected = false;
  const end = (): void => {
    if (words.length > 0) commands.push(words);
    words = [];
  };
  // What a substitution gives is a word of its own; its inside is looked at as well.
  const inner: string[] = [];
  const flat = line.replaceAll(/\$\(([^()]*)\)/g, (_, inside: string) => {
    inner.push(inside);
    return 'EXPANDED';
  });
  for (const token of parse(flat, (name: string) => `$${name}`)) {
    if (typeof token === 'string') {
      if (redirected) redirected = false;
      else words.push(token);
    } else if ('comment' in token) break;
    else if (token.op === 'glob') words.push('pattern' in token ? token.pattern : '');
    else if (['<', '>', '>>', '>&', '<('].includes(token.op)) {
      // `2>`: the number belongs to the redirection.
      if (/^[012]$/.test(words.at(-1) ?? '')) words.pop();
      redirected = true;
    } else end();
  }
  end();
  return [...commands.flatMap(withoutKeywords), ...inner.flatMap(simpleCommands)];
}

function withoutKeywords(words: readonly string[]): readonly (readonly string[])[] {
  const [first = '', ...rest] = words;
  if (first === 'for') return [];
  if (KEYWORDS.has(first)) return rest.length === 0 ? [] : withoutKeywords(rest);
  return [words];
}
