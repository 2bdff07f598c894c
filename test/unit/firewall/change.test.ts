/** One guarded change: what is kept, what is put back, and who has the last word. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { backupGuard } from '../../../src/firewall/live/change/backup.js';
import { guardedChange, UNATTENDED, type Guard, type GuardedWork } from '../../../src/firewall/live/change/change.js';
import { loadHistory, record } from '../../../src/firewall/live/change/record.js';
import { loading, removing } from '../../../src/firewall/live/change/work.js';
import { compareLive, type Drift, type DriftKind } from '../../../src/firewall/live/compare.js';
import { LiveError, type ApplyContext, type LiveState } from '../../../src/firewall/live/manager.js';
import { findManager } from '../../../src/firewall/live/managers.js';
import type { CommandResult, CommandRunner } from '../../../src/firewall/live/runner.js';
import { findTarget } from '../../../src/firewall/registry.js';
import { checkAllowList, completeOptions, renderRules } from '../../../src/firewall/render.js';
import { host, LAB_RANGES, list, NOW } from './factory.js';

const drift = (kind: DriftKind): Drift => ({ kind, entry: null, names: [], text: `this is ${kind}` });

/** A value that stands for the ruleset of a host. */
class Host {
  rules = 'before';
  left: readonly Drift[] = [];
  work(how: Partial<GuardedWork<string>> = {}): GuardedWork<string> {
    return {
      capture: () => Promise.resolve(this.rules),
      restore: (captured) => Promise.resolve(void (this.rules = captured)),
      apply: () => Promise.resolve(void (this.rules = 'after')),
      prove: () => Promise.resolve(this.left),
      ...how,
    };
  }
}

describe('a guarded change', () => {
  test('stays when it is proven, and tells what is left', async () => {
    const host = new Host();
    host.left = [drift('overruled')];
    const steps: string[] = [];
    const changed = await guardedChange(host.work(), UNATTENDED, (name) => steps.push(name));
    expect(changed).toEqual({ verdict: 'confirmed', drifts: [drift('overruled')] });
    expect([host.rules, steps]).toEqual(['after', ['captured', 'applied', 'verified']]);
  });

  test.each(['missing', 'extra', 'not_in_force', 'left_over'] as const)('%s is undone', async (kind) => {
    const host = new Host();
    host.left = [drift('shadowed'), drift(kind)];
    await expect(guardedChange(host.work(), UNATTENDED)).rejects.toThrow(
      `after the change, this is ${kind}; the state before was put back`,
    );
    expect(host.rules).toBe('before');
  });

  test.each(['stale', 'stored_only', 'shadowed', 'overruled', 'inconsistent'] as const)('%s stays', async (kind) => {
    const host = new Host();
    host.left = [drift(kind)];
    await guardedChange(host.work(), UNATTENDED);
    expect(host.rules).toBe('after');
  });

  test.each([
    ['applying fails half-way', { apply: 'no such table' }, 'no such table; the state before was put back'],
    [
      'the rules cannot be read back',
      { prove: 'nft does not answer' },
      'the rules cannot be read back: nft does not answer; the state before was put back',
    ],
  ])('is undone when %s', async (_, { apply, prove }: { apply?: string; prove?: string }, words) => {
    const host = new Host();
    const fails = (text: string) => (): Promise<never> => {
      host.rules = 'half';
      return Promise.reject(new LiveError(text));
    };
    const how = {
      ...(apply === undefined ? {} : { apply: fails(apply) }),
      ...(prove === undefined ? {} : { prove: fails(prove) }),
    };
    await expect(guardedChange(host.work(how), UNATTENDED)).rejects.toThrow(words);
    expect(host.rules).toBe('before');
  });

  test('is left alone when the other side settled it first', async () => {
    const host = new Host();
    host.left = [drift('missing')];
    const guard: Guard<string> = { ...UNATTENDED, settle: () => Promise.resolve('confirmed') };
    await expect(guardedChange(host.work(), guard)).rejects.toThrow('it was confirmed meanwhile, and stays');
    expect(host.rules).toBe('after');
  });
});

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'netdata-egress-change-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** ufw as far as its manager asks it: rules in a list, active or not. */
class Ufw implements CommandRunner {
  readonly rules: string[] = [];
  readonly active: boolean;
  constructor(active: boolean) {
    this.active = active;
  }
  which(program: string): Promise<string | null> {
    return Promise.resolve(program === 'ufw' ? '/usr/sbin/ufw' : null);
  }
  run(argv: readonly string[]): Promise<CommandResult> {
    const [program, verb, ...rest] = argv;
    const said = (stdout: string): Promise<CommandResult> => Promise.resolve({ code: 0, stdout, stderr: '' });
    if (program !== 'ufw') return Promise.resolve({ code: null, stdout: '', stderr: `${String(program)}: not found` });
    if (verb === 'status') return said(`Status: ${this.active ? 'active' : 'inactive'}\n`);
    if (verb === 'show') return said(`Added user rules:\n${this.rules.map((rule) => `ufw ${rule}\n`).join('')}`);
    if (verb === 'prepend') {
      const at = rest.indexOf('comment');
      this.rules.unshift(`${rest.slice(0, at).join(' ')} comment '${rest.slice(at + 1).join(' ')}'`);
    }
    if (verb === '--force') {
      const text = rest.slice(1).join(' ');
      const found = this.rules.findIndex((rule) => rule.startsWith(`${text} comment`));
      if (found >= 0) this.rules.splice(found, 1);
    }
    return said('');
  }
}

