/** `lab run`: the doctor, word for word, against a scenario of the simulated cloud. */
import { unknownName } from '../../model/unknown-name.js';
import { findScenario, SCENARIOS } from '../../sim/scenarios/registry.js';
import { chosenFormats, deliver, keeping, onInterrupt, type OutputFlags } from '../doctor/command.js';
import { doctorOptions, type DoctorFlags } from '../doctor/options.js';
import { progressText, waitingText } from '../doctor/progress-text.js';
import { safeReport } from '../doctor/safe-report.js';
import { Progress } from '../terminal.js';
import { runScenario } from './run-scenario.js';

type Flags = DoctorFlags & OutputFlags & { readonly faults?: string; /** ms. */ readonly answerDelay?: number };

export async function labRun(name: string, raw: Record<string, unknown>): Promise<void> {
  const flags = raw as Flags;
  const known = findScenario(name);
  if (known === null) throw unknownName('scenario', name, SCENARIOS, 'lab list');
  const options = doctorOptions(flags);
  const chosen = chosenFormats(flags);
  const faults = (flags.faults ?? '').split(',').filter((fault) => fault !== '');
  const answerDelayMs = flags.answerDelay ?? 0;
  const scenario = { ...known, faults: [...known.faults, ...faults], cloud: { ...known.cloud, answerDelayMs } };
  const interrupt = onInterrupt();
  const progress = new Progress(process.stderr, flags.quiet !== true);
  try {
    const result = await runScenario(scenario, {
      options,
      interrupt: interrupt.signal,
      onObservation: (observation) => progress.show(progressText(observation)),
      onWait: (waiting) => progress.show(waitingText(waiting)),
      ...keeping(chosen, flags, { mode: options.redact }),
    });
    progress.clear();
    // Nobody may take what was played for what is.
    const played = { ...result.report, options: { ...result.report.options, simulation: name } };
    const safe = safeReport({ ...result, report: played }, { mode: options.redact }).report;
    await deliver(safe, chosen, flags);
    process.exitCode = safe.exitCode;
  } finally {
    progress.clear();
    interrupt.dispose();
  }
}
