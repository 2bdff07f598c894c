/** What stops packets besides firewall rules, as `ip`, `systemctl` and nft print it. */
import { describe, expect, it } from 'vitest';
import type { Flow, Host, Verdict } from '../../../src/firewall/read/flow.js';
import { hasPolicies, policiesThatStop } from '../../../src/firewall/read/ipsec.js';
import { discardingDevices, policyThatStops, routesThatStop } from '../../../src/firewall/read/routes.js';
import { stoppedByUnits, unitsAround, unitsIn } from '../../../src/firewall/read/units.js';
import { HOST, verdictOn } from './ruleset.js';

const flow: Flow = {
  protocol: 'tcp',
  address: '44.196.50.41',
  port: 443,
  uid: 201,
  gid: 201,
  route: { device: 'eth0', source: '10.77.0.2', type: 'unicast' },
};

describe('policy routing', () => {
  const lost = new Set([flow]);
  it.each([
    ['32765:\tfrom all to 44.196.50.41 prohibit', true],
    ['32765:\tfrom all uidrange 201-201 unreachable', true],
    ['32765:\tfrom all uidrange 0-100 unreachable', false],
    ['32765:\tnot from all uidrange 0-100 blackhole', true],
    ['32765:\tfrom all to 54.0.0.0/8 prohibit', false],
    ['32765:\tfrom all ipproto udp dport 53 prohibit', false],
    ['32765:\tfrom all ipproto tcp dport 400-500 prohibit', true],
    ['32765:\tfrom all fwmark 0x1 prohibit', false],
    ['32765:\tnot from all fwmark 0x1 prohibit', true],
    ['32765:\tfrom all iif eth1 prohibit', false],
    ['32766:\tfrom all lookup main', false],
  ])('%s', (rule, named) => {
    const stops = policyThatStops(`0:\tfrom all lookup local\n${rule}\n`, lost);
    expect(stops.map(({ text }) => text)).toEqual(named ? [rule] : []);
  });
  it('names nobody for what has a way', () => {
    expect(policyThatStops('9:\tfrom all prohibit\n', new Set())).toEqual([]);
  });
  it('a default entry that refuses is named for what has no way, behind more special ones', () => {
    const table = 'unreachable default table 99\nprohibit 44.196.0.0/16\n';
    const other = { ...flow, address: '54.198.178.11' };
    expect(routesThatStop(table, [flow, other])).toMatchObject([{ text: 'prohibit 44.196.0.0/16' }]);
    expect(routesThatStop(table, [flow, other], new Set([flow, other]))).toMatchObject([
      { text: 'prohibit 44.196.0.0/16', flows: [flow] },
      { text: 'unreachable default table 99', flows: [other] },
    ]);
  });
  it('devices that discard', () => {
    const links = [
      '2: eth0@if3: <BROADCAST,UP> mtu 1500 state UP\\    link/ether 02:00:00:00:00:01 brd ff:ff:ff:ff:ff:ff\\    veth numtxqueues 1',
      '9: pvpnksintrf0: <BROADCAST,NOARP,UP> mtu 1500 state UNKNOWN\\    link/ether 02:00:00:00:00:02 brd ff:ff:ff:ff:ff:ff promiscuity 0\\    dummy numtxqueues 1',
      '10: dummy: <UP> mtu 1500\\    link/ether 02:00:00:00:00:03 brd ff:ff:ff:ff:ff:ff\\    veth numtxqueues 1',
    ].join('\n');
    expect([...discardingDevices(links)]).toEqual([['pvpnksintrf0', 'dummy']]);
  });
});

