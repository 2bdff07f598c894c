/** Options of the config commands, and discovery with them. */
import { rootCertificates } from 'node:tls';
import { discover } from '../../agent/discover.js';
import type { HostReader } from '../../agent/reader.js';
import { API_HOST, DEFAULT_AUTH_PATH, DEFAULT_BASE_URL, MQTT_HOST } from '../../catalog/hosts.js';
import { UsageError } from '../../model/errors.js';
import type { Discovery } from '../../model/planned.js';
import { containerId, pidOfContainer } from '../doctor/container.js';
import type { EnvFrom } from '../flags.js';
import { createHostReader } from '../host-reader.js';

export interface Flags {
  readonly prefix?: string;
  readonly configDir?: string;
  readonly libDir?: string;
  readonly agentVersion?: string;
  readonly envFrom?: EnvFrom;
  readonly pid?: number;
  readonly container?: string;
  readonly strict?: boolean;
  readonly quiet?: boolean;
  readonly format?: string;
  readonly output?: string;
  readonly json?: boolean;
  readonly color?: boolean;
  readonly ascii?: boolean;
  readonly apply?: boolean;
  readonly force?: boolean;
}

/** What a command works on; tests hand in their own. */
export interface ConfigHost {
  readonly reader: HostReader;
  /** True when the reader looks into a container: what it shows cannot be written from here. */
  readonly inContainer: boolean;
  readonly write: (text: string) => void;
  readonly stdin: () => Promise<string>;
  readonly setExitCode: (code: number) => void;
}

/** The process that `--container` stands for, in place of it. */
export async function settled(flags: Flags): Promise<Flags> {
  const { container, ...rest } = flags;
  return container === undefined ? flags : { ...rest, pid: pidOfContainer(await containerId(container)) };
}

export async function defaultHost(flags: Flags): Promise<ConfigHost> {
  const { pid } = flags;
  const host = createHostReader();
  const found = pid === undefined ? null : await host.process(pid);
  const entry = found === 'not_read' ? null : found;
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

/** `toWrite`: only processes of root and of the Agent's account count as the Agent. */
export async function discoverWith(reader: HostReader, flags: Flags, toWrite = false): Promise<Discovery> {
  const count = new Map<string, number>();
  const { prefix, configDir, libDir, agentVersion, envFrom, pid } = flags;
  const given = { prefix, configDir, libDir, agentVersion, envFrom, pid };
  const options = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return discover(reader, {
    ...options,
    ownProcessesOnly: toWrite,
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
