import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acceptFor, parseWebSocketResponse } from '../../../../src/agent/parse/websocket-response.js';
import { upgradeHead, wsAccept, WS_KEY } from '../../../helpers/observations.js';
import { arbitraryReply, cuts } from './arbitrary.js';

const ACCEPT = `Sec-WebSocket-Accept: ${wsAccept()}`;
const reply = (headers: readonly string[], first = 'HTTP/1.1 101 Switching Protocols') =>
  `${[first, ...headers].join('\r\n')}\r\n\r\n`;
const many = (count: number) => Array.from({ length: count }, (_, index) => `X-${String(index)}: y`);
const lineOf = (bytes: number) => `X: ${'y'.repeat(bytes - 3)}`;

// docs/reference/agent.md#websocket, row by row
const CASES: readonly (readonly [string, string, string])[] = [
  ['an ordinary 101', upgradeHead(), 'ok'],
  ['only the accept header', reply([ACCEPT]), 'ok'],
  ['another subprotocol (docs/reference/agent.md#seen-11)', upgradeHead(['Sec-WebSocket-Protocol: chat']), 'ok'],
  ['an extension', upgradeHead(['Sec-WebSocket-Extensions: permessage-deflate']), 'ok'],
  ['wrong Upgrade and Connection', reply(['Upgrade: h2c', 'Connection: close', ACCEPT]), 'ok'],
  ['accept in another case', reply([ACCEPT.replace('Sec-WebSocket-Accept', 'sec-WEBSOCKET-accept')]), 'ok'],
  ['no reason but a space', reply([ACCEPT], 'HTTP/1.1 101 '), 'ok'],
  ['no space behind the code', reply([ACCEPT], 'HTTP/1.1 101'), 'ws.status_without_space'],
  ['a reason of 4095 bytes', reply([ACCEPT], `HTTP/1.1 101 ${'r'.repeat(4095)}`), 'ok'],
  ['a reason of 4096 bytes', reply([ACCEPT], `HTTP/1.1 101 ${'r'.repeat(4096)}`), 'ws.line_too_long'],
  ['HTTP/1.0', reply([ACCEPT], 'HTTP/1.0 101 OK'), 'ws.not_http11'],
  ['HTTP/2', reply([ACCEPT], 'HTTP/2 101 OK'), 'ws.not_http11'],
  ['an unreadable code', reply([ACCEPT], 'HTTP/1.1 abc OK'), 'ws.status_unreadable'],
  ['bare line feeds', upgradeHead().replaceAll('\r\n', '\n'), 'ws.line_ends'],
  ['an interim answer', `HTTP/1.1 100 Continue\r\n\r\n${upgradeHead()}`, 'ws.not_switched'],
  ['no space behind a colon (docs/reference/agent.md#seen-11)', reply(['X:y', ACCEPT]), 'ws.separator_missing'],
  ['an empty value (docs/reference/agent.md#seen-11)', reply(['X: ', ACCEPT]), 'ws.header_value_empty'],
  ['a name of 256 bytes', reply([`${'n'.repeat(256)}: y`, ACCEPT]), 'ok'],
  ['a name of 257 bytes', reply([`${'n'.repeat(257)}: y`, ACCEPT]), 'ws.header_name_too_long'],
  ['a line of 4095 bytes', reply([lineOf(4095), ACCEPT]), 'ok'],
  ['a line of 4096 bytes (docs/reference/agent.md#seen-11)', reply([lineOf(4096), ACCEPT]), 'ws.line_too_long'],
  ['129 headers', reply([...many(128), ACCEPT]), 'ok'],
  ['130 headers', reply([...many(129), ACCEPT]), 'ws.too_many_headers'],
  ['a trailing space behind accept', reply([`${ACCEPT} `]), 'ws.accept_mismatch'],
  ['another accept value', reply(['Sec-WebSocket-Accept: AAAA']), 'ws.accept_mismatch'],
  ['no accept header', reply(['Upgrade: websocket']), 'ws.accept_missing'],
  [
    'a 403 page (docs/reference/agent.md#seen-11)',
    reply(['Content-Length: 0'], 'HTTP/1.1 403 Forbidden'),
    'ws.not_switched',
  ],
  ['a 200 that carries accept', reply([ACCEPT], 'HTTP/1.1 200 OK'), 'ws.not_switched'],
  ['an unfinished header', reply([ACCEPT]).slice(0, -2), 'ws.incomplete'],
  ['nothing', '', 'ws.incomplete'],
  ['another protocol', '\x15\x03\x01\x00\x02\x02\x28 and more', 'ws.not_http11'],
];

describe('answer to the WebSocket upgrade', () => {
  it.each(CASES)('%s', (_what, raw, expected) => {
    const result = parseWebSocketResponse(raw, WS_KEY);
    expect(result.ok ? 'ok' : result.rule).toBe(expected);
  });

  it('tells the code that the log of the Agent hides', () => {
    const result = parseWebSocketResponse(reply([], 'HTTP/1.1 407 Proxy Authentication Required'), WS_KEY);
    expect(result).toMatchObject({ ok: false, status: 407 });
  });

  it('computes the accept value of RFC 6455 §1.3', () => {
    expect(acceptFor('dGhlIHNhbXBsZSBub25jZQ==')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
  });

  it('says where the frames begin', () => {
    const raw = `${upgradeHead()}\x82\x00`;
    expect(parseWebSocketResponse(raw, WS_KEY)).toEqual({ ok: true, headBytes: raw.length - 2 });
  });

  it('is total, and a decision taken early stands however the bytes arrive', () => {
    const undecided = new Set(['ws.incomplete', 'ws.line_ends']);
    const replies = fc.oneof(arbitraryReply(), fc.constant(upgradeHead(['X: y'])));
    fc.assert(
      fc.property(replies, cuts(), (raw, at) => {
        const whole = parseWebSocketResponse(raw, WS_KEY);
        const early = parseWebSocketResponse(raw.slice(0, at), WS_KEY);
        if (early.ok) expect(whole).toEqual(early);
        else if (!undecided.has(early.rule)) expect(whole.ok).toBe(false);
      }),
    );
  });
});
