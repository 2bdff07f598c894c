/**
 * Azure network security group: outbound rules, one for each list of ports and family. Groups are stateful and know
 * no names. A rule is called after its priority, so that a new rendering writes over the old one instead of
 * colliding with it. Sources: docs/reference/firewall.md#azure-nsg; docs/rules/azure-nsg.md.
 */

import { toJson } from '../core/json-file.js';
import { MARKER } from '../core/names.js';
import { safeComment } from '../core/sanitise.js';
import { forOthers, script } from '../core/script.js';
import {
  RefusalError,
  type CheckedAllowList,
  type RuleOptions,
  type RuleSetting,
  type RuleTarget,
  USUAL,
} from '../core/target.js';
import { assertAtMost, portGroups, remoteResolvers } from '../core/views.js';
import {
  API_VERSION,
  childName,
  deploy,
  parentSetting,
  RESOURCE_GROUP,
  scriptArguments,
  template,
} from './shared/azure-template.js';
import { deviceMark, deviceNotice, deviceShortHead } from './shared/device-head.js';

export const ID = 'azure-nsg';
export const FILE = `${MARKER}.${ID}.json`;
export const PARENT = 'networkSecurityGroup';
export const TYPE = 'Microsoft.Network/networkSecurityGroups/securityRules';
export const LOWEST = 4096;
/** Addresses in the rules of one group (Azure subscription limits). */
const MAX_ADDRESSES = 4000;
export const DESCRIPTION_MAX = 140;
export const PRIORITY = '(?:[1-9]\\d{2}|[1-3]\\d{3}|40[0-8]\\d|409[0-6])';

const NSG = parentSetting('network-security-group', 'network security group');
const FIRST: RuleSetting = {
  name: 'priority',
  title: 'of the first rule, before your first deny; the others follow (100-4096)',
  default: '400',
  pattern: new RegExp(`^${PRIORITY}$`),
};
const DENY: RuleSetting = {
  name: 'deny-priority',
  title: 'enforce: of the rule that denies the rest (100-4096)',
  default: String(LOWEST),
  pattern: new RegExp(`^${PRIORITY}$`),
};
const DENIED: RuleSetting = {
  name: 'deny',
  title: 'enforce: what is denied, Any or Internet (everything but the virtual networks)',
  default: 'Any',
  pattern: /^(?:Any|Internet)$/,
};

interface Row {
  readonly protocol: 'Tcp' | 'Udp';
  readonly ports: readonly number[];
  readonly prefixes: readonly string[];
  readonly what: string;
}

function rows(list: CheckedAllowList, options: RuleOptions): readonly Row[] {
  const cloud = portGroups(list, options).flatMap((group) =>
    options.families.map((family): Row => {
      const endpoints = family === 4 ? group.v4 : group.v6;
      return {
        protocol: 'Tcp',
        ports: group.ports,
        prefixes: endpoints.map((endpoint) => endpoint.cidr),
        what: [...new Set(endpoints.flatMap((endpoint) => endpoint.names))].sort().join(' '),
      };
    }),
  );
  const dns =
    options.dns || options.mode === 'enforce'
      ? options.families.flatMap((family) =>
          (['Udp', 'Tcp'] as const).map((protocol): Row => {
            const length = family === 4 ? '32' : '128';
            const prefixes = remoteResolvers(list, family).map((address) => `${address}/${length}`);
            return { protocol, ports: [53], prefixes, what: 'dns' };
          }),
        )
      : [];
  const all = [...cloud, ...dns].filter((row) => row.prefixes.length > 0);
  if (all.length === 0) throw new RefusalError(ID, 'addresses_missing', 'no address is known for any name');
  assertAtMost(
    ID,
    all.reduce((sum, row) => sum + row.prefixes.length, 0),
    MAX_ADDRESSES,
    'addresses',
  );
  return all;
}

