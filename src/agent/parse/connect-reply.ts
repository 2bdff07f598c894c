import { parseHttpsResponse } from './https-response.js';
import { refused, type Refused } from './result.js';

export type ConnectReplyRule =
  | 'proxy.reply_incomplete'
  | 'proxy.reply_too_long'
  | 'proxy.reply_not_http1'
  | 'proxy.reply_status_unreadable'
  | 'proxy.reply_status_not_accepted'
  | 'proxy.reply_header_unreadable'
  | 'proxy.reply_header_refused'
  | 'proxy.reply_chunked'
  | 'proxy.reply_cut'
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

/** What of a version's rules counts for a reply to CONNECT. */
export interface OldReplyRules {
  readonly acceptsHttp10: boolean;
  readonly headerFieldMax: number;
  readonly readsChunked: boolean;
  readonly repeatedLength: 'last' | 'error' | 'first';
}

/**
 * Reads a proxy's reply as the HTTPS steps do before 2.10.0: with the strict parser of HTTPS answers
 * (docs/reference/versions.md#proxies). A body with a length is not waited for, and spoils what follows; a chunked one is.
 */
export function parseConnectReplyAsAnswer(raw: string, bytesAfterHead: number, rules: OldReplyRules): ConnectReply {
  if (raw === '') return refused('proxy.reply_incomplete');
  const headBytes = raw.indexOf('\r\n\r\n') + 4;
  const answer = parseHttpsResponse(raw, {
    ...rules,
    headerWithoutSeparatorIsSafe: true,
    closedAfterMs: null,
    connect: { acceptsHttp10: rules.acceptsHttp10 },
  });
  if (answer.ok) {
    if (answer.status !== 200) return refused('proxy.reply_status_not_accepted', firstLine(raw));
    return answer.framing === 'chunked'
      ? refused('proxy.bytes_after_reply', firstLine(raw))
      : finish(raw, headBytes, answer.status, bytesAfterHead);
  }
  switch (answer.rule) {
    case 'http.not_http11':
      return refused('proxy.reply_not_http1', answer.line);
    case 'http.status_unreadable':
    case 'http.status_without_space':
      return refused('proxy.reply_status_unreadable', answer.line);
    case 'http.separator_missing':
    case 'http.separator_elsewhere':
    case 'http.header_name_too_long':
    case 'http.header_value_too_long':
    case 'http.length_and_chunked':
    case 'http.length_twice':
      return refused('proxy.reply_header_refused', answer.line);
    case 'http.empty':
    case 'http.line_ends':
      return refused('proxy.reply_incomplete', answer.line);
    default:
      // With a complete head, it is the chunks that are missing or wrong.
      return refused(headBytes > 3 ? 'proxy.reply_chunked' : 'proxy.reply_incomplete', answer.line);
  }
}

const OLD_LINK_BUFFER = 4096;
const OLD_REASON_MAX = 512;
const END = '\r\n\r\n';

/**
 * Reads a proxy's reply as the MQTT step does before 2.10.0 (docs/reference/versions.md#proxies): a buffer of 4096 bytes;
 * an end of the header that is only begun at the end of what has arrived is taken for the whole, and fails.
 *
 * @param cuts bytes that were there whenever some had arrived but the header was not complete
 */
export function parseConnectReplyOldLink(
  raw: string,
  bytesAfterHead: number,
  cuts: readonly number[],
  { acceptsHttp10 }: Pick<OldReplyRules, 'acceptsHttp10'>,
): ConnectReply {
  const end = raw.indexOf(END);
  const begun = (text: string): boolean => /\r(?:\n\r?)?$/.test(text);
  const cut = cuts.find((bytes) => (end < 0 || bytes < end + END.length) && begun(raw.slice(0, bytes)));
  if (cut !== undefined) return refused('proxy.reply_cut', raw.slice(0, cut).split('\r\n').at(-2) ?? firstLine(raw));
  if (end < 0 || end + END.length > OLD_LINK_BUFFER) {
    return refused(raw.length >= OLD_LINK_BUFFER ? 'proxy.reply_too_long' : 'proxy.reply_incomplete', firstLine(raw));
  }
  const protocol = acceptsHttp10 ? /^HTTP\/1\.[01]/ : /^HTTP\/1\.1/;
  if (!protocol.test(raw)) return refused('proxy.reply_not_http1', firstLine(raw));
  const digits = /^ (\d{3})/.exec(raw.slice(8))?.[1];
  // The character behind the code is taken with it; without anything behind the line the end is searched in vain.
  const rest = raw.slice(13);
  if (digits === undefined || rest.startsWith('\n\r\n')) {
    return refused('proxy.reply_status_unreadable', firstLine(raw));
  }
  if (rest.indexOf('\r\n') >= OLD_REASON_MAX) return refused('proxy.reply_header_refused', firstLine(raw));
  if (digits !== '200') return refused('proxy.reply_status_not_accepted', firstLine(raw));
  return finish(raw, end + END.length, Number(digits), bytesAfterHead);
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
