/** The lab's own peer: listens on every address of its namespace and behaves as told over IPC. */
import { readFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as tls from 'node:tls';
import { HEALTHY, type Behaviour, type PeerMessage, type PeerRule } from '../harness/peer-plan.js';
import { createMinter } from './minter.js';
import { serve } from './answers.js';
import { peekClientHello } from './client-hello.js';

const pki = process.argv[2] ?? '';
let rules: readonly PeerRule[] = [];
const open = new Set<Socket>();
const mintFor = await createMinter(pki);
const contexts = new Map<string, Promise<tls.SecureContext>>();

function behaviourFor(address: string, host: string | null): Behaviour {
  let behaviour = HEALTHY;
  for (const rule of rules) {
    if (rule.address !== undefined && rule.address !== address) continue;
    if (rule.host !== undefined && ![rule.host].flat().includes(host ?? '')) continue;
    behaviour = { ...behaviour, ...rule.behaviour };
  }
  return behaviour;
}

async function contextFor(behaviour: Behaviour, host: string | null): Promise<tls.SecureContext> {
  const { certificate, tls: versions } = behaviour;
  const id = [certificate, versions.min, versions.max, certificate === 'mint' ? host : ''].join();
  const make = async (): Promise<tls.SecureContext> => {
    const identity =
      certificate === 'mint'
        ? await mintFor(host ?? 'unknown.invalid')
        : {
            cert: await readFile(join(pki, `${certificate}.pem`), 'utf8'),
            key: await readFile(join(pki, `${certificate}.key`), 'utf8'),
          };
    return tls.createSecureContext({
      ...identity,
      minVersion: versions.min,
      maxVersion: versions.max,
      // TLS 1.1 signs with SHA-1, which OpenSSL 3 allows at level 0 only.
      ...(versions.max === 'TLSv1.1' ? { ciphers: 'ALL:@SECLEVEL=0' } : {}),
    });
  };
  const known = contexts.get(id);
  if (known !== undefined) return known;
  const made = make();
  contexts.set(id, made);
  return made;
}

function onConnection(socket: Socket): void {
  open.add(socket);
  socket.on('close', () => open.delete(socket));
  socket.on('error', () => socket.destroy());
  socket.setTimeout(60_000, () => socket.destroy());
  const address = (socket.localAddress ?? '').replace(/^::ffff:/, '');
  const first = behaviourFor(address, null);
  if (first.connection === 'reset') return void socket.resetAndDestroy();
  if (first.connection === 'close') return void socket.end();
  if (first.connection === 'banner') return void socket.write('220 mail.corp.example ESMTP\r\n');
  if (first.connection === 'plain_http') return servePlainly(socket, first);
  if (first.connection === 'silent') return void socket.resume();
  let bytes = Buffer.alloc(0);
  const onData = (chunk: Buffer): void => {
    bytes = Buffer.concat([bytes, chunk]);
    const peeked = peekClientHello(bytes);
    if (peeked.kind === 'more') return;
    socket.off('data', onData);
    socket.pause();
    if (peeked.kind === 'not_tls') socket.destroy();
    else void startTls(socket, bytes, address, peeked.name);
  };
  socket.on('data', onData);
}

/** As web servers do when TLS comes to a port without: 400 at the first octet that is no method. */
function servePlainly(socket: Socket, behaviour: Behaviour): void {
  socket.once('data', (chunk) => {
    if (peekClientHello(chunk).kind === 'not_tls') {
      socket.pause();
      socket.unshift(chunk);
      serve(socket, behaviour, () => socket.resetAndDestroy());
      socket.resume();
    } else {
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    }
  });
}

async function startTls(socket: Socket, bytes: Buffer, address: string, name: string | null): Promise<void> {
  const behaviour = behaviourFor(address, name);
  if (behaviour.clientHello === 'stall') return void socket.resume();
  if (behaviour.clientHello === 'reset') return void socket.resetAndDestroy();
  if (behaviour.clientHello === 'close') return void socket.end();
  // Fatal alert 112, unrecognized_name (RFC 6066 §3): how polite filters refuse a name.
  if (behaviour.clientHello === 'alert') return void socket.end(Buffer.from([21, 3, 3, 0, 2, 2, 112]));
  if (behaviour.handshakeDelayMs > 0) await sleep(behaviour.handshakeDelayMs);
  const secureContext = await contextFor(behaviour, name);
  socket.unshift(bytes);
  const secure = new tls.TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: ['http/1.1'] });
  secure.on('error', () => socket.destroy());
  serve(secure, behaviour, () => socket.resetAndDestroy());
}

process.on('message', (message: PeerMessage) => {
  rules = message.rules;
  // Nothing of the case before may linger.
  for (const socket of open) socket.destroy();
  process.send?.({ id: message.id });
});
process.on('disconnect', () => process.exit(0));

/** Packets to 443 are sent here by the packet filter when a case wants this peer instead of the simulated cloud. */
const PORT = 4430;

const web = createHttpServer((request, response) => {
  response.writeHead(301, { location: `https://${request.headers.host ?? ''}${request.url ?? ''}` }).end();
});
web.listen(80, '::');
createServer({ pauseOnConnect: false }, onConnection).listen(PORT, '::', () => process.send?.({ id: 0 }));
