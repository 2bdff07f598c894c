import { describe, expect, it } from 'vitest';
import { Run } from '../../../src/probe/run-context.js';
import type { Observation } from '../../../src/model/observation.js';
import { scene } from '../../helpers/observations.js';

const run = (over: Partial<ConstructorParameters<typeof Run>[0]> = {}): Run =>
  new Run({ runMs: 15_000, stepMs: 5000, maxSockets: 4, interrupt: new AbortController().signal, ...over });

describe('how long a step may take', () => {
  it('waits longer for a slow peer on the way of the Agent, and not for a connection', () => {
    const one = run();
    const patient = one.context(Number.POSITIVE_INFINITY, true);
    expect(patient.stepTimeoutMs('tls_handshake')).toBe(10_000);
    expect(patient.stepTimeoutMs('proxy_connect')).toBe(10_000);
    expect(patient.stepTimeoutMs('connect')).toBe(5000);
    expect(one.context().stepTimeoutMs('tls_handshake')).toBe(5000);
    one.close();
  });

  it('never beyond the budget of the run', () => {
    const one = run({ runMs: 3000 });
    expect(one.context(Number.POSITIVE_INFINITY, true).stepTimeoutMs('tls_handshake')).toBeLessThanOrEqual(3000);
    one.close();
  });
});

describe('time in which this process did not run', () => {
  const connect = (t0Ms: number, tMs: number): Observation => ({ ...scene().on().connectOk('203.0.113.1'), t0Ms, tMs });

  it('is told of the step that it fell into, and of no other', async () => {
    const one = run();
    const ctx = one.context();
    const before = ctx.now();
    ctx.save(connect(before, before));
    const began = ctx.now();
    const until = performance.now() + 400;
    while (performance.now() < until);
    ctx.save(connect(began, ctx.now()));
    await new Promise((resolve) => setTimeout(resolve, 60));
    const after = ctx.now();
    ctx.save(connect(after, after + 1));
    const [first, second, third] = one.observations;
    expect(first).not.toHaveProperty('stalledMs');
    expect(second?.stalledMs).toBeGreaterThan(250);
    expect(second?.stalledMs).toBeLessThanOrEqual(500);
    expect(third).not.toHaveProperty('stalledMs');
    one.close();
  });
});
