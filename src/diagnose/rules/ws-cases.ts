/** WebSocket upgrades and what came after them, on the Agent's own path. */
import type { MqttConnectObservation, WebSocketUpgradeObservation } from '../../model/observation.js';
import type { Attempt } from '../../trace/attempts.js';
import { isGenuine } from '../../trace/trust.js';
import type { Evidence } from '../evidence.js';
import type { Tag } from '../confidence.js';
import type { Draft } from '../rule.js';

export interface UpgradeCase {
  readonly attempt: Attempt;
  readonly answer: WebSocketUpgradeObservation;
}

/** Upgrades that got any answer head. */
export function upgradeAnswers(ev: Evidence): readonly UpgradeCase[] {
  return ev.path.flatMap((attempt) =>
    attempt.ws === null || attempt.ws.status === null ? [] : [{ attempt, answer: attempt.ws }],
  );
}

/** Upgrades that ended without an answer head. */
export function unansweredUpgrades(ev: Evidence): readonly UpgradeCase[] {
  return ev.path.flatMap((attempt) =>
    attempt.ws !== null && attempt.ws.status === null && attempt.ws.failure !== null
      ? [{ attempt, answer: attempt.ws }]
      : [],
  );
}

/** Upgraded links on which nothing came back. */
export function silentLinks(
  ev: Evidence,
): readonly { readonly attempt: Attempt; readonly mqtt: MqttConnectObservation }[] {
  return ev.path.flatMap((attempt) =>
    attempt.mqtt !== null && attempt.mqtt.reasonCode === null ? [{ attempt, mqtt: attempt.mqtt }] : [],
  );
}

export function linkSubject(attempt: Attempt, ev: Evidence): Draft['subject'] {
  return {
    hosts: [attempt.host],
    addresses: attempt.address === null ? [] : [attempt.address],
    legs: ev.legsOf(attempt),
    routeIds: [attempt.routeId],
  };
}

export function genuineTag(attempt: Attempt): Tag[] {
  return isGenuine(attempt.tls) ? ['genuine_peer'] : [];
}
