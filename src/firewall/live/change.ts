/**
 * One guarded change: capture our part, arm the dead man, apply, read back, confirm or put back. The dead man is
 * a process of its own: it rolls back also when this one, or the terminal it runs in, is gone.
 */
import { spawn } from 'node:child_process';
import { mkdir, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findApplier } from './appliers/registry.js';
import type { ApplyContext, Captured } from './applier.js';
import { readIfThere, writeDurably } from './store.js';

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

export type Confirmation = 'confirmed' | 'rolled_back';

export function backupPath(stateDir: string, id: string): string {
  return join(stateDir, 'backup', `${id}.json`);
}

function outcomePath(stateDir: string, id: string): string {
  return join(stateDir, 'backup', `${id}.outcome`);
}

function restoredPath(stateDir: string, id: string): string {
  return join(stateDir, 'backup', `${id}.restored`);
}

/** Saves our part as it is now. */
export async function saveBackup(
  stateDir: string,
  target: string,
  context: ApplyContext,
  now: string,
): Promise<Backup> {
  await mkdir(join(stateDir, 'backup'), { recursive: true, mode: 0o700 });
  const captured = await findApplier(target).capture(context);
  const id = `${now.replaceAll(':', '-')}-${target}`;
  const { options, backend } = context;
  const backup: Backup = { schema: 'netdata-egress/backup', version: 1, id, target, options, backend, captured };
  await writeDurably(backupPath(stateDir, id), `${JSON.stringify(backup)}\n`);
  return backup;
}

export async function restoreBackup(backup: Backup, context: ApplyContext): Promise<void> {
  await findApplier(backup.target).restore(context, backup.captured);
}

/** Starts the dead man: after `timeoutMs` without a confirmation it restores the backup. */
export function armDeadMan(stateDir: string, backup: Backup, timeoutMs: number): void {
  const program = fileURLToPath(new URL('./dead-man.js', import.meta.url));
  const child = spawn(process.execPath, [program, stateDir, backup.id, String(timeoutMs)], {
    detached: true,
    stdio: 'ignore',
  });
  child.on('error', () => undefined);
  child.unref();
}

/**
 * Decides the fate of a change, once: confirming and rolling back exclude each other, whoever comes first.
 * Returns what was decided, perhaps by the other side.
 */
export async function decide(stateDir: string, id: string, outcome: Confirmation): Promise<Confirmation> {
  try {
    await writeFile(outcomePath(stateDir, id), outcome, { flag: 'wx', mode: 0o600 });
    return outcome;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    return (await outcomeOf(stateDir, id)) ?? outcome;
  }
}

/** What became of a change; null = still open. */
export async function outcomeOf(stateDir: string, id: string): Promise<Confirmation | null> {
  const text = await readIfThere(outcomePath(stateDir, id));
  return text === null ? null : text === 'confirmed' ? 'confirmed' : 'rolled_back';
}

export async function markRestored(stateDir: string, id: string): Promise<void> {
  await writeDurably(restoredPath(stateDir, id), '');
}

export async function isRestored(stateDir: string, id: string): Promise<boolean> {
  return (await readIfThere(restoredPath(stateDir, id))) !== null;
}

/** Id of the newest change that waits for its confirmation, or null. */
export async function writePending(stateDir: string, id: string | null): Promise<void> {
  const path = join(stateDir, 'unconfirmed');
  if (id === null) await unlink(path).catch(() => undefined);
  else await writeDurably(path, `${id}\n`);
}

export async function readPending(stateDir: string): Promise<string | null> {
  const id = ((await readIfThere(join(stateDir, 'unconfirmed'))) ?? '').trim();
  return /^[0-9A-Za-z.-]{1,100}$/.test(id) ? id : null;
}
