/**
 * Zscaler Internet Access: a custom URL category, as the body of its API and as a list to paste. No entry starts
 * with a dot, which would let five levels of subdomains through. A category has no ports; it is used by rules for
 * web traffic, so anything but 443 is refused. Sources: docs/reference/firewall.md#zscaler; docs/rules/zscaler.md names
 * the pages.
 */
import type { RenderedFile } from '../../model/allow-list.js';
import { MARKER } from '../core/names.js';
import { RefusalError, type CheckedAllowList, type RuleTarget, PROXY } from '../core/target.js';
import { assertAtMost, hostNames, isLiteral } from '../core/views.js';
import { deviceNotice } from './shared/device-head.js';

const ID = 'zscaler';
export const DESCRIPTION = `${MARKER} netdata cloud`;

/** Names for a list of a web proxy, which has no ports: with any port but 443 it is refused. */
export function webNames(target: string, list: CheckedAllowList): readonly string[] {
  for (const host of list.hosts) {
    if (isLiteral(host.fqdn))
      throw new RefusalError(target, 'names_not_supported', `is for names; ${host.fqdn} is an address`);
    const other = host.ports.filter((port) => port !== 443);
    if (other.length > 0)
      throw new RefusalError(
        target,
        'not_expressible',
        `a list of URLs has no ports, and ${host.fqdn} needs ${other.join(', ')}: that takes a firewall rule`,
      );
  }
  const names = hostNames(list);
  assertAtMost(target, names.length, 1000, 'names');
  return names;
}

function category(names: readonly string[]): string {
  const value = {
    configuredName: MARKER,
    customCategory: true,
    superCategory: 'USER_DEFINED',
    type: 'URL_CATEGORY',
    description: DESCRIPTION,
    keywords: [],
    urls: names,
  };
  return `${JSON.stringify(value, null, 2)}\n`;
}

export const zscaler: RuleTarget = {
  id: ID,
  title: 'Zscaler Internet Access, custom URL category',
  group: 'proxies',
  capabilities: { ...PROXY, comments: false, modes: ['allow'] },
  settings: [],
  render(list, options) {
    const names = webNames(ID, list);
    const files: RenderedFile[] = [
      { name: `${MARKER}.zscaler.json`, content: category(names), mode: 0o644 },
      {
        name: `${MARKER}.zscaler-urls.txt`,
        content: names.map((name) => `${name}\n`).join(''),
        mode: 0o644,
        role: 'other',
      },
    ];
    const hints = [
      `Load: POST ${MARKER}.zscaler.json to /urlCategories, or PUT it to /urlCategories/ID of the category that is there;`,
      `or paste ${MARKER}.zscaler-urls.txt into a custom category named ${MARKER}. Then activate the change.`,
      'Use the category twice: in a URL filtering rule that allows, and in an SSL inspection rule that does not inspect.',
      'To remove: take it out of both rules, DELETE /urlCategories/ID, activate.',
    ];
    return [...files, deviceNotice(zscaler, list, options, hints, files)];
  },
};
