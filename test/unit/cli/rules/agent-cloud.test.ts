/** The rules are for the cloud that the Agent of this host reads, and say so when its hosts are not all known. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UsageError } from '../../../../src/model/errors.js';
import { optionalHosts } from '../../../../src/catalog/hosts.js';
import { cloudHosts, type CloudHosts, type CloudRequest } from '../../../../src/cli/rules/agent-cloud.js';
import { askWith, optionsFor, type EnvQuestion, type NamedByEnv } from '../../../../src/cli/rules/ask-agent.js';
import { createHostReader } from '../../../../src/cli/host-reader.js';
import { labHost } from '../../../../src/cli/lab/lab-host.js';
import { hostEnvironment } from '../../../../src/cli/doctor/host-deps.js';
import type { DoctorDeps } from '../../../../src/cli/doctor/run-doctor.js';
import type { HostReader } from '../../../../src/agent/reader.js';
import type { Observation } from '../../../../src/model/observation.js';
import { silentPort } from '../../../helpers/net/servers.js';
import { startCloud } from '../../../../src/sim/cloud.js';
import type { SimCloud } from '../../../../src/sim/types.js';
import { watchStalls } from '../../../helpers/cpu.js';

let root = '';
let cloud: SimCloud | null = null;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'netdata-egress-cloud-'));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
  await cloud?.close();
  cloud = null;
});

function depsFor(reader: HostReader, more: Partial<DoctorDeps> = {}): DoctorDeps {
  return {
    reader,
    network: {
      resolvers: [],
      hosts: [],
      defaultRoute4: true,
      defaultRoute6: false,
      gateway4: null,
      gateway6: null,
      resolvConfError: null,
    },
    environment: hostEnvironment(null, null, null),
    toolVersion: '0',
    knownAddresses: [],
    mozillaRoots: [],
    interrupt: new AbortController().signal,
    readLocalFirewall: () => Promise.resolve([]),
    askAgentStatus: () => Promise.resolve({ answers: Promise.resolve([]) }),
    asAgentUser: (work) => work(),
    notChecked: [],
    ...more,
  };
}

type Asking = Partial<CloudRequest> & {
  readonly question?: EnvQuestion;
  readonly deps?: Partial<DoctorDeps>;
  readonly budgetMs?: number;
};

function hostsFor(
  reader: HostReader,
  { question = { asks: false }, deps = {}, budgetMs = 8000, ...request }: Asking = {},
): Promise<CloudHosts> {
  const whole = { purposes: [], families: null, ...request };
  const { url, agent } = whole;
  const asked = { families: null, ...(url === undefined ? {} : { url }), ...(agent === undefined ? {} : { agent }) };
  return cloudHosts(whole, question, (_, how) => askWith(optionsFor(asked, budgetMs), depsFor(reader, deps), how));
}

const shown = (hosts: CloudHosts['hosts']): string[] => hosts.map((host) => `${host.fqdn}:${host.ports.join(',')}`);
const names = ({ hosts }: CloudHosts): string[] => shown(hosts);
const PUBLIC = ['app.netdata.cloud:443', 'api.netdata.cloud:443', 'mqtt.netdata.cloud:443'];

async function claimConf(text: string): Promise<HostReader> {
  const path = join(root, 'etc/netdata/claim.conf');
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  return createHostReader({ root });
}

describe('the cloud that rules are for', () => {
  test('nothing configured: the public one, complete', async () => {
    const found = await hostsFor(createHostReader({ root }));
    expect([names(found), found.incomplete]).toEqual([PUBLIC, null]);
  });

  test('claim.conf names another one: its host and port, and a list that says that it is incomplete', async () => {
    const reader = await claimConf('[global]\n    url = https://netdata.corp.example:8443\n');
    const found = await hostsFor(reader, { purposes: ['telemetry'] });
    expect(names(found)[0]).toBe('netdata.corp.example:8443');
    expect(names(found).filter((name) => PUBLIC.includes(name))).toEqual([]);
    expect(names(found)).toContain('agent-events.netdata.cloud:443');
    expect(found.incomplete).toContain('netdata.corp.example');
  });

  test('--url outweighs the file', async () => {
    const reader = await claimConf('[global]\n    url = https://netdata.corp.example:8443\n');
    expect(names(await hostsFor(reader, { url: 'https://app.netdata.cloud' }))).toEqual(PUBLIC);
    expect(names(await hostsFor(reader, { url: 'https://Other.example' }))).toEqual(['other.example:443']);
  });

  test('a base URL that names an address is refused: it has no name to make rules of', async () => {
    const asked = hostsFor(createHostReader({ root }), { url: 'https://192.0.2.9' });
    await expect(asked).rejects.toThrow(UsageError);
  });
});

describe('the proxy that the Agent takes', () => {
  const proxied = (proxy: string): HostReader =>
    labHost({ version: '2.10.3', baseUrl: 'https://app.netdata.cloud', proxy, claimRoots: '', linkRoots: '' });

  test('stands in the place of the hosts that are behind it', async () => {
    const found = await hostsFor(proxied('http://proxy.corp.example:3128'));
    expect([names(found), shown(found.direct)]).toEqual([PUBLIC, ['proxy.corp.example:3128']]);
    expect(found.notes.join()).toContain('the proxy the way to the cloud');
  });

  test('by its address', async () => {
    expect(shown((await hostsFor(proxied('socks5://192.0.2.7:1080'))).direct)).toEqual(['192.0.2.7:1080']);
  });

  test('on this host: it connects from here, and the hosts themselves are what has to be open', async () => {
    const found = await hostsFor(proxied('http://127.0.0.1:3128'));
    expect(shown(found.direct)).toEqual(PUBLIC);
    expect(found.notes.join()).toContain('is on this host');
  });

  test('does not count when the operator says so', async () => {
    const straight = await hostsFor(proxied('http://proxy.corp.example:3128'), { withoutProxy: true });
    expect(shown(straight.direct)).toEqual(PUBLIC);
  });
});

describe('the Parents that a child streams to', () => {
  const child = async (conf: string): Promise<HostReader> => {
    await mkdir(join(root, 'etc/netdata'), { recursive: true });
    await writeFile(join(root, 'etc/netdata/stream.conf'), `[stream]\n${conf}\n`);
    return createHostReader({ root });
  };
  const ON = 'enabled = yes\napi key = 11111111-2222-3333-4444-555555555555\n';
  const indirect: Partial<DoctorDeps> = {
    askAgentStatus: () =>
      Promise.resolve({
        answers: Promise.resolve([{ operation: 'read_agent_status', status: 'indirect' } as unknown as Observation]),
      }),
  };

  test('come beside the cloud, each with its port', async () => {
    const reader = await child(`${ON}destination = parent1.example tcp:192.0.2.7:20000:SSL,[2001:db8::9]:19998`);
    const found = await hostsFor(reader, { parent: true });
    expect(shown(found.direct)).toEqual([...PUBLIC, 'parent1.example:19999', '192.0.2.7:20000', '2001:db8::9:19998']);
    expect(found.incomplete).toBeNull();
  });

  test('are all that an Agent needs whose link a Parent holds, and it is told', async () => {
    const reader = await child(`${ON}destination = parent1.example`);
    const question = { asks: true };
    const found = await hostsFor(reader, { parent: true, question, deps: indirect, url: 'https://localhost:1' });
    expect([shown(found.direct), found.incomplete]).toEqual([['parent1.example:19999'], null]);
    expect(found.notes.join()).toContain('it needs nothing else');
    const cloud = await hostsFor(reader, { question, deps: indirect, url: 'https://app.netdata.cloud.invalid:1' });
    expect(cloud.notes.join()).toContain('--for parent');
  });

  test('that no TCP rule can be made of leave the list incomplete; one on this host needs none', async () => {
    const reader = await child(`${ON}destination = udp:a.example localhost:19999 b.example:http c.example`);
    const found = await hostsFor(reader, { parent: true });
    expect(shown(found.direct)).toEqual([...PUBLIC, 'c.example:19999']);
    expect(found.incomplete).toContain('udp:a.example b.example:http');
    expect(found.notes.join()).toContain('localhost:19999');
  });

  test.each([
    ['enabled = no\napi key = x\ndestination = a.example', 'enabled is not yes'],
    ['enabled = yes\napi key = x', 'no destination'],
    ['enabled = yes\ndestination = a.example', 'no api key'],
  ])('are refused where nothing is streamed: %s', async (conf, why) => {
    await expect(hostsFor(await child(conf), { parent: true })).rejects.toThrow(why);
  });
});

describe('the hosts that /env names', () => {
  const NAMES = { app: 'app.cloud.test', api: 'login.cloud.test', mqtt: 'broker.cloud.test' };
  const open = async (faults: readonly string[] = []): Promise<SimCloud> => {
    cloud = await startCloud({ names: NAMES, faults });
    return cloud;
  };
  const asking = (at: SimCloud, more: Asking = {}, roots = at.caPem): Promise<CloudHosts> => {
    const { baseUrl } = at;
    const reader = labHost({ version: '2.10.3', baseUrl, proxy: null, claimRoots: roots, linkRoots: roots });
    const lookup: NonNullable<DoctorDeps['lookup']> = (name, _, callback) => {
      const { addresses, error } = at.lookup(name);
      callback(error === null ? null : Object.assign(new Error(error), { code: error }), addresses);
    };
    return hostsFor(reader, { question: { asks: true }, ...more, deps: { lookup, mozillaRoots: [roots] } });
  };
  const all = ({ hosts }: SimCloud): string[] =>
    [hosts.app, hosts.api, hosts.mqtt].map(({ name, port }) => `${name}:${String(port)}`);

  test('are in the list, and it is complete', async () => {
    const at = await open();
    const found = await asking(at);
    expect([names(found), found.incomplete]).toEqual([all(at), null]);
    expect(found.named?.cloud).toBe('app.cloud.test');
    // One question, and nobody was called who was only named.
    const asked = at.events.flatMap((event) => (event.type === 'connection' ? [event.port] : []));
    expect(asked).toEqual([at.hosts.app.port]);
  });

  test('are not asked for when nobody is to be asked: INCOMPLETE', async () => {
    const at = await open();
    const found = await asking(at, { question: { asks: false } });
    expect([names(found).length, found.incomplete, at.events.length]).toEqual([
      1,
      expect.stringContaining('was not asked'),
      0,
    ]);
  });

  test('count only with a certificate that the Agent trusts: others may have written the answer', async () => {
    const at = await open();
    const found = await asking(at, {}, at.interceptorCaPem);
    expect(names(found)).toEqual(all(at).slice(0, 1));
    expect(found.incomplete).toContain('without a certificate that the Agent trusts');
  });

  test('are those of the last answer, where none comes now', async () => {
    const at = await open();
    const { named } = await asking(at);
    expect(named).not.toBeNull();
    await at.close();
    const found = await asking(at, { question: { asks: true, remembered: named } });
    expect([names(found), found.incomplete]).toEqual([all(at), null]);
    const other = { ...named, cloud: 'other.example' } as NonNullable<typeof named>;
    const foreign = await asking(at, { question: { asks: true, remembered: other } });
    expect(foreign.incomplete).toContain('could not be asked');
  });

  test('are given little time where the network is silent; what stands in their place is said', async () => {
    const port = await silentPort();
    const reader = createHostReader({ root });
    const lookup: NonNullable<DoctorDeps['lookup']> = (_name, _options, callback) => {
      callback(null, [{ address: '127.0.0.1', family: 4 }]);
    };
    const asked = (more: Asking = {}): Promise<CloudHosts> =>
      hostsFor(reader, { budgetMs: 250, question: { asks: true }, deps: { lookup }, ...more });
    const url = `https://app.netdata.cloud:${String(port)}`;
    const started = performance.now();
    const stalledMs = watchStalls();
    const found = await asked({ url });
    expect(performance.now() - started - stalledMs()).toBeLessThan(1500);
    expect([names(found).slice(1), found.incomplete]).toEqual([PUBLIC.slice(1), null]);
    expect(found.notes).toEqual([
      expect.stringMatching(
        /^asked app\.netdata\.cloud:\d+ for at most 0\.25 s which hosts its \/env names: it could not be asked \(connect: generic timeout error\)\. Used instead: the documented hosts of the public cloud /,
      ),
    ]);
    const at = (host: string) => ({ host, port: 443, path: '/' });
    const endpoints = { auth: at('login.example'), link: at('broker.example') };
    const named: NamedByEnv = { cloud: 'app.netdata.cloud', at: '2026-11-29T00:00:00.000Z', endpoints };
    const before = await asked({ url, question: { asks: true, remembered: named } });
    expect(before.notes.join()).toContain('Used instead: the hosts that it named at 2026-11-29T00:00:00.000Z');
    expect((await asked({ url, question: { asks: false } })).notes).toEqual([]);
  });

  test('are not said to have answered where their name was not even resolved', async () => {
    const lookup: NonNullable<DoctorDeps['lookup']> = (_name, _options, callback) => {
      callback(Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }), []);
    };
    const found = await hostsFor(createHostReader({ root }), {
      budgetMs: 2000,
      question: { asks: true },
      deps: { lookup },
    });
    expect(found.notes.join()).toMatch(/names: it could not be asked \(resolve: [a-z ]+\)/);
    expect(found.notes.join()).not.toContain('answered');
  });

  test('are not asked for again while the last answer is fresh', async () => {
    const at = await open();
    const { named } = await asking(at);
    const before = at.events.length;
    const found = await asking(at, { question: { asks: true, remembered: named, freshMs: 60_000 } });
    expect([names(found), at.events.length]).toEqual([all(at), before]);
  });
});

test('what serves several purposes is listed for each, and once for both', () => {
  const hosts = (purposes: Parameters<typeof optionalHosts>[0]): string[] =>
    optionalHosts(purposes).map((entry) => entry.host);
  for (const purpose of ['install', 'update'] as const)
    expect(hosts([purpose])).toEqual(
      expect.arrayContaining(['github.com', 'release-assets.githubusercontent.com', 'repository.netdata.cloud']),
    );
  const both = hosts(['install', 'update']);
  expect(new Set(both).size).toBe(both.length);
});
