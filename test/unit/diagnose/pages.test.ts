/** Whose page an answer is, each status and length at both sides of its limit. */
import { describe, expect, it } from 'vitest';
import {
  bodyOf,
  isFilterRedirect,
  looksLikeBlockPage,
  looksLikeLogin,
  redirectHost,
  sameSite,
  titleOf,
} from '../../../src/diagnose/evidence/pages.js';
import { isRateLimited, isRefusalOfPeer } from '../../../src/diagnose/rules/http-cases.js';
import { isOpen, offeredSchemes } from '../../../src/diagnose/rules/proxy-cases.js';
import { certificate, trustedBy, untrusted } from '../../helpers/observations.js';
import { failure, observation } from '../trace/seen.js';

const page = (status: number | null, body = '', headers: readonly (readonly [string, string])[] = []) =>
  observation('http_round_trip', { status, rawBody: body, headers });
const to = (status: number, location: string) => page(status, '', [['Location', location]]);
const HTML = '<html><title>Hello</title>';

describe('a page that blocks', () => {
  it.each([
    [403, HTML, true],
    [402, HTML, false],
    [404, HTML, false],
    [451, HTML, true],
    [450, HTML, false],
    [452, HTML, false],
    [407, '', true],
    [406, '', false],
    [200, '<html>this page is blocked', true],
    [200, 'this page is blocked', false],
    [403, '{"error":1}', false],
    [403, `1f\r\n{"error":1}<html>`, false],
    [null, '<html>blocked', false],
  ])('status %s with %j: %s', (status, body, blocks) => {
    expect(looksLikeBlockPage(page(status, body))).toBe(blocks);
  });

  it('is HTML by its type or by its beginning', () => {
    expect(looksLikeBlockPage(page(403, 'x', [['Content-Type', 'text/html']]))).toBe(true);
    expect(looksLikeBlockPage(page(403, 'x', [['Content-Type', 'text/plain']]))).toBe(false);
    expect(looksLikeBlockPage(page(403, `${' '.repeat(2043)}<html`))).toBe(true);
    expect(looksLikeBlockPage(page(403, `${' '.repeat(2044)}<html`))).toBe(false);
  });
});

describe('a page that wants a login', () => {
  it.each([
    [511, '', true],
    [510, '', false],
    [200, '<html>Sign in', true],
    [200, 'Sign in', false],
    [200, HTML, false],
  ])('status %d with %j: %s', (status, body, wants) => {
    expect(looksLikeLogin(page(status, body))).toBe(wants);
  });

  it('is told by where a redirect leads, its first 500 characters', () => {
    expect(looksLikeLogin(to(302, 'http://x/login'))).toBe(true);
    expect(looksLikeLogin(to(302, `${'-'.repeat(495)}login`))).toBe(true);
    expect(looksLikeLogin(to(302, `${'-'.repeat(496)}login`))).toBe(false);
    expect(looksLikeLogin(to(302, 'http://x/[hidden: guest]'))).toBe(false);
  });
});

describe('a redirect', () => {
  it.each([
    [299, null],
    [300, 'x.example'],
    [399, 'x.example'],
    [400, null],
  ])('is one with status %d: to %s', (status, host) => {
    expect(redirectHost(to(status, 'https://u:p@X.example:8443/a'))).toBe(host);
  });

  it('leads nowhere else without another host in it', () => {
    expect(redirectHost(to(302, '/login'))).toBeNull();
    expect(redirectHost(page(302))).toBeNull();
    expect(redirectHost(to(302, 'https://[2001:db8::1]/'))).toBe('[2001:db8::1]');
    expect(redirectHost({ ...page(302), status: null })).toBeNull();
  });

  it.each([
    ['https://filter.example/blocked?u=1', true],
    ['https://filter.example/unblocked', false],
    ['/blocked', false],
  ])('to %s is that of a filter: %s', (location, filter) => {
    expect(isFilterRedirect(to(302, location))).toBe(filter);
  });

  it('stays on a site where the last two labels are the same', () => {
    expect(sameSite('a.b.example.com', 'example.com')).toBe(true);
    expect(sameSite('a.example.com', 'a.example.org')).toBe(false);
    expect(sameSite('a.com', 'b.com')).toBe(false);
  });
});

describe('what is read of a page', () => {
  it('is its beginning', () => {
    expect(bodyOf(page(200, 'x'.repeat(16_385)))).toHaveLength(16_384);
  });

  it.each([
    ['<TITLE a="b"> a\n b </TITLE>', 'a b'],
    ['<title></title>', null],
    ['<title>a', null],
    ['<title', null],
    ['no', null],
    [`<title>${'x'.repeat(120)}</title>`, 'x'.repeat(120)],
    [`<title>${'x'.repeat(121)}</title>`, 'x'.repeat(120)],
  ])('%s is titled %s', (body, title) => {
    expect(titleOf(body)).toBe(title);
  });
});

describe('a status with which a peer refuses', () => {
  it.each([
    [400, false],
    [401, true],
    [402, false],
    [403, true],
    [404, false],
    [428, false],
    [429, true],
    [450, false],
    [451, true],
    [499, false],
    [500, true],
    [510, true],
    [511, false],
    [512, true],
  ])('%d: %s', (status, refuses) => {
    expect(isRefusalOfPeer(status)).toBe(refuses);
  });

  it.each([
    [429, trustedBy('system'), true, true],
    [429, trustedBy('claim'), true, true],
    [429, untrusted('SELF_SIGNED_CERT_IN_CHAIN'), true, false],
    [429, trustedBy('claim'), false, false],
    [428, trustedBy('system'), true, false],
  ])('%d under a certificate counts as a limit of the rate (row %#)', (status, judgements, nameMatches, limited) => {
    const tls = observation('tls_handshake', { chain: [certificate()], judgements, nameMatches });
    expect(isRateLimited({ attempt: { tls } as never, answer: page(status) })).toBe(limited);
    expect(isRateLimited({ attempt: { tls: null } as never, answer: page(status) })).toBe(false);
  });
});

describe('the reply of a proxy', () => {
  const reply = (over: object) =>
    observation('proxy_connect', { protocol: 'http', status: null, socksReply: null, headers: [], ...over });
  it.each([
    [{ status: 199 }, false],
    [{ status: 200 }, true],
    [{ status: 299 }, true],
    [{ status: 300 }, false],
    [{}, false],
    [{ protocol: 'https', status: 200 }, true],
    [{ status: 200, failure: failure('eof_error') }, false],
    [{ protocol: 'socks5', socksReply: 0 }, true],
    [{ protocol: 'socks5', socksReply: 1 }, false],
    [{ protocol: 'socks4', socksReply: 0x5a }, true],
    [{ protocol: 'socks4', socksReply: 0x5b }, false],
    [{ protocol: 'http', socksReply: 0 }, false],
  ])('%j opened a tunnel: %s', (over, open) => {
    expect(isOpen(reply(over))).toBe(open);
  });

  it('offers each scheme once, in lower case', () => {
    const headers = [
      ['Proxy-Authenticate', 'NTLM'],
      ['proxy-authenticate', 'Basic realm="x"'],
      ['proxy-authenticate', 'BASIC'],
      ['proxy-authenticate', '"x"'],
      ['www-authenticate', 'Digest'],
    ];
    expect(offeredSchemes(reply({ headers }))).toEqual(['ntlm', 'basic']);
  });
});
