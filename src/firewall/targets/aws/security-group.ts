/**
 * AWS security group: one egress rule for each address and port. Security groups only allow, are stateful, know no
 * names, and refuse a rule that is there already; so the script compares, adds what is missing, and then takes away
 * what of ours is no longer wanted. Sources: docs/reference/firewall.md#aws-security-group; EC2 API,
 * AuthorizeSecurityGroupEgress and IpRange; VPC quotas.
 */
import type { RenderedFile } from '../../../model/allow-list.js';
import { shortHeader } from '../../core/header.js';
import { toJson } from '../../core/json-file.js';
import { MARKER } from '../../core/names.js';
import { script, shellQuote } from '../../core/script.js';
import { type CheckedAllowList, type RuleOptions, type RuleTarget, USUAL } from '../../core/target.js';
import { assertAtMost, portGroups, remoteResolvers } from '../../core/views.js';
import {
  botocoreValidator,
  cliValidator,
  describe,
  GROUP_ID,
  MAX_RULES,
  tagSpecification,
  type ApiCall,
} from './common.js';
import { cfnLintValidator, FORM, terraformValidator } from '../shared/iac.js';
import { securityGroupForms, type Permission } from './security-group-iac.js';

export const ID = 'aws-security-group';
export const FILE = `${MARKER}.${ID}.json`;

/** One for each protocol, port and family, sorted. */
function permissions(target: string, list: CheckedAllowList, options: RuleOptions): readonly Permission[] {
  const dns = options.dns
    ? options.families.flatMap((family) =>
        (['tcp', 'udp'] as const).map((protocol): Permission => {
          const rows = remoteResolvers(list, family).map((resolver) => ({
            cidr: `${resolver}/${family === 4 ? '32' : '128'}`,
            description: `${MARKER} dns`,
          }));
          return { protocol, port: 53, family, rows };
        }),
      )
    : [];
  const cloud = portGroups(list, options).flatMap((group) =>
    group.ports.flatMap((port) =>
      options.families.map((family): Permission => {
        const rows = (family === 4 ? group.v4 : group.v6).map((endpoint) => ({
          cidr: endpoint.cidr,
          description: describe(endpoint),
        }));
        return { protocol: 'tcp', port, family, rows };
      }),
    ),
  );
  const all = merge([...dns, ...cloud]).filter((row) => row.rows.length > 0);
  for (const family of [4, 6] as const) {
    const count = all.filter((row) => row.family === family).reduce((sum, row) => sum + row.rows.length, 0);
    assertAtMost(target, count, Number(options.settings['max-rules']), `IPv${String(family)} rules`);
  }
  return all;
}

/** The same address and port twice would be refused as a duplicate. */
function merge(all: readonly Permission[]): Permission[] {
  const byKey = new Map<string, Permission>();
  for (const row of all) {
    const key = `${row.protocol} ${String(row.port)} ${String(row.family)}`;
    const before = byKey.get(key);
    const known = new Set(before?.rows.map((item) => item.cidr));
    byKey.set(key, { ...row, rows: [...(before?.rows ?? []), ...row.rows.filter((item) => !known.has(item.cidr))] });
  }
  return [...byKey.values()];
}

function toApi(row: Permission): object {
  const ranges =
    row.family === 4
      ? { IpRanges: row.rows.map(({ cidr, description }) => ({ CidrIp: cidr, Description: description })) }
      : { Ipv6Ranges: row.rows.map(({ cidr, description }) => ({ CidrIpv6: cidr, Description: description })) };
  return { IpProtocol: row.protocol, FromPort: row.port, ToPort: row.port, ...ranges };
}

const OURS =
  `aws ec2 describe-security-group-rules --filters "Name=group-id,Values=$group" 'Name=tag:${MARKER},Values=${ID}' ` +
  "--query 'SecurityGroupRules[?IsEgress].[SecurityGroupRuleId,IpProtocol,FromPort,CidrIpv4||CidrIpv6]' --output text";
