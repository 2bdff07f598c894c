/** Every target that has a parser on this system, with an awkward list; and a damaged artefact is rejected. */
import { describe, expect, test, type TestContext } from 'vitest';
import type { RenderedFile } from '../../../src/model/allow-list.js';
import { checkFiles, type CheckVerdict } from '../../../src/firewall/live/check.js';
import { findTarget, RULE_TARGETS } from '../../../src/firewall/registry.js';
import { checkAllowList, renderRules } from '../../../src/firewall/render.js';
import { RefusalError } from '../../../src/firewall/core/target.js';
import { host, LAB_RANGES, list, usual } from '../../unit/firewall/factory.js';

const judged = RULE_TARGETS.filter((target) => (target.validators?.length ?? 0) > 0);

const odd = checkAllowList(
  list([
    host('app.netdata.cloud', ['198.51.100.2', '2001:db8::2', '203.0.113.0/28', '203.0.113.7']),
    host('mqtt.netdata.cloud', ['198.51.100.9', '2001:db8:1::/64'], { ports: [443, 8443] }),
    host('only.example', ['198.51.100.77'], { ports: Array.from({ length: 20 }, (_, i) => 9000 + i) }),
  ]),
  LAB_RANGES,
);

/** Where nothing that judges the form is installed there is nothing to see: ipfw and pf are programs of other systems. */
function skipUnjudged(context: TestContext, verdicts: readonly CheckVerdict[]): void {
  const reasons = verdicts.map(({ judge, because }) => `${judge}: ${String(because)}`);
  if (verdicts.every(({ outcome }) => outcome === 'not_verified')) context.skip(reasons.join('; '));
}

describe.each(judged)('$id', (target) => {
  test.for(target.capabilities.modes)('mode %s is accepted by its own parser', async (mode, context) => {
    for (const allowList of [usual(), odd]) {
      let files;
      try {
        files = renderRules(target, allowList, {
          mode,
          toolVersion: '0.1.0',
          ...(target.capabilities.ownerMatch ? { user: '65534' } : {}),
          ...(target.capabilities.expiry ? { onStale: 'expire' } : {}),
          ...(target.capabilities.dns ? { dns: true } : {}),
        });
      } catch (error) {
        if (error instanceof RefusalError && allowList === odd) continue;
        throw error;
      }
      const verdicts = await checkFiles(target, files);
      skipUnjudged(context, verdicts);
      expect(verdicts.flatMap((verdict) => verdict.problems)).toEqual([]);
      expect(verdicts.map((verdict) => verdict.outcome)).toContain('accepted');
    }
  });

  test('damaged rules are rejected', async (context) => {
    const files = renderRules(target, usual(), { toolVersion: '0.1.0' });
    skipUnjudged(context, await checkFiles(target, files));
    // botocore knows the names of keys, not which ports there are.
    const damaged = files.map((file) => ({ ...file, content: file.content.replaceAll('443', '99443') }));
    const named = files.map((file) => ({
      ...file,
      content: file.content.replaceAll(/\b(?:acl|nftset|MaxEntries|IpPermissions|RuleGroupName)\b/g, 'nonsense'),
    }));
    const outcomes = await Promise.all(
      [damaged, named].map(async (rows) => (await checkFiles(target, rows)).map((row) => row.outcome)),
    );
    expect(outcomes.flat()).toContain('rejected');
  });
});

/** Other forms of the same target, each with a parser of its own. */
const forms = judged
  .filter((target) => target.settings.some((setting) => setting.name === 'form'))
  .flatMap((target) => ['terraform', 'cloudformation'].map((form) => [target.id, form] as const));

test.for(forms)(
  '%s as %s is accepted by what judges that form, and rejected when damaged',
  async ([id, form], context) => {
    const target = findTarget(id);
    const make = (allowList: typeof odd): readonly RenderedFile[] =>
      renderRules(target, allowList, {
        toolVersion: '0.1.0',
        settings: { form },
        ...(target.capabilities.dns ? { dns: true } : {}),
      });
    const verdicts = await checkFiles(target, make(odd));
    skipUnjudged(context, verdicts);
    expect(verdicts.flatMap((verdict) => verdict.problems)).toEqual([]);
    expect(verdicts.map((verdict) => verdict.outcome)).toContain('accepted');
    for (const verdict of verdicts)
      if (verdict.outcome === 'not_verified')
        console.warn(`${id} as ${form}: ${verdict.judge}: ${String(verdict.because)}`);
    const damaged = make(usual()).map((file) => ({
      ...file,
      content: file.content.replaceAll(/(description|Description|name|Type)/g, '$1 ='),
    }));
    for (const verdict of await checkFiles(target, damaged)) expect(verdict.outcome).not.toBe('accepted');
  },
);
