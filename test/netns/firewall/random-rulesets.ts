/** Random rulesets of the kinds that hosts have, out of a seed. */
import { randomSource } from '../../../src/sim/seeded-random.js';
import { DNS4, DNS6, HOST4, HOST6, LISTED, UNLISTED } from './lab.js';

export const UID = 1234;
export const PORTS = [443, 8443] as const;

/** One family's addresses: a ruleset is about one of them. */
export interface World {
  readonly family: 4 | 6;
  readonly addresses: readonly string[];
  readonly resolver: string;
  readonly own: string;
}

export const WORLDS: readonly World[] = [
  { family: 4, addresses: [LISTED[0], LISTED[1], UNLISTED[0]], resolver: DNS4, own: HOST4 },
  { family: 6, addresses: [LISTED[2], LISTED[3], UNLISTED[1]], resolver: DNS6, own: HOST6 },
];

export class Dice {
  readonly #bytes;
  constructor(seed: number) {
    this.#bytes = randomSource(seed);
  }
  below(count: number): number {
    return (this.#bytes(2).readUInt16BE(0) * 7919) % count;
  }
  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T;
  }
  some<T>(most: number, make: () => T): readonly T[] {
    return Array.from({ length: 1 + this.below(most) }, make);
  }
}

/** Neighbour discovery is no flow of ours: without it nothing would work that the rules let through. */
const NEIGHBOURS = 'icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept';

