/** The broker refuses, stays silent, or breaks the protocol (docs/reference/agent.md#mqtt). */
import { type FaultDefinition, faultsOf } from './fault.js';
import { numberParameter, secondsParameter } from './parameters.js';

const mqtt = faultsOf('mqtt', ['mqtt']);

export const MQTT_FAULTS: readonly FaultDefinition[] = [
  mqtt('no_connack', 'CONNECT is never answered', () => ({ mqtt: { connack: 'silent' } })),
  mqtt('connack', 'CONNACK with this reason code', { meaning: 'reason code, decimal', default: '136' }, (text) => ({
    mqtt: { connack: numberParameter('connack', text, 0, 255) },
  })),
  mqtt('connack_slow', 'CONNACK comes late', { meaning: 'seconds', default: '2' }, (text) => ({
    mqtt: { connackDelayMs: secondsParameter('connack_slow', text) },
  })),
  mqtt('mqtt_garbage', 'Bytes that are no MQTT packet instead of CONNACK', () => ({
    mqtt: { connack: Buffer.from('ffffffffffff', 'hex') },
  })),
  mqtt('connack_unknown_property', 'CONNACK with a property that MQTT 5 does not know', () => ({
    mqtt: { connack: Buffer.from([0x20, 5, 0, 0, 2, 0x7e, 1]) },
  })),
  mqtt('connack_v3', 'CONNACK in the form of MQTT 3.1.1', () => ({ mqtt: { connack: Buffer.from([0x20, 2, 0, 1]) } })),
  mqtt('other_packet_first', 'PINGRESP instead of CONNACK', () => ({ mqtt: { connack: Buffer.from([0xd0, 0]) } })),
  mqtt('no_puback', 'Publishes are never acknowledged', () => ({ mqtt: { puback: 'silent' } })),
  mqtt(
    'mqtt_disconnect',
    'The broker ends the session with this reason code a second after it began',
    { meaning: 'reason code, decimal', default: '139' },
    (text) => ({
      mqtt: { disconnect: { reasonCode: numberParameter('mqtt_disconnect', text, 0, 255), afterMs: 1000 } },
    }),
  ),
];
