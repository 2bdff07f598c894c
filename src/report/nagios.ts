/** One line for Nagios, Icinga and their kin (Monitoring Plugins guidelines), and its exit code. */
import type { Outcome } from '../model/prediction.js';
import type { Report } from '../model/report.js';
import { safeText, toAscii } from './escape.js';
import { judge, worstOutcome } from './judgement.js';
import type { Renderer, RenderOptions } from './renderer.js';

const STATE: Readonly<Record<Outcome, readonly [code: 0 | 1 | 2 | 3, word: string]>> = {
  will_work: [0, 'OK'],
  at_risk: [1, 'WARNING'],
  will_fail: [2, 'CRITICAL'],
  unknown: [3, 'UNKNOWN'],
};

/** An interrupted run that proved a failure is critical; one that proved nothing is unknown. */
function state(report: Report): readonly [0 | 1 | 2 | 3, string] {
  const worst = worstOutcome(report);
  return STATE[report.interrupted && worst !== 'will_fail' ? 'unknown' : worst];
}

/** 0 = OK, 1 = WARNING, 2 = CRITICAL, 3 = UNKNOWN. */
export function nagiosExitCode(report: Report): 0 | 1 | 2 | 3 {
  return state(report)[0];
}

function render(report: Report, options: RenderOptions): string {
  const { cause, headline } = judge(report);
  const told = cause === null ? headline : `${headline} ${cause.id}: ${cause.title}`;
  const text = `${told} (Agent ${report.agent.version.value})`;
  // A bar would begin the performance data.
  const safe = safeText(text, 400).replaceAll('|', '/');
  const data = [
    `claim=${STATE[report.verdict.claim.outcome][0]};1;2;0;3`,
    `link=${STATE[report.verdict.link.outcome][0]};1;2;0;3`,
    `time=${(report.durationMs / 1000).toFixed(3)}s;;;0`,
  ];
  return `NETDATA EGRESS ${state(report)[1]}: ${options.unicode ? safe : toAscii(safe)} | ${data.join(' ')}\n`;
}

export const nagiosFormat: Renderer = {
  id: 'nagios',
  title: 'one line for Nagios or Icinga, with their exit codes',
  extension: 'nagios.txt',
  render,
  exitCode: nagiosExitCode,
};
