import { describe, expect, it } from 'vitest';
import { Run } from '../../../src/probe/run-context.js';
import type { Observation } from '../../../src/model/observation.js';
import { scene } from '../../helpers/observations.js';

const run = (over: Partial<ConstructorParameters<typeof Run>[0]> = {}): Run =>
  new Run({ runMs: 15_000, stepMs: 5000, maxSockets: 4, interrupt: new AbortController().signal, ...over });

describe('how long a step may take', () => {
  const still = { now: () => 1000 };

  it('gives a slow peer on the way of the Agent what is left of the budget, and a connection one deadline', () => {
    const one = run(still);
    const patient = one.context(Number.POSITIVE_INFINITY, 'env');
    expect(patient.stepTimeoutMs('tls_handshake')).toBe(15_000);
    expect(patient.stepTimeoutMs('proxy_connect')).toBe(15_000);
    expect(patient.stepTimeoutMs('connect')).toBe(5000);
    expect(one.context().stepTimeoutMs('tls_handshake')).toBe(5000);
    one.close();
  });

  it('keeps the time of a hold, and that of a later turn', () => {
    const one = run({ ...still, reservedMs: 4000 });
    expect(one.context(Number.POSITIVE_INFINITY, 'link').stepTimeoutMs('mqtt_connect')).toBe(11_000);
    expect(one.context(9000, 'link').stepTimeoutMs('mqtt_connect')).toBe(9000);
    expect(one.context().stepTimeoutMs('hold')).toBe(5000);
    one.close();
  });

  it('waits as long as the Agent where it is asked to, within the budget', () => {
    const waits = { connect: 20_000, http_round_trip: 30_000 } as Record<string, number>;
    const agentWaitMs = (_: unknown, operation: string): number => waits[operation] ?? 0;
    const one = run({ ...still, runMs: 25_000, agentWaitMs });
    const patient = one.context(Number.POSITIVE_INFINITY, 'env');
    expect(patient.stepTimeoutMs('connect')).toBe(20_000);
    expect(patient.stepTimeoutMs('http_round_trip')).toBe(25_000);
    expect(patient.stepTimeoutMs('tls_handshake')).toBe(5000);
    expect(one.context().stepTimeoutMs('connect')).toBe(5000);
    one.close();
  });

  it('waits for the system resolver as long as that tries', () => {
    const asked: string[] = [];
    const agentWaitMs = (_: unknown, operation: string): number => (asked.push(operation), 20_000);
    const [one, patient] = [run(), run({ agentWaitMs })];
    expect(one.lookupMs).toBe(11_000);
    expect(run({ stepMs: 1000 }).lookupMs).toBe(10_500);
    expect(patient.lookupMs).toBe(20_000);
    expect(asked).toEqual(['resolve']);
    one.close();
    patient.close();
  });

  it('never beyond the budget of the run', () => {
    const one = run({ runMs: 3000 });
    expect(one.context(Number.POSITIVE_INFINITY, 'env').stepTimeoutMs('tls_handshake')).toBeLessThanOrEqual(3000);
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
