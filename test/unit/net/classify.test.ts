import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classifyError, sanitizeDetail } from '../../../src/net/classify.js';

const errno = (code: string, extra: object = {}): Error =>
  Object.assign(new Error(`connect ${code}`), { code, errno: -1, syscall: 'connect', ...extra });

describe('classifyError', () => {
  it.each([
    ['ECONNREFUSED', 'connection_refused'],
    ['ECONNRESET', 'connection_reset'],
    ['ECONNABORTED', 'connection_aborted'],
    ['EPIPE', 'eof_error'],
    ['EHOSTUNREACH', 'host_unreachable'],
    ['ENETUNREACH', 'network_unreachable'],
    ['ENETDOWN', 'network_down'],
    ['EPERM', 'permission_denied'],
    ['EACCES', 'permission_denied'],
    ['EAFNOSUPPORT', 'address_family_not_supported'],
    ['EADDRNOTAVAIL', 'address_not_available'],
    ['ETIMEDOUT', 'timed_out'],
    ['EMFILE', 'interrupted'],
    ['ENOBUFS', 'interrupted'],
  ])('maps the system call error %s to %s and keeps the code', (code, kind) => {
    expect(classifyError(errno(code), 'connect')).toMatchObject({ kind, rawCode: code, operation: 'connect' });
  });

  it.each([
    ['ENOTFOUND', 'dns_no_answer'],
    ['ENODATA', 'dns_no_answer'],
    ['EAI_AGAIN', 'dns_temporary_failure'],
    ['EAI_FAIL', 'dns_non_recoverable_failure'],
    ['ESERVFAIL', 'dns_servfail_error'],
    ['EREFUSED', 'dns_refused_error'],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'ssl_alert'],
    ['ERR_SSL_TLSV1_UNRECOGNIZED_NAME', 'ssl_alert'],
    ['ERR_SSL_UNSUPPORTED_PROTOCOL', 'ssl_version_unsupported'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'ssl_failed_handshake'],
    ['CERT_HAS_EXPIRED', 'ssl_invalid_certificate'],
    ['UND_ERR_HEADERS_TIMEOUT', 'generic_timeout_error'],
    ['UND_ERR_HEADERS_OVERFLOW', 'response_too_large'],
    ['HPE_INVALID_HEADER_TOKEN', 'http_malformed'],
    ['WS_ERR_INVALID_OPCODE', 'websocket_malformed'],
    ['ABORT_ERR', 'interrupted'],
  ])('maps the library code %s to %s', (code, kind) => {
    expect(classifyError(Object.assign(new Error('x'), { code }), 'tls_handshake').kind).toBe(kind);
  });

  it('never calls an OS resolver answer NXDOMAIN, because getaddrinfo merges it with NODATA', () => {
    expect(classifyError(errno('ENOTFOUND', { syscall: 'getaddrinfo' }), 'resolve').kind).toBe('dns_no_answer');
  });

  it('takes a broken source of names for a failed look-up, and what this process ran out of for nothing', () => {
    const of = (code: string) => classifyError(errno(code, { syscall: 'getaddrinfo' }), 'resolve').kind;
    expect([of('EBUSY'), of('ENOENT')]).toEqual(['dns_non_recoverable_failure', 'dns_non_recoverable_failure']);
    expect([of('EMFILE'), of('EAI_MEMORY')]).toEqual(['interrupted', 'unknown_failure']);
  });

  it("tells Node's made-up ECONNRESET of an orderly close from a real reset", () => {
    const hangUp = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    expect(classifyError(hangUp, 'http_round_trip').kind).toBe('eof_error');
    expect(classifyError(errno('ECONNRESET'), 'http_round_trip').kind).toBe('connection_reset');
  });

  it('looks through causes and aggregates to the code inside', () => {
    expect(classifyError(new Error('outer', { cause: errno('EHOSTUNREACH') }), 'connect').kind).toBe(
      'host_unreachable',
    );
    const aggregate = new AggregateError([errno('ECONNREFUSED'), errno('ENETUNREACH')], 'all failed');
    expect(classifyError(aggregate, 'connect').kind).toBe('connection_refused');
  });

  it('ends on causes that point at each other', () => {
    const a = new Error('a');
    const b = new Error('b', { cause: a });
    a.cause = b;
    expect(classifyError(a, 'connect').kind).toBe('unknown_failure');
  });

  it('is total: any thrown thing becomes a failure with a bounded detail', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true, withSparseArray: true }), (thing) => {
        const failure = classifyError(thing, 'connect');
        expect(failure.operation).toBe('connect');
        expect(failure.detail.length).toBeLessThanOrEqual(500);
        expect(typeof failure.kind).toBe('string');
      }),
    );
  });

  it('survives objects that throw when looked at', () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no');
        },
      },
    );
    expect(classifyError(hostile, 'connect').kind).toBe('unknown_failure');
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(classifyError(proxy, 'connect').kind).toBe('unknown_failure');
  });

  it('takes credentials out of the detail, whatever characters they hold', () => {
    const password = fc.string({
      unit: fc.constantFrom(...'ab@:%+"\'/ [{'.replace(/[/ ]/g, '').split('')),
      minLength: 6,
    });
    fc.assert(
      fc.property(password, (secret) => {
        expect(sanitizeDetail(`bad proxy http://user:${secret}@p.example:3128/x`)).not.toContain(`user:${secret}`);
        expect(sanitizeDetail(`sent Proxy-Authorization: Basic ${secret}\r\nmore`)).not.toContain(`Basic ${secret}`);
      }),
    );
  });

  it.each([
    ['ENOENT', 'read_config', 'file_not_found'],
    ['ENOTDIR', 'read_config', 'file_not_found'],
    ['EACCES', 'read_config', 'file_unreadable'],
    ['EPERM', 'read_config', 'file_unreadable'],
    ['EMFILE', 'read_config', 'interrupted'],
    ['ENOENT', 'connect', 'unknown_failure'],
    ['EACCES', 'connect', 'permission_denied'],
  ] as const)('%s of %s is %s', (code, operation, kind) => {
    expect(classifyError(errno(code), operation).kind).toBe(kind);
  });

  it.each([
    [{ errno: -104 }, 'connection_reset'],
    [{ syscall: 'read' }, 'connection_reset'],
    [{}, 'eof_error'],
  ])('an ECONNRESET with %j is %s', (extra, kind) => {
    const error = Object.assign(new Error('x'), { code: 'ECONNRESET', ...extra });
    expect(classifyError(error, 'http_round_trip').kind).toBe(kind);
  });

  it.each([
    ['AbortError', 'interrupted'],
    ['TimeoutError', 'generic_timeout_error'],
    ['HTTPParserError', 'http_malformed'],
    ['TypeError', 'unknown_failure'],
  ])('an error that has a name alone, %s, is %s', (name, kind) => {
    expect(classifyError(Object.assign(new Error('x'), { name }), 'connect')).toMatchObject({ kind, rawCode: null });
  });

  it.each([
    ['ERR_TLS_SOMETHING', 'ssl_failed_handshake'],
    ['ERR_OSSL_SOMETHING', 'ssl_failed_handshake'],
    ['toString', 'unknown_failure'],
    ['EWHAT', 'unknown_failure'],
  ])('the code %s, which no table has, is %s', (code, kind) => {
    expect(classifyError(Object.assign(new Error('x'), { code }), 'connect').kind).toBe(kind);
  });

  it.each([
    [0, 'connection_refused'],
    [8, 'connection_refused'],
    [9, 'unknown_failure'],
  ])('looks through at most eight causes: behind %d, %s', (deep, kind) => {
    let error: Error = errno('ECONNREFUSED');
    for (let i = 0; i < deep; i += 1) error = new Error('outer', { cause: error });
    expect(classifyError(error, 'connect').kind).toBe(kind);
  });

  it('takes the cause of an aggregate of none, and the innermost code of several', () => {
    expect(classifyError(new AggregateError([], 'none', { cause: errno('EPIPE') }), 'connect').kind).toBe('eof_error');
    const outer = Object.assign(new Error('outer', { cause: errno('EPIPE') }), { code: 'UND_ERR_SOCKET' });
    expect(classifyError(outer, 'connect').rawCode).toBe('EPIPE');
    const plain = Object.assign(new Error('outer', { cause: new Error('inner') }), { code: 'ECONNREFUSED', errno: 1 });
    expect(classifyError(plain, 'connect').rawCode).toBe('ECONNREFUSED');
  });

  it.each([
    [500, 500, 'a'],
    [501, 500, '…'],
  ])('shows a detail of %d characters in %d', (long, shown, last) => {
    const detail = sanitizeDetail('a'.repeat(long));
    expect([detail.length, detail.at(-1)]).toEqual([shown, last]);
  });

  it.each([
    [64, 'E'],
    [65, '…'],
  ])('keeps 64 characters of a code of %d', (long, last) => {
    const { rawCode } = classifyError(Object.assign(new Error('x'), { code: 'E'.repeat(long) }), 'connect');
    expect([rawCode?.length, rawCode?.at(-1)]).toEqual([64, last]);
  });

  it('looks at no more than 4,000 characters of a detail', () => {
    const url = (long: number) => `http://${'u'.repeat(long - 8)}@`;
    expect(sanitizeDetail(url(4000))).toBe('http://[hidden]@');
    // Cut before the @: what is shown is the beginning alone.
    expect(sanitizeDetail(url(4001))).toMatch(/^http:\/\/u+…$/u);
  });

  it('shows what was thrown where it has no message', () => {
    expect(classifyError('plain text', 'connect').detail).toBe('plain text');
    expect(classifyError(Symbol('s'), 'connect').detail).toBe('Symbol(s)');
    expect(classifyError(Object.create(null), 'connect').detail).toBe('an error that cannot be shown');
    const callable = Object.assign(() => 0, { code: 'EPIPE', errno: 1 });
    expect(classifyError(callable, 'connect').kind).toBe('eof_error');
  });
});
