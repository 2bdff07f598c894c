import { certain, likely, possible } from '../confidence.js';
import { fromStepOn } from '../../trace/attempts.js';
import {
  isFilterRedirect,
  leadsToFilter,
  looksLikeBlockPage,
  looksLikeLogin,
  redirectHost,
} from '../evidence/pages.js';
import { plainLocation } from '../evidence/plain.js';
import type { Evidence } from '../evidence.js';
import { remedy } from '../remedies.js';
import { hostList, quote, sentence } from '../text.js';
import { defineRule, type Draft } from '../rule.js';
import { answerDraft, answers, isForeignRedirect, isServiceAnswer } from './http-cases.js';
import { tlsSubject, unfinished } from './tls-cases.js';

/** A login page or a redirect to one, in place of the service. */
export const httpCaptivePortal = defineRule({
  id: 'http.captive_portal',
  title: 'A login page stands in the way',
  blames: 'network',
  confidence: [
    certain('own_words', 'same_everywhere'),
    likely('The same page on a second host.', 'own_words'),
    possible('A browser on this network.'),
  ],
  requires: ['http_round_trip'],
  evaluate(ev) {
    const drafts = [...pages(ev), ...plainRedirects(ev)];
    const hosts = new Set(drafts.flatMap(({ subject }) => subject.hosts ?? []));
    const all = new Set(ev.needs.map(({ target }) => target.host));
    // One page per answer proves little; the same on every host that answered at all is a portal.
    return hosts.size > 1 && hosts.size >= Math.min(2, all.size)
      ? drafts.map((draft) => ({ ...draft, tags: [...draft.tags, 'same_everywhere' as const] }))
      : drafts;
  },
  describe(cause) {
    const to = cause.data['portal'];
    const title = cause.data['pageTitle'];
    return {
      title: 'A login page stands between this host and the internet',
      why: sentence(
        typeof to === 'string'
          ? `Something redirects requests to ${hostList(cause)} to ${quote(to)}, which is not the cloud.`
          : `A login page answers requests to ${hostList(cause)}${typeof title === 'string' ? `: ${quote(title)}` : ''}.`,
        cause.tags.has('same_everywhere') &&
          'Every host that answers does the same, so this network does it, not one service.',
      ),
      remedies: [
        remedy(
          'host',
          'Ask for an exemption for the hardware address of this host: a server cannot log in again when the session ends. Until then, log in on that page once.',
          {
            command: 'curl -sSI http://neverssl.com/',
          },
        ),
      ],
    };
  },
});

function pages(ev: Evidence): Draft[] {
  return answers(ev)
    .filter((one) => !isServiceAnswer(one, ev) && ev.legsOf(one.attempt).length > 0)
    .filter((one) => !isFilterRedirect(one.answer))
    .filter((one) => one.answer.status === 511 || isForeignRedirect(one) || isLoginPage(one.answer))
    .map((one) => ({
      ...answerDraft(one, ev, { tags: ['own_words'], data: { portal: redirectHost(one.answer) } }),
      // With a portal, the odd certificate comes from it as well.
      explains: fromStepOn(one.attempt, one.attempt.tls ?? one.answer),
      evidence: [one.answer.id],
    }));
}

function isLoginPage(answer: Parameters<typeof looksLikeLogin>[0]): boolean {
  return answer.status === 200 && looksLikeLogin(answer) && !looksLikeBlockPage(answer);
}

function plainRedirects(ev: Evidence): Draft[] {
  return unfinished(ev).flatMap((one): Draft[] => {
    const location = plainLocation(one.tls.rawFirstBytes);
    const to = location === null ? null : (/^https?:\/\/([^/:?#]{1,253})/iu.exec(location)?.[1]?.toLowerCase() ?? null);
    if (to === null || to === one.attempt.host || leadsToFilter(location ?? '')) return [];
    return [
      {
        subject: tlsSubject(one, ev),
        evidence: [one.tls.id],
        explains: fromStepOn(one.attempt, one.tls),
        tags: ['own_words'],
        data: { portal: to },
      },
    ];
  });
}
