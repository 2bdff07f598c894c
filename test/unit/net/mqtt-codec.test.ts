import * as fc from 'fast-check';
import mqttPacket from 'mqtt-packet';
import { describe, expect, it } from 'vitest';
import { decodePacket, DISCONNECT, encodeConnect, variableByteInteger } from '../../../src/net/mqtt-codec.js';

const fields = {
  clientId: 'client-1',
  username: 'user',
  password: 'secret',
  willTopic: '/agent/x/outbound/meta',
  willPayload: Buffer.from([1, 2, 3]),
};

function parse(bytes: Buffer): mqttPacket.Packet {
  let packet: mqttPacket.Packet | undefined;
  const parser = mqttPacket.parser({ protocolVersion: 5 });
  parser.on('packet', (found) => {
    packet = found;
  });
  parser.on('error', (error) => {
    throw error as Error;
  });
  parser.parse(bytes);
  if (packet === undefined) throw new Error('no packet');
  return packet;
}

describe('encodeConnect', () => {
  it('has the shape that the Agent sends, byte for byte', () => {
    const bytes = encodeConnect({
      ...fields,
      clientId: 'c',
      willTopic: 't',
      willPayload: Buffer.from('p'),
      username: 'u',
      password: 'w',
    });
    expect(bytes.toString('hex')).toBe(
      [
        '101e',
        '00044d515454',
        '05',
        'd6',
        '003c',
        '0322ffff',
        '000163',
        '00',
        '000174',
        '000170',
        '000175',
        '000177',
      ].join(''),
    );
  });

  it('is read by an independent codec as what was meant', () => {
    const text = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(text, text, text, fc.uint8Array({ maxLength: 300 }), (clientId, username, password, payload) => {
        const packet = parse(
          encodeConnect({ ...fields, clientId, username, password, willPayload: Buffer.from(payload) }),
        );
        expect(packet).toMatchObject({
          cmd: 'connect',
          protocolId: 'MQTT',
          protocolVersion: 5,
          clean: true,
          keepalive: 60,
          clientId,
          username,
          properties: { topicAliasMaximum: 65535 },
          will: { topic: fields.willTopic, qos: 2, retain: false },
        });
        const connect = packet as mqttPacket.IConnectPacket;
        expect(connect.password?.toString()).toBe(password);
        expect(Buffer.from(connect.will!.payload).equals(Buffer.from(payload))).toBe(true);
      }),
    );
  });

  it('says goodbye as an independent codec understands it', () => {
    expect(parse(DISCONNECT)).toMatchObject({ cmd: 'disconnect' });
  });
});

describe('decodePacket', () => {
  it('reads every CONNACK that an independent codec writes, and needs all of it', () => {
    const reason = fc.constantFrom(0, 128, 130, 132, 133, 134, 135, 136, 137, 138, 149, 151, 156, 157, 159);
    fc.assert(
      fc.property(
        reason,
        fc.option(fc.string({ unit: 'grapheme-ascii', maxLength: 200 })),
        fc.nat(65535),
        (reasonCode, text, max) => {
          const bytes = mqttPacket.generate(
            {
              cmd: 'connack',
              reasonCode,
              sessionPresent: false,
              properties: { receiveMaximum: Math.max(1, max), ...(text ? { reasonString: text } : {}) },
            },
            { protocolVersion: 5 },
          );
          expect(decodePacket(bytes)).toEqual({ state: 'connack', reasonCode });
          for (let cut = 0; cut < bytes.length; cut += 1)
            expect(decodePacket(bytes.subarray(0, cut)).state).toBe('partial');
        },
      ),
    );
  });

  it.each([
    ['DISCONNECT', Buffer.from([0xe0, 0]), 'other'],
    ['packet type 0', Buffer.from([0, 0]), 'malformed'],
    ['reserved flags', Buffer.from([0x21, 3, 0, 0, 0]), 'malformed'],
    ['an endless length', Buffer.from([0x20, 0xff, 0xff, 0xff, 0xff, 1]), 'malformed'],
    ['an impossible length', Buffer.from([0x20, 0xff, 0xff, 0xff, 0x7f]), 'malformed'],
    ['no reason code', Buffer.from([0x20, 1, 0]), 'malformed'],
    ['an MQTT 3.1.1 CONNACK', Buffer.from([0x20, 2, 0, 5]), 'connack'],
  ])('%s is %s', (_what, bytes, state) => {
    expect(decodePacket(bytes).state).toBe(state);
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => void decodePacket(Buffer.from(bytes))));
  });
});

describe('variableByteInteger', () => {
  it.each([
    [0, '00'],
    [127, '7f'],
    [128, '8001'],
    [16383, 'ff7f'],
    [268435455, 'ffffff7f'],
  ])('%i', (value, hex) => {
    expect(variableByteInteger(value).toString('hex')).toBe(hex);
  });
});
