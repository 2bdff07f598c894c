/** Reads what `targets/aws/network-firewall-iac.ts` writes, and nothing else. */
import { type Shape, object, tuple, exactly, also, either, integer } from './shape.js';
import type { RenderedFile } from '../../src/model/allow-list.js';
import { MARKER } from '../../src/firewall/core/names.js';
import { revisionShape, tfTagShape, refersTo, lintForms, templateShape, always } from './aws-iac.js';
import { TF_MARKER, CFN_MARKER } from '../../src/firewall/targets/shared/iac.js';
import { OUTPUT_TEXT, RESOURCE, OUTPUT, OUTPUTS } from '../../src/firewall/targets/aws/network-firewall-iac.js';

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
