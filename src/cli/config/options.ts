/** Options of the config commands, and discovery with them. */
import { rootCertificates } from 'node:tls';
import { discover } from '../../agent/discover.js';
import type { DiscoverOptions } from '../../agent/discover-options.js';
import type { HostReader } from '../../agent/reader.js';
import { API_HOST, DEFAULT_AUTH_PATH, DEFAULT_BASE_URL, MQTT_HOST } from '../../catalog/hosts.js';
import { UsageError } from '../../model/errors.js';
import type { Discovery } from '../../model/planned.js';
import { createHostReader } from '../host-reader.js';

export type Flags = Readonly<Record<string, unknown>>;

/** What a command works on; tests hand in their own. */
export interface ConfigHost {
  readonly reader: HostReader;
  /** True when the reader looks into a container: what it shows cannot be written from here. */
  readonly inContainer: boolean;
  readonly write: (text: string) => void;
  readonly stdin: () => Promise<string>;
  readonly setExitCode: (code: number) => void;
}

function textFlag(flags: Flags, name: string): string | undefined {
  const value = flags[name];
  return typeof value === 'string' ? value : undefined;
}

function pidFlag(flags: Flags): number | undefined {
  const text = textFlag(flags, 'pid');
  if (text === undefined) return undefined;
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new UsageError(`--pid: ${JSON.stringify(text)} is not a process number`);
  return Number(text);
}

function envFromFlag(flags: Flags): DiscoverOptions['envFrom'] {
  const text = textFlag(flags, 'envFrom');
  if (text === undefined || text === 'daemon' || text === 'unit' || text === 'self') return text;
  throw new UsageError(`--env-from: ${JSON.stringify(text)} is not daemon, unit or self`);
}

export async function defaultHost(flags: Flags): Promise<ConfigHost> {
  const pid = pidFlag(flags);
  const host = createHostReader();
  const entry = pid === undefined ? null : await host.process(pid);
  const inContainer = entry?.sharesOurFiles === false;
  return {
    inContainer,
    reader: entry !== null && inContainer ? createHostReader({ root: `/proc/${String(entry.pid)}/root` }) : host,
    write: (text) => process.stdout.write(text),
    stdin: readStdin,
    setExitCode: (code) => {
      process.exitCode = code;
    },
  };
}

const MAX_STDIN = 64 * 1024;

async function readStdin(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += String(chunk);
    if (text.length > MAX_STDIN) throw new UsageError('the value on stdin is too long');
  }
  return text.replace(/\r?\n$/, '');
}

export async function discoverWith(reader: HostReader, flags: Flags): Promise<Discovery> {
  const count = new Map<string, number>();
  const given = {
    prefix: textFlag(flags, 'prefix'),
    configDir: textFlag(flags, 'configDir'),
    libDir: textFlag(flags, 'libDir'),
    agentVersion: textFlag(flags, 'agentVersion'),
    envFrom: envFromFlag(flags),
    pid: pidFlag(flags),
  };
  const options = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return discover(reader, {
    ...options,
    mozillaRoots: rootCertificates,
    documented: {
      auth: { host: API_HOST, port: 443, path: DEFAULT_AUTH_PATH },
      link: { host: MQTT_HOST, port: 443, path: '/mqtt' },
    },
    defaultUrl: DEFAULT_BASE_URL,
    nextId: (operation) => {
      const next = (count.get(operation) ?? 0) + 1;
      count.set(operation, next);
      return `${operation}-${String(next)}`;
    },
    now: () => 0,
  });
}
