import { certain, likely } from '../confidence.js';
import { matchRedirect } from '../../catalog/vendors.js';
import { fromStepOn } from '../../trace/attempts.js';
import type { Evidence } from '../evidence.js';
import { isFilterRedirect, leadsToFilter, looksLikeBlockPage, redirectHost } from '../evidence/pages.js';
import { plainLocation } from '../evidence/plain.js';
import { byLetter } from '../remedies.js';
import { hostList, quote, sentence } from '../text.js';
import { defineRule, type Draft } from '../rule.js';
import {
  answerDraft,
  browserTags,
  httpAnswers,
  isErrorOfService,
  isServiceAnswer,
  isForeignRedirect,
  sameAtUpgrade,
} from './http-cases.js';
import { tlsSubject, unfinished } from './tls-cases.js';

/** A filter's own page in place of the service. */
export const httpBlockedPage = defineRule({
  id: 'http.blocked_page',
  title: 'A filter answers with its own page',
  blames: 'proxy',
  confidence: [certain('vendor_page'), likely('The owner of the page, or the same request from another network.')],
  requires: ['http_round_trip'],
  evaluate(ev) {
    const pages = httpAnswers(ev).filter(
      (one) =>
        !isServiceAnswer(one, ev) &&
        (!isForeignRedirect(one) || isFilterRedirect(one.answer)) &&
        looksLikeBlockPage(one.answer) &&
        !isErrorOfService(one),
    );
    const answered = [...pages, ...sameAtUpgrade(pages, ev)].map((one) => {
      const draft = answerDraft(one, ev, {
        tags: browserTags(one.attempt, ev),
        data: { redirect: isFilterRedirect(one.answer) ? redirectHost(one.answer) : null },
      });
      return draft.data?.['vendor'] == null ? draft : { ...draft, tags: [...draft.tags, 'vendor_page' as const] };
    });
    return [...answered, ...plainRedirects(ev)];
  },
  describe(cause, ev) {
    const vendor = cause.data['vendor'];
    const title = cause.data['pageTitle'];
    return {
      title: `A filter answers in place of ${hostList(cause)}${typeof vendor === 'string' ? `: ${vendor}` : ''}`,
      why: sentence(
        typeof cause.data['redirect'] === 'string' &&
          `The filter redirected the request to ${quote(cause.data['redirect'])}, a page that says no or asks for a sign-in.`,
        typeof cause.data['redirect'] !== 'string' &&
          `The request got status ${String(cause.data['status'])} and a web page${typeof title === 'string' ? ` titled ${quote(title)}` : ''}; the service answers only with JSON.`,
        typeof vendor === 'string' && `The page is one of ${vendor}.`,
        cause.tags.has('genuine_peer')
          ? 'It came under a valid certificate, so whoever sent it terminates TLS for the cloud.'
          : null,
        cause.subject.legs.includes('claim') &&
          'The Agent does not show the page: it reports a failed claim (a 403 as "token is expired, not found, or invalid").',
      ),
      remedies: [
        byLetter(
          cause,
          ev,
          `Ask the team of the web filter to allow ${hostList(cause)} for this host, without a login or category check.`,
        ),
      ],
    };
  },
});

/** Plain text where TLS was expected, and it leads to a filter's page. */
function plainRedirects(ev: Evidence): Draft[] {
  return unfinished(ev).flatMap((one): Draft[] => {
    const location = plainLocation(one.tls.rawFirstBytes);
    if (location === null || !leadsToFilter(location)) return [];
    const vendor = matchRedirect(location);
    return [
      {
        subject: tlsSubject(one, ev),
        evidence: [one.tls.id],
        explains: fromStepOn(one.attempt, one.tls),
        tags: vendor === null ? [] : ['vendor_page'],
        data: {
          status: null,
          pageTitle: null,
          vendor: vendor?.name ?? null,
          vendorId: vendor?.id ?? null,
          redirect: /^https?:\/\/([^/:?#]{1,253})/iu.exec(location)?.[1]?.toLowerCase() ?? null,
        },
      },
    ];
  });
}
