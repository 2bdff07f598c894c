import { certain, likely } from '../confidence.js';
import type { TrustStoreFacts } from '../../model/agent.js';
import type { Leg } from '../../model/route.js';
import { trustedBy } from '../../trace/trust.js';
import { updateCaStore } from '../ca-store.js';
import type { Evidence } from '../evidence.js';
import { list, quote, sentence } from '../text.js';
import { defineRule, type Draft } from '../rule.js';
import { consequences, distrusted, legErrors, tlsSubject } from './tls-cases.js';

/** The chain is fine, the leg has nothing to hold it against. */
export const hostNoCaStore = defineRule({
  id: 'host.no_ca_store',
  title: 'The trust store is missing or empty',
  blames: 'host',
  confidence: [certain('read', 'other_store_trusts'), certain('read'), likely('The trust store itself.')],
  requires: ['read_trust_store'],
  evaluate(ev) {
    return distrusted(ev).flatMap((one): Draft[] => {
      const empty = ev
        .legsOf(one.attempt)
        .map((leg) => ({ leg, store: emptyStore(leg, ev) }))
        .filter(({ store }) => store !== null);
      const [first] = empty;
      // Dates and names are wrong with any store; only a missing issuer can be the store's fault.
      if (first?.store == null || one.tls.nameMatches === false || !legErrors(one, ev).some(isUnknownIssuer)) return [];
      const elsewhere = ev.agent.trustStores.some(
        ({ id, certificates }) => certificates > 0 && trustedBy(one.tls, id) === true,
      );
      const mozilla = trustedBy(one.tls, 'mozilla');
      return [
        {
          subject: { ...tlsSubject(one, ev), legs: empty.map(({ leg }) => leg) },
          evidence: [one.tls.id, ...(first.store.observation === null ? [] : [first.store.observation])],
          explains: consequences(one, ev),
          tags: elsewhere || mozilla === true ? ['read', 'other_store_trusts'] : ['read'],
          data: { store: first.store.title, paths: first.store.paths, problem: first.store.problem },
        },
      ];
    });
  },
  describe(cause, ev) {
    const paths = (cause.data['paths'] as readonly string[] | undefined) ?? [];
    const problem = cause.data['problem'];
    return {
      title: "The Agent's trust store is missing or empty",
      why: sentence(
        `${list(paths.map((path) => quote(path))) || 'The store'} holds no certificate${typeof problem === 'string' ? ` (${quote(problem)})` : ''}.`,
        cause.tags.has('other_store_trusts') && 'Another store accepts the same chain, so the peer is genuine.',
        'Without roots the Agent rejects every certificate; curl may work because it uses another store.',
      ),
      remedies: updateCaStore(ev),
    };
  },
});

function emptyStore(leg: Leg, ev: Evidence): TrustStoreFacts | null {
  const id = ev.agent.legs[leg].trustStoreId;
  const store = ev.agent.trustStores.find((one) => one.id === id && one.certificates === 0);
  if (store === undefined) return null;
  // Too large to be read within our limits is not empty.
  const read = store.observation === null ? undefined : ev.byId.get(store.observation);
  return read?.failure?.rawCode === 'EFBIG' ? null : store;
}

function isUnknownIssuer(error: string): boolean {
  return (
    error.startsWith('UNABLE_TO_') ||
    error === 'SELF_SIGNED_CERT_IN_CHAIN' ||
    error === 'CERT_UNTRUSTED' ||
    error === 'OTHER'
  );
}
