/** One row for each kind of match: a rule that drops by it, and what becomes of one flow. */
import { describe, expect, it } from 'vitest';
import type { Flow, Verdict } from '../../../src/firewall/read/flow.js';
import { marksIn } from '../../../src/firewall/read/routes.js';
import { HOST, verdictOn } from './ruleset.js';

const ETH = { device: 'eth0', source: '10.77.0.2', type: 'unicast' };
const flow: Flow = {
  protocol: 'tcp',
  address: '54.198.178.11',
  port: 443,
  uid: 201,
  gid: 201,
  route: ETH,
  names: ['app.netdata.cloud'],
};

type Row = readonly [match: string, kind: Verdict['kind']];

function dropBy(words: string, ipset = ''): Verdict {
  const text = `*filter\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT ${words} -j DROP\nCOMMIT\n`;
  return verdictOn({ legacy4: text, ipset }, flow);
}

// HOST.now is 2026-03-04T10:00:00Z, a Wednesday.
const IPTABLES: readonly Row[] = [
  ['-s 10.77.0.2/32', 'blocked'],
  ['-s 10.78.0.0/16', 'accepted'],
  ['-d 54.0.0.0/255.0.0.0', 'blocked'],
  ['! -d 54.0.0.0/8', 'accepted'],
  ['-o eth+', 'blocked'],
  ['! -o wg0', 'blocked'],
  ['-i eth0', 'accepted'],
  ['-f', 'accepted'],
  ['-p tcp -m tcp --dport 1:442', 'accepted'],
  ['-p tcp -m tcp --sport 1024:65535', 'blocked'],
  ['-p tcp -m tcp --sport 1024:40000', 'uncertain'],
  ['-p tcp -m multiport --ports 80,443', 'blocked'],
  ['-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN', 'blocked'],
  ['-p icmp -m icmp --icmp-type 8', 'accepted'],
  ['-m conntrack --ctstate NEW', 'blocked'],
  ['-m conntrack --ctstate INVALID,UNTRACKED', 'accepted'],
  ['-m conntrack ! --ctdir REPLY', 'blocked'],
  ['-m conntrack --ctstate DNAT', 'accepted'],
  ['-m conntrack ! --ctstate SNAT,DNAT', 'blocked'],
  ['-m conntrack --ctorigdst 54.198.0.0/16 --ctorigdstport 443', 'blocked'],
  ['-m mark ! --mark 0xca6c', 'blocked'],
  ['-m mark --mark 0x1/0x1', 'accepted'],
  ['-m connmark --mark 0x0', 'blocked'],
  ['-m owner --uid-owner 200-300', 'blocked'],
  ['-m owner ! --uid-owner 0', 'blocked'],
  ['-m owner --gid-owner 4', 'accepted'],
  ['-m owner --gid-owner 4 --suppl-groups', 'uncertain'],
  ['-m owner --gid-owner 201 --suppl-groups', 'blocked'],
  ['-m owner --socket-exists', 'blocked'],
  ['-m cgroup --path system.slice/netdata.service', 'uncertain'],
  ['-m cgroup --cgroup 1', 'uncertain'],
  ['-m iprange --dst-range 54.0.0.0-54.255.255.255', 'blocked'],
  ['-m addrtype --dst-type LOCAL', 'accepted'],
  ['-m addrtype ! --dst-type LOCAL --src-type LOCAL', 'blocked'],
  ['-m time --timestart 09:00:00 --timestop 11:00:00', 'blocked'],
  ['-m time --timestart 22:00:00 --timestop 06:00:00', 'accepted'],
  ['-m time --weekdays Sat,Sun', 'accepted'],
  ['-m time --weekdays Wed --monthdays 4', 'blocked'],
  ['-m time --datestop 2020-01-01T00:00:00', 'accepted'],
  ['-m length --length 0:150', 'blocked'],
  ['-m dscp --dscp 0x08', 'accepted'],
  ['-m socket --transparent', 'accepted'],
  ['-m limit --limit 5/sec', 'uncertain'],
  ['-m hashlimit --hashlimit-above 1000/sec --hashlimit-name h', 'uncertain'],
  ['-m recent --rcheck --name no', 'uncertain'],
  ['-m statistic --mode random --probability 0.5', 'uncertain'],
  ['-m quota --quota 500', 'uncertain'],
  ['-m connlimit --connlimit-above 5', 'uncertain'],
  ['-m u32 --u32 0x0=0x0', 'uncertain'],
  ['-m comment --comment "-p udp -j ACCEPT"', 'blocked'],
];

