/** Watching on the real host: what the loop of src/watch needs, for `watch` and for Netdata's plugin alike. */
import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { hostname } from 'node:os';
import { makeStateDir, takeLock } from '../../firewall/live/store.js';
import { textOf } from '../../host/capped-read.js';
import { openJournal } from '../../host/journal.js';
import { EXIT, type Report } from '../../model/report.js';
import type { WatchEvent } from '../../watch/event.js';
import { watch, type Published, type WatchDeps } from '../../watch/loop.js';
import { shareOf } from '../../watch/schedule.js';
import { hostDeps } from '../doctor/host-deps.js';
import { loadKnownAddresses } from '../doctor/known-addresses.js';
import { enterNamespace, type Entry } from '../doctor/netns.js';
import { withProxy } from '../doctor/options.js';
import { runDoctor } from '../doctor/run-doctor.js';
import { safeReport } from '../doctor/safe-report.js';
import { askAgentStatus } from '../host/agent-status.js';
import { leave } from '../leave.js';
import { machineClock } from './clock.js';
import { heldByRules } from './held.js';
import { HISTORY, MAX_HISTORY_BYTES } from './state-dir.js';
import type { WatchOptions } from './options.js';

export interface Session {
  readonly stateDir: string;
  readonly emit: (event: WatchEvent) => void;
  readonly publish: (state: Published) => void;
  readonly alive: () => void;
  /** Called once the lock is held and before the first round. */
  readonly begin: () => Promise<void>;
  readonly end: () => void;
}

/** Runs until a signal, or after its rounds. Throws UsageError: another watch works there, a directory is missing. */
export async function runSession(asked: WatchOptions, session: Session): Promise<void> {
  const entry = await enterNamespace(null, asked.doctor.pid);
  if (entry.kind === 'left') {
    process.exitCode = entry.exitCode;
    return;
  }
  const options = { ...asked, doctor: await withProxy(asked.doctor) };
  // Read once before anything begins: what cannot be read is an error of usage then, later it is a round that fails.
  await loadKnownAddresses(options.doctor.knownAddresses, today());
  await makeStateDir(session.stateDir);
  const unlock = await takeLock(session.stateDir);
  const ending = new AbortController();
  const clock = machineClock(ending.signal);
  const stop = (): void => {
    ending.abort();
    // Whatever hangs: what is known is on disk.
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), LAST_MS).unref();
  };
  const again = (): void => clock.wake();
  process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', again);
  try {
    await session.begin();
    await watch({
      pace: { everyMs: options.everyMs, share: shareOf(machineDigest()) },
      clock,
      look: lookOf(options, entry, ending.signal),
      held: () => heldByRules(443),
      history: openJournal(session.stateDir, HISTORY, MAX_HISTORY_BYTES),
      emit: session.emit,
      publish: (state) => {
        session.publish(state);
        // Between two rounds there are minutes in which nothing else would clear up.
        setImmediate(collectGarbage);
      },
      alive: session.alive,
      ended: () => ending.signal.aborted,
      rounds: options.rounds,
    });
  } finally {
    session.end();
    await unlock();
    process.off('SIGINT', stop).off('SIGTERM', stop).off('SIGHUP', again);
  }
  process.exitCode = EXIT.OK;
  if (ending.signal.aborted) leave(EXIT.OK);
}

/** V8 gives its collector to a context that is made while the flag is set. */
const collectGarbage = ((): (() => void) => {
  setFlagsFromString('--expose-gc');
  const gc: unknown = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  return typeof gc === 'function' ? (gc as () => void) : () => undefined;
})();

/** So long the end may take. */
const LAST_MS = 800;

const today = (): string => new Date().toISOString().slice(0, 10);

/** Settings, accounts, resolvers and the list of known addresses are read anew for every round. */
function lookOf(
  options: WatchOptions,
  entry: Extract<Entry, { kind: 'here' }>,
  interrupt: AbortSignal,
): WatchDeps['look'] {
  return async (depth): Promise<Report> => {
    const known = await loadKnownAddresses(options.doctor.knownAddresses, today());
    const deps = await hostDeps(entry, options.doctor, known, interrupt);
    const result = await runDoctor(
      options.doctor,
      depth === 'full'
        ? deps
        : {
            ...deps,
            light: true,
            readLocalFirewall: () => Promise.resolve([]),
            askAgentStatus: (facts, ids, now) =>
              askAgentStatus(entry.root === null ? deps.reader : null, facts, ids, now),
          },
    );
    return safeReport(result, { mode: options.doctor.redact, earlier: null }).report;
  };
}

/** Never the id itself: machine-id(5) asks for a hash of it. */
function machineDigest(): Uint8Array {
  const id = textOf('/etc/machine-id', 200).trim();
  return createHash('sha256')
    .update(`netdata-egress ${id === '' ? hostname() : id}`)
    .digest();
}
