/** TLS handshakes of the Agent's own path that went wrong; shared by the tls rules. */
import { losesFullSize } from '../../trace/full-size.js';
import { isSilent } from '../../trace/silence.js';
import type { FailureKind } from '../../model/failure.js';
import type { TlsHandshakeObservation, X509Error } from '../../model/observation.js';
import { matchIssuer, type Vendor } from '../../catalog/vendors.js';
import { fromStepOn, type Attempt } from '../../trace/attempts.js';
import { looksLikeBlockPage } from '../evidence/pages.js';
import {
  errorsFor,
  hasChain,
  isGenuine,
  issuerNames,
  onlyDatesWrong,
  publiclyTrusted,
  storesTrusting,
  trustedBy,
} from '../../trace/trust.js';
import type { Evidence } from '../evidence.js';
import type { Tag } from '../confidence.js';
import type { Draft } from '../rule.js';
import { isPublished } from './sinkholes.js';

export interface TlsCase {
  readonly attempt: Attempt;
  readonly tls: TlsHandshakeObservation;
}

/** The handshake itself did not finish. */
export function unfinished(ev: Evidence): readonly TlsCase[] {
  return ev.path.flatMap((attempt) =>
    attempt.tls !== null && attempt.tls.failure !== null ? [{ attempt, tls: attempt.tls }] : [],
  );
}

/** A server that hears nothing hangs up by itself, seconds later: its end of a silence is no cut. */
const HUNG_UP_AFTER_MS = 5000;
const endedAs = (tls: TlsHandshakeObservation): 'cut' | 'silent' | null => {
  if (CUT.has(tls.failure?.kind ?? 'unknown_failure')) return tls.tMs - tls.t0Ms < HUNG_UP_AFTER_MS ? 'cut' : 'silent';
  return isSilent(tls) ? 'silent' : null;
};

/**
 * No byte came back: cut off, or silence. Silence of an address that cuts other handshakes off, of the same host or of a
 * control, is a cut whose packets were lost.
 */
export function unanswered(ev: Evidence, how: 'cut' | 'silent'): readonly TlsCase[] {
  const empty = unfinished(ev).filter(({ tls }) => !tls.gotServerBytes || tls.rawFirstBytes === '');
  const cut = empty.filter(({ tls }) => endedAs(tls) === 'cut');
  const silent = empty.filter(({ tls }) => endedAs(tls) === 'silent');
  const cuts = ({ attempt }: TlsCase): boolean =>
    cut.some((one) => one.attempt.host === attempt.host && one.attempt.address === attempt.address) ||
    ev
      .controlsAt(attempt, 'other_name_same_address', 'no_name_same_address', 'small_client_hello')
      .some(({ tls }) => tls !== null && !tls.gotServerBytes && endedAs(tls) === 'cut');
  return how === 'silent' ? silent.filter((one) => !cuts(one)) : [...cut, ...silent.filter(cuts)];
}

const CUT: ReadonlySet<FailureKind> = new Set([
  'connection_reset',
  'eof_error',
  'connection_aborted',
  'connection_refused',
]);

/** A chain came that some leg of this attempt does not accept. */
export function distrusted(ev: Evidence): readonly TlsCase[] {
  return ev.path.flatMap((attempt) => {
    const { tls } = attempt;
    if (!hasChain(tls)) return [];
    const legs = ev.legsOf(attempt);
    const bad =
      legs.length === 0
        ? !isGenuine(tls)
        : legs.some((leg) => trustedBy(tls, ev.agent.legs[leg].trustStoreId) === false || tls.nameMatches === false);
    return bad ? [{ attempt, tls }] : [];
  });
}

export function tlsSubject({ attempt }: TlsCase, ev: Evidence): Draft['subject'] {
  return {
    hosts: [attempt.host],
    addresses: attempt.address === null ? [] : [attempt.address],
    legs: ev.legsOf(attempt),
    routeIds: [attempt.routeId],
  };
}

/**
 * The handshake, and whatever came of it on the same connection if no leg goes further than that. A filter's own page
 * behind it is another cause.
 */
