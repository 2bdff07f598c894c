/** For formats whose lines stand by themselves: each line of the main files must be one of a grammar. */
import type { RenderedFile } from '../../src/model/allow-list.js';
import type { Oracle } from './oracle.js';

/** `comment` starts lines that mean nothing; scripts are judged by sh, not here. */
export function linesOf(grammar: readonly RegExp[], wanted: RegExp, comment = '#'): Oracle {
  return (files: readonly RenderedFile[]) =>
    files
      .filter((file) => wanted.test(file.name))
      .flatMap((file) =>
        file.content
          .split('\n')
          .filter((line) => line !== '' && !line.startsWith(comment) && !grammar.some((rule) => rule.test(line)))
          .map((line) => `${file.name}: not of our grammar: ${line}`),
      );
}
