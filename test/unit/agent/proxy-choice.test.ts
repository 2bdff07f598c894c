import { describe, expect, it } from 'vitest';
import { coveringItem } from '../../../src/agent/no-proxy.js';
import { chooseClaimProxy, chooseLinkProxy } from '../../../src/agent/proxy-choice.js';
import { describeReading } from '../../../src/agent/proxy-reading.js';
import { rulesFor } from '../../../src/agent/versions.js';

const A = 'http://a:1';
const B = 'http://b:2';
const env = (variables: Record<string, string>) => new Map(Object.entries(variables));
const setting = (value: string) => ({ value, source: { kind: 'file', name: '/x', line: 1 } as const });
const app = { host: 'app.netdata.cloud', tls: true };

const claim = (value: string, variables: Record<string, string>) =>
  describeReading(chooseClaimProxy(setting(value), env(variables), app).reading);
const link = (value: string, variables: Record<string, string>, version = '2.11.0') =>
  describeReading(chooseLinkProxy(setting(value), env(variables), rulesFor(version)).reading);

describe('from the same environment (T2)', () => {
  it.each([
    [{ https_proxy: A }, A, A],
    [{ http_proxy: A }, 'direct', A],
    [{ HTTP_PROXY: A }, 'direct', 'direct'],
    [{ HTTPS_PROXY: A }, A, 'direct'],
    [{ all_proxy: A }, A, 'direct'],
    [{ ALL_PROXY: A }, A, 'direct'],
    [{ http_proxy: A, https_proxy: B }, B, A],
    [{ https_proxy: A, HTTPS_PROXY: B }, A, A],
    [{ https_proxy: '', HTTPS_PROXY: B }, B, 'direct'],
    [{ http_proxy: '', https_proxy: B }, B, B],
    [{ https_proxy: A, no_proxy: '.netdata.cloud' }, 'direct', A],
    [{ https_proxy: A, no_proxy: '', NO_PROXY: 'netdata.cloud' }, 'direct', A],
    [{ https_proxy: A, no_proxy: 'other', NO_PROXY: 'netdata.cloud' }, A, A],
    [{ http_proxy: 'https://a:1', https_proxy: B }, B, 'direct'],
    [{ http_proxy: 'socks5h://a:1' }, 'direct', 'socks5h://a:1'],
    [{}, 'direct', 'direct'],
  ])('%j: claim %s, link %s', (variables, claims, links) => {
    expect(claim('env', variables as Record<string, string>)).toBe(claims);
    expect(link('env', variables as Record<string, string>)).toBe(links);
  });
});

describe('from the setting', () => {
  it.each([
    ['none', 'direct', 'direct'],
    ['', 'direct', 'direct'],
    [B, B, B],
    ['https://b:2', 'https://b:2', 'direct'],
    ['b:2', B, 'direct'],
    ['ENV', 'http://env:1080', 'direct'],
    ['None', 'http://none:1080', 'direct'],
  ])('%j: claim %s, link %s, whatever the variables', (value, claims, links) => {
    expect(claim(value, { https_proxy: A, http_proxy: A })).toBe(claims);
    expect(link(value, { https_proxy: A, http_proxy: A })).toBe(links);
  });

  it('no_proxy takes the claim out of an explicit proxy, not the link', () => {
    expect(claim(B, { no_proxy: '*' })).toBe('direct');
    expect(link(B, { no_proxy: '*' })).toBe(B);
  });
});

describe('by version', () => {
  it('the link reads https_proxy since 2.3.0', () => {
    expect(link('env', { https_proxy: A }, '2.2.6')).toBe('direct');
    expect(link('env', { https_proxy: A }, '2.3.0')).toBe(A);
  });
  it('the link goes through SOCKS since 2.10.0', () => {
    expect(link('socks5://a:1', {}, '2.9.0')).toBe('direct');
    expect(link('socks5://a:1', {}, '2.10.0')).toBe('socks5://a:1');
  });
});

it('the claim of a plain http URL reads http_proxy', () => {
  const choice = chooseClaimProxy(setting('env'), env({ http_proxy: A, https_proxy: B }), { host: 'x', tls: false });
  expect(describeReading(choice.reading)).toBe(A);
});

it('says why without the value', () => {
  const secret = 'https://user:hunter2@p:1';
  expect(chooseLinkProxy(setting(secret), env({}), rulesFor('2.11.0')).why).not.toContain('hunter2');
  expect(chooseClaimProxy(setting('http://user:hun@ter2@p'), env({}), app).why).not.toMatch(/hun|ter2/);
});

describe('no_proxy', () => {
  it.each([
    ['netdata.cloud', true],
    ['.netdata.cloud', true],
    ['app.netdata.cloud', true],
    ['APP.NETDATA.CLOUD', true],
    ['netdata.cloud.', true],
    ['x.example, netdata.cloud', true],
    ['x.example netdata.cloud', true],
    ['*', true],
    ['*.netdata.cloud', false],
    ['data.cloud', false],
    ['cloud', true],
    ['x.app.netdata.cloud', false],
    ['10.0.0.0/8', false],
    ['', false],
    [' ', false],
  ])('%j covers app.netdata.cloud: %s', (list, expected) => {
    expect(coveringItem(list, 'app.netdata.cloud') !== null).toBe(expected);
  });
  it.each([
    ['10.1.2.3', '10.0.0.0/8', true],
    ['10.1.2.3', '10.1.2.3', true],
    ['11.1.2.3', '10.0.0.0/8', false],
    ['10.1.2.3', '2.3', false],
    ['fd00::1', 'fd00::/8', true],
    ['fd00::1', 'fd00:0:0::1', true],
    ['fe00::1', 'fd00::/8', false],
  ])('%s is covered by %s: %s', (host, list, expected) => {
    expect(coveringItem(list, host) !== null).toBe(expected);
  });
});

describe('the claim script of 1.x on a host without curl', () => {
  const byWget = (value: string, variables: Record<string, string>, target = app) =>
    chooseClaimProxy(setting(value), env(variables), target, 'wget');
  it.each([
    ['env', { https_proxy: A }, A],
    ['env', { HTTPS_PROXY: A }, 'direct'],
    ['env', { ALL_PROXY: A }, 'direct'],
    ['env', { https_proxy: A, no_proxy: '.netdata.cloud' }, 'direct'],
    ['env', { https_proxy: A, NO_PROXY: '.netdata.cloud' }, A],
    [A, {}, 'direct'],
    [A, { https_proxy: B }, B],
    ['none', { https_proxy: A }, 'direct'],
  ])('%s with %j: %s', (value, variables, expected) => {
    expect(describeReading(byWget(value, variables).reading)).toBe(expected);
  });

  it('knows no SOCKS', () => {
    expect(byWget('env', { https_proxy: 'socks5://p:1080' }).reading).toMatchObject({ kind: 'unusable' });
  });

  it('hands a given proxy on for http only, and says so', () => {
    expect(byWget(A, {}).why).toContain('install curl');
    expect(describeReading(byWget(A, {}, { ...app, tls: false }).reading)).toBe(A);
  });
});
