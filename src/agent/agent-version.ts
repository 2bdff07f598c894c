/** Which version of the Agent this host has: asked for, printed by its program, or left in its files. */
import type { AgentVersion } from '../model/agent.js';
import { UsageError } from '../model/errors.js';
import type { DiscoverOptions } from './discover-options.js';
import type { Installed } from './installation.js';
import type { HostReader } from './reader.js';
import { NEWEST_RELEASE, parseVersion, standingOf } from './versions.js';

const VERSION_TIMEOUT_MS = 3000;
const MAX_STATUS_BYTES = 256 * 1024;
const MAX_DPKG_BYTES = 16 * 1024 * 1024;

/** A version in a text, normalised, or null. */
function versionIn(text: string): string | null {
  const match = /\bv?(?:20\d{6}-\d+-g[0-9a-f]+|\d+\.\d+[A-Za-z0-9.+~_-]*)/.exec(text)?.[0].replace(/[.+~_-]+$/, '');
  return match === undefined || parseVersion(match) === null ? null : match.replace(/^v/, '');
}

async function fromProgram(reader: HostReader, program: string): Promise<string | null> {
  const result = await reader.run(program, ['-V'], VERSION_TIMEOUT_MS);
  const line = result?.exitCode === 0 ? /^netdata\s+(\S+)/m.exec(result.stdout)?.[1] : undefined;
  return line === undefined ? null : versionIn(line);
}

/** The daemon's own status file (since 2.3) names the version that last ran. */
async function fromStatusFile(reader: HostReader, libDir: string): Promise<string | null> {
  const file = await reader.readFile(`${libDir}/status-netdata.json`, MAX_STATUS_BYTES);
  if (file.state !== 'read') return null;
  try {
    const document: unknown = JSON.parse(new TextDecoder().decode(file.bytes));
    const agent = typeof document === 'object' && document !== null && 'agent' in document ? document.agent : null;
    const version = typeof agent === 'object' && agent !== null && 'version' in agent ? agent.version : null;
    return typeof version === 'string' ? versionIn(version) : null;
  } catch {
    return null;
  }
}

async function fromDpkg(reader: HostReader): Promise<string | null> {
  const file = await reader.readFile('/var/lib/dpkg/status', MAX_DPKG_BYTES);
  if (file.state !== 'read') return null;
  const text = new TextDecoder('latin1').decode(file.bytes);
  const start = text.indexOf('\nPackage: netdata\n');
  if (start < 0) return null;
  const end = text.indexOf('\n\n', start);
  const stanza = text.slice(start, end < 0 ? undefined : end);
  if (!/^Status: install ok installed$/m.test(stanza)) return null;
  const version = /^Version: (?:\d+:)?(\S+)$/m.exec(stanza)?.[1];
  return version === undefined ? null : versionIn(version);
}

/** The version that decides which rules hold. */
export async function findVersion(
  reader: HostReader,
  options: DiscoverOptions,
  installed: Installed,
): Promise<AgentVersion> {
  const version = await whichVersion(reader, options, installed);
  const standing = standingOf(version.value);
  return standing === 'known' ? version : { ...version, standing };
}

async function whichVersion(reader: HostReader, options: DiscoverOptions, installed: Installed): Promise<AgentVersion> {
  if (options.agentVersion !== undefined) {
    if (parseVersion(options.agentVersion) === null) {
      throw new UsageError(
        `--agent-version: ${JSON.stringify(options.agentVersion)} is not a version such as 2.10.3 or 2.11.0-84-nightly`,
      );
    }
    return { value: options.agentVersion.trim().replace(/^v/, ''), source: 'option' };
  }
  const { installation, process } = installed;
  if (installation.found) {
    const source = process === null ? 'installed' : 'running';
    const value =
      (installation.binary === null ? null : await fromProgram(reader, installation.binary)) ??
      (await fromStatusFile(reader, installation.libDir)) ??
      (installation.kind === 'native' ? await fromDpkg(reader) : null);
    if (value !== null) return { value, source };
  }
  return { value: NEWEST_RELEASE.version, source: 'assumed_newest' };
}

/** Whether a version 1 Agent was built without cloud support, by its own word; null = not known. */
export async function builtWithoutCloud(reader: HostReader, installed: Installed): Promise<boolean | null> {
  const { binary } = installed.installation;
  if (binary === null) return null;
  const result = await reader.run(binary, ['-W', 'buildinfo'], VERSION_TIMEOUT_MS);
  const word = /^\s*Netdata Cloud[\W_]+(YES|NO)\b/im.exec(result?.stdout ?? '')?.[1];
  return word === undefined ? null : word.toUpperCase() === 'NO';
}
