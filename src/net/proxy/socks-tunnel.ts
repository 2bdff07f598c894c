/** What the SOCKS versions share: one dialogue on a connected socket, saved as one observation. */
import type { Socket } from 'node:net';
import type { Failure } from '../../model/failure.js';
import type { ProxyConnectObservation } from '../../model/observation.js';
import type { NetContext, Step, StepLabel } from '../context.js';
import { peerOf, Wire } from '../socket.js';
import { StepClock } from '../step.js';
import type { TunnelInput } from './http-connect.js';
import { SocksEnd, SocksReader } from './socks-reader.js';

export interface SocksInput extends TunnelInput {
  readonly resolveAt: 'local' | 'proxy';
  /** Address of `host`, needed with resolveAt `local`. */
  readonly address: string | null;
}

/** What the dialogue learns while it lasts; kept also when it ends early. */
interface SocksSeen {
  credentialsSent: boolean;
  method: number | null;
  authStatus: number | null;
  reply: number | null;
}

/** Speaks one version's dialogue; returns how the proxy refused, or null. @throws SocksEnd when the wire ends it. */
export type SocksDialogue = (wire: Wire, reader: SocksReader, seen: SocksSeen) => Promise<Failure | null>;

export async function socksTunnel(
  ctx: NetContext,
  label: StepLabel,
  input: SocksInput,
  protocol: 'socks4' | 'socks5',
  talk: SocksDialogue,
): Promise<Step<ProxyConnectObservation, Socket>> {
  const { socket, proxy, host, port, dialect, resolveAt, address } = input;
  const step = new StepClock(ctx, label, 'proxy_connect');
  const wire = new Wire(socket, step);
  const reader = new SocksReader(wire, step);
  const seen: SocksSeen = { credentialsSent: false, method: null, authStatus: null, reply: null };
  let failure: Failure | null;
  try {
    failure = step.blocked() ?? (await talk(wire, reader, seen));
  } catch (error) {
    if (!(error instanceof SocksEnd)) throw error;
    failure = error.failure;
  }
  wire.release(failure === null ? reader.rest : undefined);
  if (failure !== null) socket.destroy();

  const observation = step.save<ProxyConnectObservation>({
    ...step.base(peerOf(socket), failure),
    protocol,
    proxyHost: proxy.host,
    proxyPort: proxy.port,
    dialect,
    credentialsSent: seen.credentialsSent,
    requestedHost: resolveAt === 'proxy' ? host : (address ?? host),
    requestedPort: port,
    resolveAt,
    rawReply: failure === null ? reader.taken.toString('latin1') : reader.raw,
    bytesAfterHead: failure === null ? reader.rest.length : 0,
    status: null,
    headers: [],
    bodyExcerpt: '',
    socksMethod: seen.method,
    socksAuthStatus: seen.authStatus,
    socksReply: seen.reply,
  });
  return { observation, handle: failure === null ? socket : null };
}
