/** Packets from the broker to bytes (§3). */
import { PACKET } from './packets.js';
import { writeProperties, type Properties } from './properties.js';
import { text, uint16, varint } from './wire.js';

function packet(type: number, flags: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([(type << 4) | flags]), varint(body.length), body]);
}

export function encodeConnack(reasonCode: number, properties: Properties = [], sessionPresent = false): Buffer {
  return packet(PACKET.CONNACK, 0, Buffer.from([sessionPresent ? 1 : 0, reasonCode]), writeProperties(properties));
}

export interface OutgoingPublish {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: 0 | 1;
  /** Needed with QoS 1. */
  readonly packetId?: number;
  readonly retain?: boolean;
  readonly properties?: Properties;
}

export function encodePublish(publish: OutgoingPublish): Buffer {
  const id = publish.qos === 0 ? Buffer.alloc(0) : uint16(publish.packetId ?? 1);
  return packet(
    PACKET.PUBLISH,
    (publish.qos << 1) | (publish.retain === true ? 1 : 0),
    text(publish.topic),
    id,
    writeProperties(publish.properties ?? []),
    publish.payload,
  );
}

/** A reason code of 0 is left out, as the short form allows (§3.4.2.1). */
export function encodeAck(type: 'puback' | 'pubrec' | 'pubrel' | 'pubcomp', packetId: number, reasonCode = 0): Buffer {
  const numbers = { puback: PACKET.PUBACK, pubrec: PACKET.PUBREC, pubrel: PACKET.PUBREL, pubcomp: PACKET.PUBCOMP };
  const reason = reasonCode === 0 ? Buffer.alloc(0) : Buffer.from([reasonCode]);
  return packet(numbers[type], type === 'pubrel' ? 2 : 0, uint16(packetId), reason);
}

export function encodeSuback(packetId: number, reasonCodes: readonly number[]): Buffer {
  return packet(PACKET.SUBACK, 0, uint16(packetId), writeProperties([]), Buffer.from(reasonCodes));
}

export function encodeUnsuback(packetId: number, reasonCodes: readonly number[]): Buffer {
  return packet(PACKET.UNSUBACK, 0, uint16(packetId), writeProperties([]), Buffer.from(reasonCodes));
}

export function encodePingresp(): Buffer {
  return packet(PACKET.PINGRESP, 0);
}

export function encodeDisconnect(reasonCode: number, properties: Properties = []): Buffer {
  return packet(PACKET.DISCONNECT, 0, Buffer.from([reasonCode]), writeProperties(properties));
}
