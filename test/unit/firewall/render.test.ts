import { describe, expect, test } from 'vitest';
import { comparable } from '../../../src/firewall/core/header.js';
import { MANAGERS } from '../../../src/firewall/live/managers.js';
import { findTarget, RULE_TARGETS } from '../../../src/firewall/registry.js';
import { checkAllowList, renderRules } from '../../../src/firewall/render.js';
import { RefusalError } from '../../../src/firewall/core/target.js';
import { host, LAB_RANGES, list, usual } from './factory.js';
import { existsSync } from 'node:fs';

const toolVersion = '0.1.0';
const golden = (path: string): string => new URL(`../../golden/rules/${path}`, import.meta.url).pathname;

describe.each(RULE_TARGETS)('target $id', (target) => {
  test.each(target.capabilities.modes)('mode %s renders what the golden file says', async (mode) => {
    for (const file of renderRules(target, usual(), { mode, toolVersion }))
      await expect(file.content).toMatchFileSnapshot(golden(`${target.id}/${mode}/${file.name}`));
  });

  test('output depends neither on the order of the input nor on the time', () => {
    const files = renderRules(target, usual(), { toolVersion });
    const shuffled = usual({ createdAt: '2026-12-01T00:00:00Z' });
    const again = renderRules(
      target,
      checkAllowList(
        { ...shuffled, hosts: [...shuffled.hosts].reverse(), resolvers: [...shuffled.resolvers].reverse() },
        LAB_RANGES,
      ),
      { toolVersion },
    );
    const text = (rows: typeof files): string[] =>
      rows.map((file) => comparable(file.content).replaceAll(/"createdAt".*\n/g, ''));
    expect(text(again)).toEqual(text(files));
  });

  test('what it leaves out for want of an address, it says', () => {
    const of = checkAllowList(
      list([
        host('app.netdata.cloud', ['198.51.100.2', '2001:db8::2']),
        host('get.netdata.cloud', [], { required: false }),
      ]),
      LAB_RANGES,
    );
    const text = renderRules(target, of, { toolVersion })
      .map((file) => file.content)
      .join('');
    if (target.capabilities.matches === 'addresses') {
      expect(text).toContain('Left out, because no address is known: get.netdata.cloud');
      expect(text).not.toMatch(/get\.netdata\.cloud tcp/);
    } else expect(text).toContain('get.netdata.cloud');
  });

  test('it tells how to refresh it, and a refresh can do just that', () => {
    const text = renderRules(target, usual(), { toolVersion })
      .map((file) => file.content)
      .join('');
    const live = MANAGERS.some((applier) => applier.target === target.id);
    expect(target.capabilities.live === true).toBe(live);
    // No two dashes may stand in an XML comment.
    const told = text.replaceAll('- -once', '--once');
    const line = `Refresh: netdata-egress rules refresh ${target.id} --once`;
    const named = target.capabilities.matches === 'names' || text.includes('Matches names;');
    if (named) expect(told).not.toContain('Refresh:');
    else expect(told).toContain(live ? line : `${line} --output-dir DIR`);
  });

  test('an empty list is refused', () => {
    expect(() => renderRules(target, checkAllowList(list([]), []), { toolVersion })).toThrow(RefusalError);
  });

  test('what it does not declare is refused, not dropped', () => {
    const can = target.capabilities;
    const refused = (request: object): void => {
      expect(() => renderRules(target, usual(), { toolVersion, ...request })).toThrow(RefusalError);
    };
    if (!can.modes.includes('enforce')) refused({ mode: 'enforce' });
    if (can.matches === 'names' && can.oneFamily !== true && can.families.length === 2) {
      refused({ families: [4] });
      refused({ families: [6] });
    }
    if (!can.ownerMatch) refused({ user: 'netdata' });
    if (!can.expiry) refused({ onStale: 'expire' });
    if (!can.dns) refused({ dns: true });
  });

  test('what it declares leaves a trace', () => {
    const can = target.capabilities;
    const text = (request: object): string =>
      renderRules(target, usual(), { toolVersion, ...request })
        .map((f) => comparable(f.content).replaceAll(/rev=\w+/g, ''))
        .join('');
    const plain = text({});
    if (can.ownerMatch) expect(text({ user: 'netdata' })).not.toBe(plain);
    if (can.dns && target.id !== 'json') expect(text({ dns: true })).not.toBe(plain);
    if (can.expiry && target.id !== 'json') expect(text({ onStale: 'expire' })).not.toBe(plain);
  });

  test('its settings refuse hostile values and unknown names', () => {
    for (const setting of target.settings)
      for (const value of ['', '; rm -rf /', 'a"b', "a'b", 'a\nb', '$(id)', '-x', 'a'.repeat(300)]) {
        if (value === setting.default) continue;
        expect(() => renderRules(target, usual(), { toolVersion, settings: { [setting.name]: value } })).toThrow(
          /cannot be used/,
        );
      }
    expect(() => renderRules(target, usual(), { toolVersion, settings: { nonsense: 'x' } })).toThrow(/no setting/);
  });

  test('has a docs page', () => {
    expect(existsSync(new URL(`../../../docs/rules/${target.id}.md`, import.meta.url))).toBe(true);
  });
});

describe('the gate', () => {
  test('address-only targets refuse a required name without addresses', () => {
    const bare = checkAllowList(list([host('app.netdata.cloud', [])]), []);
    expect(() => renderRules(findTarget('nftables'), bare, { toolVersion })).toThrow(
      /none is known for app\.netdata\.cloud/,
    );
  });

  test.each([
    '0.0.0.0',
    '10.0.0.1',
    '127.0.0.1',
    '::1',
    '::',
    '64:ff9b::1',
    '224.0.0.1',
    'fe80::1',
    '203.0.113.9',
    '9.0.0.0/7',
  ])('%s never enters', (address) => {
    expect(() => checkAllowList(list([host('app.netdata.cloud', [address])]), [])).toThrow();
  });

  test('an accepted range lets private addresses in, but never loopback', () => {
    const one = (address: string): unknown =>
      checkAllowList(list([host('app.netdata.cloud', [address])]), ['10.0.0.0/8', '127.0.0.0/8']);
    expect(one('10.1.2.3')).toBeDefined();
    expect(() => one('127.0.0.1')).toThrow(/loopback/);
  });

  test.each([
    ['nftable', /did you mean nftables[,?]/],
    ['iptabels', /did you mean iptables\?/],
    ['cisco', /did you mean cisco-asa, /],
    ['UFW', /did you mean ufw\?/],
    ['terraform', /did you mean cisco-fmc, unifi, aws-security-group, .*, oci-nsg\?/],
    ['Kubernetes', /did you mean network-policy\?/],
    ['nft; reboot\u001b[31m', /^there is no target "nft; reboot\\u001b\[31m" \(rules --list shows all\)$/],
  ])('the unknown target %j is answered with the nearest ones', (id, message) => {
    expect(() => findTarget(id)).toThrow(message);
  });
});
