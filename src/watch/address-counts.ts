/** How many addresses a name has: published ones, others, and those of the last hour that are missing now. */
import type { Published } from './loop.js';

export interface AddressCounts {
  readonly host: string;
  readonly known: number;
  readonly fresh: number;
  readonly missing: number;
}

export function addressCounts({ facts, memory }: Published): readonly AddressCounts[] {
  return Object.entries(memory.facts?.addresses ?? {}).map(([host, list]) => {
    const known = list.filter((address) => facts.classes[`${host} ${address}`] === 'known').length;
    const remembered = Object.keys(memory.seen[host] ?? {});
    const missing = remembered.filter((address) => !list.includes(address)).length;
    return { host, known, fresh: list.length - known, missing };
  });
}
