import { likely } from '../confidence.js';
import { byLetter, remedy, safeAddress } from '../remedies.js';
import { hostList, ms, sentence } from '../text.js';
import { defineRule } from '../rule.js';
import { farSteps, SLOW_WORDS } from './slow-steps.js';

/** Everything is answered, each answer after a long way: too late for the claim. */
export const tcpSlowPath = defineRule({
  id: 'tcp.slow_path',
  title: 'The way to the cloud takes too long',
  blames: 'network',
  confidence: [
    likely('The round trip to each hop on the way: mtr -T -P 443 ADDRESS, or traceroute -T -p 443 ADDRESS.'),
  ],
  requires: ['connect'],
  evaluate: (ev) =>
    farSteps(ev).map(({ attempt, step, roundTripMs }) => ({
      subject: {
        hosts: [attempt.host],
        addresses: attempt.address === null ? [] : [attempt.address],
        routeIds: [attempt.routeId],
        legs: ev.legsOf(attempt),
      },
      evidence: attempt.connect === null ? [step.id] : [attempt.connect.id, step.id],
      explains: [step.id],
      tags: [],
      data: { roundTripMs: Math.round(roundTripMs) },
    })),
  describe(cause, ev) {
    const roundTrip = ms(Number(cause.data['roundTripMs']));
    return {
      title: `A round trip to ${hostList(cause)} takes ${roundTrip}: too long for the claim`,
      why: sentence(
        `TCP connections are answered, and none sooner than after ${roundTrip}. TLS and each request need at least as long again.`,
        SLOW_WORDS,
      ),
      remedies: [
        byLetter(
          cause,
          ev,
          'Ask the network team why packets take so long: a satellite or mobile link, a full line, or a tunnel by a long detour.',
        ),
        remedy('host', 'To see from which hop on it takes long (needs root):', {
          command: `sudo traceroute -T -p 443 ${safeAddress(cause.subject.addresses[0])}`,
        }),
      ],
    };
  },
});
