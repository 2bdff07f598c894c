/**
 * Watching: a light round every interval, a closer look by the whole doctor only when something failed or changed. All
 * that touches the machine, the clocks included, comes in through `deps`.
 */
import type { Report } from '../model/report.js';
import type { Change, ChangeKind } from './change.js';
import { changeEvent, roundEvent, troubleEvent, type Trouble, type WatchEvent } from './event.js';
import { factsOf, type RoundFacts } from './facts.js';
import { decodeHistory, encodeEntry, type Entry } from './history.js';
import { closerLookAfterMs, firstPauseMs, pauseMs, type Pace } from './schedule.js';
import { NOTHING, track, type Context, type Look, type Memory } from './track.js';

export interface Clock {
  /** ms since the epoch. */
  wallMs(): number;
  /** ms, never set and never going back; a suspended machine's may stand still. */
  steadyMs(): number;
  /** Ends after `ms`, or earlier when somebody wants a round now, or all of it to end. */
  sleep(ms: number): Promise<'slept' | 'woken' | 'ended'>;
}

/** Throws the file system's errors. */
export interface HistoryStore {
  read(): { readonly older: string; readonly newer: string };
  append(line: string): void;
  setAside(which: 'older' | 'newer'): void;
}

interface Counts {
  readonly rounds: number;
  /** Rounds in which claim or link will fail. */
  readonly failed: number;
  /** Rounds that could not be finished. */
  readonly broken: number;
  /** Closer looks. */
  readonly looks: number;
}

export interface Published {
  readonly atMs: number;
  readonly facts: RoundFacts;
  readonly memory: Memory;
  readonly counts: Counts;
  /** Of this round. */
  readonly changes: readonly Change[];
}

export interface WatchDeps {
  readonly pace: Pace;
  readonly clock: Clock;
  /** Rejects only for a fault of ours or of this host. */
  readonly look: (depth: 'light' | 'full') => Promise<Report>;
  readonly held: () => Promise<Context['held']>;
  readonly history: HistoryStore;
  readonly emit: (event: WatchEvent) => void;
  readonly publish: (state: Published) => void;
  /** Called several times a minute while all is well. */
  readonly alive: () => void;
  readonly ended: () => boolean;
  /** Ends by itself after so many rounds; null = never. */
  readonly rounds: number | null;
}

/** A clock that moved by more than this against the steady one was set, or the machine slept. */
const JUMP_MS = 30_000;
const SLICE_MS = 10_000;
/** After a jump the network is given so long to come up again. */
const SETTLE_MS = 5000;
/** Entries that wait for a disk with room. */
const MAX_WAITING = 50;

const ASKS_FOR_A_LOOK = new Set<ChangeKind>([
  'verdict',
  'cause',
  'address_new',
  'issuer',
  'route',
  'resolvers',
  'egress',
]);

/** Ends when `deps.ended()`, or after its rounds. */
export async function watch(deps: WatchDeps): Promise<void> {
  await new Watch(deps).run();
}

class Watch {
  readonly #deps: WatchDeps;
  #memory: Memory = NOTHING;
  #counts: Counts = { rounds: 0, failed: 0, broken: 0, looks: 0 };
  #waiting: string[] = [];
  readonly #told = new Set<string>();
  /** Told with the next round. */
  #meanwhile: Change[] = [];
  #asked = 0;
  #retryAfterMs: number | null = null;

  constructor(deps: WatchDeps) {
    this.#deps = deps;
  }

