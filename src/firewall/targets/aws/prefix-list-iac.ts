/**
 * Managed prefix lists as Terraform or CloudFormation, and the egress rules that refer to them: for the security
 * groups that are named when it is applied, none of them being fine, too (a route table or firewall may refer to the
 * lists instead).
 */
import type { RenderedFile } from '../../../model/allow-list.js';
import { expression, type HclFile } from '../../core/hcl.js';
import type { CheckedAllowList, RuleOptions, RuleTarget } from '../../core/target.js';
import type { Endpoint } from '../../core/views.js';
import type { Yaml } from '../../core/yaml.js';
import { describe, tags } from './common.js';
import { CFN_MARKER, templateFiles, terraformFiles, TF_MARKER, tfTags } from '../shared/iac.js';

export interface PrefixListPlan {
  readonly name: string;
  readonly family: 4 | 6;
  readonly suffix: string;
  readonly ports: readonly number[];
  readonly maxEntries: number;
  readonly entries: readonly Endpoint[];
}

export const VARIABLE = `${TF_MARKER}_security_groups`;
export const VARIABLE_TEXT = 'Security groups that get egress rules to the lists, by a name of your own';
export const PARAMETER = 'SecurityGroupId';
const PARAMETER_TEXT = 'Security group that gets egress rules to the lists; empty = none';
export const CONDITION = 'HasSecurityGroup';
export const LIST = 'aws_ec2_managed_prefix_list';
export const RULE = 'aws_vpc_security_group_egress_rule';
export const OUTPUT = `${TF_MARKER}_prefix_list_ids`;
const GROUP_PATTERN = '^(sg-[0-9a-f]{8}([0-9a-f]{9})?)?$';

export function tfName(plan: Pick<PrefixListPlan, 'name'>): string {
  return plan.name.replaceAll('-', '_');
}

function terraform(target: string, plans: readonly PrefixListPlan[]): HclFile {
  return {
    variable: {
      [VARIABLE]: [{ description: VARIABLE_TEXT, type: expression('map(string)'), default: {} }],
    },
    resource: {
      [LIST]: Object.fromEntries(
        plans.map((plan) => [
          tfName(plan),
          [
            {
              name: plan.name,
              address_family: `IPv${String(plan.family)}`,
              max_entries: plan.maxEntries,
              entry: plan.entries.map((row) => ({ cidr: row.cidr, description: describe(row) })),
              tags: tfTags(target),
            },
          ] as const,
        ]),
      ),
      [RULE]: Object.fromEntries(
        plans.flatMap((plan) =>
          plan.ports.map((number) => [
            `${tfName(plan)}_tcp_${String(number)}`,
            [
              {
                for_each: expression(`var.${VARIABLE}`),
                security_group_id: expression('each.value'),
                ip_protocol: 'tcp',
                from_port: number,
                to_port: number,
                prefix_list_id: expression(`${LIST}.${tfName(plan)}.id`),
                description: plan.name,
                tags: tfTags(target),
              },
            ] as const,
          ]),
        ),
      ),
    },
    output: {
      [OUTPUT]: [
        {
          description: 'For whatever else refers to the lists',
          value: Object.fromEntries(plans.map((plan) => [plan.name, expression(`${LIST}.${tfName(plan)}.id`)])),
        },
      ],
    },
  };
}

/** `NdAllowV4`, `NdAllowV4x8443`. */
export function logicalId(plan: Pick<PrefixListPlan, 'family' | 'suffix'>): string {
  const suffix = plan.suffix === '' ? '' : `x${plan.suffix.replaceAll('-', 'x')}`;
  return `${CFN_MARKER}V${String(plan.family)}${suffix}`;
}

function listId(id: string): { readonly [key: string]: Yaml } {
  return { 'Fn::GetAtt': [id, 'PrefixListId'] };
}

function resources(target: string, plans: readonly PrefixListPlan[]): Record<string, Yaml> {
  const lists = plans.map((plan): [string, Yaml] => [
    logicalId(plan),
    {
      Type: 'AWS::EC2::PrefixList',
      Properties: {
        PrefixListName: plan.name,
        AddressFamily: `IPv${String(plan.family)}`,
        MaxEntries: plan.maxEntries,
        Entries: plan.entries.map((row) => ({ Cidr: row.cidr, Description: describe(row) })),
        Tags: tags(target).map((tag) => ({ ...tag })),
      },
    },
  ]);
  const rules = plans.flatMap((plan) =>
    plan.ports.map((number): [string, Yaml] => [
      `${logicalId(plan)}Tcp${String(number)}`,
      {
        Type: 'AWS::EC2::SecurityGroupEgress',
        Condition: CONDITION,
        Properties: {
          GroupId: { Ref: PARAMETER },
          IpProtocol: 'tcp',
          FromPort: number,
          ToPort: number,
          DestinationPrefixListId: listId(logicalId(plan)),
          Description: plan.name,
        },
      },
    ]),
  );
  return Object.fromEntries([...lists, ...rules]);
}

export const CONDITIONS = { [CONDITION]: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: PARAMETER }, ''] }] } };
export const PARAMETERS = {
  [PARAMETER]: { Type: 'String', Description: PARAMETER_TEXT, Default: '', AllowedPattern: GROUP_PATTERN },
};

/** The files of a form; null = the form of the AWS CLI is wanted. */
export function prefixListForms(
  target: RuleTarget,
  list: CheckedAllowList,
  options: RuleOptions,
  plans: readonly PrefixListPlan[],
): readonly RenderedFile[] | null {
  if (options.settings['form'] === 'terraform')
    return terraformFiles(target, list, options, terraform(target.id, plans));
  if (options.settings['form'] !== 'cloudformation') return null;
  return templateFiles(target, list, options, {
    parameters: PARAMETERS,
    conditions: CONDITIONS,
    resources: resources(target.id, plans),
    outputs: Object.fromEntries(
      plans.map((plan) => [logicalId(plan), { Description: plan.name, Value: listId(logicalId(plan)) }]),
    ),
    install: {
      before: 'group=${1:-}\n',
      after: `if [ "$found$group" = no ]; then
  echo 'no security group given: the lists are made, and no rule refers to them' >&2
fi
`,
      // Without a group the stack keeps the one that it has: what was allowed stays so.
      words: ` \${group:+--parameter-overrides "${PARAMETER}=$group"}`,
    },
  });
}
