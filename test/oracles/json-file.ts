/** Reads what `json-file.ts` writes, and nothing else. */
import type { RenderedFile } from '../../src/model/allow-list.js';
import type { Shape } from './shape.js';
import { toJson } from '../../src/firewall/core/json-file.js';

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
