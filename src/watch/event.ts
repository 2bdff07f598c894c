/** What watching tells, as one JSON document a line (docs/watch.md). */
import type { Outcome } from '../model/prediction.js';
import type { FindingId } from '../model/finding-id.js';
import type { Leg } from '../model/route.js';
import type { Change } from './change.js';
import { changeText } from './words.js';

type TroubleKind =
  /** A file of the history was set aside. */
  | 'history_damaged'
  | 'history_not_written'
  | 'textfile_not_written'
  | 'on_change_failed'
  | 'on_change_slow'
  | 'round_failed';

export interface Trouble {
  readonly kind: TroubleKind;
  /** errno, exit status or name of an error; foreign text. */
  readonly code: string;
}

interface Base {
  readonly schema: 'netdata-egress/watch-event';
  readonly version: 1;
  /** ISO 8601 UTC. */
  readonly at: string;
}

export type WatchEvent =
  | (Base & {
      readonly event: 'round';
      readonly claim: Outcome;
      readonly link: Outcome;
      readonly legs: Readonly<Record<Leg, Outcome>>;
      readonly cause: FindingId | null;
      /** `full`: the whole doctor was called in. */
      readonly depth: 'light' | 'full';
      /** Of the light round. */
      readonly connections: number;
      readonly durationMs: number;
      readonly warnings: number;
      readonly nextInMs: number;
    })
  | (Base & { readonly event: 'change'; readonly change: Change; readonly text: string })
  | (Base & { readonly event: 'trouble'; readonly trouble: Trouble; readonly text: string });

const base = (atMs: number): Base => ({
  schema: 'netdata-egress/watch-event',
  version: 1,
  at: new Date(atMs).toISOString(),
});

export function roundEvent(
  atMs: number,
  round: Omit<Extract<WatchEvent, { event: 'round' }>, keyof Base | 'event'>,
): WatchEvent {
  return { ...base(atMs), event: 'round', ...round };
}

export function changeEvent(atMs: number, change: Change): WatchEvent {
  return { ...base(atMs), event: 'change', change, text: changeText(change) };
}

const TROUBLES: Readonly<Record<TroubleKind, string>> = {
  history_damaged: 'the history is damaged: it was set aside, and a new one begins',
  history_not_written: 'the history cannot be written; what changes meanwhile is kept in memory',
  textfile_not_written: 'the file for the textfile collector cannot be written',
  on_change_failed: 'the command of --on-change failed',
  on_change_slow: 'the command of --on-change took too long and was ended',
  round_failed: 'a round could not be finished',
};

export function troubleEvent(atMs: number, trouble: Trouble): WatchEvent {
  return { ...base(atMs), event: 'trouble', trouble, text: `${TROUBLES[trouble.kind]} (${trouble.code})` };
}
