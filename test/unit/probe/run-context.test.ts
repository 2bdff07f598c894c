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

  it('goes beyond the budget for a connected peer on the way of the Agent, and for nothing else', () => {
    const linger = { ms: 25_000, waitMs: () => 30_250 };
    const one = run({ ...still, linger });
    const patient = one.context(Number.POSITIVE_INFINITY, 'env');
    expect(patient.stepTimeoutMs('http_round_trip')).toBe(30_250);
    expect(patient.stepTimeoutMs('connect')).toBe(5000);
    expect(one.context().stepTimeoutMs('http_round_trip')).toBe(5000);
    expect(one.budgetLeftMs()).toBe(15_000);
    one.close();
    const quick = run({ ...still, linger: { ms: 25_000, waitMs: () => 5250 } });
    expect(quick.context(Number.POSITIVE_INFINITY, 'claim').stepTimeoutMs('tls_handshake')).toBe(15_000);
    quick.close();
  });

  it('has time for what follows a wait beyond the budget, and none before it', () => {
    let clock = 0;
    const one = run({ now: () => clock, linger: { ms: 25_000, waitMs: () => 30_250 } });
    const patient = one.context(Number.POSITIVE_INFINITY, 'auth');
    clock = 12_000;
    expect(patient.stepTimeoutMs('connect')).toBe(3000);
    expect(patient.stepTimeoutMs('tls_handshake')).toBe(28_000);
    clock = 26_000;
    expect(patient.stepTimeoutMs('connect')).toBe(5000);
    expect(patient.stepTimeoutMs('tls_handshake')).toBe(14_000);
    one.close();
  });

  it('says what it waits for once that takes long, until it is answered', async () => {
    let clock = 0;
    const told: unknown[] = [];
    const one = run({ now: () => clock, onWait: (waiting) => told.push(waiting) });
    const ctx = one.context(Number.POSITIVE_INFINITY, 'env');
    ctx.stepTimeoutMs('http_round_trip');
    const answer = {
      ...scene().on().connectOk('203.0.113.1'),
      leg: 'env',
      operation: 'http_round_trip',
    } as unknown as Observation;
    clock = 3100;
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(told).toEqual([{ leg: 'env', operation: 'http_round_trip', sinceMs: 0, untilMs: 15_000 }]);
    ctx.save(answer);
    clock = 9000;
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(told).toHaveLength(1);
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
