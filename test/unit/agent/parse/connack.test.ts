import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as mqtt from 'mqtt-packet';
import { parseConnack } from '../../../../src/agent/parse/connack.js';
import { bytes } from './arbitrary.js';

const connack = (code: number, properties = '') =>
  String.fromCharCode(0x20, 3 + properties.length, 0, code, properties.length) + properties;

// docs/reference/agent.md#mqtt
const CASES: readonly (readonly [string, string, string | number])[] = [
  ['accepted', connack(0), 0],
  ['not authorized', connack(135), 135],
  ['bad user name or password', connack(134), 134],
  ['banned', connack(138), 138],
  ['session present', `\x20\x03\x01\x00\x00`, 0],
  ['known properties', connack(0, '\x21\x00\x0a\x13\x00\x1e\x12\x00\x02id'), 0],
  ['a user property', connack(0, '\x26\x00\x01a\x00\x01b'), 0],
  ['an unknown property', connack(0, '\x7f\x00'), 'mqtt.property_unknown'],
  ['a property that runs over the end', connack(0, '\x21\x00'), 'mqtt.malformed'],
  ['a string that runs over the end', connack(0, '\x12\x00\x09id'), 'mqtt.malformed'],
  ['a property length that runs over the end', '\x20\x03\x00\x00\x05', 'mqtt.malformed'],
  ['an MQTT 3 CONNACK', '\x20\x02\x00\x05', 'mqtt.connack_too_short'],
  ['another packet', '\xd0\x00', 'mqtt.not_connack'],
  ['HTML', '<html>', 'mqtt.not_connack'],
  ['half a CONNACK', '\x20\x03\x00', 'mqtt.connack_incomplete'],
  ['one byte', '\x20', 'mqtt.connack_incomplete'],
  ['a length of five bytes', '\x20\xff\xff\xff\xff\x01', 'mqtt.malformed'],
  ['nothing', '', 'mqtt.connack_incomplete'],
];

/** MQTT 5 §2.2.2.2: what follows the identifier, and whether its length is in its first bytes. */
const STRING = '\0\x02id';
const PROPERTIES: readonly (readonly [id: number, value: string])[] = [
  ...[0x01, 0x17, 0x19, 0x24, 0x25, 0x28, 0x29, 0x2a].map((id) => [id, '\0'] as const),
  ...[0x13, 0x21, 0x22, 0x23].map((id) => [id, '\0\0'] as const),
  ...[0x02, 0x11, 0x18, 0x27].map((id) => [id, '\0\0\0\0'] as const),
  ...[0x03, 0x08, 0x09, 0x12, 0x15, 0x16, 0x1a, 0x1c, 0x1f].map((id) => [id, STRING] as const),
  [0x0b, '\x80\x80\x80\x01'],
  [0x26, STRING + STRING],
];
const idOf = (id: number): string => String.fromCharCode(id);

describe('CONNACK', () => {
  it.each(PROPERTIES)('property %i has exactly its length', (id, value) => {
    const read = (properties: string) => parseConnack(connack(0, properties));
    expect(read(idOf(id) + value).ok).toBe(true);
    // A byte more is the identifier of the next property.
    expect(read(`${idOf(id)}${value}\x7f`)).toMatchObject({ rule: 'mqtt.property_unknown' });
    expect(read(idOf(id) + value.slice(0, -1))).toMatchObject({ rule: 'mqtt.malformed' });
  });

  it('knows no other property', () => {
    const known = new Set(PROPERTIES.map(([id]) => id));
    for (let id = 0; id < 128; id += 1)
      if (!known.has(id)) expect(parseConnack(connack(0, idOf(id)))).toMatchObject({ rule: 'mqtt.property_unknown' });
  });

  it('a text may be empty', () => {
    expect(parseConnack(connack(0, '\x12\0\0'))).toMatchObject({ ok: true });
    expect(parseConnack(connack(0, '\x12\0'))).toMatchObject({ rule: 'mqtt.malformed' });
  });

  it.each(CASES)('%s', (_what, raw, expected) => {
    const result = parseConnack(raw);
    expect(result.ok ? result.reasonCode : result.rule).toBe(expected);
  });

  it('reads what an independent codec writes', () => {
    const raw = mqtt
      .generate(
        {
          cmd: 'connack',
          reasonCode: 0,
          sessionPresent: false,
          properties: {
            maximumPacketSize: 262_144,
            serverKeepAlive: 60,
            assignedClientIdentifier: 'x',
            reasonString: 'y',
          },
        },
        { protocolVersion: 5 },
      )
      .toString('latin1');
    expect(parseConnack(raw)).toEqual({ ok: true, reasonCode: 0, maximumPacketSize: 262_144 });
  });

  it('is total, and a decision taken early stands however the bytes arrive', () => {
    const raws = fc.oneof(
      bytes(40),
      bytes(20).map((properties) => connack(0, properties)),
    );
    fc.assert(
      fc.property(raws, fc.nat({ max: 40 }), (raw, at) => {
        const early = parseConnack(raw.slice(0, at));
        const whole = parseConnack(raw);
        if (early.ok) expect(whole).toEqual(early);
        else if (early.rule !== 'mqtt.connack_incomplete') expect(whole.ok).toBe(false);
      }),
    );
  });
});
