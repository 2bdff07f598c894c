import { certain, likely, possible } from '../confidence.js';
import { looksLikeBlockPage } from '../evidence/pages.js';
import { byLetter } from '../remedies.js';
import { hostList, quote, sentence } from '../text.js';
import { defineRule } from '../rule.js';
import { answerDraft, browserTags, isForeignRedirect } from './http-cases.js';
import { upgradeAnswers } from './ws-cases.js';

/** What a web server says to an upgrade request whose upgrade headers got lost. */
export const WITHOUT_UPGRADE = new Set([200, 204, 400, 404, 426, 501]);

export const wsUpgradeStripped = defineRule({
  id: 'ws.upgrade_stripped',
  title: 'A device on the way changes the WebSocket upgrade',
  blames: 'proxy',
  confidence: [
    certain('own_words', 'browser_like_fails'),
    likely('A browser-like upgrade on the same path.', 'own_words'),
    possible('A second attempt.'),
  ],
  requires: ['websocket_upgrade'],
  evaluate(ev) {
    return upgradeAnswers(ev)
      .filter(({ answer }) => !answer.acceptedByRfc)
      .filter((one) => one.answer.status === 101 || WITHOUT_UPGRADE.has(one.answer.status ?? 0))
      .filter(
        (one) =>
          !isForeignRedirect(one) &&
          !looksLikeBlockPage(one.answer) &&
          !browserTags(one.attempt, ev).includes('browser_like_works'),
      )
      .map((one) => answerDraft(one, ev, { tags: ['own_words', ...browserTags(one.attempt, ev)] }));
  },
  describe(cause, ev) {
    const status = Number(cause.data['status']);
    return {
      title: `A device on the way changes the WebSocket upgrade to ${hostList(cause)}`,
      why: sentence(
        status === 101
          ? 'The answer says 101 but lacks headers that an upgrade needs (Upgrade, Connection, Sec-WebSocket-Accept).'
          : `The upgrade got ${String(status)} instead of 101: a device removed the Upgrade and Connection headers, so the server saw an ordinary request.`,
        typeof cause.data['server'] === 'string' && `The server calls itself ${quote(cause.data['server'])}.`,
        cause.tags.has('browser_like_fails') &&
          "A browser's upgrade fails as well, so the shape of the request does not matter.",
        'The Agent reports a missing accept header or a WebSockets protocol error.',
      ),
      remedies: [
        byLetter(
          cause,
          ev,
          `Ask the proxy team to tunnel ${hostList(cause)} untouched, without TLS inspection, or to let WebSocket upgrades pass.`,
        ),
      ],
    };
  },
});
