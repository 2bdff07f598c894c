/** Limits of the Agent's parsers, each at both of its sides (docs/reference/agent.md). */
import { describe, expect, it } from 'vitest';
import { readAclkState, readInfoDocument } from '../../../../src/agent/parse/agent-status.js';
import { parseChunked } from '../../../../src/agent/parse/chunked.js';
import { parseConnack } from '../../../../src/agent/parse/connack.js';
import {
  parseConnectReply,
  parseConnectReplyAsAnswer,
  parseConnectReplyLibcurl,
  parseConnectReplyOldLink,
} from '../../../../src/agent/parse/connect-reply.js';
import { parseEnvDocument } from '../../../../src/agent/parse/env-document.js';
import { judgeFrame, parseFrames, readFrameText } from '../../../../src/agent/parse/frames.js';
import { parseHttpsResponse } from '../../../../src/agent/parse/https-response.js';
import { latin1, refused } from '../../../../src/agent/parse/result.js';
import { readServiceAnswer } from '../../../../src/agent/parse/service-answer.js';
import { parseWebSocketResponse } from '../../../../src/agent/parse/websocket-response.js';

type Verdict = { readonly ok: true } | { readonly ok: false; readonly rule: string };
const verdict = (result: Verdict): string => (result.ok ? 'ok' : result.rule);
const END = '\r\n\r\n';

describe('a reply to CONNECT', () => {
  it.each([
    [199, 'proxy.reply_status_not_accepted'],
    [200, 'ok'],
    [299, 'ok'],
    [300, 'proxy.reply_status_not_accepted'],
  ])('of status %d is to libcurl: %s', (status, expected) => {
    expect(verdict(parseConnectReplyLibcurl(`HTTP/1.1 ${String(status)} x${END}`))).toBe(expected);
  });

  it.each([
    [16_383, 'ok'],
    [16_384, 'proxy.reply_too_long'],
  ])('with a line of %d bytes and its CR is to libcurl: %s', (bytes, expected) => {
    const line = `X:${'a'.repeat(bytes - 3)}\r\n`;
    expect(verdict(parseConnectReplyLibcurl(`HTTP/1.1 200 x\r\n${line}\r\n`))).toBe(expected);
    const begun = line.slice(0, bytes);
    expect(verdict(parseConnectReplyLibcurl(`HTTP/1.1 200 x\r\n${begun}`.slice(0, 16 + bytes)))).toBe(
      expected === 'ok' ? 'proxy.reply_incomplete' : expected,
    );
  });

  it.each([
    [4094, 'proxy.reply_incomplete'],
    [4095, 'proxy.reply_too_long'],
  ])('without an end after %d bytes is to the link: %s', (bytes, expected) => {
    expect(verdict(parseConnectReply('HTTP/1.1 200 OK\r\n'.padEnd(bytes, 'a')))).toBe(expected);
  });

  it.each([
    [1, 'proxy.bytes_after_reply'],
    [0, 'ok'],
  ])('with %d bytes waiting behind it: %s', (bytes, expected) => {
    expect(verdict(parseConnectReply(`HTTP/1.1 200 OK${END}`, bytes))).toBe(expected);
    expect(verdict(parseConnectReplyLibcurl(`HTTP/1.1 200 OK${END}`, bytes))).toBe(expected);
  });

  const old = (raw: string, cuts: readonly number[] = []) =>
    verdict(parseConnectReplyOldLink(raw, 0, cuts, { acceptsHttp10: false }));
  const HEAD = 'HTTP/1.1 200 OK\r\n';

  it.each([
    [4096, 'ok'],
    [4097, 'proxy.reply_too_long'],
  ])('of %d bytes is to the old link: %s', (bytes, expected) => {
    expect(old(`${HEAD}X: ${'a'.repeat(bytes - HEAD.length - 7)}${END}`)).toBe(expected);
  });

  it.each([
    [4095, 'proxy.reply_incomplete'],
    [4096, 'proxy.reply_too_long'],
  ])('without an end after %d bytes is to the old link: %s', (bytes, expected) => {
    expect(old(HEAD.padEnd(bytes, 'a'))).toBe(expected);
  });

  it.each([
    [511, 'ok'],
    [512, 'proxy.reply_header_refused'],
  ])('with a reason of %d bytes is to the old link: %s', (bytes, expected) => {
    expect(old(`HTTP/1.1 200 ${'r'.repeat(bytes)}${END}`)).toBe(expected);
  });

  it.each([
    [HEAD.length - 1, 'proxy.reply_cut'],
    [HEAD.length, 'proxy.reply_cut'],
    [HEAD.length + 1, 'proxy.reply_cut'],
    [HEAD.length + 2, 'ok'],
    [HEAD.length - 2, 'ok'],
  ])('that came in pieces, cut at %d, is to the old link: %s', (cut, expected) => {
    expect(old(`${HEAD}\r\n`, [cut])).toBe(expected);
  });

  it('is read by the older HTTPS steps as an answer', () => {
    const rules = { acceptsHttp10: false, headerFieldMax: 1023, readsChunked: true, repeatedLength: 'last' } as const;
    const as = (raw: string, waiting = 0) => verdict(parseConnectReplyAsAnswer(raw, waiting, rules));
    expect(as('')).toBe('proxy.reply_incomplete');
    expect(as(`HTTP/1.1 200 OK${END}`)).toBe('ok');
    expect(as(`HTTP/1.1 200 OK${END}`, 1)).toBe('proxy.bytes_after_reply');
    expect(as(`HTTP/1.1 200 OK${END}x`)).toBe('proxy.bytes_after_reply');
    expect(as(`HTTP/1.1 403 No${END}`)).toBe('proxy.reply_status_not_accepted');
    expect(as(`HTTP/1.0 200 OK${END}`)).toBe('proxy.reply_not_http1');
    expect(as(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked${END}`)).toBe('proxy.reply_chunked');
    expect(as(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked${END}0${END}`)).toBe('proxy.bytes_after_reply');
    expect(as('HTTP/1.1 200 OK\r\nVia: x')).toBe('proxy.reply_incomplete');
    expect(as(`HTTP/1.1 200 OK\r\nVia${END}`)).toBe('proxy.reply_header_refused');
  });
});

