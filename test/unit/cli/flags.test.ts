/**
 * A flag that means the same everywhere: every command either has it and obeys it, or stands in a list that says why not.
 * Commands run in this process; nothing leaves it (names and connections are stand-ins).
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { RUN_FORMS } from '../../../src/cli/commands/report.js';
import { commandTree, every, type CommandNode } from '../../../src/cli/completion/tree.js';
import { createProgram } from '../../../src/cli/program.js';
import { formats } from '../../../src/report/registry.js';

/** `resolve` asks this host's resolvers: in its place stands somebody who knows nothing. */
const nobody = vi.hoisted(() => ({ answers: false, asked: [] as string[] }));
vi.mock(import('../../../src/net/dns-wire.js'), async (original) => {
  const real = await original();
  const queryDns: typeof real.queryDns = (context, label, question) => {
    if (!nobody.answers) return real.queryDns(context, label, question);
    nobody.asked.push(question.type);
    return Promise.resolve({ addresses: [] } as unknown as Awaited<ReturnType<typeof real.queryDns>>);
  };
  return { ...real, queryDns };
});
vi.mock(import('../../../src/net/resolve.js'), async (original) => {
  const real = await original();
  const resolveOs: typeof real.resolveOs = (...given) =>
    nobody.answers
      ? Promise.resolve({ addresses: [] } as unknown as Awaited<ReturnType<typeof real.resolveOs>>)
      : real.resolveOs(...given);
  return { ...real, resolveOs };
});

