/**
 * Where the Agent lives: layout of the installation, its directories and its process
 * (docs/reference/agent.md#claim-inputs, #configuration-files).
 */
import { posix } from 'node:path';
import { isAgentsOwn, serviceAccount, type Account } from './account.js';
import type { AgentInstallation } from '../model/agent.js';
import { UsageError } from '../model/errors.js';
import type { DiscoverOptions } from './discover-options.js';
import { lookup, parseIni } from './ini.js';
import type { IniFile } from './ini.js';
import type { FileResult, HostReader, ProcessEntry } from './reader.js';
import type { UnitEnvironment } from './systemd-unit.js';

/** Far above any real configuration file; more is not read. */
export const MAX_CONFIG_BYTES = 1024 * 1024;

interface Layout {
  readonly kind: 'native' | 'static' | 'other';
  readonly configDir: string;
  readonly stockDir: string;
  readonly libDir: string;
  readonly binaries: readonly string[];
}

function prefixed(kind: 'static' | 'other', prefix: string): Layout {
  return {
    kind,
    configDir: `${prefix}/etc/netdata`,
    stockDir: `${prefix}/usr/lib/netdata/conf.d`,
    libDir: `${prefix}/var/lib/netdata`,
    binaries: [
      `${prefix}/bin/srv/netdata`,
      `${prefix}/usr/sbin/netdata`,
      `${prefix}/bin/netdata`,
      `${prefix}/sbin/netdata`,
    ],
  };
}

const NATIVE: Layout = {
  kind: 'native',
  configDir: '/etc/netdata',
  stockDir: '/usr/lib/netdata/conf.d',
  libDir: '/var/lib/netdata',
  binaries: ['/usr/sbin/netdata', '/usr/bin/netdata'],
};

const STATIC_PREFIX = '/opt/netdata';

const LAYOUTS: readonly Layout[] = [
  NATIVE,
  prefixed('static', STATIC_PREFIX),
  prefixed('other', '/usr/local/netdata'),
  {
    kind: 'other',
    configDir: '/usr/local/etc/netdata',
    stockDir: '/usr/local/lib/netdata/conf.d',
    libDir: '/var/db/netdata',
    binaries: ['/usr/local/sbin/netdata'],
  },
];

/** A configuration file as read, with what the Agent makes of it. */
export interface ConfigFile {
  readonly path: string;
  readonly result: FileResult;
  /** Empty for files that are missing or unreadable. */
  readonly ini: IniFile;
  /** Wall clock of the last change, ms; null = unknown. */
  readonly changedAtMs: number | null;
}

const EMPTY: IniFile = { entries: [], problems: [] };

export async function readConfigFile(reader: HostReader, path: string): Promise<ConfigFile> {
  const [result, info] = await Promise.all([reader.readFile(path, MAX_CONFIG_BYTES), reader.stat(path)]);
  const ini = result.state === 'read' ? parseIni(result.bytes) : EMPTY;
  return { path, result, ini, changedAtMs: typeof info === 'object' ? info.mtimeMs : null };
}

export interface Installed {
  readonly installation: AgentInstallation;
  /** Directory of the private key: the lib directory's, whatever `[directories] cloud.d` says. */
  readonly keyDir: string;
  /** OPENSSLDIR of a static build; null for one that uses the system's library. */
  readonly staticPrefix: string | null;
  readonly netdataConf: ConfigFile;
  readonly process: ProcessEntry | null;
  /** The process runs as an account that is neither root's nor the Agent's: anybody may have started it. */
  readonly stranger: boolean;
  /** Agents that run on this host besides the chosen one, or in containers. */
  readonly otherProcesses: readonly ProcessEntry[];
}

async function exists(reader: HostReader, path: string): Promise<boolean> {
  return (await reader.stat(path)) !== 'missing';
}

async function firstExisting(reader: HostReader, paths: readonly string[]): Promise<string | null> {
  const found = await Promise.all(paths.map(async (path) => exists(reader, path)));
  return paths[found.indexOf(true)] ?? null;
}

async function chooseLayout(reader: HostReader, options: DiscoverOptions, program: string | null): Promise<Layout> {
  if (options.prefix !== undefined) return prefixed('static', options.prefix.replace(/\/+$/, ''));
  const byProgram = LAYOUTS.find(({ binaries }) => program !== null && binaries.includes(program));
  if (byProgram !== undefined) return byProgram;
  const byBinary = await Promise.all(LAYOUTS.map(async ({ binaries }) => firstExisting(reader, binaries)));
  const binary = LAYOUTS[byBinary.findIndex((path) => path !== null)];
  if (binary !== undefined) return binary;
  const byConfig = await Promise.all(LAYOUTS.map(async ({ configDir }) => exists(reader, configDir)));
  return LAYOUTS[byConfig.indexOf(true)] ?? NATIVE;
}

