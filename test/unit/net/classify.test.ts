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
});
