/** The Agent's log in a journal namespace of a real systemd, beside a file that an older release left behind. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
// @ts-expect-error: a build script, without types
import { script } from '../../scripts/package/bundle.mjs';
import { hostRunner } from '../../src/firewall/live/runner.js';
import type { Report } from '../../src/model/report.js';

/** Stands in for the daemon; NETDATA_EGRESS_AGENT names a real one (README.md). */
const STAND_IN = `#!/bin/sh
[ "$1" = -V ] && { echo 'netdata v2.8.5'; exit; }
[ "$1" = -W ] && exit 1
echo "CLAIM: Failed to be claimed: Request failed with error: Couldn't resolve host name"
echo "ACLK: Cannot resolve host 'app.netdata.cloud', port '443'"
exec sleep 600
`;

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'nde-journal-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test('is read from the journal, and the old file is not', async () => {
  if ((await hostRunner.which('systemd-nspawn')) === null) throw new Error('systemd-nspawn is not installed');
  const text = await (script as (how: object) => Promise<string>)({ node: '20.18.1', quality: 1 });
  await writeFile(join(dir, 'netdata-egress.cjs'), text);
  const standIn = join(dir, 'netdata');
  await writeFile(standIn, STAND_IN);
  await chmod(standIn, 0o755);
  const program = process.env['NETDATA_EGRESS_AGENT'] ?? standIn;
  const boot = ['bash', join(import.meta.dirname, 'journal.sh'), dir, program];
  const seen = await hostRunner.run(['unshare', '--mount', '--propagation', 'private', ...boot], {
    timeoutMs: 180_000,
  });
  const report = JSON.parse(seen.stdout) as Report;
  const [log] = report.observations.filter(({ operation }) => operation === 'read_agent_log');
  expect(log).toMatchObject({ source: 'journal', where: '--namespace=netdata', failure: null });
  const lines = log?.operation === 'read_agent_log' ? log.lines : [];
  expect(lines.map(({ kind }) => kind)).toContain('claim_failed');
  expect(lines.every(({ at }) => at !== null)).toBe(true);
});
