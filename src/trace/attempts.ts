/** One connection, from the SYN to MQTT, put together from the steps that share a transaction. */
import type {
  ConnectObservation,
  FullSizeWriteObservation,
  HoldObservation,
  HttpRoundTripObservation,
  MqttConnectObservation,
  Observation,
  ObservationId,
  ProxyConnectObservation,
  Role,
  TlsHandshakeObservation,
  WebSocketUpgradeObservation,
} from '../model/observation.js';
import type { Leg } from '../model/route.js';
import type { Target } from '../model/target.js';

export interface Attempt {
  readonly transactionId: string;
  readonly targetId: string | null;
  readonly leg: Leg | null;
  readonly routeId: string;
  readonly role: Role;
  /** The host this attempt is for (not the proxy). */
  readonly host: string;
  readonly port: number;
  /** The target's address; null where a proxy resolves. */
  readonly address: string | null;
  /** The one that was reached, else the first: a proxy may have been tried at several addresses. */
  readonly connect: ConnectObservation | null;
  readonly connects: readonly ConnectObservation[];
  readonly proxy: ProxyConnectObservation | null;
  /** With the target: the last one, as a proxy that is spoken to over TLS has a handshake of its own before it. */
  readonly tls: TlsHandshakeObservation | null;
  readonly handshakes: readonly TlsHandshakeObservation[];
  readonly http: HttpRoundTripObservation | null;
  readonly ws: WebSocketUpgradeObservation | null;
  readonly mqtt: MqttConnectObservation | null;
  readonly fullSize: FullSizeWriteObservation | null;
  readonly hold: HoldObservation | null;
  /** In the order they were taken. */
  readonly steps: readonly Observation[];
}

type Step<O> = Extract<Observation, { operation: O }>;

/** A head that came back, whatever it was asked for. */
export type HttpAnswer = HttpRoundTripObservation | WebSocketUpgradeObservation;

export function buildAttempts(
  observations: readonly Observation[],
  targets: ReadonlyMap<string, Target>,
): readonly Attempt[] {
  const byTransaction = new Map<string, Observation[]>();
  for (const observation of observations) {
    if (!isStep(observation)) continue;
    const steps = byTransaction.get(observation.transactionId);
    if (steps === undefined) byTransaction.set(observation.transactionId, [observation]);
    else steps.push(observation);
  }
  return [...byTransaction].map(([transactionId, steps]) => attempt(transactionId, steps, targets));
}

function isStep({ operation }: Observation): boolean {
  switch (operation) {
    case 'connect':
    case 'proxy_connect':
    case 'tls_handshake':
    case 'http_round_trip':
    case 'websocket_upgrade':
    case 'mqtt_connect':
    case 'full_size_write':
    case 'hold':
      return true;
    default:
      return false;
  }
}

/** In the order a connection takes its steps; the clock alone does not tell steps of one moment apart. */
const ORDER: readonly Observation['operation'][] = [
  'connect',
  'proxy_connect',
  'tls_handshake',
  'http_round_trip',
  'websocket_upgrade',
  'mqtt_connect',
  'full_size_write',
  'hold',
];

function attempt(transactionId: string, seen: readonly Observation[], targets: ReadonlyMap<string, Target>): Attempt {
  const steps = [...seen].sort((a, b) => ORDER.indexOf(a.operation) - ORDER.indexOf(b.operation) || a.t0Ms - b.t0Ms);
  const pick = <O extends Observation['operation']>(operation: O): Step<O> | null =>
    steps.find((step): step is Step<O> => step.operation === operation) ?? null;
  const connects = steps.filter((step) => step.operation === 'connect');
  const connect = connects.find(({ failure }) => failure === null) ?? connects[0] ?? null;
  const proxy = pick('proxy_connect');
  const handshakes = steps.filter((step) => step.operation === 'tls_handshake');
  const tls = handshakes.at(-1) ?? null;
  const first = steps[0];
  const target = first?.targetId == null ? undefined : targets.get(first.targetId);
  const own = connect?.peer === 'target' ? connect : null;
  return {
    transactionId,
    targetId: first?.targetId ?? null,
    leg: first?.leg ?? null,
    routeId: first?.routeId ?? 'direct',
    role: first?.role ?? { kind: 'path' },
    host: target?.host ?? proxy?.requestedHost ?? own?.host ?? tls?.expectedName ?? '',
    port: target?.port ?? proxy?.requestedPort ?? own?.port ?? 443,
    address: own?.address ?? (connect === null ? (tls?.address ?? null) : null),
    connect,
    connects,
    proxy,
    tls,
    handshakes,
    http: pick('http_round_trip'),
    ws: pick('websocket_upgrade'),
    mqtt: pick('mqtt_connect'),
    fullSize: pick('full_size_write'),
    hold: pick('hold'),
    steps,
  };
}

/** This step and all later ones of its connection. */
export function fromStepOn(attempt: Attempt, step: Observation): readonly ObservationId[] {
  const at = attempt.steps.findIndex(({ id }) => id === step.id);
  return attempt.steps.slice(Math.max(at, 0)).map(({ id }) => id);
}

export function isControl(role: Role, ...kinds: readonly string[]): boolean {
  return role.kind === 'control' && kinds.includes(role.control);
}
