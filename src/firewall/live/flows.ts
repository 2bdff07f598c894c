/** Addresses that this host holds an established connection to: they are not removed under a living link. */
import { readFile } from 'node:fs/promises';
import { formatAddress } from '../cidr.js';

const ESTABLISHED = '01';

/** proc_net_tcp(5): 32-bit words in host byte order (little-endian wherever Node runs). */
function address(hex: string): string {
  const words = hex.match(/.{8}/g) ?? [];
  const text = words.map((word) => (word.match(/../g) ?? []).reverse().join('')).join('');
  const value = BigInt(`0x${text || '0'}`);
  if (words.length === 1) return formatAddress(4, value);
  // A v4 connection of a v6 socket.
  if (value >> 32n === 0xffffn) return formatAddress(4, value & 0xffffffffn);
  return formatAddress(6, value);
}

export function parseProcTcp(text: string, ports: readonly number[]): string[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, , remote, state] = line.trim().split(/\s+/);
      const match = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/i.exec(remote ?? '');
      if (match?.[1] === undefined || state !== ESTABLISHED) return [];
      return ports.includes(Number.parseInt(match[2] ?? '', 16)) ? [address(match[1])] : [];
    });
}

/** Sorted, unique; empty where the kernel does not tell. */
export async function establishedPeers(ports: readonly number[]): Promise<readonly string[]> {
  const texts = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => readFile(path, 'latin1').catch(() => '')),
  );
  return [...new Set(texts.flatMap((text) => parseProcTcp(text, ports)))].sort();
}
