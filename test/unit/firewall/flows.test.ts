/** Every target lets through exactly the listed pairs of host and port, and nothing else. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatPrefix, parsePrefix } from '../../../src/firewall/core/cidr.js';
import { RULE_TARGETS } from '../../../src/firewall/registry.js';
import { checkAllowList, renderRules } from '../../../src/firewall/render.js';
import { RefusalError, type CheckedAllowList, type RuleTarget } from '../../../src/firewall/core/target.js';
import { flowsOf } from '../../oracles/flows.js';
import { host, LAB_RANGES, list } from './factory.js';

/** No two of them may merge into a wider prefix: that is another test's business. */
const V4 = ['198.51.100.1', '198.51.100.4', '198.51.100.16/28', '203.0.113.9'];
const V6 = ['2001:db8::1', '2001:db8::4', '2001:db8:7::/48'];
const NAMES = ['api.netdata.cloud', 'app.netdata.cloud', 'mqtt.example.com', 'x-1.example.org'];

const hosts = fc.uniqueArray(
  fc.record({
    fqdn: fc.constantFrom(...NAMES),
    ports: fc.uniqueArray(fc.constantFrom(80, 443, 1025, 8443, 19_999, 64_000), { minLength: 1, maxLength: 3 }),
    v4: fc.uniqueArray(fc.constantFrom(...V4), { minLength: 1, maxLength: 3 }),
    v6: fc.uniqueArray(fc.constantFrom(...V6), { minLength: 1, maxLength: 2 }),
  }),
  { minLength: 1, maxLength: 3, selector: (row) => row.fqdn },
);

const PLAIN = [{ fqdn: 'app.netdata.cloud', ports: [8443], v4: ['198.51.100.1'], v6: ['2001:db8::1'] }];
const USUAL = [{ fqdn: 'app.netdata.cloud', ports: [443], v4: ['198.51.100.1'], v6: ['2001:db8::1'] }];
/** The same address behind two names with different ports: what is meant for one must not hold for the other. */
const APART = [
  { fqdn: 'api.netdata.cloud', ports: [443], v4: ['198.51.100.1'], v6: ['2001:db8::1'] },
  { fqdn: 'app.netdata.cloud', ports: [80, 1025], v4: ['203.0.113.9'], v6: ['2001:db8::4'] },
];

type Destination = 'names' | 'addresses';

/** A list format has no ports, or the platform has none for names; then the hosts alone are held. */
const WITHOUT_PORTS: ReadonlySet<string> = new Set([
  'domains',
  'cidr4',
  'cidr6',
  'edl',
  'zscaler',
  'netskope',
  'adguard',
  'pihole',
  'umbrella',
]);

/** Artefacts of one family, as their titles say; the other one has a target of its own. */
const ONE_FAMILY: Readonly<Record<string, readonly number[]>> = { ip6tables: [6], cidr4: [4], cidr6: [6] };

function wanted(target: RuleTarget, of: CheckedAllowList, by: readonly Destination[]): string[] {
  const { id } = target;
  const families = ONE_FAMILY[id] ?? target.capabilities.families;
  const pairs = of.hosts.flatMap(({ fqdn, ports, addresses }) => {
    const prefixes = addresses
      .filter((row) => families.includes(row.family))
      .map((row) => formatPrefix(parsePrefix(row.cidr)));
    const destinations = [...(by.includes('names') ? [fqdn] : []), ...(by.includes('addresses') ? prefixes : [])];
    return destinations.flatMap((to) => (WITHOUT_PORTS.has(id) ? [to] : ports.map((port) => `${to} ${String(port)}`)));
  });
  return [...new Set(pairs)].sort();
}

/** Ways of one target to write destinations down, as its setting has them. */
function ways(target: RuleTarget): readonly { readonly by: readonly Destination[]; readonly settings: object }[] {
  const match = target.settings.find((setting) => setting.name === 'match');
  if (match !== undefined)
    return (['names', 'addresses'] as const).map((by) => ({ by: [by], settings: { match: by } }));
  const { matches } = target.capabilities;
  if (target.id === 'oci-nsg') return ['', 'terraform'].map((form) => ({ by: ['addresses'], settings: { form } }));
  if (target.id === 'edl') return [{ by: ['names', 'addresses'], settings: {} }];
  return [{ by: [matches === 'names' ? 'names' : 'addresses'], settings: {} }];
}

const cases = RULE_TARGETS.flatMap((target) =>
  ways(target).map((way) => [`${target.id} by ${way.by.join('+')}`, target, way] as const),
);

describe.each(cases)('%s', (_, target, { by, settings }) => {
  test('lets through exactly the listed pairs of host and port', () => {
    let held = 0;
    let other = 0;
    fc.assert(
      fc.property(hosts, (rows) => {
        const all = rows.map((row) => host(row.fqdn, [...row.v4, ...row.v6], { ports: row.ports }));
        const of = checkAllowList(list(all), LAB_RANGES);
        let files;
        try {
          const families = target.capabilities.families;
          files = renderRules(target, of, { toolVersion: '0.1.0', families, settings: { ...settings } });
        } catch (error) {
          // What a target cannot express it refuses.
          expect(error).toBeInstanceOf(RefusalError);
          return;
        }
        held += 1;
        if (rows.some((row) => row.ports.some((port) => port !== 443))) other += 1;
        const flows = flowsOf(target.id, files).map((flow) =>
          WITHOUT_PORTS.has(target.id) ? (flow.split(' ')[0] ?? '') : flow,
        );
        expect([...new Set(flows)]).toEqual(wanted(target, of, by));
      }),
      { numRuns: 60, examples: [[USUAL], [PLAIN], [APART]] },
    );
    expect(held).toBeGreaterThan(0);
    // A target that always wrote 443 would pass on lists with nothing else.
    if (target.id !== 'zscaler' && target.id !== 'netskope') expect(other).toBeGreaterThan(0);
  });
});
