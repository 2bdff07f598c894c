/**
 * The host a scenario plays on: an Agent that is installed and not claimed, its configuration as the scenario wants it,
 * trust stores with the lab's roots. Made of objects, so that nothing of the real machine leaks into a scenario.
 */
import type { FileStat, HostReader, StatResult } from '../../agent/reader.js';

export interface LabHostOptions {
  readonly baseUrl: string;
  /** Value of `proxy` in claim.conf and cloud.conf; null = `none`. */
  readonly proxy: string | null;
  /** Roots of the claim's bundle and of the link's store (PEM). */
  readonly claimRoots: string;
  readonly linkRoots: string;
}

/** Of a token's length and alphabet, and good for nothing. */
const TOKEN = 'SIMULATED-'.repeat(13) + 'ABCDE';

export function labHost(options: LabHostOptions): HostReader {
  const files = new Map(
    Object.entries({
      '/etc/netdata/claim.conf': `[global]\nurl = ${options.baseUrl}\ntoken = ${TOKEN}\nproxy = ${options.proxy ?? 'none'}\n`,
      '/var/lib/netdata/cloud.d/cloud.conf': `[global]\nurl = ${options.baseUrl}\nproxy = ${options.proxy ?? 'none'}\n`,
      '/usr/sbin/netdata': '',
      '/etc/ssl/certs/ca-certificates.crt': options.claimRoots,
      '/usr/lib/ssl/cert.pem': options.linkRoots,
    }).map(([path, text]) => [path, new TextEncoder().encode(text)] as const),
  );
  const namesIn = (directory: string): string[] => {
    const prefix = directory.endsWith('/') ? directory : `${directory}/`;
    const below = [...files.keys()].filter((path) => path.startsWith(prefix));
    return [...new Set(below.map((path) => path.slice(prefix.length).split('/')[0] ?? ''))].sort();
  };
  return {
    platform: 'linux',
    hostname: 'lab',
    uid: null,
    environment: new Map(),
    readFile(path, maxBytes) {
      const bytes = files.get(path);
      if (bytes === undefined) {
        return Promise.resolve(
          namesIn(path).length > 0 ? { state: 'unreadable', code: 'EISDIR' } : { state: 'missing' },
        );
      }
      return Promise.resolve({ state: 'read', bytes: bytes.subarray(0, maxBytes), truncated: bytes.length > maxBytes });
    },
    stat(path) {
      return Promise.resolve(statOf(files.get(path) ?? null, namesIn(path).length > 0));
    },
    readDir(path) {
      const names = namesIn(path);
      return Promise.resolve(names.length > 0 ? names : null);
    },
    realPath(path) {
      return Promise.resolve(files.has(path) || namesIn(path).length > 0 ? path : null);
    },
    agentProcesses: () => Promise.resolve([]),
    process: () => Promise.resolve(null),
    seenBy: () => null,
    environmentOf: () => Promise.resolve(null),
    userName: () => Promise.resolve(null),
    userId: () => Promise.resolve(null),
    groupId: () => Promise.resolve(null),
    run: () => Promise.resolve(null),
  };
}

function statOf(bytes: Uint8Array | null, isDirectory: boolean): StatResult {
  if (bytes === null && !isDirectory) return 'missing';
  const stat: FileStat = {
    type: bytes === null ? 'directory' : 'file',
    size: bytes?.length ?? 0,
    uid: 0,
    gid: 0,
    mode: bytes === null ? 0o755 : 0o644,
    mtimeMs: 0,
  };
  return stat;
}
