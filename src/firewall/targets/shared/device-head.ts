/**
 * Header of an artefact that matches by names or by addresses, as its setting says. By names, addresses play no
 * part: neither the text nor the revision may change with them.
 */
import type { RenderedFile } from '../../../model/allow-list.js';
import { header, headerLines, shortHeader } from '../../core/header.js';
import { MARKER } from '../../core/names.js';
import type { CheckedAllowList, RuleOptions, RuleTarget } from '../../core/target.js';
import { MATCH_NAMES } from './destinations.js';
import { sumLines } from './seal.js';

function matched(
  target: RuleTarget,
  list: CheckedAllowList,
  options: RuleOptions,
): { readonly as: RuleTarget; readonly of: CheckedAllowList } {
  const byNames = target.capabilities.matches === 'names' || options.settings[MATCH_NAMES.name] === 'names';
  const as = { ...target, capabilities: { ...target.capabilities, matches: byNames ? 'names' : 'addresses' } } as const;
  if (!byNames) return { as, of: list };
  return { as, of: { ...list, rejected: [], hosts: list.hosts.map((host) => ({ ...host, addresses: [] })) } };
}

/** Full header and hints, each line behind `comment`. */
export function deviceHead(
  target: RuleTarget,
  list: CheckedAllowList,
  options: RuleOptions,
  comment: string,
  hints: readonly string[] = [],
): string {
  const { as, of } = matched(target, list, options);
  const rows = hints.map((row) => `${comment} ${row}\n`);
  return header(as, of, options, `${comment} `) + rows.join('');
}

/** Marker, revision, target and mode on one line: for what is kept inside an object. */
export function deviceMark(target: RuleTarget, list: CheckedAllowList, options: RuleOptions): string {
  const { as, of } = matched(target, list, options);
  return headerLines(as, of, options)[0] ?? MARKER;
}

/** Marker, revision and time. */
export function deviceShortHead(
  target: RuleTarget,
  list: CheckedAllowList,
  options: RuleOptions,
  comment: string,
): string {
  const { as, of } = matched(target, list, options);
  return shortHeader(as, of, options, `${comment} `);
}

/** For formats without comments: header, hints and the sums of the files go into a file of their own. */
export function deviceNotice(
  target: RuleTarget,
  list: CheckedAllowList,
  options: RuleOptions,
  hints: readonly string[],
  files: readonly RenderedFile[],
): RenderedFile {
  const { as, of } = matched(target, list, options);
  const rows = [...headerLines(as, of, options), ...hints];
  return {
    name: `${MARKER}-${target.id}.notice.txt`,
    content: `${rows.join('\n')}\n${sumLines(files)}`,
    mode: 0o644,
    role: 'note',
  };
}

/** The two files of a device that loads text: what goes in, and what takes it out again. */
export function loadable(extension: string, install: string, uninstall: string): readonly RenderedFile[] {
  return [
    { name: `${MARKER}.${extension}`, content: install, mode: 0o644, role: 'install' },
    { name: `${MARKER}-uninstall.${extension}`, content: uninstall, mode: 0o644, role: 'uninstall' },
  ];
}