  async run(): Promise<void> {
    const deps = this.#deps;
    this.#remember();
    deps.alive();
    if (!(await this.#rest(firstPauseMs(deps.pace)))) return;
    for (;;) {
      await this.#round();
      const { rounds, broken } = this.#counts;
      if (deps.ended() || (deps.rounds !== null && rounds + broken >= deps.rounds)) return;
      if (!(await this.#rest(this.#pauseMs()))) return;
    }
  }

  /** From the last whole line of the history on. */
  #remember(): void {
    const { history, clock } = this.#deps;
    let last: Entry | null = null;
    try {
      const texts = history.read();
      for (const which of ['older', 'newer'] as const) {
        const { entries, damagedAt } = decodeHistory(texts[which]);
        if (damagedAt !== null) {
          history.setAside(which);
          this.#trouble({ kind: 'history_damaged', code: `line ${String(damagedAt)}` });
        } else last = entries.at(-1) ?? last;
      }
    } catch (error) {
      this.#trouble({ kind: 'history_not_written', code: codeOf(error) });
    }
    if (last !== null) this.#memory = last.memory;
    const unwatchedMs = last === null ? null : Math.max(0, clock.wallMs() - Date.parse(last.at));
    this.#meanwhile.push({ kind: 'started', unwatchedMs });
  }

  async #round(): Promise<void> {
    const deps = this.#deps;
    try {
      const light = factsOf(await deps.look('light'));
      if (deps.ended()) return;
      const held = await deps.held();
      const nowMs = deps.clock.wallMs();
      const looked = await this.#closer(light, { nowMs, held });
      if (looked === null) return;
      this.#asked = looked.facts.retryAfterMs === null ? 0 : this.#asked + 1;
      this.#retryAfterMs = looked.facts.retryAfterMs;
      const tracked = track({ ...this.#memory, look: looked.look }, looked.facts, { nowMs, held });
      this.#memory = tracked.memory;
      const changes = [...this.#meanwhile.splice(0), ...tracked.changes];
      const failed = looked.facts.claim === 'will_fail' || looked.facts.link === 'will_fail';
      this.#count({ rounds: 1, failed: failed ? 1 : 0, looks: looked.depth === 'full' ? 1 : 0 });
      this.#told.delete('round_failed');
      this.#save(nowMs, changes);
      const { claim, link, legs, cause, durationMs } = looked.facts;
      deps.emit(
        roundEvent(nowMs, {
          claim,
          link,
          legs,
          cause,
          depth: looked.depth,
          connections: light.connections,
          durationMs,
          warnings: this.#memory.warnings.length,
          nextInMs: this.#pauseMs(),
        }),
      );
      for (const change of changes) deps.emit(changeEvent(nowMs, change));
      deps.publish({ atMs: nowMs, facts: looked.facts, memory: this.#memory, counts: this.#counts, changes });
    } catch (error) {
      this.#count({ broken: 1 });
      this.#trouble({ kind: 'round_failed', code: codeOf(error) });
    }
    deps.alive();
  }

  /** What the round amounts to, with the doctor's word where one was called for. null = all of it ends. */
  async #closer(
    light: RoundFacts,
    context: Context,
  ): Promise<{ readonly facts: RoundFacts; readonly look: Look | null; readonly depth: 'light' | 'full' } | null> {
    const { look } = this.#memory;
    const works = light.claim === 'will_work' && light.link === 'will_work';
    const same = look?.signature === light.signature ? look : null;
    const asIs = { facts: same === null ? light : { ...light, ...same.verdict }, look: same, depth: 'light' } as const;
    // Whoever asks for patience is not asked more.
    if (light.retryAfterMs !== null) return asIs;
    const first = this.#memory.facts === null;
    const changed = track(this.#memory, asIs.facts, context).changes.some(
      ({ kind }) => ASKS_FOR_A_LOOK.has(kind) && !(first && works),
    );
    const due = same !== null && Math.abs(context.nowMs - same.atMs) >= closerLookAfterMs(same.times);
    if (!changed && (works || (same !== null && !due))) return works && same === null ? { ...asIs, look: null } : asIs;
    const full = factsOf(await this.#deps.look('full'));
    if (this.#deps.ended()) return null;
    const { claim, link, legs, cause, silentFirst } = full;
    const verdict = { claim, link, legs, cause, silentFirst };
    const fine = works && claim === 'will_work' && link === 'will_work';
    const next = { signature: light.signature, atMs: context.nowMs, times: (same?.times ?? 0) + 1, verdict };
    const told = { classes: full.classes, egress: full.egress ?? light.egress, retryAfterMs: full.retryAfterMs };
    return { facts: { ...light, ...verdict, ...told }, look: fine ? null : next, depth: 'full' };
  }

  #pauseMs(): number {
    const { pace, clock } = this.#deps;
    return pauseMs(pace, clock.wallMs(), { asked: this.#asked, retryAfterMs: this.#retryAfterMs });
  }

  /** False when all of it ends. Sleeps in slices, so that a clock that jumps is noticed. */
  async #rest(ms: number): Promise<boolean> {
    const { clock, alive } = this.#deps;
    let until = clock.steadyMs() + ms;
    for (;;) {
      const [wall, steady] = [clock.wallMs(), clock.steadyMs()];
      if (this.#deps.ended()) return false;
      if (steady >= until) return true;
      const how = await clock.sleep(Math.min(SLICE_MS, until - steady));
      if (how !== 'slept') return how === 'woken';
      alive();
      const jumped = clock.wallMs() - wall - (clock.steadyMs() - steady);
      if (Math.abs(jumped) < JUMP_MS) continue;
      this.#meanwhile.push({ kind: 'clock', byMs: Math.round(jumped) });
      this.#meanwhile.splice(0, this.#meanwhile.length - MAX_WAITING);
      until = Math.min(until, clock.steadyMs() + SETTLE_MS);
    }
  }

  /** Only what changed is written: a day without a network leaves one line. */
  #save(nowMs: number, changes: readonly Change[]): void {
    if (changes.length > 0) {
      const entry = { at: new Date(nowMs).toISOString(), changes, memory: this.#memory };
      this.#waiting.push(encodeEntry(entry));
      this.#waiting.splice(0, this.#waiting.length - MAX_WAITING);
    }
    try {
      for (let line = this.#waiting[0]; line !== undefined; line = this.#waiting[0]) {
        this.#deps.history.append(line);
        this.#waiting.shift();
        this.#told.delete('history_not_written');
      }
    } catch (error) {
      this.#trouble({ kind: 'history_not_written', code: codeOf(error) });
    }
  }

  /** Once, until it is over. */
  #trouble(trouble: Trouble): void {
    if (this.#told.has(trouble.kind)) return;
    this.#told.add(trouble.kind);
    this.#deps.emit(troubleEvent(this.#deps.clock.wallMs(), trouble));
  }

  #count(more: Partial<Counts>): void {
    const { rounds, failed, broken, looks } = this.#counts;
    this.#counts = {
      rounds: rounds + (more.rounds ?? 0),
      failed: failed + (more.failed ?? 0),
      broken: broken + (more.broken ?? 0),
      looks: looks + (more.looks ?? 0),
    };
  }
}

/** errno, our own sentence, or the name of the error. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if (error.name === 'UsageError') return error.message;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
