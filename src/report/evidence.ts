/**
 * The path of one leg as rungs (resolve, connect, proxy, TLS, HTTP or WebSocket and MQTT), each with what was seen.
 * A rung without an observation is `skipped` when an earlier one ended the path, else `not checked`: never `ok`.
 */
import type { NetworkOperation } from '../model/failure.js';
import type { Observation, TlsHandshakeObservation, X509Error } from '../model/observation.js';
import type { Prediction } from '../model/prediction.js';
import type { Report } from '../model/report.js';
import { type Leg, LEGS } from '../model/route.js';
import { isToward } from '../trace/legs.js';
import { silenceOf, tookMs } from '../trace/silence.js';
import { acceptedBy } from '../trace/trust.js';
import { describe } from './describe.js';
import { OPERATION_WORDS, type RowState } from './words.js';

export interface EvidenceRow {
  readonly rung: NetworkOperation;
  readonly label: string;
  readonly state: RowState;
  /** What is wrong with what was seen, where the step itself went well; null = nothing, or the step failed. */
  readonly complaint: string | null;
  /** What was seen, or why nothing was, and the complaint. Unescaped foreign text. */
  readonly text: string;
  /** The text already says how long was waited. */
  readonly saysWait: boolean;
  /** Addresses this row speaks for; empty where there are none. */
  readonly addresses: readonly string[];
  /** Longest of the steps folded into this row, ms; null when nothing ran. */
  readonly tookMs: number | null;
  readonly observations: readonly Observation[];
}

export interface LegEvidence {
  readonly leg: Leg;
  readonly rows: readonly EvidenceRow[];
}

/** What a leg consists of, in order. A rung that only sometimes runs is left out when it did not. */
function rungsOf(report: Report, leg: Leg): readonly NetworkOperation[] {
  const settings = report.agent.legs[leg];
  const route = report.routes.find((entry) => entry.id === settings.routeId)?.route ?? { kind: 'direct' };
  const firstHop = route.kind === 'direct' ? settings.host : route.proxy.host;
  const resolve: readonly NetworkOperation[] = isLiteral(firstHop) ? [] : ['resolve'];
  const proxy: readonly NetworkOperation[] = route.kind === 'direct' ? [] : ['proxy_connect'];
  const top: readonly NetworkOperation[] = leg === 'link' ? ['websocket_upgrade', 'mqtt_connect'] : ['http_round_trip'];
  return [...resolve, 'connect', ...proxy, 'tls_handshake', ...top];
}

/** The name that this host looks up for the route: the proxy's, or the target's where nobody else resolves it. */
function namesLookedUp(report: Report, leg: Leg): readonly string[] {
  const settings = report.agent.legs[leg];
  const route = report.routes.find((entry) => entry.id === settings.routeId)?.route ?? { kind: 'direct' };
  if (route.kind === 'direct') return [settings.host];
  const local = 'resolveAt' in route && route.resolveAt === 'local';
  return local ? [route.proxy.host, settings.host] : [route.proxy.host];
}

/** An address literal needs no resolution: a missing `resolve` rung is not a gap then. */
function isLiteral(host: string): boolean {
  return host.includes(':') || /^\d+\.\d+\.\d+\.\d+$/.test(host);
}

const EXTRA_RUNGS: readonly NetworkOperation[] = ['full_size_write', 'hold'];

function belongs(report: Report, leg: Leg, prediction: Prediction | undefined, o: Observation): boolean {
  if (prediction?.evidence.includes(o.id) === true || prediction?.stops === o.id) return true;
  if (report.verdict.legs[leg].evidence.includes(o.id)) return true;
  if (o.role.kind !== 'path') return false;
  if (o.leg !== null) return o.leg === leg;
  const settings = report.agent.legs[leg];
  if (o.routeId !== null && o.routeId !== settings.routeId) return false;
  if (report.targets.some(({ id }) => id === o.targetId)) return isToward(o, settings, report.targets);
  return o.operation === 'resolve' && o.hostname === settings.host;
}

const HANDSHAKE: Readonly<Record<string, RowState>> = { true: 'ok', false: 'failed', null: 'answered' };

function tlsComplaint(report: Report, leg: Leg, o: TlsHandshakeObservation): string {
  const settings = report.agent.legs[leg];
  const errors = o.judgements.find((j) => j.storeId === settings.trustStoreId)?.errors ?? [];
  const name = settings.checksName && o.nameMatches === false ? [`not issued for ${o.expectedName}`] : [];
  return [...errors.map(errorWords), ...name].join(', ');
}

/** What OpenSSL's X509_verify_cert_error_string(3) says, and with it curl: words to search for. */
const OPENSSL_WORDS: Readonly<Partial<Record<X509Error, string>>> = {
  UNABLE_TO_GET_ISSUER_CERT: 'unable to get issuer certificate',
  CERT_SIGNATURE_FAILURE: 'certificate signature failure',
  CERT_NOT_YET_VALID: 'certificate is not yet valid',
  CERT_HAS_EXPIRED: 'certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self-signed certificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'self-signed certificate in certificate chain',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'unable to get local issuer certificate',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'unable to verify the first certificate',
  CERT_CHAIN_TOO_LONG: 'certificate chain too long',
};

const errorWords = (error: X509Error): string => OPENSSL_WORDS[error] ?? error.toLowerCase().replaceAll('_', ' ');

