/** TLS that ends at somebody else: shared by `tls.intercepted` and `proxy.strips_or_inspects`. */
import type { Remedy } from '../../model/finding.js';
import { LEGS, type Leg } from '../../model/route.js';
import { certain, CONTROLS, likely, possible, type Tag } from '../confidence.js';
import type { Evidence } from '../evidence.js';
import { serverWords } from '../evidence/plain.js';
import { isGenuine, storesTrusting, trustedBy } from '../../trace/trust.js';
import { installRoot } from '../ca-store.js';
import { byLetter, remedy, safeAddress, safeHost } from '../remedies.js';
import { type Cause, defineRule, type Draft } from '../rule.js';
import { hostList, list, quote, sentence, sharingDomain, type Sentences, stepNames } from '../text.js';
import {
  alikeAtKnown,
  consequences,
  controlIds,
  distrusted,
  inspection,
  type TlsCase,
  tlsSubject,
  unfinished,
} from './tls-cases.js';

/** Inspected connections of the Agent's path, including those that every leg accepts. */
function inspectedCases(ev: Evidence): readonly TlsCase[] {
  const bad = distrusted(ev);
  const accepted = ev.path.flatMap((attempt) =>
    attempt.tls !== null &&
    attempt.tls.failure === null &&
    trustedBy(attempt.tls, 'mozilla') === false &&
    !bad.some(({ tls }) => tls === attempt.tls)
      ? [{ attempt, tls: attempt.tls }]
      : [],
  );
  return [...bad, ...accepted].filter((one) => inspection(one, ev) !== null);
}

function inspectionDraft(one: TlsCase, ev: Evidence): Draft {
  const found = inspection(one, ev);
  const tags: Tag[] = [...(found?.tags ?? [])];
  if (alikeAtKnown(one, ev)) tags.push('known_address_alike');
  if (directIsFine(one, ev)) tags.push('direct_works');
  const legs = ev.legsOf(one.attempt);
  const accepting = legs.filter((leg) => accepts(one, leg, ev));
  return {
    subject: tlsSubject(one, ev),
    evidence: [one.tls.id, ...controlIds(one.attempt, ev, 'other_name_same_address')],
    explains: consequences(one, ev),
    tags,
    data: {
      vendor: found?.vendor?.name ?? null,
      vendorId: found?.vendor?.id ?? null,
      issuer: found?.issuer ?? '',
      acceptedBy: accepting,
      refusedBy: legs.filter((leg) => !accepting.includes(leg)),
      stores: storesTrusting(one.tls),
      proxy: proxyName(one),
      expired: one.tls.judgements.some(({ errors }) => errors.includes('CERT_HAS_EXPIRED')),
      known: rootIsHere(one),
    },
  };
}

/** Only the dates stand between some store of this host and trust: its root is there. */
function rootIsHere({ tls }: TlsCase): boolean {
  return tls.judgements.some(
    ({ errors }) => errors.length > 0 && errors.every((error) => error === 'CERT_HAS_EXPIRED'),
  );
}

function accepts({ tls }: TlsCase, leg: Leg, ev: Evidence): boolean {
  const settings = ev.agent.legs[leg];
  const trusted = trustedBy(tls, settings.trustStoreId) === true && (tls.nameMatches !== false || !settings.checksName);
  // Only libcurl's insecure accepts a private issuer; ACLK's does not (docs/reference/agent.md#tls).
  return trusted || (leg === 'claim' && settings.insecure);
}

function directIsFine({ attempt }: TlsCase, ev: Evidence): boolean {
  if (attempt.proxy === null) return false;
  return ev.attempts.some((other) => other.proxy === null && other.host === attempt.host && isGenuine(other.tls));
}

function proxyName({ attempt }: TlsCase): string | null {
  return attempt.proxy === null ? null : `${attempt.proxy.proxyHost}:${String(attempt.proxy.proxyPort)}`;
}

