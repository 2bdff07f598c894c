/** Addresses that this host holds an established connection to: they are not removed under a living link. */
import { textOf } from '../../host/capped-read.js';
import { formatAddress } from '../core/cidr.js';

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

export interface OpenFlow {
  readonly address: string;
  readonly port: number;
}

const LISTEN = '0A';

/** Connections that this host opened: those to a port that somebody listens on here were opened by others. */
export function parseOpened(texts: readonly string[]): OpenFlow[] {
  const rows = texts.flatMap((text) =>
    text
      .split('\n')
      .slice(1)
      .flatMap((line) => {
        const [, local = '', remote = '', state = ''] = line.trim().split(/\s+/);
        const [, host = '', port = ''] = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/i.exec(remote) ?? [];
        if (host === '') return [];
        const from = Number.parseInt(local.slice(-4), 16);
        return [{ state, from, address: address(host), port: Number.parseInt(port, 16) }];
      }),
  );
  const listening = new Set(rows.filter(({ state }) => state === LISTEN).map(({ from }) => from));
  const opened = rows.filter(({ state, from }) => state === ESTABLISHED && !listening.has(from));
  const unique = new Map(
    opened.map((row) => [`${row.address} ${String(row.port)}`, { address: row.address, port: row.port }]),
  );
  return [...unique.values()];
}

/** Empty where the kernel does not tell. */
export function openedHere(): readonly OpenFlow[] {
  return parseOpened(['/proc/net/tcp', '/proc/net/tcp6'].map((path) => textOf(path, MAX_BYTES)));
}

/** Sorted, unique; empty where the kernel does not tell. */
export function establishedPeers(ports: readonly number[]): readonly string[] {
  const texts = ['/proc/net/tcp', '/proc/net/tcp6'].map((path) => textOf(path, MAX_BYTES));
  return [...new Set(texts.flatMap((text) => parseProcTcp(text, ports)))].sort();
}
