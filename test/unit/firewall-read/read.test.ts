import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import type { Flow } from '../../../src/firewall/read/flow.js';
import type { Source } from '../../../src/firewall/read/read-ruleset.js';
import { routesFrom, routesThatStop } from '../../../src/firewall/read/routes.js';
import { verdictOn } from './ruleset.js';

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

const ETH = { device: 'eth0', source: '10.77.0.2', type: 'unicast' };
const flow: Flow = { protocol: 'tcp', address: '54.198.178.11', port: 443, uid: 201, gid: null, route: ETH };

interface Told {
  readonly where: string;
  readonly text: string;
  readonly action: string;
  readonly matches: boolean | null;
  readonly owner: string | null;
  readonly inbound: boolean;
}

/** Rules that stop a flow, or perhaps do. */
function told(sources: Partial<Record<Source, string>>, of: Flow = flow): readonly Told[] {
  const verdict = verdictOn(sources, of);
  return [
    ...('rule' in verdict ? [{ ...verdict.rule, matches: true }] : []),
    ...('perhaps' in verdict && !('rule' in verdict) ? verdict.perhaps.map((hit) => ({ ...hit, matches: null })) : []),
  ];
}
const nft = (text: string, of?: Flow): readonly Told[] => told({ nft: text }, of);
const iptables = (text: string, of?: Flow, ipset = ''): readonly Told[] => told({ legacy4: text, ipset }, of);

describe('nftables rules that stop a connection', () => {
  it('names the rule that bites, with its handle', () => {
    const text = ruleset([[match(daddr, '54.198.178.11'), match(dport, { set: [80, 443] }), { drop: null }]]);
    expect(nft(text)).toMatchObject([{ where: 'nftables inet f out handle 10', action: 'drop', matches: true }]);
  });
  it.each(['said "no"', 'a \\ b', '}]"{[', 'ends with \\'])('reads past a comment that says %j', (comment) => {
    const text = ruleset([[match(dport, 443), { drop: null }]]).replace(
      '"handle":10',
      `"comment":${JSON.stringify(comment)},"handle":10`,
    );
    expect(nft(text)).toMatchObject([{ where: 'nftables inet f out handle 10' }]);
  });
  it('stays silent when an earlier rule accepts', () => {
    const text = ruleset([[match(dport, 443), { accept: null }], [{ drop: null }]]);
    expect(nft(text)).toEqual([]);
  });
  it('sees owner rules for the right user only', () => {
    const text = ruleset([[match(skuid, 201), { reject: { type: 'tcp reset' } }]]);
    expect(nft(text)).toMatchObject([{ action: 'reject', matches: true, owner: 'uid 201' }]);
    expect(nft(text, { ...flow, uid: 0 })).toEqual([]);
    expect(nft(text, { ...flow, uid: null })).toMatchObject([{ matches: null }]);
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
    expect(nft(text)).toMatchObject([{ where: 'nftables inet f sub handle 3' }]);
    expect(nft(text, { ...flow, address: '44.196.50.41' })).toEqual([]);
  });
  it('reports a drop policy, and doubts it behind a match it cannot read', () => {
    expect(nft(ruleset([], 'drop'))).toMatchObject([{ action: 'policy_drop', matches: true }]);
    const text = ruleset([[{ xt: { type: 'match', name: 'x' } }, { drop: null }]]);
    expect(nft(text)).toMatchObject([{ matches: null }]);
  });
  it('is not sure of a deny behind an accept that it cannot read, but knows that loopback is not the way out', () => {
    const mark = match({ meta: { key: 'priority' } }, 1);
    expect(nft(ruleset([[mark, { accept: null }], [{ drop: null }]]))).toMatchObject([
      { action: 'drop', matches: null },
    ]);
    const icmp = match({ payload: { protocol: 'icmpv6', field: 'type' } }, 'nd-neighbor-solicit');
    const other = match({ payload: { protocol: 'ip6', field: 'daddr' } }, '2001:db8::1', '!=');
    for (const rule of [icmp, other])
      expect(nft(ruleset([[rule, { accept: null }], [{ drop: null }]]))).toMatchObject([
        { action: 'drop', matches: true },
      ]);
    const lo = match({ meta: { key: 'oifname' } }, 'lo');
    expect(nft(ruleset([[lo, { accept: null }], [{ drop: null }]]))).toMatchObject([{ action: 'drop', matches: true }]);
  });
  it('ignores established-only accepts', () => {
    const state = { ct: { key: 'state' } };
    const text = ruleset([[match(state, ['established', 'related'], 'in'), { accept: null }], [{ drop: null }]]);
    expect(nft(text)).toMatchObject([{ where: 'nftables inet f out handle 11' }]);
  });
  it('survives anything that is not a ruleset', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(nft(text)).toEqual([]);
      }),
    );
  });
});

