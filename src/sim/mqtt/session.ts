/**
 * One MQTT 5 session as the cloud's broker holds it: accepts only credentials that the password call minted,
 * acknowledges, keeps time, publishes the will. Knows nothing of WebSocket or TLS.
 */
import type { EventFacts } from '../event-log.js';
import type { MqttEffect } from '../faults/fault.js';
import { MqttDecoder } from './decode.js';
import {
  encodeAck,
  encodeConnack,
  encodeDisconnect,
  encodePingresp,
  encodePublish,
  encodeSuback,
  encodeUnsuback,
} from './encode.js';
import type { ClientPacket, ConnectPacket, PublishPacket } from './packets.js';
import { MqttProtocolError, REASON } from './reason.js';
import { numberProperty, PROPERTY, type Properties } from './properties.js';
import { topicMatches } from './topics.js';

export interface SessionOptions {
  readonly effects: MqttEffect;
  readonly send: (bytes: Buffer) => void;
  readonly close: () => void;
  readonly log: (event: EventFacts) => void;
  /** The claim id these credentials were minted for, or null. */
  readonly authenticate: (clientId: string, username: string | null, password: Buffer | null) => string | null;
  /** Called once connected: ends an older session with the same client id. */
  readonly takeOver: (clientId: string, session: MqttSession) => void;
  readonly onPublish: (claimId: string, topic: string, payload: Buffer, session: MqttSession) => void;
}

const MAX_PACKET_BYTES = 16 << 20;
/** The Agent gives each of its two dozen topics an alias if it may. */
const TOPIC_ALIAS_MAXIMUM = 100;
const CONNACK_PROPERTIES: Properties = [
  { id: PROPERTY.RECEIVE_MAXIMUM, value: 1000 },
  { id: PROPERTY.MAXIMUM_PACKET_SIZE, value: MAX_PACKET_BYTES },
  { id: PROPERTY.TOPIC_ALIAS_MAXIMUM, value: TOPIC_ALIAS_MAXIMUM },
];
/** A peer that upgraded and then says nothing. */
const CONNECT_DEADLINE_MS = 60_000;

