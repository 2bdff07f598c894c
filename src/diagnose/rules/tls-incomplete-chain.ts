import { certain, likely, possible } from '../confidence.js';
import type { X509Error } from '../../model/observation.js';
import { isGenuine } from '../../trace/trust.js';
import type { Evidence } from '../evidence.js';
import { remedy } from '../remedies.js';
import { hostList } from '../text.js';
import { calls, certificateRule } from './tls-certificate.js';
import { PUBLIC_ISSUERS, type TlsCase } from './tls-cases.js';

const MISSING: readonly X509Error[] = [
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_GET_ISSUER_CERT',
];

/** The peer sends its leaf alone, and the intermediate between it and a public root is missing. */
export const tlsIncompleteChain = certificateRule({
  id: 'tls.incomplete_chain',
  title: 'The server does not send its whole certificate chain',
  blames: 'network',
  confidence: [
    certain('exact_error', 'sibling_works'),
    likely('openssl s_client -showcerts, and the missing intermediate.', 'public_issuer'),
    possible('openssl s_client -showcerts, and the certificate of that issuer.'),
  ],
  applies: isIncomplete,
  tags: (one, ev) => [
    ...(issuerSeenElsewhere(one, ev) ? (['sibling_works'] as const) : []),
    ...(PUBLIC_ISSUERS.test(one.tls.chain[0]?.issuer ?? '') ? (['public_issuer'] as const) : []),
  ],
  headline: (cause) => `What answers for ${hostList(cause)} does not send its whole certificate chain`,
  why: (cause) =>
    `It sent only the last certificate, signed by ${calls(cause, 'issuer')}, whose certificate no store here has. ` +
    (cause.tags.has('sibling_works')
      ? 'Another host of the cloud sends it, and the Agent accepts that one.'
      : cause.tags.has('public_issuer')
        ? 'The issuer is public: browsers fetch or remember such intermediates, the Agent does not.'
        : 'If it is an intermediate, the server must send it; if it is a private root, this host must know it.'),
  remedies: () => [
    remedy(
      'network',
      'Let whatever terminates TLS (load balancer, gateway) send the intermediate certificate with its own.',
    ),
  ],
});

export function isIncomplete({ tls }: TlsCase, errors: readonly X509Error[]): boolean {
  const [leaf, ...more] = tls.chain;
  if (leaf === undefined || more.length > 0 || leaf.subject === leaf.issuer) return false;
  return errors.some((error) => MISSING.includes(error));
}

function issuerSeenElsewhere({ tls }: Pick<TlsCase, 'tls'>, ev: Evidence): boolean {
  const issuer = tls.chain[0]?.issuer;
  return ev.attempts.some(
    (other) =>
      other.tls !== null && isGenuine(other.tls) && other.tls.chain[0]?.issuer === issuer && other.tls.chain.length > 1,
  );
}
