/**
 * What discovery may ask this host: an interface, so that everything in agent/ stays free of the file system and
 * tests can hand in a host of their own. Nothing here throws: what cannot be read is an answer too.
 */
export type FileResult =
  | {
      readonly state: 'read';
      readonly bytes: Uint8Array;
      /** True when the file is longer than was asked for. */
      readonly truncated: boolean;
    }
  | { readonly state: 'missing' }
  | {
      readonly state: 'unreadable';
      /** `EACCES`, `EISDIR`, … */
      readonly code: string;
    };

export interface FileStat {
  readonly type: 'file' | 'directory' | 'other';
  readonly size: number;
  readonly uid: number;
  readonly gid: number;
  /** Permission bits, e.g. 0o640. */
  readonly mode: number;
  /** Wall clock, ms since the epoch. */
  readonly mtimeMs: number;
  /** Device and inode: the same for every link to one file. Missing where a host has none. */
  readonly inode?: string;
}

/** `denied` = something is in the way, so neither "exists" nor "does not exist" is known. */
export type StatResult = FileStat | 'missing' | 'denied';

export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number | null;
  readonly uid: number | null;
  readonly gid: number | null;
  /** Path of the executable; null where /proc does not tell us. */
  readonly exe: string | null;
  readonly argv: readonly string[];
  /** Wall clock, ms since the epoch; null = unknown. */
  readonly startedAtMs: number | null;
  /** False for a process with a file tree of its own (container); null = could not tell. */
  readonly sharesOurFiles: boolean | null;
  /** False for a process in another network namespace, or in another one of process numbers; null = could not tell. */
  readonly sharesOurNetwork: boolean | null;
  readonly sharesOurPids: boolean | null;
}

export interface RunResult {
  readonly exitCode: number | null;
  readonly stdout: string;
}

export interface HostReader {
  /** `linux`, `freebsd`, … as Node spells it. */
  readonly platform: string;
  readonly hostname: string;
  /** Our own effective user; null where users have no numbers. */
  readonly uid: number | null;
  /** Our own environment. */
  readonly environment: ReadonlyMap<string, string>;
  /** Questions that were not answered in time; absent where nothing sets a limit. */
  readonly cutOff?: () => number;
  /** Reads at most `maxBytes`; only regular files. */
  readFile(path: string, maxBytes: number): Promise<FileResult>;
  stat(path: string): Promise<StatResult>;
  /** Names in a directory, sorted, and of a huge one only some; null when it cannot be listed. */
  readDir(path: string): Promise<readonly string[] | null>;
  /** The path without symbolic links; null when it does not exist. */
  realPath(path: string): Promise<string | null>;
  /** Processes that are Agents by the name of their program; empty where that cannot be told. */
  agentProcesses(): Promise<readonly ProcessEntry[]>;
  /** One process by number; null when there is none, `not_read` when it was not read (in time). */
  process(pid: number): Promise<ProcessEntry | null | 'not_read'>;
  /**
   * Files as a process sees them that shares our root and has mounts of its own over it (`BindReadOnlyPaths=` of its
   * service, for one); null where it sees what we see, or may not be looked at.
   */
  seenBy(pid: number): HostReader | null;
  /** Environment a process was started with; null when it cannot be read whole, or is longer than any real one. */
  environmentOf(pid: number): Promise<ReadonlyMap<string, string> | null>;
  userName(uid: number): Promise<string | null>;
  userId(
    name: string,
  ): Promise<{ readonly uid: number; readonly gid: number; readonly groups: readonly number[] } | null>;
  groupId(name: string): Promise<number | null>;
  /**
   * Runs an absolute program with an empty environment; null when it cannot be run, when anybody but root and
   * ourselves could have put it there (we may be root), or when it does not end in time.
   */
  run(program: string, args: readonly string[], timeoutMs: number): Promise<RunResult | null>;
}
