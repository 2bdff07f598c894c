import { certain, likely } from '../confidence.js';
import type { TrustStoreFacts } from '../../model/agent.js';
import type { X509Error } from '../../model/observation.js';
import type { Leg } from '../../model/route.js';
import { errorsFor, trustedBy } from '../../trace/trust.js';
import { updateCaStore } from '../ca-store.js';
import type { Evidence } from '../evidence.js';
import { remedy, safeHost } from '../remedies.js';
import { defineRule, type Draft } from '../rule.js';
import { hostList, list, quote, sentence } from '../text.js';
import { consequences, distrusted, type TlsCase, tlsSubject } from './tls-cases.js';

/** The public accepts the chain; the store of this host's leg is behind the public, or was pruned. */
export const hostCaStoreOutdated = defineRule({
  id: 'host.ca_store_outdated',
  title: 'The trust store of this host is old or incomplete',
  blames: 'host',
  confidence: [
    certain('read', 'exact_error', 'other_store_trusts'),
    likely('The trust store itself: openssl verify with its file.', 'other_store_trusts'),
  ],
  requires: ['tls_handshake'],
  evaluate(ev) {
    return distrusted(ev).flatMap((one): Draft[] => {
      if (trustedBy(one.tls, 'mozilla') !== true || one.tls.nameMatches === false) return [];
      const refusing = ev.legsOf(one.attempt).filter((leg) => lacksRoot(one, leg, ev));
      const stores = refusing.flatMap((leg) => storeOf(leg, ev) ?? []);
      if (refusing.length === 0) return [];
      const whole = stores.length > 0 && stores.every((store) => store.certificates > 0 && isWhole(store, ev));
      return [
        {
          subject: { ...tlsSubject(one, ev), legs: refusing },
          evidence: [one.tls.id, ...stores.flatMap(({ observation }) => observation ?? [])],
          explains: consequences(one, ev),
          tags: ['exact_error', 'other_store_trusts', ...(whole ? (['read'] as const) : [])],
          data: {
            issuer: one.tls.chain.at(-1)?.issuer ?? '',
            stores: [...new Set(stores.flatMap(({ paths }) => paths))],
            expired: refusing.some((leg) => errorsOf(one, leg, ev).includes('CERT_HAS_EXPIRED')),
            systemToo: trustedBy(one.tls, 'system') !== true,
            ownFile: refusing.includes('claim') && claimsOwnFile(ev),
          },
        },
      ];
    });
  },
  describe(cause, ev) {
    const host = safeHost(cause.subject.hosts[0]);
    const stores = (cause.data['stores'] as readonly string[] | undefined) ?? [];
    const where =
      list(
        stores.map((path) => quote(path, 120)),
        3,
      ) || "the Agent's trust store";
    return {
      title: `The Agent's trust store is old or incomplete: it rejects the genuine ${hostList(cause)}`,
      why: sentence(
        `Today's public roots (Mozilla's list) accept the certificate, under ${quote(String(cause.data['issuer'] ?? ''), 100)}; ${where} does not.`,
        cause.data['expired'] === true
          ? 'The old root there has expired, and the one that replaced it is missing.'
          : 'The root that signed it is missing there: nobody updated the store, or somebody removed roots.',
        'So this is the cloud itself, and nobody on the way touches the connection.',
        cause.data['ownFile'] === true && 'The claim reads only trusted.pem, which must hold the public roots as well.',
      ),
      remedies: [
        ...updateCaStore(ev, cause.data['systemToo'] === false),
        remedy('host', 'To check by hand: "Verify return code: 0 (ok)" means that this store accepts it.', {
          command: `openssl s_client -connect ${host}:443 -servername ${host}${storeOption(stores)} </dev/null`,
        }),
      ],
    };
  },
});

/** What only the store can be the reason for, once other roots accept the same chain. */
const STORE_ERRORS: ReadonlySet<X509Error> = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'CERT_HAS_EXPIRED',
  'CERT_UNTRUSTED',
  'CA_KEY_TOO_SMALL',
  'CA_MD_TOO_WEAK',
]);

function lacksRoot(one: TlsCase, leg: Leg, ev: Evidence): boolean {
  const { trustStoreId, insecure } = ev.agent.legs[leg];
  if (trustedBy(one.tls, trustStoreId) !== false || (insecure && leg === 'claim')) return false;
  if (!errorsOf(one, leg, ev).some((error) => STORE_ERRORS.has(error))) return false;
  const store = storeOf(leg, ev);
  // An empty one, or one that was not read, is another cause or none.
  if (store !== null && (store.certificates === 0 || !isWhole(store, ev))) return false;
  // Looks elsewhere than the system, whose store is fine: that choice is the cause (agent.trust_split).
  const legs = Object.values(ev.agent.legs);
  const elsewhere = trustedBy(one.tls, 'system') === true || (leg === 'claim' && claimsOwnFile(ev));
  const split = legs.some((other) => trustedBy(one.tls, other.trustStoreId) === true);
  return !(elsewhere && split && ev.agent.installation.kind !== 'static');
}

function errorsOf({ tls }: TlsCase, leg: Leg, ev: Evidence): readonly X509Error[] {
  return errorsFor(tls, ev.agent.legs[leg].trustStoreId);
}

function storeOf(leg: Leg, ev: Evidence): TrustStoreFacts | null {
  const { trustStoreId } = ev.agent.legs[leg];
  return ev.agent.trustStores.find(({ id }) => id === trustStoreId) ?? null;
}

/** A store that was read in part proves what it accepts, never what it lacks. */
function isWhole({ observation }: TrustStoreFacts, ev: Evidence): boolean {
  return observation === null || ev.byId.get(observation)?.failure?.rawCode !== 'EFBIG';
}

function claimsOwnFile(ev: Evidence): boolean {
  return ev.agent.trustStores.some(({ id }) => id === 'trusted_pem');
}

/** A plain path may stand in a command; nothing else. */
function storeOption(stores: readonly string[]): string {
  const file = stores.find((path) => /^\/[\w./-]{1,200}\.(?:pem|crt)$/u.test(path));
  return file === undefined ? '' : ` -CAfile ${file}`;
}
