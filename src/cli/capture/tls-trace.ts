/** What `openssl s_client -msg` shows of a handshake: the messages themselves, byte by byte, and numbers of errors. */
import { X509Certificate } from 'node:crypto';
import { failureOf } from '../../net/classify.js';
import type { Failure } from '../../model/failure.js';

interface Message {
  readonly sent: boolean;
  /** `TLS 1.3`, as OpenSSL names it. */
  readonly version: string;
  readonly kind: string;
  readonly name: string;
  readonly bytes: Buffer;
}

export interface TlsTrace {
  readonly helloBytes: number | null;
  readonly gotServerBytes: boolean;
  /** First bytes received where they were no TLS. */
  readonly foreign: Buffer | null;
  readonly alert: number | null;
  readonly certificates: readonly X509Certificate[];
  /** `TLSv1.3`; null without a complete handshake. */
  readonly protocol: string | null;
}

const HEADER = /^(<<<|>>>) ([^,[]*)(?:, ([A-Za-z]+))?(?:\([^)]*\))?.*?\[length [0-9a-f]+\](?:, (.*))?$/;
/** Longer lines are no headers: nothing has to be looked for in them. */
const MAX_HEADER = 300;
const MAX_CHAIN = 16;

function messagesIn(lines: readonly string[]): readonly Message[] {
  const messages: { sent: boolean; version: string; kind: string; name: string; hex: string[] }[] = [];
  for (const line of lines) {
    const header = line.length > MAX_HEADER ? null : HEADER.exec(line);
    if (header !== null) {
      const [, way, version = '', kind = '', name = ''] = header;
      messages.push({ sent: way === '>>>', version: version.trim(), kind, name, hex: [] });
    } else if (/^(?:[0-9a-f]{2} ?)+$/.test(line)) messages.at(-1)?.hex.push(line.replaceAll(' ', ''));
  }
  return messages.map(({ hex, ...rest }) => ({ ...rest, bytes: Buffer.from(hex.join(''), 'hex') }));
}

export function readTlsTrace(lines: readonly string[]): TlsTrace {
  const messages = messagesIn(lines);
  const received = messages.filter(({ sent }) => !sent);
  const hello = messages.find(({ sent, name }) => sent && name === 'ClientHello');
  const foreign = received.find(({ version }) => version.startsWith('Not TLS'));
  const fatal = received.find(({ kind, bytes }) => kind === 'Alert' && bytes[0] === 2);
  const finished = received.find(({ name }) => name === 'Finished');
  const sentCertificates = received.find(({ name }) => name === 'Certificate');
  return {
    // The record's own header comes to the message.
    helloBytes: hello === undefined ? null : hello.bytes.length + 5,
    gotServerBytes: received.length > 0,
    foreign: foreign?.bytes ?? null,
    alert: fatal?.bytes[1] ?? null,
    certificates:
      sentCertificates === undefined ? [] : chainIn(sentCertificates.bytes, sentCertificates.version === 'TLS 1.3'),
    protocol: finished === undefined ? null : finished.version.replace(/^TLS /, 'TLSv').replace(/^TLSv1\.0$/, 'TLSv1'),
  };
}

/** RFC 8446 §4.4.2, RFC 5246 §7.4.2: a list of certificates, each behind its length. */
function chainIn(message: Buffer, withExtensions: boolean): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  let at = 4;
  if (withExtensions) at += 1 + (message[at] ?? 0);
  at += 3;
  while (at + 3 <= message.length && chain.length < MAX_CHAIN) {
    const length = message.readUIntBE(at, 3);
    at += 3;
    if (length === 0 || at + length > message.length) break;
    try {
      chain.push(new X509Certificate(message.subarray(at, at + length)));
    } catch {
      break;
    }
    at += length;
    if (withExtensions) at += at + 2 <= message.length ? 2 + message.readUInt16BE(at) : 0;
  }
  return inOrder(chain);
}

/** Leaf first, then each one's issuer: extra certificates that nobody was issued by are left out. */
function inOrder(sent: readonly X509Certificate[]): readonly X509Certificate[] {
  const [leaf, ...rest] = sent;
  if (leaf === undefined) return [];
  const chain = [leaf];
  const left = new Set(rest);
  for (let last = leaf; ;) {
    const issuer = [...left].find((one) => last.checkIssued(one));
    if (issuer === undefined || last.fingerprint256 === issuer.fingerprint256) return chain;
    left.delete(issuer);
    chain.push(issuer);
    last = issuer;
  }
}

