/** The ways in which a certificate itself is not acceptable; one shape, told apart by the exact error. */
import type { CertificateFacts, X509Error } from '../../model/observation.js';
import type { FindingId, Remedy } from '../../model/finding.js';
import { readClock, SKEW_MS } from '../evidence/clock.js';
import type { Evidence } from '../evidence.js';
import type { Tag } from '../confidence.js';
import { remedy, safeHost } from '../remedies.js';
import { hostList, quote, sentence } from '../text.js';
import type { Cause, Data, Draft, Rule } from '../types.js';
import { alikeAtKnown, consequences, distrusted, legErrors, tlsSubject, type TlsCase } from './tls-cases.js';
import { provenElsewhere } from './dns-cases.js';

export interface CertificateWords {
  readonly id: FindingId;
  readonly applies: (one: TlsCase, errors: readonly X509Error[], ev: Evidence) => boolean;
  readonly tags?: (one: TlsCase, ev: Evidence) => readonly Tag[];
  readonly title: (cause: Cause) => string;
  readonly why: (cause: Cause) => string;
  readonly remedies: (cause: Cause) => readonly Remedy[];
}

export function certificateRule(words: CertificateWords): Rule {
  return {
    id: words.id,
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
    describe(cause) {
      const host = safeHost(cause.subject.hosts[0]);
      return {
        title: words.title(cause),
        why: sentence(
          words.why(cause),
          cause.tags.has('known_address_genuine') &&
            'At its published address the name has a valid certificate: it is the address that is wrong here.',
          cause.tags.has('known_address_alike') && 'A published address of the cloud shows the same certificate.',
        ),
        remedies: [
          ...words.remedies(cause),
          remedy('host', 'To see the certificate by hand:', {
            command: `openssl s_client -connect ${host}:443 -servername ${host} -showcerts </dev/null`,
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

export function day(cause: Cause, key: string): string {
  return String(cause.data[key] ?? '').slice(0, 10);
}

/** What every wrong certificate has in common: find out who it is that answers. */
export function whoAnswers(cause: Cause): Remedy {
  return remedy(
    'network',
    `Find out what answers on port 443 in place of ${hostList(cause)}: a wrong DNS answer, an address translation, or a device on the way.`,
    {
      command: 'netdata-egress doctor --letter',
    },
  );
}
