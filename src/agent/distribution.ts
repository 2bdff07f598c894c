/** Which family of distributions the files are of (os-release(5)): decides which command mends their certificates. */
import type { Distribution } from '../model/agent.js';
import type { HostReader } from './reader.js';

const MAX_BYTES = 16 * 1024;

/** `ID` and `ID_LIKE` of members, as their own os-release files spell them. */
const FAMILIES: Readonly<Record<Distribution, readonly string[]>> = {
  openwrt: ['openwrt', 'lede', 'turrisos', 'immortalwrt'],
  debian: ['debian', 'ubuntu', 'raspbian', 'linuxmint', 'devuan', 'kali', 'pop'],
  rhel: ['rhel', 'centos', 'fedora', 'amzn', 'ol', 'rocky', 'almalinux', 'scientific', 'mageia'],
  suse: ['suse', 'sles', 'sled', 'opensuse', 'opensuse-leap', 'opensuse-tumbleweed', 'sle_hpc'],
  alpine: ['alpine', 'postmarketos'],
  arch: ['arch', 'archarm', 'manjaro', 'endeavouros'],
};

export async function readDistribution(reader: HostReader): Promise<Distribution | null> {
  for (const path of ['/etc/os-release', '/usr/lib/os-release']) {
    const file = await reader.readFile(path, MAX_BYTES);
    if (file.state === 'read') return distributionOf(new TextDecoder().decode(file.bytes));
  }
  return null;
}

/** @param text of an os-release file */
export function distributionOf(text: string): Distribution | null {
  const value = (key: string): readonly string[] => {
    const line = new RegExp(`^${key}=(?:"([^"\\n]*)"|'([^'\\n]*)'|([^\\s"']*))`, 'mu').exec(text);
    return (line?.[1] ?? line?.[2] ?? line?.[3] ?? '').toLowerCase().split(/\s+/u);
  };
  // What it is counts before what it is like.
  for (const names of [value('ID'), value('ID_LIKE')]) {
    for (const [family, members] of Object.entries(FAMILIES) as [Distribution, readonly string[]][])
      if (names.some((name) => members.includes(name))) return family;
  }
  return null;
}