describe('an HTTPS answer', () => {
  const options = { headerWithoutSeparatorIsSafe: true, closedAfterMs: null };
  it.each([
    ['099', 'http.status_unreadable'],
    ['100', 'http.interim_response'],
    ['199', 'http.interim_response'],
    ['200', 'ok'],
    ['599', 'ok'],
    ['600', 'http.status_unreadable'],
  ])('of status %s: %s', (status, expected) => {
    expect(verdict(parseHttpsResponse(`HTTP/1.1 ${status} x${END}`, options))).toBe(expected);
  });

  it.each([
    [null, false],
    [149, true],
    [150, false],
  ])('whose connection ends %s ms later may be lost: %s', (closedAfterMs, closeRace) => {
    expect(parseHttpsResponse(`HTTP/1.1 200 x${END}`, { ...options, closedAfterMs })).toMatchObject({ closeRace });
    const old = { ...options, closedAfterMs, losesAnswerOnClose: false };
    expect(parseHttpsResponse(`HTTP/1.1 200 x${END}`, old)).toMatchObject({ closeRace: false });
  });

  it.each([
    [16_383, 'http.incomplete'],
    [16_384, 'http.header_value_too_long'],
  ])('with a header unfinished after %d bytes: %s', (bytes, expected) => {
    expect(verdict(parseHttpsResponse(`HTTP/1.1 200 x\r\n${'a'.repeat(bytes)}`, options))).toBe(expected);
  });

  it.each([
    [1023, 'http.separator_elsewhere'],
    [1024, 'http.separator_missing'],
  ])('whose next separator is %d bytes away: %s', (bytes, expected) => {
    const raw = `HTTP/1.1 200 x\r\nNo\r\n${'n'.repeat(bytes - 4)}: v${END}`;
    expect(verdict(parseHttpsResponse(raw, { ...options, headerWithoutSeparatorIsSafe: false }))).toBe(expected);
  });

  it('has no body of length 0, and waits for the last byte', () => {
    const of = (length: number, body: string) =>
      parseHttpsResponse(`HTTP/1.1 200 x\r\nContent-Length: ${String(length)}${END}${body}`, options);
    expect(of(0, '')).toMatchObject({ ok: true, body: null, framing: 'length' });
    expect(of(1, '')).toMatchObject({ rule: 'http.incomplete' });
    expect(of(1, 'ab')).toMatchObject({ body: 'a' });
  });

  it.each([
    [1023, 'http.chunk_incomplete'],
    [1024, 'http.chunk_size_too_long'],
  ])('with %d bytes of a size of a chunk: %s', (bytes, expected) => {
    expect(verdict(parseChunked(`1;${'e'.repeat(bytes - 2)}`))).toBe(expected);
    expect(verdict(parseChunked(`1;${'e'.repeat(bytes - 2)}\r\na\r\n0\r\n\r\n`))).toBe(
      expected === 'http.chunk_incomplete' ? 'ok' : expected,
    );
  });

  it.each([
    ['1\r\na', 'http.chunk_incomplete'],
    ['1\r\na\r', 'http.chunk_incomplete'],
    ['1\r\na\r\n', 'http.chunk_incomplete'],
    ['1\r\naXX', 'http.chunk_end_missing'],
    ['0\r\n', 'http.chunk_incomplete'],
    ['0\r\n\r', 'http.chunk_incomplete'],
    ['0\r\nX: y\r\n', 'http.chunk_trailers'],
    ['-1\r\na\r\n', 'http.chunk_size_invalid'],
    ['-0\r\n\r\n', 'ok'],
    ['1fffffffffffff\r\n', 'http.chunk_incomplete'],
    ['20000000000000\r\n', 'http.chunk_size_invalid'],
  ])('with the chunks %j: %s', (raw, expected) => {
    expect(verdict(parseChunked(raw))).toBe(expected);
  });
});

