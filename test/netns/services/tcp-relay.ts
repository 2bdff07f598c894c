/** A proxy's little helper on the host itself (as cntlm and stunnel are): takes connections and passes them on. */
import { connect, createServer } from 'node:net';

const [, , port = '', host = '', upstreamPort = ''] = process.argv;
createServer((socket) => {
  const upstream = connect({ host, port: Number(upstreamPort) });
  upstream.on('error', () => socket.destroy());
  socket.on('error', () => upstream.destroy());
  socket.on('close', () => upstream.destroy());
  upstream.on('close', () => socket.destroy());
  socket.pipe(upstream).pipe(socket);
}).listen(Number(port), '127.0.0.1', () => process.send?.({ id: 0 }));
process.on('disconnect', () => process.exit(0));