/** Types of sets: what each needs to hold the flow, and one that it does not. */
const SETS: readonly (readonly [create: string, inside: string, outside: string, directions: string])[] = [
  ['hash:ip family inet', '54.198.178.11', '54.198.178.12', 'dst'],
  ['hash:ip family inet netmask 24', '54.198.178.0', '54.198.179.0', 'dst'],
  ['hash:net family inet', '54.198.0.0/16', '54.199.0.0/16', 'dst'],
  ['hash:ip,port family inet', '54.198.178.11,tcp:443', '54.198.178.11,udp:443', 'dst,dst'],
  ['hash:ip,port,ip family inet', '54.198.178.11,tcp:443,10.77.0.2', '54.198.178.11,tcp:443,10.77.0.3', 'dst,dst,src'],
  ['hash:ip,port,net family inet', '10.77.0.2,tcp:443,54.0.0.0/8', '10.77.0.2,tcp:80,54.0.0.0/8', 'src,dst,dst'],
  ['hash:net,port family inet', '54.0.0.0/8,tcp:443', '54.0.0.0/8,tcp:444', 'dst,dst'],
  ['hash:net,net family inet', '10.0.0.0/8,54.0.0.0/8', '10.0.0.0/8,44.0.0.0/8', 'src,dst'],
  ['hash:net,port,net family inet', '10.0.0.0/8,tcp:443,54.0.0.0/8', '10.0.0.0/8,tcp:443,44.0.0.0/8', 'src,dst,dst'],
  ['hash:net,iface family inet', '54.0.0.0/8,eth0', '54.0.0.0/8,eth1', 'dst,dst'],
  ['hash:ip,mark family inet', '54.198.178.11,0x00000000', '54.198.178.11,0x00000007', 'dst,dst'],
  ['bitmap:ip range 54.198.178.0-54.198.178.255', '54.198.178.5-54.198.178.20', '54.198.178.12', 'dst'],
  ['bitmap:port range 0-65535', '443', '444', 'dst'],
];

describe('matches of iptables', () => {
  it.each(IPTABLES)('%s: %s', (words, kind) => {
    expect(dropBy(words).kind).toBe(kind);
  });
  it.each(SETS)('a set of %s', (create, inside, outside, directions) => {
    const by = (member: string): string =>
      dropBy(`-m set --match-set s ${directions}`, `create s ${create}\nadd s ${member}\n`).kind;
    expect([by(inside), by(outside)]).toEqual(['blocked', 'accepted']);
  });
  it('a set of hardware addresses, of which nothing is known', () => {
    expect(dropBy('-m set --match-set s src', 'create s hash:mac\nadd s 01:02:03:04:05:06\n').kind).toBe('uncertain');
  });
  it('an exception in a set, and a list of sets', () => {
    const sets =
      'create s hash:net family inet\nadd s 54.0.0.0/8\nadd s 54.198.178.0/24 nomatch\ncreate l list:set size 8\nadd l s\n';
    expect(dropBy('-m set --match-set l dst', sets).kind).toBe('accepted');
    expect(dropBy('-m set ! --match-set l dst', sets).kind).toBe('blocked');
    // Whether the set counts decides nothing.
    expect(dropBy('-m set ! --match-set l dst ! --update-counters ! --update-subcounters', sets).kind).toBe('blocked');
  });
});

