import { describe, expect, it } from 'vitest';
import type { Report } from '../../../src/model/report.js';
import { type Change, diffReports } from '../../../src/report/diff.js';
import { diffJson, diffMarkdown, diffText } from '../../../src/report/diff-forms.js';
import { plainPaint } from '../../../src/report/paint.js';
import { redactReport } from '../../../src/report/redact.js';
import { HOSTILE, KINDS, healthy, hostile, intercepted, mqttDropped, proxy407 } from '../../helpers/sample-kinds.js';

const told = (changes: readonly Change[]): string[] =>
  changes.map((c) => `${c.matters ? 'matters' : 'small'} ${c.what}`);

/** The same run a second later: other times, other ids, another order of addresses. */
function again(report: Report): Report {
  return {
    ...report,
    startedAt: '2026-09-01T08:00:00.000Z',
    durationMs: report.durationMs + 17,
    observations: report.observations.map((o) => {
      const later = { ...o, t0Ms: o.t0Ms + 3, tMs: o.tMs + 9 };
      return later.operation === 'resolve' ? { ...later, addresses: later.addresses.toReversed() } : later;
    }),
  };
}

describe('diffReports', () => {
  it('finds no change between two runs of an unchanged host', () => {
    for (const make of Object.values(KINDS)) expect(diffReports(make(), again(make()))).toEqual([]);
  });

  it('says that the answer changed, and through what', () => {
    const changes = diffReports(healthy(), mqttDropped());
    expect(told(changes)).toEqual([
      'matters verdict',
      'matters verdict',
      'matters cause',
      'matters finding',
      'matters finding',
      'small finding',
    ]);
    expect(changes[0]).toMatchObject({ about: 'link', before: 'will work', after: 'WILL FAIL' });
    expect(changes[2]).toMatchObject({ before: null, after: 'tcp.dropped' });
  });

  it('takes another issuer for a change and a renewed certificate for a trifle', () => {
    const renewed = JSON.parse(JSON.stringify(healthy()).replaceAll('a'.repeat(64), 'f'.repeat(64))) as Report;
    expect(told(diffReports(healthy(), renewed))).toEqual([
      'small certificate',
      'small certificate',
      'small certificate',
    ]);
    const changes = diffReports(healthy(), intercepted()).filter(
      (c) => c.what === 'issuer' || c.what === 'certificate',
    );
    expect(new Set(told(changes))).toEqual(new Set(['matters issuer']));
    expect(changes[0]?.after).toContain('ACME Inspection CA');
  });

  it('sees a new route, new addresses and a new resolver', () => {
    expect(diffReports(mqttDropped(), proxy407()).filter((c) => c.what === 'route')).toHaveLength(4);
    const moved = JSON.parse(
      JSON.stringify(healthy()).replaceAll('44.196.50.41', '35.196.244.138').replaceAll('10.20.0.53', '10.20.0.54'),
    ) as Report;
    const changes = diffReports(healthy(), moved);
    expect(changes.filter((c) => c.what === 'addresses').map((c) => c.about)).toEqual([
      'app.netdata.cloud',
      'api.netdata.cloud',
      'mqtt.netdata.cloud',
    ]);
    expect(changes.find((c) => c.what === 'network')).toMatchObject({
      about: 'resolvers',
      before: '10.20.0.53',
      after: '10.20.0.54',
    });
  });

  it('sees the same changes between runs that were strictly redacted with one map', () => {
    const moved = JSON.parse(
      JSON.stringify(proxy407()).replaceAll('10.20.0.53', '10.20.0.54').replaceAll('proxy.corp', 'proxy-2.corp'),
    ) as Report;
    for (const [before, after] of [
      [proxy407(), moved],
      [mqttDropped(), proxy407()],
      [healthy(), intercepted()],
      [proxy407(), again(proxy407())],
    ] as const) {
      const first = redactReport(before, { mode: 'strict', secrets: [] });
      const second = redactReport(after, { mode: 'strict', secrets: [], earlier: first.map });
      expect(told(diffReports(first.report, second.report))).toEqual(told(diffReports(before, after)));
    }
  });

  it('is symmetric', () => {
    const there = diffReports(healthy(), intercepted());
    const back = diffReports(intercepted(), healthy());
    expect(told(back).toSorted()).toEqual(told(there).toSorted());
  });

  it('shows hostile values harmless in every form', () => {
    const changes = diffReports(healthy(), hostile());
    const options = { paint: plainPaint, width: 80, unicode: true, verbose: 0 };
    expect(diffText(changes, options)).not.toMatch(/[^\P{C}\n]/u);
    expect(diffMarkdown(changes)).not.toMatch(/<script|@everyone/);
    const document = JSON.parse(diffJson(changes)) as { same: boolean; changes: Change[] };
    expect(document.same).toBe(false);
    expect(document.changes.some((c) => c.after === HOSTILE)).toBe(true);
  });

  it('tells people once what happened to several legs or hosts, and machines each', () => {
    const changes = diffReports(healthy(), intercepted());
    const issuers = changes.filter((c) => c.what === 'issuer');
    expect(issuers).toHaveLength(3);
    const text = diffText(changes, { paint: plainPaint, width: 120, unicode: true, verbose: 0 });
    expect(text.match(/matters {2}issuer, /g)).toHaveLength(1);
    for (const { about } of issuers) expect(text).toContain(about);
    expect((JSON.parse(diffJson(changes)) as { changes: Change[] }).changes).toHaveLength(changes.length);
  });

  it('reads well', async () => {
    const options = { paint: plainPaint, width: 80, unicode: true, verbose: 0 };
    await expect(diffText(diffReports(healthy(), intercepted()), options)).toMatchFileSnapshot(
      '../../golden/report/diff.80.txt',
    );
    expect(diffText([], options)).toBe('Nothing changed but timings.\n');
  });
});
