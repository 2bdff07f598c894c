/** The broker's codec against mqtt-packet, both ways: what one writes the other must read alike. */
import * as fc from 'fast-check';
import * as mqttPacket from 'mqtt-packet';
import type { IConnectPacket, IPublishPacket, Packet } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';
import { MqttDecoder } from '../../../src/sim/mqtt/decode.js';
import {
  encodeAck,
  encodeConnack,
  encodeDisconnect,
  encodePingresp,
  encodePublish,
  encodeSuback,
  encodeUnsuback,
} from '../../../src/sim/mqtt/encode.js';
import type { ClientPacket } from '../../../src/sim/mqtt/packets.js';
import { MqttProtocolError } from '../../../src/sim/mqtt/reason.js';
import { numberProperty, PROPERTY } from '../../../src/sim/mqtt/properties.js';
import { topicMatches } from '../../../src/sim/mqtt/topics.js';
import { MAX_VARINT, varint, WireReader } from '../../../src/sim/mqtt/wire.js';

const MAX_BYTES = 1 << 20;
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }).filter((value) => !value.includes('\u0000'));
const topic = text.filter((value) => !/[+#]/.test(value));
const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const packetId = fc.integer({ min: 1, max: 0xffff });
const qos = fc.constantFrom(0 as const, 1 as const, 2 as const);

function theirs(packet: Packet): Buffer {
  return mqttPacket.generate(packet, { protocolVersion: 5 });
}

function theyRead(encoded: Buffer): Packet {
  const parser = mqttPacket.parser({ protocolVersion: 5 });
  const packets: Packet[] = [];
  parser.on('packet', (packet) => packets.push(packet));
  parser.on('error', (error) => {
    throw error;
  });
  parser.parse(encoded);
  expect(packets).toHaveLength(1);
  return packets[0]!;
}

function weRead(encoded: Buffer): ClientPacket {
  const packets = new MqttDecoder(MAX_BYTES).push(encoded);
  expect(packets).toHaveLength(1);
  return packets[0]!;
}

const connect = fc.record({
  cmd: fc.constant('connect' as const),
  protocolId: fc.constant('MQTT' as const),
  protocolVersion: fc.constant(5 as const),
  clean: fc.boolean(),
  keepalive: fc.integer({ min: 0, max: 0xffff }),
  clientId: text,
  username: text,
  password: bytes,
  properties: fc.record({ topicAliasMaximum: fc.integer({ min: 0, max: 0xffff }) }),
  will: fc.record({ topic, payload: bytes.filter((payload) => payload.length > 0), qos, retain: fc.boolean() }),
});

describe('reading what mqtt-packet writes', () => {
  it('CONNECT', () => {
    fc.assert(
      fc.property(connect, (packet) => {
        const read = weRead(theirs(packet satisfies IConnectPacket));
        if (read.type !== 'connect') throw new Error(read.type);
        expect(read.clientId).toBe(packet.clientId);
        expect(read.username).toBe(packet.username);
        expect(read.password).toEqual(packet.password);
        expect(read.keepAlive).toBe(packet.keepalive);
        expect(read.cleanStart).toBe(packet.clean);
        expect(numberProperty(read.properties, PROPERTY.TOPIC_ALIAS_MAXIMUM)).toBe(packet.properties.topicAliasMaximum);
        expect(read.will).toMatchObject(packet.will);
      }),
    );
  });

  it('PUBLISH of every QoS, with properties of every type', () => {
    const properties = fc.record({
      topicAlias: fc.integer({ min: 1, max: 0xffff }),
      messageExpiryInterval: fc.integer({ min: 0, max: 0xffffffff }),
      contentType: text,
      correlationData: bytes,
      userProperties: fc.constant({ 'a key': 'a value' }),
    });
    fc.assert(
      fc.property(topic, qos, packetId, fc.boolean(), bytes, properties, (name, level, id, retain, payload, given) => {
        const packet: IPublishPacket = {
          cmd: 'publish',
          topic: name,
          qos: level,
          messageId: id,
          dup: level > 0 && retain,
          retain,
          payload,
          properties: given,
        };
        const read = weRead(theirs(packet));
        expect(read).toMatchObject({ type: 'publish', topic: name, qos: level, retain, payload, dup: packet.dup });
        if (read.type !== 'publish') throw new Error(read.type);
        expect(read.packetId).toBe(level === 0 ? null : id);
        expect(numberProperty(read.properties, PROPERTY.TOPIC_ALIAS)).toBe(given.topicAlias);
      }),
    );
  });

  it('SUBSCRIBE, UNSUBSCRIBE, acknowledgements, PINGREQ and DISCONNECT', () => {
    fc.assert(
      fc.property(packetId, fc.array(text, { minLength: 1, maxLength: 5 }), qos, (id, filters, level) => {
        const subscriptions = filters.map((filter) => ({ topic: filter, qos: level, nl: false, rap: true, rh: 1 }));
        expect(weRead(theirs({ cmd: 'subscribe', messageId: id, subscriptions }))).toEqual({
          type: 'subscribe',
          packetId: id,
          subscriptions: filters.map((filter) => ({ filter, options: level | 8 | 16 })),
        });
        expect(weRead(theirs({ cmd: 'unsubscribe', messageId: id, unsubscriptions: filters }))).toEqual({
          type: 'unsubscribe',
          packetId: id,
          filters,
        });
        for (const cmd of ['puback', 'pubrec', 'pubrel', 'pubcomp'] as const) {
          expect(weRead(theirs({ cmd, messageId: id, reasonCode: 0 }))).toEqual({
            type: cmd,
            packetId: id,
            reasonCode: 0,
          });
        }
        expect(weRead(theirs({ cmd: 'pingreq' }))).toEqual({ type: 'pingreq' });
        expect(weRead(theirs({ cmd: 'disconnect', reasonCode: 4 }))).toEqual({ type: 'disconnect', reasonCode: 4 });
      }),
    );
  });

  it('in whatever pieces the bytes come', () => {
    fc.assert(
      fc.property(fc.array(connect, { minLength: 1, maxLength: 4 }), fc.array(fc.nat(400)), (packets, cuts) => {
        const stream = Buffer.concat(packets.map((packet) => theirs(packet)));
        const decoder = new MqttDecoder(MAX_BYTES);
        const read: ClientPacket[] = [];
        let at = 0;
        for (const cut of cuts) {
          read.push(...decoder.push(stream.subarray(at, at + cut)));
          at = Math.min(at + cut, stream.length);
        }
        read.push(...decoder.push(stream.subarray(at)));
        expect(read).toEqual(packets.map((packet) => weRead(theirs(packet))));
      }),
    );
  });
});

describe('mqtt-packet reads what we write', () => {
  it('CONNACK', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0, 134, 135, 136), (alias, reasonCode) => {
        const encoded = encodeConnack(reasonCode, [{ id: PROPERTY.TOPIC_ALIAS_MAXIMUM, value: alias }]);
        expect(theyRead(encoded)).toMatchObject({
          cmd: 'connack',
          reasonCode,
          properties: { topicAliasMaximum: alias },
        });
      }),
    );
  });

  it('PUBLISH', () => {
    fc.assert(
      fc.property(
        topic,
        bytes,
        fc.constantFrom(0 as const, 1 as const),
        packetId,
        fc.boolean(),
        (name, payload, level, id, retain) => {
          const read = theyRead(encodePublish({ topic: name, payload, qos: level, packetId: id, retain }));
          expect(read).toMatchObject({ cmd: 'publish', topic: name, qos: level, retain });
          expect((read as IPublishPacket).payload).toEqual(payload);
          if (level > 0) expect(read.messageId).toBe(id);
        },
      ),
    );
  });

  it('SUBACK, UNSUBACK, acknowledgements, PINGRESP and DISCONNECT', () => {
    fc.assert(
      fc.property(packetId, fc.array(fc.constantFrom(0, 1, 128), { minLength: 1, maxLength: 6 }), (id, codes) => {
        expect(theyRead(encodeSuback(id, codes))).toMatchObject({ cmd: 'suback', messageId: id, granted: codes });
        expect(
          theyRead(
            encodeUnsuback(
              id,
              codes.map(() => 0),
            ),
          ),
        ).toMatchObject({ cmd: 'unsuback', messageId: id });
        for (const cmd of ['puback', 'pubrec', 'pubrel', 'pubcomp'] as const) {
          expect(theyRead(encodeAck(cmd, id))).toMatchObject({ cmd, messageId: id, reasonCode: 0 });
        }
        expect(theyRead(encodeAck('puback', id, 0x87))).toMatchObject({ cmd: 'puback', reasonCode: 0x87 });
        expect(theyRead(encodePingresp())).toMatchObject({ cmd: 'pingresp' });
        expect(theyRead(encodeDisconnect(0x8d))).toMatchObject({ cmd: 'disconnect', reasonCode: 0x8d });
      }),
    );
  });
});

