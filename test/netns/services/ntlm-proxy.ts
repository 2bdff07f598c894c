/** A proxy that speaks NTLM and lets nobody in: it challenges whoever begins, and refuses every answer. */
import { createServer } from 'node:net';

const port = Number(process.argv[2]);
/** Message of type 2 of [MS-NLMP]: target DOMAIN, server SERVER, a fixed challenge. */
const CHALLENGE =
  'TlRMTVNTUAACAAAADAAMADAAAAABAoEAASNFZ4mrze8AAAAAAAAAAGIAYgA8AAAARABPAE0AQQBJAE4AAgAMAEQATwBNAEEASQBOAAEADABTAEUAUgBWAEUAUgAEABQAZABvAG0AYQBpAG4ALgBjAG8AbQADACIAcwBlAHIAdgBlAHIALgBkAG8AbQBhAGkAbgAuAGMAbwBtAAAAAAA=';
const BEGINS = /^proxy-authorization: *ntlm +TlRMTVNTUAAB/im;

createServer((socket) => {
  let text = '';
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    const end = text.indexOf('\r\n\r\n');
    if (end < 0) return;
    const scheme = BEGINS.test(text.slice(0, end)) ? `NTLM ${CHALLENGE}` : 'NTLM';
    text = text.slice(end + 4);
    socket.write(
      `HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: ${scheme}\r\nContent-Length: 0\r\n` +
        'Proxy-Connection: Keep-Alive\r\nConnection: Keep-Alive\r\n\r\n',
    );
  });
}).listen(port, '127.0.0.1', () => process.send?.({ id: 0 }));
process.on('disconnect', () => process.exit(0));
