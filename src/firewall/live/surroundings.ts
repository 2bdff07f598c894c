/**
 * What a host is and what stands around it, from its own files and programs: never by network. A machine of a cloud is
 * told by the DMI strings that its maker put there, which anybody on it may read (docs/reference/firewall.md#surroundings).
 */
import { access } from 'node:fs/promises';
import { textOf } from '../../host/capped-read.js';
import { detectManagers, type Detection } from './detect.js';
import { hostRunner, type CommandRunner } from './runner.js';

/** The seam: tests hand in another host. */
export interface Surroundings {
  /** As Node spells it. */
  readonly platform: string;
  readonly runner: CommandRunner;
  exists(path: string): Promise<boolean>;
  /** At most 4 kB, trimmed; '' when it is not there or may not be read. */
  text(path: string): string;
}

export type Cloud = 'aws' | 'azure' | 'gcp' | 'oci';
export type System = 'openwrt' | 'vyos' | 'proxmox' | 'freebsd' | 'openbsd' | 'macos' | 'windows' | 'linux' | 'other';

export interface HostFacts {
  readonly system: System;
  /** Null where nothing of Linux can be asked. */
  readonly detection: Detection | null;
  /** Firewalls of the BSDs that are switched on. */
  readonly bsd: readonly ('pf' | 'ipfw')[];
  /** Where this process runs: rules of its host decide. */
  readonly inside: 'kubernetes' | 'docker' | 'podman' | 'container' | null;
  /** The backend that Docker on this host filters with, as far as its rules show. */
  readonly docker: 'iptables' | 'nftables' | null;
  readonly cloud: { readonly id: Cloud; readonly evidence: string } | null;
}

/** Most of what is read: release files and DMI strings are far shorter. */
const MAX_BYTES = 4096;

const thisHost: Surroundings = {
  platform: process.platform,
  runner: hostRunner,
  exists: (path) =>
    access(path).then(
      () => true,
      () => false,
    ),
  text: (path) => textOf(path, MAX_BYTES).trim(),
};

const DMI = '/sys/class/dmi/id';

/** File, what it says at its start, whose machine that is. */
const CLOUDS: readonly (readonly [file: string, says: RegExp, id: Cloud])[] = [
  ['sys_vendor', /^Amazon EC2$/, 'aws'],
  ['bios_vendor', /^Amazon EC2$/, 'aws'],
  ['bios_version', /\bamazon$/i, 'aws'],
  ['chassis_asset_tag', /^7783-7084-3265-9085-8269-3286-77$/, 'azure'],
  ['product_name', /^Google Compute Engine$/, 'gcp'],
  ['chassis_asset_tag', /^OracleCloud\.com$/, 'oci'],
];

function cloudOf(host: Surroundings): HostFacts['cloud'] {
  for (const [file, says, id] of CLOUDS) {
    const text = host.text(`${DMI}/${file}`);
    if (says.test(text)) return { id, evidence: `${file} of the DMI table is ${text}` };
  }
  return null;
}

async function systemOf(host: Surroundings): Promise<System> {
  const others: Readonly<Record<string, System>> = {
    freebsd: 'freebsd',
    openbsd: 'openbsd',
    darwin: 'macos',
    win32: 'windows',
  };
  if (host.platform !== 'linux') return others[host.platform] ?? 'other';
  if (await host.exists('/etc/openwrt_release')) return 'openwrt';
  if ((await host.exists('/opt/vyatta/etc/config')) || (await host.exists('/usr/libexec/vyos'))) return 'vyos';
  if ((await host.exists('/etc/pve/firewall')) || (await host.exists('/usr/sbin/pve-firewall'))) return 'proxmox';
  return 'linux';
}

async function insideOf(host: Surroundings): Promise<HostFacts['inside']> {
  if (await host.exists('/var/run/secrets/kubernetes.io/serviceaccount')) return 'kubernetes';
  if (await host.exists('/run/.containerenv')) return 'podman';
  if (await host.exists('/.dockerenv')) return 'docker';
  return (await host.exists('/run/host/container-manager')) ? 'container' : null;
}

async function bsdOf(host: Surroundings): Promise<('pf' | 'ipfw')[]> {
  const ask = async (argv: readonly string[]): Promise<string> => {
    if ((await host.runner.which(argv[0] ?? '')) === null) return '';
    const { code, stdout } = await host.runner.run(argv, { timeoutMs: 10_000 });
    return code === 0 ? stdout : '';
  };
  const [pf, ipfw] = await Promise.all([ask(['pfctl', '-s', 'info']), ask(['sysctl', '-n', 'net.inet.ip.fw.enable'])]);
  return [...(/^Status: Enabled/m.test(pf) ? ['pf' as const] : []), ...(ipfw.trim() === '1' ? ['ipfw' as const] : [])];
}

async function dockerOf(host: Surroundings, detection: Detection | null): Promise<HostFacts['docker']> {
  if (detection?.managers.some((manager) => manager.id === 'docker') === true) return 'iptables';
  if (!(await host.exists('/run/docker.sock')) && !(await host.exists('/var/run/docker.sock'))) return null;
  const result = await host.runner.run(['nft', 'list', 'tables'], { timeoutMs: 10_000 });
  return result.code === 0 && /^table ip6? docker-bridges$/m.test(result.stdout) ? 'nftables' : null;
}

/** Needs root to see the rules of Linux; what could not be asked stands in `detection.notChecked`. */
export async function lookAround(host: Surroundings = thisHost): Promise<HostFacts> {
  const system = await systemOf(host);
  const isLinux = host.platform === 'linux';
  const detection = isLinux ? await detectManagers(host.runner) : null;
  return {
    system,
    detection,
    bsd: isLinux || system === 'windows' ? [] : await bsdOf(host),
    inside: isLinux ? await insideOf(host) : null,
    docker: isLinux ? await dockerOf(host, detection) : null,
    cloud: isLinux ? cloudOf(host) : null,
  };
}
