/**
 * Opens a path one component at a time and holds on to every directory on the way, so that nobody can exchange one
 * between a look at it and its use. On Linux a place is a descriptor that names the object without opening it
 * (O_PATH), reached and used through /proc/self/fd; elsewhere it is the path itself, looked at before it is used.
 */
import { closeSync, constants, existsSync, fstatSync, lstatSync, openSync, readlinkSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';

/** The kernel's own limit for links in one path. */
const MAX_LINKS = 40;
const MAX_COMPONENTS = 1000;
/** Node does not export it; the same number on every Linux that Node runs on. */
export const O_PATH = 0o10_000_000;

/** Without /proc, and elsewhere than on Linux, a place is its path. */
export const BY_DESCRIPTOR = process.platform === 'linux' && existsSync('/proc/self/fd');

/** One object of the file system, pinned. */
export interface Place {
  /** A path that leads to this very object as long as it is not closed. */
  readonly path: string;
  readonly stats: Stats;
  readonly close: () => void;
}

export interface Step {
  /** Where it stands, for messages; inside the root. */
  readonly path: string;
  readonly stats: Stats;
  /** More components follow, or it is a directory. */
  readonly isLink: boolean;
}

export interface WalkOptions {
  /** What `/` means; default: this host's own root. Neither `..` nor a link leads out of it. */
  readonly root?: Place;
  /** Hears of every object on the way, the root and the last one included; throws to refuse it. */
  readonly judge?: (step: Step) => void;
}

export interface Walked {
  /** The directory that holds (or would hold) the last component. */
  readonly directory: Place;
  readonly name: string;
  /** null when nothing is there. */
  readonly found: Place | null;
  /** The path without links, inside the root. */
  readonly real: string;
  readonly close: () => void;
}

export function fsError(code: string, path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'EUNKNOWN';
}

export const isMissing = (code: string): boolean => code === 'ENOENT' || code === 'ENOTDIR';

/** One look-up by the kernel. Nothing is opened: a device or a pipe stays asleep. Throws. */
export function pin(path: string, follow: boolean): Place {
  if (!BY_DESCRIPTOR) return { path, stats: follow ? statSync(path) : lstatSync(path), close: () => undefined };
  const fd = openSync(path, O_PATH | (follow ? 0 : constants.O_NOFOLLOW));
  try {
    return { path: `/proc/self/fd/${String(fd)}`, stats: fstatSync(fd), close: () => closeSync(fd) };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** The object behind a path as the kernel resolves it. */
export const place = (path: string): Place => pin(path, true);

/** Follows `path` (absolute) one component at a time. Throws the file system's errors, ELOOP, and what `judge` throws. */
export function walk(path: string, options: WalkOptions = {}): Walked {
  const { judge } = options;
  const root = options.root ?? pin('/', true);
  /** Directories on the way, the root first; what is closed is what we opened. */
  const stack: { readonly name: string; readonly at: Place }[] = [{ name: '', at: root }];
  const nameOf = (last?: string): string =>
    `/${[...stack.slice(1).map(({ name }) => name), ...(last === undefined ? [] : [last])].join('/')}`;
  const drop = (to: number): void => {
    while (stack.length > to) stack.pop()?.at.close();
  };
  const close = (): void => {
    drop(1);
    if (options.root === undefined) root.close();
  };
  const pending = path.split('/').filter((part) => part !== '');
  let links = 0;
  try {
    judge?.({ path: '/', stats: root.stats, isLink: false });
    for (let part = pending.shift(); part !== undefined; part = pending.shift()) {
      if (part === '.') continue;
      if (part === '..') {
        drop(Math.max(1, stack.length - 1));
        continue;
      }
      const here = stack.at(-1)?.at ?? root;
      if (!here.stats.isDirectory()) throw fsError('ENOTDIR', path);
      let next: Place;
      try {
        next = pin(`${here.path}/${part}`, false);
      } catch (error) {
        if (codeOf(error) !== 'ENOENT' || pending.length > 0) throw error;
        return { directory: here, name: part, found: null, real: nameOf(part), close };
      }
      const isLink = next.stats.isSymbolicLink();
      if (isLink) next.close();
      else stack.push({ name: part, at: next });
      judge?.({ path: isLink ? nameOf(part) : nameOf(), stats: next.stats, isLink });
      if (!isLink) continue;
      links += 1;
      if (links > MAX_LINKS || pending.length > MAX_COMPONENTS) throw fsError('ELOOP', path);
      const target = readlinkSync(`${here.path}/${part}`);
      if (target.startsWith('/')) drop(1);
      pending.unshift(...target.split('/').filter((piece) => piece !== ''));
    }
    const last = stack.at(-1);
    const parent = stack.at(-2);
    return {
      directory: parent?.at ?? root,
      name: last?.name ?? '',
      found: last?.at ?? root,
      real: nameOf(),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}