function securityRule(priority: number, description: string, after: number | null, properties: object): object {
  return {
    type: TYPE,
    apiVersion: API_VERSION,
    name: childName(PARENT, `${MARKER}-${String(priority)}`),
    // One after the other: a group takes one change at a time, and the deny must come last.
    ...(after === null
      ? {}
      : { dependsOn: [`[resourceId('${TYPE}', parameters('${PARENT}'), '${MARKER}-${String(after)}')]`] }),
    properties: {
      description,
      direction: 'Outbound',
      priority,
      sourceAddressPrefix: '*',
      sourcePortRange: '*',
      ...properties,
    },
  };
}

function resources(
  list: CheckedAllowList,
  options: RuleOptions,
  mark: string,
): readonly { priority: number; rule: object }[] {
  const all = rows(list, options);
  const first = Number(options.settings[FIRST.name]);
  const deny = options.mode === 'enforce' ? Number(options.settings[DENY.name]) : LOWEST + 1;
  if (first + all.length > deny)
    throw new RefusalError(
      ID,
      'not_expressible',
      `${String(all.length)} rules from priority ${String(first)} do not fit below ${String(deny)}`,
    );
  const describe = (what: string): string => safeComment(`${mark} ${what}`, DESCRIPTION_MAX);
  const allowed = all.map((row, index) => ({
    priority: first + index,
    rule: securityRule(first + index, describe(row.what), index === 0 ? null : first + index - 1, {
      access: 'Allow',
      protocol: row.protocol,
      destinationAddressPrefixes: row.prefixes,
      destinationPortRanges: row.ports.map(String),
    }),
  }));
  if (options.mode === 'allow') return allowed;
  const rest = securityRule(deny, describe('everything else'), first + all.length - 1, {
    access: 'Deny',
    protocol: '*',
    destinationAddressPrefix: options.settings[DENIED.name] === 'Any' ? '*' : 'Internet',
    destinationPortRange: '*',
  });
  return [...allowed, { priority: deny, rule: rest }];
}

const MINE = `[?starts_with(name, '${MARKER}-') && contains(not_null(description, ''), ' target=${ID} ')].name`;

function removal(wanted: readonly number[]): string {
  return `rules=$(az network nsg rule list --resource-group "$group" --nsg-name "$nsg" --query "${MINE}" --output tsv)
${forOthers(
  'rules',
  'rule',
  wanted.map((priority) => `${MARKER}-${String(priority)}`),
  'az network nsg rule delete --resource-group "$group" --nsg-name "$nsg" --name "$rule"; echo "removed $rule"',
)}`;
}

export const azureNsg: RuleTarget = {
  id: ID,
  title: 'Azure network security group, ARM template',
  group: 'clouds',
  capabilities: { ...USUAL, matches: 'addresses', comments: false, modes: ['allow', 'enforce'] },
  settings: [RESOURCE_GROUP, NSG, FIRST, DENY, DENIED],
  render(list, options) {
    const mark = deviceMark(azureNsg, list, options);
    const all = resources(list, options, mark);
    const short = deviceShortHead(azureNsg, list, options, '#');
    const given = scriptArguments(options, 'nsg', NSG.name, 'network security group');
    return [
      {
        name: FILE,
        content: toJson(
          template(
            azureNsg,
            list,
            options,
            PARENT,
            all.map((row) => row.rule),
          ),
        ),
        mode: 0o644,
      },
      script(
        'install',
        ID,
        short,
        `${given}${deploy(ID, FILE, PARENT, 'nsg')}${removal(all.map((row) => row.priority))}`,
      ),
      script('uninstall', ID, short, `${given}${removal([])}`),
      deviceNotice(
        azureNsg,
        list,
        options,
        options.mode === 'allow'
          ? [
              'The rules matter only where a rule of yours denies: the default of Azure lets everything out to the internet.',
            ]
          : [
              'Everything else that leaves through this group is denied, except what Azure exempts (its DNS, metadata).',
            ],
        [],
      ),
    ];
  },
};
