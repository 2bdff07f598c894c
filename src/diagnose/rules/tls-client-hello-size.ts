import { isFullSizeLost } from '../../trace/full-size.js';
import { isLost, isSilent } from '../../trace/silence.js';
import { certain, likely, excludingHost } from '../confidence.js';
import { byLetter } from '../remedies.js';
import { hostList, sentence } from '../text.js';
import type { TlsHandshakeObservation } from '../../model/observation.js';
import { defineRule, type Draft, type FindingRule } from '../rule.js';
import { consequences, controlIds, fullSizeTags, helloTags, tlsSubject, unanswered } from './tls-cases.js';

/** A small ClientHello passes where a larger one does not; full-size packets as such do pass. */
export const tlsClientHelloSize = defineRule({
  id: 'tls.client_hello_size',
  title: 'A large ClientHello does not get through',
  blames: 'network',
  confidence: excludingHost(
    certain('small_hello_works', 'full_size_passes'),
    certain('large_hello_fails', 'full_size_passes'),
    likely('A write of several full segments, to exclude a packet-size problem.'),
  ),
  requires: ['tls_handshake', 'small_client_hello', 'full_size_write'],
  evaluate(ev) {
    const failing = [...unanswered(ev, 'cut'), ...unanswered(ev, 'silent')].flatMap((one): Draft[] => {
      const tags = helloTags(one, ev);
      // Another name would have had a ClientHello of the same size: if that one passes, it is the name.
      if (!tags.includes('small_hello_works') || tags.includes('other_name_works') || tags.includes('full_size_lost'))
        return [];
      return [
        {
          subject: tlsSubject(one, ev),
          evidence: [one.tls.id, ...controlIds(one.attempt, ev, 'small_client_hello', 'full_size_write')],
          explains: consequences(one, ev),
          tags,
          data: { helloBytes: one.tls.helloBytes, silent: isSilent(one.tls) },
        },
      ];
    });
    return [...failing, ...largeOnly(ev)];
  },
  describe(cause, ev) {
    const today = cause.tags.has('small_hello_works');
    const bytes = cause.data['helloBytes'];
    return {
      title: today
        ? `Only a small ClientHello gets through to ${hostList(cause)}`
        : `A ClientHello larger than one packet does not get through to ${hostList(cause)}`,
      why: sentence(
        today
          ? `The ordinary ClientHello${bytes === null ? '' : ` (${String(bytes)} bytes)`} got no answer; a small one with the same name to the same address did.`
          : `The ordinary ClientHello gets an answer; one of ${String(bytes)} bytes, in two packets, does not.`,
        cause.tags.has('full_size_passes') &&
          'Full-size packets pass on the same connection, so the ClientHello is the problem, not the packet size.',
        today ? null : 'Newer TLS libraries send such large ones (post-quantum key shares).',
        today ? null : 'So the Agent works today and will stop after an update of its TLS library.',
      ),
      remedies: [
        byLetter(
          cause,
          ev,
          'Ask the network team to update or configure the device that reads server names, so that it accepts a large (post-quantum) ClientHello. Until then, exempt these names from inspection.',
        ),
      ],
    };
  },
});

/** Cut off, or lost beyond doubt: on a slow path a silence of seconds says nothing. */
function isDecided(tls: TlsHandshakeObservation): boolean {
  return !isSilent(tls) || tls.unacknowledged === undefined || isLost(tls);
}

/** Healthy today: only the large control fails. */
function largeOnly(ev: Parameters<FindingRule['evaluate']>[0]): Draft[] {
  return ev.controls('large_client_hello').flatMap((large): Draft[] => {
    const { tls } = large;
    if (tls === null || tls.failure === null || tls.gotServerBytes || !isDecided(tls)) return [];
    const ordinary = ev.path.find(
      (own) => own.host === large.host && own.address === large.address && own.tls?.failure === null,
    );
    if (ordinary?.tls == null) return [];
    // Then it is the size of any packet (tcp.mtu_blackhole).
    if (ev.controls('full_size_write').some(({ fullSize }) => fullSize !== null && isFullSizeLost(fullSize))) return [];
    return [
      {
        subject: tlsSubject({ attempt: ordinary, tls: ordinary.tls }, ev),
        evidence: [tls.id, ordinary.tls.id],
        explains: [],
        tags: ['large_hello_fails', ...fullSizeTags(ordinary, ev)],
        key: 'large',
        cap: 'notes',
        data: { helloBytes: tls.helloBytes },
      },
    ];
  });
}
