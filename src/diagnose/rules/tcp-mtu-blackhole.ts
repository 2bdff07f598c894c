import { isFullSizeLost } from '../../trace/full-size.js';
import { isSilent } from '../../trace/silence.js';
import { certain, likely, possible, excludingHost } from '../confidence.js';
import { fromStepOn } from '../../trace/attempts.js';
import type { Evidence } from '../evidence.js';
import { remedy, safeAddress } from '../remedies.js';
import { hostList, sentence } from '../text.js';
import { defineRule, type Draft } from '../rule.js';
import { controlIds, fullSizeTags, helloTags, tlsSubject, unanswered } from './tls-cases.js';

/** Small packets pass in both directions, full-size ones vanish without an ICMP message. */
export const tcpMtuBlackhole = defineRule({
  id: 'tcp.mtu_blackhole',
  title: 'Full-size packets are lost on the way',
  blames: 'network',
  confidence: excludingHost(
    certain('full_size_lost', 'short_answer_passes'),
    certain('full_size_lost'),
    likely('A write of several full segments, or: ping -M do -s 1472 ADDRESS.', 'short_answer_passes'),
    possible('A write of several full segments, or: ping -M do -s 1472 ADDRESS.'),
  ),
  requires: ['full_size_write', 'short_answer'],
  asks: (ev) => unanswered(ev, 'silent').map(({ tls }) => tls.id),
  evaluate: (ev) => [...stalledHandshakes(ev), ...stalledRequests(ev), ...onlyLater(ev)],
  describe(cause) {
    const address = safeAddress(cause.subject.addresses[0]);
    return {
      title: `Full-size packets are lost on the way to ${hostList(cause)}`,
      why: sentence(
        cause.tags.has('short_answer_passes')
          ? `The TLS handshake stalls where the server sends full-size packets (its certificates); a small answer of the same server arrives.`
          : null,
        cause.tags.has('full_size_lost') &&
          'Nobody acknowledged several full-size packets on a connection that carried small ones.',
        cause.data['later'] === true
          ? 'The doctor asks little, and so does an Agent until it is online; it stalls once it has more to say.'
          : 'Other names and sizes of the ClientHello make no difference.',
        'A tunnel, VPN, PPPoE or overlay network carries only smaller packets, and something blocks the ICMP message that says so.',
      ),
      remedies: [
        remedy(
          'network',
          'Let ICMP "fragmentation needed" (IPv4) and "packet too big" (IPv6) through, or clamp the TCP MSS on the router before the narrow link.',
          {
            lines: [
              {
                file: 'nftables on the router',
                text: 'tcp flags syn / syn,rst tcp option maxseg size set rt mtu',
              },
            ],
          },
        ),
        remedy('host', 'To find the size that passes, lower the number until this works:', {
          command: `ping -M do -s 1472 -c 3 ${address}`,
        }),
        remedy('host', 'As a stopgap, let TCP on this host find the size itself:', {
          command: 'sudo sysctl net.ipv4.tcp_mtu_probing=1',
        }),
      ],
    };
  },
});

/** The server's flight of certificates is the first that needs full-size packets. */
function stalledHandshakes(ev: Evidence): Draft[] {
  return unanswered(ev, 'silent').flatMap((one): Draft[] => {
    const tags = helloTags(one, ev);
    const narrow = tags.includes('short_answer_passes') || tags.includes('full_size_lost');
    if (!narrow || tags.includes('other_name_works') || tags.includes('small_hello_works')) return [];
    return [
      {
        subject: tlsSubject(one, ev),
        evidence: [one.tls.id, ...controlIds(one.attempt, ev, 'short_answer', 'full_size_write', 'small_client_hello')],
        explains: fromStepOn(one.attempt, one.tls),
        tags,
      },
    ];
  });
}

/** Handshake done (it may have been small enough), then a request or its answer never arrives. */
function stalledRequests(ev: Evidence): Draft[] {
  return ev.path.flatMap((attempt): Draft[] => {
    const stuck = [attempt.http, attempt.ws, attempt.mqtt].find((step) => step != null && isSilent(step));
    if (stuck == null || attempt.tls === null || !fullSizeTags(attempt, ev).includes('full_size_lost')) return [];
    return [
      {
        subject: tlsSubject({ attempt, tls: attempt.tls }, ev),
        evidence: [stuck.id, ...controlIds(attempt, ev, 'full_size_write')],
        explains: fromStepOn(attempt, stuck),
        tags: ['full_size_lost'],
      },
    ];
  });
}

/** Everything the doctor asked was small and went well, yet full packets that were sent on such a connection are lost. */
function onlyLater(ev: Evidence): Draft[] {
  return ev.controls('full_size_write').flatMap((control): Draft[] => {
    if (control.fullSize === null || !isFullSizeLost(control.fullSize)) return [];
    const same = ev.path.filter(
      ({ host, routeId, address }) =>
        host === control.host && routeId === control.routeId && address === control.address,
    );
    const whole = same.find(({ steps }) => steps.every(({ failure }) => failure === null));
    if (whole?.tls == null) return [];
    const large = ev.controls('large_client_hello').flatMap(({ tls }) => (tls?.failure == null ? [] : [tls.id]));
    return [
      {
        subject: tlsSubject({ attempt: whole, tls: whole.tls }, ev),
        evidence: [control.fullSize.id, whole.tls.id, ...large],
        explains: [control.fullSize.id, ...large],
        tags: ['full_size_lost'],
        data: { later: true },
      },
    ];
  });
}
