/**
 * Netskope: a URL list of exact names, as the body of its API. A list has no ports and decides nothing by itself: a
 * policy refers to it. Sources: docs/rules/netskope.md.
 */
import { toJson } from '../core/json-file.js';
import { MARKER } from '../core/names.js';
import { type RuleTarget, PROXY } from '../core/target.js';
import { deviceNotice } from './shared/device-head.js';
import { webNames } from './zscaler.js';

const ID = 'netskope';

export const netskope: RuleTarget = {
  id: ID,
  title: 'Netskope, URL list',
  group: 'proxies',
  capabilities: { ...PROXY, comments: false, modes: ['allow'] },
  settings: [],
  render(list, options) {
    const main = {
      name: `${MARKER}.netskope.json`,
      content: toJson({ name: MARKER, data: { urls: webNames(ID, list), type: 'exact' } }),
      mode: 0o644,
    } as const;
    return [
      main,
      deviceNotice(
        netskope,
        list,
        options,
        [
          `Load: POST ${main.name} to /api/v2/policy/urllist, or PUT it to /api/v2/policy/urllist/ID of the list that is there;`,
          'then POST /api/v2/policy/urllist/deploy. Use the list twice: in a policy that allows, and in a decryption policy that',
          'does not decrypt. To remove: take it out of both, DELETE /api/v2/policy/urllist/ID, deploy.',
        ],
        [main],
      ),
    ];
  },
};
