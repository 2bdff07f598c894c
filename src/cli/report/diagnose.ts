/** `report diagnose`: today's rules over yesterday's observations. */
import { predict } from '../../agent/predict.js';
import { diagnose } from '../../diagnose/diagnose.js';
import { EXIT, type Report } from '../../model/report.js';
import { diffReports } from '../../report/diff.js';
import { packageVersion } from '../version.js';
import { emit, readReport, rendererFor, renderOptionsFor, type ShowFlags } from './io.js';

/** The same facts, judged again. What was observed is not touched. */
export function rediagnose(old: Report, toolVersion: string, strict = old.options['strict'] === true): Report {
  const { agent, routes, targets, observations } = old;
  const predictions = predict({ facts: agent, routes, targets, observations });
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
  const flags = raw as ShowFlags & { readonly strict?: boolean };
  const format = rendererFor(flags.format ?? 'text');
  const old = await readReport(file);
  const report = rediagnose(old, packageVersion(), flags.strict);
  await emit(format.render(report, renderOptionsFor(flags)), flags);
  const changes = diffReports(old, report).filter((change) => change.matters);
  const told = changes.length === 0 ? 'the same answer' : `${changes.length} changes (report diff shows them)`;
  process.stderr.write(`netdata-egress: judged by the rules of ${report.tool.version}: ${told}\n`);
  const works = [report.verdict.claim, report.verdict.link].every(
    ({ outcome }) => outcome === 'will_work' || outcome === 'at_risk',
  );
  const warned = flags.strict === true && report.exitCode === EXIT.STRICT_WARNINGS;
  process.exitCode = format.exitCode?.(report) ?? (works ? (warned ? EXIT.STRICT_WARNINGS : EXIT.OK) : EXIT.BLOCKED);
}
