import type { AgentFacts } from '../../model/agent.js';
import type { ReadAgentStatusObservation } from '../../model/observation.js';
import type { Prediction } from '../../model/prediction.js';
import type { Route, RouteEntry } from '../../model/route.js';
import { readEffectiveProxy } from '../parse/agent-status.js';
import { rulesFor } from '../versions.js';
import type { ReasonGroup } from '../words/status-kinds.js';
import { leavesReasonStale, readReason } from '../words/status-reason.js';

/** Where a running Agent and the prediction differ, or a fact of the running Agent that explains why. */
export interface Contradiction {
  /**
   * - `running_offline`: it is offline although everything it needs works now.
   * - `running_online`: it is online although a new connection would fail.
   * - `running_banned`: the cloud has told it not to come back.
   * - `retry_far_away`: the network works now, its next attempt is far off.
   * - `proxy_not_active_yet`: its process uses another proxy than its files say (docs/reference/agent.md#t1).
   * - `claim_refused`: the cloud has refused its claim.
   * - `claim_not_retried`: its claim failed, would work now, and is not tried again by itself.
   * - `key_mismatch`: its private key is not the one that was claimed.
   * - `link_flapping`: its link has been lost again and again.
   * - `held_by_parent`: a Parent holds the link for it.
   * - `running_disabled`: it started with its link switched off.
   * - `running_without_cloud`: it was built without support for Netdata Cloud.
   */
  readonly kind:
    | 'running_offline'
    | 'running_banned'
    | 'running_online'
    | 'retry_far_away'
    | 'proxy_not_active_yet'
    | 'claim_refused'
    | 'claim_not_retried'
    | 'key_mismatch'
    | 'link_flapping'
    | 'held_by_parent'
    | 'running_disabled'
    | 'running_without_cloud';
  /** One sentence, without foreign text. */
  readonly text: string;
  readonly data: Readonly<Record<string, string | number | boolean | null>>;
}

export interface StatusContext {
  readonly facts: AgentFacts;
  readonly routes: readonly RouteEntry[];
  readonly now: Date;
}

/** An Agent that tries again within this time needs no restart. */
const SOON_SECONDS = 120;

/**
 * Sets the running Agent's own status beside the prediction for the link (docs/reference/agent.md#aclk-state,
 * #info-document, #backoff).
 */
export function compareStatus(
  predictions: readonly Prediction[],
  status: ReadAgentStatusObservation,
  context: StatusContext,
): readonly Contradiction[] {
  const link = predictions.filter(({ leg }) => leg !== 'claim');
  const works = link.length > 0 && link.every(({ outcome }) => outcome === 'will_work');
  const stopped = link.find(({ outcome }) => outcome === 'will_fail');
  const offline = status.status === 'offline';
  const meaning = status.reason === null ? null : readReason(status.reason);
  const found: Contradiction[] = [];
  found.push(...ofTheClaim(predictions, status, context), ...ofTheLink(status));
  const explained = found.some(({ kind }) => kind === 'key_mismatch');
  if (offline && works && !explained) {
    found.push({
      kind: 'running_offline',
      text: 'The running Agent says it is offline, but everything that it needs works now.',
      data: {
        reason: status.reason,
        means: meaning?.meaning ?? null,
        // The last step leaves the reason alone in these versions: then it tells of something earlier.
        stale: meaning?.step !== 'link' && leavesReasonStale(context.facts.version.value),
      },
    });
  }
  const off = switchedOff(status);
  if (off !== null) found.push(off);
  if (status.status === 'banned') {
    found.push({
      kind: 'running_banned',
      text: 'The running Agent says that the cloud has banned it; it stays so until it is restarted or its claim reloaded.',
      data: { reason: status.reason },
    });
  }
  if (status.status === 'online' && stopped !== undefined) {
    found.push({
      kind: 'running_online',
      text: 'The running Agent is online, but a new connection on the way its files prescribe would fail.',
      data: { leg: stopped.leg, rule: stopped.rule },
    });
  }
  const wait = secondsUntil(status.nextAttemptAt, context.now);
  if (offline && works && wait !== null && wait > SOON_SECONDS) {
    found.push({
      kind: 'retry_far_away',
      text: 'The network works now, but the next attempt of the running Agent is far away: restart it.',
      data: { seconds: wait, nextAttemptAt: status.nextAttemptAt },
    });
  }
  const frozen = frozenProxy(status, context);
  return frozen === null ? found : [...found, frozen];
}

/** Groups of reasons after which the same claim may well succeed. */
const PASSING: ReadonlySet<ReasonGroup> = new Set(['claim', 'way', 'cloud', 'host', 'settings']);

