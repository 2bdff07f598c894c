import { looksLikeBlockPage } from '../evidence/pages.js';
import { remedy } from '../remedies.js';
import { hostList, quote, sentence } from '../text.js';
import type { Draft, Rule } from '../types.js';
import { answerDraft, httpAnswers, isServiceAnswer, kindOf, stoppedHere } from './http-cases.js';

/** Something answers that is neither the service nor recognisably somebody else. */
export const httpUnexpectedAnswer: Rule = {
  id: 'http.unexpected_answer',
  requires: ['http_round_trip'],
  evaluate(ev) {
    return httpAnswers(ev).flatMap((one): Draft[] => {
      const rule = stoppedHere(one.attempt, one.answer.id, ev)?.rule ?? '';
      const odd = !isServiceAnswer(one, ev) && !looksLikeBlockPage(one.answer);
      // A document that only looks like the service's is odd as well.
      if (!(odd || rule.startsWith('env.') || rule.startsWith('answer.'))) return [];
      return [
        answerDraft(one, ev, {
          data: { kind: kindOf(one.answer), words: stoppedHere(one.attempt, one.answer.id, ev)?.why ?? null },
        }),
      ];
    });
  },
  describe(cause) {
    const { status, pageTitle, server, words } = cause.data;
    return {
      title: `What answers at ${hostList(cause)} is not the service that the Agent needs`,
      why: sentence(
        `The request of the Agent was answered with status ${String(status)}${typeof pageTitle === 'string' ? ` and a page titled ${quote(pageTitle)}` : ''}${typeof server === 'string' ? ` by ${quote(server)}` : ''}.`,
        typeof words === 'string' && words,
        cause.tags.has('genuine_peer')
          ? 'The certificate is valid for the name, so this is the right host with a wrong answer: a wrong URL, or a front of the cloud.'
          : 'Whether the peer is the cloud could not be proven.',
      ),
      remedies: [
        remedy('agent_config', 'Check the cloud URL of the Agent: host and port must be those of a Netdata Cloud.', {
          command: 'netdata-egress config',
        }),
        remedy('proxy', 'If the URL is right, ask who answers in its place.', {
          command: 'netdata-egress doctor --letter',
        }),
      ],
    };
  },
};
