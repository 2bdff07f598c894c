import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLOSE_RACE_MS, parseHttpsResponse } from '../../../../src/agent/parse/https-response.js';
import { arbitraryReply, cuts } from './arbitrary.js';

const V2_10_3 = { headerWithoutSeparatorIsSafe: false, closedAfterMs: null };
const NEWER = { headerWithoutSeparatorIsSafe: true, closedAfterMs: null };

const BODY = '{"a":1}';
const LENGTH = `Content-Length: ${BODY.length}`;
const reply = (headers: readonly string[], body = BODY, first = 'HTTP/1.1 200 OK') =>
  `${[first, ...headers].join('\r\n')}\r\n\r\n${body}`;
const chunk = (text: string, extension = '') => `${text.length.toString(16)}${extension}\r\n${text}\r\n`;
const CHUNKED = 'Transfer-Encoding: chunked';

const read = (raw: string, options = V2_10_3) => {
  const result = parseHttpsResponse(raw, options);
  return result.ok ? `${String(result.status)} ${result.framing} ${String(result.body)}` : result.rule;
};

// docs/reference/agent.md#https-response, row by row: [what, raw, result]
const CASES: readonly (readonly [string, string, string])[] = [
  ['a plain answer', reply([LENGTH]), `200 length ${BODY}`],
  ['an empty reason phrase', reply([LENGTH], BODY, 'HTTP/1.1 200 '), `200 length ${BODY}`],
  ['HTTP/1.0 (docs/reference/agent.md#seen-10)', reply([LENGTH], BODY, 'HTTP/1.0 200 OK'), 'http.not_http11'],
  ['HTTP/2', reply([LENGTH], BODY, 'HTTP/2 200 OK'), 'http.not_http11'],
  ['no space behind the code', reply([LENGTH], BODY, 'HTTP/1.1 200'), 'http.status_without_space'],
  ['no number', reply([LENGTH], BODY, 'HTTP/1.1 abc OK'), 'http.status_unreadable'],
  ['a number out of range', reply([LENGTH], BODY, 'HTTP/1.1 600 OK'), 'http.status_unreadable'],
  ['100 first', `HTTP/1.1 100 Continue\r\n\r\n${reply([LENGTH])}`, 'http.interim_response'],
  ['103 first', `HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${reply([LENGTH])}`, 'http.interim_response'],
  ['a redirect', reply(['Location: /x', LENGTH], BODY, 'HTTP/1.1 302 Found'), `302 length ${BODY}`],
  ['bare line feeds', `HTTP/1.1 200 OK\n${LENGTH}\n\n${BODY}`, 'http.line_ends'],
  ['bare line feeds behind the first line', `HTTP/1.1 200 OK\r\n${LENGTH}\n\n${BODY}`, 'http.line_ends'],
  ['no space behind the colon (docs/reference/agent.md#seen-10)', reply(['X:v', LENGTH]), 'http.separator_elsewhere'],
  ['no space behind the last colon', reply([LENGTH, 'X:v']), 'http.separator_missing'],
  ['no space behind the last colon, one in the body', reply([LENGTH, 'X:v'], '"a": 1}'), 'http.separator_elsewhere'],
  ['no space, and none for a kilobyte', reply(['X:v', 'v'.repeat(1100), LENGTH]), 'http.separator_missing'],
  ['nothing behind the colon', reply(['X:', LENGTH]), 'http.separator_elsewhere'],
  ['a name of 1023 bytes', reply([`${'n'.repeat(1023)}: v`, LENGTH]), `200 length ${BODY}`],
  ['a name of 1024 bytes', reply([`${'n'.repeat(1024)}: v`, LENGTH]), 'http.header_name_too_long'],
  ['a value of 1023 bytes', reply([`X: ${'v'.repeat(1023)}`, LENGTH]), `200 length ${BODY}`],
  [
    'a value of 1024 bytes (docs/reference/agent.md#seen-10)',
    reply([`X: ${'v'.repeat(1024)}`, LENGTH]),
    'http.header_value_too_long',
  ],
  ['a header larger than the buffer', reply([`X: ${'v'.repeat(20_000)}`, LENGTH]), 'http.header_value_too_long'],
  [
    'a large header of short lines',
    reply([...Array.from({ length: 60 }, () => `X: ${'v'.repeat(1000)}`), LENGTH]),
    `200 length ${BODY}`,
  ],
  ['a folded header', reply(['X: a', ' folded', LENGTH]), 'http.separator_elsewhere'],
  ['spaces before the length', reply([`Content-Length:    ${BODY.length}`]), `200 length ${BODY}`],
  ['two lengths: the first counts', reply([LENGTH, 'Content-Length: 99999']), `200 length ${BODY}`],
  ['a length of no digits', reply(['Content-Length: x']), '200 length null'],
  ['a length of 0', reply(['Content-Length: 0'], ''), '200 length null'],
  ['names in any case', reply([`CONTENT-LENGTH: ${BODY.length}`]), `200 length ${BODY}`],
  ['a body of 16384 bytes', reply(['Content-Length: 16384'], 'x'.repeat(16_384)), `200 length ${'x'.repeat(16_384)}`],
  ['a body of 16385 bytes', reply(['Content-Length: 16385'], 'x'.repeat(16_385)), 'http.body_too_long'],
  ['a body that is shorter than its length', reply(['Content-Length: 50']), 'http.incomplete'],
  ['more than its length', reply([LENGTH], `${BODY}junk`), `200 length ${BODY}`],
  [
    'chunks (docs/reference/agent.md#seen-10)',
    reply([CHUNKED], `${chunk('{"a"')}${chunk(':1}')}0\r\n\r\n`),
    `200 chunked ${BODY}`,
  ],
  ['a chunk extension', reply([CHUNKED], `${chunk(BODY, ';a=b')}0\r\n\r\n`), `200 chunked ${BODY}`],
  [
    'chunks of more than 16 KiB in all',
    reply([CHUNKED], `${chunk('x'.repeat(30_000))}0\r\n\r\n`),
    `200 chunked ${'x'.repeat(30_000)}`,
  ],
  ['chunk trailers', reply([CHUNKED], `${chunk(BODY)}0\r\nX: y\r\n\r\n`), 'http.chunk_trailers'],
  ['a chunk that is longer than it says', reply([CHUNKED], `3\r\n${BODY}\r\n0\r\n\r\n`), 'http.chunk_end_missing'],
  ['a negative chunk', reply([CHUNKED], `-5\r\n${BODY}\r\n0\r\n\r\n`), 'http.chunk_size_invalid'],
  [
    'a chunk size line of 1024 bytes',
    reply([CHUNKED], `7;${'e'.repeat(1022)}\r\n${BODY}\r\n0\r\n\r\n`),
    'http.chunk_size_too_long',
  ],
  ['an unfinished last chunk', reply([CHUNKED], chunk(BODY)), 'http.incomplete'],
  ['Chunked is not chunked', reply(['Transfer-Encoding: Chunked'], chunk(BODY)), '200 none null'],
  ['gzip, chunked is not chunked', reply(['Transfer-Encoding: gzip, chunked'], chunk(BODY)), '200 none null'],
  ['length and chunks', reply([LENGTH, CHUNKED]), 'http.length_and_chunked'],
  ['chunks and length', reply([CHUNKED, LENGTH]), 'http.length_and_chunked'],
  ['chunks, said twice', reply([CHUNKED, CHUNKED]), 'http.length_and_chunked'],
  ['neither length nor chunks', reply(['X: y']), '200 none null'],
  ['nothing at all', '', 'http.empty'],
  ['half a first line', 'HTTP/1.1 2', 'http.incomplete'],
  ['half a header', 'HTTP/1.1 200 OK\r\nContent-Le', 'http.incomplete'],
];

