import { certain, possible, OWN_RULES, excludingHost } from '../confidence.js';
import { addressList, askForEgress, remedy } from '../remedies.js';
import { hostList, list, ms, sentence } from '../text.js';
import { defineRule, type Cause } from '../rule.js';
import { cutOffCells, cutOffDrafts, fastest, idsOf } from './connect-drafts.js';

/** A reset comes back instead of an acceptance. Whether this host sent it itself is `host.local_firewall`'s question. */
export const tcpReset = defineRule({
  id: 'tcp.reset',
  title: 'Something refuses connections with a reset',
  blames: 'network',
  confidence: excludingHost(certain('sibling_works'), certain('siblings_fail'), possible(OWN_RULES)),
  requires: ['connect', 'read_local_firewall'],
  asks: (ev) => idsOf(cutOffCells(ev, 'reset')),
  evaluate(ev) {
    const cells = cutOffCells(ev, 'reset');
    return cutOffDrafts(cells, ev, { afterMs: Number(fastest(cells).toFixed(2)) });
  },
  describe(cause, ev) {
    return {
      title: `Something refuses connections to ${hostList(cause)} on TCP 443 with a reset`,
      why: sentence(
        `A reset came from ${list(cause.subject.addresses)} after ${ms(Number(cause.data['afterMs']))} instead of an acceptance.`,
        origin(cause),
        cause.tags.has('sibling_works') && 'Other hosts of the cloud accept connections along the same route.',
        cause.tags.has('siblings_fail') &&
          'Every host of the cloud refuses in the same way, which the cloud itself does not do.',
      ),
      remedies: [
        askForEgress(cause, ev, cause.subject.hosts),
        addressList(ev),
        remedy('host', "Check that this host's own firewall does not send the reset.", {
          command: 'sudo nft list ruleset',
        }),
      ],
    };
  },
});

function origin({ tags, data }: Cause): string {
  const rtt = data['rttMs'];
  if (tags.has('far')) return 'The cloud takes as long to answer, so the reset comes from its end or from close by.';
  if (tags.has('near')) {
    return `The cloud needs ${ms(Number(rtt))} to answer, so something nearer sent the reset: this host, its gateway or a firewall.`;
  }
  return 'The timing does not tell who sent it.';
}