/** The Agent's process: the one asked for, else one that shares our files, the service's own users first. */
async function chooseProcess(
  reader: HostReader,
  options: DiscoverOptions,
  account: Account | null,
): Promise<{ chosen: ProcessEntry | null; others: readonly ProcessEntry[] }> {
  const running = await reader.agentProcesses();
  const isOwn = (entry: ProcessEntry): boolean => isAgentsOwn(reader, entry, account);
  const all = options.ownProcessesOnly === true ? running.filter(isOwn) : running;
  if (options.pid !== undefined) {
    const chosen = await reader.process(options.pid);
    if (chosen === null) throw new UsageError(`there is no process ${String(options.pid)}`);
    if (options.ownProcessesOnly === true && chosen.sharesOurFiles !== false && !isOwn(chosen)) {
      const who = `user ${String(chosen.uid)}, neither root nor the Agent's account`;
      throw new UsageError(`process ${String(chosen.pid)} runs as ${who}: nothing is written for it`);
    }
    return { chosen, others: all.filter(({ pid }) => pid !== chosen.pid) };
  }
  const service = account?.uid ?? null;
  const rank = ({ uid }: ProcessEntry): number => (uid !== null && uid === service ? 0 : uid === 0 ? 1 : 2);
  const ours = all.filter(({ sharesOurFiles }) => sharesOurFiles !== false);
  const readsAsked = await Promise.all(ours.map(async (entry) => mayRead(reader, entry, options.configDir)));
  const chosen =
    ours
      .filter((_, index) => readsAsked[index] === true)
      .sort((left, right) => rank(left) - rank(right) || left.pid - right.pid)[0] ?? null;
  return { chosen, others: all.filter((entry) => entry !== chosen) };
}

/** False for an Agent that was started with a configuration of its own where another one is asked about. */
async function mayRead(reader: HostReader, entry: ProcessEntry, configDir: string | undefined): Promise<boolean> {
  const path = configOption(entry);
  if (configDir === undefined || path === null) return true;
  const asked = await reader.realPath(configDir);
  const conf = await readConfigFile(reader, path);
  const theirs = [posix.dirname(path), directoryFrom(conf, 'config', 'config directory')];
  const places = await Promise.all(theirs.map(async (place) => (place === null ? null : reader.realPath(place))));
  return asked === null || places.includes(asked);
}

/** `-c FILE` of the daemon's command line. */
function configOption(entry: ProcessEntry | null): string | null {
  const index = entry?.argv.indexOf('-c') ?? -1;
  const path = index < 0 ? undefined : entry?.argv[index + 1];
  return path?.startsWith('/') === true ? path : null;
}

async function requireDirectory(reader: HostReader, path: string, option: string): Promise<void> {
  const info = await reader.stat(path);
  if (info === 'missing') throw new UsageError(`${option}: ${path} does not exist`);
  if (typeof info === 'object' && info.type !== 'directory')
    throw new UsageError(`${option}: ${path} is not a directory`);
  if (info === 'denied' || (await reader.readDir(path)) === null)
    throw new UsageError(`${option}: ${path} cannot be read`);
}

/** A directory named in netdata.conf, under its name of today or its older one. */
function directoryFrom(conf: ConfigFile, key: string, oldKey: string | null): string | null {
  const entry = lookup(conf.ini, 'directories', key) ?? (oldKey === null ? null : lookup(conf.ini, 'global', oldKey));
  return entry === null || !entry.value.startsWith('/') ? null : entry.value.replace(/(?<=.)\/+$/, '');
}

/** Finds the installation; throws UsageError for explicit directories that cannot be used. */
export async function findInstallation(
  reader: HostReader,
  options: DiscoverOptions,
  unit: UnitEnvironment | null,
): Promise<Installed> {
  const explicit = [
    ['--prefix', options.prefix],
    ['--config-dir', options.configDir],
    ['--lib-dir', options.libDir],
  ] as const;
  for (const [option, path] of explicit) if (path !== undefined) await requireDirectory(reader, path, option);
  const account = await serviceAccount(reader, unit);
  const { chosen, others } = await chooseProcess(reader, options, account);
  const stranger = options.pid === undefined && chosen !== null && !isAgentsOwn(reader, chosen, account);
  // A stranger may be any program of this host under the Agent's name: its own is not the Agent's.
  const ofProcess = stranger
    ? null
    : (chosen?.exe ?? (chosen?.argv[0]?.startsWith('/') === true ? chosen.argv[0] : null));
  const program = ofProcess ?? unit?.program ?? null;
  const layout = await chooseLayout(reader, options, program);
  const binary = program ?? (await firstExisting(reader, layout.binaries));
  const startDir = options.configDir ?? layout.configDir;
  const named = configOption(chosen);
  let netdataConf = await readConfigFile(reader, named ?? `${startDir}/netdata.conf`);
  if (named === null && netdataConf.result.state !== 'read') {
    const stock = await readConfigFile(reader, `${layout.stockDir}/netdata.conf`);
    if (stock.result.state === 'read') netdataConf = stock;
  }
  const configDir = options.configDir ?? directoryFrom(netdataConf, 'config', 'config directory') ?? startDir;
  const libDir = options.libDir ?? directoryFrom(netdataConf, 'lib', 'lib directory') ?? layout.libDir;
  const cloudDir = directoryFrom(netdataConf, 'cloud.d', null) ?? `${libDir}/cloud.d`;
  const found = binary !== null || chosen !== null;
  const inContainer = chosen?.sharesOurFiles === false || (found && (await exists(reader, '/.dockerenv')));
  return {
    installation: {
      found,
      // How it was built matters more than where it runs: a static build looks names up in its own way.
      kind: !found ? null : inContainer && layout.kind !== 'static' ? 'container' : layout.kind,
      binary,
      configDir,
      libDir,
      cloudDir,
    },
    keyDir: `${libDir}/cloud.d`,
    staticPrefix: layout.kind === 'static' ? layout.configDir.replace(/\/etc\/netdata$/, '') : null,
    netdataConf,
    process: chosen,
    stranger,
    otherProcesses: others,
  };
}
