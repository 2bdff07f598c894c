/** The files of a netdata-support-bundle, from its directory or its archive; nothing is unpacked to the disk. */
import { unpackTar, type ParsedTarEntryWithData } from 'modern-tar';
import { createGunzip, type Gunzip } from 'node:zlib';
import * as zlib from 'node:zlib';
import type { Transform } from 'node:stream';
import { readTyped } from '../../host/typed.js';
import { UsageError } from '../../model/errors.js';
import { fileErrorText } from '../file-errors.js';
import { createHostReader } from '../host-reader.js';

/** A file of the bundle by its name inside of it, `04-config/netdata.conf`; null = not there. */
export type BundleFiles = (name: string) => Promise<Buffer | null>;

/** The bundle's own cap for a log is 5 MiB; nothing of it is larger. */
const MAX_FILE_BYTES = 6 * 1024 * 1024;
const MAX_ARCHIVE_BYTES = 64 * 1024 * 1024;
const MAX_UNPACKED_BYTES = 192 * 1024 * 1024;
const MAX_ENTRIES = 5000;

const refuse = (what: string): never => {
  throw new UsageError(`--from-bundle: ${what}`);
};

/** @throws UsageError, one sentence, for what is neither a directory nor a sound archive */
export async function bundleFiles(path: string): Promise<BundleFiles> {
  let bytes: Buffer;
  try {
    bytes = await readTyped(path, MAX_ARCHIVE_BYTES);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EISDIR') return directoryFiles(path);
    return refuse(`cannot read ${path === '-' ? 'standard input' : path}: ${fileErrorText(error)}`);
  }
  return archiveFiles(await unpacked(bytes));
}

function directoryFiles(path: string): BundleFiles {
  // Neither a link nor `..` leads out of it.
  const reader = createHostReader({ root: path });
  return async (name) => {
    const file = await reader.readFile(`/${name}`, MAX_FILE_BYTES);
    return file.state === 'read' ? Buffer.from(file.bytes) : null;
  };
}

async function unpacked(bytes: Buffer): Promise<Buffer> {
  if (bytes.length < 4) return refuse('this is no archive of netdata-support-bundle');
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return inflate(bytes, createGunzip());
  if (bytes.readUInt32LE(0) === 0xfd2fb528) {
    const create = (zlib as { createZstdDecompress?: () => Gunzip }).createZstdDecompress;
    if (create === undefined) return refuse('this Node.js cannot read zstd: run `zstd -d` on the archive first');
    return inflate(bytes, create());
  }
  return bytes;
}

function inflate(bytes: Buffer, stream: Transform): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let size = 0;
    stream.on('data', (piece: Buffer) => {
      size += piece.length;
      if (size > MAX_UNPACKED_BYTES) {
        stream.destroy();
        reject(new UsageError('--from-bundle: the archive unpacks to more than any bundle holds'));
      } else pieces.push(piece);
    });
    stream.on('end', () => resolve(Buffer.concat(pieces)));
    stream.on('error', () => reject(new UsageError('--from-bundle: the archive is damaged')));
    stream.end(bytes);
  });
}

/** Only files and directories, below one directory, each name once. */
async function archiveFiles(bytes: Buffer): Promise<BundleFiles> {
  let entries: readonly ParsedTarEntryWithData[];
  try {
    entries = await unpackTar(new Uint8Array(bytes), { strict: true });
  } catch {
    return refuse('the archive is damaged, or no tar archive');
  }
  if (entries.length > MAX_ENTRIES) return refuse(`the archive holds more than ${String(MAX_ENTRIES)} files`);
  const files = new Map<string, Buffer>();
  for (const { header, data } of entries) {
    const { type = 'file' } = header;
    if (type !== 'file' && type !== 'directory') return refuse('the archive holds a link or a device: no bundle does');
    const parts = header.name.replace(/^\.\//, '').replace(/\/$/, '').split('/');
    if (header.name.startsWith('/') || parts.some((part) => part === '..' || /[\0\\]/.test(part)))
      return refuse('the archive holds a name that leads out of it');
    if (type === 'directory') continue;
    const name = parts.slice(1).join('/');
    if (files.has(name)) return refuse('the archive holds a name twice');
    files.set(name, Buffer.from(data ?? new Uint8Array()).subarray(0, MAX_FILE_BYTES));
  }
  return (name) => Promise.resolve(files.get(name) ?? null);
}
