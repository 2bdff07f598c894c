/** Reads what `targets/zscaler.ts` writes, and nothing else. */
import { sequence, text, many, line, some, type FileGrammar, lineOracle } from './reader.js';
import { MARKER } from '../../src/firewall/core/names.js';
import { DESCRIPTION } from '../../src/firewall/targets/zscaler.js';
import type { Oracle } from './oracle.js';

const HOST = '([a-z0-9-][a-z0-9.-]{0,252})';

const JSON_RULE = sequence(
  text('{'),
  text(`  "configuredName": "${MARKER}",`),
  text('  "customCategory": true,'),
  text('  "superCategory": "USER_DEFINED",'),
  text('  "type": "URL_CATEGORY",'),
  text(`  "description": "${DESCRIPTION}",`),
  text('  "keywords": [],'),
  text('  "urls": ['),
  many(line(`    "${HOST}",`, (facts, host) => allow(facts, host))),
  line(`    "${HOST}"`, (facts, host) => allow(facts, host)),
  text('  ]'),
  text('}'),
);

function allow(facts: Parameters<NonNullable<Parameters<typeof line>[1]>>[0], host: string): void {
  facts.define('url', host);
  facts.host(host, host);
  facts.rule(host, ['443']);
}

const LIST_RULE = some(line(HOST, (facts, host) => facts.remove('url', host)));

const GRAMMARS: Readonly<Record<string, FileGrammar>> = {
  [`${MARKER}.zscaler.json`]: { comment: null, rule: JSON_RULE },
  [`${MARKER}.zscaler-urls.txt`]: { comment: null, rule: LIST_RULE },
};

export const zscaler: Oracle = lineOracle((file) => GRAMMARS[file.name] ?? null);
