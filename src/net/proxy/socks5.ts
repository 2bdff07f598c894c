/**
 * A tunnel by SOCKS5 (RFC 1928) with user name and password (RFC 1929), in the bytes of ACLK's own client
 * (docs/reference/agent.md#socks5) or libcurl's (docs/reference/agent.md#claim-proxy). Method, authentication status
 * and reply byte are kept.
 */
import { isIP, type Socket } from 'node:net';
import type { Failure, FailureKind } from '../../model/failure.js';
import type { ProxyConnectObservation } from '../../model/observation.js';
import type { Dialect } from '../../model/route.js';
import type { Credentials } from '../../model/secret.js';
import { failureOf } from '../classify.js';
import type { NetContext, Step, StepLabel } from '../context.js';
import { addressBytes, SocksEnd, type SocksReader } from './socks-reader.js';
import { type SocksInput, socksTunnel } from './socks-tunnel.js';

/** RFC 1928 §6. */
const REPLIES: Readonly<Record<number, FailureKind>> = {
  1: 'socks_server_failure',
  2: 'socks_connection_not_allowed',
  3: 'socks_network_unreachable',
  4: 'socks_host_unreachable',
  5: 'socks_connection_refused',
  6: 'socks_ttl_expired',
  7: 'socks_command_not_supported',
  8: 'socks_address_not_supported',
};

const NO_AUTH = 0;
const USER_PASSWORD = 2;

export function tunnelSocks5(
  ctx: NetContext,
  label: StepLabel,
  input: SocksInput,
): Promise<Step<ProxyConnectObservation, Socket>> {
  const { credentials, host, port, dialect, resolveAt, address } = input;
  return socksTunnel(ctx, label, input, 'socks5', async (wire, reader, seen) => {
    wire.write(greeting(dialect, credentials));
    const [version, method = 255] = await reader.take(2, 'method selection');
    if (version !== 5) return mismatch(version);
    seen.method = method;
    if (method === USER_PASSWORD && credentials !== null && hasUser(credentials)) {
      seen.credentialsSent = true;
      wire.write(userPassword(credentials));
      const status = (await reader.take(2, 'answer to the password'))[1] ?? 255;
      seen.authStatus = status;
      if (status !== 0) {
        return failureOf('socks_authentication_failed', 'proxy_connect', code('STATUS', status), 'password refused');
      }
    } else if (method !== NO_AUTH) {
      const detail = 'the proxy wants a way to authenticate that was not offered';
      return failureOf('socks_no_acceptable_method', 'proxy_connect', code('METHOD', method), detail);
    }
    wire.write(connectMessage(dialect, resolveAt === 'proxy' ? host : (address ?? host), port, resolveAt));
    const [replyVersion, reply = 255, , type = 0] = await reader.take(4, 'reply to the request');
    if (replyVersion !== 5) return mismatch(replyVersion);
    seen.reply = reply;
    if (reply !== 0) {
      const detail = `the proxy replied ${code('REP', reply)}`;
      return failureOf(REPLIES[reply] ?? 'socks_server_failure', 'proxy_connect', code('REP', reply), detail);
    }
    await skipBoundAddress(reader, type);
    return null;
  });
}

function hasUser(credentials: Credentials): boolean {
  return credentials.user.reveal() !== '';
}

/** ACLK offers no-auth and, with a user, password (docs/reference/agent.md#socks5); libcurl GSSAPI besides. */
function greeting(dialect: Dialect, credentials: Credentials | null): Buffer {
  const user = credentials !== null && hasUser(credentials);
  const methods = dialect === 'libcurl' ? [NO_AUTH, 1] : [NO_AUTH];
  if (user) methods.push(USER_PASSWORD);
  return Buffer.from([5, methods.length, ...methods]);
}

/** RFC 1929; both fields are cut to their 255 bytes. */
function userPassword(credentials: Credentials): Buffer {
  const field = (value: string): Buffer => {
    const bytes = Buffer.from(value, 'utf8').subarray(0, 255);
    return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  };
  return Buffer.concat([Buffer.from([1]), field(credentials.user.reveal()), field(credentials.password.reveal())]);
}

/** ACLK sends every remotely resolved host as a name, address literals too; libcurl sends literals as addresses. */
function connectMessage(dialect: Dialect, host: string, port: number, resolveAt: 'local' | 'proxy'): Buffer {
  const family = isIP(host);
  const asName = family === 0 || (dialect === 'aclk' && resolveAt === 'proxy');
  const name = Buffer.from(host, 'utf8').subarray(0, 255);
  const target = asName
    ? Buffer.concat([Buffer.from([3, name.length]), name])
    : Buffer.concat([Buffer.from([family === 6 ? 4 : 1]), addressBytes(host)]);
  return Buffer.concat([Buffer.from([5, 1, 0]), target, Buffer.from([port >> 8, port & 0xff])]);
}

async function skipBoundAddress(reader: SocksReader, type: number): Promise<void> {
  const rest = 'bound address';
  if (type === 1) await reader.take(4 + 2, rest);
  else if (type === 4) await reader.take(16 + 2, rest);
  else if (type === 3) await reader.take(((await reader.take(1, rest))[0] ?? 0) + 2, rest);
  else {
    const detail = `the reply names an unknown address type ${String(type)}`;
    throw new SocksEnd(failureOf('proxy_malformed_reply', 'proxy_connect', code('ATYP', type), detail));
  }
}

function mismatch(version: number | undefined): Failure {
  const detail = 'the reply is not SOCKS5';
  return failureOf('proxy_protocol_mismatch', 'proxy_connect', code('VER', version ?? 0), detail);
}

function code(name: string, value: number): string {
  return `${name}=${value.toString(16).padStart(2, '0')}`;
}
