/**
 * SARIF 2.1.0 of all findings, for code review tools: with file and line where they have one, else at this host. A run
 * that does not work always has a result that says so: an empty list would look like a clean one.
 */
import type { FoundFinding, Severity } from '../model/finding.js';
import type { Report } from '../model/report.js';
import { safeJson, showInvisible } from './escape.js';
import { judge, simulationMark, worstOutcome } from './judgement.js';
import type { Renderer } from './renderer.js';

const LEVEL: Readonly<Record<Severity, string>> = { blocks: 'error', risks: 'warning', notes: 'note' };
const clean = (text: string): string => showInvisible(text);

/** RFC 8089, each segment percent-encoded. */
function fileUri(path: string): string {
  const segments = path.split('/').map((segment) => encodeURIComponent(clean(segment)));
  return path.startsWith('/') ? `file://${segments.join('/')}` : segments.join('/');
}

function message(finding: FoundFinding): string {
  const [first] = finding.remedies;
  return `${finding.title}. ${finding.why}${first === undefined ? '' : ` To do: ${first.text}`}`;
}

const isPlaced = ({ subject: { file } }: FoundFinding): boolean => file !== null;

function place({ subject: { file } }: FoundFinding, report: Report): Readonly<Record<string, unknown>> {
  if (file === null) return atHost(report);
  return {
    physicalLocation: {
      artifactLocation: { uri: fileUri(file.path) },
      ...(file.line === null ? {} : { region: { startLine: file.line } }),
    },
  };
}

const atHost = ({ environment }: Report): Readonly<Record<string, unknown>> => ({
  logicalLocations: [{ name: clean(environment.hostname), kind: 'resource' }],
});

function result(finding: FoundFinding, report: Report): Readonly<Record<string, unknown>> {
  return {
    ruleId: clean(finding.id),
    level: LEVEL[finding.severity],
    message: { text: clean(message(finding)) },
    locations: [place(finding, report)],
    properties: { confidence: finding.confidence, blames: finding.blames },
  };
}

const VERDICT = 'netdata-egress.verdict';

/** The verdict itself, where no finding is as bad as it. */
function verdictResult(
  report: Report,
  findings: readonly FoundFinding[],
): readonly Readonly<Record<string, unknown>>[] {
  const outcome = worstOutcome(report);
  const level = outcome === 'will_fail' ? 'error' : 'warning';
  const isSaid = findings.some(({ severity }) => LEVEL[severity] === 'error' || LEVEL[severity] === level);
  if (outcome === 'will_work' || isSaid) return [];
  return [{ ruleId: VERDICT, level, message: { text: clean(judge(report).headline) }, locations: [atHost(report)] }];
}

function render(report: Report): string {
  const found = report.findings.filter((f): f is FoundFinding => f.outcome === 'found');
  // A note without a place in a file asks nobody to change anything.
  const shown = found.filter((f) => f.severity !== 'notes' || isPlaced(f));
  const verdict = verdictResult(report, shown);
  const rules = [
    ...[...new Map(shown.map((f) => [f.id, f])).values()].map((f) => ({
      id: clean(f.id),
      shortDescription: { text: clean(f.title) },
      defaultConfiguration: { level: LEVEL[f.severity] },
    })),
    ...verdict.map(() => ({ id: VERDICT, shortDescription: { text: 'Whether claiming and the link will work' } })),
  ];
  const mark = simulationMark(report);
  const sarif = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'netdata-egress', semanticVersion: report.tool.version, rules } },
        properties: {
          ...(mark === null ? {} : { simulation: mark }),
          netdataAgentVersion: report.agent.version.value,
        },
        invocations: [
          {
            executionSuccessful: !report.interrupted,
            exitCode: report.exitCode,
            startTimeUtc: report.startedAt,
          },
        ],
        columnKind: 'utf16CodeUnits',
        results: [...verdict, ...shown.map((finding) => result(finding, report))],
      },
    ],
  };
  return `${safeJson(sarif, 2)}\n`;
}

export const sarifFormat: Renderer = {
  id: 'sarif',
  title: 'SARIF 2.1.0, with file and line where a setting is the cause',
  extension: 'sarif',
  render,
};
