import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { iptablesRulesThatStop } from '../../../src/firewall/read/iptables-save.js';
import { nftRulesThatStop } from '../../../src/firewall/read/nft-ruleset.js';

const match = (left: unknown, right: unknown, op = '==') => ({ match: { op, left, right } });
const daddr = { payload: { protocol: 'ip', field: 'daddr' } };
const dport = { payload: { protocol: 'tcp', field: 'dport' } };
const skuid = { meta: { key: 'skuid' } };

function ruleset(rules: readonly unknown[][], policy = 'accept', extra: readonly unknown[] = []): string {
  return JSON.stringify({
    nftables: [
      { chain: { family: 'inet', table: 'f', name: 'out', type: 'filter', hook: 'output', prio: 0, policy } },
      ...extra,
      ...rules.map((expr, index) => ({ rule: { family: 'inet', table: 'f', chain: 'out', handle: index + 10, expr } })),
    ],
  });
}

const flow = { address: '54.198.178.11', port: 443, uid: 201 };

describe('nftables rules that stop a connection', () => {
  it('names the rule that bites, with its handle', () => {
    const text = ruleset([[match(daddr, '54.198.178.11'), match(dport, { set: [80, 443] }), { drop: null }]]);
    expect(nftRulesThatStop(text, [flow], true)).toMatchObject([
      { where: 'nftables inet f out handle 10', action: 'drop', matches: true },
    ]);
  });
  it('stays silent when an earlier rule accepts', () => {
    const text = ruleset([[match(dport, 443), { accept: null }], [{ drop: null }]]);
    expect(nftRulesThatStop(text, [flow], true)).toEqual([]);
  });
  it('sees owner rules for the right user only', () => {
    const text = ruleset([[match(skuid, 201), { reject: { type: 'tcp reset' } }]]);
    expect(nftRulesThatStop(text, [flow], true)).toMatchObject([{ action: 'reject', matches: true, owner: 'uid 201' }]);
    expect(nftRulesThatStop(text, [{ ...flow, uid: 0 }], true)).toEqual([]);
    expect(nftRulesThatStop(text, [{ ...flow, uid: null }], true)).toMatchObject([{ matches: null }]);
  });
  it('follows jumps, prefixes, ranges and named sets', () => {
    const sub = { chain: { family: 'inet', table: 'f', name: 'sub' } };
    const inSub = {
      rule: {
        family: 'inet',
        table: 'f',
        chain: 'sub',
        handle: 3,
        expr: [match(dport, { range: [440, 450] }), { drop: null }],
      },
    };
    const set = { set: { family: 'inet', table: 'f', name: 's', elem: [{ prefix: { addr: '54.0.0.0', len: 8 } }] } };
    const text = ruleset([[match(daddr, '@s'), { jump: { target: 'sub' } }]], 'accept', [sub, inSub, set]);
    expect(nftRulesThatStop(text, [flow], true)).toMatchObject([{ where: 'nftables inet f sub handle 3' }]);
    expect(nftRulesThatStop(text, [{ ...flow, address: '44.196.50.41' }], true)).toEqual([]);
  });
  it('reports a drop policy, and doubts it behind a match it cannot read', () => {
    expect(nftRulesThatStop(ruleset([], 'drop'), [flow], true)).toMatchObject([
      { action: 'policy_drop', matches: true },
    ]);
    const text = ruleset([[{ xt: { type: 'match', name: 'x' } }, { drop: null }]]);
    expect(nftRulesThatStop(text, [flow], true)).toMatchObject([{ matches: null }]);
  });
  it('is not sure of a deny behind an accept that it cannot read, but knows that loopback is not the way out', () => {
    const mark = match({ meta: { key: 'mark' } }, 1);
    expect(nftRulesThatStop(ruleset([[mark, { accept: null }], [{ drop: null }]]), [flow], true)).toMatchObject([
      { action: 'drop', matches: null },
    ]);
    const icmp = match({ payload: { protocol: 'icmpv6', field: 'type' } }, 'nd-neighbor-solicit');
    const other = match({ payload: { protocol: 'ip6', field: 'daddr' } }, '2001:db8::1', '!=');
    for (const rule of [icmp, other])
      expect(nftRulesThatStop(ruleset([[rule, { accept: null }], [{ drop: null }]]), [flow], true)).toMatchObject([
        { action: 'drop', matches: true },
      ]);
    const lo = match({ meta: { key: 'oifname' } }, 'lo');
    expect(nftRulesThatStop(ruleset([[lo, { accept: null }], [{ drop: null }]]), [flow], true)).toMatchObject([
      { action: 'drop', matches: true },
    ]);
  });
  it('ignores established-only accepts', () => {
    const state = { ct: { key: 'state' } };
    const text = ruleset([[match(state, ['established', 'related'], 'in'), { accept: null }], [{ drop: null }]]);
    expect(nftRulesThatStop(text, [flow], true)).toMatchObject([{ where: 'nftables inet f out handle 11' }]);
  });
  it('survives anything that is not a ruleset', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const found = nftRulesThatStop(text, [flow], true);
        expect(found === null || Array.isArray(found)).toBe(true);
      }),
    );
  });
});

