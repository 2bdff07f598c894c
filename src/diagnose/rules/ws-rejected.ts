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
  title: 'Something rejects the WebSocket upgrade',
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
      title: `${own ? 'The cloud' : 'A filter'} rejects the WebSocket upgrade to ${hostList(cause)} with ${String(status)}`,
      why: sentence(
        `${typeof server === 'string' ? `The server ${quote(server)}` : 'It'} answered the upgrade with ${String(status)}${typeof pageTitle === 'string' ? ` and a page titled ${quote(pageTitle)}` : ''}.`,
        typeof vendor === 'string' && `The page is one of ${vendor}.`,
        own
          ? 'The answer came under a valid certificate, so it is from the cloud or its front.'
          : 'The broker accepts every upgrade, so a filter in front of it refuses this one.',
        'The Agent does not show the status: it reports a missing accept header.',
      ),
      remedies: own
        ? [untilOk(ev, 'Wait, and look at the status page; the Agent tries again by itself.')]
        : [
            byLetter(
              cause,
              ev,
              `Ask the team of the filter to allow WebSocket upgrades to ${hostList(cause)} (path /mqtt) from this host.`,
            ),
          ],
      ...(own ? { blames: 'cloud' as const } : {}),
    };
  },
});