function inspectionWhy(cause: Cause): Sentences {
  const { tags, data } = cause;
  const refused = (data['refusedBy'] as readonly string[] | undefined) ?? [];
  const accepted = (data['acceptedBy'] as readonly string[] | undefined) ?? [];
  return sentence(
    `The certificate is signed by ${quote(String(data['issuer'] ?? ''), 60)}, which no public trust store knows.`,
    tags.has('vendor_named') && `${String(data['vendor'])} signs what it decrypts in this way.`,
    tags.has('minted') &&
      'The same issuer signed a certificate for an unrelated name on demand, which only an inspecting device does.',
    tags.has('local_root') && 'Somebody installed its root on this host, so the inspection is meant.',
    tags.has('private_issuer') && 'The certificates of Netdata Cloud come from public authorities only.',
    tags.has('published_address') &&
      'The address is a published one of the cloud, so DNS is right and somebody on the way signs.',
    tags.has('known_address_alike') &&
      !tags.has('published_address') &&
      'A published address of the cloud shows the same certificate, so DNS is not to blame.',
    data['expired'] === true &&
      (data['known'] === true
        ? 'This host knows its root; the Agent rejects it only because a certificate of the chain has expired.'
        : 'A certificate of its chain has expired as well.'),
    tags.has('direct_works') && 'Without the proxy, the cloud shows its genuine certificate.',
    verdictOf(accepted, refused),
  );
}

function verdictOf(accepted: readonly string[], refused: readonly string[]): string {
  if (refused.length === 0) return 'The Agent accepts it at every step, so it works for now.';
  if (accepted.length === 0 && refused.length === LEGS.length) return 'The Agent rejects it at every step.';
  return accepted.length === 0
    ? `The Agent rejects it for ${stepNames(refused)}.`
    : `The Agent accepts it for ${stepNames(accepted)} and rejects it for ${stepNames(refused)}: each has its own trust store.`;
}

function inspectionRemedies(cause: Cause, ev: Evidence): Remedy[] {
  const vendor = cause.data['vendor'];
  const refused = (cause.data['refusedBy'] as readonly string[] | undefined) ?? [];
  const hosts = list(sharingDomain(ev.needs.flatMap(({ leg, target }) => (leg === null ? [] : [target.host]))), 4);
  const remedies = [
    byLetter(
      cause,
      ev,
      `Ask the proxy team to exempt ${hosts} from TLS inspection${typeof vendor === 'string' ? ` on ${vendor}` : ''} ("do not decrypt").`,
    ),
  ];
  if (cause.data['expired'] === true && cause.data['known'] === true) {
    return [
      ...remedies,
      remedy(
        'host',
        'If inspection stays, ask the proxy team to renew its signing certificate and to give this host the new root. To see the expired one:',
        { command: ev.commands.openssl(safeHost(cause.subject.hosts[0]), '-showcerts') },
      ),
    ];
  }
  const trusted = {
    file: `${ev.agent.installation.cloudDir}/trusted.pem`,
    text: 'the public roots and that root certificate, PEM',
  };
  const claim = refused.includes('claim');
  if (refused.some((leg) => leg !== 'claim')) {
    const store = installRoot(ev, 'If inspection stays, trust its root certificate (from the proxy team):');
    remedies.push(claim ? { ...store, lines: [...store.lines, trusted] } : store);
  } else if (claim)
    remedies.push(
      remedy(
        'agent_config',
        'If inspection stays, put its root certificate into trusted.pem, which the claim reads first.',
        { lines: [trusted] },
      ),
    );
  return remedies;
}

