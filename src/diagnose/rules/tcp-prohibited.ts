import { tookMs } from '../../trace/silence.js';
import { certain, excludingHost } from '../confidence.js';
import type { ConnectObservation } from '../../model/observation.js';
import { addressList, askForEgress, remedy, safeAddress } from '../remedies.js';
import { hostList, list, ms, sentence } from '../text.js';
import { defineRule } from '../rule.js';
import { cutOffCells, cutOffDrafts, fastest, idsOf } from './connect-drafts.js';

const WORDS: Record<string, string> = {
  host_unreachable: 'host unreachable or administratively prohibited',
  network_unreachable: 'network unreachable',
  permission_denied: 'administratively prohibited',
  network_down: 'network down',
};

/** The next hop's neighbour discovery gives up after about this long. */
const NO_NEIGHBOUR_MS = 2500;

/** Somebody says so: an ICMP message instead of an answer. */
export const tcpProhibited = defineRule({
  id: 'tcp.prohibited',
  title: 'A router or firewall says that the destination is prohibited',
  blames: 'network',
  confidence: excludingHost(certain()),
  requires: ['connect', 'read_local_firewall'],
  asks: (ev) => idsOf(cutOffCells(ev, 'told')),
  evaluate(ev) {
    const cells = cutOffCells(ev, 'told');
    const seen = cells.flatMap((cell) => cell.seen);
    return cutOffDrafts(cells, ev, {
      afterMs: Number(fastest(cells).toFixed(2)),
      said: [...new Set(seen.map(words))],
      nextHopSilent: seen.every((one) => one.failure?.kind === 'host_unreachable' && tookMs(one) > NO_NEIGHBOUR_MS),
    });
  },
  describe(cause, ev) {
    const said = list((cause.data['said'] as readonly string[] | undefined) ?? []);
    const nextHop = cause.data['nextHopSilent'] === true;
    return {
      title: nextHop
        ? `Packets to ${hostList(cause)} do not get past the next hop`
        : `A router or firewall rejects connections to ${hostList(cause)}`,
      why: sentence(
        nextHop
          ? `"Host unreachable" came only after ${ms(Number(cause.data['afterMs']))}: this host gave up on a gateway that does not answer.`
          : sentence(
              `Instead of an answer from ${list(cause.subject.addresses)}, an error came after ${ms(Number(cause.data['afterMs']))}: ${said}.`,
              'Servers do not send that; routers and firewalls do.',
            ),
        cause.tags.has('sibling_works') && 'Other hosts of the cloud answer along the same route.',
        cause.tags.has('far') && 'It came as late as an answer of the cloud.',
        cause.tags.has('near') &&
          'It came much sooner than the cloud can answer, so this host, its gateway or a firewall close by sent it.',
      ),
      remedies: nextHop
        ? [
            remedy('host', 'Check the default gateway and the link to it.', {
              command: `ip route get ${safeAddress(cause.subject.addresses[0])}`,
            }),
          ]
        : [
            askForEgress(cause, ev, cause.subject.hosts),
            addressList(ev),
            remedy('host', 'To learn who sends the message, watch for it while the doctor runs:', {
              command: "sudo tcpdump -ni any 'icmp or icmp6'",
            }),
          ],
    };
  },
});

function words({ failure }: ConnectObservation): string {
  const kind = failure?.kind ?? '';
  return `${WORDS[kind] ?? kind}${failure?.rawCode ? ` (${failure.rawCode})` : ''}`;
}
