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
    const held = ev.path.flatMap(({ hold }) => (hold === null || hold.failure?.kind === 'interrupted' ? [] : [hold]));
    return ev.path.flatMap((attempt): Draft[] => {
      const { hold } = attempt;
      if (hold === null || hold.endedBy === 'us' || hold.failure?.kind === 'interrupted') return [];
      const same = held.filter(({ host }) => host === hold.host);
      const cuts = same.filter(({ endedBy }) => endedBy !== 'us');
      // The shortest life tells most; a link held longer dies of the same timer.
      const first = cuts.reduce((a, b) => (b.heldMs < a.heldMs ? b : a), hold);
      const survived = same.filter(({ endedBy, heldMs }) => endedBy === 'us' && heldMs < first.heldMs);
      return [
        {
          subject: linkSubject(attempt, ev),
          evidence: [hold.id, ...survived.map(({ id }) => id)],
          explains: [hold.id],
          tags: ['own_words'],
          data: {
            heldMs: first.heldMs,
            survivedMs: survived.length === 0 ? null : Math.max(...survived.map(({ heldMs }) => heldMs)),
            endedBy: first.endedBy,
            harmful: first.heldMs <= LONGEST_SILENCE_MS,
          },
        },
      ];
    });
  },
  describe(cause) {
    const harmful = cause.data['harmful'] === true;
    const after = ms(Number(cause.data['heldMs']));
    const { survivedMs, endedBy } = cause.data;
    // A silent cut is noticed only when something is sent again: the time is a span.
    const span = typeof survivedMs === 'number' ? `between ${ms(survivedMs)} and ${after}` : `within ${after}`;
    return {
      title:
        endedBy === 'silence'
          ? `An idle link to ${hostList(cause)} is forgotten ${span}`
          : `An idle link to ${hostList(cause)} is cut after ${after}`,
      why: sentence(
        endedBy === 'silence'
          ? `Upgraded connections were kept open without traffic; one held for ${after} was ${HOW['silence']}${typeof survivedMs === 'number' ? `, one held for ${ms(survivedMs)} still carried` : ''}.`
          : `The upgraded connection was kept open without traffic; after ${after} it was ${HOW[String(endedBy)] ?? 'ended'}.`,
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
