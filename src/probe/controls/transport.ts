/** Is it this port, this address, or everything? */
import type { Control } from '../types.js';

export const otherPort: Control = {
  kind: 'other_port',
  title: 'the same address on port 80',
  phases: ['connect'],
  plan(suspicion) {
    if (suspicion.address === null || suspicion.route.route.kind !== 'direct') return [];
    return [
      {
        key: `other_port:${suspicion.address}`,
        kind: 'other_port',
        do: 'connect',
        host: suspicion.target.host,
        address: suspicion.address,
        port: 80,
      },
    ];
  },
};

export const gateway: Control = {
  kind: 'gateway',
  title: 'a packet to the default gateway',
  phases: ['connect'],
  plan: (suspicion, { input }) =>
    suspicion.route.route.kind === 'direct'
      ? input.gateways.map((address) => ({
          key: `gateway:${address}`,
          kind: 'gateway' as const,
          do: 'connect' as const,
          host: address,
          address,
          port: suspicion.target.port,
        }))
      : [],
};

export const neutralHost: Control = {
  kind: 'neutral_host',
  title: 'an unrelated host on 443',
  phases: ['resolve', 'connect', 'tls'],
  plan: (suspicion, { input }) =>
    suspicion.route.route.kind === 'direct'
      ? (input.thirdParties?.neutralHosts ?? []).map((host) => ({
          key: `neutral_host:${host}`,
          kind: 'neutral_host' as const,
          do: 'neutral' as const,
          host,
        }))
      : [],
};
