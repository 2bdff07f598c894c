/** The fleet page for a ticket or a wiki. */
import { safeMarkdown } from '../escape.js';
import { BLAME_WORDS } from '../../model/words.js';
import { count } from '../words.js';
import type { FleetDocument, TrendHost } from './document.js';
import {
  causeTitle,
  changesOf,
  differsWords,
  facetWord,
  headline,
  leftOutWords,
  needWords,
  oddWords,
  shareWords,
} from './words.js';

/** Host names in a list; a ticket has a limit, the JSON and CSV forms have none. */
const MOST_NAMES = 500;

const md = (text: string, max = 300): string => safeMarkdown(text, max);
const row = (...cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;

function table(head: readonly string[], align: string, rows: readonly string[]): string[] {
  return rows.length === 0 ? [] : [row(...head), align, ...rows, ''];
}

const names = (all: readonly string[]): string =>
  all
    .slice(0, MOST_NAMES)
    .map((name) => md(name, 200))
    .join(', ') + (all.length > MOST_NAMES ? ` and ${all.length - MOST_NAMES} more` : '');

function trendLines({ trend }: FleetDocument): string[] {
  if (trend === null) return [];
  const line = (word: string, hosts: readonly TrendHost[]): string[] =>
    changesOf(hosts).map(([change, named]) => `- ${word} (${named.length}), ${md(change)}: ${names(named)}`);
  return [
    `## Since ${md(trend.since)}`,
    '',
    ...line('fixed', trend.fixed),
    ...line('new', trend.new),
    ...line('still', trend.still),
    ...line('no longer clear', trend.unclear),
    ...(trend.added.length === 0 ? [] : [`- more hosts (${trend.added.length}): ${names(trend.added)}`]),
    ...(trend.gone.length === 0 ? [] : [`- not there any more (${trend.gone.length}): ${names(trend.gone)}`]),
    '',
  ];
}

export function fleetMarkdown(fleet: FleetDocument): string {
  const causes = fleet.causes.map((cause) =>
    row(
      cause.hosts.length,
      md(causeTitle(cause)),
      md(cause.title),
      cause.blames === null ? '' : BLAME_WORDS[cause.blames],
      cause.cannotClaim,
      cause.cannotLink,
      md(cause.common.map((share) => `${facetWord(share.name)} ${shareWords(share)}`).join(', ')),
    ),
  );
  const odd = fleet.odd.map((one) => row(md(one.host), md(oddWords(one)), md(differsWords(one), 600)));
  const found = fleet.findings.map(({ id, severity, title, hosts, first }) =>
    row(hosts, first, md(id), severity, md(title)),
  );
  const needs = fleet.needs.map((need) =>
    row(
      need.hosts === fleet.hosts.length ? 'all' : need.hosts,
      md(needWords(need)),
      md(
        need.subnets
          .slice(0, 10)
          .map(({ value, hosts }) => `${value} (${hosts})`)
          .join(', ') + (need.subnets.length + need.more > 10 ? ' …' : ''),
      ),
    ),
  );
  const left = leftOutWords(fleet);
  const lines = [
    `# ${headline(fleet)}`,
    '',
    ...trendLines(fleet),
    ...(odd.length === 0
      ? []
      : ['## Odd ones out', '', ...table(['Host', 'What', 'What differs'], '|---|---|---|', odd)]),
    '## Causes',
    '',
    ...table(
      ['Hosts', 'Cause', 'What is wrong', 'Who must act', 'Cannot claim', 'Cannot link', 'In common'],
      '|---:|---|---|---|---:|---:|---|',
      causes,
    ),
    ...(found.length === 0
      ? []
      : [
          '## Everything found',
          '',
          ...table(['Hosts', 'As first cause', 'Finding', 'Severity', 'What'], '|---:|---:|---|---|---|', found),
        ]),
    '## Rules needed',
    '',
    ...table(['Hosts', 'Rule', 'From'], '|---:|---|---|', needs),
    '## Hosts',
    '',
    ...fleet.causes.map(
      (cause) => `- ${md(causeTitle(cause))} (${count(cause.hosts.length, 'host')}): ${names(cause.hosts)}`,
    ),
    '',
    ...(left === '' ? [] : [`Left out: ${left}.`, '']),
  ];
  return lines.join('\n');
}
