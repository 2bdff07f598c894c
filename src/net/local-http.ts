/** A small GET to a service of this host (the Agent's own API): bounded, never throws. */
import { request } from 'node:http';

export interface LocalAnswer {
  readonly status: number | null;
  /** UTF-8 text, at most `maxBytes`; empty when nothing came. */
  readonly body: string;
  /** errno or `TIMEOUT`; null when an answer came. */
  readonly errorCode: string | null;
}

export function getLocal(
  url: { readonly host: string; readonly port: number; readonly path: string },
  timeoutMs: number,
  maxBytes: number,
): Promise<LocalAnswer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let status: number | null = null;
    const end = (errorCode: string | null): void => {
      clearTimeout(timer);
      outgoing.destroy();
      resolve({ status, body: Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8'), errorCode });
    };
    const outgoing = request({ ...url, method: 'GET', agent: false }, (incoming) => {
      status = incoming.statusCode ?? null;
      incoming.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size > maxBytes) end(null);
      });
      incoming.on('end', () => end(null));
      incoming.on('error', () => end('ERROR'));
    });
    const timer = setTimeout(() => end('TIMEOUT'), timeoutMs);
    outgoing.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? 'ERROR'));
    outgoing.end();
  });
}
