import { certain } from '../confidence.js';
import { isFilterRedirect, looksLikeBlockPage } from '../evidence/pages.js';
import { byLetter, untilOk } from '../remedies.js';
import { hostList, quote, sentence } from '../text.js';
import { defineRule } from '../rule.js';
import { answerDraft, browserTags, isForeignRedirect, isRefusalOfPeer } from './http-cases.js';
import { upgradeAnswers } from './ws-cases.js';
import { isInformational } from './ws-agent-cannot-parse.js';
import { WITHOUT_UPGRADE } from './ws-upgrade-stripped.js';

/** Somebody says no to the upgrade, and shows whose page it is. */
export const wsRejected = defineRule({
  id: 'ws.rejected',
  title: 'The WebSocket upgrade is rejected',
  blames: 'proxy',
  confidence: [certain('own_words')],
  requires: ['websocket_upgrade'],
  evaluate(ev) {
    return upgradeAnswers(ev)
      .filter(({ answer }) => !answer.acceptedByRfc && !isInformational(answer.status))
      .filter((one) => !WITHOUT_UPGRADE.has(one.answer.status ?? 0) || looksLikeBlockPage(one.answer))
      .filter((one) => !isForeignRedirect(one) || isFilterRedirect(one.answer))
      .map((one) => answerDraft(one, ev, { tags: ['own_words', ...browserTags(one.attempt, ev)] }));
  },
  describe(cause, ev) {
    const { status, pageTitle, vendor, server } = cause.data;
    const own = cause.tags.has('genuine_peer') && isRefusalOfPeer(Number(status));
    return {
      title: `The WebSocket upgrade to ${hostList(cause)} is rejected with ${String(status)}`,
      why: sentence(
        `The upgrade was answered with ${String(status)}${typeof pageTitle === 'string' ? ` and a page titled ${quote(pageTitle)}` : ''}.`,
        typeof vendor === 'string' && `Its marks are those of ${vendor}.`,
        typeof server === 'string' && `It calls its server ${quote(server)}.`,
        own
          ? 'It came under a valid certificate of the name: it is from the cloud, or from its own front.'
          : 'The broker of the cloud accepts every upgrade; a filter in front of it refuses this one.',
        'The Agent hides the status: it reports a missing accept header.',
      ),
      remedies: own
        ? [untilOk(ev, 'Wait and look at the status page; the Agent tries again by itself.')]
        : [
            byLetter(
              cause,
              ev,
              `Ask the people who run the filter to allow WebSocket upgrades to ${hostList(cause)} (path /mqtt) for this host.`,
            ),
          ],
      ...(own ? { blames: 'cloud' as const } : {}),
    };
  },
});
