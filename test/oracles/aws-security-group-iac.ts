/** Reads what `targets/aws/security-group-iac.ts` writes, and nothing else. */
import { text, type Shape, also, dictionary, prefix, object, port, tuple, exactly } from './shape.js';
import { DESCRIPTION } from './aws-common.js';
import { refersTo, tfTagShape, lintForms, templateShape } from './aws-iac.js';
import { VARIABLE, ruleName, PARAMETER, logicalId, WHAT } from '../../src/firewall/targets/aws/security-group-iac.js';
import type { RenderedFile } from '../../src/model/allow-list.js';

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