describe('answers on the HTTPS legs', () => {
  it.each(CASES)('%s', (_what, raw, expected) => {
    expect(read(raw)).toBe(expected);
  });

  it('takes an empty header value behind colon and space in every version, and none without the space', () => {
    for (const version of [V2_10_3, NEWER]) {
      expect(read(reply(['X-Empty: ', LENGTH]), version)).toBe(`200 length ${BODY}`);
      expect(read(reply([LENGTH, 'X-Empty:']), version)).not.toBe(`200 length ${BODY}`);
    }
  });

  it.each([
    [null, false],
    [0, true],
    [CLOSE_RACE_MS - 1, true],
    [CLOSE_RACE_MS, false],
    [300, false],
  ] as const)(
    'knows a close %s ms behind the answer as a race: %s (docs/reference/agent.md#seen-10)',
    (closedAfterMs, race) => {
      const result = parseHttpsResponse(reply([LENGTH]), { ...V2_10_3, closedAfterMs });
      expect(result).toMatchObject({ ok: true, closeRace: race });
    },
  );

  it('shows the offending line, cut to a bearable length', () => {
    const result = parseHttpsResponse(reply([`X: ${'v'.repeat(5000)}`, LENGTH]), V2_10_3);
    expect(result.ok ? null : result.line).toBe(`X: ${'v'.repeat(197)}`);
  });

  it('is total, and a decision taken early stands however the bytes arrive', () => {
    const undecided = new Set(['http.incomplete', 'http.empty', 'http.line_ends']);
    fc.assert(
      fc.property(arbitraryReply(), cuts(), (raw, at) => {
        const whole = parseHttpsResponse(raw, V2_10_3);
        const early = parseHttpsResponse(raw.slice(0, at), V2_10_3);
        if (early.ok) {
          expect(whole).toEqual(early);
        } else if (!undecided.has(early.rule)) {
          expect(whole.ok).toBe(false);
        }
      }),
    );
  });
});
