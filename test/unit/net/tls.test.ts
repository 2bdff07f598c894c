import net from 'node:net';
import { describe, expect, it, beforeAll } from 'vitest';
import { handshakeTls } from '../../../src/net/tls.js';
import { connectTcp } from '../../../src/net/tcp.js';
import { createTrustSet } from '../../../src/net/trust.js';
import { roundTripRaw } from '../../../src/net/http.js';
import { aclkGet } from '../../../src/net/shapes.js';
import { LABEL, testContext } from '../../helpers/net/context.js';
import { mint, type Minted } from '../../helpers/net/certificates.js';
import { tlsServer } from '../../helpers/net/servers.js';

let root: Minted;
let leaf: Minted;
beforeAll(async () => {
  root = await mint({ subject: 'CN=Root', ca: true });
  leaf = await mint({ subject: 'CN=leaf', issuer: root, names: ['app.example.test'] });
});

describe('x', () => {
  for (const variant of ['agent', 'small', 'large', 'legacy', 'provoke_alert'] as const)
    it(`smoke ${variant}`, async () => {
      const served = await tlsServer({ key: leaf.keyPem, cert: leaf.pem }, (s) => {
        s.on('data', () => s.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
      });
      const ctx = testContext(1000);
      const c = await connectTcp(ctx, LABEL, { host: 'x', address: '127.0.0.1', port: served.port, peer: 'target' });
      const t = performance.now();
      const store = {
        facts: { id: 'link', title: '', paths: [], certificates: 1, problem: null, observation: null },
        certificates: [root.pem],
      };
      const h = await handshakeTls(ctx, LABEL, {
        socket: c.handle as net.Socket,
        sni: 'app.example.test',
        expectedName: 'app.example.test',
        variant,
        trust: createTrustSet([store], 'link'),
      });
      console.log(variant, performance.now() - t, h.observation);
      if (h.handle) {
        const r = await roundTripRaw(ctx, LABEL, {
          socket: h.handle,
          request: aclkGet('x', '/'),
          method: 'GET',
          host: 'x',
          path: '/',
          dialect: 'aclk',
        });
        console.log(r);
        h.handle.destroy();
        await new Promise((r) => setTimeout(r, 20));
        expect((c.handle as net.Socket).destroyed).toBe(true);
      }
    });
});
