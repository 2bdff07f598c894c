/** The rules command on a real nftables host: confirmations, what status names, where rules go. */
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { AT_ONCE, BIN, rules, SOURCE, stateOf, until } from './cli.js';
import { expected, Lab, LISTED, reading } from './lab.js';
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

describe('rules apply', () => {
  test('asks the resolver, lets the names through, is in force, and comes out without a trace', async () => {
    const at = await open();
    const before = await nftablesHost.snapshot(at);
    const applied = await rules(at, ['apply', 'nftables', ...SOURCE, ...AT_ONCE]);
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
      ...stateOf(at),
    ]);
    const gone = once(child, 'close') as Promise<[number]>;
    await until('confirming', async () => (await rules(at, ['confirm'])).code === 0);
    expect((await gone)[0]).toBe(0);
    expect((await rules(at, ['status'])).code).toBe(0);
    expect((await rules(at, ['confirm'])).code).toBe(2);
  });

  test('puts everything back when the rules do not load', async () => {
    const at = await open();
    const before = await nftablesHost.snapshot(at);
    const applied = await rules(at, ['apply', 'nftables', ...SOURCE, '--set', 'chain=nowhere', ...AT_ONCE]);
    expect([applied.code, applied.stderr]).toEqual([1, expect.stringContaining('the state before was put back')]);
    expect(await nftablesHost.snapshot(at)).toBe(before);
  });
});

describe('rules status', () => {
  test('names what is missing, extra, shadowed and overruled, and who runs the host', async () => {
    const at = await open();
    await rules(at, ['apply', 'nftables', ...SOURCE, ...AT_ONCE]);
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
    const refused = await rules(at, ['apply', 'iptables', ...SOURCE, ...AT_ONCE]);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('--backend')]);
  });
});
