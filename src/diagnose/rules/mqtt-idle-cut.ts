import { certain, likely, excludingHost } from '../confidence.js';
import { idleCutOf, LONGEST_SILENCE_MS, type IdleCut } from '../../agent/predict/idle-cut.js';
import type { HoldObservation } from '../../model/observation.js';
import type { Attempt } from '../../trace/attempts.js';
import type { Evidence } from '../evidence.js';
import { byLetter } from '../remedies.js';
import { hostList, ms, sentence, type Sentences } from '../text.js';
import { defineRule, type Draft } from '../rule.js';
import { linkSubject } from './ws-cases.js';

const HOW: Readonly<Record<string, string>> = {
  fin: 'closed (FIN)',
  reset: 'reset (RST)',
  ws_close: 'closed with a WebSocket close frame',
  silence: 'cut without a word: nothing passes any more, and nobody says so',
};

/** The upgraded link, held open without traffic, did not last, and one that was kept busy beside it did. */
export const mqttIdleCut = defineRule({
  id: 'mqtt.idle_cut',
  title: 'The idle link is cut',
  blames: 'network',
  confidence: excludingHost(
    certain('own_words', 'busy_link_lives'),
    likely('A second link that is kept busy: --hold with this version of the doctor.'),
  ),
  requires: ['hold', 'busy_link'],
  evaluate: (ev) =>
    heldLinks(ev).flatMap(({ attempt, idle, ended }): Draft[] => {
      if (ended.because !== 'idle' && ended.because !== 'unproven') return [];
      const { cut, survived, busy } = ended;
      return [
        {
          subject: linkSubject(attempt, ev),
          evidence: [cut.id, ...(survived === null ? [] : [survived.id]), ...(busy === null ? [] : [busy.id])],
          explains: idle.filter(({ endedBy }) => endedBy !== 'us').map(({ id }) => id),
          tags: busy === null ? ['own_words'] : ['own_words', 'busy_link_lives'],
          data: {
            heldMs: cut.heldMs,
            survivedMs: survived?.heldMs ?? null,
            endedBy: cut.endedBy,
            harmful: cut.heldMs < LONGEST_SILENCE_MS,
            busyMs: busy?.heldMs ?? null,
          },
        },
      ];
    }),
  undecided: (ev) =>
    heldLinks(ev).flatMap(({ ended }) => {
      const { cut, because } = ended;
      if (because !== 'any' && because !== 'mute') return [];
      return [
        { missing: ['mqtt_connect'], because: (because === 'mute' ? mute(cut) : alike(cut, ended.busy)).join(' ') },
      ];
    }),
  describe(cause, ev) {
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
        typeof cause.data['busyMs'] === 'number' &&
          `A link that was kept busy beside it lived on for ${ms(cause.data['busyMs'])}, so it is the idleness that is punished.`,
        'The broker itself waits for 90 s: an idle timer in a NAT, firewall, proxy or load balancer on the way is shorter.',
      ),
      remedies: [
        byLetter(
          cause,
          ev,
          `Ask for an idle timeout of at least 120 s, better 300 s, for TCP 443 to ${hostList(cause)}, and no limit on the lifetime of the connection.`,
        ),
      ],
    };
  },
});

interface Held {
  readonly attempt: Attempt;
  readonly idle: readonly HoldObservation[];
  readonly ended: IdleCut;
}

/** The held links of each host and route, and how they ended. */
function heldLinks(ev: Evidence): readonly Held[] {
  const groups = new Map<string, { attempt: Attempt; idle: HoldObservation[] }>();
  for (const attempt of ev.path) {
    if (attempt.hold === null) continue;
    const key = `${attempt.routeId} ${attempt.hold.host}`;
    const group = groups.get(key) ?? { attempt, idle: [] };
    group.idle.push(attempt.hold);
    groups.set(key, group);
  }
  return [...groups.values()].flatMap(({ attempt, idle }) => {
    const busy = ev
      .controls('busy_link')
      .find(({ hold, routeId }) => routeId === attempt.routeId && hold?.host === attempt.hold?.host);
    const ended = idleCutOf(idle, busy?.hold ?? null);
    return ended === null ? [] : [{ attempt, idle, ended }];
  });
}

function alike(cut: HoldObservation, busy: HoldObservation | null): Sentences {
  const end = HOW[cut.endedBy] ?? 'ended';
  return sentence(
    `The idle link to ${cut.host} was ${end} after ${ms(cut.heldMs)}, and the one that was kept busy lasted no longer (${ms(busy?.heldMs ?? 0)}): it is not the idleness that ends them.`,
    'Either the broker ends connections that do not log in, which the doctor never does, or something limits the life of every connection.',
    `Whether an idle time-out longer than that exists was not tested. The reconnect count of a running Agent tells: netdatacli aclk-state.`,
  );
}

function mute(cut: HoldObservation): Sentences {
  return sentence(
    `The idle link to ${cut.host} said nothing any more after ${ms(cut.heldMs)}, but this peer answers no pings at all, so silence proves nothing.`,
    'The reconnect count of a running Agent tells: netdatacli aclk-state.',
  );
}