/** Errors by number, as Linux and OpenSSL count them. */
const ERRNO: Readonly<Record<number, string>> = {
  1: 'EPERM',
  13: 'EACCES',
  22: 'EINVAL',
  32: 'EPIPE',
  97: 'EAFNOSUPPORT',
  99: 'EADDRNOTAVAIL',
  100: 'ENETDOWN',
  101: 'ENETUNREACH',
  103: 'ECONNABORTED',
  104: 'ECONNRESET',
  110: 'ETIMEDOUT',
  111: 'ECONNREFUSED',
  112: 'EHOSTDOWN',
  113: 'EHOSTUNREACH',
};

/** What the C library calls them, for programs that print no number (strerror(3), locale C). */
const WORDS: Readonly<Record<string, string>> = {
  'Operation not permitted': 'EPERM',
  'Permission denied': 'EACCES',
  'Invalid argument': 'EINVAL',
  'Network is unreachable': 'ENETUNREACH',
  'Network unreachable': 'ENETUNREACH',
  'Connection reset by peer': 'ECONNRESET',
  'Connection timed out': 'ETIMEDOUT',
  'Operation timed out': 'ETIMEDOUT',
  'Connection refused': 'ECONNREFUSED',
  'No route to host': 'EHOSTUNREACH',
  'Host is unreachable': 'EHOSTUNREACH',
  'Cannot assign requested address': 'EADDRNOTAVAIL',
  'Address not available': 'EADDRNOTAVAIL',
};

/** Code of the error that ended a connect, by openssl; null = it did not say one. */
export function connectError(said: readonly string[]): string | null {
  for (const line of said) {
    const errno = /^connect:errno=(\d+)$/.exec(line)?.[1];
    if (errno !== undefined && errno !== '0') return ERRNO[Number(errno)] ?? `E${errno}`;
  }
  return null;
}

/** The same by `curl -v`. */
export function curlConnectError(said: readonly string[]): string | null {
  for (const line of said) {
    const words = /^\* connect to .* failed: (.+)$/.exec(line)?.[1];
    if (words !== undefined && Object.hasOwn(WORDS, words)) return WORDS[words] ?? null;
  }
  return null;
}

/** Whether the peer reset what was open. */
export const wasReset = (said: readonly string[]): boolean =>
  said.some((line) => /^(?:read|write):errno=104$/.test(line) || /:error:8000006[8]:/.test(line));

/** Reasons of OpenSSL's SSL library (ssl(7), sslerr.h): an end without a word, versions that do not meet. */
const ENDED = 0x126;
const VERSIONS: ReadonlySet<number> = new Set([0xbf, 0x102, 0x10a, 0x11b]);

/** Why a handshake that began did not end well. */
export function handshakeFailure(trace: TlsTrace, said: readonly string[], stopped: boolean): Failure {
  const failed = (kind: Failure['kind'], code: string | null, detail: string): Failure =>
    failureOf(kind, 'tls_handshake', code, detail);
  if (trace.foreign !== null) return failed('ssl_not_tls', null, 'the peer answered with something else than TLS');
  if (trace.alert !== null) return failed('ssl_alert', null, `TLS alert ${String(trace.alert)}`);
  if (stopped) return failed('generic_timeout_error', null, 'no complete handshake');
  if (wasReset(said)) return failed('connection_reset', 'ECONNRESET', '');
  const reasons = said.flatMap((line) => {
    const code = /:error:0A([0-9A-F]{6}):/.exec(line)?.[1] ?? /:error:14([0-9A-F]{6}):/.exec(line)?.[1];
    return code === undefined ? [] : [Number.parseInt(code, 16) & 0xfff];
  });
  if (reasons.some((reason) => VERSIONS.has(reason))) return failed('ssl_version_unsupported', null, '');
  if (reasons.includes(ENDED) || said.some((line) => /^(?:read|write):errno=(?:0|32)$/.test(line)))
    return failed('eof_error', null, 'the peer closed the connection within the handshake');
  return failed(reasons.length > 0 ? 'ssl_failed_handshake' : 'eof_error', null, said.join(' ').slice(0, 200));
}
