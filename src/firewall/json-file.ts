/** JSON artefacts: how they are written, and the reader that takes nothing but our own spelling. */
import type { RenderedFile } from '../model/allow-list.js';
import type { Shape } from './shape.js';

/** Two spaces, final newline. What goes in has been checked or reduced before: it is ASCII. */
export function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Complaints about one file: syntax, spelling (that also catches repeated keys) and shape. */
export function lintJson(file: RenderedFile, shape: Shape): readonly string[] {
  let value: unknown;
  try {
    value = JSON.parse(file.content);
  } catch {
    return [`${file.name}: is not JSON`];
  }
  const spelling = toJson(value) === file.content ? [] : [`${file.name}: not written as we write it`];
  return [...spelling, ...shape(value, file.name)];
}