describe('nftables: verdict maps, groups, answers and translation', () => {
  const vmap = (data: unknown) => ({ vmap: { key: daddr, data } });
  const map = {
    map: { family: 'inet', table: 'f', name: 'fate', type: 'ipv4_addr', elem: [['54.198.178.11', { drop: null }]] },
  };

  it('looks the verdict up, in a named map and in a set of the rule', () => {
    for (const text of [
      ruleset([[vmap('@fate')]], 'accept', [map]),
      ruleset([[vmap({ set: [['54.198.178.11', { drop: null }]] })]]),
    ]) {
      expect(nft(text)).toMatchObject([{ action: 'drop', matches: true }]);
      expect(nft(text, { ...flow, address: '44.196.50.41' })).toEqual([]);
    }
  });
  it('is not sure behind a map whose key it does not know', () => {
    const unknown = { vmap: { key: { meta: { key: 'priority' } }, data: { set: [[1, { accept: null }]] } } };
    expect(nft(ruleset([[unknown], [{ drop: null }]]))).toMatchObject([{ matches: null }]);
  });
  it('compares groups', () => {
    const text = ruleset([[match({ meta: { key: 'skgid' } }, 201), { drop: null }]]);
    expect(nft(text, { ...flow, gid: 201 })).toMatchObject([{ matches: true, owner: 'gid 201' }]);
    expect(nft(text, { ...flow, gid: 0 })).toEqual([]);
  });
  const input = (rules: readonly unknown[][], policy = 'drop'): string =>
    JSON.stringify({
      nftables: [
        { chain: { family: 'inet', table: 'f', name: 'in', type: 'filter', hook: 'input', prio: 0, policy } },
        ...rules.map((expr, index) => ({
          rule: { family: 'inet', table: 'f', chain: 'in', handle: index + 10, expr },
        })),
      ],
    });
  const ssh = [match(dport, 22), { accept: null }];
  const state = (...words: string[]) => match({ ct: { key: 'state' } }, words, 'in');

  it('sees answers that are dropped on their way in, past rules for other ports', () => {
    expect(nft(input([ssh]))).toMatchObject([
      { where: 'nftables inet f in policy', action: 'policy_drop', matches: true, inbound: true },
    ]);
  });
  it.each([
    ['established connections', [state('established', 'related'), { accept: null }]],
    ['whatever comes from port 443', [match({ payload: { protocol: 'tcp', field: 'sport' } }, 443), { accept: null }]],
    ['every high port', [match(dport, { range: [1024, 65_535] }), { accept: null }]],
    [
      'the address of the other end',
      [match({ payload: { protocol: 'ip', field: 'saddr' } }, '54.198.178.11'), { accept: null }],
    ],
  ])('lets answers in that are accepted as %s', (_, accepting) => {
    expect(nft(input([ssh, accepting as unknown[]]))).toEqual([]);
  });
  it('is not sure where only some high ports are let in', () => {
    const some = [match(dport, { range: [32_768, 40_000] }), { accept: null }];
    expect(nft(input([some]))).toMatchObject([{ matches: null }]);
  });

  const nat = (expr: readonly unknown[]): string =>
    JSON.stringify({
      nftables: [
        { chain: { family: 'ip', table: 'nat', name: 'o', type: 'nat', hook: 'output', prio: -100, policy: 'accept' } },
        { rule: { family: 'ip', table: 'nat', chain: 'o', handle: 4, expr } },
      ],
    });
  it('sees connections that are sent elsewhere', () => {
    const text = nat([match(dport, 443), { redirect: { port: 12_345 } }]);
    expect(nft(text)).toMatchObject([{ where: 'nftables ip nat o handle 4', action: 'redirect', matches: true }]);
    expect(nft(nat([match(dport, 80), { redirect: { port: 1 } }]))).toEqual([]);
  });

  it('translates nothing that is kept from conntrack, and is not sure where it perhaps is', () => {
    const chain = (table: string, type: string, prio: number) => ({
      chain: { family: 'ip', table, name: 'o', type, hook: 'output', prio, policy: 'accept' },
    });
    const kept = (when: readonly unknown[]): string =>
      JSON.stringify({
        nftables: [
          chain('raw', 'filter', -300),
          { rule: { family: 'ip', table: 'raw', chain: 'o', handle: 2, expr: [...when, { notrack: null }] } },
          chain('nat', 'nat', -100),
          {
            rule: {
              family: 'ip',
              table: 'nat',
              chain: 'o',
              handle: 4,
              expr: [match(dport, 443), { redirect: { port: 9 } }],
            },
          },
        ],
      });
    expect(nft(kept([]))).toEqual([]);
    expect(nft(kept([match(dport, 80)]))).toMatchObject([{ where: 'nftables ip nat o handle 4', matches: true }]);
    expect(nft(kept([{ limit: { rate: 1, per: 'second' } }]))).toMatchObject([{ action: 'redirect', matches: null }]);
  });

  it('knows how long a segment without data can be', () => {
    const longer = (bytes: number) =>
      ruleset([[match(dport, 443), match({ meta: { key: 'length' } }, bytes, '<'), { drop: null }]]);
    expect(nft(longer(100))).toMatchObject([{ matches: true }]);
    expect(nft(longer(60))).toMatchObject([{ matches: null }]);
    expect(nft(longer(40))).toEqual([]);
  });

  it('asks chains of one priority in the order of the kernel: the one that was made last comes first', () => {
    const chain = (name: string) => ({
      chain: { family: 'ip', table: 't', name, type: 'filter', hook: 'output', prio: -300, policy: 'accept' },
    });
    const rule = (name: string, handle: number, expr: readonly unknown[]) => ({
      rule: { family: 'ip', table: 't', chain: name, handle, expr },
    });
    const invalid = [match({ ct: { key: 'state' } }, 'invalid', 'in'), { drop: null }];
    const two = (first: string, second: string): string =>
      JSON.stringify({
        nftables: [chain(first), chain(second), rule('raw', 5, [{ notrack: null }]), rule('out', 6, invalid)],
      });
    // Before conntrack everything is invalid, but for what is kept from it.
    expect(nft(two('out', 'raw'))).toEqual([]);
    expect(nft(two('raw', 'out'))).toMatchObject([{ where: 'nftables ip t out handle 6', matches: true }]);
  });
});

