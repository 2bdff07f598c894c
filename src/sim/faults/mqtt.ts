/** The broker refuses, stays silent, or breaks the protocol (docs/reference/agent.md#mqtt). */
import type { FaultDefinition } from './fault.js';
import { numberParameter, secondsParameter } from './parameters.js';

const MQTT = { layer: 'mqtt', hosts: ['mqtt'], parameter: null } as const;

export const MQTT_FAULTS: readonly FaultDefinition[] = [
  { ...MQTT, name: 'no_connack', title: 'CONNECT is never answered', effect: () => ({ mqtt: { connack: 'silent' } }) },
  {
    ...MQTT,
    name: 'connack',
    title: 'CONNACK with this reason code',
    parameter: { meaning: 'reason code, decimal', default: '136' },
    effect: (text) => ({ mqtt: { connack: numberParameter('connack', text, 0, 255) } }),
  },
  {
    ...MQTT,
    name: 'connack_slow',
    title: 'CONNACK comes late',
    parameter: { meaning: 'seconds', default: '2' },
    effect: (text) => ({ mqtt: { connackDelayMs: secondsParameter('connack_slow', text) } }),
  },
  {
    ...MQTT,
    name: 'mqtt_garbage',
    title: 'Bytes that are no MQTT packet instead of CONNACK',
    effect: () => ({ mqtt: { connack: Buffer.from('ffffffffffff', 'hex') } }),
  },
  {
    ...MQTT,
    name: 'connack_unknown_property',
    title: 'CONNACK with a property that MQTT 5 does not know',
    effect: () => ({ mqtt: { connack: Buffer.from([0x20, 5, 0, 0, 2, 0x7e, 1]) } }),
  },
  {
    ...MQTT,
    name: 'connack_v3',
    title: 'CONNACK in the form of MQTT 3.1.1',
    effect: () => ({ mqtt: { connack: Buffer.from([0x20, 2, 0, 1]) } }),
  },
  {
    ...MQTT,
    name: 'other_packet_first',
    title: 'PINGRESP instead of CONNACK',
    effect: () => ({ mqtt: { connack: Buffer.from([0xd0, 0]) } }),
  },
  {
    ...MQTT,
    name: 'no_puback',
    title: 'Publishes are never acknowledged',
    effect: () => ({ mqtt: { puback: 'silent' } }),
  },
  {
    ...MQTT,
    name: 'mqtt_disconnect',
    title: 'The broker ends the session with this reason code a second after it began',
    parameter: { meaning: 'reason code, decimal', default: '139' },
    effect: (text) => ({
      mqtt: { disconnect: { reasonCode: numberParameter('mqtt_disconnect', text, 0, 255), afterMs: 1000 } },
    }),
  },
];
