/** The four MQTT 5 packets that a doctor needs (OASIS mqtt-v5.0): CONNECT in the Agent's shape, CONNACK, DISCONNECT. */

export interface ConnectFields {
  readonly clientId: string;
  readonly username: string;
  readonly password: string;
  readonly willTopic: string;
  readonly willPayload: Buffer;
}

/** Seconds (docs/reference/agent.md#mqtt). */
const KEEP_ALIVE = 60;
/** User name, password, will QoS 2, will, clean start. */
const FLAGS = 0xd6;
/** Topic Alias Maximum = 65535, the Agent's only property. */
const PROPERTIES = Buffer.from([0x03, 0x22, 0xff, 0xff]);

/** CONNECT exactly as the Agent shapes it (docs/reference/agent.md#mqtt). Fields are at most 65535 bytes each. */
export function encodeConnect(fields: ConnectFields): Buffer {
  const body = Buffer.concat([
    Buffer.from([0, 4]),
    Buffer.from('MQTT', 'latin1'),
    Buffer.from([5, FLAGS, KEEP_ALIVE >> 8, KEEP_ALIVE & 0xff]),
    PROPERTIES,
    binary(Buffer.from(fields.clientId, 'utf8')),
    Buffer.from([0]), // no will properties
    binary(Buffer.from(fields.willTopic, 'utf8')),
    binary(fields.willPayload),
    binary(Buffer.from(fields.username, 'utf8')),
    binary(Buffer.from(fields.password, 'utf8')),
  ]);
  return Buffer.concat([Buffer.from([0x10]), variableByteInteger(body.length), body]);
}

/** DISCONNECT, normal: the broker throws the will away (MQTT 5 §3.14). */
export const DISCONNECT = Buffer.from([0xe0, 0x00]);

export type Packet =
  | { readonly state: 'partial' }
  | { readonly state: 'malformed'; readonly why: string }
  | { readonly state: 'connack'; readonly reasonCode: number }
  | { readonly state: 'other'; readonly type: number };

/** A CONNACK carries little; more than this is not one. */
const MAX_REMAINING = 64 * 1024;

/** The first packet in `bytes`. Properties are not read here: the Agent's strictness is judged from the raw bytes. */
export function decodePacket(bytes: Buffer): Packet {
  const first = bytes[0];
  if (first === undefined) return { state: 'partial' };
  const type = first >> 4;
  if (type === 0) return { state: 'malformed', why: 'packet type 0' };
  let remaining = 0;
  let at = 1;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at];
    if (byte === undefined) return at > 4 ? tooLong() : { state: 'partial' };
    if (at > 4) return tooLong();
    remaining += (byte & 0x7f) * 2 ** shift;
    at += 1;
    if ((byte & 0x80) === 0) break;
  }
  if (type !== 2) return { state: 'other', type };
  if ((first & 0x0f) !== 0) return { state: 'malformed', why: 'CONNACK with reserved flags' };
  if (remaining > MAX_REMAINING) return { state: 'malformed', why: 'CONNACK of an impossible length' };
  if (remaining < 2) return { state: 'malformed', why: 'CONNACK without a reason code' };
  if (bytes.length < at + remaining) return { state: 'partial' };
  return { state: 'connack', reasonCode: bytes[at + 1] ?? 0 };
}

function tooLong(): Packet {
  return { state: 'malformed', why: 'the remaining length has more than four bytes' };
}

function binary(bytes: Buffer): Buffer {
  const cut = bytes.subarray(0, 0xffff);
  return Buffer.concat([Buffer.from([cut.length >> 8, cut.length & 0xff]), cut]);
}

/** MQTT 5 §1.5.5. */
export function variableByteInteger(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return Buffer.from(bytes);
}
