/** `rules recommend`: hosts of all kinds, played by a reader and a runner of our own. */
import { describe, expect, test } from 'vitest';
import { recommendCommand } from '../../../src/cli/rules/recommend-command.js';
import type { CommandResult, CommandRunner } from '../../../src/firewall/live/runner.js';
import { lookAround, type Surroundings } from '../../../src/firewall/live/surroundings.js';
import { advise } from '../../../src/firewall/recommend.js';
import { findTarget } from '../../../src/firewall/registry.js';
import { factsOf, NOTHING_FILTERS } from './facts.js';

interface Played {
  readonly platform?: string;
  /** Files with their text. */
  readonly files?: Readonly<Record<string, string>>;
  /** What a command prints; every other program is not installed. */
  readonly prints?: Readonly<Record<string, string>>;
}

function played({ platform = 'linux', files = {}, prints = {} }: Played): Surroundings {
  const runner: CommandRunner = {
    run: (argv): Promise<CommandResult> => {
      const stdout = prints[argv.join(' ')];
      return Promise.resolve({ code: stdout === undefined ? 1 : 0, stdout: stdout ?? '', stderr: '' });
    },
    which: (program) =>
      Promise.resolve(Object.keys(prints).some((line) => line.split(' ')[0] === program) ? `/sbin/${program}` : null),
  };
  return {
    platform,
    runner,
    exists: (path) => Promise.resolve(Object.keys(files).some((file) => file === path || file.startsWith(`${path}/`))),
    text: (path) => (files[path] ?? '').trim(),
  };
}

const dmi = (file: string, text: string): Played => ({ files: { [`/sys/class/dmi/id/${file}`]: `${text}\n` } });

const CASES: readonly (readonly [string, Played, readonly string[]])[] = [
  ['a host that nothing filters', {}, []],
  ['ufw', { prints: { 'ufw status': 'Status: active\n' } }, ['apply ufw']],
  ['ufw that is switched off', { prints: { 'ufw status': 'Status: inactive\n' } }, []],
  ['firewalld', { prints: { 'firewall-cmd --state': 'running\n' } }, ['apply firewalld']],
  [
    'rules in the legacy backend',
    {
      files: {},
      prints: { 'cat /proc/net/ip_tables_names': 'filter\n', 'iptables-legacy-save': '-A OUTPUT -j DROP\n' },
    },
    ['apply iptables --backend legacy'],
  ],
  [
    'Docker with iptables',
    { prints: { 'iptables-nft-save': '-A DOCKER-USER -j RETURN\n' } },
    ['apply iptables --backend nft', 'docker-user --output-dir out'],
  ],
  [
    'Docker with nftables',
    {
      files: { '/run/docker.sock': '' },
      prints: { 'nft list tables': 'table ip docker-bridges\ntable ip6 docker-bridges\n' },
    },
    ['docker-nftables --output-dir out'],
  ],
  ['OpenWrt', { files: { '/etc/openwrt_release': '' } }, ['openwrt --output-dir out']],
  ['VyOS', { files: { '/opt/vyatta/etc/config/config.boot': '' } }, ['vyos --output-dir out']],
  ['Proxmox VE', { files: { '/etc/pve/firewall/cluster.fw': '' } }, ['proxmox --output-dir out']],
  [
    'FreeBSD with pf',
    { platform: 'freebsd', prints: { 'pfctl -s info': 'Status: Enabled for 2 days\n' } },
    ['pf --output-dir out'],
  ],
  [
    'FreeBSD with ipfw',
    { platform: 'freebsd', prints: { 'sysctl -n net.inet.ip.fw.enable': '1\n' } },
    ['ipfw --output-dir out'],
  ],
  ['FreeBSD with neither', { platform: 'freebsd', prints: { 'pfctl -s info': 'Status: Disabled\n' } }, []],
  ['Windows', { platform: 'win32' }, ['windows --output-dir out']],
  ['macOS', { platform: 'darwin' }, ['pf --output-dir out']],
  [
    'a pod',
    { files: { '/var/run/secrets/kubernetes.io/serviceaccount/token': '', '/.dockerenv': '' } },
    ['network-policy --output-dir out', 'cilium --output-dir out', 'antrea --output-dir out'],
  ],
  [
    'a container of Docker',
    { files: { '/.dockerenv': '' } },
    ['docker-user --output-dir out', 'docker-nftables --output-dir out'],
  ],
  [
    'Amazon EC2',
    dmi('sys_vendor', 'Amazon EC2'),
    ['aws-security-group --output-dir out', 'aws-network-firewall --output-dir out'],
  ],
  [
    'Amazon EC2 on Xen',
    dmi('bios_version', '4.11.amazon'),
    ['aws-security-group --output-dir out', 'aws-network-firewall --output-dir out'],
  ],
  [
    'Microsoft Azure',
    dmi('chassis_asset_tag', '7783-7084-3265-9085-8269-3286-77'),
    ['azure-nsg --output-dir out', 'azure-firewall --output-dir out'],
  ],
  ['Hyper-V at home', dmi('sys_vendor', 'Microsoft Corporation'), []],
  ['Google Cloud', dmi('product_name', 'Google Compute Engine'), ['gcp-fqdn --output-dir out']],
  ['Oracle Cloud', dmi('chassis_asset_tag', 'OracleCloud.com'), ['oci-nsg --output-dir out']],
  ['a name that only looks like it', dmi('product_name', 'Not Google Compute Engine'), []],
];

