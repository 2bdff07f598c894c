/** The rules command on a real firewall: guarded changes, the way back, refreshes from a real resolver. */
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import type { CommandResult } from '../../../src/firewall/live/runner.js';
import { DNS4, expected, Lab, LISTED, reading } from './lab.js';
import { nftablesHost } from './managers.js';

const BIN = new URL('../../../bin/netdata-egress.js', import.meta.url).pathname;
const SOURCE = ['--accept-range', '198.51.100.0/24', '--accept-range', '2001:db8::/32', '--resolver', DNS4];

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

function state(at: Lab): string[] {
  return ['--state-dir', `${at.dir}/state`];
}

function rules(at: Lab, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
  return at.run(['node', BIN, 'rules', ...args, ...state(at)], { env, timeoutMs: 90_000 });
}

/** Bounded: a dead man that does not come is a failure, not a wait. */
async function until(what: string, check: () => Promise<boolean>, seconds = 30): Promise<void> {
  for (let i = 0; i < seconds * 4; i++) {
    if (await check()) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`${what} did not happen within ${String(seconds)} s`);
}

describe('rules apply', () => {
  test('asks the resolver, lets the names through, is in force, and comes out without a trace', async () => {
    const at = await open();
    const before = await nftablesHost.snapshot(at);
    const applied = await rules(at, ['apply', 'nftables', ...SOURCE, '--confirm-timeout', '0']);
    expect([applied.code, applied.stdout]).toEqual([
      0,
      expect.stringMatching(/^nftables: in force, revision [0-9a-f]{12}\n$/),
    ]);
    expect(reading(await at.matrix())).toEqual(expected(true));
    const status = await rules(at, ['status']);
    expect([status.code, status.stdout]).toEqual([0, expect.stringContaining('nftables: in force and up to date')]);
    expect((await rules(at, ['uninstall', 'nftables'])).code).toBe(0);
    expect(await nftablesHost.snapshot(at)).toBe(before);
    expect((await rules(at, ['status', 'nftables', ...SOURCE])).code).toBe(1);
  });

  test('is taken back when nobody confirms', async () => {
    const at = await open();
    const before = await nftablesHost.snapshot(at);
    const applied = await rules(at, ['apply', 'nftables', ...SOURCE, '--confirm-timeout', '2s']);
    expect([applied.code, applied.stderr]).toEqual([1, expect.stringContaining('not confirmed in time')]);
    expect(await nftablesHost.snapshot(at)).toBe(before);
    expect((await rules(at, ['log'])).stdout).toContain('no revision');
  });

  test('is taken back also when the process that applied it is killed', async () => {
    const at = await open();
    const before = await nftablesHost.snapshot(at);
    const child = at.start([
      'node',
      BIN,
      'rules',
      'apply',
      'nftables',
      ...SOURCE,
      '--confirm-timeout',
      '6s',
      ...state(at),
    ]);
    await until('applying', async () => (await at.must(['nft', 'list', 'ruleset'])).includes('nd_allow_d4'));
    const gone = once(child, 'close');
    child.kill('SIGKILL');
    await gone;
    expect(await nftablesHost.snapshot(at)).not.toBe(before);
    await until('rolling back', async () => (await nftablesHost.snapshot(at)) === before);
  });

  test('stays when another session confirms', async () => {
    const at = await open();
    const child = at.start([
      'node',
      BIN,
      'rules',
      'apply',
      'nftables',
      ...SOURCE,
      '--confirm-timeout',
      '30s',
      ...state(at),
    ]);
    const gone = once(child, 'close') as Promise<[number]>;
    await until('confirming', async () => (await rules(at, ['confirm'])).code === 0);
    expect((await gone)[0]).toBe(0);
    expect((await rules(at, ['status'])).code).toBe(0);
    expect((await rules(at, ['confirm'])).code).toBe(2);
  });

  test('refuses to cut the SSH session that it runs in, unless told to keep it', async () => {
    const at = await open();
    await at.must(['nft', 'flush', 'ruleset']);
    const env = { SSH_CONNECTION: `${LISTED[0].replace('.2', '.9')} 40000 198.51.100.1 22` };
    const enforce = ['apply', 'nftables', ...SOURCE, '--mode', 'enforce', '--confirm-timeout', '0'];
    const refused = await rules(at, enforce, env);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringContaining('your SSH session from 198.51.100.9 port 40000'),
    ]);
    expect((await at.must(['nft', 'list', 'ruleset'])).trim()).toBe('');
    expect((await rules(at, [...enforce, '--keep-session'], env)).code).toBe(0);
    expect(await at.must(['nft', 'list', 'ruleset'])).toContain('ip daddr 198.51.100.9 tcp sport 22 accept');
  });

  test('puts everything back when the rules do not load', async () => {
    const at = await open();
    const before = await nftablesHost.snapshot(at);
    const applied = await rules(at, [
      'apply',
      'nftables',
      ...SOURCE,
      '--set',
      'chain=nowhere',
      '--confirm-timeout',
      '0',
    ]);
    expect([applied.code, applied.stderr]).toEqual([1, expect.stringContaining('the state before was put back')]);
    expect(await nftablesHost.snapshot(at)).toBe(before);
  });
});

