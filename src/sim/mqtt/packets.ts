/** MQTT 5 packets as a broker meets them (OASIS MQTT 5.0 §3). */
import type { Properties } from './properties.js';

export const PACKET = {
  CONNECT: 1,
  CONNACK: 2,
  PUBLISH: 3,
  PUBACK: 4,
  PUBREC: 5,
  PUBREL: 6,
  PUBCOMP: 7,
  SUBSCRIBE: 8,
  SUBACK: 9,
  UNSUBSCRIBE: 10,
  UNSUBACK: 11,
  PINGREQ: 12,
  PINGRESP: 13,
  DISCONNECT: 14,
  AUTH: 15,
} as const;

export interface Will {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: number;
  readonly retain: boolean;
  readonly properties: Properties;
}

export interface ConnectPacket {
  readonly type: 'connect';
  readonly protocolName: string;
  readonly protocolVersion: number;
  readonly cleanStart: boolean;
  /** Seconds. */
  readonly keepAlive: number;
  readonly properties: Properties;
  readonly clientId: string;
  readonly will: Will | null;
  readonly username: string | null;
  readonly password: Buffer | null;
}

export interface PublishPacket {
  readonly type: 'publish';
  /** Empty when an alias stands for it. */
  readonly topic: string;
  /** null with QoS 0. */
  readonly packetId: number | null;
  readonly qos: number;
  readonly dup: boolean;
  readonly retain: boolean;
  readonly properties: Properties;
  readonly payload: Buffer;
}

interface AckPacket {
  readonly type: 'puback' | 'pubrec' | 'pubrel' | 'pubcomp';
  readonly packetId: number;
  readonly reasonCode: number;
}

interface SubscribePacket {
  readonly type: 'subscribe';
  readonly packetId: number;
  readonly subscriptions: readonly { readonly filter: string; readonly options: number }[];
}

interface UnsubscribePacket {
  readonly type: 'unsubscribe';
  readonly packetId: number;
  readonly filters: readonly string[];
}

export type ClientPacket =
  | ConnectPacket
  | PublishPacket
  | AckPacket
  | SubscribePacket
  | UnsubscribePacket
  | { readonly type: 'pingreq' }
  | { readonly type: 'disconnect'; readonly reasonCode: number };
