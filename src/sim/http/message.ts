/** HTTP/1.1 as the simulation handles it: requests read by node:http, answers put on the wire byte by byte. */
import { STATUS_CODES } from 'node:http';
import type { HostRole } from '../types.js';

export interface HttpRequest {
  readonly role: HostRole;
  readonly method: string;
  /** Request target as sent, with the query. */
  readonly path: string;
  /** In order, names as sent. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
}

export interface HttpAnswer {
  readonly status: number;
  /** Reason phrase; default the registered one. */
  readonly reason?: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

/** Bytes and pauses. */
export interface WireScript {
  readonly parts: readonly { readonly bytes: string; readonly afterMs?: number }[];
  /** `keep`: the connection stays open; a number: FIN after that many ms; `flood`: the last part is repeated for ever. */
  readonly end: 'keep' | 'close' | 'reset' | 'flood' | { readonly closeAfterMs: number };
}

export function jsonAnswer(status: number, document: unknown): HttpAnswer {
  return { status, headers: [['Content-Type', 'application/json']], body: JSON.stringify(document) };
}

export function htmlAnswer(
  status: number,
  body: string,
  headers: readonly (readonly [string, string])[] = [],
): HttpAnswer {
  return { status, headers: [['Content-Type', 'text/html; charset=utf-8'], ...headers], body };
}

/** RFC 9110 §8.6: answers that have no body and therefore no length either. */
export function hasNoBody(status: number): boolean {
  return status === 204 || status === 304 || (status >= 100 && status < 200);
}

export function statusLine(answer: HttpAnswer, version = 'HTTP/1.1'): string {
  return `${version} ${answer.status} ${answer.reason ?? STATUS_CODES[answer.status] ?? 'Unknown'}`;
}

/** Date, the answer's own headers and what else every server sends; no framing header. */
export function commonHeaders(answer: HttpAnswer): readonly (readonly [string, string])[] {
  return [['Date', new Date().toUTCString()], ['Server', 'simulated-cloud'], ...answer.headers];
}

export function headText(startLine: string, headers: readonly (readonly [string, string])[], eol = '\r\n'): string {
  return `${[startLine, ...headers.map(([name, value]) => `${name}: ${value}`)].join(eol)}${eol}${eol}`;
}

/** The way a well-behaved server does it: length announced, connection kept. */
export function plainFrame(answer: HttpAnswer): WireScript {
  const length: readonly (readonly [string, string])[] = hasNoBody(answer.status)
    ? []
    : [['Content-Length', String(Buffer.byteLength(answer.body))]];
  const head = headText(statusLine(answer), [...commonHeaders(answer), ...length]);
  return { parts: [{ bytes: head + (hasNoBody(answer.status) ? '' : answer.body) }], end: 'keep' };
}