describe('what fits', () => {
  test.each(CASES)('%s', async (_, host, commands) => {
    const { targets, notes } = advise(await lookAround(played(host)));
    expect(targets.map((row) => row.command)).toEqual(commands.map((words) => `netdata-egress rules ${words}`));
    for (const { target, why } of targets) {
      expect(findTarget(target).id).toBe(target);
      expect(why).not.toBe('');
    }
    if (targets.length === 0) expect(notes).not.toEqual([]);
  });

  test('the firewall here comes before its containers, and they before the cloud', async () => {
    const { targets } = advise(
      await lookAround(
        played({
          files: { '/sys/class/dmi/id/sys_vendor': 'Amazon EC2' },
          prints: { 'ufw status': 'Status: active\n', 'iptables-nft-save': '-A DOCKER-USER -j RETURN\n' },
        }),
      ),
    );
    expect(targets.map((row) => `${row.target} ${row.where}`)).toEqual([
      'ufw here',
      'docker-user here',
      'aws-security-group outside',
      'aws-network-firewall outside',
    ]);
  });

  test('two front ends at once, both backends and what could not be asked are said, and nothing is chosen', () => {
    const { targets, notes } = advise(
      factsOf({
        detection: {
          ...NOTHING_FILTERS,
          managers: [
            { id: 'ufw', role: 'front_end', evidence: 'x' },
            { id: 'firewalld', role: 'front_end', evidence: 'y' },
          ],
          mixedBackends: true,
          notChecked: ['nft -j list ruleset: not permitted'],
        },
      }),
    );
    expect(targets).toEqual([]);
    expect(notes.join('\n')).toMatch(/^ufw and firewalld run at once/);
    expect(notes.join('\n')).toContain('--backend nft or --backend legacy');
    expect(notes.join('\n')).toContain('Not checked: nft -j list ruleset: not permitted. Run it as root.');
  });
});

describe('the command', () => {
  async function said(flags: { json?: boolean }, host: Played): Promise<string> {
    let out = '';
    const io = { out: (text: string) => void (out += text), err: () => undefined, exit: () => undefined };
    await recommendCommand(flags, io, () => lookAround(played(host)));
    return out;
  }

  test('says where, what, why and how', async () => {
    expect(await said({}, { ...dmi('sys_vendor', 'Amazon EC2'), prints: { 'ufw status': 'Status: active\n' } })).toBe(
      `For this host:
  ufw: ufw status: active
    netdata-egress rules apply ufw

For what stands around it (each command writes files: load them where it is managed):
  aws-security-group: this machine is in Amazon EC2 (sys_vendor of the DMI table is Amazon EC2)
    netdata-egress rules aws-security-group --output-dir out
  aws-network-firewall: this machine is in Amazon EC2 (sys_vendor of the DMI table is Amazon EC2)
    netdata-egress rules aws-network-firewall --output-dir out
`,
    );
  });

  test('as JSON, and where nothing filters', async () => {
    expect(JSON.parse(await said({ json: true }, {}))).toEqual({
      schema: 'netdata-egress/rule-advice',
      version: 1,
      targets: [],
      notes: [expect.stringContaining('Nothing filters on this host')],
    });
  });
});
