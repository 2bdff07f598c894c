/** A rule group of AWS Network Firewall as Terraform or CloudFormation. */
import type { RenderedFile } from '../../model/allow-list.js';
import { expression, type Hcl, type HclFile } from '../hcl.js';
import { MARKER } from '../names.js';
import { also, either, exactly, integer, object, tuple, type Shape } from '../shape.js';
import type { CheckedAllowList, RuleOptions, RuleTarget } from '../target.js';
import type { Yaml } from '../yaml.js';
import { tags } from './aws-common.js';
import {
  always,
  CFN_MARKER,
  lintForms,
  refersTo,
  revisionLine,
  revisionShape,
  templateFiles,
  templateShape,
  terraformFiles,
  TF_MARKER,
  tfTags,
  tfTagShape,
} from './aws-iac.js';

export interface DomainList {
  readonly Targets: readonly string[];
  readonly TargetTypes: readonly string[];
  readonly GeneratedRulesType: string;
}

export interface RuleGroupPlan {
  /** Suricata rules, one a line, or the domain list. */
  readonly source: readonly string[] | DomainList;
  /** Empty = the VPC of the firewall. */
  readonly homeNet: readonly string[];
  readonly ruleOrder: string;
  readonly capacity: number;
}

/** What the readers of all three forms insist on. */
export interface RuleGroupShapes {
  /** The rules as one text, without a line end at its end. */
  readonly rulesString: Shape;
  readonly domainList: Shape;
  /** The rule group as the API spells it, around what holds the rules. */
  readonly group: (rules: Shape) => Shape;
  /** Properties of the resource beside the group. */
  readonly common: Readonly<Record<string, Shape>>;
  readonly networks: Shape;
  readonly order: Shape;
}

const RESOURCE = 'aws_networkfirewall_rule_group';
const OUTPUT = `${TF_MARKER}_rule_group_arn`;
const OUTPUT_TEXT = 'For the firewall policy';
const OUTPUTS = { Arn: { Description: OUTPUT_TEXT, Value: { Ref: CFN_MARKER } } };

function terraform(target: string, of: RuleGroupPlan, description: string): HclFile {
  const source: Hcl =
    'Targets' in of.source
      ? [
          {
            rules_source_list: [
              {
                generated_rules_type: of.source.GeneratedRulesType,
                target_types: of.source.TargetTypes,
                targets: of.source.Targets,
              },
            ],
          },
        ]
      : [{ rules_string: of.source.map((rule) => `${rule}\n`).join('') }];
  return {
    resource: {
      [RESOURCE]: {
        [TF_MARKER]: [
          {
            name: MARKER,
            type: 'STATEFUL',
            capacity: of.capacity,
            description,
            rule_group: [
              {
                ...(of.homeNet.length === 0
                  ? {}
                  : { rule_variables: [{ ip_sets: [{ key: 'HOME_NET', ip_set: [{ definition: of.homeNet }] }] }] }),
                rules_source: source,
                stateful_rule_options: [{ rule_order: of.ruleOrder }],
              },
            ],
            tags: tfTags(target),
          },
        ],
      },
    },
    output: {
      [OUTPUT]: [{ description: OUTPUT_TEXT, value: expression(`${RESOURCE}.${TF_MARKER}.arn`) }],
    },
  };
}

function resource(target: string, of: RuleGroupPlan, description: string): { readonly [key: string]: Yaml } {
  const source: Yaml =
    'Targets' in of.source
      ? { RulesSourceList: { ...of.source } }
      : // One line for each rule: a text with line ends in it nobody could read.
        { RulesString: { 'Fn::Join': ['\n', of.source] } };
  return {
    Type: 'AWS::NetworkFirewall::RuleGroup',
    Properties: {
      RuleGroupName: MARKER,
      Type: 'STATEFUL',
      Capacity: of.capacity,
      Description: description,
      RuleGroup: {
        ...(of.homeNet.length === 0 ? {} : { RuleVariables: { IPSets: { HOME_NET: { Definition: of.homeNet } } } }),
        RulesSource: source,
        StatefulRuleOptions: { RuleOrder: of.ruleOrder },
      },
      Tags: tags(target).map((tag) => ({ ...tag })),
    },
  };
}

/** The files of a form; null = the form of the AWS CLI is wanted. */
export function ruleGroupForms(
  target: RuleTarget,
  list: CheckedAllowList,
  options: RuleOptions,
  of: RuleGroupPlan,
): readonly RenderedFile[] | null {
  const description = revisionLine(target, list, options);
  if (options.settings['form'] === 'terraform')
    return terraformFiles(target, list, options, terraform(target.id, of, description));
  if (options.settings['form'] !== 'cloudformation') return null;
  return templateFiles(target, list, options, {
    resources: { [CFN_MARKER]: resource(target.id, of, description) },
    outputs: OUTPUTS,
  });
}

export function lintRuleGroupForms(
  files: readonly RenderedFile[],
  target: string,
  shapes: RuleGroupShapes,
): readonly string[] {
  const lines: Shape = (value, path) =>
    typeof value === 'string' && value.endsWith('\n')
      ? shapes.rulesString(value.slice(0, -1), path)
      : [`${path}: is no text of lines`];
  const joined = object({
    'Fn::Join': tuple(exactly('\n'), (value, path) =>
      Array.isArray(value) && value.every((rule) => typeof rule === 'string' && !rule.includes('\n'))
        ? shapes.rulesString(value.join('\n'), path)
        : [`${path}: is no list of rules`],
    ),
  });
  const list = object({
    rules_source_list: tuple(
      also(
        object({ generated_rules_type: anything, target_types: anything, targets: anything }),
        (row: { generated_rules_type: unknown; target_types: unknown; targets: unknown }) =>
          shapes.domainList(
            { Targets: row.targets, TargetTypes: row.target_types, GeneratedRulesType: row.generated_rules_type },
            'rules_source_list',
          )[0] ?? null,
      ),
    ),
  });
  const variables = object({
    ip_sets: tuple(object({ key: exactly('HOME_NET'), ip_set: tuple(object({ definition: shapes.networks })) })),
  });
  const group = object(
    {
      rules_source: tuple(either(object({ rules_string: lines }), list)),
      stateful_rule_options: tuple(object({ rule_order: shapes.order })),
    },
    { rule_variables: tuple(variables) },
  );
  const whole = object({
    name: exactly(MARKER),
    type: exactly('STATEFUL'),
    capacity: integer(1, 30_000),
    description: revisionShape(target),
    rule_group: tuple(group),
    tags: tfTagShape(target),
  });
  const output = object({
    description: exactly(OUTPUT_TEXT),
    value: refersTo(`${RESOURCE}.${TF_MARKER}.arn`),
  });
  return lintForms(files, {
    terraform: object({
      resource: object({ [RESOURCE]: object({ [TF_MARKER]: tuple(whole) }) }),
      output: object({ [OUTPUT]: tuple(output) }),
    }),
    template: templateShape(target, {
      Resources: object({
        [CFN_MARKER]: object({
          Type: exactly('AWS::NetworkFirewall::RuleGroup'),
          Properties: object({ ...shapes.common, RuleGroup: shapes.group(joined) }),
        }),
      }),
      Outputs: always(OUTPUTS),
    }),
  });
}

const anything: Shape = () => [];