export function consequences({ attempt, tls }: TlsCase, ev: Evidence): readonly string[] {
  const goesOn = ev.legsOf(attempt).some((leg) => ev.prediction(leg)?.stops !== tls.id);
  if (goesOn && tls.failure === null) return [tls.id];
  const page = attempt.http ?? attempt.ws;
  return fromStepOn(attempt, tls).filter((id) => id !== page?.id || !looksLikeBlockPage(page));
}

/** What the controls at the same address say. */
export function helloTags({ attempt }: Pick<TlsCase, 'attempt'>, ev: Evidence): Tag[] {
  const tags: Tag[] = [];
  const others = answeredBy(ev.controlsAt(attempt, 'other_name_same_address', 'no_name_same_address', 'sibling_host'));
  if (others === true) tags.push('other_name_works');
  if (others === false) tags.push('other_name_fails');
  const small = answeredBy(ev.controlsAt(attempt, 'small_client_hello'));
  if (small === true) tags.push('small_hello_works');
  if (small === false) tags.push('small_hello_fails');
  if (answeredBy(ev.controlsAt(attempt, 'short_answer')) === true) tags.push('short_answer_passes');
  if (ev.siblings(attempt).some(({ tls }) => tls !== null && tls.failure === null)) tags.push('sibling_works');
  tags.push(...fullSizeTags(attempt, ev));
  return tags;
}

export function fullSizeTags(attempt: Attempt, ev: Evidence): Tag[] {
  const writes = ev
    .controlsAt(attempt, 'full_size_write')
    .flatMap(({ fullSize }) => (fullSize === null ? [] : [fullSize]));
  if (writes.some(({ acknowledged }) => acknowledged === true)) return ['full_size_passes'];
  return losesFullSize(ev.attempts, attempt) ? ['full_size_lost'] : [];
}

/** Any byte of a server counts, also an alert or a certificate for another name (OONI, sniblocking). null = not asked. */
function answeredBy(controls: readonly Attempt[]): boolean | null {
  const seen = controls.flatMap(({ tls }) => (tls === null ? [] : [tls]));
  if (seen.length === 0) return null;
  return seen.some(({ failure, gotServerBytes }) => failure === null || gotServerBytes);
}

/** Ids of the controls that were consulted, for evidence. */
export function controlIds(
  attempt: Attempt,
  ev: Evidence,
  ...kinds: Parameters<Evidence['controlsAt']>[1][]
): readonly string[] {
  return ev
    .controlsAt(attempt, ...kinds)
    .flatMap(({ tls, fullSize }) => [...(tls === null ? [] : [tls.id]), ...(fullSize === null ? [] : [fullSize.id])]);
}

/** Who signs in place of the cloud, and how we know; null = no sign of inspection. */
export interface Inspection {
  readonly vendor: Vendor | null;
  readonly issuer: string;
  readonly tags: readonly Tag[];
}

/**
 * Inspection is recognised by a vendor's name in the issuer of a chain that is not publicly trusted, by an issuer that
 * certifies any name on demand, or by a root that only this host knows. A public CA with a similar name never counts.
 */
export function inspection({ attempt, tls }: TlsCase, ev: Evidence): Inspection | null {
  if (publiclyTrusted(tls) === true && trustedBy(tls, 'mozilla') !== false) return null;
  const tags: Tag[] = [];
  const vendor = matchIssuer(issuerNames(tls));
  if (vendor !== null) tags.push('vendor_named');
  if (mintsOnDemand(attempt, tls, ev)) tags.push('minted');
  if (issuerNames(tls).some((name) => INSPECTOR_WORDS.test(name.slice(0, 300)))) tags.push('named_like_one');
  if (isPublicCloud(attempt.host) && trustedBy(tls, 'mozilla') === false && trustIsSplit(tls, ev))
    tags.push('local_root');
  if (isSignedInPrivate(attempt, tls)) tags.push('private_issuer');
  // Where nobody says who it is, the address must at least be the cloud's own.
  if (tags.length > 0 && isPublishedAt(attempt, ev)) tags.push('published_address');
  return tags.length === 0 ? null : { vendor, issuer: tls.chain[0]?.issuer ?? '', tags };
}

