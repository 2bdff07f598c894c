/** Reads what `targets/pfsense.ts` writes, and nothing else. */
import type { RenderedFile } from '../../src/model/allow-list.js';
import { type FileGrammar, some, line, lineOracle } from './reader.js';
import { MARKER } from '../../src/firewall/core/names.js';
import { ALIAS, takeMember } from './sense-aliases.js';
import type { Oracle } from './oracle.js';

/** The name of the alias is the name of the file: text for the import has no place for it. */
function grammarOf(file: RenderedFile): FileGrammar | null {
  const alias = new RegExp(`^${MARKER}\\.pfsense\\.(${ALIAS})\\.txt$`).exec(file.name)?.[1];
  if (alias === undefined) return null;
  if (alias.endsWith('_ports'))
    return {
      comment: null,
      rule: some(
        line(`(\\d{1,5}) ${MARKER}`, (facts, port) => {
          facts.use('alias', alias.replace(/_ports$/, ''));
          facts.rule(alias.replace(/_ports$/, ''), [port]);
        }),
      ),
    };
  return {
    comment: null,
    rule: some(
      line(`([0-9a-z.:/-]{2,253}) ${MARKER}`, (facts, member) => {
        if (facts.current !== alias) facts.define('alias', alias);
        facts.current = alias;
        takeMember(facts, alias, member);
      }),
    ),
  };
}

export const pfsense: Oracle = lineOracle(grammarOf, false);
