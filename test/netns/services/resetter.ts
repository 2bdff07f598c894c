/** Takes every connection on a port of this host, and resets it: a local relay that is up and of no use. */
import { createServer } from 'node:net';

createServer((socket) => {
  socket.on('error', () => undefined);
  socket.once('data', () => socket.resetAndDestroy());
}).listen(Number(process.argv[2]), '127.0.0.1', () => process.send?.('ready'));
process.on('disconnect', () => process.exit(0));
