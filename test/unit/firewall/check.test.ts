/** The real parsers, in namespaces of their own. What is not installed or not permitted is skipped, visibly. */
import { describe, expect, test } from 'vitest';
import { checkFiles } from '../../../src/firewall/live/check.js';
import { RULE_TARGETS } from '../../../src/firewall/registry.js';
import { checkAllowList, renderRules } from '../../../src/firewall/render.js';
import { host, LAB_RANGES, list, usual } from './factory.js';

const judged = RULE_TARGETS.filter((target) => (target.validators?.length ?? 0) > 0);

describe.each(judged)('$id', (target) => {
  test.each(target.capabilities.modes)('mode %s is accepted by its own parser', { timeout: 60_000 }, async (mode) => {
    const odd = checkAllowList(
      list([
        host('app.netdata.cloud', ['198.51.100.2', '2001:db8::2', '203.0.113.0/28', '203.0.113.7']),
        host('mqtt.netdata.cloud', ['198.51.100.9', '2001:db8:1::/64'], { ports: [443, 8443] }),
        host('only.example', ['198.51.100.77'], { ports: Array.from({ length: 20 }, (_, i) => 9000 + i) }),
      ]),
      LAB_RANGES,
    );
    for (const allowList of [usual(), odd]) {
      const files = renderRules(target, allowList, {
        mode,
        toolVersion: '0.1.0',
        ...(target.capabilities.ownerMatch ? { user: '65534' } : {}),
        ...(target.capabilities.expiry ? { onStale: 'expire' } : {}),
        ...(target.capabilities.dns ? { dns: true } : {}),
      });
      const verdicts = await checkFiles(target, files);
      expect(verdicts.flatMap((verdict) => verdict.problems)).toEqual([]);
      for (const verdict of verdicts) {
        if (verdict.outcome === 'not_verified')
          console.warn(`${target.id}: ${verdict.judge}: ${String(verdict.because)}`);
        else expect(verdict.version === null ? 'own reader' : verdict.version).not.toBe('unknown version');
      }
    }
  });
});
