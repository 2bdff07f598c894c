import { describe, expect, it } from 'vitest';
import { hunted } from '../../netns/hunt/generate.js';
import { CONDITIONS, FAULTS, VERSIONS } from '../../netns/hunt/parts.js';

const networks = Array.from({ length: 2000 }, (_, index) => hunted(7, index));

describe('hunted networks', () => {
  it('are the same for the same seed and number', () => {
    expect(hunted(7, 3).labCase.title).toBe(hunted(7, 3).labCase.title);
    expect(new Set(networks.map(({ labCase }) => labCase.title)).size).toBeGreaterThan(1000);
  });

  it('hold every fault and every condition, alone and in company', () => {
    const faults = new Set(networks.flatMap((network) => network.faults.map(({ id }) => id)));
    const conditions = new Set(networks.flatMap((network) => network.conditions.map(({ id }) => id)));
    expect([...faults].sort()).toEqual(FAULTS.map(({ id }) => id).sort());
    expect([...conditions].sort()).toEqual(CONDITIONS.map(({ id }) => id).sort());
    expect(networks.some((network) => network.faults.length === 2)).toBe(true);
  });

  it('never put two parts together that exclude each other', () => {
    for (const { faults, conditions } of networks) {
      const used = [...faults, ...conditions].flatMap(({ uses }) => [...new Set(uses)]);
      expect(new Set(used).size).toBe(used.length);
    }
  });

  it('expect what was injected: nothing wrong without a fault, a cause with one', () => {
    for (const { labCase, faults } of networks) {
      expect(labCase.expect.cause === null).toBe(faults.length === 0);
      if (faults.length === 0) expect([labCase.expect.claim, labCase.expect.link]).toEqual(['will_work', 'will_work']);
    }
  });

  it.each([
    ['other-name', '2.10.3', 'claim'],
    ['other-name', '2.10.4', 'claim link'],
    ['first-address-silent', '2.0.3', ''],
    ['first-address-silent', '2.8.5', 'env auth link'],
    ['https-proxy-only', '2.0.3', 'claim env auth link'],
    ['https-proxy-only', '2.3.0', ''],
    ['connect-chunked', '2.9.0', 'env auth'],
    ['connect-chunked', '2.10.3', ''],
    ['proxy-wants-user-agent', '2.9.0', 'claim link'],
    ['socks-in-file', '2.8.5', 'env auth link'],
  ])('let a release meet what it minds: %s, %s', (id, version, legs) => {
    const stops = FAULTS.find((fault) => fault.id === id)?.stops;
    expect((typeof stops === 'function' ? stops(version) : []).join(' ')).toBe(legs);
  });

  it('are of the releases that people run, whatever else they hold', () => {
    const versions = new Set(networks.map(({ labCase }) => labCase.version));
    expect(versions).toEqual(new Set<string>(VERSIONS));
    expect(networks.some(({ route, labCase }) => route === 'socks' && labCase.version === '2.9.0')).toBe(false);
  });
});
