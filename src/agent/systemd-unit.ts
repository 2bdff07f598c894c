/**
 * The environment that systemd gives a service, from its unit files: what the daemon would start with when it does
 * not run, or may not be looked at (systemd.exec(5): DefaultEnvironment, Environment, EnvironmentFile,
 * UnsetEnvironment; systemd.unit(5): drop-ins).
 */
import type { HostReader } from './reader.js';
import { directives, parseEnvironmentFile, splitAssignments } from './systemd-syntax.js';
import type { Assignment } from './systemd-syntax.js';

/** Strongest first. */
const UNIT_DIRS = [
  '/etc/systemd/system',
  '/run/systemd/system',
  '/usr/local/lib/systemd/system',
  '/usr/lib/systemd/system',
  '/lib/systemd/system',
];
const MAX_BYTES = 256 * 1024;

export interface UnitEnvironment {
  /** The unit file, then its drop-ins and environment files, as far as they were read. */
  readonly files: readonly string[];
  readonly variables: ReadonlyMap<string, string>;
  /** Where each variable was set. */
  readonly origin: ReadonlyMap<string, string>;
  /** Files that the unit names and that could not be read. */
  readonly unreadable: readonly string[];
  /** Program of ExecStart, or null. */
  readonly program: string | null;
  /** `User=`, or null for root. */
  readonly user: string | null;
  /** Account that the Agent is told to run as (`-u` of ExecStart), or null. */
  readonly runAs: string | null;
}

async function readText(reader: HostReader, path: string): Promise<string | null> {
  const file = await reader.readFile(path, MAX_BYTES);
  return file.state === 'read' ? new TextDecoder().decode(file.bytes) : null;
}

/** Drop-ins of a unit in the order they are applied; a stronger directory hides a file of the same name. */
async function dropIns(reader: HostReader, unit: string): Promise<string[]> {
  const byName = new Map<string, string>();
  const folders = ['service.d', `${unit}.d`];
  for (const folder of folders) {
    for (const dir of UNIT_DIRS) {
      for (const name of (await reader.readDir(`${dir}/${folder}`)) ?? []) {
        if (name.endsWith('.conf') && !byName.has(name)) byName.set(name, `${dir}/${folder}/${name}`);
      }
    }
  }
  return [...byName.entries()].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, path]) => path);
}

interface UnitFile {
  readonly path: string;
  readonly text: string | null;
}

/** What the [Service] sections say, later files over earlier ones; an empty value takes back what came before. */
class ServiceSettings {
  plain: { from: string; pairs: readonly Assignment[] }[] = [];
  environmentFiles: string[] = [];
  readonly unset: string[] = [];
  program: string | null = null;
  user: string | null = null;
  runAs: string | null = null;

  take(from: string, key: string, value: string): void {
    if (key === 'Environment')
      this.plain = value === '' ? [] : [...this.plain, { from, pairs: splitAssignments(value) }];
    else if (key === 'EnvironmentFile') this.environmentFiles = value === '' ? [] : [...this.environmentFiles, value];
    else if (key === 'UnsetEnvironment')
      this.unset.push(...value.split(/\s+/).map((item) => item.split('=')[0] ?? item));
    else if (key === 'ExecStart') {
      this.program = value === '' ? null : (/^[@:+!-]*(\/\S+)/.exec(value)?.[1] ?? this.program);
      this.runAs = /\s-u\s*["']?([\w.-]+)/.exec(value)?.[1] ?? null;
    } else if (key === 'User') this.user = value === '' ? null : value;
  }
}

async function unitFiles(reader: HostReader, unit: string): Promise<UnitFile[]> {
  for (const dir of UNIT_DIRS) {
    const path = `${dir}/${unit}`;
    const text = await readText(reader, path);
    if (text === null) continue;
    const drops = await dropIns(reader, unit);
    return [
      { path, text },
      ...(await Promise.all(drops.map(async (drop) => ({ path: drop, text: await readText(reader, drop) })))),
    ];
  }
  return [];
}

/** The installed unit's environment; null when there is no such unit. */
export async function readUnit(reader: HostReader, unit = 'netdata.service'): Promise<UnitEnvironment | null> {
  const [found, system] = await Promise.all([unitFiles(reader, unit), readText(reader, '/etc/systemd/system.conf')]);
  if (found.length === 0) return null;
  const settings = new ServiceSettings();
  for (const { path, text } of found) {
    for (const { key, value } of directives(text ?? '', 'Service')) settings.take(path, key, value);
  }
  const files = found.filter(({ text }) => text !== null).map(({ path }) => path);
  const unreadable = found.filter(({ text }) => text === null).map(({ path }) => path);
  const variables = new Map<string, string>();
  const origin = new Map<string, string>();
  const set = (from: string, pairs: readonly Assignment[]): void => {
    for (const [name, value] of pairs) {
      variables.set(name, value);
      origin.set(name, from);
    }
  };
  for (const { key, value } of directives(system ?? '', 'Manager')) {
    if (key === 'DefaultEnvironment') set('/etc/systemd/system.conf', splitAssignments(value));
  }
  for (const { from, pairs } of settings.plain) set(from, pairs);
  // Environment files override Environment= (systemd.exec(5)).
  for (const entry of settings.environmentFiles) {
    const file = entry.replace(/^-/, '');
    const text = await readText(reader, file);
    if (text !== null) {
      files.push(file);
      set(file, parseEnvironmentFile(text));
    } else if (!entry.startsWith('-')) unreadable.push(file);
  }
  for (const name of settings.unset) variables.delete(name);
  return {
    files,
    variables,
    origin,
    unreadable,
    program: settings.program,
    user: settings.user,
    runAs: settings.runAs,
  };
}
