import { certain, likely, possible, SAME_AT_KNOWN } from '../confidence.js';
import { hasChain } from '../../trace/trust.js';
import { installRoot } from '../ca-store.js';
import { hostList } from '../text.js';
import { calls, certificateRule } from './tls-certificate.js';
import { isIncomplete } from './tls-incomplete-chain.js';

/** A chain that ends at an issuer nobody here knows, with no sign that it is an inspecting device. */
export const tlsUntrustedIssuer = certificateRule({
  id: 'tls.untrusted_issuer',
  title: 'The certificate is from an unknown issuer',
  blames: 'host',
  confidence: [
    certain('exact_error', 'known_address_alike'),
    likely(SAME_AT_KNOWN, 'exact_error'),
    possible(SAME_AT_KNOWN),
  ],
  applies: (one, errors) =>
    errors.length > 0 &&
    one.tls.nameMatches !== false &&
    !errors.includes('DEPTH_ZERO_SELF_SIGNED_CERT') &&
    !errors.every((error) => error === 'CERT_HAS_EXPIRED' || error === 'CERT_NOT_YET_VALID') &&
    !isIncomplete(one, errors),
  headline: (cause) => `The certificate for ${hostList(cause)} is from an unknown issuer`,
  tags: ({ attempt }, ev) =>
    ev.controlsAt(attempt, 'other_name_same_address').some(({ tls }) => hasChain(tls)) ? ['other_name_works'] : [],
  why: (cause) =>
    `It is signed by ${calls(cause, 'issuer')}, which the Agent's trust store does not hold. ` +
    'Name and dates are right, and the issuer is no known inspection product. ' +
    (cause.tags.has('other_name_works')
      ? 'An inspecting device would certify an unrelated name on demand; this issuer did not.'
      : ''),
  remedies: (_cause, ev) => [
    installRoot(
      ev,
      'If this is your own cloud with your own CA, put its root into the system store (for the link) and into trusted.pem (for the claim). Then restart the Agent.',
      'the root certificate of your CA, PEM',
    ),
  ],
});
