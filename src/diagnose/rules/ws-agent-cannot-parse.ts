import { certain } from '../confidence.js';
import { parseWebSocketResponse } from '../../agent/parse/websocket-response.js';
import { byLetter } from '../remedies.js';
import { hostList, quote, sentence } from '../text.js';
import { defineRule, type Draft } from '../rule.js';
import { agentRule, answerDraft, stoppedHere } from './http-cases.js';
import { genuineTag, linkSubject, upgradeAnswers } from './ws-cases.js';

/** A 101 that any WebSocket client takes, or frames behind it, which the Agent's parser refuses. */
export const wsAgentCannotParse = defineRule({
  id: 'ws.agent_cannot_parse',
  title: 'The Agent cannot read the answer to the upgrade',
  blames: 'proxy',
  confidence: [certain('parser_rule')],
  requires: ['websocket_upgrade'],
  evaluate(ev) {
    return upgradeAnswers(ev).flatMap((one): Draft[] => {
      const { attempt, answer } = one;
      const head = stoppedHere(attempt, answer.id, ev);
      if (isInformational(answer.status) && head?.rule.startsWith('agent:ws.') === true) {
        const parsed = parseWebSocketResponse(answer.rawHead, answer.key);
        return [
          answerDraft(one, ev, {
            tags: ['parser_rule'],
            data: { rule: agentRule(head), words: head.why, line: parsed.ok ? null : parsed.line },
          }),
        ];
      }
      const frames = attempt.mqtt === null ? null : stoppedHere(attempt, attempt.mqtt.id, ev);
      if (attempt.mqtt === null || frames?.rule.startsWith('agent:ws.frame_') !== true) return [];
      return [
        {
          subject: linkSubject(attempt, ev),
          evidence: [attempt.mqtt.id, answer.id],
          explains: [attempt.mqtt.id],
          tags: ['parser_rule', ...genuineTag(attempt)],
          data: { rule: agentRule(frames), words: frames.why, line: null },
        },
      ];
    });
  },
  describe(cause, ev) {
    const line = cause.data['line'];
    const frames = String(cause.data['rule']).startsWith('ws.frame_');
    return {
      title: frames
        ? `A device rewrites frames on the link to ${hostList(cause)}, and the Agent rejects them`
        : `The Agent cannot read the answer of ${hostList(cause)} to the upgrade`,
      why: sentence(
        frames ? 'The upgrade worked, what follows does not.' : 'The answer says 101, but the Agent rejects it.',
        String(cause.data['words']),
        typeof line === 'string' && `The line: ${quote(line, 100)}.`,
        'The broker does not send that, so a device on the way rewrites the connection.',
      ),
      remedies: [byLetter(cause, ev, `Ask whoever runs the device on the way to tunnel ${hostList(cause)} untouched.`)],
    };
  },
});

/** A 101, or an interim answer in front of it: what comes is an upgrade, in a form that the Agent does not take. */
export function isInformational(status: number | null): boolean {
  return status !== null && status >= 100 && status < 200;
}
