/** Reads what `targets/bluecoat.ts` writes, and nothing else. */
import { NAME } from '../../src/firewall/targets/bluecoat.js';
import { sequence, text, some, line, optional, type FileGrammar, lineOracle } from './reader.js';
import type { Oracle } from './oracle.js';

const ONLY = `(?:client\\.address=${NAME}_clients )?`;

const POLICY = sequence(
  text(`define condition ${NAME}`),
  some(
    line('    url\\.host\\.exact\\.no_lookup=([a-z0-9.-]{1,253}) url\\.port=(\\d{1,5})', (facts, host, port) => {
      facts.define('line', `${host} ${port}`);
      facts.host(`${host}:${port}`, host);
      facts.rule(`${host}:${port}`, [port]);
    }),
  ),
  text('end'),
  optional(
    sequence(
      text(`define subnet ${NAME}_clients`),
      some(line('    [0-9a-f:.]{2,39}(?:/\\d{1,3})?')),
      text('end', (facts) => facts.define('subnet', 'clients')),
    ),
  ),
  text(`<Proxy ${NAME}>`),
  line(`    (${ONLY})condition=${NAME} ALLOW`, (facts, only) => {
    if (only !== '') facts.use('subnet', 'clients');
  }),
  optional(
    line(`    (${ONLY})DENY`, (facts, only) => {
      if (only !== '') facts.use('subnet', 'clients');
    }),
  ),
  optional(sequence(text(`<SSL-Intercept ${NAME}>`), text(`    condition=${NAME} ssl.forward_proxy(no)`))),
);

const GRAMMARS: Readonly<Record<string, FileGrammar>> = {
  install: { comment: ';', rule: POLICY },
  uninstall: { comment: ';', rule: () => true },
};

export const bluecoat: Oracle = lineOracle((file) => GRAMMARS[file.role ?? ''] ?? null, false);