const daddr = { payload: { protocol: 'ip', field: 'daddr' } };
const dport = { payload: { protocol: 'tcp', field: 'dport' } };
const meta = (key: string) => ({ meta: { key } });
const dscp = { payload: { protocol: 'ip', field: 'dscp' } };
const is = (left: unknown, right: unknown, op = '==') => ({ match: { op, left, right } });

function dropIf(...expressions: readonly unknown[]): Verdict {
  const chain = { family: 'inet', table: 'f', name: 'o', type: 'route', hook: 'output', prio: -150, policy: 'accept' };
  const rule = { family: 'inet', table: 'f', chain: 'o', handle: 9, expr: [...expressions, { drop: null }] };
  return verdictOn({ nft: JSON.stringify({ nftables: [{ chain }, { rule }] }) }, flow);
}

const NFT: readonly (readonly [name: string, expression: unknown, kind: Verdict['kind']])[] = [
  ['a range', is(daddr, { range: ['54.0.0.0', '54.255.255.255'] }), 'blocked'],
  ['several fields', is({ concat: [daddr, dport] }, { concat: ['54.198.178.11', 443] }), 'blocked'],
  [
    'a set of several fields, with a prefix',
    is(
      { concat: [daddr, dport] },
      { set: [{ concat: [{ prefix: { addr: '54.0.0.0', len: 8 } }, { range: [440, 450] }] }] },
    ),
    'blocked',
  ],
  ['not in a set', is(daddr, { set: ['54.198.178.11'] }, '!='), 'accepted'],
  ['owners', is(meta('skuid'), { set: [0, { range: [200, 300] }] }), 'blocked'],
  ['an owner by name', is(meta('skgid'), 'root', '!='), 'blocked'],
  ['a cgroup', is({ socket: { key: 'cgroupv2' } }, 'user.slice'), 'uncertain'],
  ['a transparent socket', is({ socket: { key: 'transparent' } }, 1), 'accepted'],
  ['interfaces', is(meta('oifname'), { set: ['lo', 'eth*'] }), 'blocked'],
  ['a group of interfaces', is(meta('oifgroup'), 0), 'uncertain'],
  ['a masked mark', is({ '&': [meta('mark'), 15] }, 0), 'blocked'],
  ['flags', is({ '&': [{ payload: { protocol: 'tcp', field: 'flags' } }, [1, 2, 4, 16]] }, 2), 'blocked'],
  ['size', is(meta('length'), 150, '<'), 'blocked'],
  ['bytes by place', is({ payload: { base: 'th', offset: 16, len: 16 } }, 443), 'blocked'],
  ['other bytes', is({ payload: { base: 'th', offset: 32, len: 32 } }, 443), 'uncertain'],
  ['an hour', is(meta('hour'), { range: ['09:00', '11:00'] }), 'blocked'],
  ['another hour', is(meta('hour'), { range: ['12:00', '13:00'] }), 'accepted'],
  ['a day', is(meta('day'), { set: ['Saturday', 0] }), 'accepted'],
  ['a date', is(meta('time'), '2024-01-01 00:00:00', '>'), 'blocked'],
  ['a route', is({ fib: { result: 'type', flags: 'daddr' } }, 'local'), 'accepted'],
  ['state', is({ ct: { key: 'state' } }, 'new', 'in'), 'blocked'],
  ['the first direction', is({ ct: { key: 'direction' } }, 'original'), 'blocked'],
  ['a limit', { limit: { rate: 5, per: 'second' } }, 'uncertain'],
  ['a quota', { quota: { val: 5, val_unit: 'bytes' } }, 'uncertain'],
  ['a count of connections', { 'ct count': { val: 5 } }, 'uncertain'],
  ['chance', is({ numgen: { mode: 'random', mod: 2, offset: 0 } }, 0), 'uncertain'],
  ['a type of frames, as nft -n prints it', is(meta('protocol'), 8), 'blocked'],
  ['the same by name', is(meta('protocol'), 'ip'), 'blocked'],
  ['the same as it is', is(meta('protocol'), 0x0800), 'blocked'],
  ['another type of frames', is(meta('protocol'), 0xdd86), 'accepted'],
  ['types of frames', is(meta('protocol'), { set: [8, 0xdd86] }), 'blocked'],
  ['other types of frames', is(meta('protocol'), { set: [0xdd86, 0x0608] }), 'accepted'],
  ['a type of frames and a port', is({ concat: [meta('protocol'), dport] }, { concat: [8, 443] }), 'blocked'],
  ['a class of service that nobody asked for', is(dscp, 8), 'accepted'],
  ['bits of an address', is({ '&': [daddr, '0.0.0.255'] }, '0.0.0.11'), 'blocked'],
  ['other bits of an address', is({ '&': [daddr, '255.0.0.0'] }, '44.0.0.0'), 'accepted'],
  ['a protocol', is(meta('l4proto'), { set: ['tcp', 'udp'] }), 'blocked'],
  ['another protocol', is({ payload: { protocol: 'icmp', field: 'type' } }, 'echo-request'), 'accepted'],
];

