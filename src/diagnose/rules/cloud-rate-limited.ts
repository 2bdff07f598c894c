import { certain, likely } from '../confidence.js';
import { header } from '../evidence/pages.js';
import { restartAgent, untilOk } from '../remedies.js';
import { hostList, sentence } from '../text.js';
import { defineRule, type Draft } from '../rule.js';
import { orders } from './cloud-error.js';
import { answerDraft, answers, isRateLimited, kindOf } from './http-cases.js';

/** 429 from the cloud or its front, as a document or as a page: nobody here has anything to open. */
export const cloudRateLimited = defineRule({
  id: 'cloud.rate_limited',
  title: 'The service limits how often this address may ask',
  blames: 'cloud',
  confidence: [
    certain('own_words', 'genuine_peer'),
    likely('A certificate of the peer that public authorities signed.', 'own_words'),
  ],
  requires: ['http_round_trip'],
  evaluate: (ev) =>
    answers(ev)
      .filter((one) => isRateLimited(one) && ev.legsOf(one.attempt).length > 0)
      .map((one): Draft =>
        answerDraft(one, ev, {
          tags: ['own_words'],
          data: {
            document: kindOf(one.answer) === 'error_document',
            retryAfter: seconds(header(one.answer.headers, 'retry-after')),
            ...orders(one, ev),
          },
        }),
      ),
  describe(cause, ev) {
    const after = cause.data['retryAfter'];
    return {
      title: `The service at ${hostList(cause)} answers 429: too many requests from this address`,
      why: sentence(
        cause.tags.has('genuine_peer')
          ? 'The peer has a valid certificate for the name: the way there is open, and the limit is the cloud’s own.'
          : 'The peer has a certificate for the name that this host accepts, and a filter does not count requests.',
        typeof after === 'number' && `It asks to wait ${String(after)} s.`,
        cause.data['banned'] === true && 'It tells the Agent not to come back, which it obeys until it is restarted.',
        'All hosts behind one public address count together, also those that restart in a loop.',
        'Nothing on this host or network has to change for it.',
      ),
      remedies: [
        untilOk(ev, 'Wait; the Agent tries again by itself. If it lasts, look at the status page and tell support.'),
        ...(cause.data['banned'] === true || typeof cause.data['retryDelaySeconds'] === 'number'
          ? [restartAgent(ev, 'Start the Agent again once the limit is lifted: it then tries at once.')]
          : []),
      ],
    };
  },
});

/** The form with seconds (RFC 9110 section 10.2.3). */
function seconds(value: string | null): number | null {
  return value !== null && /^\d{1,6}$/u.test(value.trim()) ? Number(value) : null;
}
