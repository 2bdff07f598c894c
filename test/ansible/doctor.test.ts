/** The role `doctor` over twenty hosts with a real sshd and real faults, without a way out. */
import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { schemaFaults } from '../helpers/published-schema.js';
import { PROGRAM, PROGRAM_ARGS } from '../helpers/program.js';
import { loadReport } from '../../src/report/load.js';
import { bench, played, resultOf, run, type Bench, type Played } from './collection.js';
import { CLOUD, NO_AGENT, PROXY, PROXY_DENIES, World, type HostPlan } from './world.js';

const output = (rule: string): string =>
  `table inet site { chain out { type filter hook output priority 0; policy accept; ip daddr { ${CLOUD.join(', ')} } tcp dport 443 ${rule}; }; }`;
/** On the way in: what this host's own rules for its output do not tell. */
const input = `table inet site { chain in { type filter hook prerouting priority -300; policy accept; ip saddr { ${CLOUD.join(', ')} } tcp sport 443 drop; }; }`;
const through = (proxy: string) => ({ netdata_egress_doctor_arguments: [...NO_AGENT, '--proxy', proxy] });

const LABELS = { rack: 'r7', site: 'ams1' };

interface Expected {
  readonly outcome: 'works' | 'blocked';
  /** Of the finding; null = none. */
  readonly cause: string | null;
}

const WORKS: Expected = { outcome: 'works', cause: null };
const blocked = (cause: string): Expected => ({ outcome: 'blocked', cause });

const HOSTS: readonly (HostPlan & { readonly expected: Expected })[] = [
  ...[1, 2, 3, 4].map((n) => ({ name: `fine-${n}`, expected: WORKS })),
  { name: 'fine-5', vars: { netdata_egress_labels: LABELS }, expected: WORKS },
  { name: 'fine-operator', user: 'operator', expected: WORKS },
  ...[1, 2, 3].map((n) => ({ name: `drop-${n}`, nft: output('drop'), expected: blocked('host.local_firewall') })),
  ...[1, 2].map((n) => ({
    name: `reject-${n}`,
    nft: output('reject with tcp reset'),
    expected: blocked('host.local_firewall'),
  })),
  { name: 'answers-lost', user: 'operator', nft: input, expected: blocked('tcp.egress_blocked') },
  ...[1, 2].map((n) => ({
    name: `no-dns-${n}`,
    resolver: 'dead' as const,
    expected: blocked('dns.resolver_unreachable'),
  })),
  { name: 'no-name', resolver: 'empty', expected: blocked('dns.nxdomain') },
  ...[1, 2].map((n) => ({ name: `proxy-${n}`, nft: output('drop'), vars: through(PROXY), expected: WORKS })),
  { name: 'proxy-denies', nft: output('drop'), vars: through(PROXY_DENIES), expected: blocked('proxy.denied') },
  { name: 'no-route', route: `throw ${CLOUD[0]}/31`, expected: blocked('host.no_route') },
  // For this host's store the lab's cloud is somebody who shows certificates of his own.
  { name: 'other-issuer', strange: true, expected: blocked('tls.intercepted') },
];

let at: Bench;
let world: World;
let inventory = '';
let first: Played;

const play = async (...more: string[]): Promise<Played> =>
  played(await world.run(null, ['ansible-playbook', '-i', inventory, 'netdata_egress.fleet.doctor', ...more]));

beforeAll(async () => {
  at = await bench();
  world = await World.open(at);
  const lines: string[] = [];
  for (const host of HOSTS) lines.push(await world.add(host));
  inventory = await world.inventory(lines);
  // Nothing of all this can leave the machine.
  expect(await world.must(null, ['ip', 'route', 'show', 'default'])).toBe('');
  first = await play();
});
afterAll(async () => {
  await world.close();
  await rm(at.dir, { recursive: true, force: true });
});

