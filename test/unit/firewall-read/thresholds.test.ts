/** Numbers and signs that a verdict turns on, each at both of its sides. */
import { describe, expect, it } from 'vitest';
import type { Flow, Host, Verdict } from '../../../src/firewall/read/flow.js';
import { JsonItems } from '../../../src/firewall/read/json-items.js';
import { RulesetReader } from '../../../src/firewall/read/read-ruleset.js';
import { marksIn, routesFrom, routesThatStop } from '../../../src/firewall/read/routes.js';
import { HOST, read, verdictOn } from './ruleset.js';

const flow: Flow = {
  protocol: 'tcp',
  address: '54.198.178.11',
  port: 443,
  uid: 201,
  gid: 201,
  route: { device: 'eth0', source: '10.77.0.2', type: 'unicast' },
};
const six: Flow = {
  ...flow,
  address: '2001:db8::1',
  route: { device: 'eth0', source: '2001:db8::2', type: 'unicast' },
};

const chain = (name: string, hook: string, prio = 0, more: object = {}) => ({
  chain: { family: 'inet', table: 'f', name, type: 'filter', hook, prio, policy: 'accept', ...more },
});
const rule = (name: string, ...expr: readonly unknown[]) => ({
  rule: { family: 'inet', table: 'f', chain: name, handle: 2, expr },
});
const nft = (...items: readonly unknown[]): string => JSON.stringify({ nftables: items });
const is = (left: unknown, right: unknown, op = '==') => ({ match: { op, left, right } });
const field = (protocol: string, name: string) => ({ payload: { protocol, field: name } });
const meta = (key: string) => ({ meta: { key } });
const DROP = { drop: null };

interface Asked {
  readonly of?: Flow;
  readonly host?: Host;
  readonly hook?: string;
  readonly prio?: number;
}

function outcome(expr: readonly unknown[], { of = flow, host = HOST, hook = 'output', prio = 0 }: Asked = {}): string {
  return verdictOn({ nft: nft(chain('c', hook, prio), rule('c', ...expr)) }, of, host).kind;
}
const dropIf = (match: unknown, asked?: Asked): string => outcome([match, DROP], asked);

function save(rules: string, table = 'filter'): string {
  return `*${table}\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n${rules}\nCOMMIT\n`;
}
const saved = (rules: string, of = flow): Verdict['kind'] => verdictOn({ legacy4: save(rules) }, of).kind;

const ALL = ['accepted', 'uncertain', 'blocked'] as const;

