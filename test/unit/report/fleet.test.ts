import type { FindingId } from '../../../src/model/finding-id.js';
import { describe, expect, it } from 'vitest';
import { Fleet, Tally } from '../../../src/report/fleet.js';
import { fleetJson, fleetMarkdown, fleetText } from '../../../src/report/fleet-forms.js';
import { plainPaint } from '../../../src/report/paint.js';
import { KINDS, healthy, hostile, mqttDropped } from '../../helpers/sample-kinds.js';

const options = { paint: plainPaint, width: 80, unicode: true, verbose: 0 };

function named(report: ReturnType<typeof healthy>, hostname: string) {
  return { ...report, environment: { ...report.environment, hostname } };
}

function sample(): Fleet {
  const fleet = new Fleet();
  for (let i = 0; i < 20; i += 1) fleet.add(named(healthy(), `web-${i}`));
  for (let i = 0; i < 5; i += 1) fleet.add(named(mqttDropped(), `db-${i}`));
  for (const [kind, make] of Object.entries(KINDS)) if (kind !== 'hostile') fleet.add(named(make(), kind));
  return fleet;
}

describe('the fleet table', () => {
  it('counts causes, most frequent first, and what is fine last', () => {
    const rows = sample().rows();
    expect(rows.map((row) => [row.cause, row.reports])).toEqual([
      ['tcp.dropped', 7],
      ['undecided', 2],
      ['dns.nxdomain', 1],
      ['proxy.auth_scheme_unsupported', 1],
      ['tcp.ipv6_broken', 1],
      ['tls.intercepted', 1],
      ['none', 22],
    ]);
    expect(rows[0]?.link).toEqual({ will_work: 0, will_fail: 7, at_risk: 0, unknown: 0 });
  });

  it('does not depend on the order of reports', () => {
    const reports = Object.values(KINDS).map((make) => make());
    const [one, other] = [new Fleet(), new Fleet()];
    for (const report of reports) one.add(report);
    for (const report of reports.toReversed()) other.add(report);
    const counts = (fleet: Fleet) => fleet.rows().map((row) => [row.cause, row.reports]);
    expect(counts(one)).toEqual(counts(other));
    expect(one.outcomes).toEqual(other.outcomes);
  });

  it('keeps no more than it may, whatever comes', () => {
    const tally = new Tally();
    for (let i = 0; i < 10_000; i += 1) tally.add(`value ${i}`);
    expect(tally.distinct).toBeLessThanOrEqual(200);
    expect(tally.distinct + tally.others).toBe(10_000);
    const fleet = new Fleet();
    const report = mqttDropped();
    for (let i = 0; i < 2000; i += 1) {
      const findings = report.findings.map((f) =>
        f.outcome === 'found' ? { ...f, id: `x.${i}` as FindingId, hides: [] } : f,
      );
      fleet.add({ ...named(report, `host-${i}`), findings });
    }
    expect(fleet.rows().length).toBeLessThanOrEqual(501);
    expect(fleet.rows().reduce((sum, row) => sum + row.reports, 0)).toBe(2000);
  });

  it('reads well, and is harmless with hostile hosts', async () => {
    await expect(fleetText(sample(), options)).toMatchFileSnapshot('../../golden/report/fleet.80.txt');
    await expect(fleetMarkdown(sample())).toMatchFileSnapshot('../../golden/report/fleet.md');
    const fleet = sample();
    fleet.add(hostile());
    expect(fleetText(fleet, options)).not.toMatch(/[^\P{C}\n]/u);
    expect(fleetMarkdown(fleet)).not.toMatch(/<script|@everyone/);
    expect((JSON.parse(fleetJson(fleet)) as { reports: number }).reports).toBe(fleet.reports);
  });
});
