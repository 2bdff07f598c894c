import { certain } from '../confidence.js';
import { trustedBy } from '../../trace/trust.js';
import { LEGS, type Leg } from '../../model/route.js';
import { installRoot } from '../ca-store.js';
import { remedy } from '../remedies.js';
import { list, quote, sentence } from '../text.js';
import { defineRule, type Draft, type FindingRule } from '../rule.js';
import { legName } from './inspection.js';
import { consequences, distrusted, legErrors, tlsSubject } from './tls-cases.js';

/** The issuer is known to the store of one leg and not to that of another. */
export const agentTrustSplit = defineRule({
  id: 'agent.trust_split',
  title: 'Claim and link do not trust the same issuers',
  blames: 'agent_config',
  confidence: [certain('read', 'other_store_trusts'), certain('read')],
  requires: ['tls_handshake'],
  evaluate(ev) {
    const facts = ev.agent.facts.filter(
      ({ finding, observation }) => finding === 'agent.trust_split' && ev.byId.has(observation),
    );
    const cases = distrusted(ev).flatMap((one): Draft[] => {
      const refusing = ev
        .legsOf(one.attempt)
        .filter((leg) => trustedBy(one.tls, ev.agent.legs[leg].trustStoreId) === false);
      const accepting = LEGS.filter((leg) => trustedBy(one.tls, ev.agent.legs[leg].trustStoreId) === true);
      const dates = legErrors(one, ev).some((error) => error === 'CERT_HAS_EXPIRED' || error === 'CERT_NOT_YET_VALID');
      if (refusing.length === 0 || accepting.length === 0 || one.tls.nameMatches === false || dates) return [];
      return [
        {
          subject: { ...tlsSubject(one, ev), legs: refusing },
          evidence: [one.tls.id, ...facts.map(({ observation }) => observation)],
          explains: consequences(one, ev),
          tags: ['read', 'other_store_trusts'],
          data: {
            issuer: one.tls.chain[0]?.issuer ?? '',
            refusedBy: refusing,
            acceptedBy: accepting,
            stores: refusing.map((leg) => storeTitle(leg, ev)),
          },
        },
      ];
    });
    if (cases.length > 0) return cases;
    return facts.map((fact): Draft => ({
      subject: { legs: fact.legs, file: fact.file },
      evidence: [fact.observation],
      explains: [],
      tags: ['read'],
      cap: 'notes',
      data: { ...fact.data, text: fact.text },
    }));
  },
  describe(cause, ev) {
    const refused = (cause.data['refusedBy'] as readonly string[] | undefined) ?? [];
    const accepted = (cause.data['acceptedBy'] as readonly string[] | undefined) ?? [];
    const stores = (cause.data['stores'] as readonly string[] | undefined) ?? [];
    if (refused.length === 0) {
      return {
        title: 'Claim and link verify certificates against different stores',
        why: sentence(String(cause.data['text'] ?? ''), 'It makes no difference for the certificates that were seen.'),
        remedies: [],
      };
    }
    return {
      title: `${capital(list(accepted.map(legName), 4))} trusts the issuer, ${list(refused.map(legName), 4)} does not`,
      why: sentence(
        `The certificate is signed by ${quote(String(cause.data['issuer'] ?? ''), 100)}, which is missing in ${list(stores.map((store) => quote(store)))}.`,
        'The claim looks into trusted.pem, or the bundle of libcurl; every other step looks into the system store of OpenSSL and never into trusted.pem.',
      ),
      remedies: [
        refused.includes('claim') && !refused.includes('link')
          ? remedy(
              'agent_config',
              'trusted.pem replaces the whole bundle for the claim: put the public roots into it as well, or take it away.',
              {
                lines: [
                  {
                    file: `${ev.agent.installation.cloudDir}/trusted.pem`,
                    text: 'every root that the claim needs, PEM',
                  },
                ],
              },
            )
          : installRoot(ev, 'Put the same root certificate into the system store, and restart the Agent.'),
      ],
    };
  },
});

function storeTitle(leg: Leg, ev: Parameters<FindingRule['evaluate']>[0]): string {
  const id = ev.agent.legs[leg].trustStoreId;
  return ev.agent.trustStores.find((store) => store.id === id)?.title ?? id;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
