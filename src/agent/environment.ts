/**
 * Whose environment counts (docs/reference/agent.md#daemon-environment, #t23): the running daemon's where it can be
 * read, else the installed unit's, else our own when there is no unit on this host.
 */
import { UsageError } from '../model/errors.js';
import { maskValue } from './mask.js';
import type { HostReader, ProcessEntry } from './reader.js';
import type { UnitEnvironment } from './systemd-unit.js';

export interface AgentEnvironment {
  readonly source: 'daemon' | 'unit' | 'self';
  readonly variables: ReadonlyMap<string, string>;
  /** One sentence: whose environment this is, and why not a better one. */
  readonly why: string;
  /** Whether the daemon's own environment could be read. */
  readonly daemonReadable: boolean;
}

/** Proxy variables that either side reads. */
export const PROXY_VARIABLES = [
  'http_proxy',
  'https_proxy',
  'HTTPS_PROXY',
  'all_proxy',
  'ALL_PROXY',
  'no_proxy',
  'NO_PROXY',
] as const;

/** Variables that people set and that neither side reads. */
const IGNORED_PROXY_VARIABLES = ['HTTP_PROXY', 'socks_proxy', 'SOCKS_PROXY', 'CURL_CA_BUNDLE'] as const;

const CLAIM_VARIABLES = [
  'NETDATA_CLAIM_URL',
  'NETDATA_CLAIM_TOKEN',
  'NETDATA_CLAIM_ROOMS',
  'NETDATA_CLAIM_PROXY',
  'NETDATA_EXTRA_CLAIM_OPTS',
  'NETDATA_CLAIM_INSECURE',
  'NETDATA_DISABLE_CLOUD',
] as const;

export const TRUST_VARIABLES = ['SSL_CERT_FILE', 'SSL_CERT_DIR'] as const;

const INTERESTING: readonly string[] = [
  ...PROXY_VARIABLES,
  ...IGNORED_PROXY_VARIABLES,
  ...CLAIM_VARIABLES,
  ...TRUST_VARIABLES,
];

const PLAIN = new Set<string>([
  ...TRUST_VARIABLES,
  'CURL_CA_BUNDLE',
  'no_proxy',
  'NO_PROXY',
  'NETDATA_CLAIM_INSECURE',
  'NETDATA_DISABLE_CLOUD',
]);

/** A variable's value for showing. */
export function maskVariable(name: string, value: string): string {
  if (PLAIN.has(name)) return value.slice(0, 200);
  return maskValue(name, value);
}

/** The variables that matter, in a fixed order, masked. */
export function shownVariables(
  variables: ReadonlyMap<string, string>,
): { readonly name: string; readonly value: string }[] {
  return INTERESTING.flatMap((name) => {
    const value = variables.get(name);
    return value === undefined ? [] : [{ name, value: maskVariable(name, value) }];
  });
}

/** Chooses the environment; an explicit wish that cannot be met is a UsageError. */
export async function chooseEnvironment(
  reader: HostReader,
  daemon: ProcessEntry | null,
  unit: UnitEnvironment | null,
  wish: 'daemon' | 'unit' | 'self' | undefined,
): Promise<AgentEnvironment> {
  const ofDaemon = daemon === null ? null : await reader.environmentOf(daemon.pid);
  const daemonReadable = ofDaemon !== null;
  const self = { source: 'self' as const, variables: reader.environment, daemonReadable };
  if (wish === 'self') return { ...self, why: 'our own environment, as asked for' };
  if (wish === 'daemon' && ofDaemon === null) {
    const because =
      daemon === null ? 'no Agent runs here' : `the environment of process ${String(daemon.pid)} cannot be read`;
    throw new UsageError(`--env-from daemon: ${because}`);
  }
  if (wish === 'unit' && unit === null) throw new UsageError('--env-from unit: there is no netdata.service here');
  if (ofDaemon !== null && wish !== 'unit') {
    return {
      source: 'daemon',
      variables: ofDaemon,
      why: `the environment of the running daemon (process ${String(daemon?.pid ?? 0)})`,
      daemonReadable,
    };
  }
  const obstacle = daemon !== null && !daemonReadable ? '; the running daemon’s cannot be read' : '';
  if (unit !== null) {
    const why = `the environment of the service unit ${unit.files[0] ?? ''}${wish === 'unit' ? ', as asked for' : obstacle}`;
    return { source: 'unit', variables: unit.variables, why, daemonReadable };
  }
  return { ...self, why: `our own environment: there is no service unit on this host${obstacle}` };
}
