import type { Duplex } from 'node:stream';

/** Writes as fast as the peer reads, until it goes away. */
export function flood(stream: Duplex, bytes: Buffer): void {
  const pump = (): void => {
    while (!stream.destroyed && stream.writable) {
      if (!stream.write(bytes)) {
        stream.once('drain', pump);
        return;
      }
    }
  };
  pump();
}