describe('matches of nftables', () => {
  it.each(NFT)('%s', (_, expression, kind) => {
    expect(dropIf(expression).kind).toBe(kind);
  });
  it('a class of service that another rule has set', () => {
    expect(dropIf({ mangle: { key: dscp, value: 8 } }, is(dscp, 8)).kind).toBe('uncertain');
    expect(dropIf({ xt: { type: 'target', name: 'DSCP' } }, is(dscp, 8)).kind).toBe('uncertain');
  });
  it('a mark from a map', () => {
    const mark = (port: number) => ({
      mangle: { key: meta('mark'), value: { map: { key: dport, data: { set: [[port, 7]] } } } },
    });
    expect(dropIf(mark(443), is(meta('mark'), 7)).kind).toBe('blocked');
    expect(dropIf(mark(80), is(meta('mark'), 7)).kind).toBe('accepted');
  });
});

describe('before conntrack has looked', () => {
  it('there is no mark of a connection to compare', () => {
    const raw = (words: string): string =>
      `*raw\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -m connmark ${words} -j DROP\nCOMMIT\n`;
    for (const words of ['--mark 0x0', '! --mark 0x7'])
      expect(verdictOn({ legacy4: raw(words) }, flow).kind).toBe('accepted');
  });
});

describe('a flow without a connection', () => {
  const chain = (name: string, hook: string, prio: number, policy: string) => ({
    chain: { family: 'inet', table: 'f', name, type: 'filter', hook, prio, policy },
  });
  const rule = (name: string, ...expr: readonly unknown[]) => ({
    rule: { family: 'inet', table: 'f', chain: name, handle: 2, expr },
  });
  const withRaw = (...raw: readonly unknown[]): string =>
    verdictOn(
      {
        nft: JSON.stringify({
          nftables: [
            chain('raw', 'output', -300, 'accept'),
            chain('out', 'output', 0, 'accept'),
            chain('in', 'input', 0, 'drop'),
            ...(raw.length > 0 ? [rule('raw', ...raw)] : []),
            rule('out', { mangle: { key: { ct: { key: 'mark' } }, value: 7 } }),
            rule('in', is({ ct: { key: 'mark' } }, 7), { accept: null }),
          ],
        }),
      },
      flow,
    ).kind;
  it('keeps no mark for its answers', () => {
    expect(withRaw()).toBe('accepted');
    expect(withRaw({ notrack: null })).toBe('blocked');
    expect(withRaw({ mangle: { key: { ct: { key: 'zone' } }, value: 3 } })).toBe('uncertain');
  });
  it('ends a rule that takes its mark from there', () => {
    const from = { mangle: { key: meta('mark'), value: { ct: { key: 'mark' } } } };
    expect(dropIf(from).kind).toBe('blocked');
    // Behind conntrack it is too late to keep a packet from it.
    expect(dropIf({ notrack: null }, from).kind).toBe('blocked');
  });
  it('in iptables as well', () => {
    const of = (raw: string): string =>
      verdictOn(
        {
          legacy4: `*raw\n:OUTPUT ACCEPT [0:0]\n${raw}COMMIT\n*mangle\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -j CONNMARK --set-xmark 0x7/0xffffffff\nCOMMIT\n*filter\n:INPUT DROP [0:0]\n-A INPUT -m connmark --mark 0x7 -j ACCEPT\nCOMMIT\n`,
        },
        flow,
      ).kind;
    expect(of('')).toBe('accepted');
    expect(of('-A OUTPUT -p tcp -m tcp --dport 443 -j CT --notrack\n')).toBe('blocked');
    expect(of('-A OUTPUT -p tcp -m tcp --dport 443 -j CT --zone 3\n')).toBe('uncertain');
  });
});

