/**
 * AWS objects as code: what the Terraform and CloudFormation forms of the AWS targets share. Terraform files carry no
 * `terraform` block, so that they can lie in a module that exists; a CloudFormation stack is ours alone, with the
 * marker as its tag. Sources: docs/rules/aws-*.md name the pages of the provider and of CloudFormation.
 */
import type { RenderedFile } from '../../../model/allow-list.js';
import { toHcl, type HclFile } from '../../core/hcl.js';
import { header, headerLines, shortHeader } from '../../core/header.js';
import { MARKER } from '../../core/names.js';
import { safeComment } from '../../core/sanitise.js';
import { script } from '../../core/script.js';
import {
  RefusalError,
  type CheckedAllowList,
  type RuleOptions,
  type RuleSetting,
  type RuleTarget,
} from '../../core/target.js';
import type { Validator } from '../../core/target.js';
import { toYaml, type Yaml } from '../../core/yaml.js';

export const FORM: RuleSetting = {
  name: 'form',
  title: 'terraform or cloudformation; without it, requests and scripts for the AWS CLI',
  default: '',
  pattern: /^(?:terraform|cloudformation)?$/,
};

export const TF = '.tf';
export const TEMPLATE = '.template.yaml';
/** A template that is handed over with the request (CloudFormation quotas). */
const MAX_TEMPLATE = 51_200;

/** As in the names of Terraform: `nd_allow`. */
export const TF_MARKER = MARKER.replace('-', '_');
/** As in the names of CloudFormation, which are letters and digits alone. */
export const CFN_MARKER = 'NdAllow';

export function tfTags(target: string): Readonly<Record<string, string>> {
  return { [MARKER]: target };
}

/** Description of a whole template or rule group: marker, revision, target, mode. */
export function revisionLine(target: RuleTarget, list: CheckedAllowList, options: RuleOptions): string {
  return safeComment(headerLines(target, list, options)[0] ?? MARKER, 200);
}

/** One file; installing and removing is what the module's own plan and apply do. */
export function terraformFiles(
  target: RuleTarget,
  list: CheckedAllowList,
  options: RuleOptions,
  value: HclFile,
): readonly RenderedFile[] {
  const content = `${header(target, list, options)}\n${toHcl(value)}`;
  return [{ name: `${MARKER}.${target.id}${TF}`, content, mode: 0o644 }];
}

export interface Template {
  readonly parameters?: { readonly [name: string]: Yaml };
  readonly conditions?: { readonly [name: string]: Yaml };
  readonly resources: { readonly [name: string]: Yaml };
  readonly outputs?: { readonly [name: string]: Yaml };
  /** What the script does before it looks for the stack and after, and what it adds to the request. */
  readonly install?: { readonly before: string; readonly after: string; readonly words: string };
}

/** Sets `found` to yes or no; ends the script when the stack is somebody else's. */
function findStack(target: string): string {
  const stack = `${MARKER}-${target}`;
  return `stack=${stack}
if said=$(aws cloudformation describe-stacks --stack-name "$stack" --query "Stacks[0].Tags[?Key=='${MARKER}']|[0].Value" --output text 2>&1); then
  if [ "$said" != '${target}' ]; then
    echo "the stack $stack is there already and is not ours: it lacks the tag ${MARKER}=${target}" >&2
    exit 1
  fi
  found=yes
else
  case $said in
    *'does not exist'*) found=no ;;
    *) printf '%s\\n' "$said" >&2; exit 1 ;;
  esac
fi
`;
}

/** Template, and the scripts that make and remove its stack. */
export function templateFiles(
  target: RuleTarget,
  list: CheckedAllowList,
  options: RuleOptions,
  template: Template,
): readonly RenderedFile[] {
  const name = `${MARKER}.${target.id}${TEMPLATE}`;
  const document = {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: revisionLine(target, list, options),
    ...(template.parameters === undefined ? {} : { Parameters: template.parameters }),
    ...(template.conditions === undefined ? {} : { Conditions: template.conditions }),
    Resources: template.resources,
    ...(template.outputs === undefined ? {} : { Outputs: template.outputs }),
  };
  const content = `${header(target, list, options)}${toYaml([document])}`;
  if (content.length > MAX_TEMPLATE)
    throw new RefusalError(
      target.id,
      'too_many_entries',
      `the template would have ${String(content.length)} bytes, and CloudFormation takes ${String(MAX_TEMPLATE)}`,
    );
  const short = shortHeader(target, list, options);
  const { before = '', after = '', words = '' } = template.install ?? {};
  const install = `${before}${findStack(target.id)}${after}aws cloudformation deploy --stack-name "$stack" --template-file "$dir/${name}" \\
  --no-fail-on-empty-changeset --tags ${MARKER}=${target.id}${words}
[ "$found" = yes ] || echo "made the stack $stack"
`;
  const uninstall = `${findStack(target.id)}if [ "$found" = no ]; then
  echo "there is no stack $stack"
  exit 0
fi
aws cloudformation delete-stack --stack-name "$stack"
aws cloudformation wait stack-delete-complete --stack-name "$stack"
echo "removed the stack $stack"
`;
  return [
    { name, content, mode: 0o644 },
    script('install', target.id, short, install),
    script('uninstall', target.id, short, uninstall),
  ];
}

/** The parser of Terraform itself; it also minds how the file is laid out. Needs neither provider nor network. */
export const terraformValidator: Validator = {
  id: 'terraform fmt -check',
  needs: ['terraform'],
  version: ['terraform', 'version'],
  root: false,
  applies: (files) => files.some((file) => file.name.endsWith(TF)),
  steps: (files) =>
    files
      .filter((file) => file.name.endsWith(TF))
      .map((file) => ({
        argv: ['terraform', 'fmt', '-check', '-diff', '-no-color', `{file:${file.name}}`],
        stdin: null,
      })),
};

/** Knows every resource type with its properties; judges without a network. */
export const cfnLintValidator: Validator = {
  id: 'cfn-lint',
  needs: ['cfn-lint'],
  version: ['cfn-lint', '--version'],
  root: false,
  applies: (files) => files.some((file) => file.name.endsWith(TEMPLATE)),
  steps: (files) =>
    files
      .filter((file) => file.name.endsWith(TEMPLATE))
      .map((file) => ({ argv: ['cfn-lint', '--', `{file:${file.name}}`], stdin: null })),
};
