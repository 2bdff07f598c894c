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
          ? 'The answer came under a valid certificate, so the way is open and the limit is from the cloud.'
          : 'This host accepts the certificate, and filters do not count requests, so the limit is from the cloud.',
        typeof after === 'number' && `It asks to wait ${String(after)} s.`,
        cause.data['banned'] === true && 'It tells the Agent not to come back, and the Agent obeys until it restarts.',
        'All hosts behind one public address count together, and so does a host that restarts in a loop.',
        'You need not change anything on this host or network.',
      ),
      remedies: [
        untilOk(ev, 'Wait; the Agent tries again by itself. If it lasts, look at the status page and tell support.'),
        ...(cause.data['banned'] === true || typeof cause.data['retryDelaySeconds'] === 'number'
          ? [restartAgent(ev, 'Restart the Agent once the limit is gone: it then tries at once.')]
          : []),
      ],
    };
  },
});

/** The form with seconds (RFC 9110 section 10.2.3). */
function seconds(value: string | null): number | null {
  return value !== null && /^\d{1,6}$/u.test(value.trim()) ? Number(value) : null;
}
