/**
 * Where a child streams to: stream.conf as the Agent reads it (docs/reference/agent.md#streaming-destinations). Pure
 * but for the one file.
 */
import { iniBoolean, lookup, parseIni } from './ini.js';
import type { HostReader } from './reader.js';

export interface StreamDestination {
  /** Name or address, without brackets and interface. */
  readonly host: string;
  readonly port: number;
  readonly ssl: boolean;
}

export interface Streaming {
  readonly file: string;
  /** Why this Agent does not stream, our words; null = it does. */
  readonly off: string | null;
  readonly destinations: readonly StreamDestination[];
  /** Destinations that are not TCP to a port that can be told, as they are written. */
  readonly unusable: readonly string[];
}

/** Both for the list and for the port of an entry that names none. */
const DEFAULT_PORT = 19_999;
const MAX_BYTES = 1024 * 1024;

function portOf(text: string): number | null {
  const port = Number(text);
  return /^\d{1,5}$/.test(text) && port > 0 && port <= 65_535 ? port : null;
}

/** `[PROTOCOL:]HOST[%INTERFACE][:PORT][:SSL]`; null = no TCP port of a host. */
export function readDestination(entry: string, defaultPort = DEFAULT_PORT): StreamDestination | null {
  // Whatever follows the mark is cut off with it.
  const [written = '', ...more] = entry.split(':SSL');
  const ssl = more.length > 0;
  if (/^(?:udp:|unix:|\/)/.test(written)) return null;
  const text = written.replace(/^tcp:/, '');
  const match = /^(?:\[([^\]]*)\]?|([^:%]*))(?:%[^:]*)?(?::(.*))?$/s.exec(text);
  const host = match?.[1] ?? match?.[2] ?? '';
  const service = match?.[3] ?? '';
  const port = service === '' ? defaultPort : portOf(service);
  return host === '' || port === null ? null : { host, port, ssl };
}

/** Entries stand apart by blanks and commas. */
export function readDestinations(
  text: string,
  defaultPort = DEFAULT_PORT,
): Pick<Streaming, 'destinations' | 'unusable'> {
  const entries = text.split(/[\s,]+/).filter((entry) => entry !== '');
  const read = entries.map((entry) => ({ entry, destination: readDestination(entry, defaultPort) }));
  return {
    destinations: read.flatMap(({ destination }) => destination ?? []),
    unusable: read.flatMap(({ entry, destination }) => (destination === null ? [entry] : [])),
  };
}

export async function readStreaming(reader: HostReader, configDir: string): Promise<Streaming> {
  const file = `${configDir}/stream.conf`;
  const off = (why: string): Streaming => ({ file, off: why, destinations: [], unusable: [] });
  const found = await reader.readFile(file, MAX_BYTES);
  // The stock file that is read instead does not stream.
  if (found.state === 'missing') return off('there is no such file');
  if (found.state === 'unreadable') return off(`it cannot be read (${found.code})`);
  const ini = parseIni(found.bytes);
  const value = (key: string): string => lookup(ini, 'stream', key)?.value ?? '';
  if (!iniBoolean(value('enabled'))) return off('[stream] enabled is not yes');
  if (value('destination') === '') return off('[stream] has no destination');
  if (value('api key') === '') return off('[stream] has no api key');
  return { file, off: null, ...readDestinations(value('destination'), portOf(value('default port')) ?? DEFAULT_PORT) };
}
