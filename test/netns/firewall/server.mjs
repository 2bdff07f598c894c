// The other end: answers one byte on every port given, on all addresses of both families.
import net from 'node:net';

const ports = JSON.parse(process.argv[2]);
await Promise.all(
  ports.map(
    (port) =>
      new Promise((resolve, reject) => {
        const server = net.createServer((socket) => {
          socket.on('error', () => undefined);
          socket.end('x');
        });
        server.on('error', reject);
        server.listen({ port, host: '::', backlog: 4096 }, resolve);
      }),
  ),
);
process.stdout.write('ready\n');
