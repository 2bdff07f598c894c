/** A firewall in a file: what a refresh does to it survives the process, as rules in a kernel do. */
import { readFile, writeFile } from 'node:fs/promises';
import type { Sink } from '../../../../src/firewall/live/refresh/sink.js';
import type { CheckedAllowList } from '../../../../src/firewall/core/target.js';

const addresses = (list: CheckedAllowList): string[] =>
  [...new Set(list.hosts.flatMap((host) => host.addresses.map((row) => row.cidr)))].sort();

export async function loaded(path: string): Promise<string[]> {
  return JSON.parse(await readFile(path, 'utf8').catch(() => '[]')) as string[];
}

export function fakeSink(path: string, more: Partial<Sink> = {}): Sink {
  return {
    target: 'fake',
    asks: true,
    needsAddresses: true,
    rearm: false,
    revision: (list) => addresses(list).join(','),
    async drift(list) {
      const have = await loaded(path);
      const want = addresses(list);
      const entry = null;
      return [
        ...want
          .filter((row) => !have.includes(row))
          .map((text) => ({ kind: 'missing', entry, names: [], text }) as const),
        ...have
          .filter((row) => !want.includes(row))
          .map((text) => ({ kind: 'extra', entry, names: [], text }) as const),
      ];
    },
    capture: () => loaded(path),
    restore: (captured) => writeFile(path, JSON.stringify(captured)),
    apply: (list) => writeFile(path, JSON.stringify(addresses(list))),
    ...more,
  };
}
