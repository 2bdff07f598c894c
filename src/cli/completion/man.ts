/** The manual page, from the options that the commands themselves declare: there is no second list of them. */
import { topHelp } from '../top-help.js';
import { packageVersion } from '../version.js';
import { every, type CommandNode } from './tree.js';

/** roff(7): a backslash, a hyphen that is to be copied, and a line that begins with a control character. */
function escape(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('…', '...')
    .replaceAll(/^([.'])/gm, '\\&$1');
}

/** @param date YYYY-MM-DD; empty = none, so that the page does not depend on when it is made */
export function manualPage(root: CommandNode, date: string): string {
  const sections = [...every(root)].slice(1).flatMap(({ path, usage, description, options }) => {
    const name = ['netdata-egress', ...path].join(' ');
    return [
      `.SS ${escape(name)}`,
      `.B ${escape(`${name} ${usage}`.trim())}`,
      '.PP',
      escape(description),
      ...options.flatMap(({ flags, description: text }) => ['.TP', `.B ${escape(flags)}`, escape(text)]),
    ];
  });
  return [
    `.TH NETDATA\\-EGRESS 1 "${date}" "netdata\\-egress ${packageVersion()}" "User Commands"`,
    '.SH NAME',
    'netdata\\-egress \\- tell whether a Netdata Agent can claim and hold its link to Netdata Cloud from here',
    '.SH SYNOPSIS',
    '.B netdata\\-egress',
    '.I command',
    '.RI [ options ]',
    '.SH DESCRIPTION',
    '.nf',
    escape(topHelp(78).trimEnd()),
    '.fi',
    '.SH COMMANDS',
    ...sections,
    '.SH FILES',
    '.TP',
    '.I /var/lib/netdata\\-egress',
    'What',
    '.B rules apply',
    'and',
    '.B rules refresh',
    'remember: backups, history, the addresses seen. Made when one of them first runs.',
    '.SH SEE ALSO',
    '.BR nft (8),',
    '.BR iptables (8),',
    '.BR sha256sum (1)',
    '',
  ].join('\n');
}
