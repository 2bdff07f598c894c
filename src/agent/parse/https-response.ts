import { parseChunked, type ChunkRule } from './chunked.js';
import { refused, type Refused } from './result.js';

export type HttpsResponseRule =
  | 'http.empty'
  | 'http.not_http11'
  | 'http.status_unreadable'
  | 'http.status_without_space'
  | 'http.interim_response'
  | 'http.line_ends'
  | 'http.separator_missing'
  | 'http.separator_elsewhere'
  | 'http.header_name_too_long'
  | 'http.header_value_too_long'
  | 'http.length_and_chunked'
  | 'http.length_twice'
  | 'http.body_too_long'
  | 'http.incomplete'
  | ChunkRule;

/**
 * `body` is null when the Agent ends up without one: no length and not chunked, or a length of 0. `framing` tells why.
 * `closeRace` is true when the peer ended the connection so soon behind the answer that the Agent may discard it.
 */
export type HttpsResponse =
  | {
      readonly ok: true;
      readonly status: number;
      readonly body: string | null;
      readonly framing: 'length' | 'chunked' | 'none';
      readonly closeRace: boolean;
    }
  | Refused<HttpsResponseRule>;

export interface HttpsResponseOptions {
  /** Whether this Agent looks for a header's `: ` in that header only; v2.10.3 takes the next one it finds. */
  readonly headerWithoutSeparatorIsSafe: boolean;
  /** ms between the last byte of the answer and the end of the connection; null = it stayed open. */
  readonly closedAfterMs: number | null;
  /** Longest header name and value, bytes; default: that of the newest version, 1023. */
  readonly headerFieldMax?: number;
  /** Older versions do not know chunked answers: they count as having no body. */
  readonly readsChunked?: boolean;
  /** Which of several Content-Length counts. */
  readonly repeatedLength?: 'last' | 'error' | 'first';
  /** Older versions read what is there and do not see a close behind it. */
  readonly losesAnswerOnClose?: boolean;
  /** A reply to CONNECT: HTTP/1.0 may pass, and a body with a length is not waited for. */
  readonly connect?: { readonly acceptsHttp10: boolean };
}

/**
 * Receive buffer of the Agent's HTTPS client: a body with a length must fit (docs/reference/agent.md#https-response).
 */
const RX_BUFFER = 16_384;
const FIELD_MAX = 1023;
/**
 * A close that comes later than this leaves the Agent time to read the answer first. Known good: 300 ms
 * (docs/reference/agent.md#seen-10). The race itself takes no longer than a wake-up of the Agent's thread; the rest
 * allows for our own clock on a busy host.
 */
export const CLOSE_RACE_MS = 150;

/**
 * Reads an answer on the env and auth legs as the Agent's own HTTPS client does
 * (docs/reference/agent.md#https-response).
 *
 * @param raw head and body as received, latin1; when it is not complete, `http.incomplete`
 */
