import { remedy } from '../remedies.js';
import { hostList, ms, sentence } from '../text.js';
import type { Draft, Rule } from '../types.js';
import { linkSubject } from './ws-cases.js';

const HOW: Readonly<Record<string, string>> = {
  fin: 'closed (FIN)',
  reset: 'reset (RST)',
  ws_close: 'closed with a WebSocket close frame',
  silence: 'cut without a word: nothing passes any more, and nobody says so',
};

/** An idle Agent is silent for about 45 s between keep-alives (agent-behaviour.md §9.3). */
const LONGEST_SILENCE_MS = 46_000;

/** The upgraded link, held open without traffic, did not last. */
export const mqttIdleCut: Rule = {
  id: 'mqtt.idle_cut',
  requires: ['hold'],
  evaluate(ev) {
    return ev.path.flatMap((attempt): Draft[] => {
      const { hold } = attempt;
      if (hold === null || hold.endedBy === 'us' || hold.failure?.kind === 'interrupted') return [];
      return [
        {
          subject: linkSubject(attempt, ev),
          evidence: [hold.id],
          explains: [hold.id],
          tags: ['own_words'],
          data: { heldMs: hold.heldMs, endedBy: hold.endedBy, harmful: hold.heldMs <= LONGEST_SILENCE_MS },
        },
      ];
    });
  },
  describe(cause) {
    const harmful = cause.data['harmful'] === true;
    return {
      title: `An idle link to ${hostList(cause)} is cut after ${ms(Number(cause.data['heldMs']))}`,
      why: sentence(
        `The upgraded connection was kept open without traffic; after ${ms(Number(cause.data['heldMs']))} it was ${HOW[String(cause.data['endedBy'])] ?? 'ended'}.`,
        harmful
          ? 'An idle Agent sends its first keep-alive after 45 s, so this link will break again and again.'
          : 'An idle Agent sends a keep-alive every 45 s, so it stays below this limit; the margin is what counts.',
        'The broker itself waits for 90 s: an idle timer in a NAT, firewall, proxy or load balancer on the way is shorter.',
      ),
      remedies: [
        remedy(
          'network',
          `Ask for an idle timeout of at least 120 s, better 300 s, for TCP 443 to ${hostList(cause)}, and no limit on the lifetime of the connection.`,
          {
            command: 'netdata-egress doctor --letter',
          },
        ),
      ],
    };
  },
};
