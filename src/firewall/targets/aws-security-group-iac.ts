/** Egress rules of a security group as Terraform or CloudFormation: one for each address, port and protocol. */
import type { RenderedFile } from '../../model/allow-list.js';
import { expression, type HclFile } from '../hcl.js';
import { also, dictionary, exactly, object, port, prefix, text, tuple, type Shape } from '../shape.js';
import type { CheckedAllowList, RuleOptions, RuleTarget } from '../target.js';
import type { Yaml } from '../yaml.js';
import { DESCRIPTION, GROUP_ID } from './aws-common.js';
import {
  CFN_MARKER,
  lintForms,
  refersTo,
  templateFiles,
  templateShape,
  terraformFiles,
  TF_MARKER,
  tfTags,
  tfTagShape,
} from './aws-iac.js';

export interface Permission {
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  readonly family: 4 | 6;
  readonly rows: readonly { readonly cidr: string; readonly description: string }[];
}

const VARIABLE = `${TF_MARKER}_security_group_id`;
const PARAMETER = 'SecurityGroupId';
const WHAT = 'Security group that gets the egress rules';

function ruleName(row: Pick<Permission, 'protocol' | 'port' | 'family'>): string {
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
function logicalId(row: Omit<Permission, 'rows'>, cidr: string): string {
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

const GROUP_SHAPE = text(/sg-(?:[0-9a-f]{8}|[0-9a-f]{17})/);
const DNS_ONLY = 'is UDP, but not DNS';

function cidrs(family: 4 | 6): Shape {
  return also(
    dictionary(/[0-9a-f:.]{2,39}\/[0-9]{1,3}/, DESCRIPTION),
    (row: object) => Object.keys(row).flatMap((cidr) => prefix(family)(cidr, 'for_each'))[0] ?? null,
  );
}

/** Decides which shape a value is measured by. */
function holds(value: unknown, key: string): boolean {
  return JSON.stringify(value ?? null).includes(`"${key}"`);
}

function tfRule(target: string, family: 4 | 6): Shape {
  return object({
    for_each: cidrs(family),
    security_group_id: refersTo(`var.${VARIABLE}`),
    ip_protocol: text(/tcp|udp/),
    from_port: port,
    to_port: port,
    [`cidr_ipv${String(family)}`]: refersTo('each.key'),
    description: refersTo('each.value'),
    tags: tfTagShape(target),
  });
}

function tfRules(target: string): Shape {
  const [v4, v6] = [tuple(tfRule(target, 4)), tuple(tfRule(target, 6))];
  return also(
    dictionary(/[a-z0-9_]+/, (value, path) => (holds(value, 'cidr_ipv6') ? v6 : v4)(value, path)),
    (rows: Record<string, readonly [{ ip_protocol: 'tcp' | 'udp'; from_port: number; to_port: number }]>) => {
      for (const [name, [row]] of Object.entries(rows)) {
        const family = Object.hasOwn(row, 'cidr_ipv6') ? 6 : 4;
        if (name !== ruleName({ protocol: row.ip_protocol, port: row.from_port, family }))
          return `${name} is not named after what it allows`;
        if (row.from_port !== row.to_port) return `${name} is a range of ports`;
        if (row.ip_protocol === 'udp' && row.from_port !== 53) return `${name} ${DNS_ONLY}`;
      }
      return null;
    },
  );
}

function cfnRule(family: 4 | 6): Shape {
  return object({
    Type: exactly('AWS::EC2::SecurityGroupEgress'),
    Properties: object({
      GroupId: object({ Ref: exactly(PARAMETER) }),
      IpProtocol: text(/tcp|udp/),
      FromPort: port,
      ToPort: port,
      [family === 4 ? 'CidrIp' : 'CidrIpv6']: prefix(family),
      Description: DESCRIPTION,
    }),
  });
}

interface CfnProperties {
  readonly IpProtocol: 'tcp' | 'udp';
  readonly FromPort: number;
  readonly ToPort: number;
  readonly CidrIp?: string;
  readonly CidrIpv6?: string;
}

function cfnRules(): Shape {
  const [v4, v6] = [cfnRule(4), cfnRule(6)];
  return also(
    dictionary(/[A-Za-z0-9]+/, (value, path) => (holds(value, 'CidrIpv6') ? v6 : v4)(value, path)),
    (rows: Record<string, { Properties: CfnProperties }>) => {
      for (const [name, { Properties: row }] of Object.entries(rows)) {
        const plain = { protocol: row.IpProtocol, port: row.FromPort } as const;
        const id =
          row.CidrIp === undefined
            ? logicalId({ ...plain, family: 6 }, row.CidrIpv6 ?? '')
            : logicalId({ ...plain, family: 4 }, row.CidrIp);
        if (name !== id) return `${name} is not named after what it allows`;
        if (row.FromPort !== row.ToPort) return `${name} is a range of ports`;
        if (row.IpProtocol === 'udp' && row.FromPort !== 53) return `${name} ${DNS_ONLY}`;
      }
      return null;
    },
  );
}

export function lintSecurityGroupForms(files: readonly RenderedFile[], target: string): readonly string[] {
  const variable = object({ description: exactly(WHAT), type: refersTo('string') }, { default: GROUP_SHAPE });
  const parameter = object(
    { Type: exactly('AWS::EC2::SecurityGroup::Id'), Description: exactly(WHAT) },
    { Default: GROUP_SHAPE },
  );
  return lintForms(files, {
    terraform: object({
      variable: object({ [VARIABLE]: tuple(variable) }),
      resource: object({ aws_vpc_security_group_egress_rule: tfRules(target) }),
    }),
    template: templateShape(target, { Parameters: object({ [PARAMETER]: parameter }), Resources: cfnRules() }),
  });
}