describe('IPsec', () => {
  const policy = (selector: string, what: string): string =>
    `src 0.0.0.0/0 dst ${selector} \n\tdir ${what} priority 0 ptype main \n`;
  it.each([
    ['44.196.50.41/32', 'out action block', 1],
    ['44.0.0.0/8 proto tcp dport 443', 'out action block', 1],
    ['44.0.0.0/8 proto udp', 'out action block', 0],
    ['44.0.0.0/8 dport 80', 'out action block', 0],
    ['54.0.0.0/8', 'out action block', 0],
    ['44.196.50.41/32', 'in action block', 0],
    ['44.196.50.41/32', 'out', 0],
  ] as const)('%s, %s', (selector, what, count) => {
    const text = policy(selector, what) + policy('10.0.0.0/8', 'out action block');
    expect(policiesThatStop(text, [flow])).toHaveLength(count);
    expect(hasPolicies(text)).toBe(true);
  });
  it('the source counts, and no policy is none', () => {
    const text = 'src 10.99.0.0/16 dst 44.196.50.41/32 \n\tdir out action block priority 0 \n';
    expect(policiesThatStop(text, [flow])).toEqual([]);
    expect(hasPolicies('')).toBe(false);
  });
});

describe('units of systemd', () => {
  const settings = (...lines: readonly string[]) =>
    unitsIn(`Id=system.slice\nIPAddressDeny=\nPrivateNetwork=\n\nId=netdata.service\n${lines.join('\n')}\n`);
  const stop = (lines: readonly string[], address = flow.address, device: string | null = 'eth0') =>
    stoppedByUnits(settings(...lines), address, device);
  it.each<readonly [lines: readonly string[], sure: boolean | null]>([
    [['IPAddressDeny=0.0.0.0/0 ::/0'], true],
    [['IPAddressDeny=any'], true],
    [['IPAddressDeny=any', 'IPAddressAllow=127.0.0.0/8 ::1/128'], true],
    [['IPAddressDeny=any', 'IPAddressAllow=44.196.0.0/16'], null],
    [['IPAddressDeny=any', 'IPAddressAllow=something new'], false],
    [['IPAddressDeny=54.0.0.0/8'], null],
    [['IPAddressDeny=', 'IPAddressAllow=10.0.0.0/8'], null],
    [['PrivateNetwork=yes'], true],
    [['PrivateNetwork=no'], null],
    [['RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6'], null],
    [['RestrictAddressFamilies=AF_UNIX'], true],
    [['RestrictAddressFamilies=~AF_INET'], true],
    [['RestrictAddressFamilies=~AF_PACKET'], null],
    [['RestrictNetworkInterfaces=lo wg0'], true],
    [['RestrictNetworkInterfaces=~eth0'], true],
    [['RestrictNetworkInterfaces=~wg0'], null],
    [['RestrictNetworkInterfaces=eth0'], null],
    [['IPEgressFilterPath=/sys/fs/bpf/mine'], false],
    [['BPFProgram=egress:/sys/fs/bpf/mine'], false],
    [['IPEgressFilterPath=', 'BPFProgram=', 'RestrictNetworkInterfaces=', 'RestrictAddressFamilies='], null],
  ])('%s', (lines, sure) => {
    expect(stop(lines)?.sure ?? null).toBe(sure);
  });
  it('a slice denies for the units in it, and what one of them allows is allowed', () => {
    const around = unitsIn(
      'Id=system.slice\nIPAddressDeny=any\n\nId=netdata.service\nIPAddressAllow=44.196.50.41/32\n',
    );
    expect(stoppedByUnits(around, '44.196.50.41', null)).toBeNull();
    expect(stoppedByUnits(around, '54.198.178.11', null)).toMatchObject({ unit: 'system.slice', sure: true });
    expect(stoppedByUnits(around, '2600::1', null)).toMatchObject({ unit: 'system.slice' });
  });
  it('a device that is not known decides nothing', () => {
    expect(stop(['RestrictNetworkInterfaces=lo wg0'], flow.address, null)).toMatchObject({ sure: false });
  });
  it('units around a process, in the unified hierarchy alone', () => {
    expect(unitsAround('0::/system.slice/netdata.service\n')).toEqual(['-.slice', 'system.slice', 'netdata.service']);
    expect(unitsAround('4:memory:/a.slice\n0::/user.slice/user-1000.slice/session-3.scope/x\n')).toEqual([
      '-.slice',
      'user.slice',
      'user-1000.slice',
      'session-3.scope',
    ]);
    for (const text of ['', '0::/\n', '1:name=systemd:/system.slice/netdata.service\n', '0::/--help.service\n0::/x'])
      expect(unitsAround(text).filter((unit) => unit.includes(' '))).toEqual([]);
    expect(unitsAround('0::/\n')).toEqual([]);
    expect(unitsAround('1:name=systemd:/system.slice/netdata.service\n')).toEqual([]);
  });
});

