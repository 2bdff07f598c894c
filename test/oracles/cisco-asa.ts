/** Reads what `targets/cisco-asa.ts` writes, and nothing else. */
import { MARKER } from '../../src/firewall/core/names.js';
import { sequence, some, line, either, text, type FileGrammar, lineOracle } from './reader.js';
import { maskLength } from './destinations.js';
import type { Oracle } from './oracle.js';

const NAME = '[A-Za-z0-9][A-Za-z0-9_.-]{0,63}';

const GROUP = `${MARKER}(?:-[a-z0-9-]{1,54})?`;

const OBJECT = `${MARKER}-[a-z0-9_-]{1,55}`;

const NOTE = `${MARKER} [A-Za-z0-9.: -]{1,120}`;

const V4 = '\\d{1,3}(?:\\.\\d{1,3}){3}';

const V6 = '[0-9a-f:.]{2,39}';

const SOURCE = `(?:any[46]?|object-group ${NAME})`;

const PERMIT = `extended permit (?:tcp ${SOURCE} object-group (${GROUP}) eq (\\d{1,5})|(?:udp|tcp) ${SOURCE} object-group (${MARKER}-dns) eq 53)`;

const installRule = sequence(
  some(
    line(`object network (${OBJECT})`, (facts, name) => {
      facts.define('object', name);
      facts.current = name;
    }),
    either(
      line(' fqdn v[46] ([a-z0-9.-]{1,253})', (facts, host) => facts.host(facts.current, host)),
      line(` host (${V4}|${V6})`, (facts, address) => facts.prefix(facts.current, address)),
      line(` subnet (${V4}) (${V4})`, (facts, address, mask) =>
        facts.prefix(facts.current, `${address}/${maskLength(mask)}`, 4),
      ),
      line(` subnet (${V6}/\\d{1,3})`, (facts, prefix) => facts.prefix(facts.current, prefix, 6)),
    ),
    line(` description ${NOTE}`),
  ),
  some(
    line(`object-group network (${GROUP})`, (facts, name) => {
      facts.define('group', name);
      facts.current = name;
    }),
    text(` description ${MARKER} netdata cloud`),
    some(
      line(` network-object object (${OBJECT})`, (facts, name) => {
        facts.use('object', name);
        facts.member(facts.current, name);
      }),
    ),
  ),
  some(
    line(`access-list ${NAME} line \\d{1,5} ${PERMIT}`, (facts, name, port, dns) => {
      facts.use('group', name || dns);
      facts.toward(name || dns, port);
    }),
  ),
);

const uninstallRule = sequence(
  some(line(`no access-list ${NAME} ${PERMIT}`)),
  some(line(`no object-group network (${GROUP})`, (facts, name) => facts.remove('group', name))),
  some(line(`no object network (${OBJECT})`, (facts, name) => facts.remove('object', name))),
);

const GRAMMARS: Readonly<Record<string, FileGrammar>> = {
  install: { comment: '!', rule: installRule },
  uninstall: { comment: '!', rule: uninstallRule },
};

export const ciscoAsa: Oracle = lineOracle((file) => GRAMMARS[file.role ?? ''] ?? null);
