/**
 * The run as a JUnit test result: one suite for the verdict, one per leg. A leg's step fails only where the leg
 * fails, so that a build turns red exactly when the doctor's exit code does.
 */
import type { Report } from '../model/report.js';
import type { LegVerdict } from '../model/verdict.js';
import { safeXml } from './escape.js';
import { type EvidenceRow, allEvidence } from './evidence.js';
import { judge, simulationMark } from './judgement.js';
import type { Renderer } from './renderer.js';
import { STATE_WORDS } from './words.js';

interface Case {
  readonly name: string;
  readonly suite: string;
  readonly ms: number;
  readonly kind: 'pass' | 'failure' | 'error' | 'skipped';
  readonly message: string;
  readonly text: string;
}

const seconds = (ms: number): string => (ms / 1000).toFixed(3);

function caseXml(c: Case): string {
  const head = `    <testcase classname="netdata-egress.${safeXml(c.suite)}" name="${safeXml(c.name, 200)}" time="${seconds(c.ms)}"`;
  const body = safeXml(c.text);
  if (c.kind === 'pass')
    return c.text === '' ? `${head}/>` : `${head}>\n      <system-out>${body}</system-out>\n    </testcase>`;
  const message = `message="${safeXml(c.message, 400)}"`;
  if (c.kind === 'skipped') return `${head}>\n      <skipped ${message}/>\n    </testcase>`;
  return `${head}>\n      <${c.kind} ${message} type="${c.kind === 'error' ? 'undecided' : 'blocked'}">${body}</${c.kind}>\n    </testcase>`;
}

/** @param properties that the form has a place for only at the head of a suite */
function suiteXml(
  name: string,
  cases: readonly Case[],
  startedAt: string,
  properties: Readonly<Record<string, string>> = {},
): string {
  const of = (kind: Case['kind']): number => cases.filter((c) => c.kind === kind).length;
  const time = seconds(cases.reduce((sum, c) => sum + c.ms, 0));
  const counts = `tests="${cases.length}" failures="${of('failure')}" errors="${of('error')}" skipped="${of('skipped')}"`;
  return [
    `  <testsuite name="${safeXml(name)}" ${counts} time="${time}" timestamp="${safeXml(startedAt.replace(/\.\d+Z$|Z$/, ''))}">`,
    ...propertiesXml(properties),
    ...cases.map(caseXml),
    '  </testsuite>',
  ].join('\n');
}

function propertiesXml(properties: Readonly<Record<string, string>>): readonly string[] {
  const lines = Object.entries(properties).map(
    ([name, value]) => `      <property name="${safeXml(name)}" value="${safeXml(value)}"/>`,
  );
  return lines.length === 0 ? [] : ['    <properties>', ...lines, '    </properties>'];
}

function verdictCase(report: Report, name: 'claim' | 'link'): Case {
  const verdict: LegVerdict = report.verdict[name];
  const own = report.findings.find((f) => f.outcome === 'found' && f.id === verdict.cause);
  const finding = own?.outcome === 'found' ? own : judge(report).cause;
  const todo = finding?.remedies.map((remedy, index) => `${index + 1}. ${remedy.text}`).join(' ') ?? '';
  const text = [verdict.note, finding === null ? '' : `${finding.id}: ${finding.title}. ${finding.why}`, todo]
    .filter((part) => part !== '')
    .join(' - ');
  const kind = verdict.outcome === 'will_fail' ? 'failure' : verdict.outcome === 'unknown' ? 'error' : 'pass';
  return {
    name,
    suite: 'verdict',
    ms: 0,
    kind,
    message: verdict.note,
    text: verdict.outcome === 'will_work' ? '' : text,
  };
}

function rowCase(leg: string, row: EvidenceRow, index: number, fails: boolean): Case {
  const where = row.addresses.length === 0 ? '' : `${row.addresses.join(', ')}: `;
  const ran = row.observations.length > 0;
  return {
    name: index === 0 ? row.label : `${row.label} (${index + 1})`,
    suite: leg,
    ms: row.tookMs ?? 0,
    kind: ran
      ? row.state === 'failed' && fails
        ? 'failure'
        : row.state === 'not_checked'
          ? 'skipped'
          : 'pass'
      : 'skipped',
    message: `${STATE_WORDS[row.state]}: ${row.text}`,
    text: `${STATE_WORDS[row.state]}: ${where}${row.text}`,
  };
}

function render(report: Report): string {
  const suites = [{ name: 'verdict', cases: (['claim', 'link'] as const).map((name) => verdictCase(report, name)) }];
  for (const { leg, rows } of allEvidence(report)) {
    const fails = report.verdict.legs[leg].outcome === 'will_fail';
    const cases = rows.map((row, i) =>
      rowCase(leg, row, rows.slice(0, i).filter((other) => other.label === row.label).length, fails),
    );
    suites.push({ name: leg, cases });
  }
  const all = suites.flatMap((suite) => suite.cases);
  const of = (kind: Case['kind']): number => all.filter((c) => c.kind === kind).length;
  const mark = simulationMark(report);
  const name = ['netdata-egress', ...(mark === null ? [] : [mark])].join(' ');
  // The attributes that Jenkins' schema of the form knows, and no other.
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${safeXml(name)}" tests="${all.length}" failures="${of('failure')}" errors="${of('error')}" time="${seconds(report.durationMs)}">`,
    ...suites.map((suite) =>
      suiteXml(
        `netdata-egress.${suite.name}`,
        suite.cases,
        report.startedAt,
        suite.name === 'verdict' ? { 'netdata.agent.version': report.agent.version.value } : {},
      ),
    ),
    '</testsuites>',
    '',
  ].join('\n');
}

export const junitFormat: Renderer = {
  id: 'junit',
  title: 'JUnit XML, for CI systems',
  extension: 'junit.xml',
  render,
};
