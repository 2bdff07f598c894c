/**
 * A sum over everything in an artefact that is not a comment. Devices are often fed by pasting into a console,
 * which drops characters under load, and files are edited on their way: the reader then says so, also where the
 * damaged text would still be a valid rule for something else.
 */
import { createHash } from 'node:crypto';
import type { RenderedFile } from '../../model/allow-list.js';
import { MARKER } from '../names.js';
import { script } from '../script.js';

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
