/** Reads what `targets/check-point.ts` writes, and nothing else. */
import { type Rule, sequence, text, optional, line, some, either, type FileGrammar, lineOracle } from './reader.js';
import { MARKER } from '../../src/firewall/core/names.js';
import { SESSION, ADD, COMMENT, DROP } from '../../src/firewall/targets/check-point.js';
import type { Oracle } from './oracle.js';

/** Lines of shell that are no comments: what the sum and the reader see. */
function prelude(lines: readonly string[]): Rule {
  return sequence(...lines.filter((row) => !row.startsWith('#')).map((row) => text(row)));
}

const WORD = "'[A-Za-z0-9][A-Za-z0-9 _.-]{0,62}'";

const GROUP = `${MARKER}(?:-[a-z0-9-]{1,54})?`;

const OBJECT = `${MARKER}-[a-z0-9_-]{1,54}`;

const DOMAIN = '\\.[a-z0-9.-]{1,253}';

const DESTINATION = `destination\\.\\d{1,3} '(?:${OBJECT}|${DOMAIN})'`;

const SERVICE = `service\\.\\d{1,3} '(?:${MARKER}-tcp-\\d{1,5}|domain-udp|domain-tcp)'`;

/** Values of `key.1 'a' key.2 'b'`; numbers out of order leave a gap, which is told. */
function values(items: string): string[] {
  return [...items.matchAll(/\.(\d+) '([^']*)'/g)].map(([, number, value], index) =>
    Number(number) === index + 1 ? (value ?? '') : `out of order: ${value ?? ''}`,
  );
}

const DELETE_RULE = `call delete access-rule layer ${WORD} name '(${GROUP})' >/dev/null 2>&1 \\|\\| :`;

const LAST = sequence(text('call publish'), optional(line(`call install-policy policy-package ${WORD}`)));

const installRule = sequence(
  prelude(SESSION),
  prelude(ADD),
  some(
    either(
      line(`domain '\\.([a-z0-9.-]{1,253})'`, (facts, host) => {
        facts.define('dns-domain', `.${host}`);
        facts.define('object', `.${host}`);
        facts.host(`.${host}`, host);
      }),
      line(`host '(${OBJECT})' ([0-9a-f:.]{2,39})`, (facts, object, address) => {
        facts.define('host', object);
        facts.define('object', object);
        facts.prefix(object, address);
      }),
      line(`network '(${OBJECT})' ([0-9a-f:.]{2,39}) (\\d{1,3})`, (facts, object, address, length) => {
        facts.define('network', object);
        facts.define('object', object);
        facts.prefix(object, `${address}/${length}`);
      }),
    ),
  ),
  some(
    line(`service '(${MARKER}-tcp-(\\d{1,5}))' (\\d{1,5})`, (facts, own, of, port) =>
      facts.define('service-tcp', of === port ? own : `${own} with ${port}`),
    ),
  ),
  some(line(DELETE_RULE, (facts, own) => facts.define('removal of rule', own))),
  some(
    line(
      `call add access-rule layer ${WORD} (?:position top|position\\.above ${WORD}) name '(${GROUP})' source ${WORD} ` +
        `(${DESTINATION}(?: ${DESTINATION})*) (${SERVICE}(?: ${SERVICE})*) action Accept track\\.type Log comments '${COMMENT}'`,
      (facts, own, destinations, services) => {
        facts.define('rule', own);
        facts.use('removal of rule', own);
        for (const item of values(destinations)) {
          facts.use('object', item);
          facts.member(own, item);
        }
        for (const item of values(services)) {
          if (item.startsWith('domain-')) facts.toward(own, '53');
          else {
            facts.use('service-tcp', item);
            facts.rule(own, [item.slice(`${MARKER}-tcp-`.length)]);
          }
        }
      },
    ),
  ),
  LAST,
);

const uninstallRule = sequence(
  prelude(SESSION),
  prelude(DROP),
  some(
    line(DELETE_RULE, (facts, own) => {
      facts.remove('rule', own);
      facts.remove('removal of rule', own);
    }),
  ),
  some(
    line(`drop (dns-domain|host|network) '(${OBJECT}|${DOMAIN})'`, (facts, what, own) => {
      facts.remove(what, own);
      facts.remove('object', own);
    }),
  ),
  some(line(`drop service-tcp '(${MARKER}-tcp-\\d{1,5})'`, (facts, own) => facts.remove('service-tcp', own))),
  LAST,
);

const GRAMMARS: Readonly<Record<string, FileGrammar>> = {
  install: { comment: '#', script: true, rule: installRule },
  uninstall: { comment: '#', script: true, rule: uninstallRule },
};

export const checkPoint: Oracle = lineOracle((file) => GRAMMARS[file.role ?? ''] ?? null);
