/**
 * The clock, the budget and the memory of one run. Every probe works on a NetContext made here; a control gets one
 * with an earlier deadline, so that a silent network costs one step deadline, not a sum of them.
 */
import { setMaxListeners } from 'node:events';
import type { NetworkOperation, Operation } from '../model/failure.js';
import type { Observation } from '../model/observation.js';
import type { Leg } from '../model/route.js';
import type { NetContext } from '../net/context.js';

export interface RunOptions {
  /** Budget of the whole run, ms. */
  readonly runMs: number;
  /** Deadline of one step, ms. */
  readonly stepMs: number;
  /** Sockets open at once. */
  readonly maxSockets: number;
  /** Kept at the end of the budget for what comes after the legs (a hold), ms. */
  readonly reservedMs?: number;
  /** How long the Agent itself waits in a step, ms: its own path is given as much (`--patient`). */
  readonly agentWaitMs?: (leg: Leg | null, operation: NetworkOperation) => number;
  /** What may follow the budget while a peer is connected and silent; absent = nothing. */
  readonly linger?: Linger;
  /** Aborted on Ctrl-C. */
  readonly interrupt: AbortSignal;
  readonly now?: () => number;
  readonly wallClock?: () => Date;
  /** Called for every saved observation (progress). */
  readonly onSave?: (observation: Observation) => void;
  /** Called twice a second while a step on the way of the Agent waits for a peer that is connected (progress). */
  readonly onWait?: (waiting: Waiting) => void;
  /** Lab only: where a published address really listens. */
  readonly translate?: (address: string) => string;
  /** Observation ids handed out before this run (host facts). */
  readonly ids?: IdSource;
}

interface Linger {
  /** Beyond `runMs`, ms. */
  readonly ms: number;
  /** How long the Agent itself waits in a step, ms: no longer is waited. */
  readonly waitMs: (leg: Leg | null, operation: NetworkOperation) => number;
}

/** A step that waits for a peer. */
export interface Waiting {
  readonly leg: Leg;
  readonly operation: NetworkOperation;
  /** On the run's clock, ms. */
  readonly sinceMs: number;
  /** When it is given up, at the latest. */
  readonly untilMs: number;
}

