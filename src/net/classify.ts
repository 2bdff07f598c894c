/**
 * Thrown thing -> Failure. The only file that knows errno, OpenSSL, c-ares, undici and ws codes; total, and every
 * order of its rules matters: errno first (portable), then codes; text is never matched on.
 * Mapping: docs/reference/firewall.md#failures-of-a-step, docs/reference/firewall.md#errors-by-kind-of-refusal (errno
 * by deny style).
 */
import type { Failure, FailureKind, Operation } from '../model/failure.js';
import { alertOfOpensslCode } from './tls-alerts.js';

const DETAIL_LIMIT = 500;

/** System calls. ETIMEDOUT is the kernel giving up on retransmissions; our own timers never have an errno. */
const ERRNO: Readonly<Record<string, FailureKind>> = {
  ECONNREFUSED: 'connection_refused',
  ECONNRESET: 'connection_reset',
  ECONNABORTED: 'connection_aborted',
  // Writing to a connection that the peer has closed: the peer's FIN came first (df-007 maps it to eof_error too).
  EPIPE: 'eof_error',
  EHOSTUNREACH: 'host_unreachable',
  EHOSTDOWN: 'host_unreachable',
  ENETUNREACH: 'network_unreachable',
  ENETRESET: 'connection_reset',
  ENETDOWN: 'network_down',
  // A local `reject`/owner rule, eBPF, SELinux, or ICMPv6 admin-prohibited.
  EPERM: 'permission_denied',
  EACCES: 'permission_denied',
  EAFNOSUPPORT: 'address_family_not_supported',
  EADDRNOTAVAIL: 'address_not_available',
  ETIMEDOUT: 'timed_out',
  // What this process or host ran out of: the network was never asked.
  EMFILE: 'interrupted',
  ENFILE: 'interrupted',
  ENOBUFS: 'interrupted',
  ENOMEM: 'interrupted',
};

/** getaddrinfo merges NXDOMAIN with NODATA, so its ENOTFOUND only says that there is no address. */
const RESOLVER: Readonly<Record<string, FailureKind>> = {
  ENOTFOUND: 'dns_no_answer',
  ENODATA: 'dns_no_answer',
  EAI_NONAME: 'dns_no_answer',
  EAI_NODATA: 'dns_no_answer',
  EAI_ADDRFAMILY: 'dns_no_answer',
  EAI_AGAIN: 'dns_temporary_failure',
  EAI_FAIL: 'dns_non_recoverable_failure',
  ESERVFAIL: 'dns_servfail_error',
  EREFUSED: 'dns_refused_error',
  EBADRESP: 'dns_server_misbehaving',
  EBADNAME: 'dns_server_misbehaving',
  EFORMERR: 'dns_server_misbehaving',
  ENOTIMP: 'dns_server_misbehaving',
  ETIMEOUT: 'generic_timeout_error',
};

const CODES: Readonly<Record<string, FailureKind>> = {
  ABORT_ERR: 'interrupted',
  UND_ERR_ABORTED: 'interrupted',
  UND_ERR_CONNECT_TIMEOUT: 'generic_timeout_error',
  UND_ERR_HEADERS_TIMEOUT: 'generic_timeout_error',
  UND_ERR_BODY_TIMEOUT: 'generic_timeout_error',
  UND_ERR_HEADERS_OVERFLOW: 'response_too_large',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'response_too_large',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'http_malformed',
  UND_ERR_SOCKET: 'eof_error',
  HPE_HEADER_OVERFLOW: 'response_too_large',
  HPE_CLOSED_CONNECTION: 'http_malformed',
  ERR_STREAM_PREMATURE_CLOSE: 'eof_error',
  ERR_STREAM_DESTROYED: 'connection_aborted',
  ERR_SOCKET_CLOSED: 'connection_aborted',
  ERR_SOCKET_CLOSED_BEFORE_CONNECTION: 'connection_aborted',
  ERR_TLS_CERT_ALTNAME_INVALID: 'ssl_invalid_certificate',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'ssl_version_unsupported',
  ERR_SSL_VERSION_TOO_LOW: 'ssl_version_unsupported',
  ERR_SSL_VERSION_TOO_HIGH: 'ssl_version_unsupported',
  ERR_SSL_UNSUPPORTED_SSL_VERSION: 'ssl_version_unsupported',
  ERR_SSL_NO_PROTOCOLS_AVAILABLE: 'ssl_version_unsupported',
  ERR_SSL_HTTP_REQUEST: 'ssl_not_tls',
  ERR_SSL_HTTPS_PROXY_REQUEST: 'ssl_not_tls',
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: 'response_too_large',
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: 'response_too_large',
};

