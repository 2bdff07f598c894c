import { certain } from '../confidence.js';
import { parseHttpsResponse } from '../../agent/parse/https-response.js';
import type { HttpRoundTripObservation } from '../../model/observation.js';
import { header } from '../evidence/pages.js';
import { byLetter, remedy } from '../remedies.js';
import { hostList, quote, sentence } from '../text.js';
import { defineRule, type Draft } from '../rule.js';
import { agentRule, answerDraft, browserTags, httpAnswers, stoppedHere } from './http-cases.js';

/** Ends of a connection and silences are other causes; these are about the bytes. */
const NOT_BYTES = new Set([
  'agent:http.no_answer',
  'agent:http.closed',
  'agent:http.reset',
  'agent:http.closed_with_answer',
  'agent:http.cut_short',
  'agent:http.incomplete',
]);

/** Any HTTP client reads the answer, the Agent's parser does not. */
export const httpAgentCannotParse = defineRule({
  id: 'http.agent_cannot_parse',
  title: 'The Agent cannot read the answer',
  blames: 'proxy',
  confidence: [certain('parser_rule')],
  requires: ['http_round_trip'],
  evaluate(ev) {
    return httpAnswers(ev).flatMap((one): Draft[] => {
      const prediction = stoppedHere(one.attempt, one.answer.id, ev);
      const wrapped = ev.predictions.some(({ rule }) => rule === 'agent:env.not_json') ? wrapping(one.answer) : null;
      if (wrapped !== null)
        return [answerDraft(one, ev, { tags: ['parser_rule'], data: { rule: 'body', ...wrapped } })];
      if (prediction === null || !prediction.rule.startsWith('agent:http.')) return [];
      // What is incomplete for the Agent and whole for us is a matter of bytes again.
      const whole = prediction.rule === 'agent:http.incomplete' && one.answer.failure === null;
      if (NOT_BYTES.has(prediction.rule) && !whole) return [];
      const { rawHead, rawBody } = one.answer;
      const parsed = parseHttpsResponse(rawHead + rawBody, {
        headerWithoutSeparatorIsSafe: true,
        closedAfterMs: null,
      });
      return [
        answerDraft(one, ev, {
          tags: ['parser_rule', ...browserTags(one.attempt, ev)],
          data: { rule: agentRule(prediction), line: parsed.ok ? null : parsed.line, words: prediction.why },
        }),
      ];
    });
  },
  describe(cause, ev) {
    const line = cause.data['line'];
    return {
      title: `The Agent cannot read the answer of ${hostList(cause)}`,
      why: sentence(
        `Browsers and curl accept this answer (status ${String(cause.data['status'])}), the Agent does not.`,
        String(cause.data['words']),
        typeof line === 'string' && `The line: ${quote(line, 100)}.`,
        cause.tags.has('genuine_peer')
          ? 'The certificate is genuine, so the answer comes from the cloud or its front.'
          : 'The service does not answer like this: a device on the way rewrites it.',
      ),
      remedies: [
        byLetter(
          cause,
          ev,
          `Ask whoever runs the device on the way to tunnel ${hostList(cause)}, or to leave its answers alone (no added or rewritten headers).`,
        ),
        remedy('agent_config', 'Update the Agent if you can: newer versions accept more.', {
          command: 'netdata -V',
        }),
      ],
    };
  },
});

/**
 * The document is there, in a wrapping that browsers take off and the Agent does not
 * (docs/reference/agent.md#https-response).
 */
function wrapping({ headers, rawBody }: HttpRoundTripObservation): { line: string | null; words: string } | null {
  const encoding = header(headers, 'content-encoding');
  if (encoding !== null && encoding.toLowerCase() !== 'identity')
    return {
      line: `Content-Encoding: ${encoding}`,
      words: 'The body is compressed, which the Agent neither asks for nor decodes.',
    };
  return /^\u00EF\u00BB\u00BF\s*\{/u.test(rawBody)
    ? { line: null, words: 'The document begins with a byte-order mark (EF BB BF), which is not JSON.' }
    : null;
}
