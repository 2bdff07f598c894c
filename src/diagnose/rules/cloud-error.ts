import { remedy } from '../remedies.js';
import { hostList, quote, sentence } from '../text.js';
import type { Draft, Rule } from '../types.js';
import { answerDraft, httpAnswers, isErrorOfService, isServiceAnswer, kindOf, sameAtUpgrade } from './http-cases.js';

/** The genuine service, or its own front, answers with an error. */
export const cloudError: Rule = {
  id: 'cloud.error',
  requires: ['http_round_trip'],
  evaluate(ev) {
    const errors = httpAnswers(ev).filter((one) => !isServiceAnswer(one, ev) && isErrorOfService(one));
    return [...errors, ...sameAtUpgrade(errors, ev)].map((one): Draft =>
      answerDraft(one, ev, { tags: ['own_words'], data: { document: kindOf(one.answer) === 'error_document' } }),
    );
  },
  describe(cause) {
    const document = cause.data['document'] === true;
    return {
      title: `The service at ${hostList(cause)} answers with an error (${String(cause.data['status'])})`,
      why: sentence(
        cause.tags.has('genuine_peer')
          ? 'The peer has a valid certificate for the name: the way there is open, and the error is the cloud’s own.'
          : 'The way there is open as far as the answer shows.',
        document && 'It came as an error document of the service, in its own form.',
        typeof cause.data['pageTitle'] === 'string' && `The page is titled ${quote(cause.data['pageTitle'])}.`,
        'Nothing on this host or network has to change for it.',
      ),
      remedies: [
        remedy(
          'cloud',
          'Wait and look at the status page; the Agent tries again by itself. If it lasts, report the time and the status to support.',
          {
            command: 'netdata-egress doctor --until-ok',
          },
        ),
      ],
    };
  },
};