const chain = (family: string, hook: string, policy = 'accept') => ({
  chain: { family, table: 't', name: 'c', handle: 1, type: 'filter', hook, prio: 0, policy },
});
const rule = (family: string, ...expr: readonly object[]) => ({
  rule: { family, table: 't', chain: 'c', handle: 9, expr },
});
const nft = (...items: readonly object[]): string => JSON.stringify({ nftables: items });
const kindOn = (text: string, host: Partial<Host> = {}, of: Flow = flow): Verdict['kind'] =>
  verdictOn({ nft: text }, of, { ...HOST, ...host }).kind;
const is = (protocol: string, field: string, right: unknown) => ({
  match: { op: '==', left: { payload: { protocol, field } }, right },
});

describe('rules of a bridge', () => {
  const drops = (...expr: readonly object[]): string =>
    nft(chain('bridge', 'output'), rule('bridge', ...expr, { drop: null }));
  const onBridge = { bridges: new Set(['eth0']) };
  it('count for what leaves by a bridge, and for nothing else', () => {
    const text = drops(is('ether', 'type', 'ip'), is('tcp', 'dport', 443));
    expect(kindOn(text, onBridge)).toBe('blocked');
    expect(kindOn(text)).toBe('accepted');
    expect(kindOn(text, { bridges: null })).toBe('uncertain');
    expect(kindOn(drops(is('ether', 'type', 'ip6')), onBridge)).toBe('accepted');
    expect(kindOn(drops(is('ether', 'type', 'arp')), onBridge)).toBe('accepted');
  });
  it('which port a packet takes is not known', () => {
    const port = { match: { op: '==', left: { meta: { key: 'oifname' } }, right: 'port1' } };
    expect(kindOn(drops(port), onBridge)).toBe('uncertain');
  });
  it('answers pass the hooks of the bridge first', () => {
    const text = nft(chain('bridge', 'prerouting'), rule('bridge', is('tcp', 'sport', 443), { drop: null }));
    expect(verdictOn({ nft: text }, flow, { ...HOST, ...onBridge })).toMatchObject({
      kind: 'blocked',
      rule: { inbound: true },
    });
  });
});

describe('rules of ARP', () => {
  const asks = { match: { op: '==', left: { payload: { protocol: 'arp', field: 'operation' } }, right: 'request' } };
  it('may keep the next hop from being found', () => {
    expect(kindOn(nft(chain('arp', 'output', 'drop')))).toBe('uncertain');
    expect(kindOn(nft(chain('arp', 'output'), rule('arp', asks, { drop: null })))).toBe('uncertain');
    expect(kindOn(nft(chain('arp', 'output'), rule('arp', asks, { accept: null })))).toBe('accepted');
    expect(kindOn(nft(chain('arp', 'output', 'drop')), {}, { ...flow, address: '2600::1' })).toBe('accepted');
  });
});

