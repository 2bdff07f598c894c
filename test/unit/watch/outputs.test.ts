/** Netdata's protocol and OpenMetrics, read back by readers of their own. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { factsOf } from '../../../src/watch/facts.js';
import { FUNCTION_LINE, functionAnswer, functionCalls } from '../../../src/watch/function.js';
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

describe('the function', () => {
  const context = { titleOf: (id: string) => `title of ${id}`, nowMs: NOW, updateEvery: 10 };
  const call = { transaction: 'a-1', name: 'netdata-egress' };
  /** What Netdata would hand on; throws where it would not find the end. */
  const answer = (
    report: Report | null,
    asked = call,
  ): { readonly head: string; readonly body: Record<string, unknown> } => {
    const lines = functionAnswer(asked, report === null ? null : published(report), context).split('\n');
    expect(lines.splice(-2)).toEqual(['FUNCTION_RESULT_END', '']);
    expect(lines).not.toContain('FUNCTION_RESULT_END');
    for (const line of lines) expect(line.length).toBeLessThan(15_000);
    const [head = '', ...body] = lines;
    return { head, body: JSON.parse(body.join('\n')) as Record<string, unknown> };
  };

  it.each(Object.entries(KINDS))('%s: is a table whose rows have a key of their own', (_, make) => {
    const { head, body } = answer(make());
    expect(head).toBe(`FUNCTION_RESULT_BEGIN a-1 200 application/json ${String(NOW / 1000 + 10)}`);
    const rows = body['data'] as readonly (readonly string[])[];
    const columns = Object.values(body['columns'] as Record<string, { readonly unique_key: boolean }>);
    for (const row of rows) expect(row).toHaveLength(columns.length);
    expect(columns.filter((column) => column.unique_key)).toHaveLength(1);
    expect(new Set(rows.map(([what]) => what)).size).toBe(rows.length);
  });

  it('shows the verdict, its cause, each leg with its way and steps, certificates and the time', () => {
    const cause = mqttDropped().verdict.link.cause ?? '';
    const rows = answer(mqttDropped()).body['data'] as readonly (readonly string[])[];
    expect(rows).toContainEqual(['verdict: claim', 'will work', '']);
    expect(rows).toContainEqual([
      'verdict: link',
      'WILL FAIL',
      `title of ${cause} (${cause}); run netdata-egress doctor`,
    ]);
    const [, state, detail] = rows.find(([what]) => what === 'way: link') ?? [];
    expect(state).toBe('WILL FAIL');
    expect(detail).toMatch(/^directly, without a proxy; resolve \d+ ms, connect 15000 ms$/);
    expect(rows.filter(([what]) => what?.startsWith('certificate: '))).not.toEqual([]);
    expect(rows.at(-1)).toEqual(['last look', new Date(NOW - 7000).toISOString(), '']);
  });

  it('before the first round, and asked for another one, says so', () => {
    expect(answer(null).body).toMatchObject({ status: 503 });
    expect(answer(healthy(), { transaction: 'b', name: 'processes x' }).body).toMatchObject({ status: 404 });
    expect(answer(healthy(), { transaction: 'b', name: 'netdata-egress after:-60' }).body).toMatchObject({
      status: 200,
    });
  });

  it('is announced in one line', () => {
    expect(FUNCTION_LINE).toMatch(/^FUNCTION GLOBAL "netdata-egress" 10 "[^"'\n]+" "top" "any" 100\n$/);
  });

  it('finds calls in pieces, reads over payloads, lines that are too long or nobody knows, and hears that it is to end', () => {
    const calls: unknown[] = [];
    let quit = 0;
    const take = functionCalls(
      (one) => calls.push(one),
      () => (quit += 1),
    );
    const text =
      'FUNCTION a1 10 "netdata-egress x" 0x13 "source"\nFUNCTION_PAYLOAD b2 10 netdata-egress 0x13 s application/json\n' +
      'FUNCTION evil 10 netdata-egress\nQUIT\nFUNCTION_PAYLOAD_END\nFUNCTION_CANCEL a1\n\nWHAT\n' +
      `FUNCTION c3 10 ${'x'.repeat(40_000)}\nFUNCTION ../d 10 x\nFUNCTION e5 10 'netdata-egress'\n`;
    for (let at = 0; at < text.length; at += 7) take(text.slice(at, at + 7));
    expect(calls).toEqual([
      { transaction: 'a1', name: 'netdata-egress x' },
      { transaction: 'b2', name: 'netdata-egress' },
      { transaction: 'e5', name: 'netdata-egress' },
    ]);
    expect(quit).toBe(0);
    take('QUIT\n');
    expect(quit).toBe(1);
  });
});

describe('metrics', () => {
  const of = (report: Report, form: 'text' | 'openmetrics' = 'text'): string =>
    metricsText(published(report), form, '1.2.3', 300_000);

  it.each(Object.entries(KINDS))('%s: every line is a sample or a comment', (_, make) => {
    for (const line of of(make()).trimEnd().split('\n'))
      expect(line).toMatch(/^(?:# (?:HELP|TYPE) |netdata_egress_\w+(?:\{(?:\w+="(?:[^"\\]|\\.)*",?)+\})? -?[\d.e+]+$)/);
  });

  it.runIf(existsSync('/usr/bin/promtool'))('please promtool', () => {
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
