/**
 * A port that swallows SYNs, on plain loopback and without root: a listener that never accepts, its queue filled.
 * When the accept queue is full Linux drops further SYNs (net.ipv4.tcp_abort_on_overflow = 0, the default).
 * The listener lives in a thread that blocks right after listen(), because libuv would accept at once.
 */
import { connect, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';

export interface BlackHole {
  readonly port: number;
  close(): Promise<void>;
}

const BACKLOG = 1;
/** So many connections a queue of that length always takes: their answer may be late, on a busy machine, but it comes. */
const SURE = BACKLOG + 1;
const SURE_MS = 5000;
/** What comes beyond is taken as refused by silence. */
const FILL_MS = 200;
const WORKER_CODE = `
const { parentPort, workerData } = require('node:worker_threads');
const server = require('node:net').createServer();
server.once('error', (error) => parentPort.postMessage({ error: error.code }));
server.listen({ host: workerData.address, port: workerData.port, backlog: ${BACKLOG} }, () => {
  parentPort.postMessage({ port: server.address().port });
  Atomics.wait(new Int32Array(workerData.gate), 0, 0);
});
`;

/** Rejects when the address or port cannot be had. */
export async function openBlackHole(address: string, port: number): Promise<BlackHole> {
  const gate = new SharedArrayBuffer(4);
  const worker = new Worker(WORKER_CODE, { eval: true, workerData: { address, port, gate } });
  const answer = await new Promise<{ port?: number; error?: string }>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  if (answer.port === undefined) {
    await worker.terminate();
    throw new Error(`cannot listen on ${address}: ${answer.error ?? 'unknown'}`);
  }
  const fillers = await fill(address, answer.port);
  const bound = answer.port;
  return {
    port: bound,
    async close() {
      for (const filler of fillers) filler.destroy();
      Atomics.store(new Int32Array(gate), 0, 1);
      Atomics.notify(new Int32Array(gate), 0);
      await worker.terminate();
    },
  };
}

/** Connects until a connection is not answered any more: from then on the port is black. */
async function fill(address: string, port: number): Promise<readonly Socket[]> {
  const fillers: Socket[] = [];
  for (let count = 0; count < BACKLOG + 8; count++) {
    const socket = connect(port, address);
    socket.on('error', () => undefined);
    fillers.push(socket);
    const connected = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), count < SURE ? SURE_MS : FILL_MS);
      socket.once('connect', () => {
        clearTimeout(timer);
        resolve(true);
      });
    });
    if (!connected) break;
  }
  return fillers;
}
