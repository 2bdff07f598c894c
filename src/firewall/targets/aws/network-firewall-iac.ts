/** A rule group of AWS Network Firewall as Terraform or CloudFormation. */
import type { RenderedFile } from '../../../model/allow-list.js';
import { expression, type Hcl, type HclFile } from '../../core/hcl.js';
import { MARKER } from '../../core/names.js';
import type { CheckedAllowList, RuleOptions, RuleTarget } from '../../core/target.js';
import type { Yaml } from '../../core/yaml.js';
import { tags } from './common.js';
import { CFN_MARKER, revisionLine, templateFiles, terraformFiles, TF_MARKER, tfTags } from '../shared/iac.js';

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

export const RESOURCE = 'aws_networkfirewall_rule_group';
export const OUTPUT = `${TF_MARKER}_rule_group_arn`;
export const OUTPUT_TEXT = 'For the firewall policy';
export const OUTPUTS = { Arn: { Description: OUTPUT_TEXT, Value: { Ref: CFN_MARKER } } };

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
