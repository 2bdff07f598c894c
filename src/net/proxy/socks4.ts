/** A tunnel by SOCKS4 or SOCKS4a (libcurl's claim leg only): one request of 8 bytes and strings, one reply of 8 bytes. */
import { isIPv4, type Socket } from 'node:net';
import type { Failure } from '../../model/failure.js';
import type { ProxyConnectObservation } from '../../model/observation.js';
import type { Credentials } from '../../model/secret.js';
import { failureOf } from '../classify.js';
import type { NetContext, Step, StepLabel } from '../context.js';
import { peerOf, Wire } from '../socket.js';
import { StepClock } from '../step.js';
import { addressBytes, SocksEnd, SocksReader } from './socks-reader.js';
import type { SocksInput } from './socks5.js';

const GRANTED = 0x5a;

export async function tunnelSocks4(
  ctx: NetContext,
  label: StepLabel,
  input: SocksInput,
): Promise<Step<ProxyConnectObservation, Socket>> {
  const { socket, proxy, credentials, host, port, dialect, resolveAt, address } = input;
  const step = new StepClock(ctx, label, 'proxy_connect');
  const wire = new Wire(socket, step);
  const reader = new SocksReader(wire, step);
  let reply: number | null = null;

  const talk = async (): Promise<Failure | null> => {
    if (resolveAt === 'local' && !isIPv4(address ?? '')) {
      return failureOf('socks_address_not_supported', 'proxy_connect', null, 'SOCKS4 can only carry IPv4 addresses');
    }
    wire.write(request(resolveAt === 'local' ? (address ?? '') : null, host, port, credentials));
    const bytes = await reader.take(8, 'reply to the request');
    if (bytes[0] !== 0) {
      return failureOf('proxy_protocol_mismatch', 'proxy_connect', null, 'the reply is not SOCKS4');
    }
    const granted = bytes[1] ?? 0;
    reply = granted;
    if (granted === GRANTED) return null;
    // 0x5c and 0x5d: the proxy could not, or would not, confirm the user by ident.
    const kind = granted === 0x5c || granted === 0x5d ? 'socks_authentication_failed' : 'proxy_refused';
    const code = `REP=${granted.toString(16).padStart(2, '0')}`;
    return failureOf(kind, 'proxy_connect', code, `the proxy replied ${code}`);
  };
  let failure: Failure | null;
  try {
    failure = step.blocked() ?? (await talk());
  } catch (error) {
    if (!(error instanceof SocksEnd)) throw error;
    failure = error.failure;
  }
  wire.release(failure === null ? reader.rest : undefined);
  if (failure !== null) socket.destroy();

  const observation = step.save<ProxyConnectObservation>({
    ...step.base(peerOf(socket), failure),
    protocol: 'socks4',
    proxyHost: proxy.host,
    proxyPort: proxy.port,
    dialect,
    credentialsSent: credentials !== null,
    requestedHost: resolveAt === 'proxy' ? host : (address ?? host),
    requestedPort: port,
    resolveAt,
    rawReply: failure === null ? reader.taken.toString('latin1') : reader.raw,
    bytesAfterHead: failure === null ? reader.rest.length : 0,
    status: null,
    headers: [],
    bodyExcerpt: '',
    socksMethod: null,
    socksAuthStatus: null,
    socksReply: reply,
  });
  return { observation, handle: failure === null ? socket : null };
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
