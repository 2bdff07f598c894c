import { certain, likely, CONTROLS } from '../confidence.js';
import { digCommand, remedy } from '../remedies.js';
import { hostList, list, sentence, capital } from '../text.js';
import { defineRule, type Draft } from '../rule.js';
import { caseDraft, dnsCases, provenElsewhere, said } from './dns-cases.js';
import { isSinkhole, sinkholeOwner } from './sinkholes.js';

/** The answer is an address behind which nothing can be. */
export const dnsSinkhole = defineRule({
  id: 'dns.sinkhole',
  title: 'The resolver answers with a dead-end address',
  blames: 'dns',
  confidence: [
    certain('own_words'),
    certain('other_resolver_genuine'),
    certain('known_address_genuine'),
    likely(CONTROLS),
  ],
  requires: ['resolve'],
  evaluate(ev) {
    return dnsCases(ev).flatMap((one): Draft[] => {
      const addresses = one.resolve?.addresses.map(({ address }) => address) ?? [];
      const dead = addresses.filter((address) => isSinkhole(one.host, address, ev));
      if (one.resolve === null || dead.length === 0 || dead.length < addresses.length) return [];
      const attempts = ev.path.filter(
        ({ host, address }) => host === one.host && address !== null && dead.includes(address),
      );
      const base = caseDraft(one, 'addresses', ev);
      return [
        {
          ...base,
          subject: { ...base.subject, addresses: dead },
          explains: [one.resolve.id, ...attempts.flatMap(({ steps }) => steps.map(({ id }) => id))],
          evidence: [...base.evidence, ...attempts.flatMap(({ connect }) => connect?.id ?? [])],
          tags: [
            'own_words',
            ...(provenElsewhere(one.host, ev, 'known_address') ? (['known_address_genuine'] as const) : []),
            ...(provenElsewhere(one.host, ev, 'other_resolver_address') ? (['other_resolver_genuine'] as const) : []),
          ],
          data: {
            vendor: dead.map((address) => sinkholeOwner(address)?.name).find((name) => name !== undefined) ?? null,
          },
        },
      ];
    });
  },
  describe(cause) {
    const vendor = cause.data['vendor'];
    return {
      title: `The resolver sends ${hostList(cause)} to a dead end`,
      why: sentence(
        `${capital(said(cause))} answered ${list(cause.subject.addresses)}, where no internet service can be.`,
        typeof vendor === 'string' ? `That is the block page of ${vendor}.` : 'DNS filters say no in this way.',
        cause.tags.has('known_address_genuine') && 'The published address has a valid certificate for the name.',
      ),
      remedies: [
        remedy(
          'host',
          `Ask whoever runs the DNS filter${typeof vendor === 'string' ? ` (${vendor})` : ''} to allow ${hostList(cause)}.`,
          {
            command: digCommand(cause.subject.resolvers[0], cause.subject.hosts[0]),
          },
        ),
      ],
    };
  },
});
