/**
 * OPNsense: host and port aliases for the import of its API, which replaces an alias of the same name, or for the
 * import button of the page. The firewall resolves names itself. The rule that uses them is the operator's.
 * Sources: docs/reference/firewall.md#pfsense-opnsense; docs/rules/opnsense.md names the project's pages.
 */
import { createHash } from 'node:crypto';
import type { RenderedFile } from '../../model/allow-list.js';
import { MARKER } from '../core/names.js';
import { type RuleTarget, USUAL } from '../core/target.js';
import { deviceNotice, deviceShortHead } from './shared/device-head.js';
import { MATCH_NAMES } from './shared/destinations.js';
import { sealedScript } from './shared/seal.js';
import { aliasPairs, type AliasPair } from './shared/sense-aliases.js';

const ID = 'opnsense';
export const DESCRIPTION = `${MARKER} netdata cloud`;

/** The same alias has the same key everywhere and always; OPNsense goes by the name and keeps a key of its own. */
export function keyOf(alias: string): string {
  const hex = createHash('sha256').update(`${MARKER} ${alias}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function document(pairs: readonly AliasPair[]): string {
  const alias = (name: string, type: string, content: readonly (string | number)[]): [string, object] => [
    keyOf(name),
    { enabled: '1', name, type, content: content.join('\n'), description: DESCRIPTION },
  ];
  const rows = pairs.flatMap((pair) => [
    alias(pair.hosts, pair.networks ? 'network' : 'host', pair.members),
    alias(pair.ports, 'port', pair.numbers),
  ]);
  return `${JSON.stringify({ aliases: { alias: Object.fromEntries(rows) } }, null, 2)}\n`;
}

const CALL =
  ': "${OPNSENSE_URL:?address of the firewall, https://...}"\n' +
  ': "${OPNSENSE_CURLRC:?file for curl -K that holds: user = KEY:SECRET}"\n' +
  'call() { curl -fsS -K "$OPNSENSE_CURLRC" "$@"; }\n';
const OK = `grep -Eq '"status" *: *"ok"'`;

export function installBody(): string {
  return (
    `${CALL}{ printf '{"data":'; cat "$dir/${MARKER}.opnsense.json"; printf '}'; } |\n` +
    `\tcall -H 'Content-Type: application/json' --data-binary @- "$OPNSENSE_URL/api/firewall/alias/import" | ${OK}\n` +
    `call -X POST -d '' "$OPNSENSE_URL/api/firewall/alias/reconfigure" | ${OK}\n`
  );
}

export function uninstallBody(aliases: readonly string[]): string {
  return (
    `${CALL}for alias in ${aliases.join(' ')}; do\n` +
    '\tuuid=$(call "$OPNSENSE_URL/api/firewall/alias/getAliasUUID/$alias" | sed -n \'s/.*"uuid" *: *"\\([0-9a-f-]*\\)".*/\\1/p\')\n' +
    '\tif [ -n "$uuid" ]; then\n' +
    `\t\tcall -X POST -d '' "$OPNSENSE_URL/api/firewall/alias/delItem/$uuid" | grep -Eq '"result" *: *"deleted"'\n` +
    `\tfi\ndone\ncall -X POST -d '' "$OPNSENSE_URL/api/firewall/alias/reconfigure" | ${OK}\n`
  );
}

export const opnsense: RuleTarget = {
  id: ID,
  title: 'OPNsense aliases (API or import)',
  group: 'devices',
  capabilities: { ...USUAL, comments: false, dns: false },
  settings: [MATCH_NAMES],
  render(list, options) {
    const pairs = aliasPairs(ID, list, options);
    const aliases = pairs.flatMap((pair) => [pair.hosts, pair.ports]);
    const short = deviceShortHead(opnsense, list, options, '#');
    const main: RenderedFile = { name: `${MARKER}.opnsense.json`, content: document(pairs), mode: 0o644 };
    const hints = [
      'Load: the install script, or Firewall > Aliases > import; an alias of the same name is replaced.',
      ...pairs.map(
        (pair) =>
          `Rule to make, on the interface of the Agents, before the first block: pass, TCP, destination ${pair.hosts}, ` +
          `port ${pair.ports}.`,
      ),
      `Remove: delete the rules, then run the uninstall script (${aliases.join(', ')}).`,
    ];
    return [
      main,
      sealedScript('install', ID, short, installBody()),
      sealedScript('uninstall', ID, short, uninstallBody(aliases)),
      deviceNotice(opnsense, list, options, hints, [main]),
    ];
  },
};
