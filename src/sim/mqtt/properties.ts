/** MQTT 5 properties (§2.2.2): each identifier has one type. */
import { MqttProtocolError, REASON } from './reason.js';
import { binary, text, uint16, uint32, varint, WireReader } from './wire.js';

type PropertyType = 'byte' | 'uint16' | 'uint32' | 'varint' | 'binary' | 'text' | 'pair';

export const PROPERTY = {
  SESSION_EXPIRY: 0x11,
  RECEIVE_MAXIMUM: 0x21,
  TOPIC_ALIAS_MAXIMUM: 0x22,
  TOPIC_ALIAS: 0x23,
  MAXIMUM_PACKET_SIZE: 0x27,
  REASON_STRING: 0x1f,
} as const;

const TYPES: Readonly<Record<number, PropertyType>> = {
  0x01: 'byte',
  0x02: 'uint32',
  0x03: 'text',
  0x08: 'text',
  0x09: 'binary',
  0x0b: 'varint',
  0x11: 'uint32',
  0x12: 'text',
  0x13: 'uint16',
  0x15: 'text',
  0x16: 'binary',
  0x17: 'byte',
  0x18: 'uint32',
  0x19: 'byte',
  0x1a: 'text',
  0x1c: 'text',
  0x1f: 'text',
  0x21: 'uint16',
  0x22: 'uint16',
  0x23: 'uint16',
  0x24: 'byte',
  0x25: 'byte',
  0x26: 'pair',
  0x27: 'uint32',
  0x28: 'byte',
  0x29: 'byte',
  0x2a: 'byte',
};
/** §2.2.2.2: user properties, and in a PUBLISH to a client subscription identifiers, may appear more than once. */
const REPEATABLE: readonly number[] = [0x26, 0x0b];

type PropertyValue = number | string | Buffer | readonly [string, string];

/** In the order of the wire. */
export type Properties = readonly { readonly id: number; readonly value: PropertyValue }[];

export function numberProperty(properties: Properties, id: number): number | null {
  const found = properties.find((property) => property.id === id)?.value;
  return typeof found === 'number' ? found : null;
}

export function readProperties(reader: WireReader): Properties {
  const section = new WireReader(reader.take(reader.varint()));
  const properties: { id: number; value: PropertyValue }[] = [];
  while (section.left > 0) {
    const id = section.varint();
    if (!REPEATABLE.includes(id) && properties.some((property) => property.id === id)) {
      throw new MqttProtocolError(REASON.PROTOCOL_ERROR, `property ${id} appears twice`);
    }
    properties.push({ id, value: readValue(section, id) });
  }
  return properties;
}

function readValue(reader: WireReader, id: number): PropertyValue {
  switch (TYPES[id]) {
    case 'byte':
      return reader.byte();
    case 'uint16':
      return reader.uint16();
    case 'uint32':
      return reader.uint32();
    case 'varint':
      return reader.varint();
    case 'binary':
      return reader.binary();
    case 'text':
      return reader.text();
    case 'pair':
      return [reader.text(), reader.text()];
    default:
      throw new MqttProtocolError(REASON.MALFORMED, `there is no property ${id}`);
  }
}

/** Throws TypeError when a value is not of its property's type: a bug of the caller. */
export function writeProperties(properties: Properties): Buffer {
  const section = Buffer.concat(properties.map(({ id, value }) => Buffer.concat([varint(id), writeValue(id, value)])));
  return Buffer.concat([varint(section.length), section]);
}

function writeValue(id: number, value: PropertyValue): Buffer {
  const type = TYPES[id];
  if (typeof value === 'number') {
    if (type === 'byte') return Buffer.from([value]);
    if (type === 'uint16') return uint16(value);
    if (type === 'uint32') return uint32(value);
    if (type === 'varint') return varint(value);
  }
  if (typeof value === 'string' && type === 'text') return text(value);
  if (Buffer.isBuffer(value) && type === 'binary') return binary(value);
  if (Array.isArray(value) && type === 'pair') return Buffer.concat([text(String(value[0])), text(String(value[1]))]);
  throw new TypeError(`property ${id} is no ${typeof value}`);
}
