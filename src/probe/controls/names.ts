/** Same address, other names in the ClientHello: tells SNI filtering from a dead address. */
import type { Control, ControlPlan, Suspicion } from '../types.js';
import { handshake } from './handshake.js';

/** Reserved for documentation (RFC 2606): no filter has a reason to name it, and nothing is sent to its owner. */
const CONTROL_NAME = 'www.example.com';

function named(kind: ControlPlan['kind'], suspicion: Suspicion, sni: string | null): ControlPlan {
  const { target, route, address } = suspicion;
  const apart = `${route.id}:${target.host}:${address ?? 'proxy'}:${sni ?? 'none'}`;
  return handshake(kind, suspicion, apart, { sni, expectedName: sni ?? target.host });
}

export const otherName: Control = {
  kind: 'other_name_same_address',
  title: 'the same address with another name in the ClientHello',
  phases: ['tls'],
  plan: (suspicion) => [named('other_name_same_address', suspicion, CONTROL_NAME)],
};

export const noName: Control = {
  kind: 'no_name_same_address',
  title: 'the same address with no name in the ClientHello',
  phases: ['tls'],
  plan: (suspicion) => (suspicion.reason === 'odd' ? [] : [named('no_name_same_address', suspicion, null)]),
};

/** A sibling's name at this address: every cloud name is served at each of its addresses. */
export const siblingName: Control = {
  kind: 'sibling_host',
  title: 'the same address with the name of a sibling host',
  phases: ['tls'],
  plan(suspicion, { input }) {
    if (suspicion.reason === 'odd') return [];
    const sibling = input.targets.find((target) => target.host !== suspicion.target.host);
    return sibling === undefined ? [] : [named('sibling_host', suspicion, sibling.host)];
  },
};
