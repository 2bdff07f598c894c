import { refused, type Refused } from './result.js';

export type ConnectReplyRule =
  | 'proxy.reply_incomplete'
  | 'proxy.reply_too_long'
  | 'proxy.reply_not_http1'
  | 'proxy.reply_status_unreadable'
  | 'proxy.reply_status_not_accepted'
  | 'proxy.reply_header_unreadable'
  | 'proxy.bytes_after_reply';

/** `headBytes`: length of the header including the blank line. */
export type ConnectReply =
  { readonly ok: true; readonly status: number; readonly headBytes: number } | Refused<ConnectReplyRule>;

/** The link stops reading here (docs/reference/agent.md#connect). */
const ACLK_HEAD_MAX = 4095;
/** One header line of a CONNECT reply in libcurl; the whole header may have 300 KiB. */
const LIBCURL_LINE_MAX = 16_384;

/**
 * Reads a proxy's reply to CONNECT as the link does (docs/reference/agent.md#connect): at most 4095 bytes up to an
 * empty CRLF line, `HTTP/1.1 ` or `HTTP/1.0 `, exactly 200. Header syntax is not looked at; a body would be read as
 * TLS.
 *
 * @param raw bytes received so far, latin1
 * @param bytesAfterHead bytes known to have waited behind the header although `raw` does not hold them
 */
export function parseConnectReply(raw: string, bytesAfterHead = 0): ConnectReply {
  const end = raw.slice(0, ACLK_HEAD_MAX).indexOf('\r\n\r\n');
  if (end < 0) {
    return refused(raw.length >= ACLK_HEAD_MAX ? 'proxy.reply_too_long' : 'proxy.reply_incomplete', firstLine(raw));
  }
  const line = firstLine(raw);
  if (!/^HTTP\/1\.[01] /.test(raw)) return refused('proxy.reply_not_http1', line);
  const digits = /^HTTP\/1\.[01] (\d{3,})/.exec(raw)?.[1];
  if (digits === undefined) return refused('proxy.reply_status_unreadable', line);
  if (Number(digits) !== 200) return refused('proxy.reply_status_not_accepted', line);
  return finish(raw, end + 4, Number(digits), bytesAfterHead);
}

/**
 * Reads the same reply as libcurl does (docs/reference/agent.md#claim-proxy, #seen-9): any 2xx behind any number of
 * spaces, LF or CRLF, long headers, but no header without a colon (since its 7.83). An interim 1xx ends the attempt as
 * any other status does. A body behind a 2xx is not consumed either.
 */
export function parseConnectReplyLibcurl(raw: string, bytesAfterHead = 0): ConnectReply {
  let status: number | null = null;
  let start = 0;
  let previous = '';
  for (;;) {
    const newline = raw.indexOf('\n', start);
    if ((newline < 0 ? raw.length : newline) - start >= LIBCURL_LINE_MAX) {
      return refused('proxy.reply_too_long', raw.slice(start));
    }
    if (newline < 0) return refused('proxy.reply_incomplete', firstLine(raw));
    const line = raw.slice(start, newline).replace(/\r$/, '');
    start = newline + 1;
    if (line === '') break;
    const code = /^HTTP\/1\.[01] +(\d{3})(?!\d)/.exec(line)?.[1];
    if (code !== undefined) status = Number(code);
    else if (status !== null && !isHeader(line, previous)) return refused('proxy.reply_header_unreadable', line);
    previous = line;
  }
  if (status === null) return refused('proxy.reply_not_http1', firstLine(raw));
  if (status < 200 || status > 299) return refused('proxy.reply_status_not_accepted', firstLine(raw));
  return finish(raw, start, status, bytesAfterHead);
}

/** A name with its colon, or the continuation of the header before. */
function isHeader(line: string, before: string): boolean {
  return line.includes(':') || (/^[ \t]/.test(line) && !before.startsWith('HTTP/'));
}

function finish(raw: string, headBytes: number, status: number, bytesAfterHead: number): ConnectReply {
  if (raw.length > headBytes || bytesAfterHead > 0) {
    return refused('proxy.bytes_after_reply', raw.slice(headBytes) || null);
  }
  return { ok: true, status, headBytes };
}

function firstLine(raw: string): string | null {
  return raw === '' ? null : (raw.split(/\r?\n/, 1)[0] ?? null);
}
