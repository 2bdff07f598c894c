/** Prometheus text format (0.0.4), for node_exporter's textfile collector and Netdata's own Prometheus collector. */
import type { Outcome } from '../model/prediction.js';
import type { Report } from '../model/report.js';
import { showInvisible } from './escape.js';
import { allEvidence } from './evidence.js';
import { simulationMark } from './judgement.js';
import type { Renderer } from './renderer.js';
import { OUTCOME_WORDS } from './words.js';

type Labels = Readonly<Record<string, string>>;
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

const labelValue = (text: string): string =>
  showInvisible(text.slice(0, 200)).replace(/\\/g, '\\\\').replace(/"/g, '\\"');

export function metric(name: string, help: string, samples: readonly Sample[]): string[] {
  if (samples.length === 0) return [];
  const line = ({ labels, value }: Sample): string => {
    const pairs = Object.entries(labels).map(([key, text]) => `${key}="${labelValue(text)}"`);
    return `netdata_egress_${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`;
  };
  return [`# HELP netdata_egress_${name} ${help}`, `# TYPE netdata_egress_${name} gauge`, ...samples.map(line)];
}

/** One sample per possible outcome, 1 for the one that holds: alerts need not know which strings may come. */
function states(labels: Labels, outcome: Outcome): Sample[] {
  return Object.keys(OUTCOME_WORDS).map((name) => ({
    labels: { ...labels, outcome: name },
    value: name === outcome ? 1 : 0,
  }));
}

function expiries(report: Report): Sample[] {
  const byHost = new Map<string, number>();
  for (const o of report.observations) {
    if (o.operation !== 'tls_handshake' || o.role.kind !== 'path') continue;
    const end = Date.parse(o.chain[0]?.notAfter ?? '') / 1000;
    if (Number.isFinite(end)) byHost.set(o.expectedName, Math.min(end, byHost.get(o.expectedName) ?? Infinity));
  }
  return [...byHost].map(([host, value]) => ({ labels: { host }, value }));
}

function steps(report: Report): Sample[] {
  const longest = new Map<string, Sample>();
  for (const { leg, rows } of allEvidence(report)) {
    for (const row of rows) {
      if (row.tookMs === null) continue;
      const key = `${leg} ${row.rung} ${row.state}`;
      const value = Math.max(row.tookMs / 1000, longest.get(key)?.value ?? 0);
      longest.set(key, { labels: { leg, step: row.rung, state: row.state }, value });
    }
  }
  return [...longest.values()];
}

function render(report: Report): string {
  const one = (value: number): Sample[] => [{ labels: {}, value }];
  const found = report.findings.filter((finding) => finding.outcome === 'found');
  const byFinding = new Map<string, Sample>();
  for (const { id, severity, confidence } of found) {
    const key = `${id} ${severity} ${confidence}`;
    byFinding.set(key, { labels: { id, severity, confidence }, value: (byFinding.get(key)?.value ?? 0) + 1 });
  }
  const mark = simulationMark(report);
  const lines = [
    ...(mark === null ? [] : [`# ${showInvisible(mark)}`]),
    ...metric('verdict', 'Whether claiming and the link will work: 1 for the outcome that holds.', [
      ...states({ what: 'claim' }, report.verdict.claim.outcome),
      ...states({ what: 'link' }, report.verdict.link.outcome),
    ]),
    ...metric(
      'leg',
      'The outcome of each step: 1 for the one that holds.',
      Object.entries(report.verdict.legs).flatMap(([leg, verdict]) => states({ leg }, verdict.outcome)),
    ),
    ...metric('finding', 'Findings by id: how many.', [...byFinding.values()]),
    ...metric(
      'not_checked',
      'Things that were not checked: unknown, not fine.',
      one(report.notChecked.length + report.findings.length - found.length),
    ),
    ...metric('step_seconds', 'The longest operation of each kind in each step.', steps(report)),
    ...metric('certificate_not_after_seconds', 'When the certificate seen ends, Unix time.', expiries(report)),
    ...metric('interrupted', 'Whether the run was cut short.', one(report.interrupted ? 1 : 0)),
    ...metric('exit_code', 'Exit code of the run.', one(report.exitCode)),
    ...metric('run_duration_seconds', 'How long the run took.', one(report.durationMs / 1000)),
    ...metric('run_timestamp_seconds', 'When the run began, Unix time.', one(Date.parse(report.startedAt) / 1000)),
    ...metric('info', 'Versions.', [
      { labels: { version: report.tool.version, agent_version: report.agent.version.value }, value: 1 },
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

export const prometheusFormat: Renderer = {
  id: 'prometheus',
  title: 'Prometheus text, for a textfile collector',
  extension: 'prom',
  render,
};
