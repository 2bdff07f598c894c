/**
 * The common shape of the strict parsers. They work on bytes as latin1 strings (one character per byte), never throw,
 * and answer with a closed union. `rule` is a stable id; `line` is the offending line or bytes (foreign text, cut to
 * 200 characters) or null where no single line is to blame.
 */
export interface Refused<R extends string> {
  readonly ok: false;
  readonly rule: R;
  readonly line: string | null;
}

const LINE_MAX = 200;

export function refused<R extends string>(rule: R, line: string | null = null): Refused<R> {
  return { ok: false, rule, line: line === null ? null : line.slice(0, LINE_MAX) };
}

/** Bytes as the parsers want them: latin1, one character per byte. Accepts the pieces in which they arrived. */
export type RawBytes = string | Uint8Array | readonly (string | Uint8Array)[];

export function latin1(raw: RawBytes): string {
  if (typeof raw === 'string') return raw;
  if (raw instanceof Uint8Array) return Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('latin1');
  return raw.map((part) => latin1(part)).join('');
}
