/**
 * A host with very many rules: those of iptables are read and judged within two seconds of processor time and 200 MB,
 * children included; those of nftables as nft can list them, or they count as not read.
 */
import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Host } from './attacker.js';

const DIST = new URL('../../dist/', import.meta.url).href;
const ELEMENTS = 200_000;
const RULES = 50_000;

const address = (first: number, at: number): string =>
  `${String(first)}.${String(at >> 16)}.${String((at >> 8) & 255)}.${String(at & 255)}`;

/** What the doctor asks of this host's rules after 60 connections that failed; prints what was found and what it took. */
const READ = `
  import { readLocalFirewall } from '${DIST}cli/host/local-firewall.js';
  const began = performance.now();
  if (process.argv[2] !== undefined) process.availableMemory = () => Number(process.argv[2]);
  const failure = { kind: 'generic_timeout_error', operation: 'connect', rawCode: null, detail: '' };
  const common = { operation: 'connect', transactionId: 't', targetId: 'x', leg: 'claim', routeId: 'direct', port: 443 };
  const probed = Array.from({ length: 60 }, (_, at) => ({
    ...common, id: String(at), role: { kind: 'path' }, address: '198.51.100.' + (at + 1), host: 'app.example',
    peer: 'target', t0Ms: 0, tMs: 1, failure }));
  let number = 0;
  const seen = await readLocalFirewall(
    { ids: { next: () => String(number++) }, now: () => performance.now() - began, probed, done: Promise.resolve(),
      deadlineMs: () => 120_000, interrupt: new AbortController().signal },
    { prober: { uid: 0, gid: 0 }, agents: [], units: { agent: [], prober: [] } });
  const rules = seen.flatMap((one) => one.rules.map(({ where, action, addresses }) => ({ where, action, addresses })));
  const failed = seen.filter((one) => one.failure !== null).map((one) => one.manager);
  console.log(JSON.stringify({ rules, failed, megabytes: process.resourceUsage().maxRSS / 1024 }));`;

let host: Host;
beforeEach(() => {
  host = new Host();
});
afterEach(() => host.remove());

/** `0m1.234s`, as times(1) of the shell prints it. */
const seconds = (text: string): number =>
  [...text.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, rest]) => sum + Number(minutes) * 60 + Number(rest),
    0,
  );

interface Told {
  readonly rules: unknown;
  readonly failed: unknown;
  readonly megabytes: number;
}

/** Reads the rules that a script loads into a network of its own. Seconds of processor time, with children. */
function readIn(
  load: string,
  files: readonly string[],
  more: readonly string[] = [],
): Told & { readonly took: number } {
  const read = host.file('read.mjs', READ);
  // The second line of times(1) is of the children that a shell has waited for, and of theirs.
  const script = `${load} && sh -c '"$@"; times' sh "$0" ${read} ${more.join(' ')}`;
  const run = spawnSync('unshare', ['--net', 'sh', '-c', script, process.execPath, ...files], {
    encoding: 'utf8',
    timeout: 150_000,
    env: { PATH: process.env['PATH'] ?? '' },
  });
  expect(run.stderr).toBe('');
  const [told = '', , children = ''] = run.stdout.split('\n');
  return { ...(JSON.parse(told) as Told), took: seconds(children) };
}

it('200,000 elements of an ipset, 50,000 rules of iptables, 60 flows', () => {
  const set = host.file(
    'set',
    [
      'create big hash:ip hashsize 65536 maxelem 300000',
      ...Array.from({ length: ELEMENTS }, (_, at) => `add big ${address(10, at)}`),
      'add big 198.51.100.7\n',
    ].join('\n'),
  );
  const rules = host.file(
    'rules',
    [
      '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:LIST - [0:0]',
      '-A OUTPUT -m set --match-set big dst -j DROP\n-A OUTPUT -j LIST',
      ...Array.from({ length: RULES }, (_, at) => `-A LIST -d ${address(11, at)}/32 -p tcp -m tcp --dport 443 -j DROP`),
      '-A LIST -d 198.51.100.9/32 -j REJECT\nCOMMIT\n',
    ].join('\n'),
  );
  const { took, megabytes, ...found } = readIn('ipset restore < "$1" && iptables-legacy-restore < "$2"', [set, rules]);
  console.log(
    `${String(ELEMENTS)} elements, ${String(RULES)} rules, 60 flows: ${took.toFixed(2)} s of processor time with children, ${megabytes.toFixed(0)} MB`,
  );
  expect(found).toEqual({
    failed: [],
    rules: [
      { where: 'iptables OUTPUT rule 1', action: 'drop', addresses: ['198.51.100.7'] },
      { where: `iptables LIST rule ${String(RULES + 1)}`, action: 'reject', addresses: ['198.51.100.9'] },
    ],
  });
  expect(took).toBeLessThan(2);
  expect(megabytes).toBeLessThan(200);
});

describe('200,000 elements and 50,000 rules of nftables', () => {
  const load = (): string =>
    host.file(
      'rules',
      [
        'add table inet f',
        'add set inet f big { type ipv4_addr; }',
        `add element inet f big { ${Array.from({ length: ELEMENTS }, (_, at) => address(10, at)).join(',')}, 198.51.100.7 }`,
        'add chain inet f many',
        'add chain inet f out { type filter hook output priority 0; }',
        'add rule inet f out ip daddr @big drop',
        'add rule inet f out jump many',
        ...Array.from(
          { length: RULES },
          (_, at) => `add rule inet f many ip daddr ${address(11, at)} tcp dport 443 drop`,
        ),
        'add rule inet f many ip daddr 198.51.100.9 reject\n',
      ].join('\n'),
    );

  it('are read, at the cost of nft itself', () => {
    const { took, megabytes, ...found } = readIn('nft -f "$1"', [load()]);
    console.log(
      `nftables: ${took.toFixed(2)} s of processor time with children, ${megabytes.toFixed(0)} MB besides nft`,
    );
    expect(found).toEqual({
      failed: [],
      rules: [
        { where: 'nftables inet f out handle 4', action: 'drop', addresses: ['198.51.100.7'] },
        {
          where: expect.stringContaining('nftables inet f many handle') as string,
          action: 'reject',
          addresses: ['198.51.100.9'],
        },
      ],
    });
    // nft takes 2.4 s of it, and 450 MB of its own: nothing that reads its output can be faster.
    expect(took).toBeLessThan(8);
    expect(megabytes).toBeLessThan(300);
  });

  it('are not read where the machine cannot spare the memory, and nothing is clear', () => {
    const { took, megabytes, ...found } = readIn('nft -f "$1"', [load()], ['200000000']);
    console.log(
      `nftables, at most 100 MB for it: ${took.toFixed(2)} s of processor time, ${megabytes.toFixed(0)} MB besides nft`,
    );
    expect(found).toEqual({ failed: ['nftables'], rules: [] });
  });
});