describe('marks that a connection keeps', () => {
  const of = (...rules: readonly string[]): string =>
    verdictOn(
      {
        legacy4: `*mangle\n:OUTPUT ACCEPT [0:0]\n${rules.map((rule) => `-A OUTPUT ${rule}\n`).join('')}COMMIT\n`,
      },
      flow,
    ).kind;
  const all = '--nfmask 0xffffffff --ctmask 0xffffffff';
  it('come back with the next packet, as iptables-save writes it', () => {
    const [restore, save] = [`-j CONNMARK --restore-mark ${all}`, `-j CONNMARK --save-mark ${all}`];
    const mark = '-p tcp -m conntrack --ctstate NEW -j MARK --set-xmark 0x5/0xffffffff';
    const drop = '-p tcp -m conntrack --ctstate ESTABLISHED -m mark --mark 0x5 -j DROP';
    expect(of(restore, mark, save, drop)).toBe('blocked');
    expect(of(mark, save, drop)).toBe('accepted');
    expect(of(restore, mark, drop)).toBe('accepted');
  });
  it('go by their masks', () => {
    const set = '-j MARK --set-xmark 0x1234/0xffffffff';
    const save = '-j CONNMARK --save-mark --nfmask 0xff00 --ctmask 0xff00';
    expect(of(set, save, '-m connmark --mark 0x1200 -j DROP')).toBe('blocked');
    expect(of(set, save, '-m connmark --mark 0x1234 -j DROP')).toBe('accepted');
  });
});

describe('rules that change sets', () => {
  const of = (rules: readonly string[]): string =>
    verdictOn(
      {
        ipset: 'create s hash:ip family inet\ncreate l list:set size 8\nadd l s\n',
        legacy4: `*filter\n:OUTPUT ACCEPT [0:0]\n${rules.map((rule) => `-A OUTPUT ${rule}\n`).join('')}COMMIT\n`,
      },
      flow,
    ).kind;
  it.each(['s', 'l'])('leave what is in %s open for the packet that they met', (name) => {
    const drop = `-m set --match-set ${name} dst -j DROP`;
    expect(of([drop])).toBe('accepted');
    expect(of(['-p tcp -j SET --add-set s dst', drop])).toBe('uncertain');
    expect(of(['-p tcp -j SET --del-set s dst', drop])).toBe('uncertain');
    // Others are put there.
    expect(of(['-p udp -j SET --add-set s dst', drop])).toBe('accepted');
  });
  it('mark a packet by what a set says', () => {
    expect(of(['-j SET --map-set s dst --map-mark', '-m mark --mark 0x5 -j DROP'])).toBe('uncertain');
  });
});

describe('reverse paths', () => {
  const of = (words: string): string =>
    verdictOn({ legacy4: `*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -m rpfilter ${words}-j DROP\nCOMMIT\n` }, flow)
      .kind;
  it.each([
    ['--invert ', 'accepted'],
    ['--validmark --invert ', 'accepted'],
    ['--loose --validmark --accept-local --invert ', 'accepted'],
    ['', 'blocked'],
    ['--loose ', 'blocked'],
  ])('-m rpfilter %s: %s', (words, kind) => expect(of(words)).toBe(kind));
});

