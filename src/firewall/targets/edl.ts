/**
 * External dynamic lists (Palo Alto and others that poll a text file). URL entries end in `/`: without it
 * `example.com` also matches `example.com.evil.example`. The domain type of PAN-OS serves DNS security and
 * cannot be a rule's destination, so none is made. Source: docs/reference/firewall.md#edl.
 */
import { formatShort, mergePrefixes } from '../core/cidr.js';
import type { RenderedFile } from '../../model/allow-list.js';
import { MARKER } from '../core/names.js';
import { type RuleTarget, USUAL } from '../core/target.js';
import { allEndpoints, hostNames } from '../core/views.js';

export const edl: RuleTarget = {
  id: 'edl',
  title: 'External dynamic lists: URL type and IP type',
  group: 'lists',
  capabilities: { ...USUAL, comments: false, dns: false },
  settings: [],
  render(list, options) {
    const files: RenderedFile[] = [];
    const names = hostNames(list);
    if (names.length > 0)
      files.push({ name: `${MARKER}.edl-url.txt`, content: names.map((name) => `${name}/\n`).join(''), mode: 0o644 });
    const endpoints = [...allEndpoints(list, options, 4), ...allEndpoints(list, options, 6)];
    const prefixes = mergePrefixes(endpoints.map((endpoint) => endpoint.prefix));
    if (prefixes.length > 0)
      files.push({
        name: `${MARKER}.edl-ip.txt`,
        content: prefixes.map((prefix) => `${formatShort(prefix)}\n`).join(''),
        mode: 0o644,
      });
    return files;
  },
};
