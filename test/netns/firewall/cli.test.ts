/** The rules command on a real nftables host: confirmations, what status names, where rules go. */
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { AT_ONCE, PROGRAM, rules, SOURCE, stateOf, until } from './cli.js';
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
      ...PROGRAM,
      'rules',
      'apply',
      'nftables',
      ...SOURCE,
      '--confirm-timeout',
      '30s',
      ...stateOf(at),
    ]);
    const gone = once(child, 'close') as Promise<[number]>;
    const plan = [...SOURCE, '--plan', '--json'];
    const state = async (): Promise<unknown> => JSON.parse((await rules(at, ['apply', 'nftables', ...plan])).stdout);
    await until('loading', async () => ((await state()) as { loaded: boolean }).loaded);
    expect(await state()).toMatchObject({ changes: true, loaded: true, waiting: true });
    await until('confirming', async () => (await rules(at, ['confirm'])).code === 0);
    expect((await gone)[0]).toBe(0);
    expect(await state()).toMatchObject({ changes: false, loaded: true, waiting: false });
    expect((await rules(at, ['status'])).code).toBe(0);
    expect((await rules(at, ['confirm'])).code).toBe(2);
  });

  test('--plan says what would change, before and after, and changes nothing', async () => {
    const at = await open();
    const before = await nftablesHost.snapshot(at);
    const plan = async (...more: string[]): Promise<[number | null, unknown]> => {
      const { code, stdout } = await rules(at, ['apply', 'nftables', ...SOURCE, '--plan', '--json', ...more]);
      return [code, JSON.parse(stdout)];
    };
    const all = LISTED.map((address) => `${address}/${address.includes(':') ? '128' : '32'} tcp/443`).sort();
    expect(await plan()).toEqual([
      1,
      expect.objectContaining({
        changes: true,
        before: [],
        after: all,
        revision: expect.objectContaining({ live: null }),
      }),
    ]);
    expect(await nftablesHost.snapshot(at)).toBe(before);
    await expect(readFile(`${at.dir}/state/config.json`)).rejects.toThrow('ENOENT');

    expect((await rules(at, ['apply', 'nftables', ...SOURCE, ...AT_ONCE])).code).toBe(0);
    expect(await plan()).toEqual([0, expect.objectContaining({ changes: false, before: all, after: all })]);
    // Nothing else is let through, and to others: a change all the same.
    expect(await plan('--user', 'root')).toEqual([
      1,
      expect.objectContaining({ changes: true, before: all, after: all }),
    ]);
    const text = await rules(at, ['apply', 'nftables', ...SOURCE, '--plan', '-4']);
    expect([text.code, text.stdout]).toEqual([1, expect.stringContaining('\n- 2001:db8::2/128 tcp/443\n')]);
    // Loaded and not to be loaded at boot yet.
    expect((await rules(at, ['install', 'nftables', ...SOURCE, '--plan'])).code).toBe(1);
    expect((await rules(at, ['install', 'nftables', ...SOURCE, ...AT_ONCE])).code).toBe(0);
    expect((await rules(at, ['install', 'nftables', ...SOURCE, '--plan'])).code).toBe(0);
    expect((await rules(at, ['uninstall', 'nftables'])).code).toBe(0);
    expect(await plan()).toEqual([1, expect.objectContaining({ changes: true, before: [] })]);
  });

  test('puts everything back when the rules do not load', async () => {
    const at = await open();
    const before = await nftablesHost.snapshot(at);
    const applied = await rules(at, ['apply', 'nftables', ...SOURCE, '--set', 'chain=nowhere', ...AT_ONCE]);
    expect([applied.code, applied.stderr]).toEqual([1, expect.stringContaining('the state before was put back')]);
    expect(await nftablesHost.snapshot(at)).toBe(before);
  });
});