describe('the first run', () => {
  it('is no failure, whatever is blocked, and changes nothing', () => {
    expect(Object.keys(first.stats)).toHaveLength(20);
    for (const [name, stats] of Object.entries(first.stats))
      expect([name, stats]).toEqual([name, expect.objectContaining({ failures: 0, unreachable: 0, changed: 0 })]);
    expect(first.code).toBe(0);
  });

  it.each(HOSTS)('says of $name what is wrong with it', async ({ name, expected }) => {
    const { ansible_facts: facts } = resultOf(first, name, 'Read the verdict') ?? {};
    expect(facts).toEqual({ netdata_egress_outcome: expected.outcome, netdata_egress_cause: expected.cause ?? '' });
    const text = await readFile(join(at.dir, 'reports', `${name}.json`), 'utf8');
    expect(schemaFaults(JSON.parse(text))).toBe('');
    const report = loadReport(text, name);
    expect(report.environment.hostname).toBe(`${name}.corp.example`);
    expect(report.labels ?? {}).toEqual(name === 'fine-5' ? LABELS : {});
  });

  it('leaves nothing behind', async () => {
    for (const { name } of HOSTS) {
      const left = await world.must(name, ['sh', '-c', 'find /tmp /run/operator /root -mindepth 1 ! -type d']);
      expect([name, left]).toEqual([name, '']);
    }
  });

  it('makes a folder that the fleet is told from', async () => {
    const merged = await run([PROGRAM, ...PROGRAM_ARGS, 'report', 'merge', 'reports'], { env: at.env, cwd: at.dir });
    expect(merged.code, merged.stderr).toBe(0);
    expect(merged.stdout).toContain('dns.resolver_unreachable');
  });
});

describe('with a key', () => {
  let again: Played;
  beforeAll(async () => {
    const vars = { netdata_egress_redact: 'strict', netdata_egress_redact_key: 'a key that a whole fleet knows' };
    again = await play('-e', JSON.stringify({ ...vars, netdata_egress_reports: join(at.dir, 'strict') }));
  });

  it('hides names and addresses of the place, and gives the same resolver the same stand-in on all hosts', async () => {
    expect(again.code).toBe(0);
    const files = await readdir(join(at.dir, 'strict'));
    expect(files).toHaveLength(20);
    const resolvers = new Set<string>();
    const names = new Set<string>();
    for (const file of files) {
      const text = await readFile(join(at.dir, 'strict', file), 'utf8');
      expect(text).not.toMatch(/corp\.example|whole fleet knows/);
      const report = loadReport(text, file);
      expect(report.redaction.mode).toBe('strict');
      names.add(report.environment.hostname);
      if (file.startsWith('fine-'))
        for (const { resolvers: some } of report.observations.filter((o) => o.operation === 'read_host_network'))
          for (const one of some) resolvers.add(typeof one === 'string' ? one : JSON.stringify(one));
    }
    expect(names.size).toBe(20);
    expect([...resolvers]).toHaveLength(1);
  });

  it('never shows the key', () => {
    expect(JSON.stringify(again)).not.toContain('whole fleet knows');
  });
});

it('runs in check mode, too, because it only reads', async () => {
  const { code, stats } = await play('--check', '--diff', '--limit', 'fine-1,drop-1');
  expect([code, stats['fine-1']?.changed, stats['drop-1']?.changed]).toEqual([0, 0, 0]);
});

it('keeps the program where it is told to, once', async () => {
  const keep = ['--limit', 'fine-2', '-e', 'netdata_egress_keep=true netdata_egress_path=/run/netdata-egress'];
  const changes = async (...more: string[]): Promise<number | undefined> =>
    (await play(...keep, ...more)).stats['fine-2']?.changed;
  expect(await changes('--check')).toBe(1);
  expect((await world.run('fine-2', ['test', '-e', '/run/netdata-egress'])).code).toBe(1);
  expect(await changes()).toBe(1);
  expect(await changes()).toBe(0);
  expect(await world.must('fine-2', ['/run/netdata-egress', '--version'])).toMatch(/^\d/);
});

it('fails where it is told to: only on hosts that are blocked', async () => {
  const { code, stats } = await play('--limit', 'fine-1,drop-1', '-e', 'netdata_egress_fail_when_blocked=true');
  expect([code, stats['fine-1']?.failures, stats['drop-1']?.failures]).toEqual([2, 0, 1]);
});

it('fails on bad usage, which is no result', async () => {
  const wrong = JSON.stringify({ netdata_egress_doctor_arguments: ['--nonsense'] });
  const { code, stats } = await play('--limit', 'fine-1', '-e', wrong);
  expect([code, stats['fine-1']?.failures]).toEqual([2, 1]);
  expect(await world.must('fine-1', ['sh', '-c', 'find /tmp -name "netdata-egress.*"'])).toBe('');
});
