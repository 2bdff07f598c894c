/** How this Agent is started again, and told to claim: one derivation from the installation that was found. */
import type { AgentInstallation } from '../model/agent.js';
import { SYSTEMD_RESTART } from './layouts.js';

type Installation = Pick<AgentInstallation, 'restart' | 'inside' | 'binary' | 'kind'>;

/** Starts the Agent again; for runs saved before this was kept, in the usual way. */
export function restartOf({ restart, kind }: Pick<AgentInstallation, 'restart' | 'kind'>): string {
  return restart ?? (kind === 'container' ? 'docker restart CONTAINER' : SYSTEMD_RESTART);
}

/** Directories that every shell, and sudo, looks into. */
const IN_PATH = new Set(['/usr/sbin', '/usr/bin', '/sbin', '/bin']);

/** Makes a running Agent of version 2 or newer read its claim anew, and claim. */
export function reloadOf(installation: Installation): string {
  const { inside, binary } = installation;
  if (inside !== undefined) return `${inside} netdatacli reload-claiming-state`;
  // The static build keeps the daemon itself below bin/srv.
  const directory = binary?.replace(/(?:\/srv)?\/[^/]*$/, '') ?? '';
  const isPlain = /^\/[\w./-]{1,200}$/.test(directory) && !IN_PATH.has(directory);
  const program = isPlain ? `${directory}/netdatacli` : 'netdatacli';
  const sudo = restartOf(installation).startsWith('sudo ') ? 'sudo ' : '';
  return `${sudo}${program} reload-claiming-state`;
}
