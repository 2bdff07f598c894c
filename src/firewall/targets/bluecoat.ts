/**
 * Blue Coat ProxySG / Symantec Edge SWG, as Content Policy Language. Names are compared exactly and without a
 * look-up: with one, `CONNECT ADDRESS` would pass because of the reverse record of that address. Each line of a
 * condition is one name with one port. Sources: docs/reference/firewall.md#bluecoat; docs/rules/bluecoat.md names the
 * pages.
 */
import { MARKER } from '../core/names.js';
import { type CheckedAllowList, type RuleOptions, type RuleTarget, PROXY } from '../core/target.js';
import { deviceHead, deviceShortHead } from './shared/device-head.js';
import { destinationGroups } from './shared/destinations.js';
import { CLIENTS, clients } from './haproxy.js';
import { sealed } from './shared/seal.js';

const ID = 'bluecoat';
export const NAME = 'nd_allow';

function body(list: CheckedAllowList, options: RuleOptions): string[] {
  const pairs = destinationGroups(ID, list, options, true).flatMap((group) =>
    group.destinations.flatMap(({ fqdn }) =>
      fqdn === null ? [] : group.ports.map((port) => `${fqdn} url.port=${String(port)}`),
    ),
  );
  const from = clients(ID, options);
  const only = from.length === 0 ? '' : `client.address=${NAME}_clients `;
  return [
    `define condition ${NAME}`,
    ...[...new Set(pairs)].sort().map((pair) => `    url.host.exact.no_lookup=${pair}`),
    'end',
    ...(from.length === 0 ? [] : [`define subnet ${NAME}_clients`, ...from.map((row) => `    ${row}`), 'end']),
    `<Proxy ${NAME}>`,
    `    ${only}condition=${NAME} ALLOW`,
    ...(options.mode === 'enforce' ? [`    ${only}DENY`] : []),
    ...(options.settings['no-intercept'] === 'yes'
      ? [`<SSL-Intercept ${NAME}>`, `    condition=${NAME} ssl.forward_proxy(no)`]
      : []),
  ];
}

export const bluecoat: RuleTarget = {
  id: ID,
  title: 'Blue Coat ProxySG / Edge SWG (CPL)',
  group: 'proxies',
  capabilities: PROXY,
  settings: [
    CLIENTS,
    {
      name: 'no-intercept',
      title: 'also exempt the names from SSL interception (yes/no)',
      default: 'no',
      pattern: /^(?:yes|no)$/,
    },
  ],
  render(list, options) {
    const begin = `; ${MARKER} begin\n`;
    const head = deviceHead(bluecoat, list, options, ';', [
      'Put everything from begin to end into the Local or Central policy file: a file that is installed replaces the',
      'one before it. A later layer that denies wins over this one.',
    ]);
    return [
      {
        name: `${MARKER}.cpl`,
        content: `${sealed(begin + head, body(list, options), ';')}; ${MARKER} end\n`,
        mode: 0o644,
        role: 'install',
      },
      {
        name: `${MARKER}-uninstall.cpl`,
        content:
          deviceShortHead(bluecoat, list, options, ';') +
          `; Take out everything from "${MARKER} begin" to "${MARKER} end". Where the policy file held nothing else,\n` +
          '; this file, which is an empty policy, can be installed in its place.\n' +
          sealed('', [], ';').trimEnd() +
          '\n',
        mode: 0o644,
        role: 'uninstall',
      },
    ];
  },
};
