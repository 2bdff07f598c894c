/**
 * Google Cloud network firewall policy: egress rules whose destinations are names, which Cloud NGFW resolves. Each
 * rule is a flags file for gcloud; a rule is known by its priority, and the script never touches one that does not
 * carry our mark. Sources: docs/reference/firewall.md#gcp-fqdn; docs/rules/gcp-fqdn.md.
 */
import type { RenderedFile } from '../../model/allow-list.js';
import { formatPrefix, parsePrefix } from '../core/cidr.js';
import { toJson } from '../core/json-file.js';
import { MARKER } from '../core/names.js';
import { forOthers, script } from '../core/script.js';
import { type CheckedAllowList, type RuleOptions, type RuleSetting, type RuleTarget, USUAL } from '../core/target.js';
import { assertAtMost, isLiteral, portGroups, remoteResolvers } from '../core/views.js';
import { refuseBareNames } from './shared/cluster-common.js';
import { deviceMark, deviceNotice, deviceShortHead } from './shared/device-head.js';

export const ID = 'gcp-fqdn';
/** Rules by address stand behind this many places for rules by name: a rule that is changed keeps its kind. */
const MAX_RULES = 50;
/** Our own bound: far above what an Agent needs. */
export const MAX_NAMES = 100;

const POLICY: RuleSetting = {
  name: 'policy',
  title: 'network firewall policy; without it the scripts take it as their argument',
  default: '',
  pattern: /^(?:[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?)?$/,
};
const REGION: RuleSetting = {
  name: 'region',
  title: 'region of a regional policy; none = a global one',
  default: '',
  pattern: /^(?:[a-z]{2,20}-[a-z]{2,20}\d{1,2})?$/,
};
const PRIORITY: RuleSetting = {
  name: 'priority',
  title: 'of the first rule, before your first deny; 100 from there on must be free or ours',
  default: '44300',
  pattern: /^[1-9]\d{0,8}$/,
};

interface Rule {
  readonly priority: number;
  readonly destination:
    { readonly '--dest-fqdns': readonly string[] } | { readonly '--dest-ip-ranges': readonly string[] };
  readonly layer4: readonly string[];
}

function plan(list: CheckedAllowList, options: RuleOptions): readonly Rule[] {
  const first = Number(options.settings[PRIORITY.name]);
  const groups = portGroups(list, options).map((group) => {
    const names = [...new Set(group.hosts.map((host) => host.fqdn))];
    return {
      layer4: group.ports.map((number) => `tcp:${String(number)}`),
      names: names.filter((name) => !isLiteral(name)),
      literals: names.filter(isLiteral).map((name) => formatPrefix(parsePrefix(name))),
    };
  });
  const byName = groups
    .filter((group) => group.names.length > 0)
    .map((group, index) => {
      assertAtMost(ID, group.names.length, MAX_NAMES, 'names in one rule');
      return { priority: first + index, destination: { '--dest-fqdns': group.names }, layer4: group.layer4 };
    });
  // A rule holds one family of addresses.
  const ranges = [
    ...groups.map((group) => ({ cidrs: group.literals, layer4: group.layer4 })),
    ...(options.dns
      ? [4, 6].map((family) => ({
          cidrs: remoteResolvers(list, family === 4 ? 4 : 6).map((address) => formatPrefix(parsePrefix(address))),
          layer4: ['udp:53', 'tcp:53'],
        }))
      : []),
  ].flatMap((row) =>
    [false, true].map((v6) => ({ ...row, cidrs: row.cidrs.filter((cidr) => cidr.includes(':') === v6) })),
  );
  const byAddress = ranges
    .filter((row) => row.cidrs.length > 0)
    .map((row, index) => ({
      priority: first + MAX_RULES + index,
      destination: { '--dest-ip-ranges': row.cidrs },
      layer4: row.layer4,
    }));
  assertAtMost(ID, Math.max(byName.length, byAddress.length), MAX_RULES, 'rules');
  return [...byName, ...byAddress];
}

function fileName(rule: Rule): string {
  return `${MARKER}-${String(rule.priority)}.${ID}.json`;
}

const COMMAND = 'gcloud compute network-firewall-policies';

/** What is there: `priority,description` for each rule of the policy. */
function read(options: RuleOptions): string {
  const { policy = '', region = '' } = options.settings;
  const scope = region === '' ? '--global' : `--region=${region}`;
  return `policy=\${1:${policy === '' ? '?give the network firewall policy' : `-${policy}`}}
rules=$(${COMMAND} describe "$policy" ${scope} --flatten='rules[]' \\
  --format='csv[no-heading](rules.priority,rules.description)')
ours=$(printf '%s\\n' "$rules" | sed -n 's/^\\([0-9]*\\),"\\{0,1\\}${MARKER} id=netdata-cloud .* target=${ID} .*$/\\1/p')
`;
}

function rulesScope(options: RuleOptions): string {
  const region = options.settings[REGION.name] ?? '';
  return `--firewall-policy="$policy" ${region === '' ? '--global-firewall-policy' : `--firewall-policy-region=${region}`}`;
}

function remove(options: RuleOptions, wanted: readonly Rule[]): string {
  return forOthers(
    'ours',
    'priority',
    wanted.map((rule) => String(rule.priority)),
    `${COMMAND} rules delete "$priority" ${rulesScope(options)} --quiet; echo "removed $priority"`,
  );
}

function install(options: RuleOptions, wanted: readonly Rule[]): string {
  return `${read(options)}is_ours() { printf '%s\\n' "$ours" | grep -q -x -F -e "$1"; }
wanted='${wanted.map((rule) => String(rule.priority)).join(' ')}'
for priority in $wanted; do
  if printf '%s\\n' "$rules" | grep -q "^$priority," && ! is_ours "$priority"; then
    echo "priority $priority is taken by a rule that is not ours; render with --set priority=..." >&2
    exit 1
  fi
done
put() { # priority, flags file
  if is_ours "$1"; then verb=update; else verb=create; fi
  ${COMMAND} rules "$verb" "$1" ${rulesScope(options)} --flags-file="$dir/$2"
}
${wanted.map((rule) => `put ${String(rule.priority)} ${fileName(rule)}`).join('\n')}
${remove(options, wanted)}`;
}

export const gcpFqdn: RuleTarget = {
  id: ID,
  title: 'Google Cloud firewall policy, names for gcloud',
  group: 'clouds',
  capabilities: { ...USUAL, matches: 'names', comments: false },
  settings: [POLICY, REGION, PRIORITY],
  render(list, options) {
    refuseBareNames(ID, list);
    const rules = plan(list, options);
    const short = deviceShortHead(gcpFqdn, list, options, '#');
    return [
      ...rules.map((rule): RenderedFile => ({
        name: fileName(rule),
        content: toJson({
          '--action': 'allow',
          '--description': deviceMark(gcpFqdn, list, options),
          '--direction': 'EGRESS',
          ...rule.destination,
          '--layer4-configs': rule.layer4,
        }),
        mode: 0o644,
      })),
      script('install', ID, short, install(options, rules)),
      script('uninstall', ID, short, `${read(options)}${remove(options, [])}`),
      deviceNotice(
        gcpFqdn,
        list,
        options,
        [
          'The rules hold for every VM of the networks that the policy is associated with, unless you add targets to them.',
          'Of each name, Google takes the first 32 IPv4 and 32 IPv6 addresses; a name that does not resolve is left out.',
        ],
        [],
      ),
    ];
  },
};
