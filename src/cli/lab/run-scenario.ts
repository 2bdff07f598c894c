/** Plays one scenario: builds its network, runs the doctor on it in this process, takes it down again. */
import { NEWEST_RELEASE } from '../../agent/versions.js';
import { noRules } from '../host/local-firewall.js';
import { KNOWN_ADDRESSES } from '../../catalog/known-addresses.js';
import type { Lookup } from '../../net/resolve.js';
import type { Scenario } from '../../sim/scenarios/scenario.js';
import { hostEnvironment } from '../doctor/host-deps.js';
import type { DoctorOptions } from '../doctor/options.js';
import { runDoctor, type DoctorDeps, type DoctorResult } from '../doctor/run-doctor.js';
import { packageVersion } from '../version.js';
import { labHost } from './lab-host.js';
import { buildStage, type Stage } from './stage.js';

export interface ScenarioRun {
  readonly options: DoctorOptions;
  readonly interrupt: AbortSignal;
  /** The Agent's own way and nothing else. */
  readonly light?: boolean;
  readonly onObservation?: DoctorDeps['onObservation'];
  readonly onWait?: DoctorDeps['onWait'];
  readonly keep?: DoctorDeps['keep'];
  /** What an Agent that runs there says of itself. */
  readonly askAgentStatus?: DoctorDeps['askAgentStatus'];
}

export async function runScenario(scenario: Scenario, run: ScenarioRun): Promise<DoctorResult> {
  const stage = await buildStage(scenario);
  try {
    return await runDoctor(run.options, labDeps(scenario, stage, run));
  } finally {
    await stage.close();
  }
}

function labDeps(scenario: Scenario, stage: Stage, run: ScenarioRun): DoctorDeps {
  const { cloud } = stage;
  const rootsOf = (leg: 'claim' | 'link'): string =>
    cloud.caPem + (scenario.trustInterceptor?.includes(leg) === true ? cloud.interceptorCaPem : '');
  return {
    reader: labHost({
      version: run.options.agentVersion ?? NEWEST_RELEASE.version,
      baseUrl: cloud.baseUrl,
      proxy: stage.proxyUrl,
      claimRoots: rootsOf('claim'),
      linkRoots: rootsOf('link'),
    }),
    network: {
      resolvers: stage.resolvers.map((resolver) => ({ ...resolver, source: 'lab' })),
      hosts: [],
      defaultRoute4: true,
      defaultRoute6: stage.publishesV6 && scenario.noRoute6 !== true,
      gateway4: null,
      gateway6: null,
      resolvConfError: null,
    },
    environment: hostEnvironment(null, null, null),
    toolVersion: packageVersion(),
    knownAddresses: KNOWN_ADDRESSES,
    // On this planet the lab's root is the public one.
    mozillaRoots: [cloud.caPem],
    interrupt: run.interrupt,
    // The real machine's firewall and Agent are no part of a scenario: its host has no rules.
    readLocalFirewall: async ({ ids, now, probed, done }) => {
      await done;
      return probed.some(({ failure }) => failure !== null) ? [noRules(ids, now())] : [];
    },
    askAgentStatus: run.askAgentStatus ?? (() => Promise.resolve({ answers: Promise.resolve([]) })),
    asAgentUser: (work) => work(),
    notChecked: [],
    ...(run.onObservation ? { onObservation: run.onObservation } : {}),
    ...(run.onWait ? { onWait: run.onWait } : {}),
    ...(run.keep ? { keep: run.keep } : {}),
    ...(run.light === true ? { light: true } : {}),
    lookup: labLookup(stage),
    translate: stage.translate,
    documented: {
      auth: { host: cloud.hosts.api.name, port: cloud.hosts.api.port, path: '/api/v1/auth' },
      link: { host: cloud.hosts.mqtt.name, port: cloud.hosts.mqtt.port, path: '/mqtt' },
    },
  };
}

function labLookup(stage: Stage): Lookup {
  return (hostname, _options, callback) => {
    const { addresses, error } = stage.lookup(hostname);
    if (error === null) return callback(null, addresses);
    const failure = new Error(`getaddrinfo ${error} ${hostname}`);
    callback(Object.assign(failure, { code: error, syscall: 'getaddrinfo' }), []);
  };
}
