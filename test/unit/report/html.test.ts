import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../../src/model/report.js';
import { htmlFormat } from '../../../src/report/html.js';
import { html } from '../../../src/report/html/markup.js';
import { STYLE, STYLE_HASH } from '../../../src/report/html/style.js';
import { loadReport } from '../../../src/report/load.js';
import { plainPaint } from '../../../src/report/paint.js';
import { waysOf } from '../../../src/report/stations.js';
import {
  KINDS,
  healthy,
  hostile,
  intercepted,
  interrupted,
  mqttDropped,
  proxy407,
} from '../../helpers/sample-kinds.js';

const options = { paint: plainPaint, width: 80, unicode: true, verbose: 0 };

describe('the HTML form', () => {
  it('names its one style by digest', () => {
    expect(STYLE_HASH).toBe(createHash('sha256').update(STYLE).digest('base64'));
  });

  it('escapes everything interpolated', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const inner = html`<p title="${text}">${[text, null, 3]}</p>`.source.replace(/^<p title="|">|<\/p>$/g, '');
        expect(inner.replace(/&(?:amp|lt|gt|quot|#39);/g, '')).not.toMatch(/[<>"'&]/);
      }),
      { numRuns: 40 },
    );
  });

  it('has the tags it writes itself, whatever peers say', () => {
    const tags = (text: string): string[] => [...new Set(text.match(/<\/?[a-z][a-z0-9]*/gi) ?? [])].toSorted();
    const page = htmlFormat.render(hostile(), options);
    expect(tags(page).filter((tag) => /script|img|iframe|object|link|form|base/.test(tag))).toEqual([
      '</script',
      '<script',
    ]);
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).not.toMatch(/ (?:src|on\w+|style)="/);
  });

  it('names the file that it holds, and carries it as data', () => {
    for (const make of Object.values(KINDS)) {
      const run = make();
      const [, name, data, shown] =
        /<a class="save" download="([^"]*)" href="data:application\/json;base64,([A-Za-z0-9+/=]+)"\s*>([^<]*)<\/a\s*>/.exec(
          htmlFormat.render(run, options),
        )!;
      expect(name).toMatch(/^netdata-egress-[A-Za-z0-9.-]+-\d{8}T\d{6,9}Z\.json$/);
      expect(shown).toBe(name);
      const text = Buffer.from(data ?? '', 'base64').toString('utf8');
      expect(loadReport(text, 'run.json')).toEqual(loadReport(JSON.stringify(run), 'run.json'));
    }
  });

  it('can be read back', () => {
    for (const make of Object.values(KINDS))
      expect(loadReport(htmlFormat.render(make(), options), 'run.html')).toEqual(make());
  });
});

describe('the waterfall', () => {
  /** Label of each row → the classes of its bars. */
  const rows = (report: Report): (readonly [string, string])[] =>
    htmlFormat
      .render(report, options)
      .split('<li class="bar">')
      .slice(1)
      .map((part) => {
        const bars = Array.from(part.split('</li>')[0]?.matchAll(/<rect\s+class="b-(\w+)"/g) ?? [], (m) => m[1]);
        return [/class="what">([^<]*)</.exec(part)?.[1] ?? '', bars.join(' ')] as const;
      });

  it('shows what runs inside a tunnel in the row of the tunnel', () => {
    const report = proxy407();
    const tls = intercepted().observations.find((o) => o.operation === 'tls_handshake');
    const tunnel = report.observations.find((o) => o.operation === 'proxy_connect' && o.leg === 'claim');
    if (tls === undefined || tunnel === undefined) throw new Error('the samples have changed');
    const inside = { ...tls, leg: 'claim' as const, transactionId: tunnel.transactionId, address: null };
    const open = report.observations.map((o) => (o === tunnel ? { ...o, failure: null } : o));
    const opened: Report = {
      ...report,
      predictions: report.predictions.map((p) => (p.leg === 'claim' ? { ...p, stops: null } : p)),
      observations: [...open, inside],
    };
    expect(rows(opened)).toContainEqual(['proxy 10.20.0.80', 'connect proxy tls']);
    expect(rows(report)).toContainEqual(['proxy 10.20.0.80', 'connect failed']);
  });

  it('has a row for each address that a leg tried, and for each question to a resolver', () => {
    const labels = rows(mqttDropped());
    expect(labels.filter(([, bars]) => bars === 'failed')).toHaveLength(3);
    expect(rows(KINDS['nxdomain']!()).filter(([label]) => label === 'A mqtt.netdata.cloud @10.20.0.53')).toHaveLength(
      1,
    );
  });

  it('spends no row on an address that needed no looking up', () => {
    const base = proxy407();
    const literal = base.observations.map((o) =>
      o.operation === 'resolve'
        ? { ...o, hostname: '10.20.0.80', addresses: [{ address: '10.20.0.80', family: 4 as const }] }
        : o,
    );
    expect(rows({ ...base, observations: literal }).some(([, bars]) => bars === 'resolve')).toBe(false);
    expect(rows(base).some(([, bars]) => bars === 'resolve')).toBe(true);
  });
});

describe('the path as stations', () => {
  const line = (report: Parameters<typeof waysOf>[0]): string[] =>
    waysOf(report).map((way) => `${way.legs.join('+')}: ${way.stations.map((s) => `${s.name} ${s.state}`).join(', ')}`);

  it('breaks where the evidence says', () => {
    expect(line(mqttDropped())).toEqual([
      'claim+env+auth: host ok, resolver ok, network ok, cloud ok',
      'link: host ok, resolver ok, network breaks, cloud beyond',
    ]);
    expect(line(proxy407())).toEqual([
      'claim+env+auth+link: host ok, resolver ok, proxy breaks, network beyond, cloud beyond',
    ]);
    expect(line(intercepted())).toEqual([
      'claim: host ok, resolver ok, network ok, cloud ok',
      'env+auth+link: host ok, resolver ok, network breaks, cloud beyond',
    ]);
    // A resolver that denies the names has answered: this host is not what is wrong.
    expect(line(KINDS['nxdomain']!())).toEqual([
      'claim+env+auth+link: host ok, resolver breaks, network beyond, cloud beyond',
    ]);
  });

  it('says how long each step took, over all legs that share a line', () => {
    const [way] = waysOf(KINDS['healthy']!());
    const took = Object.fromEntries(
      way?.stations.flatMap((s) => s.took.map((t) => [t.step, [t.leastMs, t.mostMs]] as const)) ?? [],
    );
    expect(took).toMatchObject({ resolve: [11, 11], connect: [24, 24], http_round_trip: [61, 61] });
    expect(
      waysOf(mqttDropped())
        .at(-1)
        ?.stations.find((s) => s.name === 'network')?.took,
    ).toEqual([]);
  });

  it('says what did not pass where something else did', () => {
    const way = waysOf(KINDS['fifty-addresses']!()).find((w) => w.legs.includes('link'));
    expect(way?.stations.find((s) => s.name === 'network')).toMatchObject({
      state: 'partly',
      troubles: ['2001:db8::2, 2001:db8::4 and 23 more: connect, no answer in 5.0 s'],
    });
    for (const item of waysOf(healthy()).flatMap((w) => w.stations)) expect(item.troubles).toEqual([]);
  });

  it('knows nothing of what was not run', () => {
    expect(line(interrupted())).toEqual([
      'claim: host ok, resolver ok, network unknown, cloud unknown',
      'env+auth+link: host unknown, resolver unknown, network unknown, cloud unknown',
    ]);
  });
});
