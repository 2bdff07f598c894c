import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../src/model/observation.js';
import { Run } from '../../../src/probe/run-context.js';
import { scene } from '../../helpers/observations.js';

/** A run on a clock of its own, whose heartbeat comes as late as the clock says. */
function starvedRun() {
  let clock = 0;
  const interrupt = new AbortController();
  const run = new Run({ runMs: 15_000, stepMs: 5000, maxSockets: 4, interrupt: interrupt.signal, now: () => clock });
  const seen = (over: Partial<Observation>): Observation =>
    ({ ...scene().on().connectOk('203.0.113.1'), ...over }) as Observation;
  const save = (over: Partial<Observation>): Observation | undefined => {
    run.context().save(seen(over));
    return run.observations.at(-1);
  };
  return { run, save, interrupt, pass: (ms: number) => (clock += ms) };
}

const failure = (kind: 'interrupted' | 'generic_timeout_error') =>
  ({ kind, operation: 'connect', rawCode: null, detail: '' }) as const;

describe('many small stalls', () => {
  it('add up: a quota of 5 % of a CPU lets every look come late', () => {
    const { run, save, pass } = starvedRun();
    // What the kernel does with such a quota: 5 ms of running, 95 ms of waiting.
    for (let n = 0; n < 50; n += 1) {
      pass(100);
      run.context().save({ ...scene().on().connectOk('203.0.113.1'), t0Ms: run.now(), tMs: run.now() });
    }
    const waited = { t0Ms: 0, tMs: run.now(), failure: failure('generic_timeout_error') };
    expect(save({ ...waited, operation: 'tls_handshake' })?.stalledMs).toBeGreaterThanOrEqual(2400);
    // The kernel connects meanwhile: that nothing came is a fact.
    expect(save(waited)).not.toHaveProperty('stalledMs');
    expect(save({ ...waited, failure: null })?.stalledMs).toBeGreaterThanOrEqual(2400);
    run.close();
  });

  it('one long one may be that of the machine: it counts against a connection in vain too', () => {
    const { run, save, pass } = starvedRun();
    pass(4000);
    const waited = { t0Ms: 0, tMs: run.now(), failure: failure('generic_timeout_error') };
    expect(save(waited)?.stalledMs).toBeGreaterThan(3900);
    run.close();
  });

  it('the jitter of an idle machine does not', () => {
    const { run, save, pass } = starvedRun();
    for (let n = 0; n < 100; n += 1) {
      pass(65);
      run.context().save({ ...scene().on().connectOk('203.0.113.1'), t0Ms: run.now(), tMs: run.now() });
    }
    expect(save({ t0Ms: 0, tMs: run.now() })).not.toHaveProperty('stalledMs');
    run.close();
  });
});

describe('a step that was never begun', () => {
  it('was kept from it by all the stalls of the run', () => {
    const { run, save, pass } = starvedRun();
    pass(15_000);
    const now = run.now();
    expect(save({ t0Ms: now, tMs: now, failure: failure('interrupted') })?.stalledMs).toBeGreaterThan(14_000);
    run.close();
  });

  it('or by Ctrl-C, which is no stall', () => {
    const { run, save, pass, interrupt } = starvedRun();
    pass(1000);
    interrupt.abort();
    const now = run.now();
    expect(save({ t0Ms: now, tMs: now, failure: failure('interrupted') })).not.toHaveProperty('stalledMs');
    run.close();
  });
});
