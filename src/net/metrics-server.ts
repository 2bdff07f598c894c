/** One small page over HTTP for a scraper: bounded in connections, time and bytes, and deaf to everything but GET. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface MetricsServer {
  readonly port: number;
  close(): void;
}

const TIMEOUT_MS = 5000;
const MAX_CONNECTIONS = 8;
const TEXT = 'text/plain; version=0.0.4; charset=utf-8';
const OPEN = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** Rejects with the error of bind(2). `page` says what to answer now. */
export function serveMetrics(
  at: { readonly host: string; readonly port: number },
  page: (form: 'text' | 'openmetrics') => string,
): Promise<MetricsServer> {
  const limits = { requestTimeout: TIMEOUT_MS, headersTimeout: TIMEOUT_MS, keepAliveTimeout: TIMEOUT_MS };
  const server: Server = createServer({ ...limits, maxHeaderSize: 8192 }, (request, response) => {
    const path = (request.url ?? '').split('?')[0];
    request.resume();
    if (request.method !== 'GET' && request.method !== 'HEAD') response.writeHead(405, { allow: 'GET, HEAD' }).end();
    else if (path !== '/metrics') response.writeHead(404, { 'content-type': 'text/plain' }).end('see /metrics\n');
    else {
      const open = /application\/openmetrics-text/.test(request.headers.accept ?? '');
      const body = page(open ? 'openmetrics' : 'text');
      response.writeHead(200, { 'content-type': open ? OPEN : TEXT, 'content-length': Buffer.byteLength(body) });
      response.end(request.method === 'HEAD' ? undefined : body);
    }
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.on('clientError', (_, socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(at.port, at.host, () => {
      server.off('error', reject);
      server.on('error', () => undefined);
      resolve({
        port: (server.address() as AddressInfo).port,
        close: () => {
          server.close();
          server.closeAllConnections();
        },
      });
    });
  });
}