describe('the routing table', () => {
  const table = [
    'default via 10.0.0.1 dev eth0',
    'blackhole 54.198.0.0/16',
    'prohibit 44.196.50.41',
    'unreachable default dev lo table unspec proto kernel metric 4294967295 error -101 pref medium',
    'unreachable 10.0.0.0/8 table 100 metric 5',
  ].join('\n');
  it('names the entry that stops a connection', () => {
    expect(routesThatStop(table, [flow])).toMatchObject([
      { where: 'routing table main, blackhole 54.198.0.0/16', text: 'blackhole 54.198.0.0/16', action: 'drop' },
    ]);
    expect(routesThatStop(table, [{ ...flow, address: '44.196.50.41' }])).toMatchObject([{ action: 'reject' }]);
    expect(routesThatStop(table, [{ ...flow, address: '10.1.1.1' }])).toMatchObject([
      { where: 'routing table 100, unreachable 10.0.0.0/8' },
    ]);
  });
  it('reads how a flow leaves', () => {
    const text = [
      '1.2.3.4 via 10.77.0.1 dev eth0 src 10.77.0.2 uid 201 ',
      '    cache ',
      'local 10.77.0.2 dev lo src 10.77.0.2 uid 0 ',
      '2001:db8::1 from :: via fe80::1 dev wg0 src 2001:db8::2 metric 1024 pref medium',
      'RTNETLINK answers: Network is unreachable',
    ].join('\n');
    expect([...routesFrom(text)]).toEqual([
      ['1.2.3.4', { device: 'eth0', source: '10.77.0.2', type: 'unicast' }],
      ['10.77.0.2', { device: 'lo', source: '10.77.0.2', type: 'local' }],
      ['2001:db8::1', { device: 'wg0', source: '2001:db8::2', type: 'unicast' }],
    ]);
  });
  it('says nothing of ordinary entries, of other families, or of what is no table', () => {
    expect(routesThatStop(table, [{ ...flow, address: '203.0.113.1' }])).toEqual([]);
    expect(routesThatStop(table, [{ ...flow, address: '2001:db8::1' }])).toEqual([]);
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(routesThatStop(text, [flow])).toEqual(expect.any(Array));
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
    expect(iptables(save(rules))).toMatchObject([{ where, action, matches: true }]);
  });
  it.each([
    ['-A OUTPUT -p udp -j DROP'],
    ['-A OUTPUT -d 1.2.3.4/32 -j DROP'],
    ['-A OUTPUT -m owner --uid-owner 0 -j DROP'],
    ['-A OUTPUT -p tcp --dport 443 -j ACCEPT\n-A OUTPUT -j DROP'],
  ])('stays silent for %s', (rules) => {
    expect(iptables(save(rules))).toEqual([]);
  });
  it.each([
    ['an accept that it cannot read', '-A OUTPUT -m set --match-set s dst -j ACCEPT\n-A OUTPUT -j DROP'],
    ['a jump that it cannot read', '-A OUTPUT -m limit --limit 5/sec -j SUB\n-A SUB -j ACCEPT\n-A OUTPUT -j DROP'],
  ])('is not sure of a deny behind %s', (_, rules) => {
    expect(iptables(save(rules))).toMatchObject([{ action: 'drop', matches: null }]);
  });
  it('evaluates sets that it is given', () => {
    const text = save('-A OUTPUT -m set --match-set s dst -p tcp -m tcp --dport 443 -j ACCEPT', 'DROP');
    const stops = (member: string) => iptables(text, flow, `create s hash:net family inet\nadd s ${member}\n`);
    expect(stops('54.0.0.0/8')).toEqual([]);
    expect(stops('44.0.0.0/8')).toMatchObject([{ action: 'policy_drop', matches: true }]);
  });
  it('reads the members of ipsets, and compares groups', () => {
    const text = save('-A OUTPUT -m set --match-set banned dst -j DROP');
    const sets = 'create banned hash:net family inet\nadd banned 54.198.0.0/16\ncreate other hash:ip family inet\n';
    expect(iptables(text, flow, sets)).toMatchObject([{ action: 'drop', matches: true }]);
    const group = save('-A OUTPUT -m owner --gid-owner 201 -j DROP');
    expect(iptables(group, { ...flow, gid: 201 })).toMatchObject([{ owner: 'gid 201' }]);
    expect(iptables(group, { ...flow, gid: 5 })).toEqual([]);
  });
  const input = (rules: string) => `*filter\n:INPUT DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n${rules}\nCOMMIT\n`;
  it('sees answers that are dropped on their way in', () => {
    const text = input('-A INPUT -i lo -j ACCEPT\n-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT');
    expect(iptables(text)).toMatchObject([{ where: 'iptables INPUT policy', matches: true, inbound: true }]);
  });
  it.each([
    '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    '-A INPUT -p tcp -m tcp --sport 443 -j ACCEPT',
    '-A INPUT -s 54.198.0.0/16 -j ACCEPT',
    '-A INPUT -p tcp -m tcp --syn -j DROP\n-A INPUT -p tcp -j ACCEPT',
  ])('lets them in with %s', (rules) => {
    expect(iptables(input(rules))).toEqual([]);
  });
  it('sees connections that are sent elsewhere', () => {
    const text =
      '*nat\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -p tcp -m tcp --dport 443 -j REDIRECT --to-ports 12345\nCOMMIT\n';
    expect(iptables(text)).toMatchObject([{ where: 'iptables nat OUTPUT rule 1', action: 'redirect', matches: true }]);
    const docker =
      '*nat\n:OUTPUT ACCEPT [0:0]\n:DOCKER - [0:0]\n-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER\n-A DOCKER -p tcp -m tcp --dport 443 -j DNAT --to-destination 172.17.0.2:443\nCOMMIT\n';
    expect(iptables(docker)).toEqual([]);
  });
  it('reports a drop policy', () => {
    expect(iptables(save('', 'DROP'))).toMatchObject([{ action: 'policy_drop', matches: true }]);
  });
});
