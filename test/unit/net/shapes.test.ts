/**
 * Every byte that is sent, against docs/reference/agent.md#claim-proxy, #connect, #https-request, #websocket; libcurl's
 * as 7.88 sends them.
 */
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/model/secret.js';
import { aclkGet, aclkUpgrade, connectRequest, libcurlGet, libcurlProxiedGet } from '../../../src/net/shapes.js';

const HOST = 'cloud.example';
const KEY = 'AAAAAAAAAAAAAAAAAAAAAA==';
const login = (user: string, password: string) => ({ user: new Secret(user), password: new Secret(password) });
const lines = (...text: string[]): string => `${text.join('\r\n')}\r\n\r\n`;
const BASIC = 'Proxy-Authorization: Basic dTpwQA==';

describe('requests, byte for byte', () => {
  it.each([
    [
      'GET of the HTTPS legs: Host without a port, no Accept, no Connection',
      aclkGet(HOST, '/api/v1/env?v=2.10.3&cap=proto,ctx&claim_id=x'),
      lines(
        'GET /api/v1/env?v=2.10.3&cap=proto,ctx&claim_id=x HTTP/1.1',
        `Host: ${HOST}`,
        'User-Agent: Netdata/rocks newhttpclient',
      ),
    ],
    [
      'the upgrade: an Origin without a value, no User-Agent, no extensions',
      aclkUpgrade(HOST, KEY),
      lines(
        'GET /mqtt HTTP/1.1',
        `Host: ${HOST}`,
        'Upgrade: websocket',
        'Connection: Upgrade',
        `Sec-WebSocket-Key: ${KEY}`,
        'Origin: ',
        'Sec-WebSocket-Protocol: mqtt',
        'Sec-WebSocket-Version: 13',
      ),
    ],
    [
      'CONNECT of the link: a port in the first line only',
      connectRequest('aclk', HOST, 443, null),
      lines(`CONNECT ${HOST}:443 HTTP/1.1`, `Host: ${HOST}`),
    ],
    [
      'CONNECT of the link with a login',
      connectRequest('aclk', HOST, 443, login('u', 'p@')),
      lines(`CONNECT ${HOST}:443 HTTP/1.1`, `Host: ${HOST}`, BASIC),
    ],
    [
      'a password without a user is no login',
      connectRequest('aclk', HOST, 443, login('', 'p@')),
      lines(`CONNECT ${HOST}:443 HTTP/1.1`, `Host: ${HOST}`),
    ],
    [
      'CONNECT of the claim: a port in both places, and Proxy-Connection',
      connectRequest('libcurl', HOST, 443, login('u', 'p@')),
      lines(`CONNECT ${HOST}:443 HTTP/1.1`, `Host: ${HOST}:443`, BASIC, 'Proxy-Connection: Keep-Alive'),
    ],
    [
      'GET of the claim: no User-Agent',
      libcurlGet(HOST, '/base/api'),
      lines('GET /base/api HTTP/1.1', `Host: ${HOST}`, 'Accept: */*'),
    ],
    [
      'GET of the claim to another port',
      libcurlGet(HOST, '/api', 8443),
      lines('GET /api HTTP/1.1', `Host: ${HOST}:8443`, 'Accept: */*'),
    ],
    [
      'GET of an http:// URL through a proxy: the whole URL, no tunnel',
      libcurlProxiedGet(HOST, '/base/api', 80, login('u', 'p@')),
      lines(
        `GET http://${HOST}/base/api HTTP/1.1`,
        `Host: ${HOST}`,
        BASIC,
        'Accept: */*',
        'Proxy-Connection: Keep-Alive',
      ),
    ],
    [
      'the same to another port, of an IPv6 address',
      libcurlProxiedGet('fd00::1', '/api', 8080, null),
      lines(
        'GET http://[fd00::1]:8080/api HTTP/1.1',
        'Host: [fd00::1]:8080',
        'Accept: */*',
        'Proxy-Connection: Keep-Alive',
      ),
    ],
  ])('%s', (_what, bytes, expected) => {
    expect(bytes.toString('latin1')).toBe(expected);
  });

  it('no value adds a line of its own', () => {
    expect(aclkGet('h\r\nX: y', '/\r\n\r\n').toString('latin1')).toBe(
      lines('GET / HTTP/1.1', 'Host: hX: y', 'User-Agent: Netdata/rocks newhttpclient'),
    );
  });
});
