import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../../src/net/classify.js';
import { findRow, hexOf, unacknowledgedIn } from '../../../src/net/unacknowledged.js';

const HEAD = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const row = (state: string, queue: string, retransmits: string): string =>
  `   1: 0A4D000A:C001 0101A8C0:01BB ${state} ${queue}:00000000 01:00000019 ${retransmits}     0        0 77 2 0\n`;

describe('what the kernel tells of a connection', () => {
  it('prints addresses in words of its own byte order', () => {
    expect(hexOf('192.168.1.1')).toBe('0101A8C0');
    expect(hexOf('::1')).toBe('00000000000000000000000001000000');
    expect(hexOf('fe80::1%eth0')).toBe('000080FE000000000000000001000000');
    expect(hexOf('no address')).toBeNull();
  });

  it('finds the row by both ports and the peer', () => {
    const found = findRow(HEAD + row('01', '00000205', '00000004'), 0xc001, '0101A8C0', 443);
    expect(found).toEqual({ bytes: 0x205, retransmits: 4 });
    expect(findRow(HEAD + row('01', '00000205', '00000004'), 0xc002, '0101A8C0', 443)).toBe('');
    expect(findRow(HEAD + row('01', '00000205', '00000004'), 0xc001, '0201A8C0', 443)).toBe('');
    expect(findRow(HEAD + row('06', '00000205', '00000004'), 0xc001, '0101A8C0', 443)).toBe('');
  });

  it('hands on a line that is not whole yet', () => {
    const whole = row('01', '00000000', '00000000');
    const rest = findRow(HEAD + whole.slice(0, 40), 0xc001, '0101A8C0', 443) as string;
    expect(rest).toBe(whole.slice(0, 40));
    expect(findRow(rest + whole.slice(40), 0xc001, '0101A8C0', 443)).toEqual({ bytes: 0, retransmits: 0 });
  });
});

describe.runIf(process.platform === 'linux')('a peer that is silent', () => {
  it('has acknowledged what we sent', async () => {
    const held: Socket[] = [];
    const server = createServer((socket) => held.push(socket)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
    await once(socket, 'connect');
    await new Promise<void>((resolve) => socket.write('hello', () => resolve()));
    await expect.poll(() => held.length).toBe(1);
    const silence = failureOf('generic_timeout_error', 'tls_handshake', null, '');
    expect(await unacknowledgedIn(silence, socket)).toEqual({ unacknowledged: { bytes: 0, retransmits: 0 } });
    expect(await unacknowledgedIn(null, socket)).toEqual({});
    expect(await unacknowledgedIn(failureOf('eof_error', 'tls_handshake', null, ''), socket)).toEqual({});
    socket.destroy();
    expect(await unacknowledgedIn(silence, socket)).toEqual({});
    for (const one of held) one.destroy();
    server.close();
  });
});