export function nftRuleset(dice: Dice, { family, addresses, own }: World): string {
  const ip = family === 4 ? 'ip' : 'ip6';
  const net = family === 4 ? '198.51.100.8/29' : '2001:db8::8/125';
  const span = family === 4 ? '198.51.100.0-198.51.100.2' : '2001:db8::-2001:db8::2';
  const match = (): string => {
    const address = dice.pick(addresses);
    const port = dice.pick(PORTS);
    return dice.pick([
      `${ip} daddr ${address}`,
      `${ip} daddr != ${address}`,
      `${ip} daddr { ${address}, ${dice.pick(addresses)} }`,
      `${ip} daddr ${span}`,
      `${ip} daddr ${net}`,
      `${ip} daddr @some`,
      `${ip} daddr != @some`,
      `${ip} daddr . tcp dport @pairs`,
      `${ip} daddr . tcp dport != { ${address} . ${port} }`,
      `tcp dport ${port}`,
      `tcp dport != ${port}`,
      'tcp dport 400-500',
      `meta skuid ${dice.pick([0, UID])}`,
      'meta skuid != 0',
      'meta skuid { 1000-2000, 5 }',
      'meta skgid 1000-2000',
      `oifname "${dice.pick(['va', 'v*', 'eth0'])}"`,
      'oifname { "lo", "va" }',
      `meta mark ${dice.pick([0, 7])}`,
      'meta mark & 0x3 == 0x3',
      `ct mark ${dice.pick([0, 7])}`,
      'tcp flags & (fin|syn|rst|ack) == syn',
      'tcp flags syn',
      'tcp flags != syn',
      'tcp flags & (fin|syn) == (fin|syn)',
      `ct state ${dice.pick(['new', 'established,related', 'invalid', '!= new', 'untracked'])}`,
      'ct direction original',
      'fib daddr type unicast',
      'meta l4proto { tcp, udp }',
      'meta l4proto udp',
      'udp dport 53',
      'th dport 53',
      `${ip} saddr ${own}`,
      'meta length < 150',
      'meta length > 2000',
      `@th,16,16 ${port}`,
      'meta hour "00:00"-"23:59"',
      'meta time > "2020-01-01 00:00:00"',
      `ct original ${ip} daddr ${address}`,
      'tcp sport 1024-65535',
      `meta protocol ${ip}`,
      `meta nfproto ipv${String(family)}`,
      `${ip} dscp ${dice.pick(['cs0', 'cs1'])}`,
      `${ip} ecn ${dice.pick(['not-ect', 'ce'])}`,
      'tcp flags & (syn|ecn|cwr) == (syn|ecn|cwr)',
      'tcp flags & (fin|syn|rst|ack|ecn|cwr) == syn',
      `${ip} daddr . tcp dport @spans`,
      `${ip} daddr @timed`,
      `${ip} daddr & ${family === 4 ? '0.0.0.255 == 0.0.0.9' : '::ff == ::9'}`,
      'meta l4proto != udp',
      'th dport { 443, 1000-9000 }',
      'socket cgroupv2 level 1 "system.slice"',
      'meta mark & 0x4 == 0',
      'ct original proto-dst 443',
      `ct status ${dice.pick(['dnat', 'confirmed', 'assured'])}`,
      'ct zone 0',
      'ct label 3',
      'limit rate over 1000/second',
      'limit rate 1000/second',
      'quota over 100 mbytes',
      'limit name "few"',
      'quota name "much"',
      'ct count over 500',
      'numgen random mod 2 == 0',
      'fib daddr type { local, broadcast }',
      'fib daddr type != unicast',
      'fib saddr . oif type local',
      `fib daddr oifname "${dice.pick(['va', 'eth0'])}"`,
      'rt nexthop 192.0.2.1',
      'meta cgroup 1',
      'meta pkttype unicast',
      'tcp option maxseg size 100-2000',
      'udp length 8-900',
    ]);
  };
  const verdict = (chains: readonly string[], reject: boolean): string =>
    dice.pick([
      'accept',
      'drop',
      'drop',
      'return',
      ...(reject ? ['reject'] : []),
      'meta mark set 7',
      'ct mark set 7',
      'meta mark set tcp dport map { 443 : 7, 8443 : 3 }',
      'log prefix "x" drop',
      'counter continue',
      'counter name "seen"',
      'meta mark set meta mark | 0x4',
      'meta mark set ct mark accept',
      'ct mark set meta mark & 0x3',
      `${ip} dscp set cs1`,
      'ct zone set 3',
      `add @met { ${ip} daddr }`,
      `delete @met { ${ip} daddr }`,
      `update @met { ${ip} daddr timeout 20s } drop`,
      'tcp option maxseg size set 1300',
      'queue flags bypass to 7',
      'queue to 7',
      'notrack accept',
      `${ip} daddr @met drop`,
      `${ip} daddr != @met drop`,
      ...(reject ? ['reject with tcp reset', 'reject with icmpx type admin-prohibited'] : []),
      ...chains.flatMap((chain) => [`jump ${chain}`, `goto ${chain}`]),
    ]);
  const maps = (chains: readonly string[]): string =>
    dice.pick([
      `tcp dport vmap { ${dice.pick(PORTS)} : drop, 1-100 : accept }`,
      `${ip} daddr . tcp dport vmap { ${dice.pick(addresses)} . 400-500 : drop, ${dice.pick(addresses)} . 8443 : accept }`,
      'ct state vmap { established : accept, invalid : drop }',
      'ct state vmap { new : continue, established : accept, * : drop }',
      `${ip} daddr vmap @fates`,
      'meta l4proto vmap { tcp : continue, udp : accept }',
      'ct state . meta l4proto vmap { new . tcp : drop, established . tcp : accept }',
      ...chains.map((chain) => `tcp dport vmap { 0-442 : drop, 443 : jump ${chain}, 444-65535 : goto ${chain} }`),
    ]);
  const rules = (chains: readonly string[], reject = false): string =>
    dice
      .some(
        4,
        () => `  ${dice.some(2, match).join(' ')} ${dice.below(6) === 0 ? maps(chains) : verdict(chains, reject)}`,
      )
      .join('\n');
  const base = (name: string, kind: string, hook: string, priority: number, chains: readonly string[]): string =>
    ` chain ${name} {\n  type ${kind} hook ${hook} priority ${String(priority)}; policy ${dice.pick(['accept', 'accept', 'drop'])};\n  ${NEIGHBOURS}\n${rules(chains, hook === 'output')}\n }`;
  return [
    'flush ruleset',
    'table inet t {',
    ` set some { type ipv${String(family)}_addr; flags interval; elements = { ${dice.pick(addresses)}, ${family === 4 ? '10.0.0.0/8' : '2001:db8:ff::/48'} } }`,
    ` set pairs { type ipv${String(family)}_addr . inet_service; elements = { ${dice.pick(addresses)} . ${String(dice.pick(PORTS))} } }`,
    ` set spans { type ipv${String(family)}_addr . inet_service; flags interval; elements = { ${span} . 400-500, ${net} . 8443 } }`,
    ` set timed { type ipv${String(family)}_addr; flags timeout; elements = { ${dice.pick(addresses)} timeout 1h } }`,
    ` set met { type ipv${String(family)}_addr; flags dynamic,timeout; timeout 1m; }`,
    ` map fates { type ipv${String(family)}_addr : verdict; flags interval; elements = { ${net} : drop, ${span} : accept } }`,
    ' counter seen { }\n limit few { rate 1000/second }\n quota much { over 100 mbytes }',
    ` chain two {\n${rules([])}\n }`,
    ` chain one {\n${rules(['two'])}\n }`,
    base('output', dice.pick(['filter', 'route']), 'output', dice.pick([-300, -150, 0]), ['one', 'two']),
    ...(dice.below(3) === 0 ? [base('late', 'filter', 'output', 10, ['one'])] : []),
    ...(dice.below(3) === 0 ? [base('post', 'filter', 'postrouting', 0, ['two'])] : []),
    ...(dice.below(4) === 0
      ? [' chain raw {\n  type filter hook output priority -300;\n  tcp dport 443 notrack\n }']
      : []),
    ...(dice.below(3) === 0
      ? [
          ` chain input {\n  type filter hook input priority 0; policy drop;\n  ${NEIGHBOURS}\n  ${dice.pick(['ct state established accept', 'tcp sport 443 accept', 'ct state vmap { established : accept, related : accept }', 'ct mark 7 accept', `${ip} saddr @some accept`])}\n }`,
        ]
      : []),
    '}',
    ...(dice.below(4) === 0
      ? [
          'table netdev w {',
          ` chain i {\n  type filter hook ingress device "va" priority 0;\n  ${ip} saddr ${dice.pick(addresses)} tcp sport ${String(dice.pick(PORTS))} drop\n }`,
          ` chain e {\n  type filter hook egress device "va" priority 0;\n  ${ip} daddr ${dice.pick(addresses)} tcp dport ${String(dice.pick(PORTS))} drop\n }`,
          '}',
        ]
      : []),
    ...(dice.below(4) === 0
      ? [
          `table ${ip} n {`,
          ` chain o {\n  type nat hook output priority -100;\n  tcp dport ${String(dice.pick(PORTS))} ${ip} daddr ${dice.pick(addresses)} ${dice.pick(['redirect to :9', `dnat to ${family === 4 ? '127.0.0.1:9' : '[::1]:9'}`, 'dnat to tcp dport map { 8443 : ' + (family === 4 ? '198.51.100.77' : '2001:db8::77') + ' }'])}\n }`,
          '}',
        ]
      : []),
  ].join('\n');
}

