import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { htmlFormat } from '../../../src/report/html.js';
import { html } from '../../../src/report/html/markup.js';
import { STYLE, STYLE_HASH } from '../../../src/report/html/style.js';
import { loadReport } from '../../../src/report/load.js';
import { plainPaint } from '../../../src/report/paint.js';
import { waysOf } from '../../../src/report/stations.js';
import { KINDS, hostile, intercepted, interrupted, mqttDropped, proxy407 } from '../../helpers/sample-kinds.js';

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

  it('can be read back', () => {
    for (const make of Object.values(KINDS))
      expect(loadReport(htmlFormat.render(make(), options), 'run.html')).toEqual(make());
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
    expect(line(KINDS['nxdomain']!())).toEqual([
      'claim+env+auth+link: host unknown, resolver breaks, network beyond, cloud beyond',
    ]);
  });

  it('knows nothing of what was not run', () => {
    expect(line(interrupted())).toEqual([
      'claim: host ok, resolver ok, network unknown, cloud unknown',
      'env+auth+link: host unknown, resolver unknown, network unknown, cloud unknown',
    ]);
  });
});
