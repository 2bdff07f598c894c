/** The documents by which a running Agent tells how its link fares, on its usual port. */
import { createServer } from 'node:http';

const cloud = JSON.parse(process.argv[2] ?? '{}') as Readonly<Record<string, unknown>>;
/** Of /api/v1/aclk, where the case wants the API to tell it instead of netdatacli. */
const aclk = process.argv[3];
createServer((request, response) => {
  if (aclk !== undefined && request.url?.startsWith('/api/v1/aclk') === true) {
    response.writeHead(200, { 'content-type': 'application/json' }).end(aclk);
    return;
  }
  const found = request.url?.startsWith('/api/v3/info') === true;
  response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' });
  response.end(
    found
      ? JSON.stringify({ agents: [{ mg: 'x', nm: 'host', application: { package: { version: 'v2.10.3' } }, cloud }] })
      : '{}',
  );
}).listen(19_999, '127.0.0.1');
