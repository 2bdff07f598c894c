import { expect, it } from 'vitest';
import { distributionOf, readDistribution } from '../../../src/agent/distribution.js';
import { memoryHost } from './memory-host.js';

it.each([
  ['ID=ubuntu\nID_LIKE=debian\n', 'debian'],
  ['NAME="CentOS Linux"\nID="centos"\nID_LIKE="rhel fedora"\n', 'rhel'],
  ['ID="amzn"\nID_LIKE="centos rhel fedora"\n', 'rhel'],
  ['ID="opensuse-leap"\nID_LIKE="suse opensuse"\n', 'suse'],
  ['ID=alpine\n', 'alpine'],
  ['ID=manjaro\nID_LIKE=arch\n', 'arch'],
  ['ID="openwrt"\nID_LIKE="lede openwrt"\n', 'openwrt'],
  ["ID='somebodys'\nID_LIKE='debian'\n", 'debian'],
  ['ID=nixos\n', null],
  ['VERSION_ID=debian\n', null],
  ['', null],
])('%j is of the family %s', (text, family) => {
  expect(distributionOf(text)).toBe(family);
});

it('reads the file in /usr/lib where /etc has none, and says nothing without either', async () => {
  expect(await readDistribution(memoryHost({ files: { '/usr/lib/os-release': 'ID=alpine\n' } }))).toBe('alpine');
  expect(await readDistribution(memoryHost({ files: {} }))).toBeNull();
});