export function parseHttpsResponse(raw: string, options: HttpsResponseOptions): HttpsResponse {
  if (raw === '') return refused('http.empty');
  const firstEnd = raw.indexOf('\r\n');
  if (firstEnd < 0) return refused(raw.includes('\n') ? 'http.line_ends' : 'http.incomplete', raw);
  const statusLine = raw.slice(0, firstEnd);
  const isOld = options.connect?.acceptsHttp10 === true && raw.startsWith('HTTP/1.0 ');
  if (!raw.startsWith('HTTP/1.1 ') && !isOld) return refused('http.not_http11', statusLine);
  const code = raw.slice(9, 13);
  if (code[3] !== ' ') return refused('http.status_without_space', statusLine);
  const status = leadingNumber(code.slice(0, 3));
  if (status < 100 || status > 599) return refused('http.status_unreadable', statusLine);

  let contentLength: number | null = null;
  let chunked = false;
  // The status code is taken with the character behind it, whatever that is; the line ends at the next CRLF.
  let at = raw.indexOf('\r\n', 13) + 2;
  if (at < 2) return refused('http.incomplete', statusLine);
  for (;;) {
    const end = raw.indexOf('\r\n', at);
    if (end < 0) return unfinishedHeader(raw.slice(at));
    if (end === at) {
      at += 2;
      break;
    }
    const line = raw.slice(at, end);
    const field = readField(line, options.headerFieldMax ?? FIELD_MAX);
    if (!field.ok) return separatorElsewhere(raw, at, field, options) ?? field;
    at = end + 2;
    const repeated = contentLength === null ? 'once' : (options.repeatedLength ?? 'first');
    if (field.name === 'content-length' && repeated === 'error') return refused('http.length_twice', line);
    if (field.name === 'content-length' && repeated !== 'first') {
      if (chunked) return refused('http.length_and_chunked', line);
      contentLength = leadingNumber(field.value);
    } else if (field.name === 'transfer-encoding' && field.value === 'chunked' && options.readsChunked !== false) {
      // Said twice, it is refused with the same words.
      if (contentLength !== null || chunked) return refused('http.length_and_chunked', line);
      chunked = true;
    }
  }
  if (status < 200 && options.connect === undefined) return refused('http.interim_response', statusLine);

  const closeRace =
    options.losesAnswerOnClose !== false && options.closedAfterMs !== null && options.closedAfterMs < CLOSE_RACE_MS;
  const rest = raw.slice(at);
  if (chunked) {
    const parsed = parseChunked(rest);
    if (parsed.ok) return { ok: true, status, body: parsed.body, framing: 'chunked', closeRace };
    return parsed.rule === 'http.chunk_incomplete' ? refused('http.incomplete', parsed.line) : parsed;
  }
  if (contentLength === null) return { ok: true, status, body: null, framing: 'none', closeRace };
  if (options.connect !== undefined) return { ok: true, status, body: null, framing: 'length', closeRace };
  if (contentLength > RX_BUFFER) return refused('http.body_too_long', `Content-Length: ${String(contentLength)}`);
  if (rest.length < contentLength) return refused('http.incomplete');
  const body = contentLength === 0 ? null : rest.slice(0, contentLength);
  return { ok: true, status, body, framing: 'length', closeRace };
}

type Field = { readonly ok: true; readonly name: string; readonly value: string } | Refused<HttpsResponseRule>;

function readField(line: string, fieldMax: number): Field {
  const separator = line.indexOf(': ');
  if (separator < 0) return refused('http.separator_missing', line);
  if (separator > fieldMax) return refused('http.header_name_too_long', line);
  const value = line.slice(separator + 2);
  if (value.length > fieldMax) return refused('http.header_value_too_long', line);
  return { ok: true, name: line.slice(0, separator).toLowerCase(), value };
}

/**
 * A separator found in a later line, or in the body, swallows all that was received; then the Agent waits for the rest
 * of a header that never comes. Where none is near, it says at once that there is none.
 */
function separatorElsewhere(
  raw: string,
  at: number,
  field: Refused<HttpsResponseRule>,
  { headerWithoutSeparatorIsSafe }: HttpsResponseOptions,
): Refused<HttpsResponseRule> | null {
  if (field.rule !== 'http.separator_missing' || headerWithoutSeparatorIsSafe) return null;
  const next = raw.indexOf(': ', at);
  if (next < 0 || next - at > FIELD_MAX) return null;
  return refused('http.separator_elsewhere', field.line);
}

/** No CRLF came: bare line feeds never end a line, and a line longer than the buffer never fits. */
function unfinishedHeader(rest: string): Refused<HttpsResponseRule> {
  const newline = rest.indexOf('\n');
  if (newline >= 0) return refused('http.line_ends', rest.slice(0, newline));
  return refused(rest.length >= RX_BUFFER ? 'http.header_value_too_long' : 'http.incomplete', rest || null);
}

/** Digits behind optional spaces; anything else counts as 0. */
function leadingNumber(text: string): number {
  return Number(/^ *(\d+)/.exec(text)?.[1] ?? 0);
}