describe('a host that asks for congestion notification', () => {
  it('sets flags that a rule may look at', () => {
    const nft = (bits: number): string =>
      JSON.stringify({
        nftables: [
          {
            chain: { family: 'inet', table: 'f', name: 'o', type: 'filter', hook: 'output', prio: 0, policy: 'accept' },
          },
          {
            rule: {
              family: 'inet',
              table: 'f',
              chain: 'o',
              handle: 2,
              expr: [is({ '&': [{ payload: { protocol: 'tcp', field: 'flags' } }, bits] }, 2), { drop: null }],
            },
          },
        ],
      });
    const of = (bits: number, ecn: boolean): string => verdictOn({ nft: nft(bits) }, flow, { ...HOST, ecn }).kind;
    expect([of(0xff, false), of(0xff, true)]).toEqual(['blocked', 'uncertain']);
    expect([of(0x17, false), of(0x17, true)]).toEqual(['blocked', 'blocked']);
  });
});

describe('targets of iptables that change what later rules match', () => {
  const mangled = (target: string, words: string): string =>
    verdictOn(
      { legacy4: `*mangle\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -j ${target}\n-A OUTPUT ${words} -j DROP\nCOMMIT\n` },
      flow,
    ).kind;
  it.each([
    ['DSCP --set-dscp 0x08', '-m dscp --dscp 0x08', 'uncertain'],
    ['TOS --set-tos 0x10/0xff', '-m dscp --dscp 0x00', 'uncertain'],
    ['HMARK --hmark-tuple src --hmark-mod 2 --hmark-rnd 1', '-m mark --mark 0x1', 'uncertain'],
    ['TCPMSS --set-mss 1400', '-m dscp --dscp 0x08', 'accepted'],
  ])('%s, %s: %s', (target, words, kind) => expect(mangled(target, words)).toBe(kind));
});

describe('translation', () => {
  const nat = (expr: readonly unknown[]): Verdict =>
    verdictOn(
      {
        nft: JSON.stringify({
          nftables: [
            {
              chain: { family: 'ip', table: 'n', name: 'o', type: 'nat', hook: 'output', prio: -100, policy: 'accept' },
            },
            { rule: { family: 'ip', table: 'n', chain: 'o', handle: 4, expr } },
          ],
        }),
      },
      flow,
    );
  const dnat = (port: number, target: unknown) => ({
    dnat: { family: 'ip', addr: { map: { key: dport, data: { set: [[port, target]] } } } },
  });
  it('goes where the map says, and nowhere without an element', () => {
    expect(nat([dnat(443, '127.0.0.1')])).toMatchObject({ kind: 'redirected', to: { address: 0x7f00_0001 } });
    expect(nat([dnat(443, { concat: ['192.0.2.1', 999] })])).toMatchObject({ kind: 'redirected', to: { port: 999 } });
    expect(nat([dnat(80, '127.0.0.1')]).kind).toBe('accepted');
  });
});

describe('marks that send a packet elsewhere', () => {
  const chain = (type: string) => ({
    chain: { family: 'ip', table: 't', name: 'o', type, hook: 'output', prio: -150, policy: 'accept' },
  });
  const mark = {
    rule: {
      family: 'ip',
      table: 't',
      chain: 'o',
      handle: 3,
      expr: [is(dport, 443), { mangle: { key: meta('mark'), value: 1 } }],
    },
  };
  const text = (type: string): string => JSON.stringify({ nftables: [chain(type), mark] });
  const local = { value: 1, mask: 0xffff_ffff, route: { device: 'lo', source: '10.77.0.2', type: 'local' } };
  it('to this host itself', () => {
    expect(verdictOn({ nft: text('route') }, { ...flow, marked: [local] })).toMatchObject({
      kind: 'redirected',
      rule: { where: 'nftables ip t o handle 3', action: 'redirect' },
    });
  });
  it('not from a chain that does not route again, nor with another mark', () => {
    expect(verdictOn({ nft: text('filter') }, { ...flow, marked: [local] }).kind).toBe('accepted');
    expect(verdictOn({ nft: text('route') }, { ...flow, marked: [{ ...local, value: 2 }] }).kind).toBe('accepted');
  });
  it('are those of policy rules', () => {
    const rules =
      '0:\tfrom all lookup local\n100:\tfrom all fwmark 0x1/0xff lookup 100\n32764:\tnot from all fwmark 0xca6c lookup 51820\n';
    expect(marksIn(rules)).toEqual([{ value: 1, mask: 255 }]);
  });
});