describe('a change of mind about the manager', () => {
  const apply = (target: string): string[] => ['apply', target, ...SOURCE, ...AT_ONCE];

  test('what was applied for another one is named, also when nothing recorded it, and goes when told', async () => {
    const at = await open();
    const overruled = await rules(at, apply('iptables'));
    expect([overruled.code, overruled.stdout]).toEqual([
      1,
      expect.stringMatching(/^iptables: loaded, and not in force \(see above\), revision [0-9a-f]{12}\n$/),
    ]);
    expect(overruled.stderr).toContain('overruled: nftables inet filter output');
    const second = await rules(at, apply('nftables'));
    expect([second.code, second.stdout]).toEqual([0, expect.stringMatching(/^nftables: in force, revision /)]);
    expect(second.stderr).toContain('still loaded: rules uninstall iptables');

    // Every manager is asked, one after the other.
    const PATIENT = { timeoutMs: 120_000 };
    const elsewhere = ['--state-dir', `${at.dir}/elsewhere`];
    const found = async (): Promise<unknown> =>
      (
        JSON.parse((await at.run([...PROGRAM, 'rules', 'status', '--json', ...elsewhere], PATIENT)).stdout) as {
          found: unknown;
        }
      ).found;
    expect(await found()).toEqual(['nftables', 'iptables']);
    const gone = await rules(at, ['uninstall', 'iptables']);
    expect(gone.stdout).toContain('iptables: removed');
    expect(await found()).toEqual(['nftables']);
    expect((await rules(at, ['uninstall', 'nftables'])).stdout).toContain('nftables: removed');
    expect((await rules(at, ['uninstall', 'nftables'])).stdout).toBe('nftables: nothing of ours was loaded\n');
    expect(await found()).toEqual([]);
  });
});

