import { describe, expect, it } from 'vitest';
import { blamed, healthy, hostNetwork, localFirewall, tell, world } from './world.js';

describe('a healthy network', () => {
  it('gets a clean verdict with evidence and exit code 0', () => {
    const told = tell(healthy());
    expect(told.verdict.claim.outcome).toBe('will_work');
    expect(told.verdict.link.outcome).toBe('will_work');
    expect(told.verdict.link.evidence.length).toBeGreaterThan(0);
    expect(told.ids).toEqual([]);
    expect(told.exitCode).toBe(0);
  });

  it('is not blamed for anything when host facts are there too', () => {
    const run = healthy(world({ strict: true }));
    hostNetwork(run);
    localFirewall(run);
    const told = tell(run);
    expect(blamed(told)).toEqual([]);
    expect(told.exitCode).toBe(0);
  });
});
