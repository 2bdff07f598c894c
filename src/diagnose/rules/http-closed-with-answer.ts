import { certain, likely } from '../confidence.js';
import { byLetter } from '../remedies.js';
import { agree, hostList, ms, sentence } from '../text.js';
import { defineRule, type Draft } from '../rule.js';
import { answerDraft, httpAnswers, stoppedHere } from './http-cases.js';

/** The answer and the end of the connection arrive together: the Agent may throw the answer away. */
export const httpClosedWithAnswer = defineRule({
  id: 'http.closed_with_answer',
  title: 'The connection is closed together with the answer',
  blames: 'proxy',
  confidence: [certain('parser_rule'), likely('Several attempts: the Agent loses this race only sometimes.')],
  requires: ['http_round_trip'],
  evaluate(ev) {
    return httpAnswers(ev).flatMap((one): Draft[] => {
      if (stoppedHere(one.attempt, one.answer.id, ev)?.rule !== 'agent:http.closed_with_answer') return [];
      return [
        answerDraft(one, ev, {
          tags: ['parser_rule'],
          data: {
            closedAfterMs: one.answer.closedAfterMs === null ? null : Number(one.answer.closedAfterMs.toFixed(1)),
          },
        }),
      ];
    });
  },
  describe(cause, ev) {
    const after = cause.data['closedAfterMs'];
    return {
      title: `${hostList(cause)} ${agree(cause, 'closes', 'close')} the connection together with the answer`,
      why: sentence(
        `The connection ended ${after === null || after === undefined ? 'with' : `${ms(Number(after))} after`} the last byte of the answer.`,
        'The Agent sometimes sees the end before it has read the answer, and then reports a read error.',
        'The cloud keeps connections open, so a device on the way closes this one.',
      ),
      remedies: [
        byLetter(
          cause,
          ev,
          `Ask whoever terminates TLS on the way (inspection, reverse proxy, HTTP/1.0 gateway) to tunnel ${hostList(cause)}, or to keep its connections open.`,
        ),
      ],
    };
  },
});
