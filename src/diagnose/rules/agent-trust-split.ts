import { certain } from '../confidence.js';
import { trustedBy } from '../../trace/trust.js';
import { LEGS, type Leg } from '../../model/route.js';
import { installRoot } from '../ca-store.js';
import { remedy } from '../remedies.js';
import { capital, list, quote, sentence, stepNames } from '../text.js';
import { defineRule, type Draft, type FindingRule } from '../rule.js';
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
        why: sentence(
          String(cause.data['text'] ?? ''),
          'That makes no difference for the certificates that were seen.',
        ),
        remedies: [],
      };
    }
    return {
      title: `${capital(stepNames(accepted))} ${accepted.length > 1 ? 'trust' : 'trusts'} the issuer, ${stepNames(refused)} ${refused.length > 1 ? 'do' : 'does'} not`,
      why: sentence(
        `The certificate is signed by ${quote(String(cause.data['issuer'] ?? ''), 100)}, which ${list(stores.map((store) => quote(store)))} ${new Set(stores).size > 1 ? 'do' : 'does'} not hold.`,
        'The claim reads trusted.pem, or else the bundle of libcurl; the other steps read the system store of OpenSSL and never trusted.pem.',
      ),
      remedies: [
        refused.includes('claim') && !refused.includes('link')
          ? remedy(
              'agent_config',
              'For the claim, trusted.pem replaces the whole bundle: add the public roots to it, or remove it.',
              {
                lines: [
                  {
                    file: `${ev.agent.installation.cloudDir}/trusted.pem`,
                    text: 'every root that the claim needs, PEM',
                  },
                ],
              },
            )
          : installRoot(ev, 'Put the same root certificate into the system store, then restart the Agent.'),
      ],
    };
  },
});

function storeTitle(leg: Leg, ev: Parameters<FindingRule['evaluate']>[0]): string {
  const id = ev.agent.legs[leg].trustStoreId;
  return ev.agent.trustStores.find((store) => store.id === id)?.title ?? id;
}
