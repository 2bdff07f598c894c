import { certain, possible, CONTROLS } from '../confidence.js';
import { remedy } from '../remedies.js';
import { agree, hostList, list } from '../text.js';
import { defineRule, type Draft } from '../rule.js';
import { isLoopback, isPrivate } from './sinkholes.js';

/** A private address with a valid certificate: split horizon or a forwarder. Fine, and good to know for allow-lists. */
export const dnsPrivateAnswer = defineRule({
  id: 'dns.private_answer',
  title: 'The name resolves to a private address that is the cloud',
  blames: 'dns',
  confidence: [certain('genuine_peer'), possible(CONTROLS)],
  requires: ['tls_handshake'],
  evaluate(ev) {
    return ev.path.flatMap((attempt): Draft[] => {
      const { host, address, tls } = attempt;
      if (address === null || tls === null || !host.endsWith('.netdata.cloud')) return [];
      const facts = ev.addressFacts(host, address);
      const privately = facts === null ? isPrivate(address) : facts.class === 'private';
      if (!privately || isLoopback(address) || !ev.proven(host, address)) return [];
      return [
        {
          subject: { hosts: [host], addresses: [address] },
          evidence: [tls.id],
          explains: [],
          tags: ['genuine_peer', 'private_address'],
          cap: 'notes',
        },
      ];
    });
  },
  describe(cause) {
    return {
      title: `${hostList(cause)} ${agree(cause, 'resolves', 'resolve')} to a private address that is the cloud`,
      why: `${list(cause.subject.addresses)} ${cause.subject.addresses.length > 1 ? 'are' : 'is'} private and showed a valid certificate for the name, so a forwarder or a private link leads to the cloud.`,
      remedies: [remedy('network', 'Nothing to do. Allow-lists inside this network need the private addresses.')],
    };
  },
});
