import { buildEvidence } from './evidence.js';
import { findCauses } from './engine.js';
import { RULES } from './registry.js';
import type { Finding, FoundFinding } from '../model/finding.js';
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
  const heldByParent = findings.find(isHeldByParent) ?? null;
  if (heldByParent !== null) {
    // The link that this host's node has is its Parent's: what a claim and a link of its own would meet is good to know.
    const noted = findings.map(note);
    const verdict = judge(ev, noted, new Map([...condemned].filter(([leg]) => leg === 'claim')), heldByParent);
    return { findings: noted, verdict, exitCode: exitCodeOf(verdict, noted, input.strict, true) };
  }
  const verdict = judge(ev, findings, condemned);
  return { findings, verdict, exitCode: exitCodeOf(verdict, findings, input.strict, ev.agent.claimed) };
}

function isHeldByParent(finding: Finding): finding is FoundFinding {
  return finding.outcome === 'found' && finding.id === 'agent.held_by_parent';
}

function note(finding: Finding): Finding {
  if (finding.outcome !== 'found' || finding.subject.legs.length === 0) return finding;
  return { ...finding, severity: 'notes' };
}
