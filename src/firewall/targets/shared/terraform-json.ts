/**
 * Terraform in its JSON form, for providers whose attributes are objects and lists of objects. An expression is a
 * string `${...}`. The file carries no `terraform` block, so that it can lie in a module that exists. Labels are names
 * of our objects: letters, digits, `-` and `_`, which identifiers may hold.
 * Source: Terraform, JSON configuration syntax; identifiers.
 */
import type { RenderedFile } from '../../../model/allow-list.js';
import { toJson } from '../../core/json-file.js';
import { MARKER } from '../../core/names.js';
import type { CheckedAllowList, RuleOptions, RuleTarget } from '../../core/target.js';
import { deviceNotice } from './device-head.js';

export const TF_JSON = '.tf.json';

/** Value of an attribute that Terraform looks up: `var.x`, `TYPE.LABEL.id`. */
export function reference(text: string): string {
  return `\${${text}}`;
}

/** Variables by name, with what the user has to look up; and resources by type and label. */
export interface TerraformModule {
  readonly variable: Readonly<Record<string, string>>;
  readonly resource: Readonly<Record<string, Readonly<Record<string, object>>>>;
}

/** The module, and a notice with the header, the hints and the sum of the module. */
export function terraformJson(
  target: RuleTarget,
  list: CheckedAllowList,
  options: RuleOptions,
  { variable, resource }: TerraformModule,
  hints: readonly string[],
): readonly RenderedFile[] {
  const variables = Object.entries(variable).map(([name, description]) => [name, { description, type: 'string' }]);
  const filled = Object.entries(resource).filter(([, rows]) => Object.keys(rows).length > 0);
  const file = {
    name: `${MARKER}.${target.id}${TF_JSON}`,
    content: toJson({ variable: Object.fromEntries(variables) as object, resource: Object.fromEntries(filled) }),
    mode: 0o644,
  };
  return [file, deviceNotice(target, list, options, hints, [file])];
}