describe('an answer to the upgrade', () => {
  it.each([
    ['099', 'ws.status_unreadable'],
    ['100', 'ws.not_switched'],
    ['101', 'ws.accept_missing'],
    ['599', 'ws.not_switched'],
    ['600', 'ws.status_unreadable'],
  ])('of status %s: %s', (status, expected) => {
    expect(verdict(parseWebSocketResponse(`HTTP/1.1 ${status} x${END}`, 'k'))).toBe(expected);
  });

  it.each([
    ['HTTP/1.1', 'ws.incomplete'],
    ['HTTP/1.0', 'ws.not_http11'],
    ['HTTP/1.1 101', 'ws.incomplete'],
    ['HTTP/1.1 101 ', 'ws.incomplete'],
    ['HTTP/1.1 1010', 'ws.status_without_space'],
  ])('%j: %s', (raw, expected) => {
    expect(verdict(parseWebSocketResponse(raw, 'k'))).toBe(expected);
  });
});

describe('a frame', () => {
  const frame = (over: object) => judgeFrame({ fin: true, rsv: 0, opcode: 2, masked: false, length: 0, ...over });
  it.each([
    [{ length: 16 * 1024 * 1024 }, null],
    [{ length: 16 * 1024 * 1024 + 1 }, 'ws.frame_too_big'],
    [{ opcode: 1, length: 16 * 1024 * 1024 + 1 }, null],
    [{ opcode: 8, length: 0 }, null],
    [{ opcode: 8, length: 1 }, 'ws.frame_close_length'],
    [{ opcode: 8, length: 2 }, null],
    [{ opcode: 8, length: 125 }, null],
    [{ opcode: 10, length: 126 }, null],
    [{ opcode: 0 }, 'ws.frame_fragmented'],
    [{ opcode: 0, rsv: 1 }, 'ws.frame_reserved_bits'],
    [{ opcode: 3 }, 'ws.frame_opcode_unknown'],
    [{ masked: true }, 'ws.frame_masked'],
  ])('with %j: %s', (over, rule) => {
    expect(frame(over)).toBe(rule);
  });

  it.each([
    ['\x88\x02\x03\xe8', 1000],
    ['\x88\x00', 1005],
    ['\x88', null],
    ['\x82\x7e\x00', null],
    ['\x82\x7f\0\0\0\0\0\0\0\x01a\x88\x02\x03\xe9', 1001],
  ])('%j closes with %s', (raw, closeCode) => {
    expect(parseFrames(raw)).toMatchObject({ ok: true, closeCode });
  });

  it.each([
    ['true,0,2,false,5', { fin: true, rsv: 0, opcode: 2, masked: false, length: 5 }],
    ['0,7,8,1,0', { fin: false, rsv: 7, opcode: 8, masked: true, length: 0 }],
    ['true,0,2,false', null],
    ['true,0,2,false,5,6', null],
    ['true,0,2,false,-1', null],
    ['true,0,2,false,0.5', null],
    ['true,x,2,false,5', null],
  ])('is written as %s', (text, read) => {
    expect(readFrameText(text)).toEqual(read);
  });
});

