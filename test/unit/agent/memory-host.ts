/** A host made of objects: files, users, processes and an environment, behind the same interface as the real one. */
import type { FileStat, HostReader, ProcessEntry, RunResult, StatResult } from '../../../src/agent/reader.js';

export interface MemoryFile {
  readonly content: string | Uint8Array;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtimeMs?: number;
  /** Exists, but may not be opened. */
  readonly denied?: boolean;
}

export interface MemoryHostOptions {
  readonly files?: Readonly<Record<string, string | Uint8Array | MemoryFile>>;
  /** Directories that may not be entered: what lies below is neither known to exist nor not to. */
  readonly deniedDirectories?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly processes?: readonly (Partial<ProcessEntry> & { readonly pid: number })[];
  readonly environments?: Readonly<Record<number, Readonly<Record<string, string>>>>;
  readonly users?: Readonly<
    Record<string, { readonly uid: number; readonly gid: number; readonly groups?: readonly number[] }>
  >;
  readonly programs?: Readonly<Record<string, RunResult>>;
  readonly uid?: number;
  readonly platform?: string;
  /** Files that a process has mounted over ours. */
  readonly seenBy?: Readonly<Record<number, Readonly<Record<string, string>>>>;
}

const bytesOf = (content: string | Uint8Array): Uint8Array =>
  typeof content === 'string' ? new TextEncoder().encode(content) : content;

export function memoryHost(options: MemoryHostOptions = {}): HostReader & { readonly ran: string[] } {
  const files = new Map<string, MemoryFile>(
    Object.entries(options.files ?? {}).map(([path, file]) => [
      path,
      typeof file === 'string' || file instanceof Uint8Array ? { content: file } : file,
    ]),
  );
  const users = options.users ?? { netdata: { uid: 201, gid: 201 } };
  const ran: string[] = [];
  const isDenied = (path: string): boolean =>
    (options.deniedDirectories ?? []).some((directory) => path.startsWith(`${directory}/`));
  const isDirectory = (path: string): boolean =>
    path === '/' ||
    [...files.keys()].some((name) => name.startsWith(`${path}/`)) ||
    (options.deniedDirectories ?? []).includes(path);
  const entry = (process: Partial<ProcessEntry> & { readonly pid: number }): ProcessEntry => ({
    parent: 1,
    uid: 201,
    gid: 201,
    exe: '/usr/sbin/netdata',
    argv: ['/usr/sbin/netdata', '-D'],
    startedAtMs: null,
    sharesOurFiles: true,
    sharesOurNetwork: true,
    sharesOurPids: true,
    ...process,
  });
  return {
    ran,
    platform: options.platform ?? 'linux',
    hostname: 'memory',
    uid: options.uid ?? 0,
    environment: new Map(Object.entries(options.environment ?? {})),
    readFile(path, maxBytes) {
      const file = files.get(path);
      if (isDenied(path) || file?.denied === true) return Promise.resolve({ state: 'unreadable', code: 'EACCES' });
      if (file === undefined) {
        return Promise.resolve(isDirectory(path) ? { state: 'unreadable', code: 'EISDIR' } : { state: 'missing' });
      }
      const bytes = bytesOf(file.content);
      return Promise.resolve({ state: 'read', bytes: bytes.subarray(0, maxBytes), truncated: bytes.length > maxBytes });
    },
    stat(path): Promise<StatResult> {
      if (isDenied(path)) return Promise.resolve('denied');
      const file = files.get(path);
      if (file === undefined && !isDirectory(path)) return Promise.resolve('missing');
      const stat: FileStat = {
        type: file === undefined ? 'directory' : 'file',
        size: file === undefined ? 0 : bytesOf(file.content).length,
        uid: file?.uid ?? 0,
        gid: file?.gid ?? 0,
        mode: file?.mode ?? (file === undefined ? 0o755 : 0o644),
        mtimeMs: file?.mtimeMs ?? 0,
      };
      return Promise.resolve(stat);
    },
    readDir(path) {
      if (!isDirectory(path) || (options.deniedDirectories ?? []).includes(path)) return Promise.resolve(null);
      const prefix = path === '/' ? '/' : `${path}/`;
      const names = [...files.keys()]
        .filter((name) => name.startsWith(prefix))
        .map((name) => name.slice(prefix.length).split('/')[0] ?? '');
      return Promise.resolve([...new Set(names)].sort());
    },
    realPath: (path) => Promise.resolve(files.has(path) || isDirectory(path) ? path : null),
    agentProcesses: () => Promise.resolve((options.processes ?? []).map(entry)),
    process(pid) {
      const found = (options.processes ?? []).find((process) => process.pid === pid);
      return Promise.resolve(found === undefined ? null : entry(found));
    },
    seenBy(pid) {
      const files = options.seenBy?.[pid];
      return files === undefined ? null : memoryHost({ ...options, files: { ...options.files, ...files } });
    },
    environmentOf(pid) {
      const variables = options.environments?.[pid];
      return Promise.resolve(variables === undefined ? null : new Map(Object.entries(variables)));
    },
    userName: (uid) => Promise.resolve(Object.entries(users).find(([, user]) => user.uid === uid)?.[0] ?? null),
    userId(name) {
      const user = users[name];
      return Promise.resolve(user === undefined ? null : { groups: [], ...user });
    },
    groupId: (name) => Promise.resolve(users[name]?.gid ?? null),
    run(program, args) {
      ran.push([program, ...args].join(' '));
      return Promise.resolve(options.programs?.[[program, ...args].join(' ')] ?? null);
    },
  };
}
