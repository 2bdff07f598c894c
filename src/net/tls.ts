/**
 * One TLS handshake that accepts any certificate: the chain is kept and judged afterwards against every store of the
 * run. What was seen below TLS is kept as well, so that silence, plain text, alerts and resets are told apart.
 */
import type { X509Certificate } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import tls, { type TLSSocket } from 'node:tls';
import type { Failure } from '../model/failure.js';
import type { TlsHandshakeObservation } from '../model/observation.js';
import { factsOf, matchesName, sentChain } from './certificate.js';
import { classifyError, failureOf } from './classify.js';
import type { NetContext, Step, StepLabel } from './context.js';
import { afterPoll, guardSocket, linkSockets, peerOf, rememberPeer } from './socket.js';
import { StepClock } from './step.js';
import { Tee } from './tee.js';
import { alertOfOpensslCode } from './tls-alerts.js';
import { contextFor, paddingSession, type HelloVariant } from './tls-hello.js';
import type { TrustSet } from './trust.js';
import { unacknowledgedIn } from './unacknowledged.js';

export interface HandshakeInput {
  /** Connected (and tunnelled). Belongs to the returned handle afterwards; destroyed when the handshake fails. */
  readonly socket: Socket;
  /** Server name to send; null = none. Address literals are never sent (RFC 6066 §3): the observation says null. */
  readonly sni: string | null;
  readonly expectedName: string;
  readonly variant: HelloVariant;
  readonly trust: TrustSet;
}

/** Shakes hands. The handle is given whatever the certificate is worth; the judgements are in the observation. */
export async function handshakeTls(
  ctx: NetContext,
  label: StepLabel,
  input: HandshakeInput,
): Promise<Step<TlsHandshakeObservation, TLSSocket>> {
  const step = new StepClock(ctx, label, 'tls_handshake');
  const address = peerOf(input.socket);
  const sni = input.sni !== null && isIP(input.sni) === 0 ? input.sni : null;
  const blocked = step.blocked();
  const attempt = blocked === null ? await shakeHands(step, input, sni) : { failure: blocked, socket: null, tee: null };
  const { tee } = attempt;

  const received = tee?.received ?? Buffer.alloc(0);
  const failure = attempt.failure === null ? null : refine(attempt.failure, received);
  const secure = failure === null ? attempt.socket : null;
  const lost = await unacknowledgedIn(failure, input.socket);
  const chain: readonly X509Certificate[] = secure === null ? [] : sentChain(secure);
  const leaf = chain[0];
  if (secure === null) {
    attempt.socket?.destroy();
    input.socket.destroy();
  } else {
    rememberPeer(secure, address);
  }
  const observation = step.save<TlsHandshakeObservation>({
    ...step.base(address, failure),
    ...lost,
    sni,
    expectedName: input.expectedName,
    helloVariant: input.variant,
    helloBytes: tee !== null && tee.firstFlight > 0 ? tee.firstFlight : null,
    gotServerBytes: received.length > 0,
    rawFirstBytes: received.length > 0 && !isTls(received) ? received.toString('latin1') : '',
    protocol: secure?.getProtocol() ?? null,
    cipher: secure?.getCipher().name ?? null,
    alert: failure === null ? null : (alertIn(received) ?? alertOfOpensslCode(failure.rawCode ?? '')),
    chain: chain.map(factsOf),
    nameMatches: leaf === undefined ? null : matchesName(leaf, input.expectedName),
    judgements: leaf === undefined ? [] : input.trust.judge(chain, ctx.wallClock()),
  });
  return { observation, handle: secure };
}

interface Attempt {
  readonly failure: Failure | null;
  readonly socket: TLSSocket | null;
  readonly tee: Tee | null;
}

async function shakeHands(
  step: StepClock<'tls_handshake'>,
  { socket, variant }: HandshakeInput,
  sni: string | null,
): Promise<Attempt> {
  const tee = new Tee(socket);
  tee.on('error', () => undefined);
  let secure: TLSSocket;
  try {
    secure = tls.connect({
      socket: tee,
      ...(sni === null ? {} : { servername: sni }),
      secureContext: contextFor(variant),
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      ...(variant === 'large' ? { session: paddingSession() } : {}),
    });
  } catch (error) {
    return { failure: classifyError(error, step.operation), socket: null, tee };
  }
  guardSocket(secure);
  linkSockets(secure, tee, socket);
  return new Promise((resolve) => {
    const finish = (failure: Failure | null): void => {
      cancel();
      step.signal.removeEventListener('abort', onAbort);
      secure.off('secureConnect', onSecure);
      secure.off('error', onError);
      secure.off('close', onClose);
      tee.off('close', onClose);
      resolve({ failure, socket: secure, tee });
    };
    const onSecure = (): void => finish(null);
    // The reason below TLS is the better one: TLS only knows that its stream ended.
    const onError = (error: Error): void => finish(classifyError(tee.broken ?? error, step.operation));
    const onClose = (): void => {
      const why = tee.broken ?? secure.errored;
      const detail = 'the peer closed the connection within the handshake';
      finish(why ? classifyError(why, step.operation) : failureOf('eof_error', step.operation, null, detail));
    };
    const onAbort = (): void => finish(step.interrupted());
    const cancel = afterPoll(step.timeoutMs, () => finish(step.timedOut('complete handshake')));
    step.signal.addEventListener('abort', onAbort, { once: true });
    secure.once('secureConnect', onSecure);
    secure.once('error', onError);
    secure.once('close', onClose);
    tee.once('close', onClose);
  });
}

/** Record types 20..24 with major version 3 (RFC 8446 §5.1). A short prefix gets the benefit of the doubt. */
function isTls(received: Buffer): boolean {
  const [type = 0, major] = received;
  return type >= 20 && type <= 24 && (major === undefined || major === 3);
}

/** The alert of a plain-text alert record that came first (or right behind the server's flight), or null. */
function alertIn(received: Buffer): number | null {
  for (let at = 0; at + 5 <= received.length && isTls(received.subarray(at));) {
    const length = received.readUInt16BE(at + 3);
    // Level 2 is fatal; a warning (unrecognized_name) may precede an ordinary handshake.
    if (received[at] === 21 && length === 2 && received[at + 5] === 2) return received[at + 6] ?? null;
    at += 5 + length;
  }
  return null;
}

/** What came over the wire says more than how OpenSSL took it. */
function refine(failure: Failure, received: Buffer): Failure {
  if (failure.kind === 'interrupted' || received.length === 0) return failure;
  if (!isTls(received)) {
    return failureOf('ssl_not_tls', 'tls_handshake', failure.rawCode, 'the peer answered with something else than TLS');
  }
  const alert = alertIn(received);
  if (alert === null) return failure;
  return failureOf('ssl_alert', 'tls_handshake', failure.rawCode, `TLS alert ${String(alert)}`);
}
