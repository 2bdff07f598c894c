/** With a proxy in the way, the host needs only the proxy; the destinations are the proxy's business. */
import type { AllowList, RenderedFile } from '../../model/allow-list.js';
import { isOwn } from './allow-list.js';
import { MARKER } from './names.js';
import type { CheckedAllowList } from './target.js';

/** What the people who run the proxy must allow. */
export function proxyNote(list: CheckedAllowList | AllowList): RenderedFile {
  const rows = list.hosts
    .filter((host) => !isOwn(host))
    .flatMap((host) => host.ports.map((port) => `CONNECT ${host.fqdn}:${String(port)}`));
  const content = [
    `${MARKER}: what the proxy must allow`,
    '',
    ...[...new Set(rows)].sort(),
    '',
    'By name, not by address: the addresses change. No other authentication than Basic or none: the Agent offers nothing else.',
    'Exempt these names from TLS inspection, or install the inspecting CA in every trust store that the Agent uses.',
    "The link is one connection that stays open for days: no limit on a tunnel's lifetime, idle time-out above 60 seconds.",
    '',
  ].join('\n');
  return { name: `${MARKER}.proxy-must-allow.txt`, content, mode: 0o644, role: 'note' };
}
