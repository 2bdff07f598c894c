import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConnectReply, parseConnectReplyLibcurl } from '../../../../src/agent/parse/connect-reply.js';
import { latin1 } from '../../../../src/agent/parse/result.js';
import { arbitraryReply, cuts } from './arbitrary.js';

const head = (first: string, ...headers: string[]) => `${[first, ...headers].join('\r\n')}\r\n\r\n`;
const filler = (bytes: number) => `X-Filler: ${'a'.repeat(bytes)}`;
/** A header of exactly this many bytes. */
const sized = (bytes: number) => {
  const empty = head('HTTP/1.1 200 OK', filler(0)).length;
  return head('HTTP/1.1 200 OK', filler(bytes - empty));
};

// [what, raw, the link's rule or status, libcurl's]
const CASES: readonly (readonly [string, string, string | number, string | number])[] = [
  ['HTTP/1.1 200', head('HTTP/1.1 200 Connection established'), 200, 200],
  ['HTTP/1.0 200 (docs/reference/agent.md#seen-9)', head('HTTP/1.0 200 OK'), 200, 200],
  ['no reason phrase', head('HTTP/1.1 200'), 200, 200],
  ['headers of any form', head('HTTP/1.1 200 OK', 'X : y', ': : :', 'X:', ' folded'), 200, 200],
  ['a header without a colon', head('HTTP/1.1 200 OK', 'nonsense'), 200, 'proxy.reply_header_unreadable'],
  ['a folded line with nothing ahead', head('HTTP/1.1 200 OK', ' folded'), 200, 'proxy.reply_header_unreadable'],
  ['two spaces before the status', head('HTTP/1.1  200 OK'), 'proxy.reply_status_unreadable', 200],
  ['201 (docs/reference/agent.md#seen-9)', head('HTTP/1.1 201 Created'), 'proxy.reply_status_not_accepted', 201],
  ['2000', head('HTTP/1.1 2000 OK'), 'proxy.reply_status_not_accepted', 'proxy.reply_not_http1'],
  ['200 with something glued to it', head('HTTP/1.1 200OK'), 200, 200],
  ['204', head('HTTP/1.1 204 No Content'), 'proxy.reply_status_not_accepted', 204],
  ['407', head('HTTP/1.1 407 Auth'), 'proxy.reply_status_not_accepted', 'proxy.reply_status_not_accepted'],
  ['403', head('HTTP/1.1 403 No'), 'proxy.reply_status_not_accepted', 'proxy.reply_status_not_accepted'],
  ['503', head('HTTP/1.1 503 Down'), 'proxy.reply_status_not_accepted', 'proxy.reply_status_not_accepted'],
  [
    'an interim answer first',
    head('HTTP/1.1 100 Continue') + head('HTTP/1.1 200 OK'),
    'proxy.reply_status_not_accepted',
    'proxy.reply_status_not_accepted',
  ],
  ['HTTP/2', head('HTTP/2 200'), 'proxy.reply_not_http1', 'proxy.reply_not_http1'],
  ['lower case', head('http/1.1 200 OK'), 'proxy.reply_not_http1', 'proxy.reply_not_http1'],
  ['no number', head('HTTP/1.1 abc OK'), 'proxy.reply_status_unreadable', 'proxy.reply_not_http1'],
  ['bare line feeds', 'HTTP/1.1 200 OK\n\n', 'proxy.reply_incomplete', 200],
  ['exactly 4095 bytes', sized(4095), 200, 200],
  ['4096 bytes (docs/reference/agent.md#seen-9)', sized(4096), 'proxy.reply_too_long', 200],
  [
    'many long headers',
    head('HTTP/1.1 200 OK', ...Array.from({ length: 4 }, () => filler(3000))),
    'proxy.reply_too_long',
    200,
  ],
  [
    'a body behind it',
    `${head('HTTP/1.1 200 OK', 'Content-Length: 2')}ok`,
    'proxy.bytes_after_reply',
    'proxy.bytes_after_reply',
  ],
  ['an early end', 'HTTP/1.1 200 OK\r\nX: y\r\n', 'proxy.reply_incomplete', 'proxy.reply_incomplete'],
  ['nothing', '', 'proxy.reply_incomplete', 'proxy.reply_incomplete'],
];

describe('reply to CONNECT', () => {
  it.each(CASES)('%s', (_what, raw, link, libcurl) => {
    const asLink = parseConnectReply(raw);
    expect(asLink.ok ? asLink.status : asLink.rule).toBe(link);
    const asLibcurl = parseConnectReplyLibcurl(raw);
    expect(asLibcurl.ok ? asLibcurl.status : asLibcurl.rule).toBe(libcurl);
  });

  it('minds bytes that waited behind the header but were not kept', () => {
    const raw = head('HTTP/1.1 200 OK');
    expect(parseConnectReply(raw, 5)).toMatchObject({ ok: false, rule: 'proxy.bytes_after_reply' });
    expect(parseConnectReplyLibcurl(raw, 5)).toMatchObject({ ok: false, rule: 'proxy.bytes_after_reply' });
  });

  it('is total, and a decision taken early stands however the bytes arrive', () => {
    fc.assert(
      fc.property(arbitraryReply(), cuts(), (raw, at) => {
        for (const parse of [parseConnectReply, parseConnectReplyLibcurl]) {
          const whole = parse(raw);
          expect(parse(latin1([raw.slice(0, at), Buffer.from(raw.slice(at), 'latin1')]))).toEqual(whole);
          const early = parse(raw.slice(0, at));
          if (!early.ok && early.rule !== 'proxy.reply_incomplete') expect(whole.ok).toBe(false);
          if (whole.ok && at < raw.length) expect(early.ok).toBe(false);
        }
      }),
    );
  });
});