describe('iptables rules that stop a connection', () => {
  const save = (rules: string, policy = 'ACCEPT') =>
    `*filter\n:OUTPUT ${policy} [0:0]\n:SUB - [0:0]\n${rules}\nCOMMIT\n`;
  it.each([
    ['-A OUTPUT -p tcp -m tcp --dport 443 -j DROP', 'iptables OUTPUT rule 1', 'drop'],
    [
      '-A OUTPUT -o lo -j ACCEPT\n-A OUTPUT -d 54.192.0.0/10 -j REJECT --reject-with tcp-reset',
      'iptables OUTPUT rule 2',
      'reject',
    ],
    ['-A OUTPUT -p tcp -m multiport --dports 80,443 -j SUB\n-A SUB -j DROP', 'iptables SUB rule 1', 'drop'],
    ['-A OUTPUT -m owner --uid-owner 201 -m comment --comment "a -j b" -j DROP', 'iptables OUTPUT rule 1', 'drop'],
    ['-A OUTPUT -p tcp ! -d 10.0.0.0/8 -j DROP', 'iptables OUTPUT rule 1', 'drop'],
  ])('%s', (rules, where, action) => {
    expect(iptablesRulesThatStop(save(rules), 'iptables', [flow])).toMatchObject([{ where, action, matches: true }]);
  });
  it.each([
    ['-A OUTPUT -p udp -j DROP'],
    ['-A OUTPUT -d 1.2.3.4/32 -j DROP'],
    ['-A OUTPUT -m conntrack --ctstate RELATED,ESTABLISHED -j DROP'],
    ['-A OUTPUT -m owner --uid-owner 0 -j DROP'],
    ['-A OUTPUT -p tcp --dport 443 -j ACCEPT\n-A OUTPUT -j DROP'],
  ])('stays silent for %s', (rules) => {
    expect(iptablesRulesThatStop(save(rules), 'iptables', [flow])).toEqual([]);
  });
  it.each([
    ['an accept that it cannot read', '-A OUTPUT -m set --match-set s dst -j ACCEPT\n-A OUTPUT -j DROP'],
    ['a jump that it cannot read', '-A OUTPUT -m mark --mark 0x1 -j SUB\n-A SUB -j ACCEPT\n-A OUTPUT -j DROP'],
  ])('is not sure of a deny behind %s', (_, rules) => {
    expect(iptablesRulesThatStop(save(rules), 'iptables', [flow])).toMatchObject([{ action: 'drop', matches: null }]);
  });
  it('evaluates sets that it is given', () => {
    const text = save('-A OUTPUT -m set --match-set s dst -p tcp -m tcp --dport 443 -j ACCEPT', 'DROP');
    const stops = (members: readonly string[]) =>
      iptablesRulesThatStop(text, 'iptables', [flow], new Map([['s', members]]));
    expect(stops(['54.0.0.0/8'])).toEqual([]);
    expect(stops(['44.0.0.0/8'])).toMatchObject([{ action: 'policy_drop', matches: true }]);
  });
  it('reports a drop policy', () => {
    expect(iptablesRulesThatStop(save('', 'DROP'), 'iptables', [flow])).toMatchObject([
      { action: 'policy_drop', matches: true },
    ]);
  });
});
