/** The published list, or one's own: `ADDRESS [HOST…]` a line, `#` comments. */
import { isIP } from 'node:net';
import { KNOWN_ADDRESSES, type KnownAddress } from '../../catalog/known-addresses.js';
import { APP_HOST, API_HOST, MQTT_HOST } from '../../catalog/hosts.js';
import { readTyped } from '../../host/typed.js';
import { UsageError } from '../../model/errors.js';
import { fileErrorText } from '../file-errors.js';

const MAX_BYTES = 1_000_000;

export async function loadKnownAddresses(path: string | null, today: string): Promise<readonly KnownAddress[]> {
  if (path === null) return KNOWN_ADDRESSES;
  let text: string;
  try {
    text = (await readTyped(path, MAX_BYTES)).toString('utf8');
  } catch (error) {
    throw new UsageError(`--known-addresses: cannot read ${path}: ${fileErrorText(error)}`);
  }
  return parseKnownAddresses(text, path, today);
}

export function parseKnownAddresses(text: string, path: string, today: string): readonly KnownAddress[] {
  return text.split(/\r?\n/).flatMap((line, index) => {
    const [address, ...hosts] = (line.split('#')[0] ?? '').trim().split(/[\s,]+/);
    if (address === undefined || address === '') return [];
    const where = `--known-addresses: ${path}:${String(index + 1)}`;
    if (isIP(address) === 0) throw new UsageError(`${where}: "${printable(address)}" is not an IP address`);
    for (const host of hosts) {
      if (!/^(?!-)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*$/i.test(host)) {
        throw new UsageError(`${where}: "${printable(host)}" is not a host name`);
      }
    }
    const names = hosts.length > 0 ? hosts.map((host) => host.toLowerCase()) : [APP_HOST, API_HOST, MQTT_HOST];
    return [{ address, hosts: names, since: today, until: null, source: path }];
  });
}

function printable(text: string): string {
  return text.slice(0, 60).replaceAll(/[^\x20-\x7e]/g, '?');
}
