/** SARIF 2.1.0 of the findings that have a place in a configuration file, for code review tools. */
import type { FoundFinding, Severity } from '../model/finding.js';
import type { Report } from '../model/report.js';
import { safeJson, showInvisible } from './escape.js';
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

function result(finding: FoundFinding): Readonly<Record<string, unknown>> {
  const { file } = finding.subject;
  return {
    ruleId: clean(finding.id),
    level: LEVEL[finding.severity],
    message: { text: clean(message(finding)) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: fileUri(file?.path ?? '') },
          ...(file?.line === null || file === null ? {} : { region: { startLine: file.line } }),
        },
      },
    ],
    properties: { confidence: finding.confidence, blames: finding.blames },
  };
}

function render(report: Report): string {
  const placed = report.findings.filter((f) => f.outcome === 'found' && f.subject.file !== null) as FoundFinding[];
  const rules = [...new Map(placed.map((f) => [f.id, f])).values()].map((f) => ({
    id: clean(f.id),
    shortDescription: { text: clean(f.title) },
    defaultConfiguration: { level: LEVEL[f.severity] },
  }));
  const sarif = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'netdata-egress', semanticVersion: report.tool.version, rules } },
        properties: { netdataAgentVersion: report.agent.version.value },
        invocations: [
          {
            executionSuccessful: !report.interrupted,
            exitCode: report.exitCode,
            startTimeUtc: report.startedAt,
          },
        ],
        columnKind: 'utf16CodeUnits',
        results: placed.map(result),
      },
    ],
  };
  return `${safeJson(sarif, 2)}\n`;
}

export const sarifFormat: Renderer = {
  id: 'sarif',
  title: 'SARIF 2.1.0 of configuration findings, with file and line',
  extension: 'sarif',
  render,
};
