/** Plain lists: what a consumer of such a list may rely upon. */
import { comparePrefixes, covers, tryParsePrefix } from '../../src/firewall/core/cidr.js';
import { fqdnProblem } from '../../src/firewall/core/sanitise.js';
import type { RenderedFile } from '../../src/model/allow-list.js';

/** Lines without comments; complaints about line ends. */
function lines(file: RenderedFile, problems: string[]): string[] {
  if (!file.content.endsWith('\n')) problems.push(`${file.name}: no final newline`);
  if (file.content.includes('\r')) problems.push(`${file.name}: carriage returns`);
  const body = file.content
    .split('\n')
    .slice(0, -1)
    .filter((line) => !line.startsWith('#'));
  if (body.length === 0) problems.push(`${file.name}: empty`);
  return body;
}

/** Sorted, unique, lower-case names; each may have to end in `suffix`. */
export function lintNames(file: RenderedFile, suffix = ''): string[] {
  const problems: string[] = [];
  let before = '';
  for (const line of lines(file, problems)) {
    const name = line.endsWith(suffix) ? line.slice(0, line.length - suffix.length) : line;
    if (!line.endsWith(suffix)) problems.push(`${file.name}: ${JSON.stringify(line)} does not end in ${suffix}`);
    const problem = fqdnProblem(name);
    if (problem !== null) problems.push(`${file.name}: ${JSON.stringify(line.slice(0, 80))} ${problem}`);
    if (name <= before) problems.push(`${file.name}: ${JSON.stringify(name)} is out of order or twice there`);
    before = name;
  }
  return problems;
}

/** Sorted, disjoint prefixes; of one family unless null. */
export function lintPrefixes(file: RenderedFile, family: 4 | 6 | null): string[] {
  const problems: string[] = [];
  let before: ReturnType<typeof tryParsePrefix> | null = null;
  for (const line of lines(file, problems)) {
    const prefix = tryParsePrefix(line);
    if ('problem' in prefix) {
      problems.push(`${file.name}: ${JSON.stringify(line.slice(0, 80))} ${prefix.problem}`);
      continue;
    }
    if (family !== null && prefix.family !== family) problems.push(`${file.name}: ${line} is not IPv${String(family)}`);
    if (before !== null && !('problem' in before) && (comparePrefixes(before, prefix) >= 0 || covers(before, prefix)))
      problems.push(`${file.name}: ${line} is out of order or already covered`);
    before = prefix;
  }
  return problems;
}
