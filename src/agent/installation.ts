/**
 * Where the Agent lives: layout of the installation, its directories and its process
 * (docs/reference/agent.md#claim-inputs, #configuration-files).
 */
import { posix } from 'node:path';
import { isAgentsOwn, serviceAccount, type Account } from './account.js';
import { containerCommands, type ContainerCommands } from './container-commands.js';
import { ELF_BYTES, libcOf } from './elf.js';
import type { AgentInstallation } from '../model/agent.js';
import { UsageError } from '../model/errors.js';
import type { DiscoverOptions } from './discover-options.js';
import { readDistribution } from './distribution.js';
import { lookup, parseIni } from './ini.js';
import { HOST_FLAVOURS, LAYOUTS, layoutsBelow, layoutsOn, prefixOf, SYSTEMD_RESTART } from './layouts.js';
import type { Layout } from './layouts.js';
import type { IniFile } from './ini.js';
import type { FileResult, HostReader, ProcessEntry } from './reader.js';
import type { UnitEnvironment } from './systemd-unit.js';

/** Far above any real configuration file; more is not read. */
const MAX_CONFIG_BYTES = 1024 * 1024;

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

/** An installation besides the one that is judged. */
interface OtherInstallation {
  readonly layout: Layout;
  readonly claimed: boolean;
}

/** What of the options says where to look. */
export type WhereOptions = Pick<
  DiscoverOptions,
  'prefix' | 'configDir' | 'libDir' | 'pid' | 'container' | 'ownProcessesOnly'
>;

export interface Installed {
  readonly installation: AgentInstallation;
  /** The lib directory that was built in, whatever netdata.conf says; absent = not known. */
  readonly builtInLibDir?: string;
  /** Directory of the private key: the lib directory's, whatever `[directories] cloud.d` says. */
  readonly keyDir: string;
  /** OPENSSLDIR of a static build; null for one that uses the system's library. */
  readonly staticPrefix: string | null;
  readonly netdataConf: ConfigFile;
  readonly process: ProcessEntry | null;
  /** The process runs as an account that is neither root's nor the Agent's: anybody may have started it. */
  readonly stranger: boolean;
  /** Agents that run beside the chosen one, in the same namespaces. */
  readonly otherProcesses: readonly ProcessEntry[];
  /** Agents that run in namespaces of their own: their settings are none of ours. */
  readonly elsewhere: readonly ProcessEntry[];
  readonly otherInstallations: readonly OtherInstallation[];
}

async function exists(reader: HostReader, path: string): Promise<boolean> {
  return (await reader.stat(path)) !== 'missing';
}

async function firstExisting(reader: HostReader, paths: readonly string[]): Promise<string | null> {
  const found = await Promise.all(paths.map(async (path) => exists(reader, path)));
  return paths[found.indexOf(true)] ?? null;
}

const DEFAULT_LAYOUT = LAYOUTS[0] as Layout;

/** The first layout with a program, else the last one: a prefix that was asked for holds whatever is found there. */
async function layoutAt(reader: HostReader, prefix: string): Promise<Layout> {
  const candidates = layoutsBelow(prefix);
  const found = await Promise.all(candidates.map(async ({ binaries }) => firstExisting(reader, binaries)));
  return (candidates[found.findIndex((path) => path !== null)] ?? candidates.at(-1)) as Layout;
}

async function chooseLayout(reader: HostReader, options: WhereOptions, program: string | null): Promise<Layout> {
  if (options.prefix !== undefined) return layoutAt(reader, options.prefix.replace(/\/+$/, ''));
  const layouts = layoutsOn(reader.platform);
  const byProgram = layouts.find(({ binaries }) => program !== null && binaries.includes(program));
  if (byProgram !== undefined && prefixOf(program ?? '') === null) return byProgram;
  const prefix = program === null ? null : prefixOf(program);
  if (prefix !== null && (await exists(reader, `${prefix}/etc/netdata`))) return layoutAt(reader, prefix);
  if (byProgram !== undefined) return byProgram;
  const byBinary = await Promise.all(layouts.map(async ({ binaries }) => firstExisting(reader, binaries)));
  const binary = layouts[byBinary.findIndex((path) => path !== null)];
  if (binary !== undefined) return binary;
  const byConfig = await Promise.all(layouts.map(async ({ configDir }) => exists(reader, configDir)));
  return layouts[byConfig.indexOf(true)] ?? DEFAULT_LAYOUT;
}

const MAX_ID_BYTES = 256;

