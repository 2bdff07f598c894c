/** Listening sockets of the edge: one per address and port, whoever shares them. */
import { createServer, type Server, type Socket } from 'node:net';
import { boundPort } from '../dns/server.js';

const PORT_ATTEMPTS = 20;

/**
 * Listens on all addresses with one port number. `port` 0: the kernel chooses for the first address, the others follow.
 * Rejects with the system's error, everything closed again.
 */
export async function listenAll(
  addresses: readonly string[],
  port: number,
  onConnection: (socket: Socket) => void,
): Promise<{ readonly port: number; readonly servers: readonly Server[] }> {
  for (let attempt = 1; ; attempt++) {
    const servers: Server[] = [];
    let chosen = port;
    try {
      for (const address of addresses) {
        const server = await listenOne(address, chosen, onConnection);
        servers.push(server);
        chosen = boundPort(server);
      }
      return { port: chosen, servers };
    } catch (error) {
      await Promise.all(servers.map(closeServer));
      if (port !== 0 || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

async function listenOne(address: string, port: number, onConnection: (socket: Socket) => void): Promise<Server> {
  // noDelay: several small writes of one answer must not wait for acknowledgements.
  const server = createServer({ noDelay: true }, onConnection);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: address, port, ipv6Only: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', () => undefined);
  return server;
}

export async function closeServer(server: Server): Promise<void> {
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

/** A port that was free a moment ago and that nobody listens on: connecting to it is refused. */
export async function refusedPort(address: string): Promise<number> {
  const server = await listenOne(address, 0, (socket) => socket.destroy());
  const port = boundPort(server);
  await closeServer(server);
  return port;
}
