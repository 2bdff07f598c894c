import { certain, excludingHost } from '../confidence.js';
import { byLetter, remedy, safeHost, untilOk } from '../remedies.js';
import { hostList, sentence } from '../text.js';
import { defineRule, type Draft } from '../rule.js';
import { answerSubject, browserControl, isServiceAnswer, kindOf, pageData } from './http-cases.js';
import { fromStepOn, type HttpAnswer } from '../../trace/attempts.js';
import { isGenuine } from '../../trace/trust.js';

const isGood = (answer: HttpAnswer): boolean =>
  answer.status !== null && answer.status < 300 && kindOf(answer) !== 'page';

/** The Agent's exact bytes fail, the same question in a browser's shape passes: a policy on headers. */
export const httpFilteredByShape = defineRule({
  id: 'http.filtered_by_shape',
  title: "A filter refuses the Agent's request and lets a browser's pass",
  blames: 'proxy',
  confidence: excludingHost(certain('browser_like_works')),
  requires: ['http_round_trip', 'browser_like'],
  evaluate(ev) {
    return ev.path.flatMap((attempt): Draft[] => {
      const answer = attempt.http ?? attempt.ws;
      if (answer === null || ev.legsOf(attempt).length === 0) return [];
      const fine = answer.status !== null && isServiceAnswer({ attempt, answer }, ev);
      const control = browserControl(attempt, ev);
      // A filter that lets a browser pass refuses or swallows the other: the same good status is no refusal.
      if (fine || isGood(answer) || control?.works !== true) return [];
      return [
        {
          subject: answerSubject({ attempt, answer }, ev),
          evidence: [answer.id, ...control.ids],
          explains: fromStepOn(attempt, answer),
          tags: ['browser_like_works', ...(isGenuine(attempt.tls) ? (['genuine_peer'] as const) : [])],
          data: { ...pageData(answer), operation: answer.operation },
        },
      ];
    });
  },
  describe(cause, ev) {
    const status = cause.data['status'];
    const host = safeHost(cause.subject.hosts[0]);
    const byFront = cause.tags.has('genuine_peer') && status !== null;
    return {
      title: `${byFront ? 'The front of the cloud' : 'A filter'} refuses the Agent's request to ${hostList(cause)} and lets a browser's pass`,
      why: sentence(
        `The request in the Agent's exact bytes got ${status === null ? 'no answer' : String(status)}; the same request with a browser's headers reached the service.`,
        "The Agent sends few headers (no Accept, no browser's User-Agent, an empty Origin), and some filters take that for an attack.",
        byFront && "The answer came under the cloud's own certificate, so its front refuses, not a filter here.",
      ),
      ...(byFront ? { blames: 'cloud' as const } : {}),
      remedies: [
        byFront
          ? untilOk(ev, 'Tell support that the front of the cloud refuses the request of the Agent.')
          : byLetter(
              cause,
              ev,
              `Ask the team of the web filter or application firewall to exempt ${hostList(cause)} from rules on request headers (User-Agent, Origin, Content-Type).`,
            ),
        remedy('host', 'To show it by hand:', {
          command: ev.commands.curl(host, '/api/v1/env', cause.subject.routeIds[0], "-A ''", "-H 'Accept:'"),
        }),
      ],
    };
  },
});
