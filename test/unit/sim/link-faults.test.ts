import { generate } from 'mqtt-packet';
import { afterEach, describe, expect, it } from 'vitest';
import { startCloud } from '../../../src/sim/cloud.js';
import type { SimCloud } from '../../../src/sim/types.js';
import { claimNode, connectPacket, logIn, MqttPeer } from '../../helpers/sim/agent-client.js';
import { hear, openTls, upgrade, upgradeRequest, WS_ACCEPT, type Heard } from '../../helpers/sim/raw-peer.js';

let cloud: SimCloud | null = null;
afterEach(async () => {
  await cloud?.close();
  cloud = null;
});

async function cloudWith(...faults: string[]): Promise<SimCloud> {
  cloud = await startCloud({ faults });
  return cloud;
}

/** A masked binary frame (mask 0) with a CONNECT that carries throw-away credentials. */
function connectFrame(): Buffer {
  const packet = generate(
    {
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 5,
      clean: true,
      keepalive: 60,
      clientId: 'probe',
      username: 'nobody',
      password: Buffer.from('wrong'),
    },
    { protocolVersion: 5 },
  );
  return Buffer.concat([Buffer.from([0x82, 0x80 | packet.length, 0, 0, 0, 0]), packet]);
}

/** What comes behind the head after a CONNECT. */
async function afterConnect(
  target: SimCloud,
  timeoutMs = 150,
  enough?: (bytes: Buffer) => boolean,
): Promise<Heard & { readonly bytes: Buffer }> {
  const socket = await openTls(target, 'mqtt');
  socket.write(upgradeRequest(target));
  await new Promise((resolve) => socket.once('data', resolve));
  socket.write(connectFrame());
  const heard = await hear(socket, (text) => enough?.(Buffer.from(text, 'latin1')) ?? false, timeoutMs);
  return { ...heard, bytes: Buffer.from(heard.text, 'latin1') };
}

const REFUSED_CONNACK = Buffer.from([0x20, 3, 0, 134, 0]);

describe('the upgrade', () => {
  it('is answered 101 with the right accept value and the subprotocol', async () => {
    const { text } = await upgrade(await cloudWith());
    expect(text).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
    expect(text).toContain(`\r\nSec-WebSocket-Accept: ${WS_ACCEPT}\r\n`);
    expect(text).toContain('\r\nSec-WebSocket-Protocol: mqtt\r\n');
    for (const line of text.trimEnd().split('\r\n').slice(1)) expect(line).toMatch(/^[A-Za-z-]+: \S+$/);
  });

  it('of anything but /mqtt at the right host is none', async () => {
    const target = await cloudWith();
    const socket = await openTls(target, 'app');
    socket.write(upgradeRequest(target).replace('mqtt.netdata.cloud', 'app.netdata.cloud'));
    expect((await hear(socket, (text) => text.includes('\r\n\r\n'))).text).toMatch(/^HTTP\/1\.1 404 /);
  });

  it.each([
    ['ws_200', /^HTTP\/1\.1 200 OK\r\n/],
    ['ws_status=403', /^HTTP\/1\.1 403 /],
    ['ws_426', /^HTTP\/1\.1 426 [^]*\r\nUpgrade: websocket\r\n/],
    ['ws_blocked_page', /^HTTP\/1\.1 403 [^]*BlueCoat/],
    ['403_page', /^HTTP\/1\.1 403 [^]*FortiGuard/],
    ['ws_no_accept', /^HTTP\/1\.1 101 (?![^]*Sec-WebSocket-Accept)/],
    ['ws_wrong_accept', /\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/],
    ['ws_accept_trailing_space', /\r\nSec-WebSocket-Accept: \S+ \r\n/],
    ['ws_empty_header_value', /\r\nX-Filter: \r\n/],
    ['ws_no_space_after_colon', /\r\nX-Filter:seen\r\n/],
    ['ws_http_1_0', /^HTTP\/1\.0 101 /],
    ['ws_status_without_space', /^HTTP\/1\.1 101\r\n/],
    ['ws_interim', /^HTTP\/1\.1 103 Early Hints\r\n[^]*\r\n\r\nHTTP\/1\.1 101 /],
    ['ws_lf_only', /^HTTP\/1\.1 101 Switching Protocols\nUpgrade: websocket\n/],
    ['ws_lower_case', /\r\nsec-websocket-accept: /],
    ['ws_no_protocol', /^(?![^]*Sec-WebSocket-Protocol)[^]*\r\n\r\n/],
  ])('%s', async (fault, shape) => {
    const enough = (text: string): boolean => text.endsWith('\r\n\r\n') || text.includes('</html>');
    expect((await upgrade(await cloudWith(fault), enough)).text).toMatch(shape);
  });

  it('ws_long_line has a line of 4096 bytes, ws_many_headers has many', async () => {
    const long = await upgrade(await cloudWith('ws_long_line'));
    expect(Math.max(...long.text.split('\r\n').map((line) => line.length))).toBe(4096);
    await cloud?.close();
    const many = await upgrade(await cloudWith('ws_many_headers=140'));
    expect(many.text.split('\r\n').filter((line) => line.includes(': ')).length).toBeGreaterThan(140);
  });

  it('ws_silent and ws_endless_headers never end', async () => {
    expect(await upgrade(await cloudWith('ws_silent'), undefined, 100)).toMatchObject({ ended: 'open', text: '' });
    await cloud?.close();
    const endless = await upgrade(await cloudWith('ws_endless_headers'), (text) => text.length > 300_000, 3000);
    expect(endless.text).not.toContain('\r\n\r\n');
    expect(endless.text.length).toBeGreaterThan(300_000);
  });

  it.each([
    ['ws_dropped', 'fin', ''],
    ['ws_reset', 'reset', ''],
    ['ws_close_frame', 'open', '\u0088\u0002\u0003\u00e9'],
  ])('%s ends right behind the 101', async (fault, ended, rest) => {
    const heard = await upgrade(await cloudWith(fault), () => false, 150);
    expect(heard.text).toMatch(/^HTTP\/1\.1 101 /);
    expect(heard.ended).toBe(ended);
    expect(heard.text.slice(heard.text.indexOf('\r\n\r\n') + 4)).toBe(rest);
  });
});

