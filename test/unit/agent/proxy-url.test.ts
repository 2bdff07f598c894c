import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readProxyAsCurl } from '../../../src/agent/curl-proxy.js';
import { maskUrl } from '../../../src/agent/mask.js';
import { decodeAsCurl, decodeAsLink } from '../../../src/agent/percent.js';
import { problemWords } from '../../../src/agent/proxy-choice.js';
import { describeReading } from '../../../src/agent/proxy-reading.js';
import { UNUSABLE_HOST } from '../../../src/model/route.js';
import type { ProxyReading } from '../../../src/agent/proxy-reading.js';
import { readProxyAsLink } from '../../../src/agent/proxy-url.js';
import { rulesFor } from '../../../src/agent/versions.js';

const newest = rulesFor('2.11.0');

/** `http p:8080 u/pw`, `direct`, `unusable`. */
function short(reading: ProxyReading): string {
  if (reading.kind !== 'proxy') return reading.kind;
  const { protocol, resolveAt, host, port, credentials } = reading;
  const far = resolveAt === 'proxy' && protocol.startsWith('socks') ? '(far)' : '';
  const login = credentials === null ? '' : ` ${credentials.user.reveal()}/${credentials.password.reveal()}`;
  return `${protocol}${far} ${host}:${String(port)}${login}`;
}

describe('the link (docs/reference/agent.md#link-proxy-parsing)', () => {
  it.each([
    ['http://p', 'http p:8080', ['port_missing']],
    ['http://p:3128', 'http p:3128', []],
    ['http://p:3128/', 'http p:3128', []],
    ['http://p/', 'http p/:8080', ['port_missing', 'slash_in_host']],
    ['http://u:p%40ss@p:3128', 'http p:3128 u/p@ss', []],
    ['http://u:p+x@p:3128', 'http p:3128 u/p x', ['plus_became_space']],
    ['http://u:a%2Bb@p:3128', 'http p:3128 u/a+b', []],
    ['http://u:100%@p:1', 'http p:1 u/100', ['credentials_truncated']],
    ['http://u:50%off@p:1', 'http p:1 u/50', ['credentials_truncated']],
    ['http://u:a%zzb@p:1', 'http p:1 u/a3b', []],
    ['http://u:%C3%A9@p:1', 'http p:1 u/é', []],
    ['http://u:a%E9b@p:1', 'http p:1 u/a', ['credentials_truncated']],
    ['http://u:a%0ab@p:1', 'http p:1 u/a', ['credentials_truncated']],
    ['http://u:p@ss@p:3128', `http ${UNUSABLE_HOST}:3128 u/p`, ['at_sign_in_password']],
    ['http://u@p:3128', 'http p:3128', ['no_password_separator']],
    ['http://:pw@p:3128', 'http p:3128', ['empty_user']],
    ['http://[fd00::1]:3128', 'http [fd00:8080', ['ipv6_literal_cut']],
    [' http://p:3128', 'http  http:8080', ['leading_space', 'port_unusable']],
    ['http://p:0', 'http p:8080', ['port_unusable']],
    ['http://p:99999', 'http p:8080', ['port_unusable']],
    ['http://p:abc', 'http p:8080', ['port_unusable']],
    ['http://', 'unusable', ['no_host']],
    ['http://u:pw@', 'unusable', ['no_host']],
    ['socks5://p', 'socks5 p:1080', ['port_missing']],
    ['socks5h://u:pw@p:9', 'socks5(far) p:9 u/pw', []],
    ['https://p:3128', 'direct', ['scheme_unsupported']],
    ['HTTP://p:3128', 'direct', ['scheme_unsupported']],
    ['socks://p:1', 'direct', ['scheme_unsupported']],
    ['socks4://p:1', 'direct', ['scheme_unsupported']],
    ['p:3128', 'direct', ['scheme_missing']],
    ['', 'direct', ['scheme_missing']],
  ])('%j is %s', (value, expected, problems) => {
    const reading = readProxyAsLink(value, newest);
    expect(short(reading)).toBe(expected);
    expect(reading.problems).toEqual(problems);
  });

  it.each([
    ['socks5h', 255, []],
    ['socks5h', 256, ['credentials_too_long']],
    ['http', 256, []],
    ['http', 3000, ['credentials_too_long']],
  ])('%s with a password of %i bytes: %j', (scheme, length, problems) => {
    expect(readProxyAsLink(`${scheme}://u:${'p'.repeat(length)}@p:1080`, newest).problems).toEqual(problems);
  });

  it('goes direct where it has no SOCKS yet', () => {
    const reading = readProxyAsLink('socks5://p:1', rulesFor('2.9.0'));
    expect(reading).toMatchObject({ kind: 'direct', problems: ['socks_not_in_this_version'] });
  });

  it('sends percent-encoding as it stands where it cannot decode yet', () => {
    const reading = readProxyAsLink('http://u:p%40s+s@p:1', rulesFor('2.2.0'));
    expect(short(reading)).toBe('http p:1 u/p%40s+s');
    expect(reading.problems).toEqual(['credentials_not_decoded']);
  });
});

