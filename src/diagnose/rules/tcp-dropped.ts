import { certain, likely, possible, CONTROLS, excludingHost } from '../confidence.js';
import { addressList, askForEgress, remedy, safeAddress } from '../remedies.js';
import { hostList, list, ms, sentence } from '../text.js';
import { defineRule } from '../rule.js';
import { cutOffCells, cutOffDrafts, idsOf } from './connect-drafts.js';

/** Silence from all usable addresses of a host. `tcp.egress_blocked` comes first where everybody is silent. */
export const tcpDropped = defineRule({
  id: 'tcp.dropped',
  title: 'Connections are silently dropped',
  blames: 'network',
  confidence: excludingHost(
    certain('neutral_works'),
    certain('sibling_works'),
    certain('other_port_works'),
    likely(CONTROLS, 'local_network_works'),
    possible(CONTROLS),
  ),
  requires: ['connect', 'neutral_host'],
  asks: (ev) => idsOf(cutOffCells(ev, 'silent')),
  evaluate: (ev) => cutOffDrafts(cutOffCells(ev, 'silent'), ev),
  describe(cause, ev) {
    const address = safeAddress(cause.subject.addresses[0]);
    return {
      title: `Something silently drops connections to ${hostList(cause)} on TCP 443`,
      why: sentence(
        `${list(cause.subject.addresses)} did not answer within ${ms(Number(cause.data['waitedMs']))}: no acceptance, no reset, no ICMP message.`,
        cause.tags.has('sibling_works') &&
          'Other hosts of the cloud answer along the same route, so the port is open in general.',
        cause.tags.has('neutral_works') && 'An unrelated host answers on the same port.',
        cause.tags.has('other_port_works') && 'Another port of the same address answers, so the address is alive.',
      ),
      remedies: [
        askForEgress(cause, ev, cause.subject.hosts),
        addressList(ev),
        remedy('host', 'To see how far the packets get on this port (needs root):', {
          command: `sudo traceroute -T -p 443 ${address}`,
        }),
      ],
    };
  },
});
