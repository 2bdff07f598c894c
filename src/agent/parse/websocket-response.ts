import { createHash } from 'node:crypto';
import { refused, type Refused } from './result.js';

export type WebSocketResponseRule =
  | 'ws.incomplete'
  | 'ws.line_ends'
  | 'ws.not_http11'
  | 'ws.status_without_space'
  | 'ws.status_unreadable'
  | 'ws.line_too_long'
  | 'ws.separator_missing'
  | 'ws.header_value_empty'
  | 'ws.header_name_too_long'
  | 'ws.too_many_headers'
  | 'ws.accept_mismatch'
  | 'ws.accept_missing'
  | 'ws.not_switched';

/** `headBytes`: length of the header including the blank line; frames follow. */
export type WebSocketResponse =
  | { readonly ok: true; readonly headBytes: number }
  | (Refused<WebSocketResponseRule> & { readonly status: number | null });

const PROTOCOL = 'HTTP/1.1 ';
const LINE_MAX = 4095;
const NAME_MAX = 256;
const HEADERS_MAX = 129;
/** RFC 6455 §1.3. */
const ACCEPT_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** Sec-WebSocket-Accept for a Sec-WebSocket-Key (RFC 6455 §4.2.2). */
export function acceptFor(key: string): string {
  return createHash('sha1')
    .update(key + ACCEPT_GUID, 'latin1')
    .digest('base64');
}

/**
 * Reads the answer to the WebSocket upgrade as the Agent does (docs/reference/agent.md#websocket): only the first
 * line's form, the header lines' form and Sec-WebSocket-Accept count; Upgrade, Connection and the subprotocol are not
 * looked at. `status` is what the first line said, as far as it was readable: the Agent's own log hides it.
 *
 * @param raw bytes received so far, latin1
 * @param key the Sec-WebSocket-Key that was sent
 */
export function parseWebSocketResponse(raw: string, key: string): WebSocketResponse {
  const refuse = (rule: WebSocketResponseRule, line: string | null, status: number | null = null) => ({
    ...refused(rule, line),
    status,
  });
  if (raw.length < PROTOCOL.length) {
    return refuse(raw === PROTOCOL.slice(0, raw.length) ? 'ws.incomplete' : 'ws.not_http11', raw || null);
  }
  const firstLine = raw.split(/\r?\n/, 1)[0] ?? '';
  if (!raw.startsWith(PROTOCOL)) return refuse('ws.not_http11', firstLine);
  if (raw.length < PROTOCOL.length + 4) return refuse('ws.incomplete', firstLine);
  const digits = /^\d{1,3}/.exec(raw.slice(PROTOCOL.length, PROTOCOL.length + 3))?.[0];
  const status = digits === undefined ? null : Number(digits);
  if (raw[PROTOCOL.length + 3] !== ' ') return refuse('ws.status_without_space', firstLine, status);
  if (status === null || status < 100 || status > 599) return refuse('ws.status_unreadable', firstLine, status);

  let at = PROTOCOL.length + 4;
  let headers = -1;
  let accepted = false;
  for (;;) {
    const end = raw.indexOf('\r\n', at);
    const line = raw.slice(at, end < 0 ? raw.length : end);
    if (line.length > LINE_MAX) return refuse('ws.line_too_long', line, status);
    if (end < 0) return refuse(line.includes('\n') ? 'ws.line_ends' : 'ws.incomplete', line || null, status);
    at = end + 2;
    headers += 1;
    if (headers === 0) continue;
    if (line === '') break;
    const problem = judgeHeader(line, headers);
    if (problem !== null) return refuse(problem, line, status);
    const separator = line.indexOf(': ');
    if (line.slice(0, separator).toLowerCase() !== 'sec-websocket-accept') continue;
    if (line.slice(separator + 2) !== acceptFor(key)) return refuse('ws.accept_mismatch', line, status);
    accepted = true;
  }
  if (status !== 101) return refuse('ws.not_switched', firstLine, status);
  if (!accepted) return refuse('ws.accept_missing', firstLine, status);
  return { ok: true, headBytes: at };
}

function judgeHeader(line: string, count: number): WebSocketResponseRule | null {
  const separator = line.indexOf(': ');
  if (separator < 0) return 'ws.separator_missing';
  if (line.length === separator + 2) return 'ws.header_value_empty';
  if (separator > NAME_MAX) return 'ws.header_name_too_long';
  return count > HEADERS_MAX ? 'ws.too_many_headers' : null;
}