/** Whether an installation that is not ours has a claimed id: one of the two files that hold it. */
async function hasClaimedId(reader: HostReader, libDir: string): Promise<boolean> {
  const cloudDir = `${libDir}/cloud.d`;
  const [conf, file] = await Promise.all([
    readConfigFile(reader, `${cloudDir}/cloud.conf`),
    reader.readFile(`${cloudDir}/claimed_id`, MAX_ID_BYTES),
  ]);
  const raw = file.state === 'read' ? new TextDecoder().decode(file.bytes) : '';
  return [lookup(conf.ini, 'global', 'claimed_id')?.value ?? '', raw].some((id) => /^[0-9a-f-]{32,36}/i.test(id));
}

/** Installations with a program of their own, or with a claimed id, beside the chosen one. */
async function otherInstallations(
  reader: HostReader,
  options: WhereOptions,
  chosen: { readonly configDir: string; readonly libDir: string },
): Promise<readonly OtherInstallation[]> {
  // Where a place was asked for, the others are not in question.
  if (options.prefix !== undefined || options.configDir !== undefined) return [];
  const rivals = layoutsOn(reader.platform).filter(
    ({ configDir, libDir }, index, all) =>
      configDir !== chosen.configDir &&
      libDir !== chosen.libDir &&
      all.findIndex((other) => other.configDir === configDir) === index,
  );
  const found = await Promise.all(
    rivals.map(async (layout) => {
      const twins = layoutsOn(reader.platform).filter(({ configDir }) => configDir === layout.configDir);
      const programs = await Promise.all(twins.map(async ({ binaries }) => firstExisting(reader, binaries)));
      const claimed = await hasClaimedId(reader, layout.libDir);
      const real = twins[programs.findIndex((path) => path !== null)];
      return real === undefined && !claimed ? [] : [{ layout: real ?? layout, claimed }];
    }),
  );
  return found.flat();
}

/** Whether a process lives where we do: the same files, network and process numbers. Unknown is taken for yes. */
export function isOurs({ sharesOurFiles, sharesOurNetwork, sharesOurPids }: ProcessEntry): boolean {
  return sharesOurFiles !== false && sharesOurNetwork !== false && sharesOurPids !== false;
}

interface Processes {
  readonly chosen: ProcessEntry | null;
  readonly others: readonly ProcessEntry[];
  readonly elsewhere: readonly ProcessEntry[];
}

/** The Agent's process: the one asked for, else one that lives in our namespaces, the service's own users first. */
async function chooseProcess(reader: HostReader, options: WhereOptions, account: Account | null): Promise<Processes> {
  const running = await reader.agentProcesses();
  const isOwn = (entry: ProcessEntry): boolean => isAgentsOwn(reader, entry, account);
  const all = options.ownProcessesOnly === true ? running.filter(isOwn) : running;
  const split = (chosen: ProcessEntry | null): Processes => {
    const rest = all.filter(({ pid }) => pid !== chosen?.pid);
    return { chosen, others: rest.filter(isOurs), elsewhere: rest.filter((entry) => !isOurs(entry)) };
  };
  if (options.pid !== undefined) {
    const chosen = await reader.process(options.pid);
    if (chosen === null) throw new UsageError(`there is no process ${String(options.pid)}`);
    if (chosen === 'not_read')
      throw new UsageError(
        `process ${String(options.pid)} could not be read in time: try again, or allow more --timeout`,
      );
    if (options.ownProcessesOnly === true && chosen.sharesOurFiles !== false && !isOwn(chosen)) {
      const who = `user ${String(chosen.uid)}, neither root nor the Agent's account`;
      throw new UsageError(`process ${String(chosen.pid)} runs as ${who}: nothing is written for it`);
    }
    return split(chosen);
  }
  const service = account?.uid ?? null;
  const rank = ({ uid }: ProcessEntry): number => (uid !== null && uid === service ? 0 : uid === 0 ? 1 : 2);
  const ours = all.filter(isOurs);
  const readsAsked = await Promise.all(ours.map(async (entry) => mayRead(reader, entry, options.configDir)));
  const [chosen] = ours
    .filter((_, index) => readsAsked[index] === true)
    .sort((left, right) => rank(left) - rank(right) || left.pid - right.pid);
  return split(chosen ?? null);
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
  if (info !== 'denied' && (await reader.readDir(path)) !== null) return;
  // What did not answer in time may be as it should: that nothing was read is told by whoever set the limit.
  if ((reader.cutOff?.() ?? 0) === 0) throw new UsageError(`${option}: ${path} cannot be read`);
}

