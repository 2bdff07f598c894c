/** Plays one scenario: starts its cloud and proxy, runs the doctor against them in this process, ends them again. */
import type { KnownAddress } from '../../catalog/known-addresses.js';
import { startCloud } from '../../sim/cloud.js';
import { startProxy } from '../../sim/proxy/start-proxy.js';
import type { SimProxy } from '../../sim/proxy/types.js';
import type { Scenario } from '../../sim/scenarios/scenario.js';
import { HOST_ROLES, type SimCloud } from '../../sim/types.js';
import { hostEnvironment } from '../doctor/command.js';
import type { DoctorOptions } from '../doctor/options.js';
import { runDoctor, type DoctorDeps, type DoctorResult } from '../doctor/run-doctor.js';
import type { Lookup } from '../../net/resolve.js';
import { packageVersion } from '../version.js';
import { labHost } from './lab-host.js';

export interface ScenarioRun {
  readonly options: DoctorOptions;
  readonly interrupt: AbortSignal;
  readonly onObservation?: DoctorDeps['onObservation'];
}

export async function runScenario(scenario: Scenario, run: ScenarioRun): Promise<DoctorResult> {
  const cloud = await startCloud({ ...scenario.cloud, faults: scenario.faults });
  let proxy: SimProxy | null = null;
  try {
    proxy = await startScenarioProxy(scenario, cloud);
    return await runDoctor(run.options, labDeps(scenario, cloud, proxy, run));
  } finally {
    await Promise.all([cloud.close(), proxy?.close()]);
  }
}

async function startScenarioProxy(scenario: Scenario, cloud: SimCloud): Promise<SimProxy | null> {
  if (scenario.proxy === null) return null;
  return await startProxy({
    protocol: scenario.proxy.scheme === 'http' ? 'http' : 'socks5',
    behaviour: scenario.proxy.behaviour,
    ...(scenario.proxy.denyHosts ? { denyHosts: scenario.proxy.denyHosts } : {}),
    // The proxy has a resolver of its own: the honest one.
    resolve: (host) => Promise.resolve(honestAddress(cloud, host)),
  });
}

function honestAddress(cloud: SimCloud, host: string): string | null {
  const found = HOST_ROLES.map((role) => cloud.hosts[role]).find(({ name }) => name === host.toLowerCase());
  return found?.addresses[0] ?? null;
}

function labDeps(scenario: Scenario, cloud: SimCloud, proxy: SimProxy | null, run: ScenarioRun): DoctorDeps {
  const rootsOf = (leg: 'claim' | 'link'): string =>
    cloud.caPem + (scenario.trustInterceptor?.includes(leg) === true ? cloud.interceptorCaPem : '');
  const { auth, link } = { auth: cloud.hosts.api, link: cloud.hosts.mqtt };
  return {
    reader: labHost({
      baseUrl: cloud.baseUrl,
      proxy: proxyValue(scenario, proxy),
      claimRoots: rootsOf('claim'),
      linkRoots: rootsOf('link'),
    }),
    network: {
      resolvers: cloud.resolver ? [{ ...cloud.resolver, source: 'lab' }] : [],
      hosts: [],
      defaultRoute4: true,
      defaultRoute6: null,
      gateway4: null,
      gateway6: null,
      resolvConfError: null,
    },
    environment: hostEnvironment(null, null, null),
    toolVersion: packageVersion(),
    knownAddresses: labAddresses(cloud),
    // On this planet the lab's root is the public one.
    mozillaRoots: [cloud.caPem],
    interrupt: run.interrupt,
    // The real machine's firewall and Agent are no part of a scenario.
    readLocalFirewall: () => Promise.resolve([]),
    readAgentStatus: () => Promise.resolve([]),
    asAgentUser: (work) => work(),
    notChecked: [],
    ...(run.onObservation ? { onObservation: run.onObservation } : {}),
    lookup: labLookup(cloud),
    documented: {
      auth: { host: auth.name, port: auth.port, path: '/api/v1/auth' },
      link: { host: link.name, port: link.port, path: '/mqtt' },
    },
  };
}

/** The value an admin would write into the configuration. */
function proxyValue(scenario: Scenario, proxy: SimProxy | null): string | null {
  if (scenario.proxy === null || proxy === null) return null;
  const { scheme, credentials } = scenario.proxy;
  const userInfo = credentials
    ? `${encodeURIComponent(credentials.user)}:${encodeURIComponent(credentials.password)}@`
    : '';
  return `${scheme}://${userInfo}${proxy.address}:${proxy.port}`;
}

function labAddresses(cloud: SimCloud): readonly KnownAddress[] {
  return HOST_ROLES.flatMap((role) =>
    cloud.hosts[role].addresses.map((address) => {
      return { address, hosts: [cloud.hosts[role].name], since: '2026-01-01', until: null, source: 'lab' };
    }),
  );
}

function labLookup(cloud: SimCloud): Lookup {
  return (hostname, _options, callback) => {
    const { addresses, error } = cloud.lookup(hostname);
    if (error === null) callback(null, addresses);
    else
      callback(
        Object.assign(new Error(`getaddrinfo ${error} ${hostname}`), { code: error, syscall: 'getaddrinfo' }),
        [],
      );
  };
}