describe('comparisons of nftables', () => {
  // The port asked for is 443, the port asked from 32768 to 60999.
  it.each([
    ['dport', '<', 443, 'accepted'],
    ['dport', '<', 444, 'blocked'],
    ['dport', '<=', 442, 'accepted'],
    ['dport', '<=', 443, 'blocked'],
    ['dport', '>', 443, 'accepted'],
    ['dport', '>', 442, 'blocked'],
    ['dport', '>=', 444, 'accepted'],
    ['dport', '>=', 443, 'blocked'],
    ['sport', '<', 32_768, 'accepted'],
    ['sport', '<', 32_769, 'uncertain'],
    ['sport', '<', 60_999, 'uncertain'],
    ['sport', '<', 61_000, 'blocked'],
    ['sport', '<=', 32_767, 'accepted'],
    ['sport', '<=', 32_768, 'uncertain'],
    ['sport', '<=', 60_998, 'uncertain'],
    ['sport', '<=', 60_999, 'blocked'],
    ['sport', '>', 60_999, 'accepted'],
    ['sport', '>', 60_998, 'uncertain'],
    ['sport', '>', 32_768, 'uncertain'],
    ['sport', '>', 32_767, 'blocked'],
    ['sport', '>=', 61_000, 'accepted'],
    ['sport', '>=', 60_999, 'uncertain'],
    ['sport', '>=', 32_769, 'uncertain'],
    ['sport', '>=', 32_768, 'blocked'],
    ['sport', '==', 32_767, 'accepted'],
    ['sport', '==', 32_768, 'uncertain'],
    ['sport', '!=', 61_000, 'blocked'],
    ['sport', '!=', 60_999, 'uncertain'],
  ] as const)('%s %s %d: %s', (name, op, limit, kind) => {
    expect(dropIf(is(field('tcp', name), limit, op))).toBe(kind);
  });

  it.each([
    ['in', ['syn'], 'blocked'],
    ['in', ['ack'], 'blocked'],
    ['in', ['fin', 'rst'], 'accepted'],
    ['!', ['syn', 'ack', 'psh'], 'accepted'],
    ['!', ['fin', 'rst', 'urg', 'ecn', 'cwr'], 'blocked'],
    ['!=', ['syn', 'ack'], 'accepted'],
  ] as const)('flags %s %j: %s', (op, flags, kind) => {
    expect(dropIf(is(field('tcp', 'flags'), flags, op))).toBe(kind);
  });

  it.each([
    [meta('mark'), true, 'accepted'],
    [meta('mark'), false, 'blocked'],
    [meta('oifname'), true, 'blocked'],
    [meta('iifname'), true, 'accepted'],
    [meta('iifname'), false, 'blocked'],
  ] as const)('%j is there: %s, %s', (left, there, kind) => {
    expect(dropIf(is(left, there))).toBe(kind);
    expect(dropIf(is(left, !there, '!='))).toBe(kind);
  });

  it.each([
    ['<<', 1, 2, 'accepted'],
    ['>>', 1, 221, 'blocked'],
    ['>>', 1, 222, 'accepted'],
    ['<<', 1, 886, 'blocked'],
    ['|', 4, 447, 'blocked'],
    ['|', 4, 443, 'accepted'],
    ['^', 3, 440, 'blocked'],
    ['^', 3, 443, 'accepted'],
    ['&', 3, 3, 'blocked'],
    ['&', 4, 0, 'blocked'],
  ] as const)('port %s %d is %d: %s', (sign, by, result, kind) => {
    expect(dropIf(is({ [sign]: [field('tcp', 'dport'), by] }, result))).toBe(kind);
  });

  it.each([
    ['ip', 'version', 4, 'blocked', 'accepted'],
    ['ip6', 'version', 6, 'accepted', 'blocked'],
    ['ip', 'protocol', 6, 'blocked', 'accepted'],
    ['ip6', 'nexthdr', 6, 'accepted', 'blocked'],
    ['ip', 'dscp', 0, 'blocked', 'accepted'],
    ['ip6', 'dscp', 0, 'accepted', 'blocked'],
    ['ip', 'protocol', 7, 'accepted', 'accepted'],
  ] as const)('%s %s %d: %s over IPv4, %s over IPv6', (protocol, name, value, four, overSix) => {
    expect(dropIf(is(field(protocol, name), value))).toBe(four);
    expect(dropIf(is(field(protocol, name), value), { of: six })).toBe(overSix);
  });

  it.each([
    ['nfproto', 2, 'blocked', 'accepted'],
    ['nfproto', 'ipv6', 'accepted', 'blocked'],
    ['nfproto', 10, 'accepted', 'blocked'],
    ['l4proto', 6, 'blocked', 'blocked'],
    ['l4proto', 17, 'accepted', 'accepted'],
    ['protocol', 'ip6', 'accepted', 'blocked'],
    ['protocol', 'arp', 'accepted', 'accepted'],
  ] as const)('meta %s %j: %s over IPv4, %s over IPv6', (key, value, four, overSix) => {
    expect(dropIf(is(meta(key), value))).toBe(four);
    expect(dropIf(is(meta(key), value), { of: six })).toBe(overSix);
  });

  it.each([
    ['th,0,16', 32_767, 'accepted', 'accepted'],
    ['th,0,16', 40_000, 'uncertain', 'uncertain'],
    ['th,16,16', 443, 'blocked', 'blocked'],
    ['nh,72,8', 6, 'blocked', 'uncertain'],
    ['nh,96,32', 0x0a4d_0002, 'blocked', 'uncertain'],
    ['nh,128,32', 0x36c6_b20b, 'blocked', 'uncertain'],
    ['nh,128,32', 0x36c6_b20c, 'accepted', 'uncertain'],
    ['nh,48,8', 6, 'uncertain', 'blocked'],
    ['nh,48,8', 17, 'uncertain', 'accepted'],
    ['nh,72,16', 6, 'uncertain', 'uncertain'],
  ] as const)('bytes at %s are %d: %s over IPv4, %s over IPv6', (place, value, four, overSix) => {
    const [base = '', offset, len] = place.split(',');
    const bytes = { payload: { base, offset: Number(offset), len: Number(len) } };
    expect(dropIf(is(bytes, value))).toBe(four);
    expect(dropIf(is(bytes, value), { of: six })).toBe(overSix);
  });

  it.each([
    [{ key: 'l3proto' }, 'ipv4', 'blocked', 'accepted'],
    [{ key: 'l3proto' }, 10, 'accepted', 'blocked'],
    [{ key: 'protocol' }, 'tcp', 'blocked', 'blocked'],
    [{ key: 'mark' }, 0, 'blocked', 'blocked'],
    [{ key: 'mark' }, 1, 'accepted', 'accepted'],
    [{ key: 'ip daddr', dir: 'original' }, '54.198.178.11', 'blocked', 'accepted'],
    [{ key: 'ip6 daddr', dir: 'original' }, '2001:db8::1', 'accepted', 'blocked'],
    [{ key: 'daddr', dir: 'original', family: 'ip6' }, '2001:db8::1', 'accepted', 'blocked'],
    [{ key: 'daddr', dir: 'original', family: 'ip' }, '54.198.178.11', 'blocked', 'accepted'],
    [{ key: 'proto-dst', dir: 'original' }, 443, 'blocked', 'blocked'],
    [{ key: 'proto-dst', dir: 'original' }, 444, 'accepted', 'accepted'],
    [{ key: 'proto-dst', dir: 'reply' }, 443, 'uncertain', 'uncertain'],
    [{ key: 'status' }, 1, 'uncertain', 'uncertain'],
  ] as const)('ct %j is %j: %s over IPv4, %s over IPv6', (ct, value, four, overSix) => {
    expect(dropIf(is({ ct }, value))).toBe(four);
    expect(dropIf(is({ ct }, value), { of: six })).toBe(overSix);
  });

  it('a packet in this direction only is original, an answer is a reply', () => {
    const direction = { ct: { key: 'direction' } };
    expect(ALL.map((_, value) => dropIf(is(direction, value)))).toEqual(['blocked', 'accepted', 'accepted']);
    const back = { hook: 'input' };
    expect(ALL.map((_, value) => dropIf(is(direction, value), back))).toEqual(['accepted', 'blocked', 'accepted']);
  });

  it('types of frames and of packets on their way in', () => {
    expect(dropIf(is(meta('pkttype'), 'host'), { hook: 'input' })).toBe('blocked');
    expect(dropIf(is(meta('pkttype'), 'broadcast'), { hook: 'input' })).toBe('accepted');
    expect(dropIf(is(meta('pkttype'), 'host'))).toBe('uncertain');
    expect(saved('-A INPUT -m pkttype --pkt-type unicast -j DROP')).toBe('blocked');
    expect(saved('-A INPUT -m pkttype --pkt-type multicast -j DROP')).toBe('accepted');
    expect(saved('-A OUTPUT -m pkttype --pkt-type unicast -j DROP')).toBe('uncertain');
  });

  it.each([
    ['daddr', 'local', 'output', 'accepted'],
    ['daddr', 'unicast', 'output', 'blocked'],
    ['saddr', 'local', 'output', 'blocked'],
    ['daddr', 'local', 'input', 'blocked'],
    ['saddr', 'unicast', 'input', 'blocked'],
    ['saddr', 'prohibit', 'input', 'accepted'],
    [['saddr', 'mark'], 'local', 'output', 'uncertain'],
  ] as const)('fib %j type %s on %s: %s', (flags, type, hook, kind) => {
    expect(dropIf(is({ fib: { result: 'type', flags } }, type), { hook })).toBe(kind);
  });
});

