/**
 * libcurl's no_proxy (docs/reference/agent.md#claim-proxy): which hosts the claim reaches without its proxy. The link
 * never looks at it.
 */
import { parseAddress, WIDTH } from '../addresses/address.js';

function addressMatches(host: string, item: string): boolean {
  const [network = '', prefix] = item.split('/');
  const ours = parseAddress(host);
  const theirs = parseAddress(network.replace(/^\[|\]$/g, ''));
  if (ours === null || theirs === null || ours.family !== theirs.family) return false;
  if (prefix === undefined) return ours.value === theirs.value;
  const bits = Number(prefix);
  if (!/^\d{1,3}$/.test(prefix) || bits > WIDTH[ours.family]) return false;
  const shift = BigInt(WIDTH[ours.family] - bits);
  return ours.value >> shift === theirs.value >> shift;
}

function nameMatches(host: string, item: string): boolean {
  const name = item.toLowerCase().replace(/^\./, '').replace(/\.$/, '');
  return name !== '' && (host === name || host.endsWith(`.${name}`));
}

/**
 * The item of a no_proxy list that covers a host, or null. A lone `*` covers everything; `*.domain` covers nothing;
 * a leading dot makes no difference; networks in CIDR form cover address literals only.
 */
export function coveringItem(noProxy: string, host: string): string | null {
  if (noProxy.trim() === '*') return '*';
  const plain = host.toLowerCase().replace(/\.$/, '');
  const isAddress = parseAddress(plain) !== null;
  const items = noProxy.split(/[\s,]+/).filter((item) => item !== '');
  return items.find((item) => (isAddress ? addressMatches(plain, item) : nameMatches(plain, item))) ?? null;
}
