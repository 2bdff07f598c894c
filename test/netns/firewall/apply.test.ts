/** Guarded changes on every manager: the way back when the operator is gone, and the operator's own session. */
import { once } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
// @ts-expect-error: a build script, without types
import { script } from '../../../scripts/package/bundle.mjs';
import { AT_ONCE, PROGRAM, rules, SOURCE, stateOf, until } from './cli.js';
import { HOST4, Lab, UNLISTED } from './lab.js';
import { HOSTS, insist, type Manager } from './managers.js';

let lab: Lab | null = null;
afterEach(async () => {
  await lab?.close();
  lab = null;
});

async function open(manager: Manager, skip: (why: string) => void): Promise<Lab> {
  await insist(manager, skip);
  lab = await Lab.open();
  await manager.prepare(lab);
  return lab;
}

function startApply(at: Lab, target: string, timeout: string): ChildProcess {
  return at.start([...PROGRAM, 'rules', 'apply', target, ...SOURCE, '--confirm-timeout', timeout, ...stateOf(at)]);
}

describe.each(HOSTS)('$title', (manager) => {
  test('a change is taken back when the process that made it is killed', async ({ skip }) => {
    const at = await open(manager, skip);
    await manager.deny(at);
    const before = await manager.snapshot(at);
    const child = startApply(at, manager.target, '5s');
    // At the first sign of a change: also one that takes several steps is taken back from the middle of them.
    const now = (): Promise<string> => manager.snapshot(at).catch(() => 'files are being replaced');
    await until('applying', async () => (await now()) !== before, 60);
    const gone = once(child, 'close');
    child.kill('SIGKILL');
    await gone;
    await until('rolling back', async () => (await now()) === before, 60);
    // What was there before is back a moment before that is written down: until then a change is still open.
    await until('writing it down', () => Promise.resolve(!existsSync(join(at.dir, 'state', 'unconfirmed'))));
    expect((await rules(at, ['log'])).stdout).toContain('no revision');
    expect((await rules(at, ['confirm'])).code).toBe(2);
  });
});

describe('in the form of one script', () => {
  let dir = '';
  let text = '';
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'nde-script-'));
    text = await (script as (how: object) => Promise<string>)({ node: '20.18.1', quality: 1 });
    await writeFile(join(dir, 'netdata-egress.cjs'), text);
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  test.each([
    ['from a file', () => [join(dir, 'netdata-egress.cjs')], null],
    ['from standard input', () => ['-'], () => text],
  ] as const)('a change is taken back when its process is killed: %s', async (_, form, input) => {
    const [manager] = HOSTS;
    if (manager === undefined) throw new Error('no manager');
    const at = await open(manager, () => undefined);
    await manager.deny(at);
    const before = await manager.snapshot(at);
    const apply = ['rules', 'apply', manager.target, ...SOURCE, '--confirm-timeout', '5s', ...stateOf(at)];
    const child = at.start([process.execPath, ...form(), ...apply]);
    if (input !== null) child.stdin?.end(input());
    await until('applying', async () => (await manager.snapshot(at)) !== before, 60);
    const gone = once(child, 'close');
    child.kill('SIGKILL');
    await gone;
    await until('rolling back', async () => (await manager.snapshot(at)) === before, 60);
  });
});

/** A shell's worth of TCP: the cloud connects to the host's port 22, every line comes back, and the host speaks unasked. */
class Session {
  readonly #client: ChildProcess;
  readonly env: Readonly<Record<string, string>>;
  #seen = '';
  private constructor(client: ChildProcess, port: number) {
    this.#client = client;
    this.env = { SSH_CONNECTION: `${UNLISTED[0]} ${String(port)} ${HOST4} 22` };
    client.stdout?.on('data', (chunk: Buffer) => (this.#seen += chunk.toString()));
  }

  static async open(at: Lab): Promise<Session> {
    const server = `require('node:net').createServer((s) => { s.on('error', () => 0).pipe(s); setInterval(() => s.write('.'), 100); }).listen(22, '0.0.0.0', () => console.log('up'))`;
    const listener = at.start(['node', '-e', server], true);
    if (listener.stdout !== null) await once(listener.stdout, 'data');
    const connect = `
      const s = require('node:net').connect({ port: 22, host: '${HOST4}', localAddress: '${UNLISTED[0]}' }, () => console.log('port ' + s.localPort));
      s.on('error', (e) => console.log(e.code)); s.pipe(process.stdout); process.stdin.pipe(s);`;
    const client = at.startCloud(['node', '-e', connect], true);
    let port = 0;
    client.stdout?.once('data', (chunk: Buffer) => (port = Number(/port (\d+)/.exec(chunk.toString())?.[1])));
    await until('the session', () => Promise.resolve(port > 0), 10);
    return new Session(client, port);
  }

  /** True when a line makes it there and back. */
  async answers(line: string): Promise<boolean> {
    this.#client.stdin?.write(`${line}\n`);
    return until('the echo', async () => this.#seen.includes(line), 3).then(
      () => true,
      () => false,
    );
  }
}

const enforcing = HOSTS.filter((manager) => manager.title !== 'iptables (legacy)' && manager.target !== 'ipset');

describe.each(enforcing)('enforce on $title', (manager) => {
  const enforce = ['apply', manager.target, ...SOURCE, ...AT_ONCE, '--mode', 'enforce'];

  test("is refused when it could cut the operator's own session, and lets it live when told to", async ({ skip }) => {
    const at = await open(manager, skip);
    if (manager.target === 'ufw') await at.must(['ufw', 'allow', 'in', '22/tcp']);
    const session = await Session.open(at);
    const before = await manager.snapshot(at);
    // Nothing in this network has asked for connection tracking yet, or what tracks it is asked in vain.
    const untracked = { SSH_CONNECTION: `${UNLISTED[0]} 1 ${HOST4} 22` };
    const refused = await rules(at, enforce, untracked);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('your SSH session from 198.51.100.9')]);
    expect(refused.stderr).toContain('--keep-session');
    expect(await manager.snapshot(at)).toBe(before);
    expect((await rules(at, [...enforce, '--keep-session'], session.env)).code).toBe(0);
    expect(await session.answers('still here')).toBe(true);
    expect((await rules(at, ['status'])).stdout).toContain('in force and up to date');
  });
});

describe('a session that the kernel tracks', () => {
  test('survives enforcing, so nothing is refused', async ({ skip }) => {
    const manager = HOSTS[0];
    if (manager === undefined) throw new Error('no manager');
    const at = await open(manager, skip);
    await at.must(['nft', '-f', '-'], {
      stdin: 'table inet t {\nchain i {\ntype filter hook input priority 0;\nct state established accept\n}\n}\n',
    });
    const session = await Session.open(at);
    const enforce = ['apply', 'nftables', ...SOURCE, ...AT_ONCE, '--mode', 'enforce'];
    expect((await rules(at, enforce, session.env)).code).toBe(0);
    expect(await session.answers('tracked')).toBe(true);
  });

  test('is told from one that it does not track, which is refused', async ({ skip }) => {
    const manager = HOSTS[0];
    if (manager === undefined) throw new Error('no manager');
    const at = await open(manager, skip);
    const session = await Session.open(at);
    const enforce = ['apply', 'nftables', ...SOURCE, ...AT_ONCE, '--mode', 'enforce'];
    expect((await rules(at, enforce, session.env)).code).toBe(2);
    expect(await session.answers('before')).toBe(true);
  });
});
