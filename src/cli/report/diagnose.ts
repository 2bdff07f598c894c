/** `report diagnose`: today's rules over yesterday's observations. */
import { predict } from '../../agent/predict.js';
import { diagnose } from '../../diagnose/diagnose.js';
import { EXIT, type Report } from '../../model/report.js';
import { diffReports } from '../../report/diff.js';
import { packageVersion } from '../version.js';
import { formOfFile } from '../output-form.js';
import { emit, readReport, rendererFor, renderOptionsFor, type ShowFlags } from './io.js';

/** The same facts, judged again. What was observed is not touched. */
export function rediagnose(old: Report, toolVersion: string): Report {
  const { agent, routes, targets, observations } = old;
  const predictions = predict({ facts: agent, routes, targets, observations });
  const strict = old.options['strict'] === true;
  const { findings: _f, verdict: _v, exitCode: _e, ...facts } = old;
  const tool = { name: 'netdata-egress' as const, version: toolVersion };
  const diagnosis = diagnose({ ...facts, tool, predictions, strict });
  return {
    ...old,
    tool,
    predictions,
    findings: diagnosis.findings,
    verdict: diagnosis.verdict,
    exitCode: old.interrupted ? EXIT.INTERRUPTED : diagnosis.exitCode,
  };
}

export async function diagnoseCommand(file: string, raw: Record<string, unknown>): Promise<void> {
  const flags = raw as ShowFlags;
  const format = rendererFor(flags.format ?? formOfFile(flags.output) ?? 'text');
  const old = await readReport(file);
  const report = rediagnose(old, packageVersion());
  await emit(format.render(report, renderOptionsFor(flags)), flags);
  const changes = diffReports(old, report).filter((change) => change.matters);
  const told = changes.length === 0 ? 'the same answer' : `${changes.length} changes (report diff shows them)`;
  process.stderr.write(`netdata-egress: judged by the rules of ${report.tool.version}: ${told}\n`);
  const works = [report.verdict.claim, report.verdict.link].every(
    ({ outcome }) => outcome === 'will_work' || outcome === 'at_risk',
  );
  process.exitCode = format.exitCode?.(report) ?? (works ? EXIT.OK : EXIT.BLOCKED);
}
