/** Egress rules of a security group as Terraform or CloudFormation: one for each address, port and protocol. */
import type { RenderedFile } from '../../../model/allow-list.js';
import { expression, type HclFile } from '../../core/hcl.js';
import type { CheckedAllowList, RuleOptions, RuleTarget } from '../../core/target.js';
import type { Yaml } from '../../core/yaml.js';
import { GROUP_ID } from './common.js';
import { CFN_MARKER, templateFiles, terraformFiles, TF_MARKER, tfTags } from '../shared/iac.js';

export interface Permission {
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  readonly family: 4 | 6;
  readonly rows: readonly { readonly cidr: string; readonly description: string }[];
}

export const VARIABLE = `${TF_MARKER}_security_group_id`;
export const PARAMETER = 'SecurityGroupId';
export const WHAT = 'Security group that gets the egress rules';

export function ruleName(row: Pick<Permission, 'protocol' | 'port' | 'family'>): string {
  return `${TF_MARKER}_${row.protocol}_${String(row.port)}_v${String(row.family)}`;
}

function terraform(target: string, rows: readonly Permission[], group: string): HclFile {
  return {
    variable: {
      [VARIABLE]: [{ description: WHAT, type: expression('string'), ...(group === '' ? {} : { default: group }) }],
    },
    resource: {
      aws_vpc_security_group_egress_rule: Object.fromEntries(
        rows.map((row) => [
          ruleName(row),
          [
            {
              for_each: Object.fromEntries(row.rows.map((item) => [item.cidr, item.description])),
              security_group_id: expression(`var.${VARIABLE}`),
              ip_protocol: row.protocol,
              from_port: row.port,
              to_port: row.port,
              [`cidr_ipv${String(row.family)}`]: expression('each.key'),
              description: expression('each.value'),
              tags: tfTags(target),
            },
          ] as const,
        ]),
      ),
    },
  };
}

/** Letters and digits alone: `NdAllowTcp443V4x198x51x100x2l32`. */
export function logicalId(row: Omit<Permission, 'rows'>, cidr: string): string {
  const protocol = row.protocol === 'tcp' ? 'Tcp' : 'Udp';
  return `${CFN_MARKER}${protocol}${String(row.port)}V${String(row.family)}x${cidr.replaceAll(/[.:]/g, 'x').replace('/', 'l')}`;
}

function resources(rows: readonly Permission[]): Record<string, Yaml> {
  return Object.fromEntries(
    rows.flatMap((row) =>
      row.rows.map((item) => [
        logicalId(row, item.cidr),
        {
          Type: 'AWS::EC2::SecurityGroupEgress',
          Properties: {
            GroupId: { Ref: PARAMETER },
            IpProtocol: row.protocol,
            FromPort: row.port,
            ToPort: row.port,
            [row.family === 4 ? 'CidrIp' : 'CidrIpv6']: item.cidr,
            Description: item.description,
          },
        },
      ]),
    ),
  );
}

/** The files of a form; null = the form of the AWS CLI is wanted. */
export function securityGroupForms(
  target: RuleTarget,
  list: CheckedAllowList,
  options: RuleOptions,
  rows: readonly Permission[],
): readonly RenderedFile[] | null {
  const group = options.settings[GROUP_ID.name] ?? '';
  if (options.settings['form'] === 'terraform')
    return terraformFiles(target, list, options, terraform(target.id, rows, group));
  if (options.settings['form'] !== 'cloudformation') return null;
  return templateFiles(target, list, options, {
    parameters: {
      [PARAMETER]: {
        Type: 'AWS::EC2::SecurityGroup::Id',
        Description: WHAT,
        ...(group === '' ? {} : { Default: group }),
      },
    },
    resources: resources(rows),
    install: {
      before: group === '' ? 'group=${1:?give the security group, sg-...}\n' : `group=\${1:-${group}}\n`,
      after: '',
      words: ` --parameter-overrides "${PARAMETER}=$group"`,
    },
  });
}
