/** Reads what `targets/netskope.ts` writes, and nothing else. */
import { MARKER } from '../../src/firewall/core/names.js';
import type { RenderedFile } from '../../src/model/allow-list.js';
import { headerProblems } from './header-check.js';
import { lintJson } from './json-file.js';
import { exactly, fqdn, list, object } from './shape.js';

const SHAPE = object({ name: exactly(MARKER), data: object({ urls: list(fqdn, 1), type: exactly('exact') }) });
const isOwn = (file: RenderedFile): boolean => file.name.endsWith('.netskope.json');

function names(files: readonly RenderedFile[]): readonly string[] {
  return files
    .filter(isOwn)
    .flatMap((file) => (JSON.parse(file.content) as { data: { urls: readonly string[] } }).data.urls);
}

function lint(files: readonly RenderedFile[]): readonly string[] {
  const problems = files.filter(isOwn).flatMap((file) => lintJson(file, SHAPE));
  return problems.length > 0 ? problems : headerProblems(files, [{ names: names(files), ports: [443] }], true);
}

export const netskope = Object.assign(lint, { flows: names });
