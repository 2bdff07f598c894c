/** One line a host (RFC 4180). No cell can be taken for a formula by a spreadsheet. */
import { showInvisible } from '../escape.js';
import type { FleetDocument } from './document.js';

const COLUMNS = [
  'host',
  'outcome',
  'claim',
  'link',
  'cause',
  'findings',
  'labels',
  'source',
  'subnet',
  'egress',
  'gateway',
  'route',
  'resolvers',
  'issuer',
  'agent',
  'platform',
  'tested',
] as const;

/** A leading quote keeps a spreadsheet from calculating what begins like a formula; also behind white space. */
function cell(text: string): string {
  const shown = showInvisible(text);
  const safe = /^\s*[=+\-@|%＝＋－＠]/u.test(shown) ? `'${shown}` : shown;
  return `"${safe.replaceAll('"', '""')}"`;
}

export function* fleetCsv({ hosts }: FleetDocument): Generator<string> {
  yield `${COLUMNS.join(',')}\r\n`;
  for (const { host, startedAt, source, facts } of hosts) {
    const cells = [
      host,
      facts.outcome,
      facts.claim,
      facts.link,
      facts.cause,
      facts.findings.map(({ id }) => id).join(' '),
      facts.labels.join(' '),
      source ?? '',
      facts.subnet ?? '',
      facts.egress ?? '',
      facts.gateway ?? '',
      facts.route,
      facts.resolvers.join(' '),
      facts.issuer ?? '',
      facts.agentVersion,
      facts.platform,
      startedAt,
    ];
    yield `${cells.map(cell).join(',')}\r\n`;
  }
}
