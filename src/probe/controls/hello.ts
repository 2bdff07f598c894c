/** Same address and name, other ClientHello: tells a filter on size from one on names. */
import type { Control, ControlPlan, Suspicion } from '../types.js';
import { handshake } from './handshake.js';

function hello(
  kind: 'small_client_hello' | 'large_client_hello' | 'short_answer',
  variant: 'small' | 'large' | 'provoke_alert',
  suspicion: Suspicion,
): ControlPlan {
  const { target, route, address } = suspicion;
  return handshake(kind, suspicion, `${route.id}:${target.host}:${address ?? 'proxy'}`, { variant });
}

export const smallClientHello: Control = {
  kind: 'small_client_hello',
  title: 'the same name with a small ClientHello',
  phases: ['tls'],
  plan: (suspicion) => (suspicion.reason === 'odd' ? [] : [hello('small_client_hello', 'small', suspicion)]),
};

export const shortAnswer: Control = {
  kind: 'short_answer',
  title: 'a ClientHello whose answer is one short record',
  phases: ['tls'],
  plan: (suspicion) => (suspicion.reason === 'odd' ? [] : [hello('short_answer', 'provoke_alert', suspicion)]),
};

/**
 * Asked once per healthy env path too: newer Agents send post-quantum key shares (see run.ts). Where the handshake
 * stalls, it tells whether full packets arrive at all.
 */
export const largeClientHello: Control = {
  kind: 'large_client_hello',
  title: 'the same name with a ClientHello larger than one segment',
  phases: ['tls'],
  plan: (suspicion) =>
    suspicion.phase === 'tls' && suspicion.reason === 'odd' ? [] : [hello('large_client_hello', 'large', suspicion)],
};
