/**
 * Which C library a program runs with, from its ELF header (elf(5)): the interpreter it names, or none. Nothing is run.
 */
export type Libc = 'glibc' | 'musl' | 'static';

/** The headers and the interpreter's name stand within the first pages. */
export const ELF_BYTES = 64 * 1024;

const PT_INTERP = 3;

/** Null for what is no ELF file, is cut, or names an interpreter of another kind. */
export function libcOf(bytes: Uint8Array): Libc | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 64 || view.getUint32(0) !== 0x7f454c46) return null;
  const wide = bytes[4] === 2;
  const little = bytes[5] === 1;
  const address = (at: number): number => (wide ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little));
  const tableAt = address(wide ? 32 : 28);
  const entrySize = view.getUint16(wide ? 54 : 42, little);
  const entries = view.getUint16(wide ? 56 : 44, little);
  if (entries === 0 || entrySize < 32) return null;
  for (let index = 0; index < entries; index += 1) {
    const at = tableAt + index * entrySize;
    if (at + entrySize > bytes.length) return null;
    if (view.getUint32(at, little) !== PT_INTERP) continue;
    const start = address(at + (wide ? 8 : 4));
    const size = address(at + (wide ? 32 : 16));
    if (start + size > bytes.length) return null;
    const name = new TextDecoder('latin1').decode(bytes.subarray(start, start + size));
    if (/\/ld-musl-/.test(name)) return 'musl';
    return /\/ld-linux|\/ld64\.so|\/ld\.so|\/ld-2/.test(name) ? 'glibc' : null;
  }
  return 'static';
}
