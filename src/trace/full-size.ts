/** Packets of full size that vanish where small ones pass. */
import type { FullSizeWriteObservation } from '../model/observation.js';
import { isControl, type Attempt } from './attempts.js';
import { sameHost } from './legs.js';
import { isLost, isSilent } from './silence.js';

/** Several full segments did not arrive, and the kernel, where it tells, had repeated them often enough. */
export function isFullSizeLost({ acknowledged, unacknowledged }: FullSizeWriteObservation): boolean {
  return acknowledged === false && (unacknowledged === undefined || isLost({ unacknowledged }));
}

/**
 * Proven by a write of several full segments on an open connection; or, where no handshake comes that far, by a
 * ClientHello of full size that the peer never acknowledged, while the ordinary one arrived and short answers come back.
 */
export function losesFullSize(
  attempts: readonly Attempt[],
  { host, routeId }: Pick<Attempt, 'host' | 'routeId'>,
): boolean {
  const there = attempts.filter((attempt) => attempt.routeId === routeId && sameHost(attempt.host, host));
  const writes = there.flatMap(({ fullSize }) => (fullSize === null ? [] : [fullSize]));
  if (writes.some(({ acknowledged }) => acknowledged === true)) return false;
  if (writes.some(isFullSizeLost)) return true;
  const hellos = (kind: string) =>
    there.flatMap(({ role, tls }) => (tls !== null && isControl(role, kind) ? [tls] : []));
  const answered = hellos('short_answer').some(({ failure, gotServerBytes }) => failure === null || gotServerBytes);
  const arrived = there.some(
    ({ role, tls }) => role.kind === 'path' && tls !== null && isSilent(tls) && tls.unacknowledged?.bytes === 0,
  );
  return answered && arrived && hellos('large_client_hello').some(isLost);
}
