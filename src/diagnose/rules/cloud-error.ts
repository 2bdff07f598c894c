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
          ? 'The peer has a valid certificate for the name: the way there is open, and the error is the cloud’s own.'
          : 'The way there is open as far as the answer shows.',
        document && 'It came as an error document of the service, in its own form.',
        typeof cause.data['pageTitle'] === 'string' && `The page is titled ${quote(cause.data['pageTitle'])}.`,
        banned &&
          'It tells the Agent not to come back: the Agent counts itself as banned (status "banned") until it is restarted or its claim reloaded, and asks once a minute.',
        typeof delay === 'number' &&
          `It tells the Agent to wait ${String(delay)} s: its next attempt comes exactly then, however soon the error is gone.`,
        'Nothing on this host or network has to change for it.',
      ),
      remedies: [
        untilOk(
          ev,
          `Wait and look at the status page${banned ? '' : '; the Agent tries again by itself'}. If it lasts, report the time and the status to support.`,
        ),
        ...(banned || typeof delay === 'number'
          ? [restartAgent(ev, 'Start the Agent again once the error is gone: it then tries at once.')]
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
