/**
 * Reads a saved run: untrusted text in, a Report or a UsageError out. Newer versions of the form are refused with a
 * sentence that says what to do; older ones are brought up to date.
 */
import { UsageError } from '../model/errors.js';
import { REPORT_SCHEMA, REPORT_VERSION, type Report } from '../model/report.js';
import { EMBEDDED_RUN, safeText } from './escape.js';
import { DEFINITIONS, reportSchema } from '../model/schema/report.js';
import { validator } from './schema/validate.js';

/** A run of 50 addresses with full bodies is below 8 MiB; more than this is no report of ours. */
export const MAX_REPORT_BYTES = 32 * 1024 * 1024;

export type RunFault = 'damaged' | 'foreign' | 'invalid' | 'newer' | 'too_large';

/** What was read is no run that this program can use, and in which way. */
export class UnusableRun extends UsageError {
  readonly fault: RunFault;
  constructor(fault: RunFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

type Json = Readonly<Record<string, unknown>>;

/** Brings a document of version N to version N + 1, by index N - 1. Version 1 is the first. */
const UPGRADES: readonly ((document: Json) => Json)[] = [];

/** Documents of version 1 were written before rules of the Agent had a prefix of their own. */
function prefixed(report: Report): Report {
  if (report.predictions.every(({ rule }) => rule.startsWith('agent:'))) return report;
  const predictions = report.predictions.map((one) => ({
    ...one,
    rule: one.rule.startsWith('agent:') ? one.rule : (`agent:${one.rule as string}` as const),
  }));
  return { ...report, predictions };
}

const validate = validator(reportSchema, DEFINITIONS);

function header(document: unknown, name: string): Json {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new UnusableRun('foreign', `${name} is not a saved run: it holds no JSON object`);
  }
  return document as Json;
}

function toolVersion(document: Json): string {
  const tool = document['tool'];
  const version = typeof tool === 'object' && tool !== null ? (tool as Json)['version'] : null;
  return typeof version === 'string' ? safeText(version, 40) : 'of unknown version';
}

/** `name` is used in messages: a file name, `line 3 of x.ndjson`. */
function reportFrom(value: unknown, name: string): Report {
  let document = header(value, name);
  if (document['schema'] !== REPORT_SCHEMA) {
    throw new UnusableRun(
      'foreign',
      `${name} is not a saved run of netdata-egress (its "schema" is not ${REPORT_SCHEMA})`,
    );
  }
  const version = document['version'];
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) {
    throw new UnusableRun('invalid', `${name} does not say which version of the report form it has`);
  }
  if (version > REPORT_VERSION) {
    throw new UnusableRun(
      'newer',
      `${name} has report version ${version}, written by netdata-egress ${toolVersion(document)}; this program reads up to ${REPORT_VERSION}: please update it`,
    );
  }
  for (const upgrade of UPGRADES.slice(version - 1)) document = upgrade(document);
  const complaint = validate(document);
  if (complaint !== null) {
    const path = safeText(complaint.path, 120);
    throw new UnusableRun(
      'invalid',
      `${name} is not a valid saved run: ${path} should be ${complaint.expected} (written by netdata-egress ${toolVersion(document)})`,
    );
  }
  return prefixed(document as unknown as Report);
}

/** The HTML form carries the run inside. */
function unwrapHtml(text: string): string {
  const head = text.slice(0, 64).trimStart().toLowerCase();
  if (!head.startsWith('<!doctype html>')) return text;
  const start = text.lastIndexOf(EMBEDDED_RUN);
  const end = text.indexOf('</script>', start);
  return start < 0 || end < 0 ? text : text.slice(start + EMBEDDED_RUN.length, end);
}

/** `json`: a saved run, as JSON or as the HTML form. */
export function loadReport(json: string, name: string): Report {
  // Every character is at least one byte, so this never lets more than the cap through.
  if (json.length > MAX_REPORT_BYTES) {
    throw new UnusableRun('too_large', `${name} is larger than ${MAX_REPORT_BYTES / 1024 / 1024} MiB: not a saved run`);
  }
  let value: unknown;
  try {
    value = JSON.parse(unwrapHtml(json.charCodeAt(0) === 0xfeff ? json.slice(1) : json));
  } catch {
    throw new UnusableRun('damaged', `${name} is not a saved run: it is not valid JSON (cut short?)`);
  }
  return reportFrom(value, name);
}
