/** What the doctor needs of the real host: read anew for each run, as settings, accounts and resolvers may change. */
import { hostname, release, userInfo } from 'node:os';
import { rootCertificates } from 'node:tls';
import type { Account } from '../../agent/account.js';
import { whoIsAgent } from '../../agent/discover.js';
import type { HostReader } from '../../agent/reader.js';
import type { KnownAddress } from '../../catalog/known-addresses.js';
import type { HostEnvironment } from '../../model/report.js';
import { readAgentLog } from '../host/agent-log.js';
import { askAgentStatus } from '../host/agent-status.js';
import { readHostNetwork } from '../host/host-network.js';
import { unitsAround } from '../../firewall/read/units.js';
import { readProc } from '../../host/capped-read.js';
import type { UnitQuestion } from '../host/besides-rules.js';
import { readLocalFirewall, type Owner } from '../host/local-firewall.js';
import { createHostReader } from '../host-reader.js';
import { packageVersion } from '../version.js';
import { agentUser } from './agent-user.js';
import type { Entry } from './netns.js';
import type { DoctorOptions } from './options.js';
import { placesOf } from './plan-run.js';
import type { DoctorDeps } from './run-doctor.js';

/** Throws UsageError. */
export async function hostDeps(
  entry: Extract<Entry, { kind: 'here' }>,
  options: DoctorOptions,
  knownAddresses: readonly KnownAddress[],
  interrupt: AbortSignal,
): Promise<DoctorDeps> {
  const reader = createHostReader(entry.root === null ? {} : { root: entry.root });
  const { account, pid } = await whoIsAgent(reader, placesOf(options));
  const user = await agentUser(reader, options.asUser, account);
  // Whoever names the account says who the Agent is.
  const agents = options.asUser === null ? await otherAgents(reader, account, user.uid) : [];
  const units = await unitsOf(pid);
  return {
    reader,
    network: readHostNetwork(),
    environment: hostEnvironment(user.uid, user.name, entry.name),
    toolVersion: packageVersion(),
    knownAddresses,
    mozillaRoots: rootCertificates,
    interrupt,
    readLocalFirewall: (occasion) => readLocalFirewall(occasion, { prober: user, agents, units }),
    askAgentStatus: async (facts, ids, now) => {
      const status = await askAgentStatus(entry.root === null ? reader : null, facts, ids, now);
      const log = entry.root === null ? readAgentLog(facts, ids, now) : Promise.resolve([]);
      return { answers: Promise.all([status.answers, log]).then((both) => both.flat()) };
    },
    asAgentUser: user.run,
    notChecked: [...user.notChecked, ...entry.notChecked],
  };
}

/** Units of systemd around the Agent, where they are others than ours; the service's own while none runs. */
async function unitsOf(pid: number | null): Promise<UnitQuestion> {
  const around = async (process: string): Promise<readonly string[]> => {
    const file = await readProc(`/proc/${process}/cgroup`, 65_536);
    return file.state === 'read' ? unitsAround(file.bytes.toString('latin1')) : [];
  };
  const prober = await around('self');
  // Without the unified hierarchy, and without systemd, there are no such settings.
  if (prober.length === 0) return { agent: [], prober };
  const agent = pid === null ? ['-.slice', 'system.slice', 'netdata.service'] : await around(String(pid));
  return { agent: agent.join() === prober.join() ? [] : agent, prober };
}

/** The Agent's own account, where the probes run as another: a rule may stop it alone. */
async function otherAgents(
  reader: HostReader,
  runsAs: Account | null,
  prober: number | null,
): Promise<readonly Owner[]> {
  const named = runsAs === null ? await reader.userId('netdata') : null;
  const agent = runsAs === null ? named : { uid: runsAs.uid, gid: runsAs.gids[0] ?? runsAs.uid };
  return agent === null || agent.uid === prober ? [] : [{ uid: agent.uid, gid: agent.gid }];
}

export function hostEnvironment(uid: number | null, user: string | null, netns: string | null): HostEnvironment {
  return {
    hostname: hostname(),
    platform: `${process.platform} ${process.arch}`,
    kernel: release(),
    node: process.versions.node,
    uid,
    user: user ?? safeUserName(),
    networkNamespace: netns,
  };
}

function safeUserName(): string | null {
  try {
    return userInfo().username;
  } catch {
    return null;
  }
}