describe('libcurl (docs/reference/agent.md#claim-proxy; tried on 7.88)', () => {
  it.each([
    ['p', 'http p:1080', ['scheme_missing', 'port_missing']],
    ['p:3128', 'http p:3128', ['scheme_missing']],
    ['http://p', 'http p:1080', ['port_missing']],
    ['http://p:', 'http p:1080', ['port_missing']],
    ['HTTP://P:3128/', 'http p:3128', []],
    ['http:/p:3128', 'http p:3128', []],
    ['http:///p:3128', 'http p:3128', []],
    ['https://p', 'https p:443', ['port_missing']],
    ['socks://p:1', 'socks4 p:1', []],
    ['socks4a://p:1', 'socks4(far) p:1', []],
    ['socks5://p:1', 'socks5 p:1', []],
    ['SOCKS5H://p:1', 'socks5(far) p:1', []],
    ['http://[fd00::1]:3128', 'http fd00::1:3128', []],
    ['http://p:3128?x', 'http p:3128', []],
    ['http://u@p:1', 'http p:1 u/', []],
    ['http://:pw@p:1', 'http p:1 /pw', []],
    ['http://u:p+x@p:1', 'http p:1 u/p+x', []],
    ['http://u:100%@p:1', 'http p:1 u/100%', []],
    ['http://u:a%zzb@p:1', 'http p:1 u/a%zzb', []],
    ['http://u:p%40ss@p:1', 'http p:1 u/p@ss', []],
    ['http://u:p@ss@p:1', 'unusable', ['at_sign_in_password']],
    ['http://u:p#ss@p:1', 'unusable', ['port_unusable']],
    ['http://p:99999', 'unusable', ['port_unusable']],
    ['http://p:abc', 'unusable', ['port_unusable']],
    ['http://', 'unusable', ['no_host']],
    ['http://:1', 'unusable', ['no_host']],
    ['http://[::1', 'unusable', ['bad_host']],
    ['"http://p:1"', 'unusable', ['bad_host']],
    ['http://u:a@b/c@p:1', 'unusable', ['at_sign_in_password']],
    ['http://u:12/34@p:1', 'unusable', ['at_sign_in_password']],
    ['http://p:1 # comment', 'unusable', ['bad_host']],
    [' http://p:1', 'unusable', ['leading_space']],
    ['foo://p:1', 'unusable', ['scheme_unsupported']],
    ['ftp.example:1', 'unusable', ['scheme_unsupported']],
    ['http://u%0a:p@p:1', 'direct', ['control_character']],
  ])('%j is %s', (value, expected, problems) => {
    const reading = readProxyAsCurl(value);
    expect(short(reading)).toBe(expected);
    expect([...reading.problems]).toEqual(problems);
  });
});

describe('no text gives a password away', () => {
  const password = fc.string({
    unit: fc.constantFrom(...Array.from('Zq7@:/%+"\'#?[]\\ &=é')),
    minLength: 6,
    maxLength: 12,
  });
  const scheme = fc.constantFrom('http://', 'https://', 'HTTP://', 'socks5://', 'socks5h://', '', 'foo://', ' http://');
  const host = fc.constantFrom('proxy.example:3128', 'proxy.example', '[fd00::1]:3128', '', 'proxy.example/');

  it('whatever stands in it', () => {
    fc.assert(
      fc.property(scheme, password, host, (prefix, secret, rest) => {
        const value = `${prefix}user1:${secret}@${rest}`;
        const texts = [readProxyAsLink(value, newest), readProxyAsCurl(value)].flatMap((reading) => [
          describeReading(reading),
          JSON.stringify(reading),
          ...reading.problems.map(problemWords),
          ...(reading.kind === 'proxy' ? [reading.host] : []),
        ]);
        for (const text of [...texts, maskUrl(value)]) {
          expect(text).not.toContain(secret);
          // Neither any piece of it that is more than a sign.
          for (const piece of secret.split(/[@:/?#[\]\\ ]/)) {
            if (piece.length >= 4) expect(text).not.toContain(piece);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each(['http://user:secret', 'user:secret', 'http://user:secret/x', 'secret@host:1', 'http://a:b@secret@host:1'])(
    'of %s',
    (value) => {
      expect(maskUrl(value)).not.toContain('secret');
    },
  );
});

describe('decoding', () => {
  it('never throws and never grows', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const decoded = decodeAsLink(text).text;
        expect(new TextEncoder().encode(decoded).length).toBeLessThanOrEqual(
          new TextEncoder().encode(Buffer.from(text).toString()).length * 3,
        );
        decodeAsCurl(text);
      }),
    );
  });

  it('both sides give back what was encoded, when it is encoded fully', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const plain = Buffer.from(text)
          .toString()
          .replace(/[\u0000-\u001f\u007f]/g, '');
        const encoded = encodeURIComponent(plain);
        expect(decodeAsLink(encoded).text).toBe(plain);
        expect(decodeAsCurl(encoded)).toBe(plain);
      }),
    );
  });
});
