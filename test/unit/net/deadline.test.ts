import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterAll, describe, expect, it } from 'vitest';
import { afterPoll, Wire } from '../../../src/net/socket.js';

const peers: Socket[] = [];
const server = createServer((socket) => {
  socket.on('error', () => undefined);
  peers.push(socket);
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
afterAll(() => {
  for (const peer of peers) peer.destroy();
  server.close();
});

/** Holds this process up, as a busy machine would. */
function stall(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

async function pair(): Promise<{ ours: Socket; theirs: Socket }> {
  const ours = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  await once(ours, 'connect');
  const [theirs] = await accepted;
  return { ours, theirs };
}

describe('a process that comes late to its deadline', () => {
  it('still takes what lies in the socket by then', async () => {
    const { ours, theirs } = await pair();
    const zero = performance.now();
    const step = {
      operation: 'http_round_trip' as const,
      signal: new AbortController().signal,
      left: () => Math.max(0, zero + 30 - performance.now()),
    };
    const wire = new Wire(ours, step);
    const arrival = wire.next();
    theirs.write('in time');
    stall(60);
    expect(await arrival).toEqual({ kind: 'bytes', bytes: Buffer.from('in time') });
    theirs.write('too late');
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await wire.next()).toEqual({ kind: 'silence' });
    wire.release();
    ours.destroy();
  });

  it('looks once more before it gives up, and can be called off until then', async () => {
    const { ours, theirs } = await pair();
    const order: string[] = [];
    ours.on('data', () => order.push('answer'));
    await new Promise<void>((resolve) => {
      afterPoll(10, () => {
        order.push('deadline');
        resolve();
      });
      const callOff = afterPoll(10, () => order.push('called off'));
      ours.once('data', callOff);
      theirs.write('x');
      stall(30);
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(order).toEqual(['answer', 'deadline']);
    ours.destroy();
  });
});
