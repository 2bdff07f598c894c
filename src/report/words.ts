/** The fixed words of every report form: one table per closed vocabulary, so that a new member fails to compile. */
import type { AgentFacts } from '../model/agent.js';
import type { NetworkOperation } from '../model/failure.js';
import type { Outcome } from '../model/prediction.js';
import type { Leg } from '../model/route.js';

/** What a reader may conclude at a glance. `none` = not run: never shown like `ok`. */
export type Tone = 'ok' | 'warn' | 'fail' | 'unknown' | 'none';

/** The version that the verdict is for, also where no Agent is installed. */
export function versionWords({ installation, version }: AgentFacts): string {
  const { value, source, standing } = version;
  const reach = {
    newer: ', which is newer than the rules here: the newest were taken',
    doubtful: ', which asks for what the cloud may not offer any more',
    too_old: ', of which nothing is known',
    known: '',
  }[standing ?? 'known'];
  if (installation.found)
    return source === 'assumed_newest'
      ? `Agent of unknown version, judged as ${value} (--agent-version tells)${reach}`
      : `Agent ${value}${reach}`;
  return `no Agent installed, judged as Agent ${value}${source === 'assumed_newest' ? ' (the newest known)' : ''}${reach}`;
}

export const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  will_work: 'will work',
  will_fail: 'WILL FAIL',
  at_risk: 'at risk',
  unknown: 'not decided',
};

export const OUTCOME_TONE: Readonly<Record<Outcome, Tone>> = {
  will_work: 'ok',
  will_fail: 'fail',
  at_risk: 'warn',
  unknown: 'unknown',
};

export const LEG_WORDS: Readonly<Record<Leg, { readonly name: string; readonly does: string }>> = {
  claim: { name: 'claim', does: 'claiming the node' },
  env: { name: '/env', does: 'asking the cloud where to connect' },
  auth: { name: 'login', does: 'authenticating the node' },
  link: { name: 'link', does: 'the lasting connection' },
};

export const OPERATION_WORDS: Readonly<Record<NetworkOperation, string>> = {
  resolve: 'resolve',
  dns_query: 'DNS query',
  connect: 'connect',
  proxy_connect: 'proxy',
  tls_handshake: 'TLS',
  http_round_trip: 'HTTP',
  websocket_upgrade: 'WebSocket',
  mqtt_connect: 'MQTT',
  full_size_write: 'full-size write',
  hold: 'hold',
};

/**
 * What became of a rung of a leg's path (evidence.ts). `answered`: something came back, and nobody has judged whether
 * it is good.
 */
export type RowState = 'ok' | 'failed' | 'answered' | 'not_checked' | 'skipped';

export const STATE_WORDS: Readonly<Record<RowState, string>> = {
  ok: 'ok',
  failed: 'FAILED',
  answered: 'answered',
  not_checked: 'not checked',
  skipped: 'skipped',
};
export const STATE_TONE: Readonly<Record<RowState, Tone>> = {
  ok: 'ok',
  failed: 'fail',
  answered: 'none',
  not_checked: 'unknown',
  skipped: 'unknown',
};
/** `12 ms`, `5.0 s`, `2 min 5 s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** `1 address`, `3 addresses`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}
