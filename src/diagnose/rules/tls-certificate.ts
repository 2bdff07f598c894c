/** The ways in which a certificate itself is not acceptable; one shape, told apart by the exact error. */
import type { Remedy } from '../../model/finding.js';
import type { CertificateFacts, X509Error } from '../../model/observation.js';
import { certain, likely, possible, SAME_AT_KNOWN, type Tag } from '../confidence.js';
import type { Evidence } from '../evidence.js';
import { installRoot } from '../ca-store.js';
import { readClock, SKEW_MS } from '../evidence/clock.js';
import { byLetter, remedy, safeHost } from '../remedies.js';
import type { Cause, Data, Draft, FindingRule, RuleHead } from '../rule.js';
import { hostList, quote, sentence } from '../text.js';
import { provenElsewhere } from './dns-cases.js';
import {
  alikeAtKnown,
  consequences,
  distrusted,
  isPublicCloud,
  legErrors,
  type TlsCase,
  tlsSubject,
} from './tls-cases.js';

interface CertificateWords<Id extends string> extends RuleHead<Id> {
  readonly applies: (one: TlsCase, errors: readonly X509Error[], ev: Evidence) => boolean;
  readonly tags?: (one: TlsCase, ev: Evidence) => readonly Tag[];
  readonly headline: (cause: Cause) => string;
  readonly why: (cause: Cause) => string;
  readonly remedies: (cause: Cause, ev: Evidence) => readonly Remedy[];
}

export function certificateRule<const Id extends string>(words: CertificateWords<Id>): FindingRule<Id> {
  return {
    ...words,
    requires: ['tls_handshake'],
    evaluate(ev) {
      return distrusted(ev)
        .filter((one) => words.applies(one, legErrors(one, ev), ev))
        .map((one): Draft => {
          const [leaf] = one.tls.chain;
          return {
            subject: tlsSubject(one, ev),
            evidence: [one.tls.id],
            explains: consequences(one, ev),
            tags: ['exact_error', ...commonTags(one, ev), ...(words.tags?.(one, ev) ?? [])],
            data: leafData(leaf, legErrors(one, ev)),
          };
        });
    },
    describe(cause, ev) {
      const host = safeHost(cause.subject.hosts[0]);
      return {
        title: words.headline(cause),
        why: sentence(
          words.why(cause),
          cause.tags.has('known_address_genuine') &&
            'The published address has a valid certificate for the name, so the address is wrong here.',
          cause.tags.has('known_address_alike') && 'A published address of the cloud shows the same certificate.',
        ),
        remedies: [
          ...words.remedies(cause, ev),
          remedy('host', 'To see the certificate:', {
            command: ev.commands.openssl(host, '-showcerts'),
          }),
        ],
      };
    },
  };
}

function commonTags(one: TlsCase, ev: Evidence): Tag[] {
  const tags: Tag[] = [];
  if (provenElsewhere(one.attempt.host, ev, 'known_address')) tags.push('known_address_genuine');
  if (alikeAtKnown(one, ev)) tags.push('known_address_alike');
  if (readClock(ev.attempts).some(({ genuine, aheadMs }) => genuine && Math.abs(aheadMs) <= SKEW_MS))
    tags.push('genuine_date');
  return tags;
}

function leafData(leaf: CertificateFacts | undefined, errors: readonly X509Error[]): Data {
  return {
    subjectName: leaf?.subject ?? null,
    issuer: leaf?.issuer ?? null,
    names: leaf?.subjectAltName ?? null,
    notBefore: leaf?.notBefore ?? null,
    notAfter: leaf?.notAfter ?? null,
    errors,
  };
}

/** What the peer calls itself, for a sentence. */
export function calls(cause: Cause, key: string): string {
  return quote(String(cause.data[key] ?? ''), 100);
}

function day(cause: Cause, key: string): string {
  return String(cause.data[key] ?? '').slice(0, 10);
}