describe('rules status', () => {
  test('names what went stale', async () => {
    const at = await open();
    expect((await rules(at, ['apply', 'nftables', ...SOURCE, ...AT_ONCE])).code).toBe(0);
    const file = `${at.dir}/state/refresh.json`;
    const state = JSON.parse(await readFile(file, 'utf8')) as { seen: object[] };
    const past = '2026-01-01T00:00:00.000Z';
    const seen = state.seen.map((row) => ({ ...row, firstSeen: past, lastSeen: past }));
    await writeFile(file, JSON.stringify({ ...state, seen }));
    const status = await rules(at, ['status']);
    expect([status.code, status.stdout]).toEqual([1, expect.stringContaining('nftables: loaded, with 6 differences')]);
    expect(status.stdout).toContain(
      'stale: 198.51.100.2/32 (app.netdata.cloud) was last seen 2026-01-01T00:00:00.000Z and went stale',
    );
  });

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

/** Each stops or bends what our rules let through, at a hook of its own. */
const OVERRULING: readonly (readonly [title: string, set: readonly string[][], unset: readonly string[][]])[] = [
  ...(['nft', 'legacy'] as const).flatMap((backend) =>
    (
      [
        ['mangle OUTPUT', 'mangle', ['OUTPUT', '-p', 'tcp', '-j', 'DROP']],
        ['raw OUTPUT', 'raw', ['OUTPUT', '-p', 'tcp', '-j', 'DROP']],
        ['mangle POSTROUTING', 'mangle', ['POSTROUTING', '-p', 'tcp', '-j', 'DROP']],
        ['raw PREROUTING (the answers)', 'raw', ['PREROUTING', '-i', 'va', '-p', 'tcp', '-j', 'DROP']],
        ['nat OUTPUT REDIRECT', 'nat', ['OUTPUT', '-p', 'tcp', '-j', 'REDIRECT', '--to-ports', '9']],
        ['nat OUTPUT DNAT', 'nat', ['OUTPUT', '-p', 'tcp', '-j', 'DNAT', '--to-destination', '198.51.100.9:9']],
      ] as const
    ).map(([title, table, rule]): [string, string[][], string[][]] => [
      `${title} of iptables-${backend}`,
      [[`iptables-${backend}`, '-w', '-t', table, '-A', ...rule]],
      [
        [`iptables-${backend}`, '-w', '-t', table, '-D', ...rule],
        ...(backend === 'nft' ? [['nft', 'delete', 'table', 'ip', table]] : []),
      ],
    ]),
  ),
  ...(
    [
      ['a chain on the output hook that is called OUTPUT', 'inet', 'OUTPUT', 'type filter hook output priority 0'],
      ['a chain on the postrouting hook', 'inet', 'late', 'type filter hook postrouting priority 0'],
      ['a chain on a device', 'netdev', 'wire', 'type filter hook egress device va priority 0'],
    ] as const
  ).map(([title, family, chain, hook]): [string, string[][], string[][]] => [
    title,
    [
      ['nft', 'add', 'table', family, 'other'],
      ['nft', 'add', 'chain', family, 'other', chain, `{ ${hook}; }`],
      ['nft', 'add', 'rule', family, 'other', chain, 'tcp dport 443 drop'],
    ],
    [['nft', 'delete', 'table', family, 'other']],
  ]),
];

describe('what overrules our rules', () => {
  test('is seen at every hook by status, prove and apply; and a chain that is merely called OUTPUT is none', async () => {
    const at = await open();
    const apply = ['apply', 'nftables', ...SOURCE, ...AT_ONCE];
    expect(await rules(at, apply)).toMatchObject({ code: 0, stdout: expect.stringContaining('in force') as string });
    const seen: Record<string, unknown> = {};
    for (const [title, set, unset] of OVERRULING) {
      for (const command of set) await at.must(command);
      const status = await rules(at, ['status', '--json']);
      const { inForce, drifts } = JSON.parse(status.stdout) as { inForce: boolean; drifts: { kind: string }[] };
      seen[title] = [status.code, inForce, [...new Set(drifts.map(({ kind }) => kind))]];
      for (const command of unset) await at.must(command);
    }
    expect(seen).toEqual(Object.fromEntries(OVERRULING.map(([title]) => [title, [1, false, ['overruled']]])));
    await at.must(['nft', 'add', 'table', 'inet', 'other']);
    await at.must(['nft', 'add', 'chain', 'inet', 'other', 'OUTPUT']);
    await at.must(['nft', 'add', 'rule', 'inet', 'other', 'OUTPUT', 'drop']);
    expect(await rules(at, ['status'])).toMatchObject({ code: 0 });
    for (const [, set] of OVERRULING.slice(0, 1)) for (const command of set) await at.must(command);
    const again = await rules(at, apply);
    expect([again.code, again.stdout]).toEqual([1, expect.stringContaining('loaded, and not in force')]);
    const proof = await rules(at, ['prove']);
    expect([proof.code, proof.stdout]).toEqual([1, expect.stringContaining('overruled: ')]);
  });

  test('somewhere behind this host is told by the connection alone: rules that nothing here stops, and no way', async () => {
    const at = (lab = await Lab.open());
    await at.must(['nft', '-f', '-'], { stdin: denying('inet site', 'egress') });
    await at.mustCloud(['nft', 'add', 'table', 'inet', 'wall']);
    await at.mustCloud(['nft', 'add', 'chain', 'inet', 'wall', 'in', '{ type filter hook input priority 0; }']);
    await at.mustCloud(['nft', 'add', 'rule', 'inet', 'wall', 'in', `ip daddr ${LISTED[0]} tcp dport 443 drop`]);
    const asked = [...SOURCE, '--set', 'table=inet site', '--set', 'chain=egress', '--ipv4'];
    const applied = await rules(at, ['apply', 'nftables', ...asked, ...AT_ONCE]);
    expect([applied.code, applied.stdout]).toEqual([1, expect.stringContaining('loaded, and not in force')]);
    expect(applied.stderr).toContain(`unproven: app.netdata.cloud was not reached`);
    expect((await rules(at, ['status'])).code).toBe(0);
    await at.mustCloud(['nft', 'delete', 'table', 'inet', 'wall']);
    expect(await rules(at, ['prove'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('in force: every host was reached') as string,
    });
  });
});

describe('rules prove for targets that are not of this host', () => {
  test('connects from here, and names who does not answer', async () => {
    const at = (lab = await Lab.open());
    for (const target of ['squid', 'edl', 'fortigate']) {
      const proof = await rules(at, ['prove', target, ...SOURCE]);
      expect([proof.code, proof.stdout]).toEqual([
        0,
        expect.stringMatching(new RegExp(`^${target}: every host was reached( as \\S+)? from here\n`)),
      ]);
    }
    await at.must(['nft', '-f', '-'], { stdin: denying('inet site', 'egress') });
    const denied = await rules(at, ['prove', 'squid', ...SOURCE, '--json']);
    const { proven, drifts } = JSON.parse(denied.stdout) as { proven: boolean; drifts: { kind: string }[] };
    expect([denied.code, proven, new Set(drifts.map(({ kind }) => kind))]).toEqual([1, false, new Set(['unproven'])]);
  });
});

describe('rules uninstall', () => {
  test.each(['iptables', 'ipset'])(
    '%s: a host without any rule has none afterwards, no empty table, and no table of the other backend',
    async (target) => {
      const at = (lab = await Lab.open());
      const ruleset = async (): Promise<string[]> => [
        await at.must(['nft', 'list', 'ruleset']),
        (await at.run(['cat', '/proc/net/ip_tables_names', '/proc/net/ip6_tables_names'])).stdout,
      ];
      expect(await ruleset()).toEqual(['', '']);
      const enforce = ['apply', target, '--mode', 'enforce', '--backend', 'nft', ...SOURCE, ...AT_ONCE];
      expect((await rules(at, enforce)).code).toBe(0);
      expect((await rules(at, ['status'])).code).toBe(0);
      expect((await rules(at, ['uninstall', target, '--backend', 'nft'])).code).toBe(0);
      expect(await ruleset()).toEqual(['', '']);
    },
  );
});

describe('rules uninstall of a host whose tables lack built-in chains', () => {
  /** Of somebody who writes nft and has taken the names of iptables; the last one uses the policy of one chain. */
  const TABLES = [
    'table ip filter {\nchain mine { type filter hook output priority 5; tcp dport 1 drop; }\n}',
    'table ip filter {\nchain OUTPUT { type filter hook output priority 0; tcp dport 1 drop; }\n}',
    'table ip6 filter {\ncomment "ours"\nchain FORWARD { type filter hook forward priority 0; policy drop; }\n}',
    'table ip filter {\nset s { type ipv4_addr; }\n}\ntable ip6 filter {\n}',
  ].join('\n');

  test.each(['iptables', 'ipset'])(
    '%s: is as it was, byte for byte, by the program and by the script',
    async (target) => {
      const at = (lab = await Lab.open());
      const ruleset = (): Promise<string> => at.must(['nft', 'list', 'ruleset']);
      const out = `${at.dir}/out`;
      const script = (role: string): Promise<unknown> =>
        at.must(['sh', `${out}/nd-allow-${target}.${role}.sh`], {
          env: { IPTABLES: 'iptables-nft', IP6TABLES: 'ip6tables-nft' },
        });
      const how = ['--mode', 'enforce', ...SOURCE];
      expect((await rules(at, ['apply', target, '--backend', 'nft', ...how, ...AT_ONCE])).code).toBe(0);
      expect((await rules(at, ['uninstall', target, '--backend', 'nft'])).code).toBe(0);
      expect(await ruleset()).toBe('');
      await at.must([...PROGRAM, 'rules', target, ...how, '--output-dir', out]);

      await at.must(['nft', '-f', '-'], { stdin: TABLES });
      const before = await ruleset();
      expect((await rules(at, ['apply', target, '--backend', 'nft', ...how, ...AT_ONCE])).code).toBe(0);
      expect(await ruleset()).not.toBe(before);
      expect((await rules(at, ['uninstall', target, '--backend', 'nft'])).code).toBe(0);
      expect(await ruleset()).toBe(before);

      await script('install');
      await script('install');
      await script('uninstall');
      expect(await ruleset()).toBe(before);
      // What somebody put into a chain that came with our rules stays, and so does the chain.
      await script('install');
      await at.must(['iptables-nft', '-w', '-A', 'INPUT', '-p', 'tcp', '--dport', '2', '-j', 'DROP']);
      await script('uninstall');
      expect(await at.must(['nft', 'list', 'chain', 'ip', 'filter', 'INPUT'])).toContain('dport 2');
      await expect(at.must(['nft', 'list', 'chain', 'ip6', 'filter', 'INPUT'])).rejects.toThrow('No such file');
    },
  );
});

/** What an administrator may have: a default-deny egress chain of any name. */
function denying(table: string, chain: string): string {
  const v6 = table.startsWith('ip ') ? '' : 'icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept\n';
  return `table ${table} {
    chain ${chain} {
      type filter hook output priority 0; policy drop;
      oif lo accept
      ct state established,related accept
      ${v6}meta l4proto { tcp, udp } th dport 53 accept
      counter reject
    }
  }\n`;
}

describe('where the rules go in nftables', () => {
  const apply = ['apply', 'nftables', ...SOURCE, ...AT_ONCE];
  const load = (at: Lab, text: string) => at.must(['nft', '-f', '-'], { stdin: text });

  test.each([
    ['the one chain that denies, whatever its name', [['inet site', 'egress']], 'inet site egress'],
    [
      'the chains of both families, where each has a table',
      [
        ['ip filter', 'output'],
        ['ip6 filter', 'output'],
      ],
      'ip6 filter output',
    ],
  ] as const)('into %s, in front of the first deny', async (_, chains, where) => {
    lab = await Lab.open();
    for (const [table, chain] of chains) await load(lab, denying(table, chain));
    const before = await nftablesHost.snapshot(lab);
    expect(reading(await lab.matrix())).toEqual(expected(false));
    expect((await rules(lab, apply)).code).toBe(0);
    expect(reading(await lab.matrix())).toEqual(expected(true));
    const status = await rules(lab, ['status', '--json']);
    expect(JSON.parse(status.stdout)).toMatchObject({ inForce: true });
    expect(status.stdout).toContain(`"where": "${where}"`);
    expect((await rules(lab, ['refresh', '--once'])).code).toBe(0);
    expect((await rules(lab, ['uninstall', 'nftables'])).code).toBe(0);
    expect(await nftablesHost.snapshot(lab)).toBe(before);
  });

  test('nowhere, unless told, when two chains of one family deny; and what still denies is named', async () => {
    lab = await Lab.open();
    await load(lab, denying('inet one', 'out') + denying('inet two', 'out'));
    const refused = await rules(lab, apply);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('(inet one out, inet two out)')]);
    const told = await rules(lab, [...apply, '--set', 'table=inet one', '--set', 'chain=out']);
    expect([told.code, told.stderr]).toEqual([1, expect.stringContaining('overruled: nftables inet two out handle')]);
    expect((await rules(lab, ['status'])).code).toBe(1);
  });

  test('nowhere when nothing filters', async () => {
    lab = await Lab.open();
    const refused = await rules(lab, apply);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('there is nothing to allow')]);
    await load(lab, denying('ip only', 'out'));
    const half = await rules(lab, apply);
    expect([half.code, half.stderr]).toEqual([2, expect.stringContaining('table ip only holds no IPv6')]);
    expect((await rules(lab, [...apply, '--ipv4'])).code).toBe(0);
  });
});
