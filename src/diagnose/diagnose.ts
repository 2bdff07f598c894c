import { buildEvidence } from './evidence.js';
import { findCauses } from './engine.js';
import { RULES } from './registry.js';
import type { DiagnoseInput, Diagnosis } from './input.js';
import { exitCodeOf, judge } from './verdict.js';

export type { DiagnoseInput, Diagnosis } from './input.js';

/**
 * Turns what was seen and what the Agent would make of it into findings (root cause first), a verdict per leg and the
 * exit code. Pure: the same facts give the same diagnosis, in whatever order they were saved.
 */
export function diagnose(input: DiagnoseInput): Diagnosis {
  const ev = buildEvidence(input);
  const { findings, condemned } = findCauses(RULES, ev);
  const verdict = judge(ev, findings, condemned);
  return { findings, verdict, exitCode: exitCodeOf(verdict, findings, input.strict) };
}
