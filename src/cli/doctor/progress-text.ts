/** One short line on what is being waited for; shown on a terminal only. */
import type { NetworkOperation } from '../../model/failure.js';
import type { Observation } from '../../model/observation.js';
import type { Waiting } from '../../probe/run-context.js';
import { LEG_WORDS } from '../../report/words.js';

/** What a step waits for. */
const AWAITED: Readonly<Record<NetworkOperation, string>> = {
  resolve: 'the name to be resolved',
  dns_query: 'the answer of a resolver',
  connect: 'the connection to be accepted',
  proxy_connect: 'the proxy to open the tunnel',
  tls_handshake: 'the TLS handshake',
  http_round_trip: 'the answer to a request',
  websocket_upgrade: 'the upgrade to WebSocket',
  mqtt_connect: 'the broker to answer',
  full_size_write: 'large packets to arrive',
  hold: 'the link to stay up',
};

const isNetworkStep = (operation: string): operation is NetworkOperation => Object.hasOwn(AWAITED, operation);

/** What comes next on the way of what was just seen, or that this step failed and others are under way. */
const NEXT: Readonly<Record<NetworkOperation, NetworkOperation>> = {
  resolve: 'connect',
  dns_query: 'resolve',
  connect: 'tls_handshake',
  proxy_connect: 'tls_handshake',
  tls_handshake: 'http_round_trip',
  http_round_trip: 'http_round_trip',
  websocket_upgrade: 'mqtt_connect',
  mqtt_connect: 'mqtt_connect',
  full_size_write: 'full_size_write',
  hold: 'hold',
};

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const plain = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, '?');

/** Behind a step: what is waited for now. */
export function progressText({ operation, targetId, address, failure, tMs }: Observation): string {
  if (!isNetworkStep(operation)) return `${seconds(tMs)}  reading what this host says of the Agent and the network`;
  const where = targetId ?? address;
  const to = where === null ? '' : ` (${where})`;
  if (failure !== null) {
    const why = failure.kind.replaceAll('_', ' ');
    return plain(`${seconds(tMs)}  waited for ${AWAITED[operation]}${to} in vain: ${why}; waiting for the other steps`);
  }
  return plain(`${seconds(tMs)}  waiting for ${AWAITED[NEXT[operation]]}${to}`);
}

/** What a run that seems to stand still is doing. */
export function waitingText({ leg, operation, sinceMs, untilMs }: Waiting): string {
  const what = `${AWAITED[operation]} (${LEG_WORDS[leg].does})`;
  const until = `until ${(untilMs / 1000).toFixed(0)} s at most`;
  return `waiting for ${what} since ${seconds(sinceMs)}, ${until}; Ctrl-C prints what is known`;
}
