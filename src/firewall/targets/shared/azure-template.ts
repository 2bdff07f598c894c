/**
 * Azure Resource Manager templates: what `az deployment group create` takes. A deployment of this kind adds and
 * changes what the template names and leaves the rest of the resource group alone. Source: docs/rules/azure-nsg.md.
 */
import { MARKER } from '../../core/names.js';
import type { CheckedAllowList, RuleOptions, RuleSetting, RuleTarget } from '../../core/target.js';
import { deviceMark } from './device-head.js';

export const SCHEMA = 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#';
/** Of Microsoft.Network; both kinds of resource have it. */
export const API_VERSION = '2023-11-01';

export const RESOURCE_GROUP: RuleSetting = {
  name: 'resource-group',
  title: 'resource group; without it the scripts take it as their first argument',
  default: '',
  pattern: /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,88}[A-Za-z0-9_-])?)?$/,
};

/** The resource that the rules go into. */
export function parentSetting(name: string, title: string): RuleSetting {
  return {
    name,
    title: `${title}; without it the scripts take it as their second argument`,
    default: '',
    pattern: /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,78}[A-Za-z0-9_])?)?$/,
  };
}

/** `parent` is the template's one parameter. */
export function childName(parent: string, child: string): string {
  return `[format('{0}/${child}', parameters('${parent}'))]`;
}

export function template(
  target: RuleTarget,
  list: CheckedAllowList,
  options: RuleOptions,
  parent: string,
  resources: readonly object[],
): object {
  return {
    $schema: SCHEMA,
    contentVersion: '1.0.0.0',
    metadata: { [MARKER]: deviceMark(target, list, options).slice(MARKER.length + 1) },
    parameters: { [parent]: { type: 'string' } },
    resources,
  };
}

/** First argument: the resource group; second: what the rules go into. */
export function scriptArguments(options: RuleOptions, variable: string, setting: string, what: string): string {
  const argument = (number: number, name: string, value: string, ask: string): string =>
    value === '' ? `${name}=\${${String(number)}:?${ask}}\n` : `${name}=\${${String(number)}:-${value}}\n`;
  return (
    argument(1, 'group', options.settings[RESOURCE_GROUP.name] ?? '', 'give the resource group') +
    argument(2, variable, options.settings[setting] ?? '', `give the ${what}`)
  );
}

export function deploy(target: string, file: string, parent: string, variable: string): string {
  return (
    `az deployment group create --resource-group "$group" --name ${MARKER}-${target} \\\n` +
    `  --template-file "$dir/${file}" --parameters ${parent}="$${variable}" --output none\n`
  );
}