describe('names of numbers', () => {
  // A mark of that number is set, then asked for by a map from a name, so that the number itself shows.
  it.each([
    ['protocol', 'l4proto', 'icmp', 'icmpv6', 'igmp', 'udplite'],
    ['protocol', 'l4proto', 'dccp', 'ipv6', 'gre', 'esp'],
    ['protocol', 'l4proto', 'ah', 'comp', 'sctp', 'udp'],
  ])('no other %s is ours', (_, key, ...names) => {
    for (const name of names) expect(dropIf(is(meta(key), name)), name).toBe('accepted');
  });

  it.each([
    ['new', 'blocked'],
    ['established', 'blocked'],
    ['related', 'accepted'],
    ['invalid', 'accepted'],
    ['untracked', 'accepted'],
  ] as const)('ct state %s: %s', (state, kind) => {
    expect(dropIf(is({ ct: { key: 'state' } }, state, 'in'))).toBe(kind);
    expect(dropIf(is({ ct: { key: 'state' } }, [state, 'related'], 'in'))).toBe(kind);
  });

  it('before conntrack has looked, nothing has a state but invalid', () => {
    const state = (name: string, prio: number) =>
      dropIf(is({ ct: { key: 'state' } }, name, 'in'), { prio, hook: 'output' });
    expect([state('new', -200), state('invalid', -200)]).toEqual(['accepted', 'blocked']);
    expect([state('new', -199), state('invalid', -199)]).toEqual(['blocked', 'accepted']);
  });

  it.each([
    ['FIN FIN', 'accepted'],
    ['FIN,SYN SYN', 'blocked'],
    ['SYN SYN', 'blocked'],
    ['RST RST', 'accepted'],
    ['URG URG', 'accepted'],
    ['FIN,RST NONE', 'blocked'],
    ['ALL SYN', 'blocked'],
    ['ALL ACK', 'blocked'],
    ['ALL PSH,ACK', 'blocked'],
    ['ALL ALL', 'accepted'],
    ['ALL PSH', 'accepted'],
    ['SYN,ACK SYN,ACK', 'accepted'],
  ] as const)('--tcp-flags %s: %s', (flags, kind) => {
    expect(saved(`-A OUTPUT -p tcp -m tcp --tcp-flags ${flags} -j DROP`)).toBe(kind);
  });
});

describe('what ends a walk', () => {
  const QUEUES: Host = { ...HOST, queues: new Set([3, 5]) };
  it.each([
    [{ queue: { num: 2 } }, 'blocked'],
    [{ queue: { num: 3 } }, 'uncertain'],
    [{ queue: { num: 4 } }, 'blocked'],
    [{ queue: { num: { range: [4, 5] } } }, 'uncertain'],
    [{ queue: { num: { range: [6, 9] } } }, 'blocked'],
    [{ queue: { num: 6, flags: 'bypass' } }, 'accepted'],
    [{ queue: { num: 6, flags: ['fanout', 'bypass'] } }, 'accepted'],
    [{ queue: { num: 6, flags: ['fanout'] } }, 'blocked'],
    [{ queue: { num: { map: {} } } }, 'uncertain'],
  ] as const)('%j: %s', (expr, kind) => {
    expect(outcome([expr], { host: QUEUES })).toBe(kind);
  });
  it('a queue without a number is the first', () => {
    for (const queue of [null, {}]) {
      expect(outcome([{ queue }], { host: { ...HOST, queues: new Set([0]) } })).toBe('uncertain');
      expect(outcome([{ queue }], { host: { ...HOST, queues: new Set([1]) } })).toBe('blocked');
    }
  });

  const nat = (addr: string, of: Flow, more: object = {}): string =>
    verdictOn(
      {
        nft: nft(
          chain('n', 'output', -100, { type: 'nat' }),
          rule('n', { dnat: { addr, ...more } }),
          chain('i', 'input'),
          rule('i', is(meta('iifname'), 'lo'), DROP),
        ),
      },
      of,
    ).kind;
  it.each([
    ['127.0.0.1', 'blocked'],
    ['127.255.0.9', 'blocked'],
    ['126.0.0.1', 'redirected'],
    ['128.0.0.1', 'redirected'],
    ['192.0.2.1', 'redirected'],
  ])('a connection sent to %s, where loopback is closed: %s', (addr, kind) => {
    expect(nat(addr, flow)).toBe(kind);
  });
  it('the same over IPv6', () => {
    expect([nat('::1', six), nat('::2', six), nat('2001:db8::9', six)]).toEqual([
      'blocked',
      'redirected',
      'redirected',
    ]);
  });

  /** C0 jumps to C1, and so on; the last one drops. */
  const deep = (count: number): string => {
    const names = Array.from({ length: count }, (_, at) => `C${String(at)}`);
    const jumps = names.slice(1).map((name, at) => `-A C${String(at)} -j ${name}`);
    const last = `-A C${String(count - 1)} -j DROP`;
    return `*filter\n:OUTPUT ACCEPT [0:0]\n${names.map((name) => `:${name} - [0:0]`).join('\n')}\n-A OUTPUT -j C0\n${jumps.join('\n')}\n${last}\nCOMMIT\n`;
  };
  it('400 jumps are followed, more are not', () => {
    expect(verdictOn({ legacy4: deep(400) }, flow).kind).toBe('blocked');
    expect(verdictOn({ legacy4: deep(401) }, flow)).toEqual({ kind: 'not_read', why: 'too_large' });
  });

  it('keeps 500 characters of a rule', () => {
    const comment = 'x'.repeat(600);
    const verdict = verdictOn({ legacy4: save(`-A OUTPUT -m comment --comment ${comment} -j DROP`) }, flow);
    expect(verdict.kind === 'blocked' && verdict.rule.text.length).toBe(500);
    const other = verdictOn({ nft: nft(chain('c', 'output'), rule('c', { comment }, DROP)) }, flow);
    expect(other.kind === 'blocked' && other.rule.text.length).toBe(500);
    expect(other.kind === 'blocked' && other.rule.text.startsWith('[{"comment"')).toBe(false);
    expect(other.kind === 'blocked' && other.rule.text).toContain('{"comment":"xxx');
  });
});

