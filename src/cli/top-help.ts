/**
 * The help of the program as a whole. It is text of our own, so that asking for it costs no parser of options:
 * start-up stays near that of a bare node. Commands print their own help by commander.
 */
import { wrap } from '../report/width.js';
import { packageAddresses } from './version.js';
import { COMMANDS } from './commands/registry.js';

const ABOUT = [
  'Will this Netdata Agent be able to claim, and to hold its link to Netdata Cloud, from here?',
  'If not: what is in the way, how sure are we, and what must change.',
];

const OPTIONS: readonly (readonly [term: string, text: string])[] = [
  ['-V, --version', 'print the version'],
  ['-h, --help', 'print help'],
];

const EXIT_CODES = `Exit codes:
  0    claim and link will work        3    could not decide
  1    something stops them            4    --strict, and there are warnings
  2    bad usage or unreadable input   130  interrupted`;

/** `width` in columns; the text ends with a line feed. `addresses`: where pages and issues are, as far as known. */
export function topHelp(width: number, { homepage, issues } = packageAddresses()): string {
  const rows = [...OPTIONS, ...COMMANDS.map(({ usage, description }) => [usage, description] as const)];
  const indent = Math.max(...rows.map(([term]) => term.length)) + 4;
  const table = (part: readonly (readonly [string, string])[]): string[] =>
    part.flatMap(([term, text]) =>
      wrap(text, width - indent).map((line, index) => (index === 0 ? `  ${term}` : '').padEnd(indent) + line),
    );
  return [
    'Usage: netdata-egress [options] <command>',
    '',
    ...ABOUT.flatMap((line) => wrap(line, width)),
    '',
    'Commands:',
    ...table(rows.slice(OPTIONS.length)),
    '',
    'Options:',
    ...table(OPTIONS),
    '',
    EXIT_CODES,
    '',
    'Start with:  netdata-egress doctor',
    'One command: netdata-egress <command> --help',
    'A finding:   netdata-egress explain <id>',
    ...(homepage === null ? [] : [`More:        ${homepage}`]),
    ...(issues === null ? [] : [`A bug:       ${issues}`]),
    '',
  ].join('\n');
}