const dir = mkdtempSync(join(tmpdir(), 'nde-flags-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const stdin = process.stdin;
afterEach(() => {
  vi.restoreAllMocks();
  Object.defineProperty(process, 'stdin', { value: stdin, configurable: true });
  process.exitCode = undefined;
  nobody.asked.length = 0;
});

const place = ['--config-dir', dir, '--lib-dir', dir, '--agent-version', '2.10.3'];
const golden = (name: string): string => new URL(`../../golden/report/v1/${name}.json`, import.meta.url).pathname;
const [run, other] = [golden('nxdomain'), golden('mqtt-dropped')];
const capture = new URL('../../fixtures/captures/tcp-local-reject.txt', import.meta.url).pathname;
const list = join(dir, 'list.txt');
writeFileSync(list, 'app.netdata.cloud 127.0.0.1\n');
const fromList = [...place, '--env-timeout', '0', '--from-list', list, '--accept-range', '127.0.0.0/8'];

interface Ran {
  readonly code: number | undefined;
  readonly out: string;
}

/** What a command says; throws its UsageError, or what commander throws. */
async function call(args: readonly string[], input?: string): Promise<Ran> {
  let out = '';
  process.exitCode = undefined;
  nobody.answers = args[0] === 'resolve';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  if (input !== undefined)
    Object.defineProperty(process, 'stdin', { value: Readable.from([Buffer.from(input)]), configurable: true });
  const argv = ['node', 'netdata-egress', ...args];
  await (await createProgram(argv)).parseAsync(argv);
  const code = process.exitCode;
  vi.restoreAllMocks();
  return { code: code === undefined ? undefined : Number(code), out };
}

/** A call of each command that has a result, which ends soon and asks nobody. */
const CALLS: Readonly<Record<string, readonly string[]>> = {
  doctor: ['doctor', '--from-capture', capture, '--env-from', 'self'],
  capture: ['capture'],
  'watch history': ['watch', 'history', '--state-dir', dir],
  resolve: ['resolve', '--config-dir', dir, '--lib-dir', dir],
  config: ['config', ...place, '--env-from', 'self'],
  'rules recommend': ['rules', 'recommend'],
  'rules list': ['rules', 'list'],
  rules: ['rules', 'domains', ...fromList],
  'rules check': ['rules', 'check', 'domains', ...fromList],
  'rules prove': ['rules', 'prove', 'domains', ...fromList],
  'rules log': ['rules', 'log', '--state-dir', dir],
  'report show': ['report', 'show', run],
  'report diagnose': ['report', 'diagnose', run],
  'report diff': ['report', 'diff', run, other],
  'report validate': ['report', 'validate', run, run],
  'report redact': ['report', 'redact', run],
  'report merge': ['report', 'merge', run, other],
  explain: ['explain', 'tcp.dropped'],
  completion: ['completion', 'bash'],
  'lab list': ['lab', 'list'],
  'lab run': ['lab', 'run', 'nxdomain', '--timeout', '5s'],
};

/** They read the live firewall, or revisions of it: in the root lab. */
const NOT_CALLED = new Set(['rules diff', 'rules status']);

const RUNS = new Set(['doctor', 'lab run', 'report show', 'report diagnose']);

const CHANGES = 'tells what it changes while it does so; --dry-run says it before';
const changing = [
  'config set',
  'config enable',
  'config disable',
  'rules apply',
  'rules install',
  'rules uninstall',
  'rules confirm',
  'rules refresh',
  'rules rollback',
  'watch install',
  'watch uninstall',
  'report bundle',
];
const RUNS_ON = 'goes on until it is stopped: a line for each event';
const running = ['watch', 'plugin', 'lab serve'];

/** Why a command does not have the flag. */
const WITHOUT: Readonly<Record<string, readonly (readonly [why: string, commands: readonly string[]])[]>> = {
  '--quiet': [
    [CHANGES, changing],
    [RUNS_ON, running],
    [
      'prints a thing, not a verdict',
      ['capture', 'watch history', 'rules', 'rules recommend', 'rules list', 'rules log', 'rules diff'].concat([
        'report redact',
        'explain',
        'completion',
        'lab list',
      ]),
    ],
  ],
  '--format': [
    [CHANGES, changing],
    [RUNS_ON, running],
    ['has one form', ['capture', 'completion']],
    ['the target is the form', ['rules']],
  ],
  '--output': [
    [CHANGES, changing],
    [RUNS_ON, running],
  ],
  '--strict': [
    [CHANGES, changing],
    [RUNS_ON, running],
    [
      'judges nothing',
      ['capture', 'watch history', 'rules', 'rules recommend', 'rules list', 'rules log', 'rules diff'],
    ],
    ['judges nothing', ['report show', 'report redact', 'explain', 'completion', 'lab list']],
    ['knows no warnings: what is wrong is exit 1', ['resolve', 'rules check', 'rules status', 'rules prove']],
    ['knows no warnings: what is wrong is exit 1', ['report diff', 'report validate']],
    ["its causes are the hosts' own; each run has its exit code", ['report merge']],
  ],
  '--ipv4': [
    ['asks no network and makes no rules', ['capture', 'config', 'config set', 'config enable', 'config disable']],
    [
      'asks no network and makes no rules',
      ['watch history', 'watch install', 'watch uninstall', 'explain', 'completion'],
    ],
    ['asks no network and makes no rules', ['rules recommend', 'rules list', 'rules log', 'rules diff', 'lab list']],
    ['asks no network and makes no rules', ['report show', 'report diagnose', 'report diff', 'report validate']],
    ['asks no network and makes no rules', ['report redact', 'report merge', 'report bundle']],
    ['works on what was applied', ['rules confirm', 'rules rollback']],
    ['serves the addresses that --address gives', ['lab serve']],
  ],
  '--container': [
    ['reads no Agent', ['capture', 'explain', 'completion', 'lab list', 'lab run', 'lab serve', 'watch history']],
    ['reads no Agent', ['rules recommend', 'rules list', 'rules log', 'rules diff', 'rules confirm', 'rules rollback']],
    ['reads no Agent', ['report show', 'report diagnose', 'report diff', 'report validate']],
    ['reads no Agent', ['report redact', 'report merge', 'report bundle']],
    ['outlives the container, whose namespaces end with it', ['watch', 'plugin', 'watch install', 'watch uninstall']],
    [
      'rules are refreshed for months, and the container may be another one by then: --url and --proxy say it once',
      ['rules', 'rules check', 'rules status', 'rules prove', 'rules apply', 'rules install', 'rules uninstall'].concat(
        'rules refresh',
      ),
    ],
  ],
};

let nodes: readonly CommandNode[] = [];
beforeAll(async () => {
  nodes = [...every(await commandTree())];
});
const nameOf = ({ path }: CommandNode): string => path.join(' ');
const having = (flag: string): readonly string[] =>
  nodes.filter(({ options }) => options.some(({ names }) => names.includes(flag))).map(nameOf);
/** Groups that only hold verbs answer with their help. */
const isGroup = ({ path, children }: CommandNode): boolean =>
  children.length > 0 && !['rules', 'config', 'watch'].includes(path.join(' '));

describe('every command has the flag, or a reason', () => {
  it.each(Object.keys(WITHOUT))('%s', (flag) => {
    const reasons = (WITHOUT[flag] ?? []).flatMap(([, commands]) => commands);
    const all = nodes.filter((node) => !isGroup(node)).map(nameOf);
    expect([...having(flag), ...reasons].sort()).toEqual([...all].sort());
  });

  it('names every form of a run', () => {
    expect([...RUN_FORMS].sort()).toEqual(Object.keys(formats).sort());
  });
});

const callsOf = (names: readonly string[]): (readonly [string, readonly string[]])[] =>
  names.filter((name) => !NOT_CALLED.has(name)).map((name) => [name, CALLS[name] ?? []] as const);

describe('and obeys it', () => {
  it('--quiet: the verdict alone, with the same exit code', async () => {
    for (const [name, args] of callsOf(having('--quiet'))) {
      const [whole, quiet] = [await call(args), await call([...args, '--quiet'])];
      expect(quiet.code, name).toBe(whole.code);
      // Of a run: the verdict, a line for claim and link, the cause, each wrapped.
      expect(quiet.out.trimEnd().split('\n').length, name).toBeLessThanOrEqual(RUNS.has(name) ? 8 : 2);
      if (name !== 'report validate') expect(quiet.out.trim(), name).not.toBe('');
      if (whole.out.trimEnd().split('\n').length > 2) expect(quiet.out.length, name).toBeLessThan(whole.out.length);
    }
  }, 60_000);

  it('--format json, --json and a file with that suffix: the same document', async () => {
    for (const [name, args] of callsOf(having('--format'))) {
      const file = join(dir, 'result.json');
      const [short, long] = [await call([...args, '--json']), await call([...args, '--format', 'json'])];
      await call([...args, '--output', file]);
      const texts = [short.out, long.out, readFileSync(file, 'utf8')];
      const [a, b, c] = texts.map((text) => Object.keys(JSON.parse(text) as object));
      expect([b, c], name).toEqual([a, a]);
      expect(long.code, name).toBe(short.code);
      await expect(call([...args, '--format', 'nosuchform']), name).rejects.toThrow(/^--format takes .*nosuchform/);
      await expect(call([...args, '--json', '--format', 'text']), name).rejects.toThrow(
        '--json and --format exclude each other',
      );
    }
  }, 60_000);

  it('--output: the result in the file, nothing of it on standard output', async () => {
    for (const [name, args] of callsOf(having('--output'))) {
      const file = join(dir, 'result.txt');
      const { out } = await call([...args, '--output', file]);
      expect(readFileSync(file, 'utf8').length, name).toBeGreaterThan(20);
      if (!RUNS.has(name)) expect(out, name).toBe('');
      rmSync(file);
      await expect(call([...args, '--output', '/nonexistent-directory/x']), name).rejects.toThrow(/cannot write/);
    }
  }, 60_000);

  it('--strict: 4 where there are only warnings', async () => {
    const noted = join(dir, 'noted');
    mkdirSync(join(noted, 'cloud.d'), { recursive: true });
    writeFileSync(join(noted, 'cloud.d/cloud.conf'), '[global]\n  enabled = no\n');
    const there = ['--config-dir', noted, '--lib-dir', noted, '--agent-version', '2.10.3'];
    const saved = join(dir, 'at-risk.json');
    await call(['lab', 'run', 'close_at_once', '--output', saved]);
    const told: Readonly<Record<string, readonly string[]>> = {
      'lab run': ['lab', 'run', 'close_at_once'],
      'report diagnose': ['report', 'diagnose', saved],
      config: ['config', ...there, '--env-from', 'self'],
    };
    for (const [name, args] of Object.entries(told)) {
      expect((await call(args)).code ?? 0, name).toBe(0);
      expect((await call([...args, '--strict'])).code, name).toBe(4);
    }
    // The doctor and the lab run the same code.
    expect([...having('--strict')].sort()).toEqual(['doctor', ...Object.keys(told)].sort());
  }, 60_000);

  it('-4 and -6: one family', async () => {
    const asked = async (family: string): Promise<ReadonlySet<string>> => {
      nobody.asked.length = 0;
      await call([...(CALLS['resolve'] ?? []), family]);
      return new Set(nobody.asked);
    };
    // A host without a resolver asks none.
    expect([new Set(), new Set(['A'])]).toContainEqual(await asked('-4'));
    expect([new Set(), new Set(['AAAA'])]).toContainEqual(await asked('-6'));
    const { out } = await call(['lab', 'run', 'healthy_dual_stack', '-6', '--json']);
    const { options, observations } = JSON.parse(out) as {
      readonly options: { readonly families: readonly string[] };
      readonly observations: readonly { readonly operation: string; readonly address?: string }[];
    };
    expect(options.families).toEqual(['6']);
    const connects = observations.filter(({ operation }) => operation === 'tcp_connect');
    expect(connects.every(({ address = '' }) => address.includes(':'))).toBe(true);
  }, 60_000);

  it('--container: by name or id; what is neither is one sentence', async () => {
    for (const name of having('--container')) {
      const args = name.startsWith('config ')
        ? [...name.split(' '), ...(name === 'config set' ? ['proxy=none'] : [])]
        : (CALLS[name] ?? []);
      const onHere = name === 'doctor' ? ['doctor'] : args;
      await expect(call([...onHere, '--container', 'no such']), name).rejects.toThrow(
        '--container takes the name or the id of a container',
      );
    }
  });
});

/** Files that are read and written again, or are no text. */
const NOT_FROM_STDIN = new Map([
  ['--map', 'read, and written again'],
  ['--state', 'read, and written again'],
  ['--output', 'written'],
  ['--write-ca', 'written'],
  ['--from-bundle', 'an archive is read from its end'],
]);

describe('- is standard input', () => {
  it('wherever a file is read', async () => {
    const text = (path: string): string => readFileSync(path, 'utf8');
    const rules = ['rules', 'domains', ...place, '--env-timeout', '0', '--accept-range', '127.0.0.0/8'];
    const known = '198.51.100.7 app.netdata.cloud\n';
    const since = (await call(['report', 'merge', run, '--json'])).out;
    const cases: readonly (readonly [what: string, args: readonly string[], input: string])[] = [
      ['doctor --from-capture', ['doctor', '-q', '--from-capture', '-', '--env-from', 'self'], text(capture)],
      ['doctor --known-addresses', [...(CALLS['doctor'] ?? []), '-q', '--known-addresses', '-'], known],
      ['resolve --known-addresses', [...(CALLS['resolve'] ?? []), '--known-addresses', '-'], known],
      ['rules --from-list', [...rules, '--from-list', '-'], text(list)],
      ['rules --from-report', [...rules, '--from-report', '-'], text(run)],
      ['rules check FILE', ['rules', 'check', 'domains', '-', ...place], 'app.netdata.cloud\n'],
      ['report show', ['report', 'show', '-'], text(run)],
      ['report diagnose', ['report', 'diagnose', '-'], text(run)],
      ['report diff', ['report', 'diff', '-', other], text(run)],
      ['report validate', ['report', 'validate', '-'], text(run)],
      ['report redact', ['report', 'redact', '-'], text(run)],
      ['report merge', ['report', 'merge', '-'], text(run)],
      ['report merge --label-from', ['report', 'merge', run, '--label-from', '-'], 'web1 site=ams1\n'],
      ['report merge --since', ['report', 'merge', run, '--since', '-'], since],
      ['report bundle', ['report', 'bundle', '-', '--output-dir', join(dir, 'bundle')], text(run)],
      ['explain', ['explain', '-'], 'proxy negotiation failed\n'],
    ];
    for (const [what, args, input] of cases) expect((await call(args, input)).out, what).not.toBe('');
    const files = new Set(
      nodes.flatMap(({ options }) =>
        options.filter(({ value }) => value?.kind === 'file').map(({ names }) => names.at(-1) ?? ''),
      ),
    );
    const tried = cases.flatMap(([what]) => /--[\w-]+/.exec(what) ?? []);
    expect([...files].sort()).toEqual([...new Set([...tried, ...NOT_FROM_STDIN.keys(), '--cert', '--key'])].sort());
  }, 60_000);
});