/**
 * A root of this host's own that one store has and the store of a leg has not. A private root that every leg accepts
 * proves nothing: a cloud of one's own and a lab look the same. Nor does one that the system's store has: there it is
 * the refusing leg's own store that lacks it (`agent.trust_split`).
 */
function trustIsSplit(tls: TlsHandshakeObservation, ev: Evidence): boolean {
  if (trustedBy(tls, 'system') === true) return false;
  const refused = Object.values(ev.agent.legs).some(({ trustStoreId }) => trustedBy(tls, trustStoreId) === false);
  return refused && storesTrusting(tls).length > 0;
}

/**
 * The certificates of the public cloud come from public authorities: whoever shows another one for the name stands in
 * the middle, or at a wrong address. A root that this host's own system store has is this place's business.
 */
function isSignedInPrivate(attempt: Attempt, tls: TlsHandshakeObservation): boolean {
  const [leaf, ...above] = tls.chain;
  if (leaf === undefined || !isPublicCloud(attempt.host) || tls.nameMatches !== true) return false;
  if (trustedBy(tls, 'mozilla') !== false || trustedBy(tls, 'system') === true || storesTrusting(tls).length > 0)
    return false;
  // Self-signed, or cut short: what is above is not known (tls.self_signed, tls.incomplete_chain).
  if (leaf.subject === leaf.issuer || above.length === 0 || onlyDatesWrong(tls)) return false;
  return !issuerNames(tls).some((name) => PUBLIC_ISSUERS.test(name));
}

/** Through a proxy it is the proxy that chose the address. */
function isPublishedAt(attempt: Attempt, ev: Evidence): boolean {
  return attempt.address !== null && isPublished(attempt.host, attempt.address, ev);
}

/** Organisations that sign for the public; such an issuer is never known to one network only. */
export const PUBLIC_ISSUERS =
  /\bO=(?:"?)(?:Let's Encrypt|DigiCert Inc|DigiCert, Inc\.|Amazon|Google Trust Services(?: LLC)?|GlobalSign nv-sa|Sectigo Limited|ZeroSSL|GoDaddy\.com, Inc\.|Entrust, Inc\.|IdenTrust|Internet Security Research Group|Microsoft Corporation|Cloudflare, Inc\.)/u;

/** What home-made signing certificates of inspecting devices call themselves. */
const INSPECTOR_WORDS =
  /\b(?:web|ssl|tls|https?|url|content|internet|security)[ _-]?(?:gateway|proxy|inspect(?:ion|or)|filter|decrypt(?:ion)?)\b/iu;

/** Another name at the same address was answered with a certificate for that very name, by the same issuer. */
function mintsOnDemand(attempt: Attempt, tls: TlsHandshakeObservation, ev: Evidence): boolean {
  const issuer = tls.chain[0]?.issuer;
  const named = [...ev.controlsAt(attempt, 'other_name_same_address'), ...ev.controls('neutral_host')];
  return named.some(
    (other) =>
      hasChain(other.tls) &&
      other.tls.nameMatches === true &&
      other.tls.expectedName !== tls.expectedName &&
      !isGenuine(other.tls) &&
      other.tls.chain[0]?.issuer === issuer,
  );
}

/** Names whose certificates come from a public CA; a private cloud may well have its own. */
export function isPublicCloud(host: string): boolean {
  return host === 'netdata.cloud' || host.endsWith('.netdata.cloud');
}

/** Errors of the stores that the legs of this attempt use, together. */
export function legErrors({ attempt, tls }: TlsCase, ev: Evidence): readonly X509Error[] {
  const legs = ev.legsOf(attempt);
  const stores = legs.length === 0 ? [null] : legs.map((leg) => ev.agent.legs[leg].trustStoreId);
  return [...new Set(stores.flatMap((store) => errorsFor(tls, store)))];
}

/** The published address shows the same certificate, so it is not the address that is wrong. */
export function alikeAtKnown({ attempt, tls }: TlsCase, ev: Evidence): boolean {
  const issuer = tls.chain[0]?.issuer;
  return ev
    .controls('known_address', 'other_resolver_address')
    .some(
      (other) =>
        other.host === attempt.host &&
        hasChain(other.tls) &&
        !isGenuine(other.tls) &&
        other.tls.chain[0]?.issuer === issuer,
    );
}
