/**
 * A sum over everything in an artefact that is not a comment. Devices are often fed by pasting into a console,
 * which drops characters under load, and files are edited on their way: the reader then says so, also where the
 * damaged text would still be a valid rule for something else.
 */
import { createHash } from 'node:crypto';
import type { RenderedFile } from '../../../model/allow-list.js';
import { MARKER } from '../../core/names.js';
import { script } from '../../core/script.js';

/** Starts the line that carries the sum; in a file without comments the line stands in the notice. */
export const SUM = `${MARKER}-sum:`;

/** The lines of a file that mean something; `comment` null = all of them. */
export function bodyLines(content: string, comment: string | null): readonly string[] {
  const lines = content.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return comment === null ? lines : lines.filter((line) => !line.startsWith(comment));
}

/** 64 bits of SHA-256: against accidents, not against forgery. */
export function sumOf(lines: readonly string[]): string {
  return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16);
}

/** Header, sum and body of an artefact whose format has comments. */
export function sealed(head: string, body: readonly string[], comment: string): string {
  return `${head}${comment} ${SUM} ${sumOf(body.filter((row) => !row.startsWith(comment)))} over the lines below\n${body.join('\n')}\n`;
}

/** Lines for the notice: one per file that cannot carry its own sum. */
export function sumLines(files: readonly RenderedFile[]): string {
  return files.map((file) => `${SUM} ${sumOf(bodyLines(file.content, null))} ${file.name}\n`).join('');
}

/** A shell script with its sum; the sum covers every line that is no comment. */
export function sealedScript(role: 'install' | 'uninstall', target: string, head: string, body: string): RenderedFile {
  const sum = sumOf(bodyLines(script(role, target, '', body).content, '#'));
  return script(role, target, `${head}# ${SUM} ${sum} over the lines below\n`, body);
}

/** A shell script that is the artefact itself, or its counterpart. */
export function sealedProgram(
  name: string,
  role: 'install' | 'uninstall',
  head: string,
  body: readonly string[],
): RenderedFile {
  const content = `#!/bin/sh\n${sealed(head, body, '#')}`;
  return { name, content, mode: 0o755, role };
}

/** What the sums say of files that came back. */
export interface SealReport {
  /** Names of files whose sum fits: unchanged since they were rendered. */
  readonly intact: readonly string[];
  /** One line for each file that was changed or cut. */
  readonly broken: readonly string[];
  /** Names of files whose sum stands in a notice that is not there. */
  readonly unknown: readonly string[];
}

/** Comment sign and sum of a file that carries its own. */
function ownSum(content: string): { readonly comment: string; readonly sum: string } | null {
  const match = new RegExp(`^([^\\w\\s]{1,2}) ${SUM} ([0-9a-f]{16}) over `, 'm').exec(content);
  return match === null ? null : { comment: match[1] ?? '', sum: match[2] ?? '' };
}

function sumInNotice(notice: string, name: string): string | null {
  const line = notice.split('\n').find((row) => row.startsWith(`${SUM} `) && row.endsWith(` ${name}`));
  return line?.slice(SUM.length + 1, SUM.length + 17) ?? null;
}

/**
 * Holds `files` against their sums. `rendered`: the same files as they are rendered now, which tells which of them
 * carry a sum; what they say may differ.
 */
export function readSeals(rendered: readonly RenderedFile[], files: readonly RenderedFile[]): SealReport {
  const noticeOf = (rows: readonly RenderedFile[]): string =>
    rows.flatMap((file) => (file.role === 'note' ? [file.content] : [])).join('\n');
  const [template, notice] = [noticeOf(rendered), noticeOf(files)];
  const report = { intact: [] as string[], broken: [] as string[], unknown: [] as string[] };
  for (const { name, content } of files) {
    const own = ownSum(rendered.find((file) => file.name === name)?.content ?? '');
    if (own === null && sumInNotice(template, name) === null) continue;
    const found = own === null ? null : ownSum(content);
    const sum = own === null ? sumInNotice(notice, name) : (found?.sum ?? null);
    if (sum === null && own === null && notice === '') report.unknown.push(name);
    else if (sum === null) report.broken.push(`${name}: its sum is missing`);
    else if (sum !== sumOf(bodyLines(content, own === null ? null : own.comment)))
      report.broken.push(`${name}: was changed or cut: its sum is another one`);
    else report.intact.push(name);
  }
  return report;
}
