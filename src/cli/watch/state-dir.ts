/** Where watching keeps its history: by option, by the service manager, by Netdata, or where the user may write. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { readCapped } from '../../host/capped-read.js';
import { UsageError } from '../../model/errors.js';
import { decodeHistory, type Entry } from '../../watch/history.js';

export const HISTORY = 'history.ndjson';
/** Each of two files. */
export const MAX_HISTORY_BYTES = 1024 * 1024;

const OF_ROOT = '/var/lib/netdata-egress/watch';
const OF_SERVICE = '/var/lib/netdata-egress-watch';

/** Of the plugin, below the Agent's own state directory. */
export function pluginStateDir(libDir: string): string {
  return join(libDir, 'netdata-egress');
}

function ofUser(env: NodeJS.ProcessEnv): string {
  const base = env['XDG_STATE_HOME'];
  return join(base?.startsWith('/') === true ? base : join(homedir(), '.local/state'), 'netdata-egress');
}

/** For watch. Throws UsageError. */
export function stateDirectory(asked: string | null, env: NodeJS.ProcessEnv = process.env): string {
  const given = asked ?? env['STATE_DIRECTORY']?.split(':')[0] ?? null;
  if (given !== null) {
    if (!given.startsWith('/')) throw new UsageError('--state-dir takes an absolute path');
    return given;
  }
  return process.geteuid?.() === 0 ? OF_ROOT : ofUser(env);
}

/** Everything that is kept in one place, oldest first; what is damaged is left out. */
export function readHistory(directory: string): readonly Entry[] {
  return [`${HISTORY}.1`, HISTORY].flatMap((name) => {
    const file = readCapped(join(directory, name), MAX_HISTORY_BYTES);
    return file.state === 'read' ? decodeHistory(file.bytes.toString('utf8')).entries : [];
  });
}

/** Of all places where one may be, the history that was added to last; null = nowhere is one that we may read. */
export function latestHistory(libDir: string | null): readonly Entry[] | null {
  const places = [OF_ROOT, OF_SERVICE, ofUser(process.env), ...(libDir === null ? [] : [pluginStateDir(libDir)])];
  const found = places.map(readHistory).filter((entries) => entries.length > 0);
  const age = (entries: readonly Entry[]): number => Date.parse(entries.at(-1)?.at ?? '') || 0;
  return found.sort((a, b) => age(b) - age(a))[0] ?? null;
}
