import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fleetCsv } from '../../../src/report/fleet/csv.js';
import type { FleetDocument } from '../../../src/report/fleet/document.js';
import { Fleet } from '../../../src/report/fleet/fleet.js';
import { fleetHtml } from '../../../src/report/fleet/html.js';
import { fleetJson } from '../../../src/report/fleet/json.js';
import { fleetLetters } from '../../../src/report/fleet/letter-form.js';
import { fleetMarkdown } from '../../../src/report/fleet/markdown.js';
import { fleetPrometheus } from '../../../src/report/fleet/prometheus.js';
import { SCRIPT, SCRIPT_HASH } from '../../../src/report/fleet/page/script.js';
import { PAGE_STYLE, PAGE_STYLE_HASH } from '../../../src/report/fleet/page/style.js';
import { rowOf, subnetOf } from '../../../src/report/fleet/row.js';
import { checkFleet, publishedFleetSchema } from '../../../src/report/fleet/schema.js';
import { fleetText } from '../../../src/report/fleet/text.js';
import { earlierOf } from '../../../src/report/fleet/trend.js';
import { plainPaint } from '../../../src/report/paint.js';
import { fleetFaults } from '../../helpers/published-schema.js';
import { everyKind, fleetOf, onHost, sampleRuns, summaryOf } from '../../helpers/sample-fleet.js';
import { healthy, hostile, mqttDropped, notes, nxdomain, proxy407, twoProblems } from '../../helpers/sample-kinds.js';

const options = { paint: plainPaint, width: 80, unicode: true, verbose: 0 };
const json = (document: FleetDocument): string => [...fleetJson(document)].join('');
const csv = (document: FleetDocument): string => [...fleetCsv(document)].join('');

/** Everything but when it was made. */
const content = (fleet: Fleet): string => json(summaryOf(fleet));