describe('hostile bytes', () => {
  it('give packets or a protocol error, never anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (array) => {
        try {
          new MqttDecoder(1000).push(Buffer.from(array));
        } catch (error) {
          expect(error).toBeInstanceOf(MqttProtocolError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('with one byte changed in a real CONNECT give a packet or a protocol error', () => {
    fc.assert(
      fc.property(connect, fc.nat(), fc.integer({ min: 0, max: 255 }), (packet, where, value) => {
        const encoded = theirs(packet);
        encoded[where % encoded.length] = value;
        try {
          new MqttDecoder(MAX_BYTES).push(encoded);
        } catch (error) {
          expect(error).toBeInstanceOf(MqttProtocolError);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('announcing more than the limit are refused before they arrive', () => {
    const header = Buffer.concat([Buffer.from([0x30]), varint(1001)]);
    expect(() => new MqttDecoder(1000).push(header)).toThrow(MqttProtocolError);
  });
});

it('reads every variable byte integer that it writes, in the fewest bytes', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: MAX_VARINT }), (value) => {
      const encoded = varint(value);
      expect(new WireReader(encoded).varint()).toBe(value);
      expect(encoded.length).toBe(value < 128 ? 1 : value < 16_384 ? 2 : value < 2_097_152 ? 3 : 4);
    }),
  );
});

it.each([
  ['a/b', 'a/b', true],
  ['a/+', 'a/b', true],
  ['a/+', 'a/b/c', false],
  ['a/#', 'a', true],
  ['a/#', 'a/b/c', true],
  ['+/b', '/b', true],
  ['#', '$SYS/x', false],
  ['a/b', 'a', false],
  ['a', 'a/b', false],
])('filter %s against topic %s: %s', (filter, name, matches) => {
  expect(topicMatches(filter, name)).toBe(matches);
});