describe('sizes of packets', () => {
  const size = (from: number, to: number, more = '', table = 'OUTPUT'): string =>
    saved(`-A ${table} -p tcp ${more}-m length --length ${String(from)}:${String(to)} -j DROP`);
  const SYN = '-m tcp --tcp-flags SYN,ACK SYN ';
  it.each([
    ['OUTPUT', SYN, 0, 39, 'accepted'],
    ['OUTPUT', SYN, 0, 40, 'uncertain'],
    ['OUTPUT', SYN, 40, 79, 'uncertain'],
    ['OUTPUT', SYN, 40, 80, 'blocked'],
    ['OUTPUT', SYN, 81, 90, 'accepted'],
    ['OUTPUT', '-m tcp --tcp-flags PSH PSH ', 200, 289, 'accepted'],
    ['OUTPUT', '-m tcp --tcp-flags PSH PSH ', 200, 290, 'uncertain'],
    ['OUTPUT', '-m tcp --tcp-flags PSH PSH ', 290, 65_534, 'uncertain'],
    ['OUTPUT', '-m tcp --tcp-flags PSH PSH ', 290, 65_535, 'blocked'],
    ['INPUT', '-m tcp --tcp-flags SYN,ACK ACK ', 500, 999, 'accepted'],
    ['INPUT', '-m tcp --tcp-flags SYN,ACK ACK ', 500, 1000, 'uncertain'],
    ['INPUT', '-m tcp --tcp-flags SYN,ACK ACK ', 1000, 65_535, 'blocked'],
    ['INPUT', '-m tcp --tcp-flags SYN,ACK ACK ', 1001, 65_535, 'uncertain'],
  ] as const)('%s %s%d to %d: %s', (table, more, from, to, kind) => {
    expect(size(from, to, more, table)).toBe(kind);
  });

  const udp: Flow = { ...flow, protocol: 'udp', port: 53 };
  it.each([
    ['OUTPUT', 0, 39, 'accepted'],
    ['OUTPUT', 40, 1499, 'uncertain'],
    ['OUTPUT', 40, 1500, 'blocked'],
    ['OUTPUT', 1501, 9000, 'accepted'],
    ['INPUT', 0, 39, 'accepted'],
    ['INPUT', 40, 65_534, 'uncertain'],
    ['INPUT', 40, 65_535, 'blocked'],
  ] as const)('a question, or its answer: %s %d to %d: %s', (table, from, to, kind) => {
    const words = `-A ${table} -p udp -m length --length ${String(from)}:${String(to)} -j DROP`;
    expect(saved(words, udp)).toBe(kind);
  });

  it.each([
    [59, 'accepted'],
    [60, 'uncertain'],
    [99, 'uncertain'],
    [100, 'blocked'],
  ] as const)('over IPv6, 0 to %d: %s', (to, kind) => {
    const match = is(meta('length'), { range: [0, to] });
    const syn = is({ '&': [field('tcp', 'flags'), 18] }, 2);
    expect(outcome([syn, match, DROP], { of: six })).toBe(kind);
  });

  it('what is not HTTPS may be short', () => {
    const web = { ...flow, port: 3128 };
    const short = (to: number): string =>
      saved(`-A OUTPUT -p tcp -m tcp --tcp-flags PSH PSH -m length --length 10:${String(to)} -j DROP`, web);
    expect([short(59), short(60)]).toEqual(['accepted', 'uncertain']);
  });
});

