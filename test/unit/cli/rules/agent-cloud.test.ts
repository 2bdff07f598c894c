/** The rules are for the cloud that the Agent of this host reads, and say so when its hosts are not all known. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UsageError } from '../../../../src/model/errors.js';
import { optionalHosts } from '../../../../src/catalog/hosts.js';
import { cloudHosts } from '../../../../src/cli/rules/agent-cloud.js';
import { createHostReader } from '../../../../src/cli/host-reader.js';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'netdata-egress-cloud-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const names = ({ hosts }: { readonly hosts: readonly { fqdn: string; ports: readonly number[] }[] }): string[] =>
  hosts.map((host) => `${host.fqdn}:${host.ports.join(',')}`);
const PUBLIC = ['app.netdata.cloud:443', 'api.netdata.cloud:443', 'mqtt.netdata.cloud:443'];

async function claimConf(text: string): Promise<ReturnType<typeof createHostReader>> {
  const path = join(root, 'etc/netdata/claim.conf');
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  return createHostReader({ root });
}

describe('the cloud that rules are for', () => {
  test('nothing configured: the public one, complete', async () => {
    const found = await cloudHosts([], null, createHostReader({ root }));
    expect([names(found), found.incomplete]).toEqual([PUBLIC, null]);
  });

  test('claim.conf names another one: its host and port, and a list that says that it is incomplete', async () => {
    const reader = await claimConf('[global]\n    url = https://netdata.corp.example:8443\n');
    const found = await cloudHosts(['telemetry'], null, reader);
    expect(names(found)[0]).toBe('netdata.corp.example:8443');
    expect(names(found).filter((name) => PUBLIC.includes(name))).toEqual([]);
    expect(names(found)).toContain('agent-events.netdata.cloud:443');
    expect(found.incomplete).toContain('netdata.corp.example');
  });

  test('--url outweighs the file', async () => {
    const reader = await claimConf('[global]\n    url = https://netdata.corp.example:8443\n');
    expect(names(await cloudHosts([], 'https://app.netdata.cloud', reader))).toEqual(PUBLIC);
    expect(names(await cloudHosts([], 'https://Other.example', reader))).toEqual(['other.example:443']);
  });

  test('a base URL that names an address is refused: it has no name to make rules of', async () => {
    await expect(cloudHosts([], 'https://192.0.2.9', createHostReader({ root }))).rejects.toThrow(UsageError);
  });
});

test('what serves several purposes is listed for each, and once for both', () => {
  const hosts = (purposes: Parameters<typeof optionalHosts>[0]): string[] =>
    optionalHosts(purposes).map((entry) => entry.host);
  for (const purpose of ['install', 'update'] as const)
    expect(hosts([purpose])).toEqual(
      expect.arrayContaining(['github.com', 'release-assets.githubusercontent.com', 'repository.netdata.cloud']),
    );
  const both = hosts(['install', 'update']);
  expect(new Set(both).size).toBe(both.length);
});
