import { isSilent, tookMs } from '../../trace/silence.js';
import { certain, likely, excludingHost } from '../confidence.js';
import { fromStepOn } from '../../trace/attempts.js';
import { byLetter } from '../remedies.js';
import { hostList, ms, notAnswered, sentence } from '../text.js';
import { defineRule, type Draft } from '../rule.js';
import { browserControl, browserTags } from './http-cases.js';
import { fullSizeTags } from './tls-cases.js';
import { genuineTag, linkSubject, unansweredUpgrades } from './ws-cases.js';

/** TLS works; the upgrade request gets no answer head. */
export const wsNoAnswer = defineRule({
  id: 'ws.no_answer',
  title: 'The WebSocket upgrade gets no answer',
  blames: 'network',
  confidence: excludingHost(
    certain('genuine_peer', 'browser_like_fails'),
    likely('A browser-like upgrade on the same path.'),
  ),
  requires: ['websocket_upgrade', 'browser_like'],
  asks: (ev) => unansweredUpgrades(ev).map(({ answer }) => answer.id),
  evaluate(ev) {
    return unansweredUpgrades(ev).map(({ attempt, answer }): Draft => ({
      subject: linkSubject(attempt, ev),
      evidence: [answer.id, ...(browserControl(attempt, ev)?.ids ?? [])],
      explains: fromStepOn(attempt, answer),
      tags: [...genuineTag(attempt), ...browserTags(attempt, ev), ...fullSizeTags(attempt, ev)],
      data: {
        afterMs: Number(tookMs(answer).toFixed(1)),
        silent: isSilent(answer),
        code: answer.failure?.rawCode ?? null,
      },
    }));
  },
  describe(cause, ev) {
    return {
      title: `The WebSocket upgrade to ${hostList(cause)} ${notAnswered(cause)}`,
      why: sentence(
        `TLS works, but ${cause.data['silent'] === true ? 'the upgrade request got no answer for' : 'the connection ended without an answer to the upgrade after'} ${ms(Number(cause.data['afterMs']))}.`,
        cause.tags.has('browser_like_fails') &&
          "A browser's upgrade fails as well, so the shape of the request does not matter.",
        'The cloud answers every upgrade at once, so a device on the way lets HTTPS pass and stops or delays WebSocket.',
      ),
      remedies: [
        byLetter(
          cause,
          ev,
          `Ask the network team to exempt ${hostList(cause)} from inspection: the connection is a WebSocket that stays up for days.`,
        ),
      ],
    };
  },
});
