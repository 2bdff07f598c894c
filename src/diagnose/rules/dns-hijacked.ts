import { certain, likely, possible, SAME_AT_KNOWN } from '../confidence.js';
import { hasChain } from '../../trace/trust.js';
import type { Attempt } from '../../trace/attempts.js';
import type { Evidence } from '../evidence.js';
import { digCommand, remedy } from '../remedies.js';
import { hostList, list, sentence, capital } from '../text.js';
import { defineRule, type Draft } from '../rule.js';
import { caseDraft, dnsCases, provenElsewhere, said } from './dns-cases.js';
import { isLoopback, isPrivate, isPublished, isSinkhole } from './sinkholes.js';

/**
 * The answer leads to somebody who cannot prove to be the cloud. A public address counts only if the same name is
 * proven elsewhere: otherwise it may be the real one, inspected or blocked on the way.
 */
export const dnsHijacked = defineRule({
  id: 'dns.hijacked',
  title: 'The resolver answers with an address that is not the cloud',
  blames: 'dns',
  confidence: [
    certain('known_address_genuine'),
    certain('other_resolver_genuine'),
    likely(SAME_AT_KNOWN, 'private_address'),
    possible(SAME_AT_KNOWN),
  ],
  requires: ['resolve', 'tls_handshake', 'known_address'],
  asks: (ev) =>
    ev.path.filter((attempt) => isImpostor(attempt, ev)).flatMap(({ tls }) => (tls === null ? [] : [tls.id])),
  evaluate(ev) {
    return dnsCases(ev).flatMap((one): Draft[] => {
      const addresses = one.resolve?.addresses.map(({ address }) => address) ?? [];
      if (one.resolve === null || addresses.length === 0 || addresses.some((address) => ev.proven(one.host, address)))
        return [];
      if (addresses.some((address) => isSinkhole(one.host, address, ev) || isPublished(one.host, address, ev)))
        return [];
      const attempts = ev.path.filter(
        ({ host, address }) => host === one.host && address !== null && addresses.includes(address),
      );
      const elsewhere = provenElsewhere(one.host, ev, 'known_address', 'other_resolver_address');
      const privately = addresses.every((address) => isPrivately(one.host, address, ev)) && isPublicName(one.host);
      const impostor = attempts.some((attempt) => isImpostor(attempt, ev));
      if (!(elsewhere && impostor) && !(privately && (impostor || attempts.every(isDead)))) return [];
      return [hijackDraft(one, attempts, privately, ev)];
    });
  },
  describe(cause) {
    return {
      title: `The resolver sends ${hostList(cause)} to an address that is not the cloud`,
      why: sentence(
        `${capital(said(cause))} ${cause.subject.resolvers.length > 1 ? 'give' : 'gives'} ${list(cause.subject.addresses)}, ${
          cause.data['impostor'] === true
            ? 'and what answers there has no valid certificate for the name.'
            : 'and nothing there answers for the name.'
        }`,
        cause.tags.has('private_address') && 'The address is private, but the name is public.',
        cause.tags.has('known_address_genuine') && 'The published address has a valid certificate for the same name.',
        cause.tags.has('other_resolver_genuine') &&
          'The address from another resolver has a valid certificate for the same name.',
        'So DNS is wrong, not the way to the cloud.',
      ),
      remedies: [
        remedy(
          'host',
          `Ask the DNS team why ${hostList(cause)} ${cause.subject.hosts.length > 1 ? 'resolve' : 'resolves'} to that address: a filter, a local zone, or a redirect of port 53.`,
          {
            command: digCommand(cause.subject.resolvers[0], cause.subject.hosts[0]),
          },
        ),
      ],
    };
  },
});

function hijackDraft(
  one: ReturnType<typeof dnsCases>[number],
  attempts: readonly Attempt[],
  privately: boolean,
  ev: Evidence,
): Draft {
  const base = caseDraft(one, 'addresses', ev);
  const steps = attempts.flatMap((attempt) => attempt.steps.map(({ id }) => id));
  return {
    subject: { ...base.subject, addresses: one.resolve?.addresses.map(({ address }) => address) ?? [] },
    evidence: [...base.evidence, ...attempts.flatMap(({ connect, tls }) => [connect?.id ?? [], tls?.id ?? []].flat())],
    explains: [...(one.resolve === null ? [] : [one.resolve.id]), ...steps],
    tags: [
      ...(privately ? (['private_address'] as const) : []),
      ...(provenElsewhere(one.host, ev, 'known_address') ? (['known_address_genuine'] as const) : []),
      ...(provenElsewhere(one.host, ev, 'other_resolver_address') ? (['other_resolver_genuine'] as const) : []),
    ],
    data: { impostor: attempts.some((attempt) => isImpostor(attempt, ev)) },
  };
}

/** A private address that no translator of this network maps to a public one. */
function isPrivately(host: string, address: string, ev: Evidence): boolean {
  return (isPrivate(address) && ev.addressFacts(host, address)?.translated === undefined) || isLoopback(address);
}

/** Somebody answers, and cannot prove to be the host. Behind a proxy it is the proxy that chose the address. */
function isImpostor({ host, address, tls }: Attempt, ev: Evidence): boolean {
  if (tls === null || address === null) return false;
  const odd = tls.failure?.kind === 'ssl_not_tls' || tls.alert !== null;
  return odd || (hasChain(tls) && !ev.proven(host, address));
}

/** Nothing there speaks for the name: no connection, or a handshake that never got as far as a certificate. */
function isDead({ connect, tls }: Attempt): boolean {
  return connect?.failure != null || tls?.failure != null;
}

function isPublicName(host: string): boolean {
  return host.endsWith('.netdata.cloud');
}
