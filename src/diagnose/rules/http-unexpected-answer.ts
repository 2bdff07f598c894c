import { certain, likely } from '../confidence.js';
import type { Prediction } from '../../model/prediction.js';
import { fromStepOn } from '../../trace/attempts.js';
import { isGenuine } from '../../trace/trust.js';
import type { Evidence } from '../evidence.js';
import { looksLikeBlockPage } from '../evidence/pages.js';
import { byLetter, remedy } from '../remedies.js';
import { hostList, quote, sentence } from '../text.js';
import { defineRule, type Draft } from '../rule.js';
import {
  answerDraft,
  answerSubject,
  httpAnswers,
  isErrorOfService,
  isServiceAnswer,
  kindOf,
  sameAtUpgrade,
  stoppedHere,
  type AnswerCase,
} from './http-cases.js';

/** Something answers that is neither the service nor recognisably somebody else. */
export const httpUnexpectedAnswer = defineRule({
  id: 'http.unexpected_answer',
  title: 'What answers is not the service',
  blames: 'network',
  confidence: [certain('genuine_peer'), likely('The same request from another network.')],
  requires: ['http_round_trip'],
  evaluate(ev) {
    const odd = httpAnswers(ev).filter((one) => isOdd(one, ev));
    const answers = [...odd, ...sameAtUpgrade(odd, ev)].map((one): Draft =>
      answerDraft(one, ev, {
        data: { kind: kindOf(one.answer), words: stoppedBy(one, ev)?.why ?? null },
      }),
    );
    return [...answers, ...notHttp(ev)];
  },
  describe(cause, ev) {
    const { status, pageTitle, server, words } = cause.data;
    return {
      title: `What answers at ${hostList(cause)} is not the service that the Agent needs`,
      why: sentence(
        status !== null &&
          `${typeof server === 'string' ? `The server ${quote(server)}` : 'It'} answered the Agent's request with status ${String(status)}${typeof pageTitle === 'string' ? ` and a page titled ${quote(pageTitle)}` : ''}.`,
        typeof words === 'string' && words,
        cause.tags.has('genuine_peer')
          ? 'The certificate is valid, so this is the right host with a wrong answer: the URL is wrong, or the front of the cloud is.'
          : 'No valid certificate proves that this is the cloud.',
      ),
      remedies: [
        remedy('agent_config', 'Check the cloud URL of the Agent: host and port must be those of a Netdata Cloud.', {
          command: ev.commands.config(),
        }),
        byLetter(cause, ev, 'If the URL is right, ask the network team what answers in its place.'),
      ],
    };
  },
});

/** What the answer stops: the leg that asked, or, where /env names a wrong place, the leg that would go there. */
function stoppedBy({ attempt, answer }: AnswerCase, ev: Evidence): Prediction | null {
  const elsewhere = ev.predictions.find(({ stops, rule }) => stops === answer.id && rule.startsWith('agent:env.'));
  return stoppedHere(attempt, answer.id, ev) ?? elsewhere ?? null;
}

/** A document that only looks like the service's is odd as well. */
function isOdd(one: AnswerCase, ev: Evidence): boolean {
  // An answer that was cut short is `http.no_answer`: nobody knows whose it would have been.
  if (one.answer.failure !== null) return false;
  if (isErrorOfService(one)) return false;
  const rule = stoppedBy(one, ev)?.rule ?? '';
  const strange = !isServiceAnswer(one, ev) && !looksLikeBlockPage(one.answer);
  return strange || rule.startsWith('agent:env.') || rule.startsWith('agent:answer.');
}

/** Bytes that are no HTTP answer at all. */
function notHttp(ev: Evidence): Draft[] {
  return ev.path.flatMap((attempt): Draft[] => {
    const { http } = attempt;
    const malformed = http?.failure?.kind === 'http_malformed' || http?.failure?.kind === 'malformed_response';
    if (http === null || !malformed || http.status !== null || ev.legsOf(attempt).length === 0) return [];
    return [
      {
        subject: answerSubject({ attempt, answer: http }, ev),
        evidence: [http.id],
        explains: fromStepOn(attempt, http),
        tags: isGenuine(attempt.tls) ? ['genuine_peer'] : [],
        data: {
          kind: 'not_http',
          status: null,
          pageTitle: null,
          server: null,
          words: 'The answer is not HTTP.',
        },
      },
    ];
  });
}
