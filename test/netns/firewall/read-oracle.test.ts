/**
 * The kernel is the oracle: random rulesets of the kinds that hosts have, loaded in a namespace, a SYN sent to each
 * destination, and what the reader says held against what happened. Every miss replays from its seed.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Flow } from '../../../src/firewall/read/flow.js';
import { judge } from '../../../src/firewall/read/judge.js';
import { RulesetReader, type Source } from '../../../src/firewall/read/read-ruleset.js';
import { randomSource } from '../../../src/sim/seeded-random.js';
import { HOST4, Lab, LISTED, UNLISTED } from './lab.js';

const SEED = Number(process.env['NETDATA_EGRESS_SEED'] ?? 1);
const RULESETS = Number(process.env['NETDATA_EGRESS_RULESETS'] ?? 24);
const UID = 1234;
const ADDRESSES = [LISTED[0], LISTED[1], UNLISTED[0]] as const;
const PORTS = [443, 8443] as const;

class Dice {
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
}

function nftMatch(dice: Dice): string {
  const address = dice.pick(ADDRESSES);
  const port = dice.pick(PORTS);
  return dice.pick([
    `ip daddr ${address}`,
    `ip daddr != ${address}`,
    `ip daddr { ${address}, 9.9.9.9 }`,
    'ip daddr 198.51.100.0-198.51.100.2',
    'ip daddr 198.51.100.8/29',
    'ip daddr @some',
    'ip daddr . tcp dport @pairs',
    `tcp dport ${port}`,
    `tcp dport != ${port}`,
    'tcp dport 400-500',
    `meta skuid ${dice.pick([0, UID])}`,
    'meta skuid != 0',
    'meta skuid 1000-2000',
    `oifname "${dice.pick(['va', 'v*', 'eth0'])}"`,
    `meta mark ${dice.pick([0, 7])}`,
    'meta mark & 0x3 == 0x3',
    'tcp flags & (fin|syn|rst|ack) == syn',
    'tcp flags & (fin|syn) == (fin|syn)',
    `ct state ${dice.pick(['new', 'established,related', 'invalid'])}`,
    'fib daddr type unicast',
    'meta l4proto { tcp, udp }',
    'ip saddr 198.51.100.1',
  ]);
}

function nftVerdict(dice: Dice, chains: readonly string[]): string {
  return dice.pick([
    'accept',
    'drop',
    'drop',
    'return',
    // Not allowed in postrouting, nor in what is called from there.
    ...(chains.length === 2 ? ['reject'] : []),
    'meta mark set 7',
    'continue',
    ...chains.flatMap((chain) => [`jump ${chain}`, `goto ${chain}`]),
  ]);
}

function nftRuleset(dice: Dice): string {
  const rules = (chains: readonly string[]): string =>
    Array.from({ length: 1 + dice.below(4) }, () => {
      const matches = Array.from({ length: 1 + dice.below(2) }, () => nftMatch(dice)).join(' ');
      return `  ${matches} ${nftVerdict(dice, chains)}`;
    }).join('\n');
  const base = (hook: string, priority: number, chains: readonly string[]): string =>
    ` chain ${hook} {\n  type filter hook ${hook} priority ${String(priority)}; policy ${dice.pick(['accept', 'accept', 'drop'])};\n${rules(chains)}\n }`;
  return [
    'flush ruleset',
    'table inet t {',
    ` set some { type ipv4_addr; flags interval; elements = { ${dice.pick(ADDRESSES)}, 10.0.0.0/8 } }`,
    ` set pairs { type ipv4_addr . inet_service; elements = { ${dice.pick(ADDRESSES)} . ${String(dice.pick(PORTS))} } }`,
    ` chain two {\n${rules([])}\n }`,
    ` chain one {\n${rules(['two'])}\n }`,
    base('output', dice.pick([-300, -150, 0]), ['one', 'two']),
    ...(dice.below(3) === 0 ? [base('postrouting', 0, ['two'])] : []),
    ...(dice.below(3) === 0
      ? [' chain input {\n  type filter hook input priority 0; policy drop;\n  ct state established accept\n }']
      : []),
    '}',
  ].join('\n');
}

let lab: Lab;
beforeAll(async () => {
  lab = await Lab.open({ ports: PORTS });
}, 60_000);
afterAll(() => lab.close());

const SOURCES: readonly (readonly [Source, readonly string[]])[] = [
  ['nft', ['nft', '-n', '-j', 'list', 'ruleset']],
  ['nft4', ['iptables-nft-save']],
];

test(
  `random rulesets of nftables, seed ${String(SEED)}`,
  async () => {
    const wrong: string[] = [];
    let [compared, unsure] = [0, 0];
    for (let index = 0; index < RULESETS; index += 1) {
      const text = nftRuleset(new Dice(SEED * 100_000 + index));
      await lab.must(['nft', '-f', '-'], { stdin: text });
      const reader = new RulesetReader();
      for (const [source, argv] of SOURCES) {
        reader.push(source, await lab.must(argv));
        reader.end(source);
      }
      const ruleset = reader.ruleset();
      const targets = ADDRESSES.flatMap((address) => PORTS.map((port) => ({ address, port })));
      const seen = await lab.probe({ targets, uid: UID });
      for (const { address, port } of targets) {
        const route = { device: 'va', source: HOST4, type: 'unicast' };
        const flow: Flow = { protocol: 'tcp', address, port, uid: UID, gid: UID, route };
        const verdict = judge(ruleset, flow, {
          ephemeral: { lo: 32_768, hi: 60_999 },
          queues: new Set(),
          now: Date.now(),
        });
        const passed = seen[`${address} ${String(port)}`] === 'open';
        compared += 1;
        if (verdict.kind === 'uncertain' || verdict.kind === 'not_read') unsure += 1;
        else if ((verdict.kind === 'accepted') !== passed)
          wrong.push(
            `ruleset ${String(index)}, ${address}:${String(port)}: ${JSON.stringify(verdict)}, and it ${passed ? 'passed' : 'did not'}\n${text}`,
          );
      }
    }
    console.log(
      `${String(RULESETS)} rulesets, ${String(compared)} flows compared, ${String(unsure)} uncertain, ${String(wrong.length)} wrong`,
    );
    expect(wrong).toEqual([]);
  },
  10 * 60_000,
);
