/** Faults of the environment are reports, not crashes. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Host, tool } from './attacker.js';
import { World } from './world.js';

let host: Host;
let world: World;
const lasting = new Host();
beforeAll(async () => {
  world = await World.start(lasting);
});
afterAll(() => {
  world.stop();
  lasting.remove();
});
beforeEach(() => {
  host = new Host();
});
afterEach(() => host.remove());

const doctor = ['doctor', '--timeout', '3s', '--json', '--quiet'];

describe('root that may not change its user', () => {
  it.each([
    ['all capabilities dropped', ['setpriv', '--bounding-set=-all', '--inh-caps=-all', '--']],
    [
      'a user namespace',
      ['setpriv', '--reuid=60001', '--regid=60001', '--clear-groups', 'unshare', '--user', '--map-root-user', '--'],
    ],
  ])('%s: probes as it is, and says so', (_what, before) => {
    const { out, err } = tool(doctor, before);
    expect(err).not.toContain('bug of ours');
    const report = JSON.parse(out) as { notChecked: string[] };
    expect(report.notChecked.join('\n')).toContain('may not change its user here');
  });
});

/** What went wrong is said last, after any word about the result. */
const lastLineOf = (err: string): string => err.trim().split('\n').at(-1) ?? '';

describe('a full disk', () => {
  it.each([['--version'], ['explain'], ['config'], ['rules domains --from-known'], ['config --json']])(
    '%s: one sentence and exit 2, also when a little room is left',
    (command) => {
      const mounted = host.dir('full');
      const script = `mount -t tmpfs -o size=64k none ${mounted}; dd if=/dev/zero of=${mounted}/fill bs=1k count=64 2>/dev/null; "$@" > ${mounted}/out`;
      const { code, err } = tool(command.split(' '), ['sh', '-c', script, 'sh']);
      expect({ code, last: lastLineOf(err) }).toEqual({
        code: 2,
        last: 'netdata-egress: cannot write to standard output: no space left',
      });
    },
  );

  it('a result that only half fits is no result', () => {
    const mounted = host.dir('full');
    const script = `mount -t tmpfs -o size=4k none ${mounted}; "$@" > ${mounted}/out`;
    expect(tool(['explain'], ['sh', '-c', script, 'sh'])).toMatchObject({ code: 2 });
  });

  it('--output leaves nothing half', () => {
    const mounted = host.dir('full');
    const script = `mount -t tmpfs -o size=4k none ${mounted}; "$@"; code=$?; ls -A ${mounted} >&2; exit $code`;
    const { code, err } = tool(
      ['doctor', '--timeout', '1s', '--json', '--quiet', '--output', `${mounted}/out`],
      ['sh', '-c', script, 'sh'],
    );
    expect({ code, last: lastLineOf(err) }).toEqual({
      code: 2,
      last: `netdata-egress: cannot write ${mounted}/out: no space left`,
    });
    expect(readdirSync(host.root)).toEqual(['full']);
  });
});

it('few open files: a sentence, not a stack', () => {
  for (const limit of [32, 64]) {
    const { err, code } = tool(['config'], ['sh', '-c', `ulimit -n ${String(limit)}; "$@"`, 'sh']);
    expect(err).not.toContain('bug of ours');
    expect([0, 1, 2]).toContain(code);
  }
});

/** Only who has one account throughout may be given another limit by root without CAP_SYS_RESOURCE. */
const doctorAsRoot = ['doctor', '--as-user', 'root', '--json', '--quiet'];

describe('no more open files', () => {
  it.each([64, 80, 100, 128, 160, 200, 256])('ulimit -n %i: the truth, not decided, or a sentence', async (limit) => {
    const { code, out, err } = await world.run(
      ['doctor', '--json', '--quiet'],
      ['sh', '-c', `ulimit -n ${String(limit)}; exec "$@"`, 'sh'],
    );
    expect(err).not.toContain('bug of ours');
    if (code === 2)
      expect(err.trim()).toBe('netdata-egress: too many open files: raise the limit, for example with ulimit -n 1024');
    else expect(neverFails(out)).toEqual([]);
  });

  it.each([0, 1, 2, 4, 6, 8])('%i more than there are, while the probes run', async (more) => {
    const slow = await World.start(lasting, 'tls_slow=1');
    try {
      const { code, out, err } = await slow.run(doctorAsRoot, [], async (child) => {
        // The first question is on its way: the probes have begun.
        let pid = '';
        await until(() => (pid = familyOf(String(child.pid)).find(hasAsked) ?? '') !== '');
        expect(pid).not.toBe('');
        const limit = String(leaving(more, readdirSync(`/proc/${pid}/fd`).map(Number)));
        execFileSync('prlimit', ['--pid', pid, `--nofile=${limit}:${limit}`]);
      });
      expect(err).not.toContain('bug of ours');
      if (code !== 2) expect(neverFails(out)).toEqual([]);
    } finally {
      slow.stop();
    }
  });
});

const until = async (holds: () => boolean): Promise<void> => {
  for (const began = performance.now(); performance.now() - began < 60_000 && !holds();) await sleep(5);
};

/** A process and its children: on an old Node the work is done by a child. */
function familyOf(pid: string): readonly string[] {
  return [pid, ...textOf(`/proc/${pid}/task/${pid}/children`).trim().split(' ')].filter((one) => one !== '');
}

/** Whether it holds a socket of its own network: its own output is a socket too, and a parent may hand on others. */
function hasAsked(pid: string): boolean {
  const known = ['udp', 'tcp'].map((kind) => textOf(`/proc/${pid}/net/${kind}`)).join('');
  return namesIn(`/proc/${pid}/fd`).some((fd) => {
    const inode = /^socket:\[(\d+)\]$/.exec(linkAt(`/proc/${pid}/fd/${fd}`))?.[1];
    return inode !== undefined && known.includes(` ${inode} `);
  });
}

// What may have ended meanwhile holds nothing.
const orElse = <T>(read: () => T, otherwise: T): T => {
  try {
    return read();
  } catch {
    return otherwise;
  }
};
const textOf = (path: string): string => orElse(() => readFileSync(path, 'utf8'), '');
const namesIn = (path: string): readonly string[] => orElse(() => readdirSync(path), []);
const linkAt = (path: string): string => orElse(() => readlinkSync(path), '');

/** A limit that leaves so many numbers free: what was handed on may have high ones. */
function leaving(more: number, open: readonly number[]): number {
  const taken = new Set(open);
  let limit = 0;
  for (let free = 0; free < more || taken.has(limit); limit += 1) if (!taken.has(limit)) free += 1;
  return limit;
}

/** What a run on a network that works calls a failure. */
function neverFails(out: string): readonly string[] {
  const { verdict } = JSON.parse(out) as { verdict: Record<'claim' | 'link', { outcome: string }> };
  return [verdict.claim.outcome, verdict.link.outcome].filter((outcome) => outcome === 'will_fail');
}

it('a damaged memory of refreshing is an error, and stays as it is', () => {
  for (const damaged of ['{"schema":"netdata-egress/refresh-state","version":1,"seen":[null]}', '{"seen":', '[]', '']) {
    host.file('state/refresh.json', damaged, 0, 0o600);
    const { code, err } = tool([
      'rules',
      'refresh',
      'json',
      '--once',
      '--state-dir',
      host.at('state'),
      '--output-dir',
      host.at('out'),
    ]);
    expect({ damaged, code, err }).toMatchObject({ code: 2, err: expect.stringContaining('refresh') as string });
    expect(err).not.toContain('bug of ours');
    expect(readFileSync(host.at('state/refresh.json'), 'utf8')).toBe(damaged);
  }
});
