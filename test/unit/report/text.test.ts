import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../src/model/observation.js';
import { type Paint, plainPaint } from '../../../src/report/paint.js';
import type { RenderOptions } from '../../../src/report/renderer.js';
import { renderText } from '../../../src/report/text.js';
import { columns } from '../../../src/report/width.js';
import { KINDS, healthy, interrupted, mqttDropped, proxy407 } from '../../helpers/sample-kinds.js';

/** Colour as readable tags, so that a golden shows where it is. */
const tags: Paint = {
  bold: (t) => `<b>${t}</b>`,
  dim: (t) => `<dim>${t}</dim>`,
  red: (t) => `<red>${t}</red>`,
  green: (t) => `<green>${t}</green>`,
  yellow: (t) => `<yellow>${t}</yellow>`,
  cyan: (t) => `<cyan>${t}</cyan>`,
};
const plain: RenderOptions = { paint: plainPaint, width: 80, unicode: true, verbose: 0 };
const evidence: RenderOptions = { ...plain, verbose: 1 };

const VARIANTS: Readonly<Record<string, RenderOptions>> = {
  '80': plain,
  '120': { ...plain, width: 120 },
  '80-ascii': { ...plain, unicode: false },
  '120-ascii': { ...plain, width: 120, unicode: false },
  '80-colour': { ...plain, paint: tags },
  '120-colour': { ...plain, width: 120, paint: tags },
  '80-verbose': { ...plain, verbose: 2 },
};

describe('text form', () => {
  for (const [kind, make] of Object.entries(KINDS)) {
    for (const [variant, options] of Object.entries(VARIANTS)) {
      it(`${kind} at ${variant}`, async () => {
        await expect(renderText(make(), options)).toMatchFileSnapshot(`../../golden/report/${kind}.${variant}.txt`);
      });
    }

    it(`${kind}: no line is wider than 80 columns, except lines to be copied`, () => {
      const copied = new Set(
        make().findings.flatMap((f) =>
          f.outcome === 'found'
            ? f.remedies.flatMap((r) => [r.command ?? '', ...r.lines.flatMap((l) => l.text.split('\n'))])
            : [],
        ),
      );
      const wide = renderText(make(), plain)
        .split('\n')
        .filter((line) => columns(line) > 80 && !copied.has(line.trim()));
      // A hostile line to be copied is escaped, so it is not found among the originals; it starts at column 7.
      expect(wide.filter((line) => !line.startsWith('       '))).toEqual([]);
    });

    it(`${kind}: only printable characters reach the terminal; ASCII on request`, () => {
      for (const verbose of [-1, 0, 2]) {
        expect(renderText(make(), { ...plain, verbose })).not.toMatch(/[^\P{C}\n]/u);
        expect(renderText(make(), { ...plain, verbose, unicode: false })).toMatch(/^[\x20-\x7e\n]*$/);
      }
    });
  }

  it('says ok of no leg and no rung that was not run', () => {
    const text = renderText(interrupted(), evidence);
    expect(text).not.toMatch(/will work {2}|✓ (TLS|HTTP|WebSocket|MQTT)/);
    expect(text).toContain('? TLS, HTTP: not checked, the run was cut short');
    expect(text).toContain('? resolve, connect, TLS, WebSocket, MQTT: not checked');
    expect(renderText(mqttDropped(), evidence)).toContain('? TLS, WebSocket, MQTT: skipped, connect failed');
  });

  it('tells a handshake that the leg does not trust from a good one', () => {
    const report = KINDS['intercepted']!();
    expect(renderText(report, evidence)).toMatch(/✗ TLS +FAILED +44\.207\.131\.212: unable to get local issuer/);
  });

  it('tells once what several legs met, and all of it with -v', () => {
    const report = proxy407();
    const brief = renderText(report, evidence);
    expect(brief.match(/✗ proxy +FAILED/g)).toHaveLength(1);
    for (const leg of ['/env', 'login', 'link'])
      expect(brief).toMatch(new RegExp(`✗ ${leg} +WILL FAIL .*: the same as claim`));
    const verbose = renderText(report, { ...plain, verbose: 2 });
    expect(verbose.match(/✗ proxy +FAILED/g)).toHaveLength(4);
    expect(verbose).not.toContain('the same as');
  });

  it('does not call legs the same that met different things', () => {
    const report = proxy407();
    const other = report.observations.map((o) =>
      o.operation === 'proxy_connect' && o.leg === 'auth' && o.failure !== null
        ? { ...o, status: 403, failure: { ...o.failure, kind: 'proxy_refused' as const, rawCode: '403' } }
        : o,
    );
    const text = renderText({ ...report, observations: other }, evidence);
    expect(text).toContain('the proxy refuses (403) (12 ms)');
    expect(text.match(/the same as claim/g)).toHaveLength(2);
  });

  it('asks for no look-up of the names of the cloud where a proxy does that', () => {
    const report = proxy407();
    const lookUp = report.observations.find((o) => o.operation === 'resolve' && o.leg === 'claim');
    if (lookUp?.operation !== 'resolve') throw new Error('the sample looks the proxy up');
    const gone = {
      operation: 'resolve' as const,
      kind: 'dns_nxdomain_error' as const,
      rawCode: 'ENOTFOUND',
      detail: '',
    };
    const observations: Observation[] = [
      { ...lookUp, addresses: [], failure: gone },
      { ...lookUp, id: 'resolve-90', hostname: 'app.netdata.cloud' },
    ];
    const text = renderText({ ...report, observations }, evidence);
    expect(text).toContain('✗ resolve   FAILED      the name does not exist (NXDOMAIN) (');
    expect(text).toContain('? connect, proxy, TLS, HTTP: skipped, resolve failed');
  });

  it('begins with the verdict', () => {
    expect(renderText(healthy(), plain).split('\n')[0]).toBe(
      '✓ Claiming and the link to Netdata Cloud will work from this host.',
    );
    expect(renderText(mqttDropped(), plain).split('\n')[0]).toBe(
      '✗ Claiming will work, but the link to Netdata Cloud will fail.',
    );
  });
});
