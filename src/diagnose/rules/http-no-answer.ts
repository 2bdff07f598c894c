import { isSilent, tookMs } from '../../trace/silence.js';
import { certain, likely, possible, excludingHost } from '../confidence.js';
import { fromStepOn } from '../../trace/attempts.js';
import { isGenuine } from '../../trace/trust.js';
import { byLetter, remedy } from '../remedies.js';
import { agree, hostList, ms, notAnswered, sentence } from '../text.js';
import { defineRule, type Draft } from '../rule.js';
import { answerSubject, browserControl, browserTags } from './http-cases.js';
import { SLOW_WORDS, slowSteps, TOO_LATE_WORDS } from './slow-steps.js';
import { fullSizeTags } from './tls-cases.js';

/** TLS works, the request goes out, and no complete answer comes. */
export const httpNoAnswer = defineRule({
  id: 'http.no_answer',
  title: 'The request gets no answer',
  blames: 'network',
  confidence: excludingHost(
    certain('browser_like_fails', 'full_size_passes'),
    likely('A browser-like request on the same path.', 'genuine_peer'),
    possible('A browser-like request on the same path.'),
  ),
  requires: ['http_round_trip', 'browser_like'],
  asks: (ev) =>
    ev.path.flatMap(({ http }) => (http !== null && http.failure !== null && http.status === null ? [http.id] : [])),
  evaluate(ev) {
    const slow = slowSteps(ev, 'http_round_trip').map(({ attempt, step, tookMs }): Draft => ({
      subject: { hosts: [attempt.host], routeIds: [attempt.routeId] },
      evidence: [step.id],
      explains: [step.id],
      tags: isGenuine(attempt.tls) ? ['genuine_peer'] : [],
      key: 'slow',
      data: {
        afterMs: Number(tookMs.toFixed(1)),
        slow: true,
        linkToo: ev.predictions.some(({ rule, stops }) => rule === 'agent:http.no_answer' && stops === step.id),
      },
    }));
    const never = ev.path.flatMap((attempt): Draft[] => {
      const { http } = attempt;
      if (http === null || http.failure === null || ev.legsOf(attempt).length === 0) return [];
      return [
        {
          subject: answerSubject({ attempt, answer: http }, ev),
          evidence: [http.id, ...(browserControl(attempt, ev)?.ids ?? [])],
          explains: fromStepOn(attempt, http),
          tags: [
            ...(isGenuine(attempt.tls) ? (['genuine_peer'] as const) : []),
            ...browserTags(attempt, ev),
            ...fullSizeTags(attempt, ev),
          ],
          data: {
            afterMs: Number(tookMs(http).toFixed(1)),
            silent: isSilent(http),
            begun: http.status !== null,
            code: http.failure.rawCode,
          },
        },
      ];
    });
    return [...never, ...slow];
  },
  describe(cause, ev) {
    if (cause.data['slow'] === true) {
      const after = ms(Number(cause.data['afterMs']));
      const linkToo = cause.data['linkToo'] === true;
      return {
        title: linkToo
          ? `The answer of ${hostList(cause)} comes when the Agent's time for a request is over`
          : `${hostList(cause)} ${agree(cause, 'takes', 'take')} ${after} to answer, longer than the claim waits`,
        why: sentence(
          `TLS works, but the answer came only ${after} after the request.`,
          linkToo ? TOO_LATE_WORDS : SLOW_WORDS,
        ),
        remedies: [
          byLetter(
            cause,
            ev,
            `Ask the network team which device inspects traffic to ${hostList(cause)}, and whether it is overloaded.`,
          ),
          remedy('cloud', 'If no device does, look at the status page of the cloud.'),
        ],
      };
    }
    const silent = cause.data['silent'] === true;
    const begun = cause.data['begun'] === true;
    return {
      title: `The request to ${hostList(cause)} ${begun ? `${cause.stillSilent ? 'has' : 'gets'} only part of an answer${cause.stillSilent ? ' yet' : ''}` : notAnswered(cause)}`,
      why: sentence(
        `TLS works, but after the request ${silent ? `nothing ${begun ? 'more ' : ''}came for` : 'the connection ended within'} ${ms(Number(cause.data['afterMs']))}.`,
        cause.tags.has('browser_like_fails') &&
          "A browser's request fails as well, so the shape of the request does not matter.",
        cause.tags.has('full_size_passes') && 'Full-size packets get through, so their size does not matter.',
        'A device that inspects the connection holds the request back, or the service is overloaded.',
      ),
      remedies: [
        byLetter(
          cause,
          ev,
          `Ask the network team which device inspects traffic to ${hostList(cause)}, and what it does with requests from this host.`,
        ),
        remedy('cloud', 'If the network team sees the request leave, look at the status page of the cloud.'),
      ],
    };
  },
});
