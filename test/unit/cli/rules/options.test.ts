import { describe, expect, test } from 'vitest';
import { Command } from 'commander';
import { ruleOptions } from '../../../../src/cli/commands/rules.js';
import { parseProxy, parseRequest, parseResolver, type RuleFlags } from '../../../../src/cli/rules/options.js';

/** A command line, as it is read before anything runs. */
function read(...args: readonly string[]): RuleFlags {
  const command = ruleOptions(new Command('rules'))
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  return command.parse(args, { from: 'user' }).opts<RuleFlags>();
}

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
    [['--mode', 'deny'], /Allowed choices are allow, enforce/],
    [['--for', 'install,everything'], /--for takes/],
    [['--on-stale', 'x'], /Allowed choices are keep, expire/],
    [['--set', 'noequals'], /name=value/],
    [['--resolver', 'dns.example'], /takes an address/],
    [['--accept-range', '10.0.0.1/8'], /bits set/],
    [['--accept-range', '0.0.0.0/0'], /too wide/],
    [['--from-list', 'a', '--from-known'], /cannot be used with/],
    [['--from-report', 'a', '--from-list', 'b'], /cannot be used with/],
  ])('%j is refused', (args, message) => {
    expect(() => read(...args)).toThrow(message);
  });

  test('each is read once, and may be given again where it says so', () => {
    const args = ['--for', 'update', '--resolver', '192.0.2.53', '--resolver', '[2001:db8::53]:5353', '--set', 'a=b=c'];
    expect(
      parseRequest(read(...args, '--accept-range', '10.0.0.0/8', '--proxy', 'http://u:p@proxy:3128')),
    ).toMatchObject({
      purposes: ['update'],
      resolvers: [
        { address: '192.0.2.53', port: 53 },
        { address: '2001:db8::53', port: 5353 },
      ],
      settings: { a: 'b=c' },
      accepted: ['10.0.0.0/8'],
      proxy: { host: 'proxy', port: 3128 },
      mode: 'allow',
      onStale: 'keep',
    });
  });

  test('both family flags together mean both families', () => {
    expect(parseRequest({ ipv4: true, ipv6: true }).families).toBeNull();
    expect(parseRequest({ ipv6: true }).families).toEqual([6]);
  });
});
