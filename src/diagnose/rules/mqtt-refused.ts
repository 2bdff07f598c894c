import { certain } from '../confidence.js';
import { untilOk } from '../remedies.js';
import { hostList, sentence } from '../text.js';
import { defineRule, type Draft } from '../rule.js';
import { stoppedHere } from './http-cases.js';
import { genuineTag, linkSubject } from './ws-cases.js';

/** MQTT 5 §3.2.2.2. */
const REASONS: Readonly<Record<number, string>> = {
  128: 'unspecified error',
  129: 'malformed packet',
  130: 'protocol error',
  131: 'implementation specific error',
  132: 'unsupported protocol version',
  133: 'client identifier not valid',
  136: 'server unavailable',
  137: 'server busy',
  138: 'banned',
  149: 'packet too large',
  151: 'quota exceeded',
  156: 'use another server',
  157: 'server moved',
  159: 'connection rate exceeded',
};

/** The broker says no for a reason that is not our throw-away credentials. */
export const mqttRefused = defineRule({
  id: 'mqtt.refused',
  title: 'The broker refuses the session',
  blames: 'cloud',
  confidence: [certain('own_words')],
  requires: ['mqtt_connect'],
  evaluate(ev) {
    return ev.path.flatMap((attempt): Draft[] => {
      const { mqtt } = attempt;
      const prediction = mqtt === null ? null : stoppedHere(attempt, mqtt.id, ev);
      if (
        mqtt?.reasonCode == null ||
        (prediction?.rule !== 'agent:mqtt.refused' && prediction?.rule !== 'agent:mqtt.unavailable')
      )
        return [];
      return [
        {
          subject: linkSubject(attempt, ev),
          evidence: [mqtt.id],
          explains: [mqtt.id],
          tags: ['own_words', ...genuineTag(attempt)],
          data: { reasonCode: mqtt.reasonCode, reason: REASONS[mqtt.reasonCode] ?? null },
        },
      ];
    });
  },
  describe(cause, ev) {
    const { reasonCode, reason } = cause.data;
    return {
      title: `The broker at ${hostList(cause)} refuses the session: ${reason == null ? `reason ${String(reasonCode)}` : String(reason)}`,
      why: sentence(
        `The broker answered the MQTT CONNECT with reason ${String(reasonCode)}, which is not about the throw-away credentials of this test.`,
        'The way to the broker is open: you need not change anything on this host or network.',
      ),
      remedies: [
        untilOk(
          ev,
          'Wait, and look at the status page; the Agent tries again by itself. If it lasts, tell support the time and the reason.',
        ),
      ],
    };
  },
});
