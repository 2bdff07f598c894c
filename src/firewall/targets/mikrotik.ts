/**
 * MikroTik RouterOS: address lists whose entries are names, which the router resolves itself and keeps up to
 * date, and one accept in front of the chain. Removing ours first makes it idempotent; Safe Mode is the way back.
 * Sources: docs/reference/firewall.md#mikrotik; MikroTik documentation, Address-lists and Filter (place-before).
 */
import { header, shortHeader } from '../core/header.js';
import { MARKER } from '../core/names.js';
import { safeComment } from '../core/sanitise.js';
import { type CheckedAllowList, type RuleOptions, type RuleTarget, USUAL } from '../core/target.js';
import { portGroups, remoteResolvers, type PortGroup } from '../core/views.js';
import { refuseBare, refuseLiterals } from './shared/match-setting.js';

function listName(group: Pick<PortGroup, 'suffix'>): string {
  return `${MARKER}${group.suffix === '' ? '' : `-${group.suffix}`}`;
}

function entries(list: CheckedAllowList, options: RuleOptions, family: 4 | 6): string[] {
  const menu = `/ip${family === 6 ? 'v6' : ''} firewall address-list`;
  return portGroups(list, options).flatMap((group) => {
    const rows =
      options.settings['match'] === 'names'
        ? group.hosts.map((host) => [host.fqdn, host.fqdn] as const)
        : (family === 4 ? group.v4 : group.v6).map((endpoint) => [endpoint.text, endpoint.names.join(' ')] as const);
    return rows.map(
      ([address, names]) =>
        `${menu} add list=${listName(group)} address=${address} comment="${safeComment(`${MARKER} ${names}`, 120)}"`,
    );
  });
}

/** In front of the first static rule of the chain; place-before fails on an empty chain. */
function accept(family: 4 | 6, chain: string, match: string, what: string): string {
  const menu = `/ip${family === 6 ? 'v6' : ''} firewall filter`;
  const rule = `${menu} add chain=${chain} action=accept ${match} comment="${MARKER} ${what}"`;
  const first = `[${menu} find where chain=${chain} and dynamic=no]`;
  return `:if ([:len ${first}] > 0) do={ ${rule} place-before=(${first}->0) } else={ ${rule} }`;
}

function rules(list: CheckedAllowList, options: RuleOptions, family: 4 | 6): string[] {
  const chain = options.settings['chain'] ?? 'forward';
  const dns = options.dns
    ? remoteResolvers(list, family).flatMap((resolver) =>
        ['udp', 'tcp'].map((protocol) =>
          accept(family, chain, `protocol=${protocol} dst-address=${resolver} dst-port=53`, 'dns'),
        ),
      )
    : [];
  const groups = portGroups(list, options).filter(
    (group) => options.settings['match'] === 'names' || (family === 4 ? group.v4 : group.v6).length > 0,
  );
  return [
    ...dns,
    ...groups.map((group) =>
      accept(
        family,
        chain,
        `protocol=tcp dst-port=${group.ports.join(',')} dst-address-list=${listName(group)}`,
        'netdata cloud',
      ),
    ),
  ];
}

function removal(family: 4 | 6): string[] {
  const menu = `/ip${family === 6 ? 'v6' : ''} firewall`;
  return ['filter', 'address-list'].map(
    (what) => `${menu} ${what} remove [find where comment~"^${MARKER}" and dynamic=no]`,
  );
}

export const mikrotik: RuleTarget = {
  id: 'mikrotik',
  title: 'MikroTik RouterOS',
  group: 'hosts',
  capabilities: USUAL,
  settings: [
    {
      name: 'match',
      title: 'names (the router resolves them) or addresses',
      default: 'names',
      pattern: /^(?:addresses|names)$/,
    },
    {
      name: 'chain',
      title: 'forward (hosts behind the router) or output',
      default: 'forward',
      pattern: /^(?:forward|output)$/,
    },
  ],
  render(list, options) {
    if (options.settings['match'] === 'names') refuseLiterals('mikrotik', list);
    else refuseBare('mikrotik', list, options);
    const families = options.families;
    const lines = families.flatMap((family) => [
      ...removal(family),
      ...entries(list, options, family),
      // Each goes to the head of the chain: bottom up.
      ...rules(list, options, family).toReversed(),
    ]);
    return [
      {
        name: `${MARKER}.rsc`,
        content: `${header(mikrotik, list, options)}# Import in Safe Mode. Replies need the usual accept of established connections.\n${lines.join('\n')}\n`,
        mode: 0o644,
        role: 'install',
      },
      {
        name: `${MARKER}-uninstall.rsc`,
        content: `${shortHeader(mikrotik, list, options)}${([4, 6] as const).flatMap(removal).join('\n')}\n`,
        mode: 0o644,
        role: 'uninstall',
      },
    ];
  },
};
