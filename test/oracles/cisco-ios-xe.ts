/** Reads what `targets/cisco-ios-xe.ts` writes, and nothing else. */
import { MARKER } from '../../src/firewall/core/names.js';
import { sequence, optional, some, line, text, either, type FileGrammar, lineOracle } from './reader.js';
import { maskLength } from './destinations.js';
import type { Oracle } from './oracle.js';

const NAME = '[A-Za-z0-9][A-Za-z0-9_.-]{0,63}';

const GROUP = `${MARKER}(?:-[a-z0-9-]{1,54})?`;

const V4 = '\\d{1,3}(?:\\.\\d{1,3}){3}';

const V6 = '(?:host ([0-9a-f:.]{2,39})|([0-9a-f:]{2,39}/\\d{1,3}))';

const SOURCE = `(?:any|object-group ${NAME})`;

const DNS = `object-group ${MARKER}-dns eq 53`;

const OUT4 = `permit (?:tcp ${SOURCE} object-group (${GROUP}) eq (\\d{1,5})|(?:udp|tcp) ${SOURCE} ${DNS})`;

const BACK4 = `permit (?:tcp object-group (${GROUP}) eq (\\d{1,5}) ${SOURCE} established|udp ${DNS} ${SOURCE})`;

const OUT6 = `permit (?:tcp any ${V6} eq (\\d{1,5})|udp any ${V6} eq 53)`;

const BACK6 = `permit (?:tcp ${V6} eq (\\d{1,5}) any established|udp ${V6} eq 53 any)`;

const ERRORS4 = `permit icmp any ${SOURCE} (?:unreachable|time-exceeded)`;

const ERRORS6 = 'permit icmp any any (?:packet-too-big|unreachable|time-exceeded)';

const installRule = sequence(
  optional(
    some(
      line(`object-group network (${GROUP})`, (facts, name) => {
        facts.define('group', name);
        facts.current = name;
      }),
      text(` description ${MARKER} netdata cloud`),
      some(
        either(
          line(` host (${V4})`, (facts, address) => facts.prefix(facts.current, address, 4)),
          line(` (${V4}) (${V4})`, (facts, address, mask) =>
            facts.prefix(facts.current, `${address}/${maskLength(mask)}`, 4),
          ),
        ),
      ),
    ),
  ),
  optional(
    sequence(
      line(`ip access-list extended ${NAME}`),
      some(
        line(` \\d{1,10} ${OUT4}`, (facts, name, port) => {
          facts.use('group', name || `${MARKER}-dns`);
          facts.toward(name || `${MARKER}-dns`, port);
        }),
      ),
      line(`ip access-list extended ${NAME}`),
      some(line(` \\d{1,10} ${BACK4}`, (facts, name) => facts.use('group', name || `${MARKER}-dns`))),
      some(line(` \\d{1,10} ${ERRORS4}`)),
    ),
  ),
  optional(
    sequence(
      line(`ipv6 access-list ${NAME}`),
      some(
        line(` ${OUT6} sequence \\d{1,10}`, (facts, host, prefix, port, resolver, resolvers) => {
          const to = host || prefix || resolver || resolvers;
          facts.prefix(to, to, 6);
          // DNS over TCP looks like any other rule, so port 53 proves nothing here.
          facts.rule(to, port === '53' || port === '' ? [] : [port]);
        }),
      ),
      line(`ipv6 access-list ${NAME}`),
      some(
        line(` ${BACK6} sequence \\d{1,10}`, (facts, host, prefix, _port, resolver, resolvers) => {
          const from = host || prefix || resolver || resolvers;
          facts.prefix(from, from, 6);
        }),
      ),
      some(line(` ${ERRORS6} sequence \\d{1,10}`)),
    ),
  ),
);

const uninstallRule = sequence(
  some(
    either(line(`ip access-list extended ${NAME}`), line(`ipv6 access-list ${NAME}`)),
    some(either(...[OUT4, BACK4, ERRORS4, OUT6, BACK6, ERRORS6].map((entry) => line(` no ${entry}`)))),
  ),
  optional(some(line(`no object-group network (${GROUP})`, (facts, name) => facts.remove('group', name)))),
);

const GRAMMARS: Readonly<Record<string, FileGrammar>> = {
  install: { comment: '!', rule: installRule },
  uninstall: { comment: '!', rule: uninstallRule },
};

export const ciscoIosXe: Oracle = lineOracle((file) => GRAMMARS[file.role ?? ''] ?? null);
