/**
 * Large lists: 500 addresses for each host, 10,000 prefixes in one list. Each target makes its files within a second of
 * processor time, or refuses and names its limit; none cuts a list short.
 */
import { describe, expect, test } from 'vitest';
import { RULE_TARGETS } from '../../../src/firewall/registry.js';
import { checkAllowList, renderRules } from '../../../src/firewall/render.js';
import { RefusalError, type CheckedAllowList, type RuleTarget } from '../../../src/firewall/core/target.js';
import { flowsOf } from '../../oracles/flows.js';
import { host, list } from './factory.js';

/** Documentation ranges are too small: made-up private ranges, accepted as genuine. */
const ACCEPTED = ['10.0.0.0/8', 'fd00::/8'];

const v4 = (index: number): string =>
  `10.${String(index >> 14)}.${String((index >> 6) & 255)}.${String((index & 63) * 4)}`;
const v6 = (index: number): string => `fd00:0:0:${(index * 4).toString(16)}::1`;

function hosts(count: number, addresses: number): CheckedAllowList {
  const rows = Array.from({ length: count }, (_, row) =>
    host(
      `h${String(row)}.example.com`,
      Array.from({ length: addresses }, (__, index) => {
        const at = row * addresses + index;
        return index % 2 === 0 ? v4(at) : v6(at);
      }),
    ),
  );
  return checkAllowList(list(rows), ACCEPTED);
}

const SIZES: readonly (readonly [string, CheckedAllowList])[] = [
  ['500 addresses for each of three hosts', hosts(3, 500)],
  ['10,000 prefixes in one list', hosts(1, 10_000)],
];

/** Seconds that this process has worked, whoever else is on the machine. */
const worked = (): number => process.cpuUsage().user / 1e6;

/** The limit, and a target that has none. */
const LIMIT = /at most \d+\. Targets without a limit: edl/;

function ways({ settings }: RuleTarget): readonly Record<string, string>[] {
  return settings.some(({ name }) => name === 'match') ? [{ match: 'names' }, { match: 'addresses' }] : [{}];
}

const cases = RULE_TARGETS.flatMap((target) =>
  ways(target).flatMap((settings) =>
    SIZES.map(([size, of]) => [`${target.id} ${settings['match'] ?? ''}`.trim(), size, target, settings, of] as const),
  ),
);

describe.each(cases)('%s: %s', (_, __, target, settings, of) => {
  test('within a second, or refused with its limit', () => {
    const before = worked();
    try {
      const files = renderRules(target, of, { toolVersion: '0.1.0', settings });
      expect(worked() - before).toBeLessThan(1);
      // Reading ten thousand back tells nothing that fifteen hundred do not.
      if (of.hosts.length === 1) return;
      const flows = new Set(flowsOf(target.id, files));
      const byNames = settings['match'] === 'names' || target.capabilities.matches === 'names';
      if (!byNames && target.id !== 'edl') {
        const wanted = of.hosts.flatMap((row) => row.addresses).filter(({ family }) => holds(target.id, family));
        expect(flows.size).toBe(new Set(wanted.map(({ cidr }) => cidr)).size);
      }
    } catch (error) {
      if (!(error instanceof RefusalError)) throw error;
      expect(worked() - before).toBeLessThan(1);
      expect(error.reason).toBe('too_many_entries');
      expect(error.message).toMatch(LIMIT);
      expect(error.message).toContain(target.id);
    }
  });
});

function holds(id: string, family: 4 | 6): boolean {
  if (id === 'cidr4') return family === 4;
  return id === 'cidr6' || id === 'ip6tables' ? family === 6 : true;
}
