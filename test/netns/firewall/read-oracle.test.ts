/**
 * The kernel is the oracle: random rulesets of the kinds that hosts have, loaded in a namespace, a SYN or a question
 * sent to each destination, and what the reader says held against what happened. Every miss replays from its seed:
 * NETDATA_EGRESS_SEED, NETDATA_EGRESS_RULESETS (of each kind), NETDATA_EGRESS_LABS (at a time: most of it is waiting).
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Flow } from '../../../src/firewall/read/flow.js';
import { judge } from '../../../src/firewall/read/judge.js';
import { RulesetReader, type Source } from '../../../src/firewall/read/read-ruleset.js';
import { Lab } from './lab.js';
import { Dice, iptablesRuleset, nftRuleset, PORTS, UID, WORLDS, type World } from './random-rulesets.js';

const SEED = Number(process.env['NETDATA_EGRESS_SEED'] ?? 1);
const RULESETS = Number(process.env['NETDATA_EGRESS_RULESETS'] ?? 8);

const LABS = Number(process.env['NETDATA_EGRESS_LABS'] ?? 2);

let labs: readonly Lab[] = [];
beforeAll(async () => {
  labs = await Promise.all(Array.from({ length: LABS }, () => Lab.open({ ports: PORTS })));
}, 60_000);
afterAll(() => Promise.all(labs.map((lab) => lab.close())));

const SOURCES: readonly (readonly [Source, readonly string[]])[] = [
  ['ipset', ['ipset', 'save']],
  ['nft', ['env', 'TZ=UTC', 'nft', '-n', '-j', 'list', 'ruleset']],
  ['nft4', ['iptables-nft-save']],
  ['nft6', ['ip6tables-nft-save']],
  ['legacy4', ['iptables-legacy-save']],
  ['legacy6', ['ip6tables-legacy-save']],
];

/** Loads a ruleset, and says what was loaded; null = chance made one that contradicts itself, and nothing was. */
type Load = (lab: Lab, dice: Dice, world: World) => Promise<string | null>;

const nothing = async (lab: Lab): Promise<void> => {
  await lab.must(['nft', 'flush', 'ruleset']);
  for (const program of ['iptables-legacy-restore', 'ip6tables-legacy-restore'])
    await lab.must([program], {
      stdin: ['filter', 'mangle', 'raw', 'nat']
        .map((table) => `*${table}\nCOMMIT\n`)
        .join('')
        .replace('*filter\n', '*filter\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n'),
    });
  // A set that is in a list of sets is in use.
  await lab.must(['ipset', 'flush']);
  // Rules that are gone let go of their sets a moment later.
  for (let tries = 0; ; tries += 1) {
    const destroyed = await lab.run(['ipset', 'destroy']);
    if (destroyed.code === 0) return;
    if (tries > 40) throw new Error(`sets are in use still: ${destroyed.stderr}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
};

const LOADS: Readonly<Record<string, Load>> = {
  async nftables(lab, dice, world) {
    const text = nftRuleset(dice, world);
    return (await lab.run(['nft', '-f', '-'], { stdin: text })).code === 0 ? text : null;
  },
  'iptables (nft)': (lab, dice, world) => restore(lab, dice, world, 'nft'),
  'iptables (legacy)': (lab, dice, world) => restore(lab, dice, world, 'legacy'),
};

async function restore(lab: Lab, dice: Dice, world: World, backend: string): Promise<string | null> {
  const { ipset, rules } = iptablesRuleset(dice, world);
  await lab.must(['ipset', 'restore'], { stdin: ipset });
  const loaded = await lab.run([`${world.family === 4 ? 'iptables' : 'ip6tables'}-${backend}-restore`], {
    stdin: rules,
  });
  return loaded.code === 0 ? `${ipset}${rules}` : null;
}

test.each(Object.entries(LOADS))(
  `random rulesets of %s, seed ${String(SEED)}`,
  async (kind, load) => {
    const wrong: string[] = [];
    const unsure: string[] = [];
    let [loaded, compared, next] = [0, 0, 0];
    const play = async (lab: Lab): Promise<void> => {
      while (loaded < RULESETS && next < 12 * RULESETS) {
        const index = next;
        next += 1;
        const world = WORLDS[index % 2] ?? WORLDS[0];
        if (world === undefined) return;
        const dice = new Dice(SEED * 100_000 + index);
        await nothing(lab);
        const text = await load(lab, dice, world);
        if (text === null) continue;
        loaded += 1;
        const reader = new RulesetReader();
        for (const [source, argv] of SOURCES) {
          reader.push(source, await lab.must(argv));
          reader.end(source);
        }
        if (reader.nft.devicesMissing) reader.nft.addDevices(await lab.must(['nft', 'list', 'ruleset', 'netdev']));
        const ruleset = reader.ruleset();
        const targets = world.addresses.flatMap((address) => PORTS.map((port) => ({ address, port })));
        const seen = await lab.probe({ targets, resolvers: [world.resolver], uid: UID });
        const route = { device: 'va', source: world.own, type: 'unicast' };
        const sender = { uid: UID, gid: UID, route } as const;
        const flows: readonly (readonly [Flow, string | undefined])[] = [
          ...targets.map(
            ({ address, port }) =>
              [{ protocol: 'tcp', address, port, ...sender }, seen[`${address} ${String(port)}`]] as const,
          ),
          [{ protocol: 'udp', address: world.resolver, port: 53, ...sender }, seen[`dns ${world.resolver}`]],
        ];
        for (const [flow, outcome] of flows) {
          const verdict = judge(ruleset, flow, {
            ephemeral: { lo: 32_768, hi: 60_999 },
            queues: new Set(),
            ecn: false,
            ttl: 64,
            ipsec: false,
            bridges: new Set(),
            now: Date.now(),
          });
          const passed = outcome === 'open';
          compared += 1;
          const told = (): string =>
            `ruleset ${String(index)}, ${flow.protocol} ${flow.address}:${String(flow.port)}: ${JSON.stringify(verdict, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))}, and it ${passed ? 'passed' : `did not (${String(outcome)})`}`;
          // What follows the handshake is another matter: one byte came back.
          const isLater = verdict.kind === 'blocked' && verdict.rule.later && passed;
          if (verdict.kind === 'uncertain' || verdict.kind === 'not_read' || isLater) unsure.push(told());
          else if ((verdict.kind === 'accepted') !== passed) wrong.push(`${told()}\n${text}`);
        }
      }
    };
    await Promise.all(labs.map(play));
    if (process.env['NETDATA_EGRESS_SHOW_UNCERTAIN'] !== undefined) console.log(unsure.join('\n'));
    console.log(
      `${kind}: ${String(loaded)} rulesets, ${String(compared)} flows compared, ${String(compared - unsure.length - wrong.length)} agree, ${String(unsure.length)} uncertain, ${String(wrong.length)} wrong`,
    );
    expect(loaded).toBeGreaterThanOrEqual(RULESETS);
    expect(wrong).toEqual([]);
  },
  30 * 60_000,
);
