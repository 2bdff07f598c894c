/**
 * The traps of docs/reference/agent.md#traps that have no test elsewhere under their number; test/traps.md lists them
 * all.
 */
import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { readProxyAsCurl } from '../../../src/agent/curl-proxy.js';
import { roomsOddity } from '../../../src/agent/lint/claim-input.js';
import { maskUrl } from '../../../src/agent/mask.js';
import { readProxyAsLink } from '../../../src/agent/proxy-url.js';
import { readUrlAsCurl, readUrlAsLink } from '../../../src/agent/url.js';
import { rulesFor } from '../../../src/agent/versions.js';
import { optionalHosts } from '../../../src/catalog/hosts.js';
import { aclkGet, aclkUpgrade } from '../../../src/net/shapes.js';
import { playAll } from '../../helpers/facts.js';
import { check } from './predict/fate.js';

const RULES = rulesFor('2.10.3');
const link = (value: string) => readProxyAsLink(value, RULES);

describe('traps', () => {
  it.each(['https://p:3128', 'HTTP://p:3128', 'socks://p:1080', 'socks4://p:1080', 'p:3128'])(
    'T7: %s means direct for the link, and a proxy for the claim',
    (value) => {
      expect(link(value).kind).toBe('direct');
      expect(readProxyAsCurl(value).kind).toBe('proxy');
    },
  );

  it('T8: without a port the claim takes 1080 and the link 8080', () => {
    expect(readProxyAsCurl('http://p')).toMatchObject({ port: 1080 });
    expect(link('http://p')).toMatchObject({ port: 8080 });
  });

  it('T9: a + in the password is a space for the link only', () => {
    const password = (reading: ReturnType<typeof link>) =>
      reading.kind === 'proxy' ? reading.credentials?.password.reveal() : undefined;
    expect(password(link('http://u:p+x@p:3128'))).toBe('p x');
    expect(password(readProxyAsCurl('http://u:p+x@p:3128'))).toBe('p+x');
    expect(password(link('http://u:100%@p:1'))).toBe('100');
  });

  it('T10: a trailing slash without a port, and an IPv6 literal, spoil the host', () => {
    expect(link('http://p/')).toMatchObject({ host: 'p/' });
    expect(link('http://[fd00::1]:3128')).toMatchObject({ host: '[fd00' });
    expect(link('http://p:3128/')).toMatchObject({ host: 'p', port: 3128 });
  });

  it('T15: no User-Agent of a browser, Host without a port, an empty Origin', () => {
    const get = aclkGet('cloud.example', '/api/v1/env').toString('latin1');
    expect(get).toContain('\r\nHost: cloud.example\r\n');
    expect(get).not.toMatch(/Accept:|Mozilla/);
    const upgrade = aclkUpgrade('cloud.example', 'AAAAAAAAAAAAAAAAAAAAAA==').toString('latin1');
    expect(upgrade).toContain('\r\nOrigin: \r\n');
    expect(upgrade).not.toContain('User-Agent');
  });

  it('T24: forms of the base URL that only the claim reads as meant', () => {
    expect(readUrlAsLink('cloud.example')).toMatchObject({ port: 0 });
    expect(readUrlAsCurl('cloud.example')).toMatchObject({ port: 80 });
    expect(readUrlAsLink('HTTPS://cloud.example')).toMatchObject({ port: 0 });
    expect(readUrlAsCurl('HTTPS://cloud.example')).toMatchObject({ port: 443 });
    expect(readUrlAsLink('http://cloud.example')).toMatchObject({ port: 80, tls: true });
    expect(readUrlAsLink('https://u:p@cloud.example').kind).toBe('unusable');
  });

  it('T28: names are checked from v2.10.4 on by the link, and only after it by the steps before', () => {
    expect(rulesFor('2.10.3')).toMatchObject({ linkChecksName: false, httpsLegsCheckName: false });
    expect(rulesFor('2.11.0')).toMatchObject({ linkChecksName: true, httpsLegsCheckName: false });
    expect(rulesFor('2.11.0-22-nightly')).toMatchObject({ linkChecksName: true, httpsLegsCheckName: true });
  });

  it('T29: a middlebox with TLS 1.0 only stops every leg on a host of today', () => {
    const old = { tls: { protocol: 'TLSv1' } };
    check({
      name: 'T29',
      seen: playAll({ env: old, link: old }),
      fate: ['works', 'fails', 'works', 'fails'],
      and: { env: { rule: 'agent:tls.version_unsupported' }, link: { rule: 'agent:tls.version_unsupported' } },
    });
  });

  it('T30: room ids that were merged because kickstart deleted the comma', () => {
    const room = '3f0c8a52-7c0e-4a8d-9a51-2f4a1d1e8b77';
    expect(roomsOddity(room + room)?.kind).toBe('rooms_merged');
    expect(roomsOddity(`${room},${room}`)).toBeNull();
  });

  it('T33: what delays the start of an Agent is among the optional destinations', () => {
    expect(optionalHosts(['telemetry']).map(({ host }) => host)).toContain('agent-events.netdata.cloud');
  });

  it('T34: no command of ours takes an exit code of netdatacli or kickstart for an answer', async () => {
    const folder = new URL('../../../src/diagnose/rules/', import.meta.url);
    for (const name of await readdir(folder)) {
      expect(await readFile(new URL(name, folder), 'utf8'), name).not.toMatch(/reload-claiming-state|--claim-only/);
    }
  });

  it('T37: a value that the Agent would log whole is masked wherever we show it', () => {
    expect(maskUrl('ftp://user:s3cret@p:1')).not.toContain('s3cret');
    expect(maskUrl('user:s3cret@p:1')).not.toContain('s3cret');
  });
});

interface Row {
  readonly trap: number;
  readonly file: string;
  readonly title: string;
}

async function listed(): Promise<readonly Row[]> {
  const text = await readFile(new URL('../../traps.md', import.meta.url), 'utf8');
  return [...text.matchAll(/^\| T(\d+) +\|[^|]*\| `([^`]+)` +\| ([^|]+?) +\|$/gm)].map(([, trap, file, title]) => ({
    trap: Number(trap),
    file: file ?? '',
    title: title ?? '',
  }));
}

describe('test/traps.md', () => {
  it('has a row for every trap', async () => {
    const rows = await listed();
    expect([...new Set(rows.map(({ trap }) => trap))].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 38 }, (_, index) => index + 1),
    );
  });

  it('names tests that exist', async () => {
    for (const { trap, file, title } of await listed()) {
      const source = await readFile(new URL(`../../../test/${file}`, import.meta.url), 'utf8');
      expect(source.includes(title.replaceAll('\\|', '|')), `T${String(trap)}: "${title}" in ${file}`).toBe(true);
    }
  });
});