/** In two steps: in a pipeline a failure of aws would pass unseen. */
const READ = `ours=$(${OURS})\nours=$(printf '%s\\n' "$ours" | tr '\\t' ' ')`;
const REVOKE = 'aws ec2 revoke-security-group-egress --group-id "$group" --security-group-rule-ids';

function groupArgument(options: RuleOptions): string {
  const group = options.settings[GROUP_ID.name] ?? '';
  return group === '' ? 'group=${1:?give the security group, sg-...}\n' : `group=\${1:-${group}}\n`;
}

/** Adds first, removes last: what is wanted is allowed at every moment. */
function installBody(rows: readonly Permission[], options: RuleOptions): string {
  const single = rows.flatMap((row) => row.rows.map((item) => ({ ...row, rows: [item] })));
  const key = (row: Permission): string => `${row.protocol} ${String(row.port)} ${row.rows[0]?.cidr ?? ''}`;
  return `${groupArgument(options)}${READ}

# protocol, port, prefix, the rule as JSON
allow() {
  if printf '%s\\n' "$ours" | cut -d ' ' -f 2- | grep -q -x -F -e "$1 $2 $3"; then return 0; fi
  if said=$(aws ec2 authorize-security-group-egress --group-id "$group" --ip-permissions "$4" \\
    --tag-specifications 'ResourceType=security-group-rule,Tags=[{Key=${MARKER},Value=${ID}}]' 2>&1); then
    echo "allowed $1 $2 $3"
  else
    case $said in
      *InvalidPermission.Duplicate*) echo "already allowed by a rule that is not ours: $1 $2 $3" ;;
      *) printf '%s\\n' "$said" >&2; exit 1 ;;
    esac
  fi
}

${single.map((row) => `allow ${row.protocol} ${String(row.port)} ${row.rows[0]?.cidr ?? ''} ${shellQuote(JSON.stringify([toApi(row)]))}`).join('\n')}

wanted='${single.map(key).join('\n')}'
printf '%s\\n' "$ours" | while read -r id rule; do
  [ -n "$id" ] || continue
  if ! printf '%s\\n' "$wanted" | grep -q -x -F -e "$rule"; then
    ${REVOKE} "$id" </dev/null >/dev/null
    echo "removed $rule"
  fi
done
`;
}

function uninstallBody(options: RuleOptions): string {
  return `${groupArgument(options)}${READ}
printf '%s\\n' "$ours" | while read -r id rule; do
  [ -n "$id" ] || continue
  ${REVOKE} "$id" </dev/null >/dev/null
  echo "removed $rule"
done
`;
}

const calls = (files: readonly RenderedFile[]): readonly ApiCall[] =>
  files
    .filter((file) => file.name === FILE)
    .map((file) => ({
      file: file.name,
      service: 'ec2',
      command: 'authorize-security-group-egress',
      operation: 'AuthorizeSecurityGroupEgress',
      extra: { GroupId: 'sg-00000000' },
    }));

export const awsSecurityGroup: RuleTarget = {
  id: ID,
  title: 'AWS security group, egress rules (AWS CLI, Terraform, CloudFormation)',
  group: 'clouds',
  capabilities: { ...USUAL, matches: 'addresses', comments: false },
  settings: [FORM, GROUP_ID, MAX_RULES],
  render(list, options) {
    const rows = permissions(ID, list, options);
    const form = securityGroupForms(awsSecurityGroup, list, options, rows);
    if (form !== null) return form;
    const group = options.settings[GROUP_ID.name] ?? '';
    const request = {
      ...(group === '' ? {} : { GroupId: group }),
      IpPermissions: rows.map(toApi),
      TagSpecifications: tagSpecification('security-group-rule', ID),
    };
    const short = shortHeader(awsSecurityGroup, list, options);
    return [
      { name: FILE, content: toJson(request), mode: 0o644 },
      script('install', ID, short, installBody(rows, options)),
      script('uninstall', ID, short, uninstallBody(options)),
    ];
  },
  validators: [cliValidator(calls), botocoreValidator(calls), terraformValidator, cfnLintValidator],
};
