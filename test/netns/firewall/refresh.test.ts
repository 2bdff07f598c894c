/** `rules refresh` on a live firewall, against a DNS server whose answers change and fail. */
import { once } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { PROGRAM, RANGES, rules, SOURCE, stateOf, until } from './cli.js';
import { DNS4, expected, Lab, LISTED, reading, UNLISTED } from './lab.js';
import { nftablesHost } from './managers.js';

let lab: Lab | null = null;
afterEach(async () => {
  await lab?.close();
  lab = null;
});

async function open(): Promise<Lab> {
  lab = await Lab.open();
  await nftablesHost.deny(lab);
  return lab;
}

type Answers = Readonly<Record<string, readonly string[]>>;

const FIRST: Answers = {
  app: ['198.51.100.2', '2001:db8::2'],
  api: ['198.51.100.3', '2001:db8::3'],
  mqtt: ['198.51.100.2', '2001:db8::3'],
};
/** One name moved to another pair of addresses. */
const MOVED: Answers = { ...FIRST, app: [...UNLISTED] };

/** A resolver on a port of its own whose answers a test rewrites. */
class MovingDns {
  readonly args: readonly string[];
  readonly #at: Lab;
  #server: ChildProcess | null = null;
  constructor(at: Lab) {
    this.#at = at;
    this.args = [...RANGES, '--resolver', `${DNS4}:5353`];
  }

  static async open(at: Lab, answers: Answers): Promise<MovingDns> {
    for (const [hook, side, port] of [
      ['output', 'daddr', 'dport'],
      ['input', 'saddr', 'sport'],
    ] as const)
      await at.must([
        'nft',
        `insert rule inet filter ${hook} ip ${side} ${DNS4} meta l4proto { tcp, udp } th ${port} 5353 accept`,
      ]);
    const dns = new MovingDns(at);
    await dns.answer(answers);
    return dns;
  }