describe('a CONNACK', () => {
  it.each([
    ['\x20', 'mqtt.connack_incomplete'],
    ['\x20\xff\xff\xff', 'mqtt.connack_incomplete'],
    ['\x20\xff\xff\xff\xff', 'mqtt.malformed'],
    ['\x20\x02\0\0', 'mqtt.connack_too_short'],
    ['\x20\x03\0\0', 'mqtt.connack_incomplete'],
    ['\x20\x03\0\0\0', 'ok'],
    ['\x2f\x03\0\0\0', 'ok'],
    ['\x30\x03\0\0\0', 'mqtt.not_connack'],
    ['\x20\x03\0\0\x01', 'mqtt.malformed'],
    ['\x20\x05\0\0\x02\x25\x01', 'ok'],
    ['\x20\x04\0\0\x01\x25', 'mqtt.malformed'],
    ['\x20\x05\0\0\x02\x04\x01', 'mqtt.property_unknown'],
    ['\x20\x07\0\0\x04\x1f\0\x01a', 'ok'],
    ['\x20\x07\0\0\x04\x1f\0\x02a', 'mqtt.malformed'],
    ['\x20\x0a\0\0\x07\x26\0\x01a\0\x01b', 'ok'],
    ['\x20\x0a\0\0\x07\x26\0\x01a\0\x02b', 'mqtt.malformed'],
    ['\x20\x05\0\0\x02\x0b\x7f', 'ok'],
    ['\x20\x05\0\0\x02\x0b\x80', 'mqtt.malformed'],
  ])('%j: %s', (raw, expected) => {
    expect(verdict(parseConnack(raw))).toBe(expected);
  });

  it('says its reason and the largest packet', () => {
    expect(parseConnack('\x20\x08\x01\x87\x05\x27\0\x01\x02\x03')).toEqual({
      ok: true,
      reasonCode: 0x87,
      maximumPacketSize: 0x010203,
    });
  });
});

describe('the document of /env', () => {
  const env = (backoff: object) =>
    JSON.stringify({
      authEndpoint: 'https://a',
      encoding: 'proto',
      transports: [{ type: 'MQTTv5', endpoint: 'wss://m' }],
      capabilities: ['proto'],
      backoff,
    });
  it.each([
    [{ base: 1, maxSeconds: 500, minSeconds: 0 }, 'ok'],
    [{ base: 10, maxSeconds: 2_147_483_647, minSeconds: 2_147_483_647 }, 'ok'],
    // Cut to 32 bits when it is read.
    [{ base: 2, maxSeconds: 2_147_483_648, minSeconds: 0 }, 'ok'],
    [{ base: 0 }, 'env.backoff_invalid'],
    [{ base: 11 }, 'env.backoff_invalid'],
    [{ base: 2, maxSeconds: 499 }, 'env.backoff_invalid'],
    [{ base: 2, minSeconds: -1 }, 'env.backoff_invalid'],
    [{ base: 2 }, 'ok'],
  ])('with the backoff %j: %s', (backoff, expected) => {
    expect(verdict(parseEnvDocument(env(backoff)))).toBe(expected);
  });

  it('keeps the numbers', () => {
    expect(parseEnvDocument(env({ base: 3, maxSeconds: 2_147_483_648, minSeconds: 7 }))).toMatchObject({
      backoff: { base: 3, maxSeconds: 2_147_483_647, minSeconds: 7 },
    });
    expect(parseEnvDocument(env({ base: 3 }))).toMatchObject({ backoff: { maxSeconds: null, minSeconds: null } });
  });
});