/** What is only stored is not asked for a connection. */
const NOT_REACHED = [{ kind: 'unproven', entry: null, names: [], text: 'app.netdata.cloud was not reached' }] as const;

describe.each([
  ['active', true, ['unproven']],
  ['inactive', false, ['stored_only']],
] as const)('ufw that is %s', (_, active, kinds) => {
  const wanted = checkAllowList(list([host('app.netdata.cloud', ['198.51.100.2', '2001:db8::2'])]), LAB_RANGES);
  const target = findTarget('ufw');
  const manager = findManager('ufw');
  const request = { toolVersion: '0.1.0' };
  const files = renderRules(target, wanted, request);

  test('takes the rules, keeps them, and says what that is worth; and gives them up again', async () => {
    const ufw = new Ufw(active);
    const context: ApplyContext = { runner: ufw, options: completeOptions(target, request), backend: null };
    const guard = (): ReturnType<typeof backupGuard> =>
      backupGuard({ stateDir: dir, target: 'ufw', context, confirmation: null });
    const changed = await guardedChange(
      loading({ manager, context, files, list: wanted, now: () => NOW, reach: () => Promise.resolve(NOT_REACHED) }),
      guard(),
    );
    expect([changed.verdict, changed.drifts.map((row) => row.kind)]).toEqual(['confirmed', kinds]);
    expect(ufw.rules).toHaveLength(2);
    const last = guard();
    await guardedChange(removing(manager, context, files), last);
    expect(ufw.rules).toEqual([]);
    const backup = JSON.parse(await readFile(join(dir, 'backup', `${last.id}.json`), 'utf8')) as {
      captured: { rules: unknown[] };
    };
    expect(backup.captured.rules).toHaveLength(2);
  });
});

describe('rules of a manager that does not run', () => {
  const wanted = checkAllowList(list([host('app.netdata.cloud', ['198.51.100.2'])]), LAB_RANGES);
  const options = completeOptions(findTarget('firewalld'), { toolVersion: '0.1.0' });
  const stored: LiveState = {
    present: true,
    target: 'firewalld',
    running: false,
    revision: null,
    entries: [{ family: 4, cidr: '198.51.100.2/32', ports: '443' }],
    hooks: [],
    problems: [],
  };

  test('are stored, which is no reason to take them back', () => {
    expect(compareLive(wanted, options, stored, NOW).map((row) => row.kind)).toEqual(['stored_only']);
  });

  test('are still held against what is wanted', () => {
    const kinds = (state: Partial<LiveState>): string[] =>
      compareLive(wanted, options, { ...stored, ...state }, NOW).map((row) => row.kind);
    expect(kinds({ entries: [] })).toEqual(['missing', 'stored_only']);
    expect(kinds({ entries: [], present: false })).toEqual(['missing']);
  });
});

test('the history tells what came and what went, whoever writes it', async () => {
  const of = (addresses: readonly string[]) =>
    checkAllowList(list([host('app.netdata.cloud', [...addresses])]), LAB_RANGES);
  const where = { stateDir: dir, now: NOW };
  const write = (addresses: readonly string[], action: 'apply' | 'refresh'): Promise<unknown> =>
    record(where, { list: of(addresses), action, target: 'nftables', revision: 'r', why: 'test' });
  await write(['198.51.100.2', '198.51.100.3'], 'apply');
  await write(['198.51.100.3', '198.51.100.4'], 'refresh');
  await write(['198.51.100.3', '198.51.100.4'], 'apply');
  await record(where, {
    list: { ...of(['198.51.100.3']), hosts: [] },
    action: 'uninstall',
    target: 'nftables',
    revision: '-',
    why: 'test',
  });
  const { entries, brokenAt } = await loadHistory(dir);
  expect(brokenAt).toBeNull();
  expect(entries.map((row) => [row.action, row.added.length, row.removed.length, row.total])).toEqual([
    ['apply', 2, 0, 2],
    ['refresh', 1, 1, 2],
    ['apply', 0, 0, 2],
    ['uninstall', 0, 2, 0],
  ]);
});
