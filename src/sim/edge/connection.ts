/** What the layers above TLS know of the connection they serve. */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { HostRole } from '../types.js';

export interface EdgeConnection {
  /** By the name in the ClientHello, else by the address it came to; null if neither tells. */
  readonly role: HostRole | null;
  readonly remote: string;
  readonly raw: Socket;
  /** The decrypted stream. */
  readonly stream: Duplex;
}

/** RST instead of FIN, also while TLS owns the handle. */
export function resetConnection(connection: EdgeConnection): void {
  connection.raw.resetAndDestroy();
  connection.stream.destroy();
}
