/** Discovery on a host made of objects, with the options that a doctor would give. */
import { discover } from '../../../src/agent/discover.js';
import type { DiscoverOptions } from '../../../src/agent/discover-options.js';
import type { ConfigFact } from '../../../src/model/agent.js';
import type { Discovery } from '../../../src/model/planned.js';
import { memoryHost } from './memory-host.js';
import type { MemoryHostOptions } from './memory-host.js';

export async function discoverOn(host: MemoryHostOptions, options: Partial<DiscoverOptions> = {}): Promise<Discovery> {
  let count = 0;
  return discover(memoryHost(host), {
    mozillaRoots: [],
    documented: {
      auth: { host: 'api.netdata.cloud', port: 443, path: '/api/v1/auth' },
      link: { host: 'mqtt.netdata.cloud', port: 443, path: '/mqtt' },
    },
    defaultUrl: 'https://app.netdata.cloud',
    nextId: (operation) => {
      count += 1;
      return `${operation}-${String(count)}`;
    },
    now: () => 0,
    ...options,
  });
}

/** Findings with their kinds, notes left out unless asked for: `agent.proxy_port_missing/port_missing`. */
export function factNames(discovery: Discovery, { notes = false } = {}): string[] {
  return discovery.facts.facts
    .filter((fact) => notes || fact.data['effect'] !== 'note')
    .map((fact) => `${fact.finding}/${String(fact.data['kind'])}`)
    .sort();
}

export function factOf(discovery: Discovery, finding: string): ConfigFact | undefined {
  return discovery.facts.facts.find((fact) => fact.finding === finding);
}

/** An Agent that is installed natively. */
export const NATIVE = { '/usr/sbin/netdata': { content: '', mode: 0o755 } } as const;

export const CLAIMED_ID = '4f6c1c1e-9a52-4c55-8c2f-9b9a4b1d2e3f';
export const TOKEN = 'aB3_dE-fGh'.repeat(13) + 'xYz12';