  /** From now on these answers; null = the server is gone. `more`: options of dnsmasq. */
  async answer(answers: Answers | null, more: readonly string[] = []): Promise<void> {
    if (this.#server !== null) {
      const gone = once(this.#server, 'close');
      this.#server.kill();
      await gone;
      this.#server = null;
    }
    if (answers === null) return;
    const fixed = ['--no-daemon', '--conf-file=/dev/null', '--no-resolv', '--no-hosts', '--user=root', '--pid-file='];
    const place = ['--port=5353', `--listen-address=${DNS4}`, '--bind-interfaces', '--log-facility=-', '--log-queries'];
    const records = Object.entries(answers).flatMap(([name, rows]) =>
      rows.map((row) => `--host-record=${name}.netdata.cloud,${row},30`),
    );
    const server = this.#at.startCloud(['dnsmasq', ...fixed, ...place, ...records, ...more]);
    this.#server = server;
    const ask = `
      const { Resolver } = require('node:dns/promises');
      const r = new Resolver({ timeout: 300, tries: 1 }); r.setServers(['${DNS4}:5353']);
      r.resolve4('app.netdata.cloud').catch((e) => { if (e.code !== 'ENOTFOUND' && e.code !== 'EREFUSED' && e.code !== 'ENODATA') process.exit(1); });`;
    await until('the moving resolver', async () => (await this.#at.run(['node', '-e', ask])).code === 0);
  }
}

function addressesIn(ruleset: string): string[] {
  return [...ruleset.matchAll(/^\s*(?:elements = \{ )?([0-9a-f.:]+) comment "/gm)]
    .map((match) => match[1] ?? '')
    .sort();
}

async function live(at: Lab): Promise<string[]> {
  const both = await Promise.all(
    ['4', '6'].map((family) => at.run(['nft', 'list', 'set', 'inet', 'filter', `nd_allow_d${family}`])),
  );
  return both.flatMap((result) => addressesIn(result.stdout.replaceAll(', ', ',\n'))).sort();
}

describe('refreshing a live firewall', () => {
  test(
    'adds at once, removes late, is not moved by failures and lies, and can go back',
    { timeout: 600_000 },
    async () => {
      const at = await open();
      const dns = await MovingDns.open(at, FIRST);
      const refresh = (...args: string[]) => rules(at, ['refresh', ...args]);
      const first = await refresh('nftables', '--once', ...dns.args);
      expect([first.code, first.stdout]).toEqual([0, expect.stringContaining('revision 1 in force, 6 addresses')]);
      expect(reading(await at.matrix())).toEqual(expected(true));
      expect((await refresh('--once')).stdout).toContain('nothing to change');

      await dns.answer(MOVED);
      const plan = await refresh('--plan');
      expect([plan.code, plan.stdout.split('\n').filter((line) => line.startsWith('+'))]).toEqual([
        1,
        UNLISTED.map((address) => `+ ${address} app.netdata.cloud (${DNS4}:5353, ttl 30)`),
      ]);
      expect((await refresh('--once')).stdout).toContain('revision 2 in force, 8 addresses');
      const both = await at.matrix();
      expect([...LISTED, ...UNLISTED].map((address) => both[`${address} 443`])).toEqual(Array(6).fill('open'));

      // NXDOMAIN, a sinkhole, refusal, silence: nothing is taken away by any of them.
      const loaded = await live(at);
      const failures: readonly (readonly [Answers | null, readonly string[], string, number])[] = [
        [{}, ['--local=/netdata.cloud/'], 'no resolver answered', 1],
        [{}, [], 'no resolver answered', 1],
        [{ ...FIRST, app: ['0.0.0.0'], mqtt: ['127.0.0.1'] }, [], '0.0.0.0 for app.netdata.cloud left out', 0],
        [null, [], 'no resolver answered', 1],
      ];
      for (const [answers, more, said, code] of failures) {
        await dns.answer(answers, more);
        const result = await refresh('--once');
        expect([result.code, result.stdout]).toEqual([code, expect.stringContaining(said)]);
        expect(result.stdout).toContain('app.netdata.cloud keeps its addresses');
        expect(await live(at)).toEqual(loaded);
      }

      // What somebody else took away comes back, with all resolvers dead.
      await at.must(['nft', 'flush', 'set', 'inet', 'filter', 'nd_allow_d4']);
      expect((await refresh('--once')).stdout).toContain('put right');
      expect(await live(at)).toEqual(loaded);

      // Three hours later the old addresses of the name that moved are let go, and nothing else.
      await dns.answer(MOVED);
      const file = `${at.dir}/state/refresh.json`;
      const state = JSON.parse(await readFile(file, 'utf8')) as { seen: { lastSeen: string }[] };
      const past = new Date(Date.now() - 3 * 3_600_000).toISOString();
      await writeFile(file, JSON.stringify({ ...state, seen: state.seen.map((row) => ({ ...row, lastSeen: past })) }));
      const later = await refresh('--once');
      expect(later.stdout).toContain('- 198.51.100.2 app.netdata.cloud (not seen for 3h)');
      expect(later.stdout).toContain('revision 4 in force, 6 addresses');
      expect(await live(at)).toEqual(['198.51.100.2', '198.51.100.3', UNLISTED[0], '2001:db8::3', UNLISTED[1]].sort());

      // A landslide is stopped until somebody looks.
      const many = Array.from({ length: 40 }, (_, i) => `203.0.113.${String(i + 1)}`);
      await dns.answer({ ...MOVED, app: many });
      const wide = ['nftables', ...dns.args, '--accept-range', '203.0.113.0/24'];
      const stopped = await refresh(...wide, '--once');
      expect([stopped.code, stopped.stdout]).toEqual([
        3,
        expect.stringContaining('STOP 40 changes at once (limit 20)'),
      ]);
      expect((await live(at)).length).toBe(5);
      expect((await refresh(...wide, '--once', '--accept-change')).stdout).toContain(
        'revision 5 in force, 46 addresses',
      );

      expect((await rules(at, ['diff', '1', '2'])).stdout).toBe(
        `+ ${UNLISTED[0]}/32 app.netdata.cloud\n+ ${UNLISTED[1]}/128 app.netdata.cloud\n`,
      );
      expect((await rules(at, ['rollback', '1'])).stdout).toContain('revision 6 in force');
      expect(reading(await at.matrix())).toEqual(expected(true));
      const pinned = await refresh('--once');
      expect([pinned.code, pinned.stdout]).toEqual([3, expect.stringContaining('pinned')]);
      const log = JSON.parse((await rules(at, ['log', '--json'])).stdout) as {
        brokenAt: number | null;
        entries: { action: string }[];
      };
      expect([log.brokenAt, log.entries.map((row) => row.action).join(' ')]).toEqual([
        null,
        'refresh refresh refresh refresh refresh rollback',
      ]);
    },
  );

  test('killed at any moment, it loses nothing and the next round is in order', async () => {
    const at = await open();
    const dns = await MovingDns.open(at, FIRST);
    expect((await rules(at, ['refresh', 'nftables', '--once', ...dns.args])).code).toBe(0);
    const always = await live(at);
    await dns.answer(MOVED);
    let killed = 0;
    const probing = at.whileConnecting(async () => {
      for (let ms = 60; ms < 1500; ms += 90) {
        // Each time there is something to do: the address that moved in is forgotten.
        await at.run(['nft', `delete element inet filter nd_allow_d4 { ${UNLISTED[0]} }`]);
        const child = at.start([...PROGRAM, 'rules', 'refresh', '--once', ...stateOf(at)]);
        const gone = once(child, 'close') as Promise<[number | null, string | null]>;
        const timer = setTimeout(() => child.kill('SIGKILL'), ms);
        const [, signal] = await gone;
        clearTimeout(timer);
        if (signal === 'SIGKILL') killed += 1;
        expect(await live(at)).toEqual(expect.arrayContaining(always));
      }
    });
    expect((await probing).failures).toEqual({});
    expect(killed).toBeGreaterThan(3);
    expect((await rules(at, ['refresh', '--once'])).code).toBe(0);
    expect(await live(at)).toEqual([...always, ...UNLISTED].sort());
    const status = await rules(at, ['status']);
    expect([status.code, status.stdout]).toEqual([0, expect.stringContaining('in force and up to date')]);
    expect((await rules(at, ['log'])).code).toBe(0);
  });

  test('--watch follows, one process at a time, and ends when told', async () => {
    const at = await open();
    const dns = await MovingDns.open(at, FIRST);
    const watch = at.start(
      [...PROGRAM, 'rules', 'refresh', 'nftables', '--watch', '--every', '1s', ...dns.args, ...stateOf(at)],
      true,
    );
    let said = '';
    watch.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await until('the first round', () => Promise.resolve(said.includes('revision 1 in force')));
    await dns.answer(MOVED);
    await until('the next round', async () => (await live(at)).includes(UNLISTED[0]));
    const gone = once(watch, 'close') as Promise<[number | null]>;
    watch.kill('SIGTERM');
    expect((await gone)[0]).toBe(130);
    expect((await rules(at, ['refresh', '--once'])).code).toBe(0);
  });

  test('keeps files for pollers whole, and empties nothing', async () => {
    const at = await open();
    const out = `${at.dir}/edl`;
    const first = await rules(at, ['refresh', 'edl', '--once', '--output-dir', out, ...SOURCE]);
    expect(first.code).toBe(0);
    const list = await at.must(['cat', `${out}/nd-allow.edl-ip.txt`]);
    expect(list).toBe('198.51.100.2/31\n2001:db8::2/127\n');
    await at.must(['nft', 'insert rule inet filter output udp dport 53 drop']);
    const deaf = await rules(at, ['refresh', '--once']);
    expect([deaf.code, deaf.stdout]).toEqual([1, expect.stringContaining('no resolver answered')]);
    expect(await at.must(['cat', `${out}/nd-allow.edl-ip.txt`])).toBe(list);
  });
});