export class MqttSession {
  readonly #options: SessionOptions;
  readonly #decoder = new MqttDecoder(MAX_PACKET_BYTES);
  readonly #aliases = new Map<number, string>();
  readonly #filters = new Set<string>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #connect: ConnectPacket | null = null;
  #claimId: string | null = null;
  #keepAlive: NodeJS.Timeout | null = null;
  #nextPacketId = 1;
  #ended = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#later(CONNECT_DEADLINE_MS, () => {
      if (this.#connect === null) this.#options.close();
    });
  }

  receive(bytes: Buffer): void {
    if (this.#ended) return;
    try {
      for (const packet of this.#decoder.push(bytes)) this.#handle(packet);
    } catch (error) {
      if (!(error instanceof MqttProtocolError)) throw error;
      this.#fail(error.reasonCode, error.message);
    }
  }

  /** QoS 1 to this client, if it subscribed to such a topic. */
  publish(topic: string, payload: Buffer): void {
    if (this.#ended || ![...this.#filters].some((filter) => topicMatches(filter, topic))) return;
    const packetId = this.#nextPacketId;
    this.#nextPacketId = (packetId % 0xffff) + 1;
    this.#options.send(encodePublish({ topic, payload, qos: 1, packetId }));
  }

  /** The broker ends it: DISCONNECT with a reason, then close. */
  end(reasonCode: number): void {
    if (this.#ended) return;
    this.#options.send(encodeDisconnect(reasonCode));
    this.#options.close();
  }

  /** The transport is gone, for whatever reason. */
  transportClosed(): void {
    this.#finish(true);
  }

  #handle(packet: ClientPacket): void {
    if (this.#ended) return;
    if (packet.type === 'connect') return this.#onConnect(packet);
    if (this.#connect === null || this.#claimId === null) {
      throw new MqttProtocolError(REASON.PROTOCOL_ERROR, `${packet.type} before CONNECT`);
    }
    this.#restartKeepAlive(this.#connect.keepAlive);
    const { clientId } = this.#connect;
    const { log, send } = this.#options;
    switch (packet.type) {
      case 'publish':
        return this.#onPublish(packet, clientId, this.#claimId);
      case 'subscribe':
        for (const { filter } of packet.subscriptions) this.#filters.add(filter);
        log({ type: 'mqtt_subscribe', clientId, topics: packet.subscriptions.map(({ filter }) => filter) });
        send(
          encodeSuback(
            packet.packetId,
            packet.subscriptions.map(({ options }) => Math.min(options & 3, 1)),
          ),
        );
        return;
      case 'unsubscribe':
        for (const filter of packet.filters) this.#filters.delete(filter);
        send(
          encodeUnsuback(
            packet.packetId,
            packet.filters.map(() => REASON.SUCCESS),
          ),
        );
        return;
      case 'pubrel':
        send(encodeAck('pubcomp', packet.packetId));
        return;
      case 'pingreq':
        log({ type: 'mqtt_ping', clientId });
        send(encodePingresp());
        return;
      case 'disconnect':
        log({ type: 'mqtt_disconnect', clientId, reasonCode: packet.reasonCode });
        this.#finish(packet.reasonCode === REASON.DISCONNECT_WITH_WILL);
        this.#options.close();
        return;
      case 'puback':
      case 'pubrec':
      case 'pubcomp':
        return;
    }
  }

  #onConnect(packet: ConnectPacket): void {
    if (this.#connect !== null) throw new MqttProtocolError(REASON.PROTOCOL_ERROR, 'second CONNECT');
    this.#connect = packet;
    const { effects, send, log, authenticate, close } = this.#options;
    this.#claimId = authenticate(packet.clientId, packet.username, packet.password);
    const honest =
      this.#claimId !== null
        ? REASON.SUCCESS
        : packet.username === null
          ? REASON.NOT_AUTHORIZED
          : REASON.BAD_USER_OR_PASSWORD;
    const { connack } = effects;
    if (connack === 'silent') return;
    this.#later(effects.connackDelayMs ?? 0, () => {
      if (Buffer.isBuffer(connack)) {
        send(connack);
        return;
      }
      const reasonCode = connack ?? honest;
      log({ type: 'mqtt_connect', clientId: packet.clientId, reasonCode, claimId: this.#claimId });
      send(encodeConnack(reasonCode, reasonCode === REASON.SUCCESS ? CONNACK_PROPERTIES : []));
      if (reasonCode !== REASON.SUCCESS) {
        // §3.2.2.2: after a refusal the server must close.
        close();
        return;
      }
      this.#options.takeOver(packet.clientId, this);
      this.#restartKeepAlive(packet.keepAlive);
      const end = effects.disconnect;
      if (end) this.#later(end.afterMs, () => this.end(end.reasonCode));
    });
  }

  #onPublish(packet: PublishPacket, clientId: string, claimId: string): void {
    const topic = this.#resolveAlias(packet);
    const { log, send, effects, onPublish } = this.#options;
    log({ type: 'mqtt_publish', clientId, topic, qos: packet.qos, bytes: packet.payload.length });
    if (packet.packetId !== null && effects.puback !== 'silent') {
      send(encodeAck(packet.qos === 2 ? 'pubrec' : 'puback', packet.packetId));
    }
    onPublish(claimId, topic, packet.payload, this);
  }

  /** §3.3.2.3.4. */
  #resolveAlias(packet: PublishPacket): string {
    const alias = numberProperty(packet.properties, PROPERTY.TOPIC_ALIAS);
    if (alias === null) {
      if (packet.topic === '') throw new MqttProtocolError(REASON.PROTOCOL_ERROR, 'no topic and no alias');
      return packet.topic;
    }
    if (alias === 0 || alias > TOPIC_ALIAS_MAXIMUM) {
      throw new MqttProtocolError(REASON.TOPIC_ALIAS_INVALID, `topic alias ${alias}`);
    }
    if (packet.topic !== '') this.#aliases.set(alias, packet.topic);
    const topic = this.#aliases.get(alias);
    if (topic === undefined) throw new MqttProtocolError(REASON.PROTOCOL_ERROR, `unknown topic alias ${alias}`);
    return topic;
  }

  /** §3.1.2.10: one and a half times the keep alive without a packet ends the session. */
  #restartKeepAlive(seconds: number): void {
    if (this.#keepAlive) clearTimeout(this.#keepAlive);
    this.#keepAlive = seconds === 0 ? null : setTimeout(() => this.end(REASON.KEEP_ALIVE_TIMEOUT), seconds * 1500);
  }

  #fail(reasonCode: number, reason: string): void {
    this.#options.log({ type: 'mqtt_protocol_error', clientId: this.#connect?.clientId ?? null, reason });
    const connected = this.#connect !== null;
    this.#options.send(connected ? encodeDisconnect(reasonCode) : encodeConnack(reasonCode));
    this.#options.close();
  }

  #finish(publishWill: boolean): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#keepAlive) clearTimeout(this.#keepAlive);
    for (const timer of this.#timers) clearTimeout(timer);
    if (publishWill && this.#connect?.will && this.#claimId !== null) {
      this.#options.log({ type: 'mqtt_will', clientId: this.#connect.clientId, topic: this.#connect.will.topic });
    }
  }

  #later(delayMs: number, action: () => void): void {
    if (delayMs === 0) return action();
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!this.#ended) action();
    }, delayMs);
    this.#timers.add(timer);
  }
}
