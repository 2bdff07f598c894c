/** Certificates of files and hashed directories, each path read once however many stores hold it. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FailureKind } from '../model/failure.js';
import { pemCertificates } from './pem.js';
import { mayRead, type Account } from './account.js';
import type { FileResult, HostReader } from './reader.js';

/** What all stores of a run may cost together. A Debian has 300 links to 150 files, half a megabyte in all. */
export interface StoreLimits {
  readonly files: number;
  readonly bytes: number;
  readonly ms: number;
  /** Monotonic, ms. */
  readonly now: () => number;
}

export const STORE_LIMITS: StoreLimits = {
  files: 5000,
  bytes: 16 * 1024 * 1024,
  ms: 2000,
  now: () => performance.now(),
};

const MAX_FILE_BYTES = 8 * 1024 * 1024;
/** Reading is synchronous: after so much of it, whatever else waits gets its turn. */
const TURN_MS = 10;

/** Node's own latin1 decoder; the standard one goes through ICU and costs more than the reading. */
function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

export interface PathResult {
  readonly certificates: readonly string[];
  readonly problem: string | null;
  readonly failure: { readonly kind: FailureKind; readonly code: string } | null;
  /** What was left out because it would have cost too much; null = all was read. */
  readonly unread: string | null;
}

/** One certificate file: its bytes, or why there are none. */
type Loaded = FileResult | { readonly state: 'again' } | { readonly state: 'too_much' };

export class StoreReader {
  readonly #reader: HostReader;
  readonly #paths = new Map<string, Promise<PathResult>>();
  readonly #account: Account | null;
  readonly #limits: StoreLimits;
  readonly #startedAt: number;
  #files = 0;
  #bytes = 0;
  #turnAt: number;

  constructor(reader: HostReader, account: Account | null = null, limits: StoreLimits = STORE_LIMITS) {
    this.#reader = reader;
    this.#account = account;
    this.#limits = limits;
    this.#startedAt = limits.now();
    this.#turnAt = this.#startedAt;
  }

  file(path: string): Promise<PathResult> {
    return this.#once(`file ${path}`, async () => this.#readFile(path));
  }

  directory(path: string): Promise<PathResult> {
    return this.#once(`directory ${path}`, async () => this.#readDirectory(path));
  }

  #once(key: string, read: () => Promise<PathResult>): Promise<PathResult> {
    const known = this.#paths.get(key);
    if (known !== undefined) return known;
    const started = read();
    this.#paths.set(key, started);
    return started;
  }

  #spent(): boolean {
    const { files, bytes, ms, now } = this.#limits;
    return this.#files >= files || this.#bytes >= bytes || now() - this.#startedAt >= ms;
  }

  /** Reads a file within the limits; `seen` = inodes that this directory has brought already. */
  async #load(path: string, seen: Set<string> = new Set()): Promise<Loaded> {
    if (this.#spent()) return { state: 'too_much' };
    const { now, bytes } = this.#limits;
    if (now() - this.#turnAt >= TURN_MS) {
      await nextTurn();
      this.#turnAt = now();
    }
    this.#files += 1;
    const info = await this.#reader.stat(path);
    const inode = typeof info === 'object' ? info.inode : undefined;
    if (inode !== undefined && seen.has(inode)) return { state: 'again' };
    if (inode !== undefined) seen.add(inode);
    const file = await this.#reader.readFile(path, Math.min(MAX_FILE_BYTES, bytes - this.#bytes));
    if (file.state === 'read') this.#bytes += file.bytes.length;
    return file;
  }

  async #readFile(path: string): Promise<PathResult> {
    const nothing = { certificates: [], unread: null };
    const file = await this.#load(path);
    if (file.state === 'missing') {
      return { ...nothing, problem: `${path} does not exist`, failure: { kind: 'file_not_found', code: 'ENOENT' } };
    }
    if (file.state === 'unreadable') {
      const failure = { kind: 'file_unreadable' as const, code: file.code };
      return { ...nothing, problem: `${path} cannot be read (${file.code})`, failure };
    }
    if (file.state !== 'read') return { ...nothing, problem: null, failure: null, unread: `${path} was not read` };
    const info = this.#account === null ? null : await this.#reader.stat(path);
    if (this.#account !== null && typeof info === 'object' && info !== null && !mayRead(info, this.#account)) {
      // We could read it, the Agent cannot: its store does without.
      const problem = `${path} may not be read by the Agent's user ${this.#account.name}`;
      return { ...nothing, problem, failure: { kind: 'not_permitted', code: 'EACCES' } };
    }
    const certificates = pemCertificates(latin1(file.bytes));
    const problem = certificates.length === 0 ? `${path} holds no certificate` : null;
    const unread = file.truncated ? `${path} was read in part: it is too large` : null;
    return { certificates, problem, failure: null, unread };
  }

  /** OpenSSL finds a certificate in a directory only by `<hash of its subject>.<number>`, numbers without gaps from 0. */
  async #readDirectory(path: string): Promise<PathResult> {
    const names = await this.#reader.readDir(path);
    if (names === null) {
      const missing = (await this.#reader.stat(path)) === 'missing';
      return {
        certificates: [],
        unread: null,
        problem: missing ? `${path} does not exist` : `${path} cannot be read`,
        failure: missing ? { kind: 'file_not_found', code: 'ENOENT' } : { kind: 'file_unreadable', code: 'EACCES' },
      };
    }
    const hashed = hashedNames(names);
    const certificates = new Set<string>();
    const seen = new Set<string>();
    let left = 0;
    for (const name of hashed) {
      const file = await this.#load(`${path}/${name}`, seen);
      if (file.state === 'too_much' || (file.state === 'read' && file.truncated)) left += 1;
      if (file.state !== 'read') continue;
      for (const certificate of pemCertificates(latin1(file.bytes))) certificates.add(certificate);
    }
    const problem = certificates.size === 0 ? `${path} holds no certificate under a hashed name` : null;
    const unread =
      left === 0 ? null : `${String(left)} of ${String(hashed.length)} files in ${path} were not read whole: too much`;
    return { certificates: [...certificates], problem, failure: null, unread };
  }
}

/** Names that OpenSSL would get to. */
function hashedNames(names: readonly string[]): readonly string[] {
  const known = new Set(names);
  const hashes = new Set(names.flatMap((name) => /^([0-9a-f]{8})\.0$/.exec(name)?.[1] ?? []));
  return [...hashes].flatMap((hash) => {
    const found: string[] = [];
    for (let number = 0; known.has(`${hash}.${String(number)}`); number += 1) found.push(`${hash}.${String(number)}`);
    return found;
  });
}
