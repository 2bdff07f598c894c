import { Command } from 'commander';
import { readFileSync } from 'node:fs';
import { register as registerReport } from '../../../src/cli/commands/report.js';
import { worstOutcome } from '../../../src/report/judgement.js';
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../../src/model/report.js';
import { nagiosExitCode } from '../../../src/report/nagios.js';
import { plainPaint } from '../../../src/report/paint.js';
import { formats } from '../../../src/report/registry.js';
import { KINDS, healthy, hostile, mqttDropped, proxy407 } from '../../helpers/sample-kinds.js';

const options = { paint: plainPaint, width: 80, unicode: true, verbose: 0 };
/** Held by tests of their own: the text by width, the documents by their schema, the page by its parts. */
const ELSEWHERE: ReadonlySet<string> = new Set(['text', 'json', 'jsonl', 'ndjson', 'html', 'letter']);
const GOLDEN = Object.keys(formats).filter((id) => !ELSEWHERE.has(id));

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

describe('the names of forms', () => {
  const names = (text: string): string[] => [...text.matchAll(/[a-z]+/g)].map(([name]) => name);
  const page = readFileSync(new URL('../../../docs/report.md', import.meta.url), 'utf8');
  const row = /\| `report show FILE --format F` \| any form: ([^|]*)\|/.exec(page)?.[1] ?? '';
  const command = new Command();
  registerReport(command);
  const show = command.commands.find((one) => one.name() === 'show');
  const help = show?.options.find(({ long }) => long === '--format')?.description ?? '';
  it.each(Object.keys(formats))('%s is in docs/report.md and in the help of --format', (id) => {
    expect(names(row.replaceAll(/\([^)]*\)/g, ''))).toContain(id);
    expect(names(help)).toContain(id);
  });
});

describe('no verdict without the version that it is for', () => {
  const report = proxy407();
  const { value } = report.agent.version;
  // Lines of observations hold no verdict.
  for (const [id, format] of Object.entries(formats).filter(([id]) => id !== 'ndjson')) {
    it(id, () => {
      expect(format.render(report, options)).toContain(value);
    });
  }

  it('text, the verdict only', () => {
    expect(formats['text']?.render(report, { ...options, verbose: -1 })).toContain(`Agent ${value}`);
  });
});

/** Attributes and children that the schema of the form has (junit-10, which Jenkins checks results against). */
const JUNIT: Readonly<Record<string, { needs: string[]; may: string[]; inside: string[] }>> = {
  testsuites: { needs: [], may: ['name', 'time', 'tests', 'failures', 'errors'], inside: ['testsuite'] },
  testsuite: {
    needs: ['name', 'tests', 'failures', 'errors'],
    may: ['group', 'time', 'skipped', 'timestamp', 'hostname', 'id', 'package', 'file', 'log', 'url', 'version'],
    inside: ['testsuite', 'properties', 'testcase', 'system-out', 'system-err'],
  },
  properties: { needs: [], may: [], inside: ['property'] },
  property: { needs: ['name', 'value'], may: [], inside: [] },
  testcase: {
    needs: ['name'],
    may: ['time', 'classname', 'group'],
    inside: ['skipped', 'error', 'failure', 'system-out', 'system-err'],
  },
  failure: { needs: [], may: ['type', 'message'], inside: [] },
  error: { needs: [], may: ['type', 'message'], inside: [] },
  skipped: { needs: [], may: ['type', 'message'], inside: [] },
  'system-out': { needs: [], may: [], inside: [] },
};

