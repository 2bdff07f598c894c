/**
 * What a document of ours lets through against what its header says: a name or a port that somebody wrote into it
 * by hand is well-formed, but not what was rendered. Addresses stand in no header, so they cannot be compared.
 */
import type { RenderedFile } from '../../src/model/allow-list.js';
import { headerPairs } from './reader.js';

export interface Allowed {
  /** Empty where a rule holds addresses. */
  readonly names: readonly string[];
  readonly ports: readonly (number | string)[];
}

/**
 * Complaints; none where no header is at hand (a file without comments, given without its notice). `byNames`: every
 * name of the header must be let through, not only the reverse.
 */
export function headerProblems(
  files: readonly RenderedFile[],
  rules: readonly Allowed[],
  byNames: boolean,
): readonly string[] {
  const { pairs, ports } = headerPairs(files.flatMap((file) => file.content.split('\n')));
  if (ports.size === 0) return [];
  const problems: string[] = [];
  const found = new Set<string>();
  for (const rule of rules) {
    for (const number of rule.ports)
      if (!ports.has(String(number))) problems.push(`port ${String(number)} is not in the header`);
    for (const name of rule.names) for (const number of rule.ports) found.add(`${name} tcp/${String(number)}`);
  }
  for (const pair of found)
    if (!pairs.has(pair)) problems.push(`${pair} is let through, but the header does not say so`);
  if (byNames)
    for (const pair of pairs) if (!found.has(pair)) problems.push(`${pair} is in the header, but not let through`);
  return problems;
}

/** A manifest tells its revision twice: in its header, and in each object. */
export function revisionProblems(file: RenderedFile): readonly string[] {
  const told = [...file.content.matchAll(/id=netdata-cloud rev=([0-9a-f]{12})\b/g)].map((match) => match[1]);
  return new Set(told).size > 1 ? [`${file.name}: header and objects tell different revisions`] : [];
}
