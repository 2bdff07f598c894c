/**
 * A lenient reading of an HTTP/1 head, for people, controls and framing only. The Agent's own, stricter reading is done
 * from the raw bytes elsewhere. Byte strings are latin1.
 */
import type { Buffer } from 'node:buffer';

export interface HttpHead {
  /** `1.1`, `1.0`, `2`. */
  readonly version: string;
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
}

/** Header lines kept; more are ignored (the raw head has them). */
const MAX_HEADERS = 256;
const LF = 0x0a;
const CR = 0x0d;

/** Index behind the blank line that ends the head, LF-only line ends included, or -1. Searches from `from`. */
export function endOfHead(bytes: Buffer, from = 0): number {
  for (let at = bytes.indexOf(LF, from); at !== -1; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at + 1] === LF) return at + 2;
    if (bytes[at + 1] === CR && bytes[at + 2] === LF) return at + 3;
  }
  return -1;
}

/** Whether these bytes can still become an HTTP status line. */
export function looksLikeHttp(bytes: Buffer): boolean {
  const start = bytes.subarray(0, 5).toString('latin1');
  return 'HTTP/'.startsWith(start.toUpperCase().slice(0, 5));
}

/** Reads a complete head; null when its first line is no HTTP status line. */
export function readHead(head: string): HttpHead | null {
  const lines = head.split(/\r?\n/, MAX_HEADERS + 2);
  const first = /^HTTP\/(\d+(?:\.\d+)?)[ \t]+(\d{3})(?:[ \t]|$)/i.exec(lines[0] ?? '');
  if (first === null) return null;
  const headers: [string, string][] = [];
  for (const line of lines.slice(1)) {
    if (line === '') break;
    const colon = line.indexOf(':');
    if (colon > 0) headers.push([line.slice(0, colon).trim(), line.slice(colon + 1).trim()]);
  }
  return { version: first[1] ?? '', status: Number(first[2]), headers };
}

/** Value of the first header of that name (case-insensitive), or null. */
export function headerOf(headers: readonly (readonly [string, string])[], name: string): string | null {
  const wanted = name.toLowerCase();
  return headers.find(([key]) => key.toLowerCase() === wanted)?.[1] ?? null;
}
