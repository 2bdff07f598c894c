/** Whatever a network does: a leg that will fail has a finding that blocks, and the verdict names it. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LEGS, type RouteEntry } from '../../../src/model/route.js';
import { at, play, PROXY, SOCKS, type Fate } from './networks.js';
import { hostNetwork, localFirewall, tell, world, type World } from './world.js';

const fate = fc.record({ stage: fc.nat(7), pick: fc.nat(60), other: fc.nat(300), six: fc.nat(16) });

describe('every leg that will fail', () => {
  it('has a finding that blocks, and the verdict names it', () => {
    const runs = fc.record({
      fates: fc.tuple(fate, fate, fate, fate),
      route: fc.nat(3),
      network: fc.nat(5),
      version: fc.constantFrom('2.10.3', '2.11.0', '2.12.0'),
    });
    fc.assert(
      fc.property(runs, ({ fates, route, network, version }) => {
        const base = world();
        const direct = base.routes[0] as RouteEntry;
        const entry = at([direct, direct, PROXY, SOCKS], route);
        const legs = Object.fromEntries(LEGS.map((leg) => [leg, { ...base.agent.legs[leg], routeId: entry.id }]));
        const agent = {
          ...base.agent,
          version: { ...base.agent.version, value: version },
          legs: legs as World['agent']['legs'],
        };
        const run: World = { ...base, routes: [direct, PROXY, SOCKS], agent };
        if (entry !== direct) run.seen.on({ leg: null, host: 'proxy.example' }).resolveOk(['192.0.2.80']);
        LEGS.forEach((leg, index) => play(run, leg, entry, fates[index] as Fate));
        if (network < 3) hostNetwork(run, { defaultRoute4: network > 0, defaultRoute6: network > 1 });
        if (network % 2 === 0) localFirewall(run);
        const told = tell(run);
        for (const leg of LEGS) {
          const { outcome, cause } = told.verdict.legs[leg];
          if (outcome !== 'will_fail') continue;
          const because = `${leg}: ${told.verdict.legs[leg].note} (${told.ids.join(', ')})`;
          expect(cause, because).not.toBeNull();
          expect(
            told.found.some(({ id, severity }) => id === cause && severity === 'blocks'),
            because,
          ).toBe(true);
        }
        const [first] = told.found;
        if (told.exitCode === 1) expect(first?.severity).toBe('blocks');
      }),
      { numRuns: 60 },
    );
  });
});
