/** The two ways in which nothing answers a ClientHello, whatever the name: silence and a cut. */
import { tookMs } from '../../trace/silence.js';
import { certain, likely, OTHER_NAME, possible, excludingHost } from '../confidence.js';
import type { Evidence } from '../evidence.js';
import { originOf } from '../../trace/timing.js';
import { byLetter, remedy, safeHost, tellAgentProxy } from '../remedies.js';
import type { Draft, FindingRule, RuleHead } from '../rule.js';
import { hostList, list, ms, notAnswered, sentence } from '../text.js';
import { SLOW_WORDS, type SlowStep, slowSteps } from './slow-steps.js';
import { consequences, controlIds, helloTags, tlsSubject, unanswered } from './tls-cases.js';

function unansweredRule<const Id extends string>(
  words: RuleHead<Id> & { readonly how: 'cut' | 'silent' },
): FindingRule<Id> {
  const { how } = words;
  return {
    ...words,
    requires: ['tls_handshake', 'other_name_same_address', 'small_client_hello'],
    asks: (ev) => unanswered(ev, how).map(({ tls }) => tls.id),
    evaluate(ev) {
      const slow = how === 'silent' ? slowSteps(ev, 'tls_handshake').map((one) => slowDraft(one, ev)) : [];
      const never = unanswered(ev, how).map((one): Draft => {
        const took = tookMs(one.tls);
        const family = one.attempt.connect?.family ?? 4;
        const origin = one.attempt.connect?.peer === 'target' ? originOf(took, family, ev.timing) : 'unknown';
        return {
          subject: tlsSubject(one, ev),
          evidence: [one.tls.id, ...controlIds(one.attempt, ev, 'other_name_same_address', 'small_client_hello')],
          explains: consequences(one, ev),
          tags: [...helloTags(one, ev), ...(origin === 'near' || origin === 'between' ? (['near'] as const) : [])],
          data: { afterMs: Number(took.toFixed(1)), helloBytes: one.tls.helloBytes },
        };
      });
      return [...never, ...slow];
    },
    describe(cause, ev) {
      const after = ms(Number(cause.data['afterMs']));
      const host = safeHost(cause.subject.hosts[0]);
      if (cause.data['slow'] === true) {
        return {
          title: `The TLS handshake with ${hostList(cause)} takes ${after}, longer than the claim waits`,
          why: sentence(
            `${list(cause.subject.addresses) || 'The peer'} accepted the connection but finished the handshake only after ${after}.`,
            SLOW_WORDS,
          ),
          remedies: [
            byLetter(
              cause,
              ev,
              `Ask the network team which device inspects TLS on the way to ${hostList(cause)}, and whether it is overloaded or waits for a certificate lookup.`,
            ),
          ],
        };
      }
      return {
        title:
          how === 'silent'
            ? `The TLS handshake with ${hostList(cause)} ${notAnswered(cause)}`
            : `Something cuts off the TLS handshake with ${hostList(cause)}`,
        why: sentence(
          how === 'silent'
            ? `${list(cause.subject.addresses) || 'The peer'} accepted the connection but did not answer the ClientHello within ${after}.`
            : `${list(cause.subject.addresses) || 'The peer'} accepted the connection and ended it ${after} after the ClientHello, without one byte of TLS.`,
          cause.tags.has('other_name_fails') &&
            'Other names at the same address fail as well, so the name does not matter.',
          cause.tags.has('small_hello_fails') && 'A small ClientHello fails as well, so the size does not matter.',
          cause.tags.has('sibling_works') && 'TLS with another host of the cloud works.',
          cause.tags.has('near') && 'The end came sooner than the cloud can answer, so something on the way sent it.',
          'Address and port are open, so a device that inspects the connection stops it.',
        ),
        remedies: [
          byLetter(
            cause,
            ev,
            `Ask the network team which device inspects TLS on the way to ${hostList(cause)} (application filter, TLS inspection), and to exempt these names there.`,
          ),
          remedy('host', 'To see it yourself:', {
            command: ev.commands.openssl(host),
          }),
          ...(ev.agent.legs.link.routeId === 'direct'
            ? [tellAgentProxy(ev, 'http://PROXY:PORT', 'If servers here must use a proxy, tell the Agent about it.')]
            : []),
        ],
      };
    },
  };
}

/** Answered in the end, and too late for the claim. */
function slowDraft({ attempt, step, tookMs }: SlowStep, ev: Evidence): Draft {
  return {
    subject: {
      hosts: [attempt.host],
      addresses: attempt.address === null ? [] : [attempt.address],
      routeIds: [attempt.routeId],
    },
    evidence: [step.id],
    explains: [step.id],
    tags: helloTags({ attempt }, ev),
    key: 'slow',
    data: { afterMs: Number(tookMs.toFixed(1)), slow: true },
  };
}

/** Connected, ClientHello never answered, for every name at that address. */
export const tlsStalled = unansweredRule({
  id: 'tls.stalled',
  title: 'The TLS handshake gets no answer',
  blames: 'network',
  confidence: excludingHost(
    certain('other_name_fails', 'small_hello_fails'),
    likely('A small ClientHello to the same address.', 'other_name_fails'),
    possible(OTHER_NAME),
  ),
  how: 'silent',
});

/** Connected, cut off at the ClientHello, for every name at that address. */
export const tlsReset = unansweredRule({
  id: 'tls.reset',
  title: 'Something cuts the TLS handshake off',
  blames: 'network',
  confidence: excludingHost(
    certain('other_name_fails', 'small_hello_fails'),
    likely('A small ClientHello to the same address.', 'other_name_fails'),
    possible(OTHER_NAME),
  ),
  how: 'cut',
});