/** Hands out ids like `connect-3`, unique within a report. */
export class IdSource {
  readonly #counts = new Map<Operation, number>();
  next(operation: Operation): string {
    const n = (this.#counts.get(operation) ?? 0) + 1;
    this.#counts.set(operation, n);
    return `${operation}-${String(n)}`;
  }
}

/** The C library's two tries of 5 s (resolv.conf(5)), and the time to say so. */
const LOOKUP_MS = 10_500;
/** A wait of less than this is none to a person, and nobody reads faster than this. */
const WORTH_A_WORD_MS = 3000;
const WORD_EVERY_MS = 500;
/** How often the run looks whether it is running. */
const HEARTBEAT_MS = 50;
/** A look that comes later than this was held up; less is the jitter of any timer. */
const LATE_MS = 20;
/** Held up for less than this in all, a step is not worth a word. */
const STALL_MS = 150;
/** A pause of this length may be that of the whole machine; in shorter ones the kernel goes on without us. */
const ASLEEP_MS = 1000;
/** Stalls that are remembered: the last half hour of a process that hardly gets to run. */
const MAX_STALLS = 20_000;

/** Steps that wait for a peer which the Agent would wait for longer than our step deadline. */
const PATIENT: ReadonlySet<NetworkOperation> = new Set([
  'proxy_connect',
  'tls_handshake',
  'http_round_trip',
  'websocket_upgrade',
  'mqtt_connect',
]);

export class Run {
  readonly observations: Observation[] = [];
  readonly ids: IdSource;
  readonly signal: AbortSignal;
  readonly #options: RunOptions;
  readonly #zero: number;
  readonly #clock: () => number;
  readonly #budget = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #heart: NodeJS.Timeout;
  readonly #stalls: { readonly fromMs: number; readonly toMs: number }[] = [];
  /** By leg and operation, in the order in which they began. */
  readonly #waits = new Map<string, Waiting>();
  #toldMs = 0;
  #beatMs: number;
  #transactions = 0;
  #openSockets = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(options: RunOptions) {
    this.#options = options;
    this.#clock = options.now ?? (() => performance.now());
    this.#zero = this.#clock();
    this.ids = options.ids ?? new IdSource();
    // Steps end by their own deadlines, which are cut to the budget; the signal is the belt to those braces.
    this.#timer = setTimeout(() => this.#budget.abort(), options.runMs + (options.linger?.ms ?? 0) + 250);
    this.#timer.unref();
    this.#beatMs = this.now();
    this.#heart = setInterval(() => this.#beat(), HEARTBEAT_MS);
    this.#heart.unref();
    this.signal = AbortSignal.any([options.interrupt, this.#budget.signal]);
    // Every step under way listens; their number is bounded by the sockets, not by Node's default of ten.
    setMaxListeners(0, this.signal);
  }

  now(): number {
    return Math.round((this.#clock() - this.#zero) * 1000) / 1000;
  }

  get interrupted(): boolean {
    return this.#options.interrupt.aborted;
  }

  nextTransaction(): string {
    this.#transactions += 1;
    return `t${String(this.#transactions)}`;
  }

  /** Notes when the heartbeat came late: this process did not run, and what waited meanwhile was not the network's fault. */
  #beat(): void {
    const now = this.now();
    const dueMs = this.#beatMs + HEARTBEAT_MS;
    this.#beatMs = now;
    this.#tellWait(now);
    if (now - dueMs <= LATE_MS) return;
    this.#stalls.push({ fromMs: dueMs, toMs: now });
    if (this.#stalls.length > MAX_STALLS) this.#stalls.shift();
  }

  /** The step that has waited longest, once that is worth a word. */
  #tellWait(now: number): void {
    const [longest] = this.#waits.values();
    if (longest === undefined || now - longest.sinceMs < WORTH_A_WORD_MS || now - this.#toldMs < WORD_EVERY_MS) return;
    this.#toldMs = now;
    this.#options.onWait?.(longest);
  }

  /** ms of a time span in which this process did not run, in pieces of at least so many ms. */
  #stalledMs(t0Ms: number, tMs: number, leastMs: number): number {
    this.#beat();
    const overlap = this.#stalls
      .filter(({ fromMs, toMs }) => toMs - fromMs >= leastMs)
      .map(({ fromMs, toMs }) => Math.max(0, Math.min(tMs, toMs) - Math.max(t0Ms, fromMs)));
    return Math.round(overlap.reduce((sum, ms) => sum + ms, 0));
  }

  /**
   * A context whose steps end by `deadlineAt` (ms since the run's zero) at the latest.
   *
   * @param patientFor on the way of this leg: steps that wait for a slow peer may use what is left of the budget, or wait
   *   as long as the Agent, also beyond the budget where that was allowed
   */
  context(deadlineAt = Number.POSITIVE_INFINITY, patientFor?: Leg | null): NetContext {
    return {
      now: () => this.now(),
      wallClock: this.#options.wallClock ?? (() => new Date()),
      signal: this.signal,
      stepTimeoutMs: (operation) => {
        const { reservedMs = 0 } = this.#options;
        const endMs = this.#endMs(patientFor !== undefined && PATIENT.has(operation));
        const now = this.now();
        const left = Math.min(endMs - (patientFor === undefined ? 0 : reservedMs), deadlineAt) - now;
        const ms = Math.max(1, Math.min(this.#deadlineOf(operation, patientFor), left));
        if (patientFor != null && PATIENT.has(operation))
          this.#waits.set(`${patientFor} ${operation}`, {
            leg: patientFor,
            operation,
            sinceMs: now,
            untilMs: now + ms,
          });
        return ms;
      },
      nextId: (operation: NetworkOperation) => this.ids.next(operation),
      save: (observation: Observation) => {
        // What was not even begun was kept from it by all that went before.
        const { operation, failure, tMs } = observation;
        const kept = failure?.kind === 'interrupted' && !this.interrupted;
        // The kernel connects, and repeats its SYN, whether or not we run; what it has by the deadline is looked at.
        const kernels = operation === 'connect' && failure?.kind === 'generic_timeout_error';
        const stalledMs = this.#stalledMs(kept ? 0 : observation.t0Ms, tMs, kernels ? ASLEEP_MS : 0);
        const saved = stalledMs < STALL_MS ? observation : { ...observation, stalledMs };
        this.observations.push(saved);
        this.#waits.delete(`${String(saved.leg)} ${saved.operation}`);
        this.#options.onSave?.(saved);
      },
      acquireSocket: () => this.#acquire(),
      ...(this.#options.translate ? { translate: this.#options.translate } : {}),
    };
  }

  #deadlineOf(operation: NetworkOperation, patientFor: Leg | null | undefined): number {
    const { runMs, reservedMs = 0, stepMs, agentWaitMs, linger } = this.#options;
    if (patientFor === undefined) return stepMs;
    if (agentWaitMs !== undefined) return Math.max(stepMs, agentWaitMs(patientFor, operation));
    if (!PATIENT.has(operation)) return stepMs;
    if (linger === undefined) return Number.POSITIVE_INFINITY;
    // What comes later than the Agent waits tells more than that nothing came.
    return Math.max(stepMs, runMs - reservedMs - this.now(), linger.waitMs(patientFor, operation));
  }

  /** When the run ends for a step, ms since the run's zero. A run that has waited beyond its budget goes on to its end. */
  #endMs(lingers: boolean): number {
    const { runMs, linger } = this.#options;
    return runMs + (lingers || this.now() >= runMs ? (linger?.ms ?? 0) : 0);
  }

  /** Longest wait for the system's resolver, ms: what it takes itself by default, and more where the Agent's wait counts. */
  get lookupMs(): number {
    const { stepMs, agentWaitMs } = this.#options;
    return Math.max(stepMs * 2 + 1000, LOOKUP_MS, agentWaitMs?.(null, 'resolve') ?? 0);
  }

  budgetLeftMs(): number {
    return Math.max(1, this.#endMs(false) - (this.#options.reservedMs ?? 0) - this.now());
  }

  get stepMs(): number {
    return this.#options.stepMs;
  }

  /** Ends the run's timers; observations stay. */
  close(): void {
    clearTimeout(this.#timer);
    clearInterval(this.#heart);
  }

  async #acquire(): Promise<() => void> {
    if (this.#openSockets >= this.#options.maxSockets) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#openSockets += 1;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#openSockets -= 1;
      this.#waiting.shift()?.();
    };
  }
}
