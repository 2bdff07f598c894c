import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSocksExchange } from '../../../../src/agent/parse/socks-reply.js';
import { bytes } from './arbitrary.js';

const GRANTED = '\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00';
const rep = (code: number) => `\x05${String.fromCharCode(code)}\x00\x01\x00\x00\x00\x00\x00\x00`;

// docs/reference/agent.md#socks5: [what, with a user name, method, auth, reply, result]
type Case = readonly [string, boolean, string | null, string | null, string | null, string];
const CASES: readonly Case[] = [
  ['no authentication', false, '\x05\x00', null, GRANTED, 'ok'],
  ['a user name, but none wanted', true, '\x05\x00', null, GRANTED, 'ok'],
  ['a user name', true, '\x05\x02', '\x01\x00', GRANTED, 'ok'],
  ['a password refused', true, '\x05\x02', '\x01\x01', null, 'socks.auth_failed'],
  ['an answer of another version to the password', true, '\x05\x02', '\x05\x00', GRANTED, 'socks.auth_failed'],
  ['a password wanted, none there', false, '\x05\x02', null, null, 'socks.method_not_offered'],
  ['GSSAPI', true, '\x05\x01', null, null, 'socks.method_not_offered'],
  ['no method', true, '\x05\xff', null, null, 'socks.no_method'],
  ['SOCKS4', false, '\x00\x5b', null, null, 'socks.version'],
  ['HTTP', false, 'HT', null, null, 'socks.version'],
  ['bound to a name', false, '\x05\x00', null, '\x05\x00\x00\x03\x02ab\x00\x50', 'ok'],
  ['bound to IPv6', false, '\x05\x00', null, `\x05\x00\x00\x04${'\0'.repeat(18)}`, 'ok'],
  ['bound to something else', false, '\x05\x00', null, '\x05\x00\x00\x02\x00\x00', 'socks.address_type'],
  ['a reply of another version', false, '\x05\x00', null, '\x04\x00\x00\x01\x00\x00\x00\x00\x00\x00', 'socks.version'],
  ['half a reply', false, '\x05\x00', null, '\x05\x00\x00\x01\x00', 'socks.incomplete'],
  ['no reply', false, '\x05\x00', null, null, 'socks.incomplete'],
  ['no answer', false, null, null, null, 'socks.incomplete'],
  ...[1, 2, 3, 4, 5, 6, 7, 8].map((code): Case => [
    `REP ${String(code)}`,
    false,
    '\x05\x00',
    null,
    rep(code),
    'socks.refused',
  ]),
];

describe('SOCKS5 exchange', () => {
  it.each(CASES)('%s', (_what, withUser, method, auth, reply, expected) => {
    const result = parseSocksExchange({ method, auth, reply }, withUser);
    expect(result.ok ? 'ok' : result.rule).toBe(expected);
  });

  it('names the reply code', () => {
    const result = parseSocksExchange({ method: '\x05\x00', auth: null, reply: rep(2) }, false);
    expect(result).toEqual({ ok: false, rule: 'socks.refused', line: 'REP=02' });
  });

  it('is total', () => {
    const part = fc.option(bytes(24));
    fc.assert(
      fc.property(part, part, part, fc.boolean(), (method, auth, reply, withUser) => {
        expect(typeof parseSocksExchange({ method, auth, reply }, withUser).ok).toBe('boolean');
      }),
    );
  });
});
