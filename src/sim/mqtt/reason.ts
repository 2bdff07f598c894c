/** Reason codes, and the error that carries one (OASIS MQTT 5.0 §2.4, §4.13). */

/** Reason codes that the broker uses (§2.4). */
export const REASON = {
  SUCCESS: 0x00,
  GRANTED_QOS_1: 0x01,
  DISCONNECT_WITH_WILL: 0x04,
  UNSPECIFIED: 0x80,
  MALFORMED: 0x81,
  PROTOCOL_ERROR: 0x82,
  UNSUPPORTED_VERSION: 0x84,
  BAD_CLIENT_ID: 0x85,
  BAD_USER_OR_PASSWORD: 0x86,
  NOT_AUTHORIZED: 0x87,
  KEEP_ALIVE_TIMEOUT: 0x8d,
  SESSION_TAKEN_OVER: 0x8e,
  TOPIC_ALIAS_INVALID: 0x94,
  PACKET_TOO_LARGE: 0x95,
} as const;

/** What a client must not send: the reason code says why. */
export class MqttProtocolError extends Error {
  override readonly name = 'MqttProtocolError';
  readonly reasonCode: number;
  constructor(reasonCode: number, message: string) {
    super(message);
    this.reasonCode = reasonCode;
  }
}
