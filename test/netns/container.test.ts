/** The doctor on a host, the Agent in a container: its network, files, environment and name service are what counts. */
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Report } from '../../src/model/report.js';
import { PROGRAM, PROGRAM_ARGS } from '../helpers/program.js';
import { ONLY_PROXY_OUT } from './cases/proxy-routes.js';
import * as at from './harness/addresses.js';
import { fails, ROOM, TOKEN, works, type LabCase } from './harness/case.js';
import { startContainer, type Container, type ContainerPlan } from './harness/container.js';
import type { Ran } from './harness/exec.js';
import { judge } from './harness/judge.js';
import { Lab } from './harness/lab.js';
import { PORT } from './harness/services.js';

const squid = `http://${at.PROXY_NAME}:${PORT.squid}`;
const claimConf = (more = ''): string => `[global]\n token = ${TOKEN}\n rooms = ${ROOM}\n${more}`;

/** Name service as the container has it; the host's leads nowhere (see WORLD). */
const NAMES: ContainerPlan['files'] = {
  '/etc/resolv.conf': `nameserver ${at.RESOLVER4}\n`,
  '/etc/hosts': '127.0.0.1 localhost\n',
  '/etc/nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
};

interface ContainerCase {
  readonly id: string;
  readonly title: string;
  readonly plan: ContainerPlan;
  readonly world?: Partial<LabCase>;
  readonly by?: 'container' | 'pid';
  readonly expect: LabCase['expect'];
}

const CASES: readonly ContainerCase[] = [
  {
    id: 'container-healthy',
    title: 'Nothing is wrong in the container; the host’s own resolver and hosts file lead nowhere',
    plan: { files: { ...NAMES, '/etc/netdata/claim.conf': claimConf() } },
    expect: works(),
  },
  {
    id: 'container-pid',
    title: 'The same by the number of its process',
    plan: { files: { ...NAMES, '/etc/netdata/claim.conf': claimConf() } },
    by: 'pid',
    expect: works(),
  },
  {
    id: 'container-hosts',
    title: 'The container’s hosts file sends mqtt to 0.0.0.0',
    plan: { files: { ...NAMES, '/etc/hosts': `0.0.0.0 ${at.MQTT}\n`, '/etc/netdata/claim.conf': claimConf() } },
    expect: fails('dns.hosts_override', ['link'], { orCause: ['dns.sinkhole'] }),
  },
  {
    id: 'container-resolver',
    title: 'The container’s resolv.conf names a resolver that does not answer',
    plan: {
      files: { ...NAMES, '/etc/resolv.conf': 'nameserver 10.77.0.99\n', '/etc/netdata/claim.conf': claimConf() },
    },
    expect: fails('dns.resolver_unreachable'),
  },
  {
    id: 'container-proxy-env',
    title: 'Only a proxy gets out; the container’s environment names it',
    plan: { files: NAMES, env: { https_proxy: squid } },
    world: { gateway: ONLY_PROXY_OUT, needs: ['squid'] },
    expect: works(),
  },
  {
    id: 'container-claim-conf',
    title: 'Only a proxy gets out; the container’s claim.conf names it',
    plan: { files: { ...NAMES, '/etc/netdata/claim.conf': claimConf(` proxy = ${squid}\n`) } },
    world: { gateway: ONLY_PROXY_OUT, needs: ['squid'] },
    expect: works(),
  },
];

/** Whoever looks a name up with the host's files gets nowhere. */
const WORLD: Pick<LabCase, 'resolvConf' | 'hosts'> = {
  resolvConf: 'nameserver 10.77.0.98\n',
  hosts: at.NAMES.map((name) => `0.0.0.0 ${name}`),
};

describe('an Agent in a container', () => {
  let lab: Lab;
  let container: Container | null = null;
  beforeAll(async () => {
    lab = await Lab.create({ pki: inject('pki'), scratch: inject('scratch'), services: inject('services') });
  });
  afterEach(async () => {
    await container?.stop();
    container = null;
  });
  afterAll(async () => {
    await lab?.close();
  });

  /** Started without any network: it has to find its way. */
  const doctor = (...args: readonly string[]): Promise<Ran> =>
    lab.onHost('unshare', ['--net', '--', PROGRAM, ...PROGRAM_ARGS, 'doctor', '--json', ...args], {
      timeoutMs: 45_000,
      env: { PATH: process.env['PATH'] ?? '', HOME: '/root', LANG: 'C.UTF-8' },
    });

  test.each(CASES.map((one) => [one.id, one] as const))(
    '%s',
    async (_, { id, title, plan, world, by = 'container', expect: truth }) => {
      const labCase: LabCase = { id, title, ...WORLD, ...world, expect: truth };
      await lab.prepare(labCase);
      container = await startContainer(lab, plan);
      const chosen = by === 'pid' ? ['--pid', String(container.pid)] : ['--container', container.id.slice(0, 12)];
      const ran = await doctor(...chosen, '--agent-version', '2.10.3');
      const report = parse(ran.stdout);
      const said = ran.stderr.slice(0, 800);
      expect(judge(labCase, { report, problem: said, ran }).deviations, `${title}\n${said}`).toEqual([]);
      expect(report?.notChecked.filter((text) => /container|namespace/.test(text))).toEqual([]);
      expect(report?.agent).toMatchObject({ environmentSource: 'daemon', process: { pid: container.pid } });
      expect(report?.agent.installation).toMatchObject({ found: true, kind: 'container', configDir: '/etc/netdata' });
    },
    90_000,
  );

  test('an id that nobody has', async () => {
    await lab.prepare({ id: 'container-none', title: '', expect: works() });
    const ran = await doctor('--container', 'ab12ab12ab12');
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toMatch(/^.*--container: no process of a container ab12ab12ab12 runs here\n$/);
  });
});

function parse(text: string): Report | null {
  try {
    return JSON.parse(text) as Report;
  } catch {
    return null;
  }
}