describe('behind the upgrade', () => {
  it('throw-away credentials are refused with a CONNACK in one binary frame', async () => {
    const { bytes } = await afterConnect(await cloudWith(), 300, (heard) => heard.length >= 7);
    expect(bytes.subarray(0, 7)).toEqual(Buffer.concat([Buffer.from([0x82, 5]), REFUSED_CONNACK]));
  });

  it.each([
    ['ws_dropped_at_connect', 'fin'],
    ['ws_reset_at_connect', 'reset'],
    ['no_connack', 'open'],
  ])('%s: silence, then %s', async (fault, ended) => {
    const heard = await afterConnect(await cloudWith(fault));
    expect(heard.ended).toBe(ended);
    expect(heard.text).toBe('');
  });

  it.each([
    [
      'ws_continuation',
      Buffer.concat([
        Buffer.from([0x02, 3]),
        REFUSED_CONNACK.subarray(0, 3),
        Buffer.from([0x00 | 0x80, 2]),
        REFUSED_CONNACK.subarray(3),
      ]),
    ],
    [
      'ws_split',
      Buffer.concat([
        Buffer.from([0x82, 3]),
        REFUSED_CONNACK.subarray(0, 3),
        Buffer.from([0x82, 2]),
        REFUSED_CONNACK.subarray(3),
      ]),
    ],
    ['ws_text', Buffer.concat([Buffer.from([0x81, 5]), REFUSED_CONNACK])],
    [
      'ws_pings',
      Buffer.concat([
        Buffer.from([0x89, 2]),
        Buffer.from('hi'),
        Buffer.from([0x81, 6]),
        Buffer.from('notice'),
        Buffer.from([0x82, 5]),
        REFUSED_CONNACK,
      ]),
    ],
    ['ws_masked', Buffer.from([0x82, 0x85, 1, 2, 3, 4, 0x21, 1, 3, 130, 1])],
    ['ws_giant_frame', Buffer.concat([Buffer.from([0x82, 127, 0, 0, 1, 0, 0, 0, 0, 0]), REFUSED_CONNACK])],
    ['ws_garbage', Buffer.from('HTTP/1.1 500 ')],
    ['connack=136', Buffer.from([0x82, 5, 0x20, 3, 0, 136, 0])],
    ['mqtt_garbage', Buffer.from('8206ffffffffffff', 'hex')],
    ['connack_unknown_property', Buffer.from([0x82, 7, 0x20, 5, 0, 0, 2, 0x7e, 1])],
    ['connack_v3', Buffer.from([0x82, 4, 0x20, 2, 0, 1])],
    ['other_packet_first', Buffer.from([0x82, 2, 0xd0, 0])],
  ])('%s', async (fault, expected) => {
    const { bytes } = await afterConnect(await cloudWith(fault), 300, (heard) => heard.length >= expected.length);
    expect(bytes.subarray(0, expected.length)).toEqual(expected);
  });

  it('ws_compressed sets RSV1', async () => {
    const { bytes } = await afterConnect(await cloudWith('ws_compressed'), 300, (heard) => heard.length > 2);
    expect(bytes[0]).toBe(0xc2);
  });

  it('connack_slow is late', async () => {
    const started = performance.now();
    await afterConnect(await cloudWith('connack_slow=0.1'), 500, (heard) => heard.length >= 7);
    expect(performance.now() - started).toBeGreaterThanOrEqual(99);
  });

  it.each([
    ['idle_cut=0.1', 'fin'],
    ['idle_reset=0.1', 'reset'],
    ['idle_silence=0.1', 'open'],
  ])('%s forgets an idle link: %s', async (fault, ended) => {
    const target = await cloudWith(fault);
    const socket = await openTls(target, 'mqtt');
    socket.write(upgradeRequest(target));
    await new Promise((resolve) => socket.once('data', resolve));
    const idle = await hear(socket, undefined, 250);
    expect(idle.ended).toBe(ended);
    if (ended !== 'open') expect(idle.elapsedMs).toBeGreaterThan(20);
  });

  it('idle_silence answers nothing more, while traffic keeps a link alive', async () => {
    const target = await cloudWith('idle_silence=0.4');
    const node = await claimNode(target);
    const session = await logIn(target, node);
    const peer = await MqttPeer.open(target);
    peer.send(connectPacket(session, node.claimId));
    expect(await peer.next()).toMatchObject({ cmd: 'connack', reasonCode: 0 });
    for (let round = 0; round < 4; round++) {
      await new Promise((resolve) => setTimeout(resolve, 120));
      peer.send({ cmd: 'pingreq' });
      expect(await peer.next()).toMatchObject({ cmd: 'pingresp' });
    }
    await new Promise((resolve) => setTimeout(resolve, 600));
    peer.send({ cmd: 'pingreq' });
    expect(await peer.next(150)).toBeNull();
    expect(peer.closed).toBe(false);
    peer.close();
  });

  it('no_puback acknowledges nothing but answers pings', async () => {
    const target = await cloudWith('no_puback');
    const node = await claimNode(target);
    const peer = await MqttPeer.open(target);
    peer.send(connectPacket(await logIn(target, node), node.claimId));
    await peer.next();
    peer.send({ cmd: 'publish', topic: 'a', qos: 1, messageId: 1, dup: false, retain: false, payload: 'x' });
    peer.send({ cmd: 'pingreq' });
    expect(await peer.next()).toMatchObject({ cmd: 'pingresp' });
    peer.close();
  });

  it('a second session with the same client id takes over', async () => {
    const target = await cloudWith();
    const node = await claimNode(target);
    const session = await logIn(target, node);
    const [first, second] = [await MqttPeer.open(target), await MqttPeer.open(target)];
    first.send(connectPacket(session, node.claimId));
    await first.next();
    second.send(connectPacket(session, node.claimId));
    expect(await second.next()).toMatchObject({ reasonCode: 0 });
    expect(await first.next()).toMatchObject({ cmd: 'disconnect', reasonCode: 0x8e });
    second.close();
  });

  it('a client that keeps silent beyond its keep alive is let go with its will', async () => {
    const target = await cloudWith();
    const node = await claimNode(target);
    const peer = await MqttPeer.open(target);
    peer.send({ ...connectPacket(await logIn(target, node), node.claimId), keepalive: 1 } as ReturnType<
      typeof connectPacket
    >);
    await peer.next();
    expect(await peer.next(2500)).toMatchObject({ cmd: 'disconnect', reasonCode: 0x8d });
    await target.waitFor('mqtt_will');
    peer.close();
  });

  it('a client that says good-bye leaves no will', async () => {
    const target = await cloudWith();
    const node = await claimNode(target);
    const peer = await MqttPeer.open(target);
    peer.send(connectPacket(await logIn(target, node), node.claimId));
    await peer.next();
    peer.send({ cmd: 'disconnect', reasonCode: 0 });
    expect(await peer.next()).toBeNull();
    expect(target.events.some((event) => event.type === 'mqtt_will')).toBe(false);
  });
});
