import { certain, likely } from '../confidence.js';
import { parseErrorDocument } from '../../agent/parse/error-document.js';
import type { Evidence } from '../evidence.js';
import { restartAgent, untilOk } from '../remedies.js';
import { hostList, quote, sentence } from '../text.js';
import { defineRule, type Draft } from '../rule.js';
import {
  answerDraft,
  type AnswerCase,
  httpAnswers,
  isErrorOfService,
  isServiceAnswer,
  kindOf,
  sameAtUpgrade,
} from './http-cases.js';

/** The genuine service, or its own front, answers with an error. */
export const cloudError = defineRule({
  id: 'cloud.error',
  title: 'The service itself answers with an error',
  blames: 'cloud',
  confidence: [certain('own_words', 'genuine_peer'), likely('A valid certificate from the peer that answers.')],
  requires: ['http_round_trip'],
  evaluate(ev) {
    const errors = httpAnswers(ev).filter((one) => !isServiceAnswer(one, ev) && isErrorOfService(one));
    return [...errors, ...sameAtUpgrade(errors, ev)].map((one): Draft =>
      answerDraft(one, ev, {
        tags: ['own_words'],
        data: { document: kindOf(one.answer) === 'error_document', ...orders(one, ev) },
      }),
    );
  },
  describe(cause, ev) {
    const document = cause.data['document'] === true;
    const banned = cause.data['banned'] === true;
    const delay = cause.data['retryDelaySeconds'];
    return {
      title: `The service at ${hostList(cause)} answers with an error (${String(cause.data['status'])})`,
      why: sentence(
        cause.tags.has('genuine_peer')
          ? 'The answer came under a valid certificate, so the way is open and the error is from the cloud.'
          : 'As far as the answer shows, the way is open.',
        document && "The answer is one of the service's own error documents.",
        typeof cause.data['pageTitle'] === 'string' && `The page is titled ${quote(cause.data['pageTitle'])}.`,
        banned &&
          'It tells the Agent not to come back: the Agent reports "banned" until it restarts or reloads its claim.',
        typeof delay === 'number' &&
          `It tells the Agent to wait ${String(delay)} s, and the Agent does, however soon the error is gone.`,
        'You need not change anything on this host or network.',
      ),
      remedies: [
        untilOk(
          ev,
          `Wait, and look at the status page${banned ? '' : '; the Agent tries again by itself'}. If it lasts, tell support the time and the status.`,
        ),
        ...(banned || typeof delay === 'number'
          ? [restartAgent(ev, 'Restart the Agent once the error is gone: it then tries at once.')]
          : []),
      ],
    };
  },
});

/** What the document orders the Agent to do (docs/reference/agent.md#error-document); to others it orders nothing. */
export function orders({ attempt, answer }: AnswerCase, ev: Evidence): { banned?: true; retryDelaySeconds?: number } {
  if (answer.operation !== 'http_round_trip' || !ev.legsOf(attempt).includes('env')) return {};
  const read = parseErrorDocument(answer.rawBody);
  if (!read.ok) return {};
  return {
    ...(read.nonRetryable ? { banned: true } : {}),
    ...(read.retryDelaySeconds === null ? {} : { retryDelaySeconds: read.retryDelaySeconds }),
  };
}
