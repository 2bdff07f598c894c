/**
 * The host a scenario plays on: an Agent that is installed and not claimed, its configuration as the scenario wants it,
 * trust stores with the lab's roots. Made of objects, so that nothing of the real machine leaks into a scenario.
 */
import type { FileStat, HostReader, StatResult } from '../../agent/reader.js';
import { rulesFor } from '../../agent/versions.js';

export interface LabHostOptions {
  /** Of the Agent: its settings stand where that version reads them. */
  readonly version: string;
  readonly baseUrl: string;
  /** Value of `proxy` for the claim and the link; null = `none`. */
  readonly proxy: string | null;
  /** Roots of the claim's bundle and of the link's store (PEM). */
  readonly claimRoots: string;
  readonly linkRoots: string;
}

/** Of a token's length and alphabet, and good for nothing. */
const TOKEN = 'SIMULATED-'.repeat(13) + 'ABCDE';

interface Settings {
  /** Path to text. */
  readonly files: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
}

function settingsFor({ version, baseUrl, proxy }: LabHostOptions): Settings {
  const rules = rulesFor(version);
  const value = proxy ?? 'none';
  const linkProxy: Record<string, string> = rules.linkProxyInCloudConf
    ? {}
    : { '/etc/netdata/netdata.conf': `[cloud]\nproxy = ${value}\n` };
  const inCloudConf = rules.linkProxyInCloudConf ? `proxy = ${value}\n` : '';
  const files = {
    '/var/lib/netdata/cloud.d/cloud.conf': `[global]\n${rules.urlKey} = ${baseUrl}\n${inCloudConf}`,
    ...linkProxy,
  };
  if (rules.claimsByItself) {
    const claimConf = `[global]\nurl = ${baseUrl}\ntoken = ${TOKEN}\nproxy = ${value}\n`;
    return { files: { '/etc/netdata/claim.conf': claimConf, ...files }, environment: {} };
  }
  // The claim script gets its options from these where nobody types them.
  const environment = {
    NETDATA_CLAIM_URL: baseUrl,
    NETDATA_CLAIM_TOKEN: TOKEN,
    ...(proxy === null ? {} : { NETDATA_CLAIM_PROXY: proxy }),
  };
  return { files, environment };
}

export function labHost(options: LabHostOptions): HostReader {
  const settings = settingsFor(options);
  const files = new Map(
    Object.entries({
      ...settings.files,
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
    environment: new Map(Object.entries(settings.environment)),
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
