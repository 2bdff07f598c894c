/**
 * Dante, a SOCKS server: rules for CONNECT by name and port. What no rule lets pass is blocked, so there is no mode
 * enforce. Every rule matters in its order: ours belong in front of the first `socks block` that would match.
 * Sources: docs/rules/dante.md names the manual.
 */
import { formatPrefix, parsePrefix } from '../core/cidr.js';
import { header } from '../core/header.js';
import { MARKER } from '../core/names.js';
import { type RuleTarget, type ValidatorStep, PROXY } from '../core/target.js';
import { isLiteral } from '../core/views.js';
import { clients, CLIENTS } from './haproxy.js';

const ID = 'dante';
const FILE = `${MARKER}.danted.conf`;
/** What a configuration needs besides rules, to be looked at. */
const PRELUDE = 'logoutput: stderr\ninternal: lo port = 1080\nexternal: lo\nclientmethod: none\nsocksmethod: none\n';

function rule(from: string, to: string, port: number): string {
  return `socks pass {\n    from: ${from} to: ${to} port = ${String(port)}\n    command: connect\n    protocol: tcp\n    log: error\n}`;
}

export const dante: RuleTarget = {
  id: ID,
  title: 'Dante SOCKS server',
  group: 'proxies',
  capabilities: { ...PROXY, modes: ['allow'] },
  settings: [CLIENTS],
  render(list, options) {
    const given = clients(ID, options);
    const from = given.length === 0 ? ['0/0'] : given;
    const rules = list.hosts.flatMap((host) => {
      const to = isLiteral(host.fqdn) ? formatPrefix(parsePrefix(host.fqdn)) : host.fqdn;
      return host.ports.flatMap((port) => from.map((client) => rule(client, to, port)));
    });
    return [
      {
        name: FILE,
        content:
          `${header(dante, list, options)}# Paste this into danted.conf (sockd.conf), in front of the first socks block that would match.\n` +
          '# Dante blocks what no rule lets pass. Clients that send addresses (socks5:// without the h) pass only while the\n' +
          '# names have these addresses in the eyes of this server: use socks5h://.\n' +
          `${[...new Set(rules)].join('\n')}\n`,
        mode: 0o644,
      },
    ];
  },
  validators: [
    {
      id: 'danted -V',
      needs: ['danted'],
      version: ['danted', '-v'],
      root: false,
      steps(files): ValidatorStep[] {
        const input = PRELUDE + (files.find((file) => file.name === FILE)?.content ?? '');
        return [
          { argv: ['tee', '{dir}/danted.conf'], stdin: null, input, setup: true },
          { argv: ['ip', 'link', 'set', 'lo', 'up'], stdin: null, setup: true },
          { argv: ['danted', '-V', '-f', '{dir}/danted.conf'], stdin: null },
        ];
      },
    },
  ],
};
