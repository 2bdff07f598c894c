/**
 * The simulated resolver: UDP and TCP on one port (RFC 1035, RFC 7766). What it answers is decided elsewhere;
 * this file only moves packets.
 */
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createServer, isIPv6, type AddressInfo, type Server, type Socket } from 'node:net';
import * as dnsPacket from 'dns-packet';
import type { Packet } from 'dns-packet';
import { encodeReply, type DnsPlan, type DnsQuestion } from './reply.js';

export interface DnsServerOptions {
  readonly address: string;
  /** 0 = ephemeral. */
  readonly port: number;
  /** Every reply leaves this late. */
  readonly answerDelayMs: number;
  readonly plan: (question: DnsQuestion, remote: string) => DnsPlan;
}

export interface DnsServer {
  readonly address: string;
  readonly port: number;
  close(): Promise<void>;
}

/** TCP connections that ask nothing are dropped after this time (RFC 7766 §6.2.3 leaves the number to the server). */
const TCP_IDLE_MS = 30_000;
const PORT_ATTEMPTS = 20;

/** Rejects with the system's error when the address or port cannot be had. */
export async function startDnsServer(options: DnsServerOptions): Promise<DnsServer> {
  for (let attempt = 1; ; attempt++) {
    const udp = await bindUdp(options.address, options.port);
    const port = udp.address().port;
    try {
      const tcp = await listenTcp(options.address, port);
      return serve(options, udp, tcp, port);
    } catch (error) {
      udp.close();
      // The kernel chose a UDP port whose TCP twin is taken: choose again.
      if (options.port !== 0 || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

function serve(options: DnsServerOptions, udp: UdpSocket, tcp: Server, port: number): DnsServer {
  const timers = new Set<NodeJS.Timeout>();
  const sockets = new Set<Socket>();
  let closed = false;

  const later = (delayMs: number, action: () => void): void => {
    if (delayMs === 0) return action();
    const timer = setTimeout(() => {
      timers.delete(timer);
      action();
    }, delayMs);
    timers.add(timer);
  };

  const answer = (
    bytes: Buffer,
    transport: 'udp' | 'tcp',
    remote: string,
    send: (packet: Buffer) => void,
    refuse: () => void,
  ): void => {
    const query = decodeQuery(bytes);
    const asked = query?.questions?.[0];
    if (!query || !asked) return;
    const plan = options.plan({ name: asked.name, type: asked.type, transport }, remote);
    later(options.answerDelayMs + (plan.delayMs ?? 0), () => {
      if (closed) return;
      if (plan.refuseTcp === true && transport === 'tcp') return refuse();
      for (const packet of plan.packets) {
        send(Buffer.isBuffer(packet) ? packet : encodeReply(query, packet, transport));
      }
    });
  };

  udp.on('message', (bytes, from) => {
    answer(
      bytes,
      'udp',
      from.address,
      (packet) => udp.send(packet, from.port, from.address, ignoreSendError),
      () => undefined,
    );
  });

  tcp.on('connection', (socket) => {
    sockets.add(socket);
    let pending = Buffer.alloc(0);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    socket.setTimeout(TCP_IDLE_MS, () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
        const length = pending.readUInt16BE(0);
        const message = pending.subarray(2, 2 + length);
        pending = pending.subarray(2 + length);
        answer(
          message,
          'tcp',
          socket.remoteAddress ?? '',
          (packet) => socket.write(Buffer.concat([lengthPrefix(packet), packet])),
          () => socket.destroy(),
        );
      }
    });
  });

  return {
    address: options.address,
    port,
    async close() {
      closed = true;
      for (const timer of timers) clearTimeout(timer);
      for (const socket of sockets) socket.destroy();
      await Promise.all([
        new Promise<void>((resolve) => udp.close(() => resolve())),
        new Promise<void>((resolve) => tcp.close(() => resolve())),
      ]);
    },
  };
}

/** null for anything that is not a query with a question: a resolver drops such packets, and so do we. */
function decodeQuery(bytes: Buffer): Packet | null {
  try {
    const packet = dnsPacket.decode(bytes);
    return packet.type === 'query' ? packet : null;
  } catch {
    return null;
  }
}

function lengthPrefix(packet: Buffer): Buffer {
  const prefix = Buffer.alloc(2);
  prefix.writeUInt16BE(packet.length);
  return prefix;
}

/** A client that went away is no concern of a resolver. */
function ignoreSendError(): void {}

async function bindUdp(address: string, port: number): Promise<UdpSocket> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, address, () => {
      socket.off('error', reject);
      resolve();
    });
  });
  // ICMP errors of earlier replies arrive here.
  socket.on('error', () => undefined);
  return socket;
}

async function listenTcp(address: string, port: number): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', () => undefined);
  return server;
}

export function boundPort(server: Server): number {
  const bound: AddressInfo | string | null = server.address();
  return bound !== null && typeof bound === 'object' ? bound.port : 0;
}
