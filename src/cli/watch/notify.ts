/**
 * Tells the service manager that we run and are alive (sd_notify(3)). Node has no datagram socket of the local kind:
 * systemd-notify(1) sends, which is wherever a service manager of this kind is; without it nothing is told.
 */
import { runTrusted } from '../../host/program.js';

const PROGRAMS = ['/usr/bin/systemd-notify', '/bin/systemd-notify'];
const TIMEOUT_MS = 5000;

export interface Notifier {
  ready(): Promise<void>;
  alive(): void;
  stopping(): void;
}

/** @param nowMs a steady clock */
export function serviceNotifier(env: NodeJS.ProcessEnv, nowMs: () => number): Notifier {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: watchdog, WATCHDOG_PID: watched } = env;
  if (socket === undefined || !/^[/@]/.test(socket)) {
    return { ready: () => Promise.resolve(), alive: () => undefined, stopping: () => undefined };
  }
  const mine = watched === undefined || Number(watched) === process.pid;
  const dueMs = mine && watchdog !== undefined && /^\d{1,15}$/.test(watchdog) ? Number(watchdog) / 1000 / 3 : null;
  let lastMs = nowMs();
  const send = async (...words: readonly string[]): Promise<void> => {
    for (const program of PROGRAMS) {
      const told = await runTrusted(program, [`--pid=${String(process.pid)}`, ...words], TIMEOUT_MS, {
        NOTIFY_SOCKET: socket,
      });
      if (told.ok || told.why !== 'missing') return;
    }
  };
  return {
    ready: () => send('--ready', '--status=watching'),
    alive: () => {
      if (dueMs === null || nowMs() - lastMs < dueMs) return;
      lastMs = nowMs();
      void send('WATCHDOG=1');
    },
    stopping: () => void send('STOPPING=1'),
  };
}
