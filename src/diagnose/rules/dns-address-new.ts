import { certain } from '../confidence.js';
import { remedy } from '../remedies.js';
import { hostsHave, list, sentence } from '../text.js';
import { defineRule, type Draft } from '../rule.js';

/** Addresses beyond the published list, proven by their certificates: nothing is wrong, allow-lists need them. */
export const dnsAddressNew = defineRule({
  id: 'dns.address_new',
  title: 'The cloud has addresses that are not on the published list',
  blames: 'network',
  confidence: [certain('genuine_peer')],
  requires: ['tls_handshake'],
  evaluate(ev) {
    return ev.input.addresses.flatMap((facts): Draft[] => {
      if (facts.class !== 'new_proven') return [];
      const proof = ev.attempts.find(
        ({ host, address, tls }) =>
          host === facts.host && address === facts.address && tls !== null && tls.failure === null,
      );
      if (proof?.tls == null) return [];
      return [
        {
          subject: { hosts: [facts.host], addresses: [facts.address] },
          evidence: [proof.tls.id],
          explains: [],
          tags: ['genuine_peer'],
          cap: 'notes',
          data: { newAddresses: [facts.address] },
        },
      ];
    });
  },
  describe(cause, ev) {
    return {
      title: `${hostsHave(cause)} addresses that are not on the published list`,
      why: sentence(
        `${list(cause.subject.addresses)} showed a valid certificate for the name, so this is the cloud.`,
        'The published list is older.',
      ),
      remedies: [
        remedy(
          'host',
          'Nothing to do if the firewall allows names. If it allows addresses, give it the current list, and update it regularly.',
          { command: ev.commands.rules('csv') },
        ),
      ],
    };
  },
});