describe('what follows the handshake', () => {
  const save = (rules: string): string => `*filter\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n${rules}\nCOMMIT\n`;
  it.each([
    [
      'the name in the ClientHello',
      '-A OUTPUT -p tcp -m string --string "netdata.cloud" --algo bm --to 65535 -j DROP',
      false,
    ],
    ['segments with data', '-A OUTPUT -p tcp -m tcp --tcp-flags PSH PSH -j DROP', false],
    ['what is established', '-A OUTPUT -p tcp -m conntrack --ctstate ESTABLISHED -j DROP', false],
    ['long answers', '-A INPUT -p tcp -m length --length 900:65535 -j DROP', true],
  ])('%s', (_, rules, inbound) => {
    expect(verdictOn({ legacy4: save(rules) }, flow)).toMatchObject({
      kind: 'blocked',
      rule: { later: true, inbound },
    });
  });
  it('a name that is not known to be there, and one that is not in a SYN', () => {
    const rules = save('-A OUTPUT -p tcp -m string --string "example.org" --algo bm --to 65535 -j DROP');
    expect(verdictOn({ legacy4: rules }, flow)).toMatchObject({ kind: 'uncertain', perhaps: [{ later: true }] });
  });
  it('is not what a SYN meets', () => {
    expect(verdictOn({ legacy4: save('-A OUTPUT -p tcp -m tcp --dport 443 -j DROP') }, flow)).toMatchObject({
      rule: { later: false },
    });
  });
});

describe('size', () => {
  it('a graph of jumps that doubles at each level is walked once', () => {
    const chains = Array.from({ length: 60 }, (_, level) => `:C${String(level)} - [0:0]`).join('\n');
    const jumps = Array.from({ length: 59 }, (_, level) =>
      `-A C${String(level)} -j C${String(level + 1)}\n`.repeat(2),
    ).join('');
    const text = `*filter\n:OUTPUT ACCEPT [0:0]\n${chains}\n-A OUTPUT -j C0\n${jumps}-A C59 -p tcp -m tcp --dport 443 -j DROP\nCOMMIT\n`;
    expect(verdictOn({ legacy4: text }, flow)).toMatchObject({
      kind: 'blocked',
      rule: { where: 'iptables C59 rule 1' },
    });
  });
  it('the rules of a long chain are found in their order', () => {
    const many = Array.from(
      { length: 5000 },
      (_, index) =>
        `-A OUTPUT -d 10.${String(index >> 8)}.${String(index & 255)}.0/24 -p tcp -m tcp --dport 443 -j DROP\n`,
    ).join('');
    const text = (more: string): string =>
      `*filter\n:OUTPUT ACCEPT [0:0]\n${many}${more}-A OUTPUT -d 54.198.0.0/16 -j DROP\nCOMMIT\n`;
    expect(verdictOn({ legacy4: text('') }, flow)).toMatchObject({ rule: { where: 'iptables OUTPUT rule 5001' } });
    expect(verdictOn({ legacy4: text('-A OUTPUT -p tcp -m tcp --dport 443 -j ACCEPT\n') }, flow).kind).toBe('accepted');
    expect(verdictOn({ legacy4: text('') }, { ...flow, address: '10.2.3.4' })).toMatchObject({
      rule: { where: 'iptables OUTPUT rule 516' },
    });
  });
});
