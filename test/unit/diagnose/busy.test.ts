/** How late we were counts where it decided something, and nowhere else. */
import { describe, expect, it } from 'vitest';
import { ADDRESS, tell, walkLegs, world, type LegOver, type World } from './world.js';

/** Of a step of 5 s this process ran for 0.2 s. */
const LATE = { t0Ms: 0, tMs: 5000, stalledMs: 4800 } as const;
const link = (how: LegOver): World => walkLegs(world(), { link: how });

describe('a machine that is busy', () => {
  it('leaves a silence open that we were too late to end', () => {
    const told = tell(
      link({ steps: (steps) => void steps.tlsFails(steps.connectOk(ADDRESS.link), 'generic_timeout_error', LATE) }),
    );
    expect(told.verdict.legs.link).toMatchObject({ outcome: 'unknown', cause: 'host.too_busy' });
  });

  it.each<[string, LegOver, string]>([
    ['an RST', { steps: (steps) => void steps.connectFails(ADDRESS.link, 'connection_refused', LATE) }, 'tcp.reset'],
    [
      'the end of a handshake',
      { steps: (steps) => void steps.tlsFails(steps.connectOk(ADDRESS.link), 'connection_reset', LATE) },
      'tls.',
    ],
    ['NXDOMAIN', { steps: (steps) => void steps.resolveFails('dns_nxdomain_error', LATE) }, 'dns.'],
  ])('leaves an answer what it is: %s', (_what, how, cause) => {
    const told = tell(link(how));
    expect(told.ids).not.toContain('host.too_busy');
    expect(told.verdict.legs.link.outcome).toBe('will_fail');
    expect(told.verdict.legs.link.cause).toContain(cause);
  });

  it('is not to blame for a leg that a silence of full length leaves open', () => {
    const run = link({
      steps(steps) {
        steps.tlsFails(steps.connectOk(ADDRESS.link), 'generic_timeout_error', { t0Ms: 0, tMs: 14_000 });
      },
    });
    // Another step of the same leg came late, and decided nothing.
    run.seen
      .on({ leg: 'link' })
      .tlsFails(run.seen.on({ leg: 'link' }).connectOk('203.0.113.99'), 'generic_timeout_error', LATE);
    const told = tell(run);
    expect(told.verdict.legs.link).toMatchObject({ outcome: 'unknown', cause: 'tls.stalled' });
    expect(told.ids).not.toContain('host.too_busy');
  });
});

describe('a step that the budget left no time for', () => {
  it.each([
    [999, false],
    [1000, true],
  ])('is the fault of a machine that took %d ms of it: %s', (stalledMs, busy) => {
    const told = tell(
      link({
        steps: (steps) => void steps.connectFails(ADDRESS.link, 'interrupted', { t0Ms: 0, tMs: 2000, stalledMs }),
      }),
    );
    expect(told.ids.includes('host.too_busy')).toBe(busy);
  });
});

describe('a process that may open no more files', () => {
  it('has not asked the network: nothing is concluded', () => {
    const lack = { rawCode: 'EMFILE' } as const;
    const told = tell(
      walkLegs(world(), {
        all: {
          steps(steps, leg) {
            const failed = steps.connectFails(ADDRESS[leg], 'interrupted');
            Object.assign(failed, { failure: { ...failed.failure, ...lack } });
          },
        },
      }),
    );
    expect(told.verdict.claim.outcome).toBe('unknown');
    expect(told.verdict.link.outcome).toBe('unknown');
    expect(told.ids.filter((id) => id.startsWith('tcp.'))).toEqual([]);
  });
});
