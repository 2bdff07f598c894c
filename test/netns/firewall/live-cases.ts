/** Live handling on real firewalls: read back, save and restore, refresh under load, switch modes. One file each, so that they run side by side. */
import { afterEach, describe, expect, test } from 'vitest';
import { compareLive } from '../../../src/firewall/live/compare.js';
import { findManager } from '../../../src/firewall/live/managers.js';
import type { FirewallManager, ApplyContext } from '../../../src/firewall/live/manager.js';
import { findTarget } from '../../../src/firewall/registry.js';
import { checkAllowList, completeOptions, renderRules, type RuleRequest } from '../../../src/firewall/render.js';
import type { CheckedAllowList } from '../../../src/firewall/core/target.js';
import { host, LAB_RANGES, list, NOW } from '../../unit/firewall/factory.js';
import { DNS4, DNS6, expected, Lab, LISTED, reading, UNLISTED } from './lab.js';
import { insist, type Manager } from './managers.js';

let lab: Lab | null = null;
afterEach(async () => {
  await lab?.close();
  lab = null;
});

const REFRESHES = 200;
/** ufw and firewalld take a second for each change: this many, and all of them with LAB_FULL=1. */
const REFRESHES_SLOW = process.env['LAB_FULL'] === undefined ? 25 : REFRESHES;

function allowList(extra: readonly string[] = []): CheckedAllowList {
  const hosts = [host('app.netdata.cloud', [...LISTED, ...extra])];
  return checkAllowList(list(hosts, { resolvers: [DNS4, DNS6] }), LAB_RANGES);
}

async function open(manager: Manager, skip: (why: string) => void): Promise<Lab> {
  await insist(manager, skip);
  lab = await Lab.open();
  await manager.prepare(lab);
  return lab;
}

interface Handle {
  readonly applier: FirewallManager;
  readonly context: ApplyContext;
  readonly apply: (list: CheckedAllowList) => Promise<void>;
}

function handle(at: Lab, manager: Manager, request: Partial<RuleRequest> = {}): Handle {
  const target = findTarget(manager.target);
  const full = { toolVersion: '0.1.0', ...request };
  const backend =
    manager.env['IPTABLES']?.endsWith('legacy') === true
      ? 'legacy'
      : manager.env['IPTABLES'] === undefined
        ? null
        : 'nft';
  const context: ApplyContext = { runner: at.runner, options: completeOptions(target, full), backend };
  const applier = findManager(manager.target);
  return { applier, context, apply: (wanted) => applier.apply(context, renderRules(target, wanted, full), wanted) };
}

export function liveCases(managers: readonly Manager[]): void {
  describe.each(managers)('$title', (manager) => {
    test('is read back as it was applied, and drift is seen', async ({ skip }) => {
      const at = await open(manager, skip);
      await manager.deny(at);
      const { applier, context, apply } = handle(at, manager);
      expect((await applier.read(context)).present).toBe(false);
      await apply(allowList());
      const live = await applier.read(context);
      expect(compareLive(allowList(), context.options, live, NOW)).toEqual([]);
      expect(live.hooks.every((hook) => hook.present && hook.shadowedBy === null)).toBe(true);
      const drifts = compareLive(allowList(['203.0.113.5']), context.options, live, NOW);
      expect(drifts.map((drift) => [drift.kind, drift.entry?.cidr])).toEqual([['missing', '203.0.113.5/32']]);
      const one = checkAllowList(list([host('app.netdata.cloud', [LISTED[0]])]), LAB_RANGES);
      const extra = compareLive(one, context.options, live, NOW).map(
        (drift) => `${drift.kind} ${drift.entry?.cidr ?? ''}`,
      );
      expect(new Set(extra)).toEqual(
        new Set(LISTED.slice(1).map((address) => `extra ${address}${address.includes(':') ? '/128' : '/32'}`)),
      );
    });

    test('goes back to what was saved, byte for byte: from nothing, from rules, across modes', async ({ skip }) => {
      const at = await open(manager, skip);
      await manager.deny(at);
      const allow = handle(at, manager);
      const enforce = handle(at, manager, { mode: 'enforce' });
      const empty = await manager.snapshot(at);
      const savedEmpty = await allow.applier.capture(allow.context);
      await allow.apply(allowList());
      const withRules = await manager.snapshot(at);
      const savedRules = JSON.parse(JSON.stringify(await allow.applier.capture(allow.context))) as Record<
        string,
        unknown
      >;
      await enforce.apply(allowList(['203.0.113.5', '2001:db8::77']));
      expect(await manager.snapshot(at)).not.toBe(withRules);
      await allow.applier.restore(allow.context, savedRules);
      expect(await manager.snapshot(at)).toBe(withRules);
      expect(reading(await at.matrix())).toEqual(expected(true));
      await allow.applier.restore(allow.context, savedEmpty);
      expect(await manager.snapshot(at)).toBe(empty);
      await enforce.apply(allowList());
      await allow.applier.restore(allow.context, savedRules);
      expect(await manager.snapshot(at)).toBe(withRules);
      await allow.applier.remove(
        allow.context,
        renderRules(findTarget(manager.target), allowList(), { toolVersion: '0' }),
      );
      expect(await manager.snapshot(at)).toBe(empty);
    });

    test('switching from enforce to allow stops enforcing', async ({ skip }) => {
      const at = await open(manager, skip);
      if (manager.target === 'nftables')
        await at.must(['nft', '-f', '-'], {
          stdin: 'table inet filter {\nchain output {\ntype filter hook output priority 0;\n}\n}\n',
        });
      await handle(at, manager, { mode: 'enforce' }).apply(allowList());
      expect(reading(await at.matrix())[`${UNLISTED[0]} 443`]).toBe('blocked');
      await handle(at, manager).apply(allowList());
      expect(reading(await at.matrix())[`${UNLISTED[0]} 443`]).toBe('open');
    });

    test('a connect loop during refreshes loses nothing', { timeout: 1_800_000 }, async ({ skip }) => {
      const at = await open(manager, skip);
      await manager.deny(at);
      const { apply } = handle(at, manager);
      await apply(allowList());
      const rounds = ['ufw', 'firewalld'].includes(manager.target) ? REFRESHES_SLOW : REFRESHES;
      const result = await at.whileConnecting(async () => {
        for (let i = 0; i < rounds; i++)
          await apply(
            allowList([i % 2 === 0 ? `203.0.113.${String((i % 200) + 1)}` : `2001:db8:1::${(i + 1).toString(16)}`]),
          );
      });
      expect([result.failures, result.sentAgain]).toEqual([{}, 0]);
      expect(result.connects).toBeGreaterThan(rounds);
    });
  });
}
