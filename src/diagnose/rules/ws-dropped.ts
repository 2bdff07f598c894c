import { tookMs } from '../../trace/silence.js';
import { certain, likely, excludingHost } from '../confidence.js';
import { byLetter } from '../remedies.js';
import { hostList, ms, sentence } from '../text.js';
import { defineRule } from '../rule.js';
import { genuineTag, linkSubject, silentLinks } from './ws-cases.js';

const HOW: Readonly<Record<string, string>> = {
  fin: 'closed (FIN)',
  reset: 'reset (RST)',
  ws_close: 'closed with a WebSocket close frame',
};

/** Upgraded, then ended by the other side before or at the first MQTT bytes. */
export const wsDropped = defineRule({
  id: 'ws.dropped',
  title: 'Something cuts the link right after the upgrade',
  blames: 'network',
  confidence: excludingHost(certain('own_words', 'genuine_peer'), likely('A second attempt.')),
  requires: ['mqtt_connect'],
  evaluate(ev) {
    return silentLinks(ev)
      .filter(({ mqtt }) => mqtt.endedBy === 'fin' || mqtt.endedBy === 'reset' || mqtt.endedBy === 'ws_close')
      .map(({ attempt, mqtt }) => ({
        subject: linkSubject(attempt, ev),
        evidence: [mqtt.id, ...(attempt.ws === null ? [] : [attempt.ws.id])],
        explains: [mqtt.id],
        tags: ['own_words' as const, ...genuineTag(attempt)],
        data: { endedBy: mqtt.endedBy, closeCode: mqtt.closeCode, afterMs: Number(tookMs(mqtt).toFixed(1)) },
      }));
  },
  describe(cause, ev) {
    const code = cause.data['closeCode'];
    return {
      title: `Something cuts the link to ${hostList(cause)} right after the WebSocket upgrade`,
      why: sentence(
        `The upgrade worked, but ${ms(Number(cause.data['afterMs']))} after the first MQTT bytes the connection was ${HOW[String(cause.data['endedBy'])] ?? 'ended'}${code === null ? '' : ` (code ${String(code)})`}.`,
        'The broker answers every MQTT CONNECT, even to refuse it, so a device on the way ends what it does not know.',
      ),
      remedies: [
        byLetter(
          cause,
          ev,
          `Ask the network team to exempt ${hostList(cause)} from application control and TLS inspection: the WebSocket carries MQTT.`,
        ),
      ],
    };
  },
});