describe('rules status', () => {
  test('names what is missing, extra, shadowed and overruled, and who runs the host', async () => {
    const at = await open();
    await rules(at, ['apply', 'nftables', ...SOURCE, '--confirm-timeout', '0']);
    await at.must(['nft', 'delete', 'element', 'inet', 'filter', 'nd_allow_d4', `{ ${LISTED[0]} }`]);
    await at.must(['nft', 'add', 'element', 'inet', 'filter', 'nd_allow_d4', '{ 203.0.113.7 }']);
    await at.must(['nft', 'insert', 'rule', 'inet', 'filter', 'output', 'drop']);
    const status = await rules(at, ['status', '--json']);
    const document = JSON.parse(status.stdout) as {
      drifts: { kind: string; text: string }[];
      detection: { suggestion: string };
    };
    expect(status.code).toBe(1);
    expect(new Set(document.drifts.map((drift) => drift.kind))).toEqual(
      new Set(['missing', 'extra', 'shadowed', 'overruled']),
    );
    expect(document.detection.suggestion).toBe('nftables');
  });

  test('tells mixed iptables backends, and rules for iptables then need to be told which', async () => {
    const at = await open();
    for (const backend of ['nft', 'legacy'])
      await at.must([`iptables-${backend}`, '-w', '-A', 'OUTPUT', '-p', 'tcp', '--dport', '9', '-j', 'DROP']);
    expect((await rules(at, ['status'])).stdout).toContain('both iptables backends hold rules');
    const refused = await rules(at, ['apply', 'iptables', ...SOURCE, '--confirm-timeout', '0']);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('--backend')]);
  });
});

describe('rules refresh', () => {
  test('follows a real resolver: adds at once, keeps what is gone, survives its death, and can go back', async () => {
    const at = await open();
    const first = await rules(at, ['refresh', 'nftables', '--once', ...SOURCE]);
    expect([first.code, first.stdout]).toEqual([0, expect.stringContaining('revision 1 in force, 6 addresses')]);
    expect(reading(await at.matrix())).toEqual(expected(true));
    expect((await rules(at, ['refresh', '--once'])).stdout).toContain('nothing to change');
    // Another resolver gives another address for one name.
    const other = [
      '--accept-range',
      '198.51.100.0/24',
      '--accept-range',
      '2001:db8::/32',
      '--resolver',
      '198.51.100.9:5353',
    ];
    const dnsmasq = at.startCloud([
      'dnsmasq',
      '--no-daemon',
      '--conf-file=/dev/null',
      '--no-resolv',
      '--no-hosts',
      '--user=root',
      '--pid-file=',
      '--port=5353',
      '--listen-address=198.51.100.9',
      '--bind-interfaces',
      '--host-record=app.netdata.cloud,198.51.100.9,2001:db8::2',
      '--host-record=api.netdata.cloud,198.51.100.3,2001:db8::3',
      '--host-record=mqtt.netdata.cloud,198.51.100.2,2001:db8::3',
    ]);
    await at.must([
      'nft',
      'insert',
      'rule',
      'inet',
      'filter',
      'output',
      'ip',
      'daddr',
      '198.51.100.9',
      'udp',
      'dport',
      '5353',
      'accept',
    ]);
    await at.must([
      'nft',
      'insert',
      'rule',
      'inet',
      'filter',
      'input',
      'ip',
      'saddr',
      '198.51.100.9',
      'udp',
      'sport',
      '5353',
      'accept',
    ]);
    await until('the second resolver', async () =>
      (await rules(at, ['refresh', 'nftables', '--plan', ...other])).stdout.includes('+ 198.51.100.9'),
    );
    const plan = await rules(at, ['refresh', 'nftables', '--plan', ...other]);
    expect([plan.code, plan.stdout]).toEqual([1, '+ 198.51.100.9 app.netdata.cloud (198.51.100.9:5353, ttl 0)\n']);
    const second = await rules(at, ['refresh', 'nftables', '--once', ...other]);
    expect([second.code, second.stdout]).toEqual([0, expect.stringContaining('revision 2 in force, 7 addresses')]);
    expect((await at.matrix())['198.51.100.9 443']).toBe('open');
    const gone = once(dnsmasq, 'close');
    dnsmasq.kill();
    await gone;
    const blind = await rules(at, ['refresh', 'nftables', '--once', ...other]);
    expect([blind.code, blind.stdout]).toEqual([0, expect.stringContaining('app.netdata.cloud keeps its addresses')]);
    expect((await rules(at, ['diff', '1', '2'])).stdout).toBe('+ 198.51.100.9/32 app.netdata.cloud\n');
    expect((await rules(at, ['rollback', '1'])).code).toBe(0);
    expect(reading(await at.matrix())).toEqual(expected(true));
    expect((await rules(at, ['refresh', '--once'])).stdout).toContain('pinned');
    const log = JSON.parse((await rules(at, ['log', '--json'])).stdout) as {
      brokenAt: number | null;
      entries: { action: string }[];
    };
    expect([log.brokenAt, log.entries.map((row) => row.action)]).toEqual([null, ['refresh', 'refresh', 'rollback']]);
  });

  test('keeps files for pollers whole, and empties nothing', async () => {
    const at = await open();
    const out = `${at.dir}/edl`;
    const first = await rules(at, ['refresh', 'edl', '--once', '--output-dir', out, ...SOURCE]);
    expect(first.code).toBe(0);
    const list = await at.must(['cat', `${out}/nd-allow.edl-ip.txt`]);
    expect(list).toBe('198.51.100.2/31\n2001:db8::2/127\n');
    await at.must(['nft', 'flush', 'ruleset']);
    await at.must(['nft', '-f', '-'], {
      stdin: 'table inet x {\nchain o {\ntype filter hook output priority 0; policy drop;\n}\n}\n',
    });
    expect((await rules(at, ['refresh', '--once'])).code).toBe(0);
    expect(await at.must(['cat', `${out}/nd-allow.edl-ip.txt`])).toBe(list);
  });
});
