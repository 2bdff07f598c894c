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
  silence: 'cut without a word',
};

/** The upgraded link, held open without traffic, did not last, and one that was kept busy beside it did. */
export const mqttIdleCut = defineRule({
  id: 'mqtt.idle_cut',
  title: 'Something cuts the idle link',
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
          ? `Something on the way forgets an idle link to ${hostList(cause)} ${span}`
          : `Something on the way cuts an idle link to ${hostList(cause)} after ${after}`,
      why: sentence(
        endedBy === 'silence'
          ? `An upgraded connection without traffic was ${String(HOW['silence'])} after ${after}${typeof survivedMs === 'number' ? `; one held for ${ms(survivedMs)} still worked` : ''}.`
          : `An upgraded connection without traffic was ${HOW[String(endedBy)] ?? 'ended'} after ${after}.`,
        harmful
          ? 'An idle Agent sends its first keep-alive after 45 s, so this link breaks again and again.'
          : 'An idle Agent sends a keep-alive every 45 s, so it stays below this limit, with little margin.',
        typeof cause.data['busyMs'] === 'number' &&
          `A busy link beside it lived for ${ms(cause.data['busyMs'])}, so only idle links are cut.`,
        'The broker waits 90 s, so an idle timer of a NAT, firewall, proxy or load balancer on the way is shorter.',
      ),
      remedies: [
        byLetter(
          cause,
          ev,
          `Ask the network team for an idle timeout of at least 120 s (better 300 s) for TCP 443 to ${hostList(cause)}, without a limit on how long a connection lives.`,
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
    `The idle link to ${cut.host} was ${end} after ${ms(cut.heldMs)}, and the busy one lasted no longer (${ms(busy?.heldMs ?? 0)}), so idleness does not end them.`,
    'The broker ends connections without a login (the doctor never logs in), or something limits the life of every connection.',
    'A longer idle time-out was not tested. The reconnect count of a running Agent tells: netdatacli aclk-state.',
  );
}

function mute(cut: HoldObservation): Sentences {
  return sentence(
    `The idle link to ${cut.host} fell silent after ${ms(cut.heldMs)}, but this peer answers no pings, so silence proves nothing.`,
    'The reconnect count of a running Agent tells: netdatacli aclk-state.',
  );
}