describe('whose answer it is', () => {
  it.each([
    [299, '', 'other'],
    [300, '', 'redirect'],
    [399, '', 'redirect'],
    [400, '', 'api'],
    [401, '', 'refused'],
    [402, '', 'other'],
    [407, '', 'proxy'],
    [408, '', 'other'],
    [499, '', 'other'],
    [500, '', 'server_error'],
    [511, '', 'proxy'],
    [512, '', 'server_error'],
    [403, '<html>', 'page'],
    [404, '<html>', 'page_not_found'],
    [200, '{}', 'api'],
    [200, '[]', 'api'],
    [200, '1', 'other'],
    [200, '{"authEndpoint":"x"}', 'env_document'],
    [201, '{"authEndpoint":"x"}', 'api'],
  ])('status %d with %j: %s', (status, body, kind) => {
    expect(readServiceAnswer(status, null, body)).toBe(kind);
  });

  it('is a page by its type only where there is a body', () => {
    expect(readServiceAnswer(200, 'text/html', 'x')).toBe('page');
    expect(readServiceAnswer(200, 'text/html', '')).toBe('other');
    expect(readServiceAnswer(200, 'text/html', '{}')).toBe('api');
    expect(readServiceAnswer(200, null, `${' '.repeat(1019)}<html`)).toBe('page');
    expect(readServiceAnswer(200, null, `${' '.repeat(1020)}<html`)).toBe('other');
  });
});

describe('a status document', () => {
  const MOST = 4 * 1024 * 1024;
  const DOCUMENT = '{"agents":[{"cloud":{"status":"online"}}]}';
  it('is read up to 4 MiB', () => {
    expect(readInfoDocument(DOCUMENT.padEnd(MOST)).ok).toBe(true);
    expect(readInfoDocument(DOCUMENT.padEnd(MOST + 1))).toEqual({ ok: false, rule: 'status.too_large' });
  });

  it.each([
    [{ 'banned-by-cloud': true, online: true, 'agent-claimed': true }, 'banned'],
    [{ online: true, 'agent-claimed': false }, 'online'],
    [{ online: false, 'agent-claimed': false }, 'available'],
    [{ online: false, 'agent-claimed': true }, 'offline'],
    [{ 'agent-claimed': true }, null],
    [{ 'aclk-available': false }, 'unavailable'],
  ])('%j is %s', (state, status) => {
    expect(readAclkState(JSON.stringify(state))).toMatchObject({ ok: true, fields: { status } });
  });

  it('needs one of the two that tell', () => {
    expect(readAclkState('{"online":false}').ok).toBe(true);
    expect(readAclkState('{"agent-claimed":true}').ok).toBe(true);
    expect(readAclkState('{"aclk-available":true}')).toEqual({ ok: false, rule: 'status.no_agent' });
    expect(readAclkState('said: {"online":true} at last').ok).toBe(true);
  });
});

describe('what is shown of a refused answer', () => {
  it('is 200 characters, or nothing', () => {
    expect(refused('x', 'a'.repeat(201)).line).toHaveLength(200);
    expect(refused('x').line).toBeNull();
  });

  it('is bytes, in whatever pieces they came', () => {
    expect(latin1([new Uint8Array([0xe9]), ['a', new Uint8Array([0xff]).subarray(0, 1)] as never])).toBe('éaÿ');
  });
});
