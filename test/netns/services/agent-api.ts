/** The two documents by which a running Agent tells how its link fares, on its usual port. */
import { createServer } from 'node:http';

const cloud = JSON.parse(process.argv[2] ?? '{}') as Readonly<Record<string, unknown>>;
createServer((request, response) => {
  const found = request.url?.startsWith('/api/v3/info') === true;
  response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' });
  response.end(
    found
      ? JSON.stringify({ agents: [{ mg: 'x', nm: 'host', application: { package: { version: 'v2.10.3' } }, cloud }] })
      : '{}',
  );
}).listen(19_999, '127.0.0.1');