describe('times', () => {
  const at = (time: string): Host => ({ ...HOST, now: Date.parse(`2026-03-04T${time}Z`) });
  const hour = (from: string, to: string, time: string): string =>
    dropIf(is(meta('hour'), { range: [from, to] }), { host: at(time) });
  it.each([
    ['09:00', '10:00', '08:59:59', 'accepted'],
    ['09:00', '10:00', '09:00:00', 'uncertain'],
    ['09:00', '10:00', '09:01:59', 'uncertain'],
    ['09:00', '10:00', '09:02:00', 'blocked'],
    ['09:00', '10:00', '10:00:00', 'blocked'],
    ['09:00', '10:00', '10:00:01', 'uncertain'],
    ['09:00', '10:00', '10:02:00', 'uncertain'],
    ['09:00', '10:00', '10:02:01', 'accepted'],
    ['09:00:30', '10:00', '09:02:29', 'uncertain'],
    ['09:00:30', '10:00', '09:02:30', 'blocked'],
    // The day turned over less than two minutes ago.
    ['00:00', '10:00', '00:01:59', 'uncertain'],
    ['00:00', '10:00', '00:02:00', 'blocked'],
  ] as const)('%s to %s, at %s: %s', (from, to, time, kind) => {
    expect(hour(from, to, time)).toBe(kind);
  });

  it.each([
    ['Wednesday', '00:01:59', 'uncertain'],
    ['Wednesday', '00:02:00', 'blocked'],
    ['Wednesday', '23:59:59', 'blocked'],
    ['Tuesday', '00:02:00', 'accepted'],
    ['Thursday', '23:59:59', 'accepted'],
    [3, '12:00:00', 'blocked'],
  ] as const)('%s, at %s: %s', (day, time, kind) => {
    expect(dropIf(is(meta('day'), day), { host: at(time) })).toBe(kind);
  });
  it('each day of the week has its own name', () => {
    const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
    for (const [index, day] of days.entries()) {
      const now = Date.parse(`2026-03-0${String(index + 1)}T12:00:00Z`);
      const kinds = days.map((one) => dropIf(is(meta('day'), one), { host: { ...HOST, now } }));
      expect(
        kinds.map((kind) => kind === 'blocked'),
        day,
      ).toEqual(days.map((one) => one === day));
    }
  });

  it.each([
    ['2026-03-04 09:00:00', '>', '09:02:00', 'uncertain'],
    ['2026-03-04 09:00:00', '>', '09:02:01', 'blocked'],
    ['2026-03-04 09:00:00', '>=', '09:01:59', 'uncertain'],
    ['2026-03-04 09:00:00', '>=', '09:02:00', 'blocked'],
    ['2026-03-04 09:00:00', '>', '09:00:00', 'accepted'],
    ['2026-03-04 09:00:00', '<', '09:00:00', 'uncertain'],
    ['2026-03-04 09:00:00', '<', '08:59:59', 'blocked'],
  ] as const)('time %s %s, at %s: %s', (when, op, time, kind) => {
    expect(dropIf(is(meta('time'), when, op), { host: at(time) })).toBe(kind);
  });

  it('go by the zone of this host or by UTC: where the two differ, nobody can tell', () => {
    const zone = process.env['TZ'];
    try {
      process.env['TZ'] = 'Europe/Berlin';
      // 11:30 in Berlin.
      expect(hour('10:00', '12:00', '10:30:00')).toBe('uncertain');
      expect(dropIf(is(meta('day'), 'Wednesday'), { host: at('10:30:00') })).toBe('blocked');
      expect(dropIf(is(meta('day'), 'Wednesday'), { host: at('23:30:00') })).toBe('uncertain');
    } finally {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
  });
});

describe('options of iptables', () => {
  // iptables-extensions(8): each with as many values as it has.
  const OPTIONS: readonly string[] = [
    '-s 10.0.0.0/8',
    '-d 54.0.0.0/8',
    '-i eth0',
    '-o eth0',
    '-f',
    '-m comment --comment x',
    '-p tcp -m tcp --sport 1:65535',
    '-p tcp -m tcp --dport 443',
    '-p tcp -m tcp --syn',
    '-p tcp -m tcp --tcp-flags SYN SYN',
    '-p tcp -m multiport --sports 1:65535',
    '-p tcp -m multiport --dports 443',
    '-p tcp -m multiport --ports 443',
    '-p icmp -m icmp --icmp-type 8',
    '-p ipv6-icmp -m icmp6 --icmpv6-type 128',
    '-m conntrack --ctstate NEW',
    '-m state --state NEW',
    '-m conntrack --ctdir ORIGINAL',
    '-m conntrack --ctproto 6',
    '-m conntrack --ctorigdst 54.0.0.0/8',
    '-m conntrack --ctorigdstport 443',
    '-m mark --mark 0x0',
    '-m owner --uid-owner 201',
    '-m owner --gid-owner 201',
    '-m owner --gid-owner 201 --suppl-groups',
    '-m owner --socket-exists',
    '-m length --length 40:80',
    '-m string --string x --algo bm --from 1 --to 9 --icase',
    '-m string --hex-string |00| --algo kmp',
    '-m dscp --dscp 0x00',
    '-m socket --transparent',
    '-m time --timestart 09:00 --timestop 11:00 --utc',
    '-m time --timestart 09:00 --timestop 11:00 --contiguous',
    '-m time --timestart 09:00 --timestop 11:00 --kerneltz',
    '-m time --weekdays Wed',
    '-m time --monthdays 4',
    '-m time --datestart 2020-01-01T00:00:00',
    '-m time --datestop 2030-01-01T00:00:00',
    '-m set --match-set s src,dst --update-counters --update-subcounters',
    '-m iprange --src-range 10.0.0.0-10.255.255.255',
    '-m iprange --dst-range 54.0.0.0-54.255.255.255',
    '-m addrtype --src-type LOCAL',
    '-m addrtype --dst-type UNICAST',
    '-m pkttype --pkt-type unicast',
    '-m rpfilter --loose --validmark --accept-local --invert',
  ];
  it.each(OPTIONS)('%s leaves what stands behind it to the next', (words) => {
    expect(saved(`-A OUTPUT ${words} ! -d 54.0.0.0/8 -j DROP`)).toBe('accepted');
    expect(saved(`-A OUTPUT ! -d 54.0.0.0/8 ${words} -j DROP`)).toBe('accepted');
  });
  it.each([
    ['200-201', 'blocked'],
    ['201-202', 'blocked'],
    ['202-300', 'accepted'],
    ['100-200', 'accepted'],
    ['201', 'blocked'],
    ['netdata', 'uncertain'],
  ])('--uid-owner %s: %s', (owner, kind) => {
    expect(saved(`-A OUTPUT -m owner --uid-owner ${owner} -j DROP`)).toBe(kind);
    expect(saved(`-A OUTPUT -m owner --gid-owner ${owner} -j DROP`)).toBe(kind);
  });
  it.each([
    ['NFQUEUE --queue-num 3', 'uncertain'],
    ['NFQUEUE --queue-num 4', 'blocked'],
    ['NFQUEUE --queue-balance 1:3', 'uncertain'],
    ['NFQUEUE --queue-balance 4:9', 'blocked'],
    ['NFQUEUE --queue-num 4 --queue-bypass', 'accepted'],
    ['NFQUEUE', 'blocked'],
    ['QUEUE', 'blocked'],
  ])('-j %s, where a program listens to queue 3: %s', (target, kind) => {
    const host = { ...HOST, queues: new Set([3]) };
    expect(verdictOn({ legacy4: save(`-A OUTPUT -j ${target}`) }, flow, host).kind).toBe(kind);
  });
  it('a queue without a number is the first', () => {
    const host = { ...HOST, queues: new Set([0]) };
    for (const target of ['NFQUEUE', 'QUEUE'])
      expect(verdictOn({ legacy4: save(`-A OUTPUT -j ${target}`) }, flow, host).kind).toBe('uncertain');
  });
  it.each([
    ['LOG', 'accepted'],
    ['TCPMSS --set-mss 1400', 'accepted'],
    ['TTL --ttl-set 64', 'accepted'],
    ['SNAT --to-source 192.0.2.9', 'accepted'],
    ['STRANGE', 'uncertain'],
    ['REJECT --reject-with tcp-reset', 'blocked'],
  ])('-j %s: %s', (target, kind) => {
    expect(saved(`-A OUTPUT -p tcp -j ${target}`)).toBe(kind);
  });
});

describe('what nftables cannot know of a packet', () => {
  it.each([
    ['transparent', 'accepted'],
    ['mark', 'accepted'],
    ['wildcard', 'accepted'],
    ['cgroupv2', 'uncertain'],
  ])('socket %s 1: %s', (key, kind) => {
    expect(dropIf(is({ socket: { key } }, 1))).toBe(kind);
  });
  it('bits of what is no number', () => {
    const bits = (left: unknown) => dropIf(is(left, ['syn'], 'in'));
    expect(bits({ meta: { key: 'cpu' } })).toBe('uncertain');
    expect(dropIf(is(field('tcp', 'flags'), ['no such flag'], 'in'))).toBe('uncertain');
  });

  const named = (elem: readonly unknown[], left: unknown = field('tcp', 'dport'), type = 'inet_service') =>
    verdictOn(
      {
        nft: nft(
          { set: { family: 'inet', table: 'f', name: 's', type, elem } },
          chain('c', 'output'),
          rule('c', is(left, '@s'), DROP),
        ),
      },
      flow,
    ).kind;
  it.each([
    [[443], 'blocked'],
    [[442, 444], 'accepted'],
    [[{ range: [440, 443] }], 'blocked'],
    [[{ range: [440, 442] }], 'accepted'],
    [[{ range: ['x', 500] }], 'uncertain'],
    [[{ elem: { val: 443, comment: 'x' } }], 'blocked'],
    [[{ elem: { val: 443, limit: { rate: 1 } } }], 'uncertain'],
    [[{ elem: { val: 443, quota: { val: 1 } } }], 'uncertain'],
    [[{ elem: { val: 443, 'ct count': { val: 1 } } }], 'uncertain'],
    [[{ elem: { val: 80, limit: { rate: 1 } } }], 'accepted'],
    [[], 'accepted'],
  ] as const)('port in a set of %j: %s', (elem, kind) => {
    expect(named(elem)).toBe(kind);
  });
  it.each([
    [['eth*'], 'blocked'],
    [['eth0'], 'blocked'],
    [['wg*', 'lo'], 'accepted'],
    [['eth\\*'], 'accepted'],
    [[7], 'uncertain'],
  ] as const)('a device in a set of %j: %s', (elem, kind) => {
    expect(named(elem, meta('oifname'), 'ifname')).toBe(kind);
  });
  it.each([
    [{ prefix: { addr: '54.0.0.0', len: 8 } }, 'blocked'],
    [{ prefix: { addr: '54.0.0.0', len: 32 } }, 'accepted'],
    [{ prefix: { addr: '54.0.0.0', len: 33 } }, 'uncertain'],
    [{ prefix: { addr: '54.0.0.0', len: 0 } }, 'blocked'],
    [{ prefix: { addr: '54.0.0.0', len: -1 } }, 'uncertain'],
    [{ prefix: { addr: 'x', len: 8 } }, 'uncertain'],
  ] as const)('an address in %j: %s', (right, kind) => {
    expect(dropIf(is(field('ip', 'daddr'), right))).toBe(kind);
  });
  it('a set makes its table another program’s than iptables’', () => {
    const table = { family: 'ip', table: 'filter' };
    const own = (more: readonly unknown[]) =>
      read({
        nft: nft(
          { chain: { ...table, name: 'OUTPUT', type: 'filter', hook: 'output', prio: 0, policy: 'accept' } },
          ...more,
        ),
        nft4: '*filter\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n',
      }).bases.map(({ manager }) => manager);
    expect(own([])).toEqual(['iptables (nft)']);
    expect(own([{ set: { ...table, name: 's', type: 'ipv4_addr' } }])).toEqual(['nftables']);
    expect(own([{ map: { ...table, name: 'm', type: 'ipv4_addr', map: 'verdict' } }])).toEqual(['nftables']);
  });
});

describe('what iptables says in numbers', () => {
  it.each([
    ['127.0.0.1', 'blocked'],
    ['127.1.2.3:80', 'blocked'],
    ['126.0.0.1', 'redirected'],
    ['128.0.0.1', 'redirected'],
    ['192.0.2.1:80', 'redirected'],
  ])('DNAT to %s, where loopback is closed: %s', (to, kind) => {
    const dnat = `*nat\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -p tcp -j DNAT --to-destination ${to}\nCOMMIT\n`;
    expect(verdictOn({ legacy4: `${dnat}${save('-A INPUT -i lo -j DROP')}` }, flow).kind).toBe(kind);
  });
  it.each([
    ['NEW', 'accepted'],
    ['INVALID', 'blocked'],
    ['RELATED,ESTABLISHED', 'accepted'],
  ])('before conntrack has looked, a packet is no other than INVALID: %s %s', (state, kind) => {
    const raw = `*raw\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -m conntrack --ctstate ${state} -j DROP\nCOMMIT\n`;
    expect(verdictOn({ legacy4: raw }, flow).kind).toBe(kind);
  });
  it.each([
    ['0-4095', 'blocked'],
    ['0-4096', 'uncertain'],
    ['443-443', 'blocked'],
    ['444-500', 'accepted'],
  ])('ports %s of a set: %s', (ports, kind) => {
    const ipset = `create s hash:ip,port family inet\nadd s 54.198.178.11,tcp:${ports}\n`;
    const rules = save('-A OUTPUT -m set --match-set s dst,dst -j DROP');
    expect(verdictOn({ ipset, legacy4: rules }, flow).kind).toBe(kind);
  });
});

describe('routes', () => {
  it('names 200 characters of an entry', () => {
    const line = `blackhole 54.198.0.0/16 ${'dev eth0 '.repeat(40)}`;
    expect(routesThatStop(line, [flow])).toMatchObject([{ text: line.slice(0, 200) }]);
  });
  it('does not stop what lies beside the entry, nor what has no address', () => {
    const at = (address: string): number => routesThatStop('blackhole 54.198.0.0/16', [{ ...flow, address }]).length;
    expect(['54.197.255.255', '54.198.0.0', '54.198.255.255', '54.199.0.0', 'name'].map(at)).toEqual([0, 1, 1, 0, 0]);
    expect(routesThatStop('blackhole 2001:db8::/32', [six])).toHaveLength(1);
    expect(routesThatStop('blackhole 2001:db8::/32', [flow])).toEqual([]);
    expect(routesThatStop('blackhole default\nblackhole 0.0.0.0/0 table', [flow])).toMatchObject([
      { where: 'routing table main, blackhole 0.0.0.0/0' },
    ]);
  });
  it('reads no route without device or address', () => {
    expect([...routesFrom('1.2.3.4 via 10.0.0.1\nfoo dev eth0\nblackhole 1.2.3.5 dev lo\n1.2.3.6 dev')]).toEqual([
      ['1.2.3.5', { device: 'lo', source: null, type: 'blackhole' }],
    ]);
  });
  it('takes the first four marks, and none that every packet has', () => {
    const text = [0, 1, 2, 3, 4, 5].map((n) => `${String(100 + n)}:\tfrom all fwmark ${String(n)} lookup 100`);
    expect(marksIn(text.join('\n')).map(({ value }) => value)).toEqual([1, 2, 3]);
    expect(marksIn(text.slice(1).join('\n')).map(({ value }) => value)).toEqual([1, 2, 3, 4]);
  });
});

describe("tables of iptables' own making", () => {
  const CHAINS: readonly (readonly [table: string, chain: string, prio: number])[] = [
    ['raw', 'PREROUTING', -300],
    ['raw', 'OUTPUT', -300],
    ['mangle', 'PREROUTING', -150],
    ['mangle', 'INPUT', -150],
    ['mangle', 'FORWARD', -150],
    ['mangle', 'OUTPUT', -150],
    ['mangle', 'POSTROUTING', -150],
    ['nat', 'PREROUTING', -100],
    ['nat', 'INPUT', 100],
    ['nat', 'OUTPUT', -100],
    ['nat', 'POSTROUTING', 100],
    ['filter', 'INPUT', 0],
    ['filter', 'FORWARD', 0],
    ['filter', 'OUTPUT', 0],
    ['security', 'INPUT', 150],
    ['security', 'FORWARD', 150],
    ['security', 'OUTPUT', 150],
  ];
  const managers = (table: string, name: string, prio: number, hook = name.toLowerCase()): readonly string[] => {
    const made = { chain: { family: 'ip', table, name, type: 'filter', hook, prio, policy: 'accept' } };
    const saved4 = `*${table}\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:${name} ACCEPT [0:0]\nCOMMIT\n`;
    return [...new Set(read({ nft: nft(made), nft4: saved4 }).bases.map(({ manager }) => manager))];
  };
  it.each(CHAINS)('%s %s at %d', (table, name, prio) => {
    expect(managers(table, name, prio)).toEqual(['iptables (nft)']);
    // Another priority or another hook: somebody else made it. Forwarded packets are none of ours.
    const others = name === 'FORWARD' ? [] : ['nftables'];
    expect(managers(table, name, prio + 1)).toEqual(others);
    expect(managers(table, name, prio, 'forward')).toEqual(name === 'FORWARD' ? ['iptables (nft)'] : []);
  });

  it('take from iptables-save what only that can read, but no jump', () => {
    const opaque = { xt: { type: 'match', name: 'string' } };
    const own = (target: string): string =>
      verdictOn(
        {
          nft: nft(
            { chain: { family: 'ip', table: 'filter', name: 'OUTPUT', type: 'filter', hook: 'output', prio: 5 } },
            {
              rule: {
                family: 'ip',
                table: 'filter',
                chain: 'OUTPUT',
                handle: 3,
                expr: [opaque, { counter: {} }, DROP],
              },
            },
          ),
          nft4: `*filter\n:OUTPUT ACCEPT [0:0]\n:SUB - [0:0]\n-A OUTPUT ${target}\nCOMMIT\n`,
        },
        flow,
      ).kind;
    expect(own('-m comment --comment x -j DROP')).toBe('blocked');
    expect(own('-m comment --comment x -j ACCEPT')).toBe('accepted');
    expect(own('-m comment --comment x -j SUB')).toBe('uncertain');
    expect(own('-m comment --comment x -g SUB')).toBe('uncertain');
  });

  it.each([
    ['security', 'INPUT', 50],
    ['nat', 'POSTROUTING', 100],
    ['nat', 'INPUT', 100],
    ['nat', 'OUTPUT', -100],
    ['nat', 'PREROUTING', -100],
    ['mangle', 'POSTROUTING', -150],
    ['mangle', 'PREROUTING', -150],
    ['mangle', 'INPUT', -150],
    ['mangle', 'OUTPUT', -150],
    ['security', 'OUTPUT', 50],
    ['raw', 'PREROUTING', -300],
    ['raw', 'OUTPUT', -300],
    ['filter', 'INPUT', 0],
    ['filter', 'OUTPUT', 0],
  ] as const)('the old backend hooks %s %s at %d', (table, name, priority) => {
    const { bases } = read({ legacy4: `*${table}\n:${name} ACCEPT [0:0]\nCOMMIT\n` });
    expect(bases).toMatchObject([{ priority, hook: name.toLowerCase(), manager: 'iptables (legacy)' }]);
  });
});

describe('limits of a reader', () => {
  const filled = (rules: number, elements = 0): RulesetReader => {
    const reader = new RulesetReader();
    const counted = reader.nft as { rules: number; elements: number };
    // As if so many had been read: reading them takes seconds.
    counted.rules += rules;
    counted.elements += elements;
    return reader;
  };
  it('200,000 rules and a million elements', () => {
    expect([filled(200_000).tooLarge, filled(200_001).tooLarge]).toEqual([false, true]);
    expect([filled(0, 1_000_000).tooLarge, filled(0, 1_000_001).tooLarge]).toEqual([false, true]);
    const mixed = filled(199_999);
    mixed.push('legacy6', '*filter\n-A OUTPUT -j DROP\n');
    expect(mixed.tooLarge).toBe(false);
    mixed.push('nft4', '*filter\n-A OUTPUT -j DROP\n');
    expect(mixed.tooLarge).toBe(true);
    const sets = filled(0, 999_999);
    sets.push('ipset', 'create s hash:ip family inet\nadd s 192.0.2.1\n');
    expect(sets.tooLarge).toBe(false);
    sets.push('ipset', 'add s 192.0.2.2\n');
    expect(sets.tooLarge).toBe(true);
  });
  it('is large above 20,000 of both', () => {
    expect([filled(10_000, 10_000).large, filled(10_001, 10_000).large]).toEqual([false, true]);
  });
  it('counts each rule and each element once', () => {
    const reader = new RulesetReader();
    reader.push('nft', nft({ set: { family: 'ip', table: 'f', name: 's', elem: [1, 2, 3] } }, rule('c', DROP)));
    expect([reader.nft.rules, reader.nft.elements]).toEqual([1, 3]);
  });
  it('hands elements over in pieces of 16 KiB, however much comes at once', () => {
    const pieces: string[] = [];
    const items = new JsonItems({ elements: (text) => pieces.push(text), item: () => undefined });
    const elements = Array.from({ length: 20_000 }, (_, index) => 1_000_000 + index);
    items.push(nft({ set: { elem: elements } }));
    expect(pieces.flatMap((piece) => JSON.parse(`[${piece}]`) as number[])).toEqual(elements);
    // Seven digits and a comma each: the piece ends at the first comma behind its size.
    expect(new Set(pieces.slice(0, -1).map(({ length }) => length))).toEqual(new Set([16_391]));
  });
  it('takes an item of four million characters and none that is longer', () => {
    const items = new JsonItems({ elements: () => undefined, item: () => undefined });
    items.push('{"nftables":[{"rule":"');
    items.push('x'.repeat(4_000_000 - '{"rule":"'.length));
    expect(items.broken).toBe(false);
    items.push('x');
    expect(items.broken).toBe(true);
  });
});
