/** The real parsers, in namespaces of their own. What is not installed or not permitted is skipped, visibly. */
import { describe, expect, test } from 'vitest';
import { checkFiles } from '../../../src/firewall/live/check.js';
import { findTarget, RULE_TARGETS } from '../../../src/firewall/registry.js';
import { renderRules } from '../../../src/firewall/render.js';
import { usual } from './factory.js';

/** Those whose parser answers at once; the others are judged in the root lab (test/netns/firewall). */
const QUICK = ['nftables', 'iptables', 'squid', 'haproxy'];
const judged = RULE_TARGETS.filter((target) => QUICK.includes(target.id));

describe.each(judged)('$id', (target) => {
  test.each(target.capabilities.modes)('mode %s is accepted by its own parser', async (mode) => {
    const files = renderRules(target, usual(), {
      mode,
      toolVersion: '0.1.0',
      ...(target.capabilities.ownerMatch ? { user: '65534' } : {}),
      ...(target.capabilities.expiry ? { onStale: 'expire' } : {}),
      ...(target.capabilities.dns ? { dns: true } : {}),
    });
    const verdicts = await checkFiles(target, files);
    expect(verdicts.flatMap((verdict) => verdict.problems)).toEqual([]);
    for (const verdict of verdicts)
      if (verdict.outcome === 'not_verified')
        console.warn(`${target.id}: ${verdict.judge}: ${String(verdict.because)}`);
      else expect(verdict.version).not.toBe('unknown version');
  });

  test('something else is rejected, or plainly not verified', async () => {
    const files = renderRules(target, usual(), { toolVersion: '0.1.0' });
    const broken = files.map((file) =>
      file.role === undefined ? { ...file, content: `${file.content}this is no rule\n` } : file,
    );
    const outcomes = (await checkFiles(target, broken)).map((verdict) => verdict.outcome);
    expect(outcomes).not.toContain('accepted');
  });
});

/** As squid 5.7 and 6 print it on a machine whose name is in no DNS. */
test('what squid warns of this machine is no problem of the file; what it warns of the file is', () => {
  const lines = (at: 'file' | 'machine', warning: string): string => {
    const own = ['Processing: include nd-allow.squid.conf', 'Processing: acl a port 443'];
    const last = ['Processing: visible_hostname nd-allow-check'];
    return [...own, ...(at === 'file' ? [warning] : []), ...last, ...(at === 'machine' ? [warning] : [])].join('\n');
  };
  const judge = (stderr: string): readonly string[] | undefined =>
    findTarget('squid').validators?.[0]?.judge?.([
      { step: { argv: ['squid'], stdin: null }, code: 0, stdout: '', stderr },
    ]);
  const unnamed = "WARNING: 'madeup' rDNS test failed: (11) Resource temporarily unavailable";
  expect(judge(lines('machine', unnamed))).toEqual([]);
  const wide = "WARNING: '.netdata.cloud' is a subdomain of 'netdata.cloud'";
  expect(judge(lines('file', wide))).toEqual([wide]);
  const missing = 'ERROR: Cannot open file';
  for (const at of ['file', 'machine'] as const) expect(judge(lines(at, missing))).toEqual([missing]);
});
