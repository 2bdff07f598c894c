/** Bytes from a client to packets. Bytes may come in any pieces. Independent of every other MQTT code in this project. */
import { PACKET, type ClientPacket, type ConnectPacket, type Will } from './packets.js';
import { MqttProtocolError, REASON } from './reason.js';
import { readProperties } from './properties.js';
import { WireReader } from './wire.js';

/** Flags in the first byte that must be exactly so (§2.1.3); PUBLISH has its own. */
const FIXED_FLAGS: Readonly<Record<number, number>> = {
  [PACKET.PUBREL]: 2,
  [PACKET.SUBSCRIBE]: 2,
  [PACKET.UNSUBSCRIBE]: 2,
};

export class MqttDecoder {
  readonly #maxPacketBytes: number;
  #pending: Buffer = Buffer.alloc(0);

  constructor(maxPacketBytes: number) {
    this.#maxPacketBytes = maxPacketBytes;
  }

  /** Throws MqttProtocolError at the first packet that cannot be; the decoder is of no use afterwards. */
  push(chunk: Buffer): readonly ClientPacket[] {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    const packets: ClientPacket[] = [];
    for (;;) {
      const header = readFixedHeader(this.#pending);
      if (header === null) return packets;
      if (header.length > this.#maxPacketBytes) {
        throw new MqttProtocolError(REASON.PACKET_TOO_LARGE, `packet of ${header.length} bytes`);
      }
      const end = header.size + header.length;
      if (this.#pending.length < end) return packets;
      packets.push(decodePacket(header.first, this.#pending.subarray(header.size, end)));
      this.#pending = this.#pending.subarray(end);
    }
  }
}

/** null = not all here yet. */
function readFixedHeader(bytes: Buffer): { first: number; length: number; size: number } | null {
  let length = 0;
  for (let index = 1; index <= 4; index++) {
    const byte = bytes[index];
    if (byte === undefined) return null;
    length |= (byte & 0x7f) << (7 * (index - 1));
    if ((byte & 0x80) === 0) return { first: bytes[0] ?? 0, length, size: index + 1 };
  }
  throw new MqttProtocolError(REASON.MALFORMED, 'remaining length of more than four bytes');
}

function decodePacket(first: number, body: Buffer): ClientPacket {
  const type = first >> 4;
  const flags = first & 0x0f;
  if (type !== PACKET.PUBLISH && flags !== (FIXED_FLAGS[type] ?? 0)) {
    throw new MqttProtocolError(REASON.MALFORMED, `flags ${flags} on packet type ${type}`);
  }
  const reader = new WireReader(body);
  const packet = decodeBody(type, flags, reader);
  if (reader.left > 0) throw new MqttProtocolError(REASON.MALFORMED, `${reader.left} bytes too many`);
  return packet;
}

function decodeBody(type: number, flags: number, reader: WireReader): ClientPacket {
  switch (type) {
    case PACKET.CONNECT:
      return decodeConnect(reader);
    case PACKET.PUBLISH:
      return decodePublish(flags, reader);
    case PACKET.PUBACK:
      return decodeAck('puback', reader);
    case PACKET.PUBREC:
      return decodeAck('pubrec', reader);
    case PACKET.PUBREL:
      return decodeAck('pubrel', reader);
    case PACKET.PUBCOMP:
      return decodeAck('pubcomp', reader);
    case PACKET.SUBSCRIBE:
      return decodeSubscribe(reader);
    case PACKET.UNSUBSCRIBE:
      return decodeUnsubscribe(reader);
    case PACKET.PINGREQ:
      return { type: 'pingreq' };
    case PACKET.DISCONNECT:
      return { type: 'disconnect', reasonCode: reasonAndProperties(reader) };
    default:
      throw new MqttProtocolError(REASON.PROTOCOL_ERROR, `packet type ${type} from a client`);
  }
}

function decodeConnect(reader: WireReader): ConnectPacket {
  const protocolName = reader.text();
  const protocolVersion = reader.byte();
  if (protocolName !== 'MQTT' || protocolVersion !== 5) {
    throw new MqttProtocolError(REASON.UNSUPPORTED_VERSION, `protocol ${protocolName} ${protocolVersion}`);
  }
  const flags = reader.byte();
  if ((flags & 1) !== 0) throw new MqttProtocolError(REASON.MALFORMED, 'reserved connect flag');
  const hasWill = (flags & 4) !== 0;
  const willQos = (flags >> 3) & 3;
  if (willQos === 3 || (!hasWill && (flags & 0x38) !== 0)) {
    throw new MqttProtocolError(REASON.MALFORMED, 'will flags');
  }
  const keepAlive = reader.uint16();
  const properties = readProperties(reader);
  const clientId = reader.text();
  const will: Will | null = hasWill
    ? {
        qos: willQos,
        retain: (flags & 0x20) !== 0,
        properties: readProperties(reader),
        topic: reader.text(),
        payload: reader.binary(),
      }
    : null;
  return {
    type: 'connect',
    protocolName,
    protocolVersion,
    cleanStart: (flags & 2) !== 0,
    keepAlive,
    properties,
    clientId,
    will,
    username: (flags & 0x80) === 0 ? null : reader.text(),
    password: (flags & 0x40) === 0 ? null : reader.binary(),
  };
}

function decodePublish(flags: number, reader: WireReader): ClientPacket {
  const qos = (flags >> 1) & 3;
  const dup = (flags & 8) !== 0;
  if (qos === 3 || (qos === 0 && dup)) throw new MqttProtocolError(REASON.MALFORMED, 'publish flags');
  const topic = reader.text();
  if (/[+#]/.test(topic)) throw new MqttProtocolError(REASON.MALFORMED, 'wildcard in a topic name');
  const packetId = qos === 0 ? null : nonZeroId(reader);
  const properties = readProperties(reader);
  return { type: 'publish', topic, packetId, qos, dup, retain: (flags & 1) !== 0, properties, payload: reader.rest() };
}

function decodeAck(type: 'puback' | 'pubrec' | 'pubrel' | 'pubcomp', reader: WireReader): ClientPacket {
  return { type, packetId: nonZeroId(reader), reasonCode: reasonAndProperties(reader) };
}

function decodeSubscribe(reader: WireReader): ClientPacket {
  const packetId = nonZeroId(reader);
  readProperties(reader);
  const subscriptions: { filter: string; options: number }[] = [];
  while (reader.left > 0) {
    const filter = reader.text();
    const options = reader.byte();
    if ((options & 0xc0) !== 0 || (options & 3) === 3 || (options & 0x30) === 0x30) {
      throw new MqttProtocolError(REASON.PROTOCOL_ERROR, `subscription options ${options}`);
    }
    subscriptions.push({ filter, options });
  }
  if (subscriptions.length === 0) throw new MqttProtocolError(REASON.PROTOCOL_ERROR, 'no subscription');
  return { type: 'subscribe', packetId, subscriptions };
}

function decodeUnsubscribe(reader: WireReader): ClientPacket {
  const packetId = nonZeroId(reader);
  readProperties(reader);
  const filters: string[] = [];
  while (reader.left > 0) filters.push(reader.text());
  if (filters.length === 0) throw new MqttProtocolError(REASON.PROTOCOL_ERROR, 'no topic filter');
  return { type: 'unsubscribe', packetId, filters };
}

function nonZeroId(reader: WireReader): number {
  const id = reader.uint16();
  if (id === 0) throw new MqttProtocolError(REASON.PROTOCOL_ERROR, 'packet identifier 0');
  return id;
}

/** §3.4.2.1, §3.14.2.1: a missing reason code means success, missing properties none. */
function reasonAndProperties(reader: WireReader): number {
  if (reader.left === 0) return REASON.SUCCESS;
  const reasonCode = reader.byte();
  if (reader.left > 0) readProperties(reader);
  return reasonCode;
}
