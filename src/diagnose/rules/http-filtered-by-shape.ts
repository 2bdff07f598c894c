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
  title: "The Agent's request is refused, a browser's passes",
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
      title: `The Agent's own request to ${hostList(cause)} is refused, a browser's passes`,
      why: sentence(
        `The request in the Agent's exact bytes ${status === null ? 'got no answer' : `was answered with ${String(status)}`}; the same question with the headers of a browser, along the same way, was answered by the service.`,
        "The Agent sends few headers: no Accept, no browser's User-Agent, on the link an empty Origin. Some filters take that for an attack.",
        byFront &&
          "It came under the cloud's own certificate, so it is a rule of the cloud's front, not of a filter here.",
      ),
      ...(byFront ? { blames: 'cloud' as const } : {}),
      remedies: [
        byFront
          ? untilOk(ev, 'Tell support: the front of the cloud refuses the request of the Agent as it is.')
          : byLetter(
              cause,
              ev,
              `Ask for an exemption of ${hostList(cause)} from rules on request headers (User-Agent, Origin, Content-Type) in the web filter or application firewall.`,
            ),
        remedy('host', 'To show it by hand:', {
          command: ev.commands.curl(host, '/api/v1/env', cause.subject.routeIds[0], "-A ''", "-H 'Accept:'"),
        }),
      ],
    };
  },
});
