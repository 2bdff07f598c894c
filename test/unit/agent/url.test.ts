import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UNUSABLE_URL_HOST, readUrlAsCurl, readUrlAsLink } from '../../../src/agent/url.js';
import type { UrlReading } from '../../../src/agent/url.js';

const short = (reading: UrlReading): string =>
  reading.kind === 'url'
    ? `${reading.tls ? '' : 'plain '}${reading.host} ${String(reading.port)} ${reading.path}`
    : 'unusable';

describe('the link (docs/reference/agent.md#base-url)', () => {
  it.each([
    ['https://app.netdata.cloud', 'app.netdata.cloud 443 /'],
    ['https://app.netdata.cloud/', 'app.netdata.cloud 443 /'],
    ['https://host:8443/base', 'host 8443 /base'],
    ['app.netdata.cloud', 'app.netdata.cloud 0 /'],
    ['HTTPS://host', 'host 0 /'],
    ['wss://host/mqtt', 'host 0 /mqtt'],
    ['wss://host:443/mqtt', 'host 443 /mqtt'],
    ['http://host', 'host 80 /'],
    ['https://[::1]', '[: 1 /'],
    ['https://[::1]:8443', '[::1] 8443 /'],
    ['https://u:password@host', 'unusable'],
    ['https://user@host', `${UNUSABLE_URL_HOST} 443 /`],
    ['https://host:', 'unusable'],
    ['https://host:123456', 'unusable'],
    ['https://:443', 'unusable'],
    ['https://', 'unusable'],
    ['://host', 'unusable'],
    ['https://host?x', 'host?x 443 /'],
    ['https://host:abc', 'host 443 /'],
    ['https://host:0', 'host 443 /'],
    ['', 'unusable'],
  ])('%j is %s', (value, expected) => {
    expect(short(readUrlAsLink(value))).toBe(expected);
  });
});

describe('libcurl, for the claim', () => {
  it.each([
    ['https://app.netdata.cloud', 'app.netdata.cloud 443 /'],
    ['HTTPS://Host/base/', 'host 443 /base/'],
    ['host', 'plain host 80 /'],
    ['http://host:8080', 'plain host 8080 /'],
    ['https://[::1]:8443/x', '::1 8443 /x'],
    ['https://u:p@host', 'host 443 /'],
    ['https://host:', 'host 443 /'],
    ['https://host?x', 'host 443 /'],
    ['https://host:abc', 'unusable'],
    ['wss://host', 'unusable'],
    ['https://ho st', 'unusable'],
    ['https://', 'unusable'],
  ])('%j is %s', (value, expected) => {
    expect(short(readUrlAsCurl(value))).toBe(expected);
  });
});

it('never throws, and agrees on plain URLs', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      readUrlAsLink(text);
      readUrlAsCurl(text);
    }),
  );
  fc.assert(
    fc.property(fc.domain(), fc.integer({ min: 1, max: 65535 }), (domain, port) => {
      const url = `https://${domain}:${String(port)}/`;
      expect(short(readUrlAsLink(url))).toBe(short(readUrlAsCurl(url)));
    }),
  );
});
