/** Whose Agent it is: another installation beside the one that is judged, or Agents that live in namespaces of their own. */
import type { Source } from '../../model/agent.js';
import type { ProcessEntry } from '../reader.js';
import { ENVIRONMENT } from './context.js';
import type { FactDraft, LintContext } from './context.js';

/** More are not named: a host that runs containers may run many. */
const MAX_NAMED = 3;

export function lintPlace(context: LintContext): FactDraft[] {
  return [...elsewhere(context), ...besides(context), ...running(context)];
}

function elsewhere({ installed }: LintContext): FactDraft[] {
  const { elsewhere: all, installation, process } = installed;
  return all.slice(0, MAX_NAMED).map((entry, index): FactDraft => {
    const rest =
      index === MAX_NAMED - 1 && all.length > MAX_NAMED ? ` (and ${String(all.length - MAX_NAMED)} more)` : '';
    return {
      finding: 'agent.in_container',
      kind: entry.sharesOurFiles === false ? 'container' : whatIsOwn(entry),
      effect: 'note',
      source: ENVIRONMENT,
      text: `${whereItRuns(entry)}${rest}: its settings and its network are not the ones judged here`,
      legs: [],
      data: { pid: entry.pid, alone: process === null && !installation.found },
    };
  });
}

const whatIsOwn = (entry: ProcessEntry): string => (entry.sharesOurNetwork === false ? 'network' : 'process_numbers');

function whereItRuns(entry: ProcessEntry): string {
  const agent = `Agent ${String(entry.pid)}`;
  if (entry.sharesOurFiles === false) return `${agent} runs in a container`;
  return entry.sharesOurNetwork === false
    ? `${agent} runs in another network namespace`
    : `${agent} runs in another process namespace`;
}

function besides({ installed, settings }: LintContext): FactDraft[] {
  const { installation, otherInstallations, process } = installed;
  return otherInstallations.map(({ layout, claimed }): FactDraft => {
    const how = process === null ? 'is the one that is judged' : 'runs and is judged';
    const whose =
      claimed && settings.claimed !== true
        ? 'the other one is claimed, this one is not'
        : claimed
          ? 'both are claimed'
          : 'the other one is not claimed';
    return {
      finding: 'agent.two_installations',
      kind: claimed && settings.claimed !== true ? 'other_is_claimed' : 'two',
      effect: 'note',
      source: placeOf(layout.configDir),
      text: `the Agent of ${installation.configDir} ${how}, and another one is installed with ${layout.configDir}: ${whose}`,
      legs: [],
      data: {
        judged: installation.configDir,
        other: layout.configDir,
        otherLib: layout.libDir,
        otherClaimed: claimed,
      },
    };
  });
}

function running({ installed }: LintContext): FactDraft[] {
  const { process, otherProcesses, installation } = installed;
  return otherProcesses.slice(0, MAX_NAMED).map((entry) => ({
    finding: 'agent.two_installations',
    kind: 'two_running',
    effect: 'note',
    source: ENVIRONMENT,
    text:
      process === null
        ? `Agent ${String(entry.pid)} runs with another configuration than ${installation.configDir}`
        : `Agent ${String(process.pid)} is judged, and Agent ${String(entry.pid)} (${entry.exe ?? entry.argv[0] ?? 'program unknown'}) runs beside it`,
    legs: [],
    data: { pid: entry.pid, judged: process?.pid ?? null },
  }));
}

/** The observation of a place that was looked at and not read is the environment's. */
const placeOf = (name: string): Source => ({ kind: 'file', name, line: null });