function ofTheClaim(
  predictions: readonly Prediction[],
  { status, reason }: ReadAgentStatusObservation,
  { facts }: StatusContext,
): Contradiction[] {
  if (status !== 'available') return [];
  const row = reason === null || reason === '' ? null : readReason(reason);
  const claim = predictions.find(({ leg }) => leg === 'claim');
  const isOpen = claim?.outcome === 'will_work' || claim?.outcome === 'at_risk';
  const data = { reason, reasonKind: row?.kind ?? null, means: row?.meaning ?? null };
  if (row?.group === 'refused') {
    return [{ kind: 'claim_refused', text: 'The cloud has refused the claim of the running Agent.', data }];
  }
  const { claimsByItself } = rulesFor(facts.version.value);
  if (!claimsByItself) return [];
  // Claimed in its files, and not in its memory: it has not read them since.
  const unread = facts.claimed === true;
  const failed = row === null ? reason !== null && reason !== '' : row.step === 'claim' && PASSING.has(row.group);
  if (!failed && !unread) return [];
  return [
    {
      kind: 'claim_not_retried',
      text: 'The claim of the running Agent has failed, and is not tried again by itself.',
      data: { ...data, unread, open: isOpen, group: row?.group ?? null },
    },
  ];
}

/** Up to 1.47 the status says so; later versions have no such switch, and are all built with the cloud. */
function switchedOff({ status, reason }: ReadAgentStatusObservation): Contradiction | null {
  if (status === 'disabled')
    return { kind: 'running_disabled', text: 'The running Agent has its link switched off.', data: { reason } };
  if (status === 'unavailable')
    return { kind: 'running_without_cloud', text: 'The running Agent was built without the cloud.', data: { reason } };
  return null;
}

/** So many links in the life of one process are not a matter of a restart here and an upgrade of the cloud there. */
const MANY_LINKS = 24;

/** Whether a running Agent says that its link has been there and was lost, of late or again and again. */
export function hasLostLinks({ status, reason, reconnectCount }: ReadAgentStatusObservation): {
  readonly many: boolean;
  readonly cut: boolean;
} {
  const isUp = status === 'online';
  const isDown = status === 'offline';
  return {
    many: (isUp || isDown) && (reconnectCount ?? 0) >= MANY_LINKS,
    cut: isDown && reason !== null && readReason(reason)?.group === 'cut',
  };
}

function ofTheLink(seen: ReadAgentStatusObservation): Contradiction[] {
  const { status, reason, reconnectCount } = seen;
  if (status === 'indirect') {
    return [{ kind: 'held_by_parent', text: 'A Parent holds the link for this Agent.', data: { reason } }];
  }
  const row = reason === null || reason === '' ? null : readReason(reason);
  const data = { reason, reasonKind: row?.kind ?? null, means: row?.meaning ?? null, links: reconnectCount };
  if (status === 'offline' && row?.group === 'key') {
    return [{ kind: 'key_mismatch', text: 'The private key is not the one that was claimed.', data }];
  }
  const { many, cut } = hasLostLinks(seen);
  if (!cut && !many) return [];
  return [
    {
      kind: 'link_flapping',
      text: 'The link of the running Agent has been lost.',
      data: { ...data, many, cut },
    },
  ];
}

function secondsUntil(at: string | null, now: Date): number | null {
  const time = at === null ? Number.NaN : Date.parse(at);
  return Number.isNaN(time) ? null : Math.round((time - now.getTime()) / 1000);
}

function frozenProxy(status: ReadAgentStatusObservation, { facts, routes }: StatusContext): Contradiction | null {
  const running = status.proxy === null ? null : readEffectiveProxy(status.proxy);
  const entry = routes.find(({ id }) => id === facts.legs.link.routeId);
  if (running === null || entry === undefined) return null;
  const expected = spell(entry.route);
  if (expected === null || running === expected) return null;
  return {
    kind: 'proxy_not_active_yet',
    text: 'The running Agent uses another proxy than its configuration says: it fixed its proxy at start-up.',
    data: { running, configured: expected },
  };
}

/** In the form of `readEffectiveProxy`; null for routes that the link never takes. */
function spell(route: Route): string | null {
  if (route.kind === 'direct') return 'none';
  const at = `${route.proxy.host.toLowerCase()}:${String(route.proxy.port)}`;
  if (route.kind === 'http_connect') return `http://${at}`;
  if (route.kind !== 'socks5') return null;
  return `${route.resolveAt === 'proxy' ? 'socks5h' : 'socks5'}://${at}`;
}