describe('the merged document', () => {
  it('groups hosts by first cause, most hosts first, what is fine last', () => {
    const { causes, outcomes, hosts } = summaryOf(fleetOf(sampleRuns()));
    expect(causes.map(({ cause, hosts: some }) => [cause, some.length])).toEqual([
      ['proxy.auth_scheme_unsupported', 12],
      ['tcp.dropped', 5],
      ['dns.nxdomain', 1],
      ['none', 18],
    ]);
    expect(outcomes).toEqual({ will_work: 18, will_fail: 18, at_risk: 0, unknown: 0 });
    expect(hosts).toHaveLength(36);
    expect(causes[1]?.hosts).toEqual(['lon3-web-07', 'lon3-web-08', 'lon3-web-09', 'lon3-web-10', 'lon3-web-11']);
  });

  it('names what the hosts with a cause share and others do not have', () => {
    const [proxy, dropped] = summaryOf(fleetOf(sampleRuns())).causes;
    expect(proxy?.common.map(({ name, value, hosts, of }) => [name, value, hosts, of])).toContainEqual([
      'label:site',
      'fra2',
      12,
      12,
    ]);
    // Five of the six in the rack: not nearly all of those that have the value.
    expect(dropped?.common).toEqual([]);
    expect(dropped?.groups.find(({ name }) => name === 'label:rack')?.values).toEqual([
      { name: 'label:rack', value: 'lon3-r1', hosts: 5, of: 6 },
    ]);
  });

  it('finds the odd one out, and which of its facts differ', () => {
    const { odd } = summaryOf(fleetOf(sampleRuns()));
    expect(odd.map(({ host, cause, usualCause }) => [host, cause, usualCause])).toEqual([
      ['ams1-web-04', 'dns.nxdomain', 'none'],
      ['lon3-web-06', 'none', 'tcp.dropped'],
    ]);
    // Its run ended at the name: what it never came to see is no difference.
    expect(odd.map(({ differs }) => differs.map(({ fact }) => fact))).toEqual([[], ['other findings']]);
    // Two of six are no odd ones, and three hosts are no group.
    const runs = [0, 1, 2, 3, 4, 5].map((i) =>
      onHost(i < 2 ? mqttDropped() : healthy(), `h${i}`, { labels: { rack: 'a' } }),
    );
    expect(summaryOf(fleetOf(runs)).odd).toEqual([]);
    expect(summaryOf(fleetOf(runs.slice(1, 4))).odd).toEqual([]);
    expect(summaryOf(fleetOf(runs.slice(1))).odd.map(({ host }) => host)).toEqual(['h1']);
  });

  it('counts a finding on every host that has it, also beside another first cause', () => {
    const runs = [onHost(twoProblems(), 'two'), onHost(notes(), 'noted'), onHost(healthy(), 'well')];
    const { findings, causes } = summaryOf(fleetOf(runs));
    const second = findings.find(({ first, severity }) => first === 0 && severity !== 'notes');
    expect(second?.hosts).toBe(1);
    expect(findings.some(({ severity }) => severity === 'notes')).toBe(true);
    expect(causes.map(({ cause }) => cause)).not.toContain(second?.id);
  });

  it('unites the rules needed and says who needs what', () => {
    const { needs } = summaryOf(
      fleetOf([onHost(healthy(), 'a', { source: '10.1.1.1' }), onHost(proxy407(), 'b', { source: '10.2.2.2' })]),
    );
    const app = needs.filter(({ host }) => host === 'app.netdata.cloud');
    expect(
      app
        .map(({ through, hosts, port }) => `${hosts} ${port} ${through ?? 'direct'}`)
        .toSorted((a, b) => (a < b ? -1 : 1)),
    ).toEqual(['1 443 direct', '1 443 proxy.corp.example:3128']);
    expect(needs.find(({ through }) => through === null)?.subnets).toEqual([{ value: '10.1.1.0/24', hosts: 1 }]);
  });

  it('writes one letter a team, with all its hosts', () => {
    const { letters } = summaryOf(fleetOf(sampleRuns()));
    expect(letters.map(({ team, hosts }) => [team, hosts])).toEqual([
      ['network', 5],
      ['proxy', 12],
      ['dns', 1],
    ]);
    const text = letters.map((letter) => letter.text.replaceAll(/\s+/g, ' '));
    for (let i = 7; i < 12; i += 1) expect(text[0]).toContain(`lon3-web-${String(i).padStart(2, '0')}`);
    expect(text[0]).not.toContain('lon3-web-06');
    expect(text[1]).toContain('acl netdata_server src SOURCE');
    expect(Math.max(...letters.flatMap((letter) => letter.text.split('\n').map((line) => line.length)))).toBeLessThan(
      110,
    );
  });

  it('says in a letter which hosts have not been excluded', () => {
    const report = mqttDropped();
    const findings = report.findings.map((one) =>
      one.outcome === 'found' && one.id === 'tcp.dropped'
        ? { ...one, data: { ...one.data, ownRules: 'not_read' } }
        : one,
    );
    const [letter] = summaryOf(fleetOf([onHost({ ...report, findings }, 'unread'), onHost(report, 'read')])).letters;
    expect(letter?.text.replaceAll(/\s+/g, ' ')).toMatch(/Before this is sent: on 1 host .* unread \(/);
  });

  it('tells what was fixed, is new or still fails since an earlier merge', () => {
    const before = fleetOf([
      onHost(mqttDropped(), 'a'),
      onHost(mqttDropped(), 'b'),
      onHost(healthy(), 'c'),
      onHost(healthy(), 'd'),
      onHost(nxdomain(), 'left'),
    ]);
    const now = fleetOf([
      onHost(healthy(), 'a'),
      onHost(nxdomain(), 'b'),
      onHost(mqttDropped(), 'c'),
      onHost(healthy(), 'd'),
      onHost(mqttDropped(), 'e'),
    ]);
    const { trend } = summaryOf(now, earlierOf('2026-08-31T06:00:00.000Z', before.rows()));
    expect(trend).toEqual({
      since: '2026-08-31T06:00:00.000Z',
      fixed: [{ host: 'a', before: 'tcp.dropped', now: 'none' }],
      new: [
        { host: 'c', before: 'none', now: 'tcp.dropped' },
        { host: 'e', before: null, now: 'tcp.dropped' },
      ],
      still: [{ host: 'b', before: 'tcp.dropped', now: 'dns.nxdomain' }],
      unclear: [],
      added: ['e'],
      gone: ['left'],
    });
  });

  it('takes the latest run of a host, lists the same run again, and counts the older ones', () => {
    const early = onHost(mqttDropped(), 'a', { at: '2026-08-01T00:00:00.000Z' });
    const late = onHost(healthy(), 'a', { at: '2026-08-02T00:00:00.000Z' });
    const fleet = new Fleet();
    for (const [name, run] of Object.entries({ x: early, y: late, z: late, w: early })) fleet.add(run, name);
    const document = summaryOf(fleet);
    expect(document.hosts.map(({ facts }) => facts.outcome)).toEqual(['will_work']);
    expect(document.reports).toBe(4);
    expect(document.leftOut).toMatchObject({ duplicate: 1, superseded: 2 });
    expect(document.leftOutList).toMatchObject([{ kind: 'duplicate', name: 'z' }]);
  });

  it('does not take hosts of one nameless name for one host, nor two namespaces of one', () => {
    const runs = ['10.0.0.1', '10.0.0.2'].map((source) => onHost(healthy(), 'localhost', { source }));
    expect(summaryOf(fleetOf(runs)).hosts.map(({ host }) => host)).toEqual([
      'localhost [10.0.0.1]',
      'localhost [10.0.0.2]',
    ]);
    const plain = onHost(healthy(), 'a');
    const other = { ...plain, environment: { ...plain.environment, networkNamespace: '/run/netns/x' } };
    expect(summaryOf(fleetOf([plain, other])).hosts).toHaveLength(2);
  });

  it('takes labels from outside before those of the run', () => {
    const fleet = new Fleet(undefined, (host: string) => (host === 'a' ? ['site=new', 'group=web', 'group=all'] : []));
    fleet.add(onHost(healthy(), 'a', { labels: { site: 'old', rack: '7' } }));
    expect(summaryOf(fleet).hosts[0]?.facts.labels).toEqual(['group=all', 'group=web', 'rack=7', 'site=new']);
  });

  it('does not depend on the order of the runs', () => {
    const runs = [...sampleRuns().slice(0, 20), ...everyKind(), ...sampleRuns().slice(3, 6)].map((run, i) => ({
      ...run,
      startedAt: `2026-08-${String(1 + (i % 3)).padStart(2, '0')}T00:00:00.000Z`,
    }));
    const add = (order: readonly number[]): string => {
      const fleet = new Fleet();
      for (const i of order) fleet.add(runs[i] ?? healthy(), `${i}.json`);
      fleet.leaveOut({ kind: 'damaged', name: 'x', text: 'x' });
      return content(fleet);
    };
    const indexes = runs.map((_, i) => i);
    const expected = add(indexes);
    fc.assert(
      fc.property(fc.shuffledSubarray(indexes, { minLength: indexes.length }), (order) => add(order) === expected),
      { numRuns: 25 },
    );
  });

  it('is as its published schema says, whatever it holds', () => {
    for (const runs of [sampleRuns(), everyKind(), []]) {
      const document = summaryOf(fleetOf(runs), earlierOf('2026-08-31T06:00:00.000Z', []));
      const read: unknown = JSON.parse(json(document));
      expect(read).toEqual(JSON.parse(JSON.stringify(document)));
      expect(fleetFaults(read)).toBe('');
      expect(checkFleet(read)).toBeNull();
    }
    expect(fleetFaults({ schema: 'netdata-egress/fleet' })).not.toBe('');
    const file = new URL('../../../schema/fleet-v1.schema.json', import.meta.url);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(publishedFleetSchema())));
  });

  it('keeps one copy of what is alike, and cuts what is long', () => {
    const fleet = fleetOf([onHost(healthy(), 'a'), onHost(healthy(), 'b')]);
    const [a, b] = fleet.rows();
    expect(a?.facts).toBe(b?.facts);
    const long = healthy();
    const row = rowOf({
      ...long,
      environment: { ...long.environment, hostname: 'x'.repeat(1e6) },
      labels: Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`k${i}`, 'v'.repeat(1000)])),
    });
    expect(JSON.stringify(row).length).toBeLessThan(40_000);
  });

  it.each([
    ['10.1.2.3', '10.1.2.0/24'],
    ['2001:db8:1:2:3::4', '2001:db8:1:2::/64'],
    ['nonsense', null],
    [null, null],
  ])('the network of %s is %s', (address, network) => {
    expect(subnetOf(address)).toBe(network);
  });
});

