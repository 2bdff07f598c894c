import { tookMs } from '../../trace/silence.js';
import type { Failure, FailureKind } from '../../model/failure.js';
import type { Observation } from '../../model/observation.js';
import type { Outcome } from '../../model/prediction.js';
import type { Patience } from '../patience.js';
import type { PredictRule } from './rule-ids.js';

/** Something that ends a leg, or (`at_risk`) endangers it. */
export interface Stop {
  readonly outcome: Exclude<Outcome, 'will_work'>;
  readonly rule: PredictRule;
  /** What was seen, or null where something was not seen. */
  readonly at: Observation | null;
  /** Seconds that the failing step itself takes the Agent; null = endless or unknown. */
  readonly seconds: number | null;
  /** HTTP status, where the Agent's words depend on it. */
  readonly status?: number;
  /** Silence that the Agent would have waited out. */
  readonly patience?: Patience;
}

/** How one leg ends, on one order of addresses. */
export interface Judged {
  readonly stop: Stop | null;
  /** Things that may end it although it works now. */
  readonly risks: readonly Stop[];
  /** What was met on the way, in order, including the stop. */
  readonly met: readonly Observation[];
  /** Seconds from the start to the end of the last step that was met; null = unknown or endless. */
  readonly seconds: number | null;
}

/** Collects what a leg meets, in the Agent's order. */
export class Trail {
  readonly #met: Observation[] = [];
  readonly #risks: Stop[] = [];
  #seconds = 0;

  /** A step that was passed; it took the Agent as long as it took the network, unless told otherwise. */
  passed(observation: Observation, seconds = tookMs(observation) / 1000): void {
    this.#met.push(observation);
    this.#seconds += seconds;
  }

  /** Met, without costing the Agent time. */
  saw(observation: Observation): void {
    this.#met.push(observation);
  }

  risk(stop: Omit<Stop, 'outcome' | 'seconds'>): void {
    this.#risks.push({ ...stop, outcome: 'at_risk', seconds: null });
  }

  /** What the steps that were passed took the Agent. */
  get seconds(): number {
    return this.#seconds;
  }

  end(stop: Stop | null): Judged {
    const met = stop?.at ? [...this.#met, stop.at] : this.#met;
    const seconds = stop === null ? this.#seconds : stop.seconds === null ? null : this.#seconds + stop.seconds;
    return { stop, risks: this.#risks, met, seconds };
  }
}

export function fails(rule: PredictRule, at: Observation, seconds: number | null = 0, status?: number): Stop {
  return { outcome: 'will_fail', rule, at, seconds, ...(status === undefined ? {} : { status }) };
}

/** A step that would decide was not taken, or was cut short. */
export function unseen(at: Observation | null = null, rule: PredictRule = 'unknown.not_observed'): Stop {
  return { outcome: 'unknown', rule, at, seconds: null };
}

export const outcomeOf = (judged: Judged): Outcome =>
  judged.stop?.outcome ?? (judged.risks.length > 0 ? 'at_risk' : 'will_work');

/** Errors that say "not this family on this host": they cost nothing, and are to blame only where nothing else failed. */
const NO_FAMILY = new Set<FailureKind>([
  'address_not_available',
  'address_family_not_supported',
  'network_unreachable',
  'network_down',
]);

/** Of several failed connections, the one to blame: the last that tells something about the network. */
export function toBlame<T extends { readonly failure: Failure | null }>(failed: readonly T[]): T | undefined {
  return failed.findLast(({ failure }) => failure !== null && !NO_FAMILY.has(failure.kind)) ?? failed.at(-1);
}
