/**
 * Azure Firewall: one rule collection group of a firewall policy with application rules, which go by the name in
 * the TLS handshake. The group is ours alone, so a deployment replaces it whole. The firewall denies what no rule
 * allows, so there is no enforce mode. Sources: docs/reference/firewall.md#azure-firewall;
 * docs/rules/azure-firewall.md.
 */

import { toJson } from '../core/json-file.js';
import { MARKER } from '../core/names.js';
import { tryParsePrefix } from '../core/cidr.js';
import { safeComment } from '../core/sanitise.js';
import { script } from '../core/script.js';
import {
  RefusalError,
  type CheckedAllowList,
  type RuleOptions,
  type RuleSetting,
  type RuleTarget,
  USUAL,
} from '../core/target.js';
import { assertAtMost, hostNames, portGroups } from '../core/views.js';
import {
  API_VERSION,
  childName,
  deploy,
  parentSetting,
  RESOURCE_GROUP,
  scriptArguments,
  template,
} from './shared/azure-template.js';
import { groupName } from './shared/destinations.js';
import { deviceMark, deviceNotice, deviceShortHead } from './shared/device-head.js';
import { refuseProxies } from './shared/match-setting.js';

export const ID = 'azure-firewall';
export const FILE = `${MARKER}.${ID}.json`;
export const PARENT = 'firewallPolicy';
export const TYPE = 'Microsoft.Network/firewallPolicies/ruleCollectionGroups';
/** Far above what an Agent needs. */
export const MAX_NAMES = 500;
/** Of an application rule (reference of rule collection groups). */
export const MAX_PORT = 64_000;
const NUMBER = '(?:[1-9]\\d{2,3}|[1-5]\\d{4}|6[0-4]\\d{3}|65000)';

const POLICY = parentSetting('firewall-policy', 'firewall policy');
const PRIORITY: RuleSetting = {
  name: 'priority',
  title: 'of the rule collection group, before groups that deny (100-65000)',
  default: '400',
  pattern: new RegExp(`^${NUMBER}$`),
};
const SOURCE: RuleSetting = {
  name: 'source',
  title: 'where the Agents are, comma-separated IPv4 prefixes; * = everywhere',
  default: '*',
  pattern: /^(?:\*|[0-9.]{7,15}(?:\/\d{1,2})?(?:,[0-9.]{7,15}(?:\/\d{1,2})?){0,31})$/,
};

function sources(options: RuleOptions): readonly string[] {
  const all = [...new Set((options.settings[SOURCE.name] ?? '*').split(','))];
  for (const source of all) {
    const read = source === '*' ? null : tryParsePrefix(source);
    if (read !== null && 'problem' in read)
      throw new RefusalError(ID, 'not_expressible', `source: ${source} ${read.problem}`);
    if (read !== null && read.length < 8)
      throw new RefusalError(ID, 'not_expressible', `source: ${source} is too wide`);
  }
  return all;
}

function rules(list: CheckedAllowList, options: RuleOptions, mark: string): readonly object[] {
  assertAtMost(ID, hostNames(list).length, MAX_NAMES, 'names');
  const high = list.hosts.flatMap((host) => host.ports).find((number) => number > MAX_PORT);
  if (high !== undefined)
    throw new RefusalError(
      ID,
      'not_expressible',
      `port ${String(high)} is above ${String(MAX_PORT)}, where its rules end`,
    );
  return portGroups(list, options).map((group) => ({
    ruleType: 'ApplicationRule',
    name: groupName(group.suffix),
    description: safeComment(mark, 200),
    sourceAddresses: sources(options),
    protocols: group.ports.map((number) => ({ protocolType: 'Https', port: number })),
    targetFqdns: [...new Set(group.hosts.map((host) => host.fqdn))],
    // The link does not survive an inspection by a CA that the Agent does not know.
    terminateTLS: false,
  }));
}

export const azureFirewall: RuleTarget = {
  id: ID,
  title: 'Azure Firewall application rules, ARM template',
  group: 'clouds',
  capabilities: {
    ...USUAL,
    matches: 'names',
    families: [4],
    comments: false,
    dns: false,
  },
  settings: [RESOURCE_GROUP, POLICY, PRIORITY, SOURCE],
  render(list, options) {
    refuseProxies(ID, list, 'reads the name in a TLS handshake, and a connection to a proxy begins with none');
    if (!options.families.includes(4))
      throw new RefusalError(ID, 'family_not_supported', 'application rules hold for IPv4 only; leave --ipv6 out');
    const mark = deviceMark(azureFirewall, list, options);
    const group = {
      type: TYPE,
      apiVersion: API_VERSION,
      name: childName(PARENT, MARKER),
      properties: {
        priority: Number(options.settings[PRIORITY.name]),
        ruleCollections: [
          {
            ruleCollectionType: 'FirewallPolicyFilterRuleCollection',
            name: MARKER,
            priority: 100,
            action: { type: 'Allow' },
            rules: rules(list, options, mark),
          },
        ],
      },
    };
    const short = deviceShortHead(azureFirewall, list, options, '#');
    const given = scriptArguments(options, 'policy', POLICY.name, 'firewall policy');
    return [
      { name: FILE, content: toJson(template(azureFirewall, list, options, PARENT, [group])), mode: 0o644 },
      script('install', ID, short, `${given}${deploy(ID, FILE, PARENT, 'policy')}`),
      script(
        'uninstall',
        ID,
        short,
        `${given}az network firewall policy rule-collection-group delete --resource-group "$group" \\\n` +
          `  --policy-name "$policy" --name ${MARKER} --yes\n`,
      ),
      deviceNotice(
        azureFirewall,
        list,
        options,
        [
          'Network rules come before application rules: one that denies the way to port 443 wins.',
          'The rules let through what begins with a TLS handshake for one of the names, over IPv4.',
        ],
        [],
      ),
    ];
  },
};
