/** Same name at other addresses: tells a blocked address from a blocked name, and a lying resolver from a dead cloud. */
import type { Control, ControlPlan, Suspicion } from '../types.js';
import { handshake } from './handshake.js';

function at(kind: 'known_address' | 'other_resolver_address', suspicion: Suspicion, address: string): ControlPlan {
  const { host, port } = suspicion.target;
  return handshake(kind, suspicion, `${host}:${String(port)}:${address}`, { address });
}

export const knownAddress: Control = {
  kind: 'known_address',
  title: 'the same name at its published addresses',
  phases: ['resolve', 'connect', 'tls'],
  plan(suspicion, { input, resolved }) {
    if (suspicion.route.route.kind !== 'direct') return [];
    const answered = new Set(resolved.get(suspicion.target.host) ?? []);
    return (input.knownAddresses.get(suspicion.target.host) ?? [])
      .filter((address) => !answered.has(address))
      .map((address) => at('known_address', suspicion, address));
  },
};

export const otherResolverAddress: Control = {
  kind: 'other_resolver_address',
  title: 'the same name at the addresses other resolvers give',
  phases: ['resolve', 'connect', 'tls'],
  plan(suspicion, { resolved, wire }) {
    if (suspicion.route.route.kind !== 'direct') return [];
    const answered = new Set(resolved.get(suspicion.target.host) ?? []);
    return (wire.get(suspicion.target.host) ?? [])
      .filter((address) => !answered.has(address))
      .slice(0, 6)
      .map((address) => at('other_resolver_address', suspicion, address));
  },
};
