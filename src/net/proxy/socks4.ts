/** A tunnel by SOCKS4 or SOCKS4a (libcurl's claim leg only): one request of 8 bytes and strings, one reply of 8 bytes. */
import { isIPv4, type Socket } from 'node:net';
import type { ProxyConnectObservation } from '../../model/observation.js';
import type { Credentials } from '../../model/secret.js';
import { failureOf } from '../classify.js';
import type { NetContext, Step, StepLabel } from '../context.js';
import { addressBytes } from './socks-reader.js';
import { type SocksInput, socksTunnel } from './socks-tunnel.js';

const GRANTED = 0x5a;

export function tunnelSocks4(
  ctx: NetContext,
  label: StepLabel,
  input: SocksInput,
): Promise<Step<ProxyConnectObservation, Socket>> {
  const { credentials, host, port, resolveAt, address } = input;
  return socksTunnel(ctx, label, input, 'socks4', async (wire, reader, seen) => {
    if (resolveAt === 'local' && !isIPv4(address ?? '')) {
      return failureOf('socks_address_not_supported', 'proxy_connect', null, 'SOCKS4 can only carry IPv4 addresses');
    }
    seen.credentialsSent = credentials !== null;
    wire.write(request(resolveAt === 'local' ? (address ?? '') : null, host, port, credentials));
    const [version, reply = 0] = await reader.take(8, 'reply to the request');
    if (version !== 0) {
      return failureOf('proxy_protocol_mismatch', 'proxy_connect', null, 'the reply is not SOCKS4');
    }
    seen.reply = reply;
    if (reply === GRANTED) return null;
    // 0x5c and 0x5d: the proxy could not, or would not, confirm the user by ident.
    const kind = reply === 0x5c || reply === 0x5d ? 'socks_authentication_failed' : 'proxy_refused';
    const code = `REP=${reply.toString(16).padStart(2, '0')}`;
    return failureOf(kind, 'proxy_connect', code, `the proxy replied ${code}`);
  });
}

/** SOCKS4a puts 0.0.0.1 where the address would be and the name behind the user id. */
function request(address: string | null, host: string, port: number, credentials: Credentials | null): Buffer {
  const zeroEnded = (value: string): Buffer => Buffer.from(`${value.replace(/\0/g, '').slice(0, 255)}\0`, 'utf8');
  return Buffer.concat([
    Buffer.from([4, 1, port >> 8, port & 0xff]),
    address === null ? Buffer.from([0, 0, 0, 1]) : addressBytes(address),
    zeroEnded(credentials?.user.reveal() ?? ''),
    ...(address === null ? [zeroEnded(host)] : []),
  ]);
}
