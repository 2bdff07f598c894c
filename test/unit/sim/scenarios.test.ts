import { expect, it } from 'vitest';
import { FAULTS, parseFault } from '../../../src/sim/faults/registry.js';
import { PROXY_BEHAVIOURS } from '../../../src/sim/proxy/start-proxy.js';
import { findScenario, SCENARIOS } from '../../../src/sim/scenarios/registry.js';
import { KNOWN_GAPS } from '../../scenario/gaps.js';

it('every scenario has an id of its own that can be found', () => {
  expect(new Set(SCENARIOS.map(({ id }) => id)).size).toBe(SCENARIOS.length);
  for (const scenario of SCENARIOS) {
    expect(scenario.id).toMatch(/^[a-z0-9_]+$/);
    expect(findScenario(scenario.id)).toBe(scenario);
  }
  expect(findScenario('no_such_scenario')).toBeNull();
});

it('every scenario names faults and proxy behaviours that exist', () => {
  for (const { faults, impostor, secondResolver, proxy } of SCENARIOS) {
    for (const fault of [...faults, ...(impostor ?? []), ...(secondResolver ?? [])]) {
      expect(() => parseFault(fault), fault).not.toThrow();
    }
    if (proxy === null || proxy.behaviour === 'absent') continue;
    const known = PROXY_BEHAVIOURS[proxy.scheme === 'http' ? 'http' : 'socks5'].map(({ id }) => id);
    expect(known).toContain(proxy.behaviour);
  }
});

it('a scenario in which nothing stops anything has no cause, any other has one', () => {
  for (const {
    id,
    expect: { claim, link, cause },
  } of SCENARIOS) {
    expect(cause === null, id).toBe(claim === 'will_work' && link === 'will_work');
  }
});

it('direct, CONNECT and SOCKS routes each have healthy and faulty scenarios', () => {
  for (const scheme of [null, 'http', 'socks5', 'socks5h'] as const) {
    const own = SCENARIOS.filter(({ proxy }) => (proxy?.scheme ?? null) === scheme);
    expect(
      own.some((scenario) => scenario.expect.cause === null),
      String(scheme),
    ).toBe(true);
    expect(
      own.some((scenario) => scenario.expect.cause !== null),
      String(scheme),
    ).toBe(true);
  }
});

it('every gap is a scenario', () => {
  for (const id of Object.keys(KNOWN_GAPS)) expect(findScenario(id), id).not.toBeNull();
});

it('every fault has a name of its own, works with its default parameter, and can be given hosts', () => {
  expect(new Set(FAULTS.map(({ name }) => name)).size).toBe(FAULTS.length);
  for (const { name, hosts, parameter } of FAULTS) {
    expect(parseFault(name).hosts).toBe(hosts);
    expect(parseFault(`${name}:api+mqtt`).hosts).toEqual(['api', 'mqtt']);
    expect(parseFault(`${name}:all`).hosts).toHaveLength(3);
    if (parameter) expect(parseFault(`${name}=${parameter.default}:app`).hosts).toEqual(['app']);
  }
});

it.each([
  '',
  'nxdomain:',
  'nxdomain=',
  'nx domain',
  'nxdomain:nobody',
  'NXDOMAIN',
  '403_page=nobody',
  'idle_cut=-1',
  'sinkhole=x',
])('the fault specification "%s" is refused with a sentence', (spec) => {
  expect(() => parseFault(spec)).toThrow(expect.objectContaining({ name: 'UsageError' }));
});

it('an address with colons can be a parameter, with and without a host', () => {
  expect(parseFault('sinkhole=::1').hosts).toHaveLength(3);
  expect(parseFault('sinkhole=::1:app').hosts).toEqual(['app']);
});