/** A directory named in netdata.conf, under its name of today or its older one. */
function directoryFrom(conf: ConfigFile, key: string, oldKey: string | null): string | null {
  const entry = lookup(conf.ini, 'directories', key) ?? (oldKey === null ? null : lookup(conf.ini, 'global', oldKey));
  return entry === null || !entry.value.startsWith('/') ? null : entry.value.replace(/(?<=.)\/+$/, '');
}

/** Finds the installation; throws UsageError for explicit directories that cannot be used. */
export async function findInstallation(
  reader: HostReader,
  options: WhereOptions,
  unit: UnitEnvironment | null,
): Promise<Installed> {
  const explicit = [
    ['--prefix', options.prefix],
    ['--config-dir', options.configDir],
    ['--lib-dir', options.libDir],
  ] as const;
  for (const [option, path] of explicit) if (path !== undefined) await requireDirectory(reader, path, option);
  const account = await serviceAccount(reader, unit);
  const { chosen, others, elsewhere } = await chooseProcess(reader, options, account);
  const stranger = options.pid === undefined && chosen !== null && !isAgentsOwn(reader, chosen, account);
  // A stranger may be any program of this host under the Agent's name: its own is not the Agent's.
  const ofProcess = stranger
    ? null
    : (chosen?.exe ?? (chosen?.argv[0]?.startsWith('/') === true ? chosen.argv[0] : null));
  // A unit outlives the package that brought it.
  const ofUnit = unit === null || unit.program === null ? null : await firstExisting(reader, [unit.program]);
  // The program of another installation says nothing about the one below a prefix that was asked for.
  const below = options.pid === undefined ? options.prefix : undefined;
  const program = [ofProcess, ofUnit].find((path) => path !== null && isBelow(below, path)) ?? null;
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
  const logDir = directoryFrom(netdataConf, 'log', 'log directory') ?? layout.logDir;
  const cloudDir = directoryFrom(netdataConf, 'cloud.d', null) ?? `${libDir}/cloud.d`;
  const found = binary !== null || chosen !== null;
  const [dockerenv, distribution, libc, rivals] = await Promise.all([
    exists(reader, '/.dockerenv'),
    readDistribution(reader),
    libraryOf(reader, binary),
    otherInstallations(reader, options, { configDir, libDir }),
  ]);
  const inContainer = chosen?.sharesOurFiles === false || (found && dockerenv);
  const isStatic = layout.kind === 'static';
  return {
    installation: {
      found,
      // How it was built matters more than where it runs: a static build looks names up in its own way.
      kind: !found ? null : inContainer && !isStatic ? 'container' : layout.kind,
      binary,
      configDir,
      libDir,
      cloudDir,
      logDir,
      libc: isStatic || libc === 'static' ? 'musl' : libc,
      ...(inContainer
        ? await containerCommands(reader, options.container ?? null)
        : await serviceCommands(reader, layout)),
      distribution,
    },
    builtInLibDir: options.libDir ?? layout.libDir,
    keyDir: `${libDir}/cloud.d`,
    staticPrefix: isStatic ? layout.configDir.replace(/\/etc\/netdata$/, '') : null,
    netdataConf,
    process: chosen,
    stranger,
    otherProcesses: others,
    elsewhere,
    otherInstallations: rivals,
  };
}

function isBelow(prefix: string | undefined, path: string): boolean {
  return prefix === undefined || path.startsWith(`${prefix.replace(/\/+$/, '')}/`);
}

async function libraryOf(reader: HostReader, binary: string | null): Promise<ReturnType<typeof libcOf>> {
  if (binary === null) return null;
  const file = await reader.readFile(binary, ELF_BYTES);
  return file.state === 'read' ? libcOf(file.bytes) : null;
}

/** How this installation is started again, in the words of its system. */
async function serviceCommands(reader: HostReader, layout: Layout): Promise<Pick<ContainerCommands, 'restart'>> {
  if (layout.restart !== SYSTEMD_RESTART) return { restart: layout.restart };
  const there = await Promise.all(HOST_FLAVOURS.map(async ({ file }) => exists(reader, file)));
  const flavour = HOST_FLAVOURS[there.indexOf(true)];
  if (flavour !== undefined) return { restart: flavour.restart };
  const bySystemd = (await exists(reader, '/run/systemd/system')) || !(await exists(reader, '/etc/init.d/netdata'));
  if (bySystemd) return { restart: layout.restart };
  const byOpenRc = await exists(reader, '/sbin/openrc-run');
  return { restart: byOpenRc ? 'sudo rc-service netdata restart' : 'sudo service netdata restart' };
}
