/**
 * The dead man: waits for a confirmation, and restores the backup when none comes. Runs in a process of its own,
 * detached and with no terminal, so that a cut session cannot take it along.
 */
import type { ApplyContext } from '../manager.js';
import {
  backupPath,
  markRestored,
  outcomeOf,
  readPending,
  restoreBackup,
  settle,
  writePending,
  type Backup,
} from './backup.js';
import { hostRunner } from '../runner.js';
import { readIfThere } from '../store.js';

const POLL_MS = 200;
/** A firewall program may be locked or busy: try for a while, then give up. */
const ATTEMPTS = 10;

/** @param onWatch called when nothing but the confirmation is waited for */
export async function keepWatch(stateDir: string, id: string, timeoutMs: number, onWatch: () => void): Promise<void> {
  const text = await readIfThere(backupPath(stateDir, id));
  if (text === null) return;
  const backup = JSON.parse(text) as Backup;
  const deadline = performance.now() + timeoutMs;
  onWatch();
  while (performance.now() < deadline) {
    if ((await outcomeOf(stateDir, id)) !== null) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  if ((await settle(stateDir, id, 'rolled_back')) !== 'rolled_back') return;
  const context: ApplyContext = { runner: hostRunner, options: backup.options, backend: backup.backend };
  for (let attempt = 1; ; attempt++)
    try {
      await restoreBackup(backup, context);
      break;
    } catch (error) {
      if (attempt >= ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  await markRestored(stateDir, id);
  if ((await readPending(stateDir)) === id) await writePending(stateDir, null);
}
