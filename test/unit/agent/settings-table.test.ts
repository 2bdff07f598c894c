import { describe, expect, it } from 'vitest';
import { CLAIMED_ID, NATIVE, TOKEN, discoverOn } from './discover-on.js';
import type { MemoryHostOptions } from './memory-host.js';

const CLAIM_CONF = '/etc/netdata/claim.conf';
const CLOUD_CONF = '/var/lib/netdata/cloud.d/cloud.conf';

/** `key @ place = value | claim | link`. */
async function table(host: MemoryHostOptions, options = {}): Promise<string[]> {
  const { facts } = await discoverOn(host, { agentVersion: '2.11.0', ...options });
  return facts.settings.map(({ key, value, source, claimReads, linkReads }) => {
    const place =
      source.kind === 'file' ? `${source.name.split('/').at(-1) ?? ''}:${String(source.line)}` : source.kind;
    return `${key} @ ${place} = ${value ?? ''} | ${claimReads ?? '-'} | ${linkReads ?? '-'}`;
  });
}

describe('the table of settings', () => {
  it('one row where both sides share a line', async () => {
    const files = {
      ...NATIVE,
      [CLAIM_CONF]: `[global]\nurl = https://c.example\ntoken = ${TOKEN}\nproxy = http://u:p@x\n`,
    };
    expect(await table({ files })).toEqual([
      'claim.url @ claim.conf:2 = https://c.example | c.example:443 | c.example:443',
      'claim.token @ claim.conf:3 = [hidden] | is set | -',
      'claim.proxy @ claim.conf:4 = http://[hidden]@x | http://x:1080 with credentials | http://x:8080 with credentials, after claiming',
      'claim.insecure @ default = no | verifies | verifies',
    ]);
  });

  it('a claimed Agent looks at cloud.conf only', async () => {
    const files = {
      ...NATIVE,
      [CLOUD_CONF]: `[global]\nclaimed_id = ${CLAIMED_ID}\nproxy = env\n`,
      [CLAIM_CONF]: `[global]\ntoken = ${TOKEN}\nproxy = none\n`,
    };
    const rows = await table({ files, environment: { http_proxy: 'http://p:1', HTTPS_PROXY: 'http://q:2' } });
    expect(rows).toContain('claim.proxy @ claim.conf:3 = none | not looked at: claimed already | -');
    expect(rows).toContain('link.proxy @ cloud.conf:3 = env | - | http://p:1 (http_proxy)');
    expect(rows).toContain('env.http_proxy @ environment = http://p:1 | - | http://p:1 (http_proxy)');
  });

  it('every variable says who reads it', async () => {
    const environment = {
      http_proxy: 'http://a:1',
      https_proxy: 'http://b:2',
      HTTPS_PROXY: 'http://c:3',
      no_proxy: 'internal.example',
      HTTP_PROXY: 'http://d:4',
      SSL_CERT_FILE: '/x.pem',
    };
    const rows = (await table({ files: NATIVE, environment })).filter((row) => row.startsWith('env.'));
    expect(rows).toEqual([
      'env.http_proxy @ environment = http://a:1 | - | http://a:1 (http_proxy)',
      'env.https_proxy @ environment = http://b:2 | http://b:2 (https_proxy) | not reached: http_proxy comes first',
      'env.HTTPS_PROXY @ environment = http://c:3 | not reached: https_proxy comes first | -',
      'env.no_proxy @ environment = internal.example | does not cover the cloud | -',
      'env.HTTP_PROXY @ environment = http://d:4 | - | -',
      'env.SSL_CERT_FILE @ environment = /x.pem | - | certificates from this file',
    ]);
  });

  it('an input that waits behind another is shown as such', async () => {
    const files = { ...NATIVE, [CLAIM_CONF]: `[global]\ntoken = ${TOKEN}\n` };
    const environment = { NETDATA_CLAIM_TOKEN: TOKEN, NETDATA_CLAIM_URL: 'https://e.example' };
    expect(await table({ files, environment })).toContain(
      'claim.url @ environment = https://e.example | tried if claim.conf fails | -',
    );
  });

  it('what an option or netdata.conf replaces is still there', async () => {
    const files = {
      ...NATIVE,
      [CLOUD_CONF]: `[global]\nclaimed_id = ${CLAIMED_ID}\nproxy = http://c:1\n`,
      '/etc/netdata/netdata.conf': '[cloud]\nproxy = http://n:2\n',
    };
    expect(await table({ files })).toContain(
      'link.proxy @ cloud.conf:3 = http://c:1 | - | not looked at: netdata.conf wins',
    );
    expect(await table({ files }, { proxy: 'none' })).toContain(
      'link.proxy @ cloud.conf:3 = http://c:1 | - | replaced by --proxy',
    );
  });
});