/** Node's names for the certificate errors of a verifying client (undici and ws controls verify nothing; others may). */
const CERTIFICATE_CODES: ReadonlySet<string> = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
  'CERT_NOT_YET_VALID',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'CERT_CHAIN_TOO_LONG',
  'CERT_REVOKED',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  'HOSTNAME_MISMATCH',
]);

/** Maps anything that was thrown or emitted to a Failure of `operation`. Never throws. */
export function classifyError(error: unknown, operation: Operation): Failure {
  const root = unwrap(error);
  const code = text(root, 'code');
  return {
    kind: kindOf(root, code, operation),
    operation,
    rawCode: code === null ? null : clip(code, 64),
    detail: sanitizeDetail(text(root, 'message') ?? describe(root)),
  };
}

/** A failure that we noticed ourselves. `detail` may quote foreign text; credentials are stripped here. */
export function failureOf(kind: FailureKind, operation: Operation, rawCode: string | null, detail: string): Failure {
  return { kind, operation, rawCode, detail: sanitizeDetail(detail) };
}

/** Takes user:password out of URLs and authorization values out of header text, then clips to 500 characters. */
export function sanitizeDetail(detail: string): string {
  return clip(
    detail
      .slice(0, 8 * DETAIL_LIMIT)
      .replace(/((?:proxy-)?authorization\s*[:=]\s*)[^\r\n]*/gi, '$1[hidden]')
      .replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/]*@/gi, '$1[hidden]@'),
    DETAIL_LIMIT,
  );
}

function kindOf(error: unknown, code: string | null, operation: Operation): FailureKind {
  if (code === null) {
    const name = text(error, 'name');
    if (name === 'AbortError') return 'interrupted';
    if (name === 'TimeoutError') return 'generic_timeout_error';
    // undici gives some parser errors no code at all.
    if (name === 'HTTPParserError') return 'http_malformed';
    return 'unknown_failure';
  }
  if (operation.startsWith('read_')) {
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'file_not_found';
    if (code === 'EACCES' || code === 'EPERM') return 'file_unreadable';
  }
  // QUIRK: Node gives the code ECONNRESET, without errno or syscall, to a connection that was closed in order by the
  // peer before an answer or a handshake was complete ("socket hang up", "disconnected before secure TLS connection").
  if (code === 'ECONNRESET' && field(error, 'errno') === undefined && field(error, 'syscall') === undefined) {
    return 'eof_error';
  }
  const known = lookup(ERRNO, code) ?? lookup(RESOLVER, code) ?? lookup(CODES, code);
  if (known !== null) return known;
  // EAI_SYSTEM: a source of names in nsswitch.conf broke, as one that is not installed does, and no other had the name.
  if (operation === 'resolve' && text(error, 'syscall') === 'getaddrinfo' && !code.startsWith('EAI_'))
    return 'dns_non_recoverable_failure';
  if (CERTIFICATE_CODES.has(code)) return 'ssl_invalid_certificate';
  if (alertOfOpensslCode(code) !== null) return 'ssl_alert';
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') || code.startsWith('ERR_OSSL_')) {
    return 'ssl_failed_handshake';
  }
  if (code.startsWith('HPE_')) return 'http_malformed';
  if (code.startsWith('WS_ERR_')) return 'websocket_malformed';
  return 'unknown_failure';
}

/** The innermost error that carries a code we know, looking through `cause` and the first of `errors`. */
function unwrap(error: unknown): unknown {
  let best = error;
  let current = error;
  for (let depth = 0; depth < 8; depth += 1) {
    const errors = field(current, 'errors');
    const next = Array.isArray(errors) && errors.length > 0 ? (errors[0] as unknown) : field(current, 'cause');
    if (next === null || next === undefined || next === current) break;
    current = next;
    if (text(current, 'code') !== null) best = current;
  }
  return best;
}

function lookup(table: Readonly<Record<string, FailureKind>>, code: string): FailureKind | null {
  return Object.hasOwn(table, code) ? (table[code] ?? null) : null;
}

/** Property access that survives primitives, throwing getters and revoked proxies. */
function field(value: unknown, key: string): unknown {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}

function text(value: unknown, key: string): string | null {
  const found = field(value, key);
  return typeof found === 'string' && found !== '' ? found : null;
}

function describe(value: unknown): string {
  try {
    return typeof value === 'symbol' ? value.toString() : String(value);
  } catch {
    return 'an error that cannot be shown';
  }
}

function clip(value: string, limit: number): string {
  return value.length <= limit ? value : `${value.slice(0, limit - 1)}…`;
}
