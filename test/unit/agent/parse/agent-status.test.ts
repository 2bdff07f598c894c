import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAclkState, readEffectiveProxy, readInfoDocument } from '../../../../src/agent/parse/agent-status.js';

const info = (cloud: Record<string, unknown>, agent: Record<string, unknown> = {}) =>
  JSON.stringify({ api: 2, agents: [{ mg: 'x', nd: 'y', nm: 'host', v: 'v2.10.3', ...agent, cloud }] });
const fields = (result: ReturnType<typeof readInfoDocument>) => (result.ok ? result.fields : result.rule);

describe('agents[0].cloud of /api/v3/info (docs/reference/agent.md#info-document)', () => {
  it('reads an offline Agent', () => {
    const text = info({
      id: 3,
      status: 'offline',
      since: 1_700_000_000,
      age: 10,
      claim_id: 'secret',
      url: 'https://app.netdata.cloud',
      reason: 'https client failed to write http header',
      next_check: 1_700_000_600,
      next_in: 600,
    });
    expect(fields(readInfoDocument(text))).toMatchObject({
      status: 'offline',
      reason: 'https client failed to write http header',
      nextAttemptAt: '2023-11-14T22:23:20.000Z',
      reconnectCount: 3,
      version: '2.10.3',
    });
  });

  it.each([
    { application: { package: { version: 'v2.10.3' } } },
    { v: 'v2.10.3' },
    { v: undefined, version: '2.10.3' },
  ])('finds the version in %j', (agent) => {
    expect(fields(readInfoDocument(info({ status: 'online' }, agent)))).toMatchObject({ version: '2.10.3' });
  });

  it.each([
    [{ status: 'available', claim_id: 'c6bd9b8e-0000-4000-8000-000000000000' }, 'offline'],
    [{ status: 'available', claim_id: 'x', reason: 'env_endpoint_unreachable' }, 'offline'],
    [{ status: 'available', claim_id: 'x', reason: 'Failed: agent is already claimed' }, 'available'],
    [{ status: 'available', claim_id: '' }, 'available'],
    [{ status: 'available', claim_id: 5 }, 'available'],
    [{ status: 'available' }, 'available'],
    [{ status: 'disabled', claim_id: 'x' }, 'disabled'],
  ])('%j is an Agent that is %s: up to 1.47.5 a claimed one may call itself available', (cloud, status) => {
    expect(fields(readInfoDocument(info(cloud)))).toMatchObject({ status });
  });

  it('keeps no claim id', () => {
    expect(JSON.stringify(readInfoDocument(info({ status: 'online', claim_id: 'secret' })))).not.toContain('secret');
  });

  it('takes the banned form, in which a key appears twice', () => {
    const text = '{"agents":[{"cloud":{"id":0,"status":"banned","url":"a","url":"b","reason":"x"}}]}';
    expect(fields(readInfoDocument(text))).toMatchObject({ status: 'banned', reason: 'x', nextAttemptAt: null });
  });

  it.each([
    ['another document', '{"version":"v1.40"}', 'status.no_agent'],
    ['no agents', '{"agents":[]}', 'status.no_agent'],
    ['HTML', '<html></html>', 'status.not_json'],
    ['a huge document', `{"agents":"${'x'.repeat(5_000_000)}"}`, 'status.too_large'],
  ])('refuses %s', (_what, text, rule) => {
    expect(fields(readInfoDocument(text))).toBe(rule);
  });

  it('keeps hostile values out', () => {
    const text = info({ id: -1, status: 'online\u001b[31m', reason: 'x'.repeat(5000), next_check: 1e300 }, { v: 5 });
    const read = fields(readInfoDocument(text));
    expect(read).toMatchObject({ status: null, nextAttemptAt: null, reconnectCount: null, version: null });
    expect(typeof read === 'string' ? '' : read.reason).toHaveLength(200);
  });
});

describe('netdatacli aclk-state json (docs/reference/agent.md#aclk-state)', () => {
  const state = (over: Record<string, unknown> = {}) =>
    JSON.stringify({
      'aclk-available': true,
      'agent-claimed': true,
      aclk_proxy: 'none',
      online: false,
      'reconnect-count': 2,
      'next-connection-attempt-utc': '2026-01-02 03:04:05',
      'banned-by-cloud': false,
      ...over,
    });

  it('reads an offline Agent', () => {
    expect(fields(readAclkState(state()))).toEqual({
      source: 'netdatacli',
      status: 'offline',
      reason: null,
      proxy: 'none',
      nextAttemptAt: '2026-01-02T03:04:05.000Z',
      reconnectCount: 2,
      version: null,
    });
  });

  it.each([
    [{ online: true }, 'online'],
    [{ online: true, 'banned-by-cloud': true }, 'banned'],
    [{ 'agent-claimed': false }, 'available'],
  ])('%j is %s', (over, status) => {
    expect(fields(readAclkState(state(over)))).toMatchObject({ status });
  });

  it('reads past words around the document', () => {
    expect(fields(readAclkState(`notice\n${state()}\n`))).toMatchObject({ status: 'offline' });
  });

  it('masks credentials, should a version print them', () => {
    const read = fields(readAclkState(state({ aclk_proxy: 'http://user:p@ss@proxy:3128 (with credentials, from x)' })));
    expect(JSON.stringify(read)).not.toContain('p@ss');
  });

  it('is total', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(typeof readAclkState(text).ok).toBe('boolean');
        expect(typeof readInfoDocument(text).ok).toBe('boolean');
      }),
    );
  });
});

describe('effective proxy', () => {
  it.each([
    ['none', 'none'],
    ['http://Proxy.Example:3128 (without credentials, from cloud.conf)', 'http://proxy.example:3128'],
    ['socks5h://10.0.0.1:1080 (with credentials, from netdata.conf [cloud])', 'socks5h://10.0.0.1:1080'],
    ['http://***@proxy:3128', 'http://proxy:3128'],
    ['something else', null],
    ['http://proxy', null],
  ])('%s', (text, expected) => {
    expect(readEffectiveProxy(text)).toBe(expected);
  });
});
