/** The order in which every form tells the story: verdict, the one cause, its consequences, the rest. */
import type { FoundFinding, NotCheckedFinding } from '../model/finding.js';
import type { Outcome } from '../model/prediction.js';
import type { Report } from '../model/report.js';
import { OUTCOME_TONE, type Tone } from './words.js';

export interface Judgement {
  /** One sentence. */
  readonly headline: string;
  readonly tone: Tone;
  /** What to do about an answer that is none; null when there is one, or a cause that says what to do. */
  readonly advice: string | null;
  /** The root cause, or what puts a leg at risk; null when nothing is wrong or nothing could be decided. */
  readonly cause: FoundFinding | null;
  /**
   * What keeps the running Agent from its link although nothing is in the way; null where there is a cause. It is told
   * like one, and changes no verdict.
   */
  readonly ownWord: FoundFinding | null;
  /** What is told first: the cause, or else `ownWord`. */
  readonly told: FoundFinding | null;
  /** Further findings that block, independent of the cause. */
  readonly alsoBlocks: readonly FoundFinding[];
  readonly risks: readonly FoundFinding[];
  readonly notes: readonly FoundFinding[];
  /** How often the Agent tries a claim that fails; null when nothing is to be said of it. */
  readonly tries: string | null;
  /** Consequences: folded under a finding that explains them. */
  readonly folded: readonly FoundFinding[];
  /** Checks that had nothing to go by. */
  readonly notChecked: readonly NotCheckedFinding[];
}

const PHRASE: Readonly<Record<Outcome, string>> = {
  will_work: 'will work',
  will_fail: 'will fail',
  at_risk: 'is at risk',
  unknown: 'could not be decided',
};
const TOGETHER: Readonly<Record<Outcome, string>> = {
  will_work: 'Claiming and the link to Netdata Cloud will work from this host.',
  will_fail: 'Neither claiming nor the link to Netdata Cloud will work from this host.',
  at_risk: 'Claiming and the link to Netdata Cloud work from this host, but not reliably.',
  unknown: 'Whether claiming and the link to Netdata Cloud will work could not be decided.',
};
/** An Agent that is claimed has only its link to lose. */
const OF_A_CLAIMED: Readonly<Record<Outcome, string>> = {
  will_work: 'The Agent is claimed, and its link to Netdata Cloud will work from this host.',
  will_fail: 'The Agent is claimed, and its link to Netdata Cloud will fail from this host.',
  at_risk: 'The Agent is claimed, and its link to Netdata Cloud works from this host, but not reliably.',
  unknown: 'The Agent is claimed; whether its link to Netdata Cloud will work could not be decided.',
};
const OF_A_CHILD = 'A Parent holds the link to Netdata Cloud for this Agent, which needs none of its own.';
const BADNESS: readonly Outcome[] = ['will_work', 'at_risk', 'unknown', 'will_fail'];

/** One sentence for the two things a user cares about. */
function headline(report: Report): string {
  const claim = report.verdict.claim.outcome;
  const link = report.verdict.link.outcome;
  const sentence = isHeldByParent(report)
    ? OF_A_CHILD
    : report.agent.claimed === true
      ? `${OF_A_CLAIMED[link]}${claim === 'will_fail' ? ' (A new claim would fail.)' : ''}`
      : claim === link
        ? `${unclaimed(report)}${TOGETHER[claim]}`
        : `${unclaimed(report)}Claiming ${PHRASE[claim]}${claim === 'will_work' || link === 'will_work' ? ', but' : ';'} the link to Netdata Cloud ${PHRASE[link]}.`;
  const whole = report.interrupted ? `Interrupted: ${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}` : sentence;
  const mark = simulationMark(report);
  return mark === null ? whole : `${mark}: ${whole}`;
}

/** Its Parent brings its node to the cloud, whatever a claim and a link of its own would meet. */
function isHeldByParent({ findings }: Report): boolean {
  return findings.some(({ outcome, id }) => outcome === 'found' && id === 'agent.held_by_parent');
}

/** Said first where the running Agent itself says so. */
function unclaimed({ agent, observations }: Report): string {
  const isSaid = observations.some((seen) => seen.operation === 'read_agent_status' && seen.status === 'available');
  return agent.claimed === false && isSaid ? 'The Agent is not claimed. ' : '';
}

/** What every form begins with where the run was played; null where it was real. */
export function simulationMark({ options: { simulation } }: Report): string | null {
  return typeof simulation === 'string' ? `SIMULATION "${simulation}"` : null;
}

/** The worse of claim and link. */
export function worstOutcome(report: Report): Outcome {
  const claim = report.verdict.claim.outcome;
  const link = report.verdict.link.outcome;
  if (report.agent.claimed === true || isHeldByParent(report)) return link;
  return BADNESS.indexOf(claim) > BADNESS.indexOf(link) ? claim : link;
}

function isFolded(finding: FoundFinding, found: readonly FoundFinding[]): boolean {
  return found.some((other) => other.id !== finding.id && other.hides.includes(finding.id));
}

function adviceFor(report: Report, cause: FoundFinding | null): string | null {
  if (cause !== null || worstOutcome(report) !== 'unknown') return null;
  if (report.interrupted) {
    const seconds = Math.ceil(report.budgets.runMs / 1000);
    return `Run it again and let it end: it takes ${seconds} s at most (--timeout). What was seen before the interruption stands below.`;
  }
  const [family, ...others] = Array.isArray(report.options['families']) ? report.options['families'] : [];
  if ((family === '4' || family === '6') && others.length === 0)
    return `This run looked at IPv${family} alone (--ipv${family}); the Agent takes the other family where the host has it. Run it again without the option.`;
  return 'Run it again as root, which can look further; --controls also asks public resolvers. What is missing stands under "not checked". If it stays so, attach the run to a ticket.';
}

function triesOf({ predictions, verdict }: Report): string | null {
  if (verdict.claim.outcome !== 'will_fail') return null;
  return predictions.find(({ leg }) => leg === 'claim')?.tries ?? null;
}

/** What the running Agent itself says, in the order in which its findings come. */
const OWN_WORDS: ReadonlySet<string> = new Set([
  'agent.claim_refused',
  'agent.claim_not_retried',
  'agent.link_flapping',
  'agent.retry_far_away',
  'agent.running_offline',
]);

export function judge(report: Report): Judgement {
  const found = report.findings.filter((finding) => finding.outcome === 'found');
  const shown = found.filter((finding) => !isFolded(finding, found));
  const blocks = shown.filter((finding) => finding.severity === 'blocks');
  const named = [report.verdict.link.cause, report.verdict.claim.cause];
  const cause =
    blocks[0] ?? shown.find((finding) => finding.severity === 'risks' && named.includes(finding.id)) ?? null;
  const ownWord = cause === null ? (shown.find(({ id }) => OWN_WORDS.has(id)) ?? null) : null;
  const rest = shown.filter((finding) => finding !== cause && finding !== ownWord);
  return {
    headline: headline(report),
    tone: OUTCOME_TONE[worstOutcome(report)],
    advice: adviceFor(report, cause),
    cause,
    ownWord,
    told: cause ?? ownWord,
    alsoBlocks: rest.filter((finding) => finding.severity === 'blocks'),
    risks: rest.filter((finding) => finding.severity === 'risks'),
    notes: rest.filter((finding) => finding.severity === 'notes'),
    tries: triesOf(report),
    folded: found.filter((finding) => isFolded(finding, found)),
    notChecked: report.findings.filter((finding) => finding.outcome === 'not_checked'),
  };
}
