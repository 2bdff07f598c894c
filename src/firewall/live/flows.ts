/** Addresses that this host holds an established connection to: they are not removed under a living link. */
import { textOf } from '../../host/capped-read.js';
import { formatAddress } from '../cidr.js';

const ESTABLISHED = '01';
/** Of some hundred thousand connections. */
const MAX_BYTES = 32 * 1024 * 1024;

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
export function establishedPeers(ports: readonly number[]): readonly string[] {
  const texts = ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => textOf(path, MAX_BYTES));
  return [...new Set(texts.flatMap((text) => parseProcTcp(text, ports)))].sort();
}
