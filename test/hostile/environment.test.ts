/** Faults of the environment are reports, not crashes. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Host, tool } from './attacker.js';

let host: Host;
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

describe('a full disk', () => {
  it.each([['--version'], ['explain'], ['config'], ['rules domains --from-known'], ['config --json']])(
    '%s: one sentence and exit 2, also when a little room is left',
    (command) => {
      const mounted = host.dir('full');
      const script = `mount -t tmpfs -o size=64k none ${mounted}; dd if=/dev/zero of=${mounted}/fill bs=1k count=64 2>/dev/null; "$@" > ${mounted}/out`;
      const { code, err } = tool(command.split(' '), ['sh', '-c', script, 'sh']);
      expect({ code, err }).toEqual({
        code: 2,
        err: 'netdata-egress: cannot write to standard output: no space left\n',
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
      ['rules', 'json', '--from-known', '--output', `${mounted}/out`],
      ['sh', '-c', script, 'sh'],
    );
    expect({ code, err: err.trim() }).toEqual({
      code: 2,
      err: `netdata-egress: cannot write ${mounted}/out: no space left`,
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
  expect(spawnSync('true').status).toBe(0);
});
