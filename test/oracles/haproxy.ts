/** Reads what `targets/haproxy.ts` writes, and nothing else. */
import { STEM, installBody, uninstallBody } from '../../src/firewall/targets/haproxy.js';
import { type Rule, sequence, line, text, some, optional, type FileGrammar, lineOracle } from './reader.js';
import type { Oracle } from './oracle.js';

const HOST = '([a-z0-9.-]{1,253})';

const BACKEND = `${STEM}_\\d{1,5}_[a-z0-9_-]{1,260}`;

const backend: Rule = sequence(
  line(`backend (${BACKEND})`, (facts, id) => {
    facts.define('backend', id);
    facts.current = id;
  }),
  text('    mode tcp'),
  text('    timeout connect 5s'),
  line('    timeout server \\d{1,4}m'),
  line(
    `    server ${STEM} ${HOST}:(\\d{1,5}) resolvers ${STEM} resolve-prefer ipv[46] init-addr none`,
    (facts, host, port) => {
      // The backend of a name leads to that name and nowhere else.
      facts.define('route', `${facts.current} to ${host}`);
      facts.use('way', `${facts.current} to ${host}`);
      facts.define('listed', `${port} ${host}`);
      facts.use('name', `${port} ${host}`);
      facts.host(facts.current, host);
      facts.rule(facts.current, [port]);
    },
  ),
);

const CONFIG: Rule = sequence(
  text(`resolvers ${STEM}`),
  text('    parse-resolv-conf'),
  text('    hold valid 10s'),
  some(
    line(`frontend ${STEM}_(\\d{1,5})`, (facts, port) => {
      facts.define('listener', port);
      facts.current = port;
    }),
    text('    mode tcp'),
    line('    bind (?:::|[0-9a-f:.]{2,39}):(\\d{1,5})(?: v4v6)?', (facts, port) => facts.use('listener', port)),
    line('    timeout client \\d{1,4}m'),
    optional(
      sequence(
        line(`    acl ${STEM}_src src [0-9a-f:./]{2,43}(?: [0-9a-f:./]{2,43})*`),
        text(`    tcp-request connection reject if !${STEM}_src`),
      ),
    ),
    text('    tcp-request inspect-delay 5s'),
    some(
      line(`    acl ${STEM}_name req\\.ssl_sni -i ${HOST}`, (facts, host) => {
        facts.use('listed', `${facts.current} ${host}`);
        facts.define('name', `${facts.current} ${host}`);
      }),
    ),
    text(`    tcp-request content accept if { req.ssl_hello_type 1 } ${STEM}_name`),
    text('    tcp-request content reject if { req.ssl_hello_type 1 }'),
    text('    tcp-request content reject if WAIT_END'),
    some(
      line(`    use_backend (${BACKEND}) if \\{ req\\.ssl_sni -i ${HOST} \\}`, (facts, id, host) => {
        facts.use('backend', id);
        facts.use('route', `${id} to ${host}`);
        facts.define('way', `${id} to ${host}`);
      }),
    ),
    some(backend),
  ),
);

/** What `script` makes around a body, line by line. */
export function scriptRule(role: 'install' | 'uninstall', content: string): Rule {
  const lines = content.split('\n').slice(0, -1);
  const start = ['set -eu', ...(role === 'install' ? ['dir=$(cd "$(dirname "$0")" && pwd)'] : [])];
  return sequence(...[...start, ...lines].map((entry) => text(entry)));
}

const GRAMMARS: Readonly<Record<string, FileGrammar>> = {
  rules: { comment: '#', rule: CONFIG },
  install: { comment: '#', script: true, rule: scriptRule('install', installBody()) },
  uninstall: { comment: '#', script: true, rule: scriptRule('uninstall', uninstallBody()) },
};

export const haproxy: Oracle = lineOracle((file) => GRAMMARS[file.role ?? 'rules'] ?? null, false);
