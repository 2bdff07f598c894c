/**
 * The dead man: waits for a confirmation, and restores the backup when none comes. Started detached, with no
 * terminal, so that a cut session cannot take it along. Arguments: state directory, backup id, milliseconds.
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

async function main(stateDir: string, id: string, timeoutMs: number): Promise<void> {
  const text = await readIfThere(backupPath(stateDir, id));
  if (text === null) return;
  const backup = JSON.parse(text) as Backup;
  const deadline = performance.now() + timeoutMs;
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

const [stateDir = '', id = '', timeoutMs = ''] = process.argv.slice(2);
await main(stateDir, id, Number(timeoutMs));