/** TLS is ended and re-signed on the way. Where an explicit proxy does it, `proxy.strips_or_inspects` names the proxy. */
export const tlsIntercepted = defineRule({
  id: 'tls.intercepted',
  title: 'TLS is decrypted on the way',
  blames: 'proxy',
  confidence: [
    certain('vendor_named'),
    certain('minted'),
    certain('local_root'),
    likely(CONTROLS, 'named_like_one'),
    likely(CONTROLS, 'known_address_alike'),
    likely(CONTROLS, 'private_issuer', 'published_address'),
    possible(CONTROLS),
  ],
  requires: ['tls_handshake'],
  evaluate: (ev) => inspectedCases(ev).map((one) => inspectionDraft(one, ev)),
  describe(cause, ev) {
    const vendor = cause.data['vendor'];
    // An unknown issuer at an address that may not be the cloud's: the answer of DNS may be what is wrong.
    const address = cause.confidence === 'possible' ? (cause.subject.addresses[0] ?? null) : null;
    return {
      title:
        address === null
          ? `TLS to ${hostList(cause)} is decrypted ${typeof vendor === 'string' ? `by ${vendor}` : 'on the way'}`
          : `Somebody else answers for ${hostList(cause)}, on the way or at a wrong address`,
      why: sentence(
        inspectionWhy(cause),
        address !== null &&
          `It is not known whether ${safeAddress(address)} belongs to the cloud: compare with another network. If DNS differs there, DNS is to blame; otherwise somebody on the way is.`,
      ),
      remedies: [
        ...(address === null
          ? []
          : [
              remedy('host', 'Compare with what a resolver outside this network answers.', {
                command: `dig ${safeHost(cause.subject.hosts[0])} A`,
              }),
            ]),
        ...inspectionRemedies(cause, ev),
      ],
    };
  },
});

/** The proxy opened the tunnel, and what is at its other end is not the cloud. */
export const proxyStripsOrInspects = defineRule({
  id: 'proxy.strips_or_inspects',
  title: 'The proxy opens the tunnel and then answers in place of the cloud',
  blames: 'proxy',
  confidence: [
    certain('own_words'),
    certain('direct_works'),
    certain('vendor_named'),
    certain('minted'),
    likely('The same host without the proxy.'),
  ],
  requires: ['proxy_connect', 'tls_handshake'],
  evaluate: (ev) => [
    ...inspectedCases(ev)
      .filter(throughTunnel)
      .map((one) => ({ ...inspectionDraft(one, ev), key: one.attempt.routeId })),
    ...unfinished(ev)
      .filter((one) => throughTunnel(one) && one.tls.failure?.kind === 'ssl_not_tls')
      .map((one) => ({
        subject: tlsSubject(one, ev),
        evidence: [one.tls.id, ...(one.attempt.proxy === null ? [] : [one.attempt.proxy.id])],
        explains: consequences(one, ev),
        tags: ['own_words' as const],
        key: one.attempt.routeId,
        data: { proxy: proxyName(one), said: serverWords(one.tls.rawFirstBytes), plain: true },
      })),
  ],
  describe(cause, ev) {
    const { vendor, plain, said } = cause.data;
    if (plain === true) {
      return {
        title: `The proxy ${String(cause.data['proxy'])} opens the tunnel to ${hostList(cause)} and then answers itself, in plain text`,
        why: sentence(
          `The proxy confirmed the tunnel and then answered the ClientHello with plain text${typeof said === 'string' && said !== '' ? `: ${quote(said)}` : ''}.`,
          'The cloud speaks only TLS there.',
        ),
        remedies: [
          byLetter(
            cause,
            ev,
            `Ask the proxy team why it answers itself (a block page, a login?), and to tunnel ${hostList(cause)} untouched.`,
          ),
        ],
      };
    }
    return {
      title: `The proxy ${String(cause.data['proxy'])} decrypts TLS to ${hostList(cause)}${typeof vendor === 'string' ? ` (${vendor})` : ''}`,
      why: sentence(
        "The proxy confirmed the tunnel, but the certificate that came through it is not the cloud's.",
        inspectionWhy(cause),
      ),
      remedies: inspectionRemedies(cause, ev),
    };
  },
});

function throughTunnel({ attempt }: TlsCase): boolean {
  return attempt.proxy !== null && attempt.proxy.failure === null;
}
