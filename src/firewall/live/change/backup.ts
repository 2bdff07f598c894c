/**
 * The way back of a change, on disk: what was there before, who waits for a confirmation, and what was settled. The
 * dead man is a process of its own: it rolls back also when this one, or the terminal it runs in, is gone.
 */
import { join } from 'node:path';
import { startProgram } from '../../../host/start.js';
import { findManager } from '../managers.js';
import { LiveError, type ApplyContext, type Captured } from '../manager.js';
import type { Guard, Verdict } from './change.js';
import { claimDurably, makeStateDir, readIfThere, removeIfThere, writeDurably } from '../store.js';

/** What the dead man needs, as a file: it shares no memory with us. */
export interface Backup {
  readonly schema: 'netdata-egress/backup';
  readonly version: 1;
  /** Also the name of the files: `2026-11-22T20-00-00.000Z-nftables`. */
  readonly id: string;
  readonly target: string;
  readonly options: ApplyContext['options'];
  readonly backend: ApplyContext['backend'];
  readonly captured: Captured;
}

export function backupPath(stateDir: string, id: string): string {
  return join(stateDir, 'backup', `${id}.json`);
}

function outcomePath(stateDir: string, id: string): string {
  return join(stateDir, 'backup', `${id}.outcome`);
}

function restoredPath(stateDir: string, id: string): string {
  return join(stateDir, 'backup', `${id}.restored`);
}

/** Saves our part as it was captured. */
async function saveBackup(
  stateDir: string,
  target: string,
  context: ApplyContext,
  captured: Captured,
  now: string,
): Promise<Backup> {
  await makeStateDir(join(stateDir, 'backup'));
  const id = `${now.replaceAll(':', '-')}-${target}`;
  const { options, backend } = context;
  const backup: Backup = { schema: 'netdata-egress/backup', version: 1, id, target, options, backend, captured };
  await writeDurably(backupPath(stateDir, id), `${JSON.stringify(backup)}\n`);
  return backup;
}

export async function restoreBackup(backup: Backup, context: ApplyContext): Promise<void> {
  await findManager(backup.target).restore(context, backup.captured);
}

/** Starts `keepWatch` (dead-man.ts) in a process of its own: state directory, backup id and milliseconds follow `args`. */
export interface DeadManProgram {
  readonly file: string;
  readonly args: readonly string[];
  /** What it needs on its standard input; null = nothing. */
  readonly input: string | null;
}

/** What the dead man says on his standard output when he is there. */
export const ON_WATCH = 'on watch\n';
/** Only a host that is nearly dead takes so long to start a program. */
const START_MS = 30_000;

/** Resolves when the dead man is on watch: after `timeoutMs` without a confirmation he restores the backup. */
function armDeadMan({ timeoutMs, deadMan }: Confirmation, stateDir: string, backup: Backup): Promise<void> {
  const { file, args, input } = deadMan;
  const child = startProgram(file, [...args, stateDir, backup.id, String(timeoutMs)], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  // A program that ends before it has read everything closes the pipe: its end is what counts.
  child.stdin?.on('error', () => undefined).end(input ?? '');
  return new Promise((resolve, reject) => {
    let said = '';
    const refuse = (why: string): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(new LiveError(`nothing was changed, because nobody would take it back: the guard ${why}`));
    };
    const timer = setTimeout(() => refuse('did not start in time'), START_MS);
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(0, ON_WATCH.length);
      if (said !== ON_WATCH) return;
      clearTimeout(timer);
      child.removeAllListeners('close');
      child.stdout?.destroy();
      child.unref();
      resolve();
    });
    child.once('error', (error) => refuse(`cannot be started (${error.message})`));
    child.once('close', () => refuse('ended at once'));
  });
}

/**
 * Settles the fate of a change, once: confirming and rolling back exclude each other, whoever comes first.
 * Returns what was settled, perhaps by the other side.
 */
export async function settle(stateDir: string, id: string, outcome: Verdict): Promise<Verdict> {
  if (claimDurably(outcomePath(stateDir, id), outcome)) return outcome;
  return (await outcomeOf(stateDir, id)) ?? outcome;
}

/** What became of a change; null = still open. */
export async function outcomeOf(stateDir: string, id: string): Promise<Verdict | null> {
  const text = await readIfThere(outcomePath(stateDir, id));
  return text === null ? null : text === 'confirmed' ? 'confirmed' : 'rolled_back';
}

export async function markRestored(stateDir: string, id: string): Promise<void> {
  await writeDurably(restoredPath(stateDir, id), '');
}

async function isRestored(stateDir: string, id: string): Promise<boolean> {
  return (await readIfThere(restoredPath(stateDir, id))) !== null;
}

/** Id of the newest change that waits for its confirmation, or null. */
export async function writePending(stateDir: string, id: string | null): Promise<void> {
  const path = join(stateDir, 'unconfirmed');
  if (id === null) removeIfThere(path);
  else await writeDurably(path, `${id}\n`);
}

export async function readPending(stateDir: string): Promise<string | null> {
  const id = ((await readIfThere(join(stateDir, 'unconfirmed'))) ?? '').trim();
  return /^[0-9A-Za-z.-]{1,100}$/.test(id) ? id : null;
}

/** A guard that keeps what was there on disk. */
export interface BackupGuard extends Guard<Captured> {
  /** Of the backup, once it is armed; '' before. */
  readonly id: string;
}

export interface BackupOptions {
  readonly stateDir: string;
  readonly target: string;
  readonly context: ApplyContext;
  /** null = nobody is asked, and no dead man waits. */
  readonly confirmation: Confirmation | null;
}

interface Confirmation {
  readonly timeoutMs: number;
  readonly deadMan: DeadManProgram;
  /** Called when the change waits for it; the function that comes back is called when it does no longer. */
  readonly waiting: (id: string) => () => void;
}

const POLL_MS = 200;
/** The dead man settles it; whoever watches waits a little longer than he does. */
const GRACE_MS = 30_000;

export function backupGuard({ stateDir, target, context, confirmation }: BackupOptions): BackupGuard {
  let id = '';
  const over = async (): Promise<Verdict | null> => {
    const outcome = await outcomeOf(stateDir, id);
    return outcome === 'rolled_back' && !(await isRestored(stateDir, id)) ? null : outcome;
  };
  const wait = async ({ timeoutMs, waiting }: Confirmation): Promise<Verdict> => {
    const stop = waiting(id);
    const deadline = performance.now() + timeoutMs + GRACE_MS;
    try {
      while (performance.now() < deadline) {
        const outcome = await over();
        if (outcome !== null) return outcome;
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    } finally {
      stop();
    }
    throw new LiveError(`nothing confirmed or took back the change; its backup is ${id} in ${stateDir}/backup`);
  };
  return {
    get id() {
      return id;
    },
    async arm(captured) {
      const backup = await saveBackup(stateDir, target, context, captured, new Date().toISOString());
      id = backup.id;
      if (confirmation === null) return;
      try {
        await armDeadMan(confirmation, stateDir, backup);
      } catch (error) {
        // One that comes late has nothing to take back.
        await settle(stateDir, id, 'rolled_back');
        throw error;
      }
      await writePending(stateDir, id);
    },
    settle: (verdict) => settle(stateDir, id, verdict),
    async restored() {
      await markRestored(stateDir, id);
      await writePending(stateDir, null);
    },
    async confirm() {
      const verdict = confirmation === null ? await settle(stateDir, id, 'confirmed') : await wait(confirmation);
      await writePending(stateDir, null);
      return verdict;
    },
  };
}
