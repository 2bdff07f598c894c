/** Reads what `targets/opnsense.ts` writes, and nothing else. */
import { type Rule, sequence, line, text, some, type FileGrammar, lineOracle } from './reader.js';
import { ALIAS, takeMember } from './sense-aliases.js';
import { keyOf, DESCRIPTION, uninstallBody, installBody } from '../../src/firewall/targets/opnsense.js';
import { scriptRule } from './haproxy.js';
import type { Oracle } from './oracle.js';

/** One alias of the document; `last` has no comma behind it. */
function alias(last: boolean): Rule {
  return sequence(
    line('      "([0-9a-f-]{36})": \\{', (facts, key) => {
      facts.current = key;
    }),
    text('        "enabled": "1",'),
    line(`        "name": "(${ALIAS})",`, (facts, name) => {
      facts.define('alias', name);
      if (facts.current !== keyOf(name)) facts.use('alias', `${name} under the key ${facts.current}`);
      facts.current = name;
    }),
    line('        "type": "(host|network|port)",', (facts, type) => {
      if ((type === 'port') !== facts.current.endsWith('_ports')) facts.use('alias', `${facts.current} as ${type}`);
    }),
    line('        "content": "([0-9a-z.:/-]+(?:\\\\n[0-9a-z.:/-]+)*)",', (facts, content) => {
      const items = content.split('\\n');
      if (facts.current.endsWith('_ports')) {
        const hosts = facts.current.replace(/_ports$/, '');
        facts.use('alias', hosts);
        facts.rule(hosts, items);
      } else for (const item of items) takeMember(facts, facts.current, item);
    }),
    text(`        "description": "${DESCRIPTION}"`),
    text(last ? '      }' : '      },'),
  );
}

const JSON_RULE: Rule = sequence(
  text('{'),
  text('  "aliases": {'),
  text('    "alias": {'),
  some(alias(false)),
  alias(true),
  text('    }'),
  text('  }'),
  text('}'),
);

/** The one line of the script that differs: which aliases go. */
const UNINSTALL: Rule = (cursor) => {
  const entry = cursor.lines.find((row) => row.startsWith('for alias in '));
  const names = /^for alias in (.*); do$/.exec(entry ?? '')?.[1]?.split(' ') ?? [];
  const sane = names.every((name) => new RegExp(`^${ALIAS}$`).test(name));
  if (!sane || !scriptRule('uninstall', uninstallBody(names))(cursor)) return false;
  for (const name of names) cursor.facts.use('alias', name);
  return true;
};

const GRAMMARS: Readonly<Record<string, FileGrammar>> = {
  rules: { comment: null, rule: JSON_RULE },
  install: { comment: '#', script: true, rule: scriptRule('install', installBody()) },
  uninstall: { comment: '#', script: true, rule: UNINSTALL },
};

export const opnsense: Oracle = lineOracle((file) => GRAMMARS[file.role ?? 'rules'] ?? null, false);
