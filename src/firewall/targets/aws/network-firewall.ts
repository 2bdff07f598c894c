/**
 * AWS Network Firewall: a stateful rule group over the names in TLS handshakes. Allow mode writes pass rules with
 * their port; enforce mode adds the drop of every other name. The domain list that AWS offers is an allow list that
 * denies all other names and has no ports, so it stands for enforce only, and only when asked for.
 * Sources: docs/reference/firewall.md#aws-network-firewall; Network Firewall developer guide, stateful domain lists and
 * Suricata examples; Network Firewall API, CreateRuleGroup and UpdateRuleGroup.
 */
import { shortHeader } from '../../core/header.js';
import { toJson } from '../../core/json-file.js';
import { MARKER } from '../../core/names.js';
import { script } from '../../core/script.js';
import { tryParsePrefix } from '../../core/cidr.js';
import { UsageError } from '../../../model/errors.js';
import { RefusalError, type CheckedAllowList, type RuleOptions, type RuleTarget, USUAL } from '../../core/target.js';
import { assertAtMost, hostNames, portGroups } from '../../core/views.js';
import { botocoreValidator, tags } from './common.js';
import { cfnLintValidator, FORM, revisionLine, terraformValidator } from '../shared/iac.js';
import { ruleGroupForms, type DomainList, type RuleGroupPlan } from './network-firewall-iac.js';
import { refuseProxies } from '../shared/match-setting.js';

export const ID = 'aws-network-firewall';
export const CREATE = `${MARKER}.${ID}.json`;
export const UPDATE = `${MARKER}.${ID}-update.json`;

function ports(group: readonly number[]): string {
  return group.length === 1 ? String(group[0]) : `[${group.join(',')}]`;
}

/** Whole names only: startswith and endswith, so that neither a parent nor a longer name passes. */
function suricata(list: CheckedAllowList, options: RuleOptions): readonly string[] {
  let sid = Number(options.settings['sid-base']);
  const passes = portGroups(list, options).flatMap((group) =>
    [...new Set(group.hosts.map((host) => host.fqdn))].map(
      (name) =>
        `pass tls $HOME_NET any -> $EXTERNAL_NET ${ports(group.ports)} (msg:"${MARKER} ${name}"; ` +
        `flow:to_server, established; tls.sni; content:"${name}"; startswith; endswith; nocase; sid:${String(sid++)}; rev:1;)`,
    ),
  );
  if (options.mode === 'allow') return passes;
  return [
    ...passes,
    `drop tls $HOME_NET any -> $EXTERNAL_NET any (msg:"${MARKER} other names"; ` +
      `flow:to_server, established; ssl_state:client_hello; sid:${String(sid)}; rev:1;)`,
  ];
}

function domainList(list: CheckedAllowList, options: RuleOptions): DomainList {
  if (options.mode !== 'enforce')
    throw new RefusalError(
      ID,
      'not_expressible',
      'a domain list denies every other name; use --mode enforce, or leave source=domain-list out',
    );
  const other = list.hosts.find((host) => host.ports.length !== 1 || host.ports[0] !== 443);
  if (other !== undefined)
    throw new RefusalError(
      ID,
      'not_expressible',
      `a domain list has no ports; ${other.fqdn} needs ${String(other.ports)}`,
    );
  return { Targets: hostNames(list), TargetTypes: ['TLS_SNI'], GeneratedRulesType: 'ALLOWLIST' };
}

function homeNet(options: RuleOptions): readonly string[] {
  const networks = (options.settings['home-net'] ?? '').split(',').filter((item) => item !== '');
  for (const network of networks) {
    const read = tryParsePrefix(network);
    if ('problem' in read) throw new UsageError(`${ID}: home-net: ${network} ${read.problem}`);
  }
  return networks;
}

function plan(list: CheckedAllowList, options: RuleOptions): RuleGroupPlan {
  const rules = suricata(list, options);
  const capacity = Number(options.settings['capacity']);
  assertAtMost(ID, rules.length, capacity, 'rules (see --set capacity)');
  return {
    source: options.settings['source'] === 'domain-list' ? domainList(list, options) : rules,
    homeNet: homeNet(options),
    ruleOrder: options.settings['rule-order'] ?? '',
    capacity,
  };
}