describe('what begins here is whole, unmarked by tunnels, and has all its hops left', () => {
  const save = (rules: string): string => `*filter\n:OUTPUT ACCEPT [0:0]\n${rules}\nCOMMIT\n`;
  const by = (words: string, host: Partial<Host> = {}): Verdict['kind'] =>
    verdictOn({ legacy4: save(`-A OUTPUT ${words} -j DROP`) }, flow, { ...HOST, ...host }).kind;
  it.each([
    ['-m ttl --ttl-eq 64', 'blocked'],
    ['-m ttl --ttl-eq 63', 'accepted'],
    ['-m ttl --ttl-lt 64', 'accepted'],
    ['-m ttl --ttl-gt 63', 'blocked'],
    ['-m policy --dir out --pol none', 'blocked'],
    ['-m policy --dir out --pol ipsec', 'accepted'],
    ['-m tos --tos 0x00/0xfc', 'blocked'],
    ['-m tos --tos 0x10/0x3f', 'accepted'],
    ['-m tos --tos 0x00/0xff', 'uncertain'],
    ['-m tos ! --tos 0x10/0xfc', 'blocked'],
  ] as const)('%s: %s', (words, kind) => {
    expect(by(words)).toBe(kind);
  });
  it('is not decided where the host does not tell, or a rule has changed it', () => {
    expect(by('-m ttl --ttl-eq 63', { ttl: null })).toBe('uncertain');
    expect(by('-m policy --dir out --pol none', { ipsec: true })).toBe('uncertain');
    expect(by('-m policy --dir out --pol none', { ipsec: null })).toBe('uncertain');
    const changed = save('-A OUTPUT -j TTL --ttl-set 65\n-A OUTPUT -m ttl --ttl-eq 64 -j DROP');
    expect(verdictOn({ legacy4: changed }, flow).kind).toBe('uncertain');
  });
  const masked = (mask: number) => ({
    match: { op: '!=', left: { '&': [{ payload: { protocol: 'ip', field: 'frag-off' } }, mask] }, right: 0 },
  });
  const mss = (right: unknown) => ({
    match: { op: '==', left: { 'tcp option': { name: 'maxseg', field: 'size' } }, right },
  });
  const drops = (...expr: readonly object[]): string =>
    nft(chain('inet', 'output'), rule('inet', ...expr, { drop: null }));
  it.each([
    [1, 'blocked'],
    [2, 'uncertain'],
  ])('a choice of %i', (mod, kind) => {
    const choice = {
      vmap: { key: { numgen: { mode: 'random', mod, offset: 0 } }, data: { set: [[0, { drop: null }]] } },
    };
    expect(kindOn(nft(chain('inet', 'output'), rule('inet', choice)))).toBe(kind);
  });
  it('a connection that is kept from conntrack has no status', () => {
    const raw = nft({ chain: { ...chain('inet', 'output').chain, prio: -300 } }, rule('inet', { notrack: null }, { match: { op: '!', left: { ct: { key: 'status' } }, right: 32 } }, { drop: null })); // prettier-ignore
    expect(kindOn(raw)).toBe('accepted');
  });
  it('an answer whose sender is routed out by the device that it came by', () => {
    const missing = { match: { op: '==', left: { fib: { result: 'oif', flags: ['saddr', 'iif'] } }, right: '0' } };
    const text = nft(chain('inet', 'prerouting'), rule('inet', missing, { drop: null }));
    expect(kindOn(text)).toBe('accepted');
    expect(kindOn(text, {}, { ...flow, route: null })).toBe('uncertain');
  });
  it.each<readonly [string, object, Verdict['kind']]>([
    ['no fragment', masked(0x1fff), 'accepted'],
    ['the flags beside it are not known', masked(0xffff), 'uncertain'],
    ['a segment that is too small', mss({ range: [1, 535] }), 'accepted'],
    ['a segment of some size', mss({ range: [1, 1000] }), 'uncertain'],
    ['not translated', { match: { op: 'in', left: { ct: { key: 'status' } }, right: 'dnat' } }, 'accepted'],
    ['neither', { match: { op: '!', left: { ct: { key: 'status' } }, right: [16, 32] } }, 'blocked'],
    [
      'an expected connection',
      { match: { op: 'in', left: { ct: { key: 'status' } }, right: 'expected' } },
      'uncertain',
    ],
    ['compared as a whole', { match: { op: '==', left: { ct: { key: 'status' } }, right: 32 } }, 'uncertain'],
    ['hops', is('ip', 'ttl', 64), 'blocked'],
    ['other hops', is('ip', 'ttl', 1), 'accepted'],
    ['no tunnel', { match: { op: '==', left: { rt: { key: 'ipsec' } }, right: false } }, 'blocked'],
    ['a tunnel', { match: { op: '==', left: { rt: { key: 'ipsec' } }, right: true } }, 'accepted'],
  ])('%s', (_, expression, kind) => {
    expect(kindOn(drops(expression))).toBe(kind);
  });
});