describe('junit', () => {
  it('has the shape that its readers expect', () => {
    for (const make of Object.values(KINDS)) {
      const parents: string[] = [];
      for (const { name, attributes, depth } of parseXml(render('junit', make()))) {
        const shape = JUNIT[name];
        if (shape === undefined) throw new Error(`<${name}> is no element of the form`);
        const present = Object.keys(attributes);
        expect(shape.needs.filter((key) => !present.includes(key))).toEqual([]);
        expect(present.filter((key) => ![...shape.needs, ...shape.may].includes(key))).toEqual([]);
        parents.length = depth;
        expect(depth === 0 ? name === 'testsuites' : JUNIT[parents.at(-1) ?? '']?.inside.includes(name)).toBe(true);
        parents.push(name);
        if (attributes['time'] !== undefined) expect(attributes['time']).toMatch(/^\d{1,3}(?:\d{3})*\.\d{3}$/);
      }
    }
  });

  it('is well-formed and counts what it holds', () => {
    for (const make of Object.values(KINDS)) {
      const nodes = parseXml(render('junit', make()));
      const tests = nodes.filter((node) => node.name === 'testcase').length;
      expect(nodes[0]?.attributes['tests']).toBe(String(tests));
      const suites = nodes.filter((node) => node.name === 'testsuite');
      for (const [kind, plural] of [
        ['failure', 'failures'],
        ['error', 'errors'],
        ['skipped', 'skipped'],
      ] as const) {
        const held = nodes.filter((node) => node.name === kind).length;
        if (kind !== 'skipped') expect(nodes[0]?.attributes[plural]).toBe(String(held));
        expect(suites.reduce((sum, { attributes }) => sum + Number(attributes[plural]), 0)).toBe(held);
      }
    }
  });

  it('is well-formed to another parser', ({ skip }) => {
    for (const make of Object.values(KINDS)) {
      const ran = spawnSync('xmllint', ['--noout', '-'], { input: render('junit', make()), encoding: 'utf8' });
      if (ran.error !== undefined) skip('xmllint is not installed');
      expect(ran).toMatchObject({ status: 0, stderr: '' });
    }
  });

  it('explains each verdict by its own cause', () => {
    const text = render('junit', KINDS['two-problems']!());
    const [claim, link] = Array.from(
      text.matchAll(/<testcase classname="netdata-egress.verdict"[\s\S]*?<\/testcase>/g),
      String,
    );
    expect(claim).toContain('agent.trust_split');
    expect(claim).not.toContain('tcp.dropped');
    expect(link).toContain('tcp.dropped');
  });

  it('turns red exactly when something stops the Agent or nothing could be decided', () => {
    for (const make of Object.values(KINDS)) {
      const report = make();
      const red = parseXml(render('junit', report)).some((node) => node.name === 'failure' || node.name === 'error');
      expect(red).toBe(report.exitCode !== 0);
    }
  });
});

/** What SARIF 2.1.0 has at each place that we write; `!` = must be there. Nothing else may stand there. */
const SARIF: Readonly<Record<string, string>> = {
  '': '$schema version! runs!',
  'runs.': 'tool! properties invocations columnKind results',
  'runs.tool': 'driver!',
  'runs.tool.driver': 'name! semanticVersion informationUri rules',
  'runs.tool.driver.rules.': 'id! shortDescription defaultConfiguration helpUri',
  'runs.tool.driver.rules.shortDescription': 'text!',
  'runs.tool.driver.rules.defaultConfiguration': 'level',
  'runs.invocations.': 'executionSuccessful! exitCode startTimeUtc',
  'runs.results.': 'ruleId level message! locations properties',
  'runs.results.message': 'text!',
  'runs.results.locations.': 'physicalLocation logicalLocations',
  'runs.results.locations.logicalLocations.': 'name kind',
  'runs.results.locations.physicalLocation': 'artifactLocation region',
  'runs.results.locations.physicalLocation.artifactLocation': 'uri',
  'runs.results.locations.physicalLocation.region': 'startLine',
};

function sarifFaults(value: unknown, path = ''): string[] {
  // A property bag holds what its writer likes.
  if (typeof value !== 'object' || value === null || path.endsWith('.properties')) return [];
  if (Array.isArray(value)) return value.flatMap((item) => sarifFaults(item, `${path}.`));
  const words = SARIF[path]?.split(' ') ?? [];
  const names = words.map((word) => word.replace('!', ''));
  const unknown = Object.keys(value).filter((key) => !names.includes(key));
  const missing = words.filter((word) => word.endsWith('!') && !(word.slice(0, -1) in value));
  const inner = Object.entries(value).flatMap(([key, item]) =>
    sarifFaults(item, path === '' ? key : `${path.replace(/\.$/, '')}.${key}`),
  );
  return [
    ...unknown.map((key) => `${path}: ${key} is unknown`),
    ...missing.map((key) => `${path}: no ${key}`),
    ...inner,
  ];
}