describe('the forms of the merged document', () => {
  const since = earlierOf(
    '2026-08-31T06:00:00.000Z',
    fleetOf([...sampleRuns().slice(9, 30), onHost(mqttDropped(), 'ams1-web-08'), onHost(nxdomain(), 'old-1')]).rows(),
  );
  const sample = (): FleetDocument => summaryOf(fleetOf(sampleRuns()), since);

  it('read as their golden files have them', async () => {
    await expect(fleetText(sample(), options)).toMatchFileSnapshot('../../golden/report/fleet.80.txt');
    await expect(fleetMarkdown(sample())).toMatchFileSnapshot('../../golden/report/fleet.md');
    await expect(csv(sample())).toMatchFileSnapshot('../../golden/report/fleet.csv');
    await expect(fleetPrometheus(sample())).toMatchFileSnapshot('../../golden/report/fleet.prom');
    await expect(fleetLetters(sample())).toMatchFileSnapshot('../../golden/report/fleet.letters.txt');
  });

  it('the text names every host and keeps to its columns', () => {
    const text = fleetText(sample(), options);
    for (const { host } of sample().hosts) expect(text).toContain(host);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('the page names its only style and its only script by their digests', () => {
    const digest = (text: string): string => createHash('sha256').update(text).digest('base64');
    expect(PAGE_STYLE_HASH).toBe(digest(PAGE_STYLE));
    expect(SCRIPT_HASH).toBe(digest(SCRIPT));
    const page = fleetHtml(sample());
    expect(page.match(/<script(?! type="application\/json")/g)).toHaveLength(1);
    expect(page).toContain(`script-src 'sha256-${SCRIPT_HASH}'`);
    for (const { host } of sample().hosts) expect(page).toContain(host);
  });

  it('are harmless with hostile hosts', () => {
    const evil = onHost(hostile(), '=HYPERLINK("http://evil.example","x")', {
      labels: { site: '<script>alert(1)</script>' },
    });
    const document = summaryOf(fleetOf([...sampleRuns(), evil, hostile()]));
    expect(fleetText(document, options)).not.toMatch(/[^\P{C}\n]/u);
    expect(fleetLetters(document)).not.toMatch(/[^\P{C}\n\f]/u);
    expect(fleetMarkdown(document)).not.toMatch(/<script|@everyone/);
    expect(fleetHtml(document)).not.toMatch(/<script>alert|<img/);
    expect(json(document)).not.toMatch(/[^\P{C}\n]/u);
    expect(fleetPrometheus(document)).not.toMatch(/[^\P{C}\n]/u);
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '  =1', '|x', '＝1', '"=1"'])(
    'no cell of the CSV is a formula: %s',
    (name) => {
      const text = csv(summaryOf(fleetOf([onHost(healthy(), name)])));
      const [, line = ''] = text.split('\r\n');
      const first = /^"((?:[^"]|"")*)"/.exec(line)?.[1] ?? '';
      expect(first).not.toMatch(/^\s*[=+\-@|＝]/u);
      expect(line.split('","')).toHaveLength(17);
    },
  );

  it.skipIf(spawnSync('promtool', ['--version']).error !== undefined)('promtool finds nothing to say', () => {
    for (const document of [sample(), summaryOf(fleetOf(everyKind()))]) {
      const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
        input: fleetPrometheus(document),
        timeout: 60_000,
      });
      expect(`${String(stdout)}${String(stderr)}`).toBe('');
      expect(status).toBe(0);
    }
  });
});