/** What every wrong certificate has in common: find out who it is that answers. */
function whoAnswers(cause: Cause, ev: Evidence): Remedy {
  return byLetter(
    cause,
    ev,
    `Ask the network team what answers on port 443 in place of ${hostList(cause)}: a wrong DNS answer, an address translation, or a device on the way.`,
  );
}

/** Before its beginning, by a clock that is right. */
export const tlsNotYetValid = certificateRule({
  id: 'tls.not_yet_valid',
  title: 'The certificate is not valid yet',
  blames: 'network',
  confidence: [
    certain('exact_error', 'genuine_date'),
    likely('A trusted clock on this host: timedatectl.', 'exact_error'),
    possible('A trusted clock on this host: timedatectl.'),
  ],
  applies: (_one, errors) => errors.includes('CERT_NOT_YET_VALID'),
  headline: (cause) => `The certificate for ${hostList(cause)} is not valid yet`,
  why: (cause) =>
    `It is valid from ${day(cause, 'notBefore')} and signed by ${calls(cause, 'issuer')}. ` +
    (cause.tags.has('genuine_date')
      ? "This host's clock agrees with the genuine cloud, so the certificate is wrong: an inspecting device with a wrong clock makes such ones."
      : "No genuine clock was at hand to compare this host's clock with."),
  remedies: (cause, ev) => [
    remedy('host', "Check that this host's clock is right.", { command: 'timedatectl' }),
    whoAnswers(cause, ev),
  ],
});

/** Past its end, by a clock that is right. */
export const tlsExpired = certificateRule({
  id: 'tls.expired',
  title: 'The certificate has expired',
  blames: 'network',
  confidence: [
    certain('exact_error', 'genuine_date'),
    likely('A trusted clock on this host: timedatectl.', 'exact_error'),
    possible('A trusted clock on this host: timedatectl.'),
  ],
  applies: (_one, errors) => errors.includes('CERT_HAS_EXPIRED'),
  headline: (cause) => `The certificate for ${hostList(cause)} has expired`,
  why: (cause) =>
    `It was valid until ${day(cause, 'notAfter')} and is signed by ${calls(cause, 'issuer')}. ` +
    (cause.tags.has('genuine_date')
      ? "This host's clock agrees with the genuine cloud, so the certificate is wrong."
      : "No genuine clock was at hand to compare this host's clock with."),
  remedies: (cause, ev) => [
    whoAnswers(cause, ev),
    remedy('host', "Check that this host's clock is right.", { command: 'timedatectl' }),
  ],
});

/** A certificate for somebody else. */
export const tlsNameMismatch = certificateRule({
  id: 'tls.name_mismatch',
  title: 'The certificate is for another name',
  blames: 'network',
  confidence: [certain('exact_error', 'known_address_alike'), likely(SAME_AT_KNOWN)],
  applies: ({ tls }) => tls.nameMatches === false,
  headline: (cause) => `The certificate that answers for ${hostList(cause)} is for another name`,
  why: (cause) =>
    `The certificate is for ${calls(cause, 'names')} (subject ${calls(cause, 'subjectName')}), so another server answers at this address.`,
  remedies: (cause, ev) => [whoAnswers(cause, ev)],
});

/** Signed by itself: nobody vouches for it. */
export const tlsSelfSigned = certificateRule({
  id: 'tls.self_signed',
  title: 'The certificate is self-signed',
  blames: 'network',
  confidence: [certain('exact_error', 'known_address_alike'), likely(SAME_AT_KNOWN)],
  applies: (_one, errors) => errors.includes('DEPTH_ZERO_SELF_SIGNED_CERT'),
  headline: (cause) => `The certificate for ${hostList(cause)} is self-signed`,
  why: (cause) => `${calls(cause, 'subjectName')} signed its own certificate, and no other issuer vouches for it.`,
  remedies: (cause, ev) =>
    cause.subject.hosts.some(isPublicCloud)
      ? [whoAnswers(cause, ev)]
      : [
          installRoot(
            ev,
            'If this is your own cloud, put its certificate into the system store (for the link) and into trusted.pem (for the claim). Then restart the Agent.',
            'the certificate of your cloud, PEM',
          ),
        ],
});