function ruleGroup(of: RuleGroupPlan): object {
  const variables = { RuleVariables: { IPSets: { HOME_NET: { Definition: of.homeNet } } } };
  return {
    ...(of.homeNet.length === 0 ? {} : variables),
    RulesSource: 'Targets' in of.source ? { RulesSourceList: of.source } : { RulesString: of.source.join('\n') },
    StatefulRuleOptions: { RuleOrder: of.ruleOrder },
  };
}

const INSTALL = `if token=$(aws network-firewall describe-rule-group --rule-group-name ${MARKER} --type STATEFUL --query UpdateToken --output text 2>/dev/null); then
  aws network-firewall update-rule-group --update-token "$token" --cli-input-json "file://$dir/${UPDATE}" >/dev/null
  echo 'changed the rule group ${MARKER}'
else
  aws network-firewall create-rule-group --cli-input-json "file://$dir/${CREATE}" >/dev/null
  echo 'created the rule group ${MARKER}; now refer to it in your firewall policy'
fi
`;
const UNINSTALL = `aws network-firewall delete-rule-group --rule-group-name ${MARKER} --type STATEFUL >/dev/null
echo 'removed the rule group ${MARKER}'
`;

const CIDR = '[0-9a-f:.]{2,39}/[0-9]{1,3}';

export const awsNetworkFirewall: RuleTarget = {
  id: ID,
  title: 'AWS Network Firewall, names in TLS handshakes (AWS CLI, Terraform, CloudFormation)',
  group: 'clouds',
  capabilities: {
    ...USUAL,
    matches: 'names',
    comments: false,
    modes: ['allow', 'enforce'],
    dns: false,
  },
  settings: [
    FORM,
    {
      name: 'source',
      title: 'rules (Suricata, with ports) or domain-list (enforce only, on every port)',
      default: 'rules',
      pattern: /^(?:rules|domain-list)$/,
    },
    {
      name: 'rule-order',
      title: 'of the firewall policy: STRICT_ORDER or DEFAULT_ACTION_ORDER; cannot be changed later',
      default: 'STRICT_ORDER',
      pattern: /^(?:STRICT_ORDER|DEFAULT_ACTION_ORDER)$/,
    },
    {
      name: 'home-net',
      title: 'where the traffic comes from, comma-separated prefixes; default: the VPC of the firewall',
      default: '',
      pattern: new RegExp(`^(?:${CIDR}(?:,${CIDR}){0,31})?$`),
    },
    {
      name: 'capacity',
      title: 'of the rule group, 1-30000; cannot be changed later',
      default: '100',
      pattern: /^(?:[1-9]\d{0,3}|[12]\d{4}|30000)$/,
    },
    {
      name: 'sid-base',
      title: 'signature id of the first rule; the others follow',
      default: '1894430',
      pattern: /^[1-9]\d{0,8}$/,
    },
  ],
  render(list, options) {
    refuseProxies(ID, list, 'reads the name in a TLS handshake, and a connection to a proxy begins with none');
    const of = plan(list, options);
    const form = ruleGroupForms(awsNetworkFirewall, list, options, of);
    if (form !== null) return form;
    const common = {
      RuleGroupName: MARKER,
      Type: 'STATEFUL',
      Description: revisionLine(awsNetworkFirewall, list, options),
      RuleGroup: ruleGroup(of),
    };
    const short = shortHeader(awsNetworkFirewall, list, options);
    return [
      {
        name: CREATE,
        content: toJson({ ...common, Capacity: of.capacity, Tags: tags(ID) }),
        mode: 0o644,
      },
      { name: UPDATE, content: toJson(common), mode: 0o644, role: 'other' },
      script('install', ID, short, INSTALL),
      script('uninstall', ID, short, UNINSTALL),
    ];
  },
  // The CLI trips over its own sample answer for this service; botocore is what it checks requests with anyway.
  validators: [
    botocoreValidator((files) =>
      [
        { file: CREATE, service: 'network-firewall', command: 'create-rule-group', operation: 'CreateRuleGroup' },
        {
          file: UPDATE,
          service: 'network-firewall',
          command: 'update-rule-group',
          operation: 'UpdateRuleGroup',
          extra: { UpdateToken: '00000000-0000-0000-0000-000000000000' },
        },
      ].filter((call) => files.some((file) => file.name === call.file)),
    ),
    terraformValidator,
    cfnLintValidator,
  ],
};
