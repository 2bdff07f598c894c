/** The settings of a simulated host stand where the version that is played reads them. */
import { describe, expect, it } from 'vitest';
import { labHost } from '../../../../src/cli/lab/lab-host.js';

const BASE = { baseUrl: 'https://app.netdata.cloud:8443', proxy: 'http://proxy:3128', claimRoots: '', linkRoots: '' };
const CLOUD_CONF = '/var/lib/netdata/cloud.d/cloud.conf';

async function textOf(version: string, path: string): Promise<string | null> {
  const file = await labHost({ ...BASE, version }).readFile(path, 4096);
  return file.state === 'read' ? new TextDecoder().decode(file.bytes) : null;
}

describe('a simulated host', () => {
  it.each([
    ['1.45.6', 'cloud base url', false],
    ['1.46.0', 'cloud base url', true],
    ['2.0.0', 'url', true],
  ])('%s: base URL as `%s`, the proxy in cloud.conf: %s', async (version, key, proxyInCloudConf) => {
    const cloudConf = await textOf(version, CLOUD_CONF);
    expect(cloudConf).toContain(`\n${key} = ${BASE.baseUrl}\n`);
    expect(cloudConf?.includes(`proxy = ${BASE.proxy}`)).toBe(proxyInCloudConf);
    expect((await textOf(version, '/etc/netdata/netdata.conf'))?.includes(BASE.proxy) ?? false).toBe(!proxyInCloudConf);
  });

  it('claims from claim.conf since 2.0.0, before with the options of a script', async () => {
    expect(await textOf('2.0.0', '/etc/netdata/claim.conf')).toContain(BASE.baseUrl);
    expect(await textOf('1.47.5', '/etc/netdata/claim.conf')).toBeNull();
    const { environment } = labHost({ ...BASE, version: '1.47.5' });
    expect([environment.get('NETDATA_CLAIM_URL'), environment.get('NETDATA_CLAIM_PROXY')]).toEqual([
      BASE.baseUrl,
      BASE.proxy,
    ]);
  });
});
