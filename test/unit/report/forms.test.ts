import { describe, expect, it } from 'vitest';
import type { Report } from '../../../src/model/report.js';
import { nagiosExitCode } from '../../../src/report/nagios.js';
import { plainPaint } from '../../../src/report/paint.js';
import { formats } from '../../../src/report/registry.js';
import { KINDS, healthy, hostile, mqttDropped, proxy407 } from '../../helpers/sample-kinds.js';

const options = { paint: plainPaint, width: 80, unicode: true, verbose: 0 };
const GOLDEN = ['markdown', 'junit', 'sarif', 'prometheus', 'nagios'];

function render(id: string, report: Report): string {
  const format = formats[id];
  if (format === undefined) throw new Error(id);
  return format.render(report, options);
}

/** Names and attributes of every element, in order; throws when the text is not well-formed XML. */
function parseXml(text: string): { name: string; attributes: Record<string, string>; depth: number }[] {
  const out: { name: string; attributes: Record<string, string>; depth: number }[] = [];
  const open: string[] = [];
  const rest = text
    .replace(/^<\?xml [^?]*\?>/, '')
    .replace(
      /<(\/?)([\w.-]+)((?:\s+[\w-]+="[^"<>]*")*)\s*(\/?)>/g,
      (_, close: string, name: string, attributes: string, single: string) => {
        if (close === '/') {
          if (open.pop() !== name) throw new Error(`unexpected </${name}>`);
          return '';
        }
        out.push({
          name,
          depth: open.length,
          attributes: Object.fromEntries(Array.from(attributes.matchAll(/([\w-]+)="([^"]*)"/g), (m) => [m[1], m[2]])),
        });
        if (single !== '/') open.push(name);
        return '';
      },
    );
  if (open.length > 0) throw new Error(`<${open.join('><')}> left open`);
  if (/[<>]|&(?!(?:amp|lt|gt|quot|#39);)/.test(rest) || /[^\P{C}\n]/u.test(rest)) throw new Error('stray markup');
  return out;
}

describe('every form', () => {
  for (const [kind, make] of Object.entries(KINDS)) {
    for (const id of GOLDEN) {
      it(`${id} of ${kind}`, async () => {
        await expect(render(id, make())).toMatchFileSnapshot(`../../golden/report/${kind}.${formats[id]?.extension}`);
      });
    }

    it(`${kind}: same input, same bytes; input untouched; no invisible character`, () => {
      for (const [id, format] of Object.entries(formats)) {
        const report = make();
        expect(render(id, report)).toBe(render(id, make()));
        expect(report).toEqual(make());
        expect(format.render(report, options).endsWith('\n')).toBe(true);
        expect(render(id, report)).not.toMatch(/[^\P{C}\n]/u);
      }
    });
  }
});

describe('junit', () => {
  it('is well-formed and counts what it holds', () => {
    for (const make of Object.values(KINDS)) {
      const nodes = parseXml(render('junit', make()));
      const tests = nodes.filter((node) => node.name === 'testcase').length;
      expect(nodes[0]?.attributes['tests']).toBe(String(tests));
      for (const kind of ['failure', 'error', 'skipped']) {
        const plural = { failure: 'failures', error: 'errors', skipped: 'skipped' }[kind] ?? kind;
        expect(nodes[0]?.attributes[plural]).toBe(String(nodes.filter((node) => node.name === kind).length));
      }
    }
  });

  it('turns red exactly when something stops the Agent or nothing could be decided', () => {
    for (const make of Object.values(KINDS)) {
      const report = make();
      const red = parseXml(render('junit', report)).some((node) => node.name === 'failure' || node.name === 'error');
      expect(red).toBe(report.exitCode !== 0);
    }
  });
});

describe('sarif', () => {
  it('points at file and line, and only knows rules that it uses', () => {
    const log = JSON.parse(render('sarif', proxy407())) as {
      runs: { tool: { driver: { rules: { id: string }[] } }; results: { ruleId: string; locations: unknown[] }[] }[];
    };
    const run = log.runs[0]!;
    expect(run.results).toHaveLength(1);
    expect(run.results[0]?.locations).toEqual([
      {
        physicalLocation: {
          artifactLocation: { uri: 'file:///var/lib/netdata/cloud.d/cloud.conf' },
          region: { startLine: 4 },
        },
      },
    ]);
    expect(run.tool.driver.rules.map((rule) => rule.id)).toEqual(run.results.map((result) => result.ruleId));
  });
});

describe('prometheus', () => {
  it('is one sample per line, no series twice', () => {
    for (const make of Object.values(KINDS)) {
      const lines = render('prometheus', make()).trimEnd().split('\n');
      for (const line of lines) {
        expect(line).toMatch(
          /^(# (HELP|TYPE) netdata_egress_\w+ .+|netdata_egress_\w+(\{\w+="(?:[^"\\\n]|\\[\\"n])*"(,\w+="(?:[^"\\\n]|\\[\\"n])*")*\})? -?[\d.]+)$/,
        );
      }
      const series = lines.filter((line) => !line.startsWith('#')).map((line) => line.replace(/ [^ ]+$/, ''));
      expect(new Set(series).size).toBe(series.length);
    }
  });

  it('has exactly one true outcome for each question', () => {
    const text = render('prometheus', mqttDropped());
    expect(text).toContain('netdata_egress_verdict{what="claim",outcome="will_work"} 1');
    expect(text).toContain('netdata_egress_verdict{what="link",outcome="will_fail"} 1');
    expect(text.match(/netdata_egress_verdict\{.*\} 1/g)).toHaveLength(2);
  });
});

describe('nagios', () => {
  it('is one line with one bar, and a code that fits the word', () => {
    const codes = Object.fromEntries(Object.entries(KINDS).map(([kind, make]) => [kind, nagiosExitCode(make())]));
    expect(codes).toEqual({
      healthy: 0,
      'mqtt-dropped': 2,
      nxdomain: 2,
      intercepted: 2,
      'proxy-407': 2,
      interrupted: 3,
      notes: 0,
      undecided: 3,
      'fifty-addresses': 1,
      hostile: 2,
    });
    for (const make of Object.values(KINDS)) {
      const line = render('nagios', make());
      expect(line).toMatch(/^NETDATA EGRESS (OK|WARNING|CRITICAL|UNKNOWN): [^|\n]+ \| [^|\n]+\n$/);
    }
  });
});

describe('markdown', () => {
  it('has nothing live from a peer', () => {
    const text = render('markdown', hostile());
    // Code spans and blocks are inert; what is left must not open anything.
    const live = text.replace(/(?<![`\\])(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, '');
    expect(live).not.toMatch(/<|@everyone|http:\/\/|\]\(|(?<!\\)\[x/);
    expect(text).toContain('&lt;script&gt;');
  });
});

describe('ndjson', () => {
  it('has one object per observation', () => {
    const report = healthy();
    const lines = render('ndjson', report)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map((line) => line['id'])).toEqual(report.observations.map((o) => o.id));
  });
});
