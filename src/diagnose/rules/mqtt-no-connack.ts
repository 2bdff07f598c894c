import { tookMs } from '../../trace/silence.js';
import { certain, likely, excludingHost } from '../confidence.js';
import { fullSizeTags } from './tls-cases.js';
import { byLetter } from '../remedies.js';
import { hostList, ms, notAnswered, sentence } from '../text.js';
import { defineRule } from '../rule.js';
import { genuineTag, linkSubject, silentLinks } from './ws-cases.js';

/** Upgraded, CONNECT sent, and nothing comes back. */
export const mqttNoConnack = defineRule({
  id: 'mqtt.no_connack',
  title: 'The MQTT CONNECT gets no answer',
  blames: 'network',
  confidence: excludingHost(
    certain('genuine_peer', 'full_size_passes'),
    likely('A second attempt, with a longer deadline.'),
  ),
  requires: ['mqtt_connect'],
  evaluate(ev) {
    return silentLinks(ev)
      .filter(({ mqtt }) => mqtt.rawFirstBytes === '' && (mqtt.endedBy === 'silence' || mqtt.endedBy === 'open'))
      .map(({ attempt, mqtt }) => ({
        subject: linkSubject(attempt, ev),
        evidence: [mqtt.id, ...(attempt.ws === null ? [] : [attempt.ws.id])],
        explains: [mqtt.id],
        tags: [...genuineTag(attempt), ...fullSizeTags(attempt, ev)],
        data: { waitedMs: Math.round(tookMs(mqtt)) },
      }));
  },
  describe(cause, ev) {
    return {
      title: `The MQTT CONNECT to ${hostList(cause)} ${notAnswered(cause)}`,
      why: sentence(
        `The WebSocket upgrade worked, but the MQTT CONNECT got no answer within ${ms(Number(cause.data['waitedMs']))}, and the connection stayed open.`,
        'The broker answers every CONNECT at once, even to refuse it, so a device on the way holds the bytes back.',
        'The Agent waits in silence; its status just says "offline".',
      ),
      remedies: [
        byLetter(
          cause,
          ev,
          `Ask the network team to exempt ${hostList(cause)} from inspection and application control: the WebSocket carries MQTT.`,
        ),
      ],
    };
  },
});
