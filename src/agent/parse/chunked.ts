import { refused, type Refused } from './result.js';

export type ChunkRule =
  | 'http.chunk_incomplete'
  | 'http.chunk_size_too_long'
  | 'http.chunk_size_invalid'
  | 'http.chunk_end_missing'
  | 'http.chunk_trailers';

export type Chunked = { readonly ok: true; readonly body: string } | Refused<ChunkRule>;

const SIZE_LINE_MAX = 1023;

/**
 * Reads a chunked body as the Agent does (docs/reference/agent.md#https-response): extensions are skipped, trailers are
 * an error, the total size is not limited.
 */
export function parseChunked(raw: string): Chunked {
  const parts: string[] = [];
  let at = 0;
  for (;;) {
    const end = raw.indexOf('\r\n', at);
    if (end < 0) {
      return refused(raw.length - at > SIZE_LINE_MAX ? 'http.chunk_size_too_long' : 'http.chunk_incomplete');
    }
    const line = raw.slice(at, end);
    if (line.length > SIZE_LINE_MAX) return refused('http.chunk_size_too_long', line);
    const size = chunkSize(line);
    if (size === null) return refused('http.chunk_size_invalid', line);
    at = end + 2;
    if (size === 0) return finish(raw, at, parts);
    if (raw.length < at + size + 2) return refused('http.chunk_incomplete');
    parts.push(raw.slice(at, at + size));
    at += size;
    if (!raw.startsWith('\r\n', at)) return refused('http.chunk_end_missing', raw.slice(at, at + 2));
    at += 2;
  }
}

function finish(raw: string, at: number, parts: readonly string[]): Chunked {
  if (raw.startsWith('\r\n', at)) return { ok: true, body: parts.join('') };
  if (raw.length < at + 2) return refused('http.chunk_incomplete');
  return refused('http.chunk_trailers', raw.slice(at).split('\r\n', 1)[0] ?? null);
}

/** Leading hexadecimal digits; what follows (an extension) is not looked at. A line without any counts as 0. */
function chunkSize(line: string): number | null {
  const match = /^\s*([+-]?)(?:0[xX](?=[0-9a-fA-F]))?([0-9a-fA-F]*)/.exec(line);
  const size = Number.parseInt(match?.[2] || '0', 16);
  if (match?.[1] === '-' && size > 0) return null;
  return size > Number.MAX_SAFE_INTEGER ? null : size;
}

/**
 * The body as any lenient client reads it: extensions and trailers are fine, and what was not kept of it is missing.
 *
 * @param headers as received; without `Transfer-Encoding: chunked` the body is what it is
 */
export function lenientBody(rawBody: string, headers: readonly (readonly [string, string])[]): string {
  const chunked = headers.some(
    ([name, value]) => name.toLowerCase() === 'transfer-encoding' && value.toLowerCase().includes('chunked'),
  );
  // A client of ours may have taken the chunks apart already.
  if (!chunked || !/^[0-9a-f]/i.test(rawBody)) return rawBody;
  let body = '';
  for (let at = 0; ;) {
    const end = rawBody.indexOf('\r\n', at);
    const size = end < 0 ? null : chunkSize(rawBody.slice(at, end));
    if (size === null || size === 0) return body;
    body += rawBody.slice(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
  }
}
