/** With which program the claim script of 1.x connects (docs/reference/versions.md, Claiming). */
import type { HostReader } from './reader.js';

/** `wget`: it takes no proxy of an option for https, no SOCKS, and upper-case variables neither. */
export type ClaimTool = 'curl' | 'wget';

const DIRECTORIES = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** `wget` only where it is there and curl surely is not: the script looks for curl first. */
export async function claimToolOf(reader: HostReader): Promise<ClaimTool> {
  const found = async (name: string): Promise<readonly boolean[]> =>
    Promise.all(DIRECTORIES.map(async (directory) => (await reader.stat(`${directory}/${name}`)) !== 'missing'));
  const [curl, wget] = await Promise.all([found('curl'), found('wget')]);
  return wget.includes(true) && !curl.includes(true) ? 'wget' : 'curl';
}