describe('sarif', () => {
  it('has the shape of version 2.1.0', () => {
    for (const make of Object.values(KINDS)) {
      const text = render('sarif', make());
      expect(sarifFaults(JSON.parse(text))).toEqual([]);
      const { version, runs } = JSON.parse(text) as { version: string; runs: { results: Record<string, unknown>[] }[] };
      expect([version, runs.length]).toEqual(['2.1.0', 1]);
      for (const { level, message, locations } of runs[0]?.results ?? []) {
        expect(['none', 'note', 'warning', 'error']).toContain(level);
        expect((message as { text: string }).text.length).toBeGreaterThan(0);
        for (const { physicalLocation, logicalLocations } of locations as {
          physicalLocation?: Record<string, Record<string, unknown>>;
          logicalLocations?: readonly { readonly name: string }[];
        }[]) {
          expect(logicalLocations?.[0]?.name ?? physicalLocation).toBeDefined();
          if (physicalLocation === undefined) continue;
          expect(() => new URL(String(physicalLocation['artifactLocation']?.['uri']), 'file:///')).not.toThrow();
          const line = physicalLocation['region']?.['startLine'] ?? 1;
          expect(Number.isInteger(line) && Number(line) >= 1).toBe(true);
        }
      }
    }
  });

  it('points at file and line, and only knows rules that it uses', () => {
    const log = JSON.parse(render('sarif', proxy407())) as {
      runs: { tool: { driver: { rules: { id: string }[] } }; results: { ruleId: string; locations: unknown[] }[] }[];
    };
    const run = log.runs[0]!;
    const placed = run.results.filter(({ locations }) => JSON.stringify(locations).includes('cloud.conf'));
    expect(placed).toHaveLength(1);
    expect(placed[0]?.locations).toEqual([
      {
        physicalLocation: {
          artifactLocation: { uri: 'file:///var/lib/netdata/cloud.d/cloud.conf' },
          region: { startLine: 4 },
        },
      },
    ]);
    const used = new Set(run.results.map((result) => result.ruleId));
    expect(new Set(run.tool.driver.rules.map((rule) => rule.id))).toEqual(used);
  });

  it('never looks green for a run that does not work, and is empty of errors for one that does', () => {
    const levels = (report: Report): readonly string[] =>
      (JSON.parse(render('sarif', report)) as { runs: { results: { level: string }[] }[] }).runs.flatMap((one) =>
        one.results.map(({ level }) => level),
      );
    for (const make of Object.values(KINDS)) {
      const report = make();
      for (const each of [report, { ...report, findings: [] }]) {
        const worst = worstOutcome(each);
        if (worst === 'will_fail') expect(levels(each)).toContain('error');
        else if (worst !== 'will_work') expect(levels(each).some((level) => level !== 'note')).toBe(true);
        else expect(levels(each)).not.toContain('error');
      }
    }
  });
});

describe('a simulation', () => {
  it.each(Object.keys(formats))('%s says so at once', (id) => {
    const real = proxy407();
    const text = render(id, { ...real, options: { ...real.options, simulation: 'proxy_407' } });
    const marks = text.match(/SIMULATION|"simulation"/g) ?? [];
    expect(marks.length).toBeGreaterThan(0);
    if (['text', 'markdown', 'nagios', 'prometheus', 'letter'].includes(id))
      expect(text.split('\n')[0]).toContain('SIMULATION "proxy_407"');
    if (id === 'ndjson') for (const line of text.trimEnd().split('\n')) expect(line).toContain('SIMULATION');
    expect(render(id, real)).not.toMatch(/SIMULATION/);
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

  it('names each metric once: help, then type, then all its samples', () => {
    for (const make of Object.values(KINDS)) {
      const text = render('prometheus', make());
      expect(text.endsWith('\n')).toBe(true);
      const blocks = text.trimEnd().split(/^(?=# HELP )/m);
      const names = blocks.map((block) => {
        const [help, type, ...samples] = block.trimEnd().split('\n');
        const name = /^# HELP ([a-z_:][a-z0-9_:]*) \S/.exec(help ?? '')?.[1] ?? '';
        expect(type).toBe(`# TYPE ${name} gauge`);
        expect(samples.length).toBeGreaterThan(0);
        for (const sample of samples) {
          expect(sample.replace(/[{ ].*$/, '')).toBe(name);
          expect(Number.isFinite(Number(sample.replace(/^.* /, '')))).toBe(true);
        }
        return name;
      });
      expect(new Set(names).size).toBe(names.length);
    }
  });

  it('escapes what a peer puts into a label', () => {
    const base = healthy();
    const evil = { ...base, agent: { ...base.agent, version: { ...base.agent.version, value: 'a"b\\c\nd}' } } };
    expect(render('prometheus', evil)).toMatch(/agent_version="a\\"b\\\\c\\\\nd\}"/);
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
      'two-problems': 2,
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

describe('jsonl', () => {
  it('is the run that json is, in one line', () => {
    const report = healthy();
    const [line = '', ...more] = render('jsonl', report).split('\n');
    expect(more).toEqual(['']);
    expect(JSON.parse(line)).toEqual(JSON.parse(render('json', report)));
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
