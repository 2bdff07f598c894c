/** Certificates of files and hashed directories, each path read once however many stores hold it. */
import type { FailureKind } from '../model/failure.js';
import { pemCertificates } from './pem.js';
import { mayRead, type Account } from './account.js';
import type { HostReader } from './reader.js';

const MAX_STORE_BYTES = 8 * 1024 * 1024;
const MAX_DIR_FILES = 5000;

/** Node's own latin1 decoder; the standard one goes through ICU and costs more than the reading. */
function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

export interface PathResult {
  readonly certificates: readonly string[];
  readonly problem: string | null;
  readonly failure: { readonly kind: FailureKind; readonly code: string } | null;
}

export class StoreReader {
  readonly #reader: HostReader;
  readonly #paths = new Map<string, Promise<PathResult>>();
  readonly #account: Account | null;
  constructor(reader: HostReader, account: Account | null = null) {
    this.#reader = reader;
    this.#account = account;
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

  async #readFile(path: string): Promise<PathResult> {
    const file = await this.#reader.readFile(path, MAX_STORE_BYTES);
    if (file.state === 'missing') {
      return {
        certificates: [],
        problem: `${path} does not exist`,
        failure: { kind: 'file_not_found', code: 'ENOENT' },
      };
    }
    if (file.state === 'unreadable') {
      const failure = { kind: 'file_unreadable' as const, code: file.code };
      return { certificates: [], problem: `${path} cannot be read (${file.code})`, failure };
    }
    const info = this.#account === null ? null : await this.#reader.stat(path);
    if (this.#account !== null && typeof info === 'object' && info !== null && !mayRead(info, this.#account)) {
      // We could read it, the Agent cannot: its store does without.
      const problem = `${path} may not be read by the Agent's user ${this.#account.name}`;
      return { certificates: [], problem, failure: { kind: 'not_permitted', code: 'EACCES' } };
    }
    const certificates = pemCertificates(latin1(file.bytes));
    const problem = certificates.length === 0 ? `${path} holds no certificate` : null;
    return { certificates, problem, failure: null };
  }

  /** OpenSSL finds a certificate in a directory only by `<hash of its subject>.<number>`, numbers without gaps from 0. */
  async #readDirectory(path: string): Promise<PathResult> {
    const names = await this.#reader.readDir(path);
    if (names === null) {
      const missing = (await this.#reader.stat(path)) === 'missing';
      return {
        certificates: [],
        problem: missing ? `${path} does not exist` : `${path} cannot be read`,
        failure: missing ? { kind: 'file_not_found', code: 'ENOENT' } : { kind: 'file_unreadable', code: 'EACCES' },
      };
    }
    const known = new Set(names);
    const reachable = (name: string): boolean => {
      const [, hash = '', last = ''] = /^([0-9a-f]{8})\.(\d{1,4})$/.exec(name) ?? [];
      if (hash === '' || String(Number(last)) !== last) return false;
      return Array.from({ length: Number(last) }, (_, number) => `${hash}.${String(number)}`).every((lower) =>
        known.has(lower),
      );
    };
    const hashed = names.filter(reachable).slice(0, MAX_DIR_FILES);
    const files = await Promise.all(
      hashed.map(async (name) => this.#reader.readFile(`${path}/${name}`, MAX_STORE_BYTES)),
    );
    const certificates = files.flatMap((file) => (file.state === 'read' ? pemCertificates(latin1(file.bytes)) : []));
    const problem = certificates.length === 0 ? `${path} holds no certificate under a hashed name` : null;
    return { certificates, problem, failure: null };
  }
}
