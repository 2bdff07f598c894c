/**
 * What `certain` promises, over every network of the catalogue and random ones: silence, a reset or a refusal is certain
 * against somebody else only once this host's own rules were read and found clear.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RULES } from '../../../src/diagnose/registry.js';
import type { FailureKind } from '../../../src/model/failure.js';
import type { FoundFinding } from '../../../src/model/finding.js';
import type { Observation } from '../../../src/model/observation.js';
import { LEGS, type RouteEntry } from '../../../src/model/route.js';
import { CATALOGUE_WORLDS } from './catalogue-worlds.js';
import { at, play, PROXY, SOCKS, type Fate } from './networks.js';
import { localFirewall, tell, world, type World } from './world.js';

/** What a packet filter of this host makes a connection look like. */
const LIKE_A_FILTER: ReadonlySet<FailureKind> = new Set([
  'generic_timeout_error',
  'timed_out',
  'connection_refused',
  'connection_reset',
  'host_unreachable',
  'network_unreachable',
]);
/** Steps below which no byte of the other side came: afterwards the peer has spoken, and rules alone do not imitate it. */
const BARE: ReadonlySet<Observation['operation']> = new Set(['connect', 'tls_handshake', 'dns_query']);

const others = new Set(['network', 'proxy', 'dns', 'cloud']);

/** Findings that rest on nothing but silence, resets and refusals. */
function onBareFailures(run: World): readonly FoundFinding[] {
  const byId = new Map(run.seen.observations.map((seen) => [seen.id, seen]));
  return tell(run).found.filter(({ evidence, blames }) => {
    const seen = evidence.flatMap((id) => byId.get(id) ?? []);
    return (
      others.has(blames) &&
      seen.length > 0 &&
      seen.every(({ failure, operation }) => failure !== null && BARE.has(operation) && LIKE_A_FILTER.has(failure.kind))
    );
  });
}

const promise = (run: World): void => {
  for (const finding of onBareFailures(run))
    if (finding.confidence === 'certain') expect(finding, finding.id).toMatchObject({ data: { ownRules: 'clear' } });
  for (const { id, title, why, confidence, wouldTell } of tell(run).found) {
    if (confidence === 'certain') {
      expect(why, id).not.toMatch(/could not be excluded|cannot be decided from here/iu);
      expect(wouldTell, id).toBeNull();
    }
    if (/whatever the destination/iu.test(`${title} ${why}`))
      expect(
        run.seen.observations.some(({ role }) => role.kind === 'control' && role.control === 'neutral_host'),
        id,
      ).toBe(true);
  }
};

describe('certain', () => {
  it.each(CATALOGUE_WORLDS)('$id: as it is, with rules read, and with rules that nobody could read', ({ run }) => {
    promise(run());
    const clear = run();
    localFirewall(clear);
    promise(clear);
    const unread = run();
    const failure = { kind: 'not_permitted', operation: 'read_local_firewall', rawCode: null, detail: '' } as const;
    localFirewall(unread, [], { failure });
    promise(unread);
    for (const finding of onBareFailures(unread)) expect(finding.confidence, finding.id).not.toBe('certain');
  });

  it('over random networks', () => {
    const fate = fc.record({ stage: fc.nat(7), pick: fc.nat(60), other: fc.nat(300), six: fc.nat(16) });
    fc.assert(
      fc.property(fc.tuple(fate, fate, fate, fate), fc.nat(3), fc.boolean(), (fates, route, read) => {
        const base = world();
        const direct = base.routes[0] as RouteEntry;
        const entry = at([direct, direct, PROXY, SOCKS], route);
        const legs = Object.fromEntries(LEGS.map((leg) => [leg, { ...base.agent.legs[leg], routeId: entry.id }]));
        const run: World = {
          ...base,
          routes: [direct, PROXY, SOCKS],
          agent: { ...base.agent, legs: legs as World['agent']['legs'] },
        };
        if (entry !== direct) run.seen.on({ leg: null, host: 'proxy.example' }).resolveOk(['192.0.2.80']);
        LEGS.forEach((leg, index) => play(run, leg, entry, fates[index] as Fate));
        if (read) localFirewall(run);
        promise(run);
        if (!read)
          for (const finding of onBareFailures(run)) expect(finding.confidence, finding.id).not.toBe('certain');
      }),
      { numRuns: 80 },
    );
  });

  it('no row is certain and says what would raise it; whatever is less says how to become so, or cannot', () => {
    for (const { id, confidence } of RULES)
      for (const row of confidence) expect(row.confidence === 'certain', id).toBe(row.wouldTell === null);
  });
});
