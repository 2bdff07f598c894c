/** Reads what `targets/vyos.ts` writes, and nothing else. */
import { either, line, lineOracle, many, sequence, some, type FileGrammar, type Rule } from './reader.js';

const GROUP = '(firewall group (?:domain|network|ipv6-network)-group (nd-allow(?:-[0-9a-z-]+)?))';
const RULE = '(firewall ipv[46] (?:forward|output) filter rule [1-9]\\d{0,5})';

const removal: Rule = sequence(
  some(line(`delete ${RULE}`, (facts, path) => facts.remove('rule', path))),
  some(line(`delete ${GROUP}`, (facts, path) => facts.remove('group', path))),
);
/** The deletes before the first set are not a counterpart: they make room. */
const room: Rule = sequence(some(line(`delete ${RULE}`)), some(line(`delete ${GROUP}`)));

const groups: Rule = some(
  line(`set ${GROUP} description 'nd-allow netdata cloud'`, (facts, path, name) => {
    facts.define('group', path);
    facts.current = name;
  }),
  some(
    either(
      line(`set firewall group domain-group \\S+ address '([a-z0-9.-]{1,253})'`, (facts, host) =>
        facts.host(facts.current, host),
      ),
      line(`set firewall group network-group \\S+ network '([0-9.]+/\\d{1,2})'`, (facts, prefix) =>
        facts.prefix(facts.current, prefix, 4),
      ),
      line(`set firewall group ipv6-network-group \\S+ network '([0-9a-f:]+/\\d{1,3})'`, (facts, prefix) =>
        facts.prefix(facts.current, prefix, 6),
      ),
    ),
  ),
);

const rule: Rule = sequence(
  line(`set ${RULE} description 'nd-allow (?:netdata cloud|dns)'`, (facts, path) => facts.define('rule', path)),
  line(`set ${RULE} action accept`),
  line(`set ${RULE} protocol tcp(?:_udp)?`),
  line(`set ${RULE} destination group (?:domain|network)-group (nd-allow\\S*)`, (facts, _path, name) => {
    facts.current = name;
  }),
  line(`set ${RULE} destination port (\\d{1,5}(?:,\\d{1,5})*)`, (facts, _path, list) => {
    const ports = list.split(',');
    const dns = /^nd-allow-dns(?:-v[46])?$/.test(facts.current);
    facts.rule(facts.current, dns ? [] : ports);
  }),
);

const GRAMMARS: Readonly<Record<string, FileGrammar>> = {
  install: { comment: '#', rule: sequence(room, groups, many(groups), some(rule)) },
  uninstall: { comment: '#', rule: removal },
};

export const vyos = lineOracle((file) => GRAMMARS[file.role ?? ''] ?? null);