export interface Saved {
  readonly ipset: string;
  readonly rules: string;
}

/** For iptables-restore or ip6tables-restore. */
export function iptablesRuleset(dice: Dice, { family, addresses, own }: World): Saved {
  const full = family === 4 ? '32' : '128';
  const net = family === 4 ? '198.51.100.8/29' : '2001:db8::8/125';
  const inet = family === 4 ? 'inet' : 'inet6';
  const port = (): number => dice.pick(PORTS);
  const sets: readonly (readonly [name: string, create: string, members: readonly string[], match: string])[] = [
    ['ip', `hash:ip family ${inet}`, [dice.pick(addresses)], 'dst'],
    ['net', `hash:net family ${inet}`, [net, `${dice.pick(addresses)} nomatch`], 'dst'],
    ['ipport', `hash:ip,port family ${inet}`, [`${dice.pick(addresses)},tcp:${String(port())}`], 'dst,dst'],
    ['netport', `hash:net,port family ${inet}`, [`${net},tcp:${String(port())}`], 'dst,dst'],
    [
      'ipportip',
      `hash:ip,port,ip family ${inet}`,
      [`${dice.pick(addresses)},tcp:${String(port())},${own}`],
      'dst,dst,src',
    ],
    ['iface', `hash:net,iface family ${inet}`, [`${net},va`], 'dst,dst'],
    ['ports', 'bitmap:port range 0-65535', [String(port())], 'dst'],
    ...(family === 4
      ? ([
          ['bits', 'bitmap:ip range 198.51.100.0/24', [dice.pick(addresses), '198.51.100.100-198.51.100.120'], 'dst'],
          ['masked', 'hash:ip family inet netmask 29', [dice.pick(addresses)], 'dst'],
        ] as const)
      : []),
    ['met', `hash:ip family ${inet} timeout 60`, [], 'dst'],
    ['list', 'list:set size 8', ['ip', 'net'], 'dst'],
  ];
  const ipset = sets
    .map(
      ([name, create, members]) => `create ${name} ${create}\n${members.map((one) => `add ${name} ${one}\n`).join('')}`,
    )
    .join('');
  const not = (): string => (dice.below(4) === 0 ? '! ' : '');
  const match = (): string => {
    const [set, , , directions] = dice.pick(sets);
    return dice.pick([
      `${not()}-d ${dice.pick(addresses)}/${full}`,
      `${not()}-d ${net}`,
      `${not()}-s ${own}/${full}`,
      `-m iprange ${not()}--dst-range ${family === 4 ? '198.51.100.0-198.51.100.2' : '2001:db8::-2001:db8::2'}`,
      `-m set ${not()}--match-set ${set} ${directions}`,
      `-m set ${not()}--match-set ${set} ${directions}`,
      `${not()}-o ${dice.pick(['va', 'v+', 'eth0', 'lo'])}`,
      `-m conntrack ${not()}--ctstate ${dice.pick(['NEW', 'RELATED,ESTABLISHED', 'INVALID', 'UNTRACKED', 'NEW,UNTRACKED'])}`,
      `-m mark ${not()}--mark ${dice.pick(['0x7', '0x3/0x3', '0x0'])}`,
      `-m connmark ${not()}--mark ${dice.pick(['0x7', '0x0'])}`,
      `-m owner ${not()}--uid-owner ${dice.pick(['0', String(UID), '1000-2000'])}`,
      `-m owner ${not()}--gid-owner ${dice.pick(['0', '1000-2000'])}`,
      `-m addrtype ${not()}--dst-type ${dice.pick(['LOCAL', 'UNICAST'])}`,
      `-m length ${not()}--length 0:150`,
      '-m string --string "netdata" --algo bm --to 65535',
      '-m time --timestart 00:00:00 --timestop 23:59:59',
      `-m comment --comment "a -j DROP \\"b\\""`,
      `-m statistic --mode nth --every 3 --packet 0`,
      '-m cgroup --cgroup 1',
      '-m limit --limit 1000/sec',
      '-m recent --rcheck --name nobody --rsource',
      '-m u32 --u32 0x0&0xf=0x1',
      `-m dscp ${not()}--dscp ${dice.pick(['0x00', '0x08'])}`,
      `-m ecn ${not()}--ecn-ip-ect 0`,
      `-m conntrack ${not()}--ctdir ORIGINAL`,
      `-m conntrack ${not()}--ctstatus ${dice.pick(['CONFIRMED', 'NONE'])}`,
      `-m addrtype ${not()}--src-type LOCAL`,
      `-m addrtype --dst-type ${dice.pick(['LOCAL', 'UNICAST'])} --limit-iface-out`,
      '-m pkttype --pkt-type unicast',
      '-m hashlimit --hashlimit-above 5000/sec --hashlimit-mode dstip --hashlimit-name h',
      '-m connlimit --connlimit-above 500',
      '-m tcpmss --mss 100:2000',
    ]);
  };
  const tcp = (): string =>
    dice.pick([
      '-p tcp',
      `-p tcp -m tcp ${not()}--dport ${String(port())}`,
      '-p tcp -m tcp --dport 400:500',
      `-p tcp -m multiport ${not()}--dports 80,${String(port())}`,
      `-p tcp -m tcp ${not()}--tcp-flags FIN,SYN,RST,ACK SYN`,
      '-p udp -m udp --dport 53',
      '',
    ]);
  const target = (table: string, chains: readonly string[]): string =>
    dice
      .pick([
        '-j ACCEPT',
        '-j DROP',
        '-j DROP',
        '-j RETURN',
        ...(table === 'filter'
          ? ['-j REJECT', '-g TWO']
          : [
              '-j MARK --set-xmark 0x4/0x4',
              '-j CONNMARK --save-mark --nfmask 0x3 --ctmask 0x3',
              '-j CONNMARK --restore-mark --nfmask 0xffffffff --ctmask 0xffffffff',
              '-j DSCP --set-dscp 0x08',
              '-j MARK --set-xmark 0x7/0xffffffff',
              '-j CONNMARK --set-xmark 0x7/0xffffffff',
            ]),
        '-j LOG',
        `-j SET --add-set ${dice.pick(['ip', 'met'])} dst`,
        `-j SET --del-set ${dice.pick(['ip', 'met'])} dst`,
        '-j NFQUEUE --queue-num 7 --queue-bypass',
        '-j NFQUEUE --queue-balance 7:9',
        ...chains.map((chain) => `-j ${chain}`),
      ])
      .replace('-g TWO', chains.includes('TWO') ? '-g TWO' : '-j DROP');
  const rules = (table: string, chain: string, chains: readonly string[]): string =>
    dice
      .some(4, () => `-A ${chain} ${tcp()} ${dice.below(3) === 0 ? '' : match()} ${target(table, chains)}\n`)
      .join('');
  const policy = (): string => dice.pick(['ACCEPT', 'ACCEPT', 'DROP']);
  const neighbours = (chain: string): string => (family === 6 ? `-A ${chain} -p ipv6-icmp -j ACCEPT\n` : '');
  return {
    ipset,
    rules: [
      '*filter\n',
      `:INPUT ${policy()} [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ${policy()} [0:0]\n:ONE - [0:0]\n:TWO - [0:0]\n`,
      neighbours('INPUT'),
      neighbours('OUTPUT'),
      dice.pick([
        '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n',
        '-A INPUT -p tcp -m tcp --sport 443 -j ACCEPT\n',
        '-A INPUT -m set --match-set net src -j ACCEPT\n',
        '-A INPUT -m connmark --mark 0x3 -j ACCEPT\n-A INPUT -m set --match-set met src -j ACCEPT\n',
      ]),
      rules('filter', 'OUTPUT', ['ONE', 'TWO']),
      rules('filter', 'ONE', ['TWO']),
      rules('filter', 'TWO', []),
      'COMMIT\n',
      ...(dice.below(3) === 0
        ? ['*mangle\n:OUTPUT ACCEPT [0:0]\n', neighbours('OUTPUT'), rules('mangle', 'OUTPUT', []), 'COMMIT\n']
        : []),
      ...(dice.below(4) === 0
        ? [
            `*raw\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -p tcp -m tcp --dport ${String(port())} -j ${dice.pick(['CT --notrack', 'CT --zone 3', 'DROP'])}\nCOMMIT\n`,
          ]
        : []),
      ...(dice.below(4) === 0
        ? [
            `*nat\n:OUTPUT ACCEPT [0:0]\n-A OUTPUT -p tcp -m tcp --dport ${String(port())} ${match()} -j REDIRECT --to-ports 9\nCOMMIT\n`,
          ]
        : []),
    ].join(''),
  };
}
