/** Netdata's protocol and OpenMetrics, read back by readers of their own. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { factsOf } from '../../../src/watch/facts.js';
import type { Published } from '../../../src/watch/loop.js';
import { metricsText } from '../../../src/watch/open-metrics.js';
import { pluginOutput } from '../../../src/watch/plugins-d.js';
import { NOTHING, track } from '../../../src/watch/track.js';
import { healthy, hostile, KINDS, mqttDropped } from '../../helpers/sample-kinds.js';
import type { Report } from '../../../src/model/report.js';

const NOW = Date.parse('2026-03-30T12:00:00Z');
function published(report: Report): Published {
  const facts = factsOf(report);
  const { memory, changes } = track(NOTHING, facts, { nowMs: NOW, held: null });
  return { atMs: NOW - 7000, facts, memory, counts: { rounds: 9, failed: 2, broken: 1, looks: 3 }, changes };
}

interface Chart {
  readonly dimensions: string[];
  readonly labels: Record<string, string>;
  values: Record<string, number>;
}

/** The lines that Netdata would take; throws for one that it would not. */
function readPlugin(text: string): ReadonlyMap<string, Chart> {
  const charts = new Map<string, Chart>();
  let current: Chart | undefined;
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
    const [keyword, ...rest] = words;
    if (keyword === 'CHART') {
      expect(rest).toHaveLength(12);
      current = { dimensions: [], labels: {}, values: {} };
      charts.set(rest[0] ?? '', current);
    } else if (keyword === 'DIMENSION') current?.dimensions.push(rest[0] ?? '');
    else if (keyword === 'CLABEL') {
      expect(rest).toHaveLength(3);
      if (current) current.labels[rest[0] ?? ''] = rest[1] ?? '';
    } else if (keyword === 'BEGIN') {
      current = charts.get(rest[0] ?? '');
      expect(current, line).toBeDefined();
      if (current) current.values = {};
    } else if (keyword === 'SET') {
      expect(rest[1]).toBe('=');
      expect(rest[2]).toMatch(/^-?\d+$/);
      expect(current?.dimensions).toContain(rest[0]);
      if (current) current.values[rest[0] ?? ''] = Number(rest[2]);
    } else expect(['CLABEL_COMMIT', 'END']).toContain(line);
  }
  return charts;
}

describe('the plugin', () => {
  it.each(Object.entries(KINDS))('%s: every line is one that Netdata takes', (_, make) => {
    const charts = readPlugin(pluginOutput('host', 10).print(published(make()), NOW));
    for (const { dimensions, values } of charts.values()) expect(Object.keys(values)).toEqual(dimensions);
  });

  it('says what is the case', () => {
    const charts = readPlugin(pluginOutput('web 1', 10).print(published(mqttDropped()), NOW));
    expect(charts.get('netdata_egress.verdict')).toMatchObject({
      values: { claim: 0, link: 2 },
      labels: { cause: mqttDropped().verdict.link.cause, watched_host: 'web 1' },
    });
    expect(charts.get('netdata_egress.rounds')?.values).toEqual({ finished: 9, failed: 2, broken: 1 });
    expect(charts.get('netdata_egress.age')?.values).toEqual({ age: 7 });
    expect(charts.get('netdata_egress.steps_link')?.labels).toMatchObject({ leg: 'link', route: 'direct' });
    const ends = charts.get('netdata_egress.certificate_expiry')?.values ?? {};
    expect(ends['soonest']).toBe(Math.min(...Object.values(ends)));
  });

  it('announces a chart once, and again when its labels change', () => {
    const output = pluginOutput('host', 10);
    const count = (text: string): number => text.split('\n').filter((line) => line.startsWith('CHART ')).length;
    expect(count(output.print(published(healthy()), NOW))).toBe(11);
    expect(count(output.print(published(healthy()), NOW))).toBe(0);
    expect(count(output.print(published(mqttDropped()), NOW))).toBeGreaterThanOrEqual(2);
  });

  it('foreign text cannot add a line or end a word', () => {
    const text = pluginOutput("x'\nDISABLE\n", 10).print(published(hostile()), NOW);
    expect(text).not.toMatch(/^DISABLE/m);
    readPlugin(text);
  });
});

describe('metrics', () => {
  const of = (report: Report, form: 'text' | 'openmetrics' = 'text'): string =>
    metricsText(published(report), form, '1.2.3', 300_000);

  it.each(Object.entries(KINDS))('%s: every line is a sample or a comment', (_, make) => {
    for (const line of of(make()).trimEnd().split('\n'))
      expect(line).toMatch(/^(?:# (?:HELP|TYPE) |netdata_egress_\w+(?:\{(?:\w+="(?:[^"\\]|\\.)*",?)+\})? -?[\d.e+]+$)/);
  });

  it.runIf(existsSync('/usr/bin/promtool'))('please promtool', { timeout: 30_000 }, () => {
    for (const report of [healthy(), mqttDropped(), hostile()]) {
      const ran = spawnSync('promtool', ['check', 'metrics'], { input: of(report), encoding: 'utf8', timeout: 20_000 });
      expect([ran.status, ran.stdout + ran.stderr]).toEqual([0, '']);
    }
  });

  it('name a counter as each form does', () => {
    expect(of(healthy())).toContain(
      '# TYPE netdata_egress_watch_rounds_total counter\nnetdata_egress_watch_rounds_total 9',
    );
    const open = of(healthy(), 'openmetrics');
    expect(open).toContain('# TYPE netdata_egress_watch_rounds counter\nnetdata_egress_watch_rounds_total 9');
    expect(open.endsWith('# EOF\n')).toBe(true);
  });

  it('before the first round say so by leaving out', () => {
    const text = metricsText(null, 'text', '1.2.3', 300_000);
    expect(text).toContain('netdata_egress_watch_rounds_total 0');
    expect(text).not.toContain('verdict');
  });
});
