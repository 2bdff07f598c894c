/** Does the resolver answer anything at all, and what do others say? */
import type { Control, ControlPlan } from '../types.js';

export const resolverLiveness: Control = {
  kind: 'resolver_liveness',
  title: 'the same resolver with a name it can answer itself',
  phases: ['resolve'],
  // Any reply proves that the resolver lives, whatever its rcode; the root's NS set and localhost leave the site for no one.
  plan: (_suspicion, { input }) =>
    input.resolvers.map((resolver) => ({
      key: `resolver_liveness:${resolver.address}:${String(resolver.port)}`,
      kind: 'resolver_liveness' as const,
      do: 'dns' as const,
      resolver,
      name: 'localhost',
      type: 'A' as const,
    })),
};

export const publicResolver: Control = {
  kind: 'public_resolver',
  title: 'public resolvers, on the wire and over HTTPS',
  phases: ['resolve', 'tls'],
  plan({ target, route }, { input }) {
    if (input.thirdParties === null || route.route.kind !== 'direct') return [];
    const plans: ControlPlan[] = [];
    for (const resolver of input.thirdParties.resolvers) {
      plans.push({
        key: `public_resolver:${resolver.address}:${target.host}`,
        kind: 'public_resolver',
        do: 'dns',
        resolver,
        name: target.host,
        type: 'A',
      });
    }
    for (const { url, address } of input.thirdParties.dohUrls) {
      plans.push({
        key: `public_resolver:${url}:${target.host}`,
        kind: 'public_resolver',
        do: 'doh',
        url,
        address,
        name: target.host,
        type: 'A',
      });
    }
    return plans;
  },
};