function stateOf(report: Report, leg: Leg, prediction: Prediction | undefined, o: Observation): RowState {
  if (o.failure?.kind === 'interrupted') return 'not_checked';
  if (o.failure !== null) {
    // A refusing CONNACK proves the path: whether it is a problem is for the prediction to say.
    const proof = o.operation === 'mqtt_connect' && o.reasonCode !== null && prediction?.stops !== o.id;
    return proof ? 'ok' : 'failed';
  }
  if (prediction?.stops === o.id) return 'failed';
  switch (o.operation) {
    case 'resolve':
      return o.addresses.length > 0 ? 'ok' : 'failed';
    case 'tls_handshake':
      return HANDSHAKE[String(acceptedBy(o, report.agent.legs[leg]))] ?? 'answered';
    case 'mqtt_connect':
      return o.reasonCode === null ? 'answered' : 'ok';
    case 'websocket_upgrade':
      return o.acceptedByRfc ? 'ok' : 'answered';
    case 'http_round_trip': {
      const works = prediction?.outcome === 'will_work' || prediction?.outcome === 'at_risk';
      return works && prediction.evidence.includes(o.id) ? 'ok' : 'answered';
    }
    case 'full_size_write':
      return o.acknowledged === true ? 'ok' : 'answered';
    default:
      return 'ok';
  }
}

/** What is wrong with a step that went well by itself: what the leg's store, or the Agent's parser, makes of it. */
function complaintOf(report: Report, leg: Leg, prediction: Prediction | undefined, o: Observation): string {
  const complaint = o.operation === 'tls_handshake' ? tlsComplaint(report, leg, o) : '';
  if (complaint !== '') return complaint;
  return o.failure === null && prediction?.stops === o.id ? prediction.why : '';
}

/** The certificate's fault comes before the certificate, what the Agent dislikes behind what was seen. */
function textOf(o: Observation, complaint: string): string {
  if (complaint === '') return describe(o);
  return o.operation === 'tls_handshake' && o.failure === null
    ? `${complaint}; ${describe(o)}`
    : `${describe(o)}. ${complaint}`;
}

/** Steps with the same outcome and the same words become one row, whatever their number. */
function fold(
  report: Report,
  leg: Leg,
  prediction: Prediction | undefined,
  steps: readonly Observation[],
): EvidenceRow[] {
  const groups = new Map<string, EvidenceRow>();
  for (const o of steps) {
    const state = stateOf(report, leg, prediction, o);
    const rung = o.operation as NetworkOperation;
    const complaint = state === 'failed' ? complaintOf(report, leg, prediction, o) : '';
    // Only the measured wait differs between two steps that timed out.
    const key = [state, complaint, describe(o, { wait: false })].join('\n');
    const known = groups.get(key);
    const addresses = o.address === null || o.operation === 'resolve' ? [] : [o.address];
    groups.set(key, {
      rung,
      label: OPERATION_WORDS[rung],
      state,
      complaint: complaint === '' ? null : complaint,
      text: known?.text ?? textOf(o, complaint),
      saysWait: silenceOf(o)?.endedBy === 'deadline',
      addresses: [...new Set([...(known?.addresses ?? []), ...addresses])],
      tookMs: Math.max(known?.tookMs ?? 0, tookMs(o)),
      observations: [...(known?.observations ?? []), o],
    });
  }
  return [...groups.values()];
}

/** The doctor looks further than the Agent gets: that is evidence, but nothing of it works for the Agent. */
function beyond(row: EvidenceRow): EvidenceRow {
  return row.state === 'ok' ? { ...row, state: 'answered', text: `${row.text}, but the Agent stops before` } : row;
}

function legEvidence(report: Report, leg: Leg): LegEvidence {
  const prediction = report.predictions.find((p) => p.leg === leg);
  const names = namesLookedUp(report, leg);
  const mine = report.observations.filter(
    (o) => belongs(report, leg, prediction, o) && (o.operation !== 'resolve' || names.includes(o.hostname)),
  );
  const rows: EvidenceRow[] = [];
  let endedBy: string | null = null;
  let cutOff = false;
  const order = mine.flatMap((o) => (o.operation === 'resolve' ? o.addresses.map(({ address }) => address) : []));
  /** As the Agent takes them; an address that nobody resolved comes last. */
  const place = ({ address }: Observation): number => {
    const index = order.indexOf(address ?? '');
    return index === -1 ? order.length : index;
  };
  const wanted = rungsOf(report, leg);
  const extra = EXTRA_RUNGS.filter((rung) => mine.some((o) => o.operation === rung));
  for (const rung of [...wanted, ...extra]) {
    const steps = mine.filter((o) => o.operation === rung).toSorted((one, other) => place(one) - place(other));
    const label = OPERATION_WORDS[rung];
    if (steps.length === 0) {
      const state: RowState = endedBy === null || cutOff ? 'not_checked' : 'skipped';
      const text = cutOff ? 'the run was cut short' : endedBy === null ? 'nothing was tried' : `${endedBy} failed`;
      rows.push({
        rung,
        label,
        state,
        complaint: null,
        text,
        saysWait: false,
        addresses: [],
        tookMs: null,
        observations: [],
      });
      continue;
    }
    const folded = fold(report, leg, prediction, steps).map((row) => (endedBy === null ? row : beyond(row)));
    rows.push(...folded);
    if (folded.every((row) => row.state === 'failed' || row.state === 'not_checked')) {
      endedBy = label;
      cutOff ||= folded.some((row) => row.state === 'not_checked');
    }
  }
  return { leg, rows };
}

export function allEvidence(report: Report): readonly LegEvidence[] {
  return LEGS.map((leg) => legEvidence(report, leg));
}
