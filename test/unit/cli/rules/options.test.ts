import { describe, expect, test } from 'vitest';
import { parseProxy, parseRequest, parseResolver } from '../../../../src/cli/rules/options.js';

describe('options of rules', () => {
  test.each([
    ['proxy.example:3128', 'proxy.example', 3128],
    ['http://user:p@ss%2F:w@proxy:8080/', 'proxy', 8080],
    ['socks5h://10.0.0.9:1080', '10.0.0.9', 1080],
    ['http://[2001:db8::9]:3128', '2001:db8::9', 3128],
  ])('--proxy %s', (text, host, port) => {
    expect(parseProxy(text)).toEqual({ host, port });
  });

  test.each([
    'proxy.example',
    'http://proxy.example',
    'proxy.example:0',
    'proxy.example:99999',
    '$(id):80',
    'a b:80',
    ':80',
    '',
  ])('--proxy %j is refused, without repeating what may be a password', (text) => {
    expect(() => parseProxy(text)).toThrow();
    expect(() => parseProxy(`http://user:hunter2@${text}x y`)).not.toThrow(/hunter2/);
  });

  test.each([
    ['192.0.2.53', { address: '192.0.2.53', port: 53 }],
    ['192.0.2.53:5353', { address: '192.0.2.53', port: 5353 }],
    ['2001:DB8::53', { address: '2001:db8::53', port: 53 }],
    ['[2001:db8::53]:5353', { address: '2001:db8::53', port: 5353 }],
  ])('--resolver %s', (text, expected) => {
    expect(parseResolver(text)).toEqual(expected);
  });

  test.each([
    [{ mode: 'deny' }, /--mode takes allow or enforce/],
    [{ for: 'install,everything' }, /--for takes/],
    [{ onStale: 'x' }, /--on-stale/],
    [{ set: ['noequals'] }, /name=value/],
    [{ resolver: ['dns.example'] }, /takes an address/],
    [{ acceptRange: ['10.0.0.1/8'] }, /bits set/],
    [{ acceptRange: ['0.0.0.0/0'] }, /too wide/],
    [{ fromList: 'a', fromKnown: true }, /exclude each other/],
  ])('%j is refused', (flags, message) => {
    expect(() => parseRequest(flags)).toThrow(message);
  });

  test('both family flags together mean both families', () => {
    expect(parseRequest({ ipv4: true, ipv6: true }).families).toBeNull();
    expect(parseRequest({ ipv6: true }).families).toEqual([6]);
  });
});
