import { refused, type Refused } from './result.js';

export type ConnackRule =
  | 'mqtt.connack_incomplete'
  | 'mqtt.not_connack'
  | 'mqtt.connack_too_short'
  | 'mqtt.property_unknown'
  | 'mqtt.malformed';

export type Connack =
  | {
      readonly ok: true;
      /** MQTT 5 reason code, 0..255. */
      readonly reasonCode: number;
      /** Maximum Packet Size (property 0x27), or null. */
      readonly maximumPacketSize: number | null;
    }
  | Refused<ConnackRule>;

/** Lengths of MQTT 5 property values (MQTT 5 §2.2.2.2); `string` and `binary` carry two length bytes. */
const PROPERTY: Readonly<Record<number, 1 | 2 | 4 | 'vbi' | 'string' | 'pair'>> = {
  0x01: 1,
  0x02: 4,
  0x03: 'string',
  0x08: 'string',
  0x09: 'string',
  0x0b: 'vbi',
  0x11: 4,
  0x12: 'string',
  0x13: 2,
  0x15: 'string',
  0x16: 'string',
  0x17: 1,
  0x18: 4,
  0x19: 1,
  0x1a: 'string',
  0x1c: 'string',
  0x1f: 'string',
  0x21: 2,
  0x22: 2,
  0x23: 2,
  0x24: 1,
  0x25: 1,
  0x26: 'pair',
  0x27: 4,
  0x28: 1,
  0x29: 1,
  0x2a: 1,
};
const MAXIMUM_PACKET_SIZE = 0x27;

/**
 * Reads the first MQTT packet behind CONNECT as the Agent does (docs/reference/agent.md#mqtt): a CONNACK with a
 * remaining length of at least 3 and only known properties. Whatever its reason code, it proves that the path works.
 */
export function parseConnack(raw: string): Connack {
  if (raw === '') return refused('mqtt.connack_incomplete');
  if (raw.charCodeAt(0) >> 4 !== 2) return refused('mqtt.not_connack', raw);
  const remaining = readVbi(raw, 1);
  if (remaining === null) return refused(raw.length > 4 ? 'mqtt.malformed' : 'mqtt.connack_incomplete', raw);
  if (remaining.value < 3) return refused('mqtt.connack_too_short', raw);
  const end = remaining.end + remaining.value;
  if (raw.length < end) return refused('mqtt.connack_incomplete', raw);
  const reasonCode = raw.charCodeAt(remaining.end + 1);
  const length = readVbi(raw.slice(0, end), remaining.end + 2);
  if (length === null || length.end + length.value > end) return refused('mqtt.malformed', raw);
  const properties = readProperties(raw, length.end, length.end + length.value);
  return properties.ok ? { ok: true, reasonCode, maximumPacketSize: properties.maximumPacketSize } : properties;
}

function readProperties(
  raw: string,
  start: number,
  end: number,
): { readonly ok: true; readonly maximumPacketSize: number | null } | Refused<ConnackRule> {
  let maximumPacketSize: number | null = null;
  let at = start;
  while (at < end) {
    const id = raw.charCodeAt(at);
    const type = PROPERTY[id];
    if (type === undefined) return refused('mqtt.property_unknown', `property 0x${id.toString(16)}`);
    const next = skipValue(raw.slice(0, end), at + 1, type);
    if (next === null) return refused('mqtt.malformed', `property 0x${id.toString(16)}`);
    if (id === MAXIMUM_PACKET_SIZE) maximumPacketSize = readUint(raw, at + 1, 4);
    at = next;
  }
  return { ok: true, maximumPacketSize };
}

function skipValue(raw: string, at: number, type: 1 | 2 | 4 | 'vbi' | 'string' | 'pair'): number | null {
  if (typeof type === 'number') return at + type <= raw.length ? at + type : null;
  if (type === 'vbi') return readVbi(raw, at)?.end ?? null;
  if (at + 2 > raw.length) return null;
  const next = at + 2 + readUint(raw, at, 2);
  if (next > raw.length) return null;
  return type === 'pair' ? skipValue(raw, next, 'string') : next;
}

/** Variable byte integer (MQTT 5 §1.5.5): at most four bytes; null when unfinished or too long. */
function readVbi(raw: string, at: number): { readonly value: number; readonly end: number } | null {
  let value = 0;
  for (let i = 0; i < 4 && at + i < raw.length; i += 1) {
    const byte = raw.charCodeAt(at + i);
    value += (byte & 0x7f) * 128 ** i;
    if (byte < 0x80) return { value, end: at + i + 1 };
  }
  return null;
}

function readUint(raw: string, at: number, bytes: number): number {
  let value = 0;
  for (let i = 0; i < bytes; i += 1) value = value * 256 + raw.charCodeAt(at + i);
  return value;
}
