/** What the doctor needs of the real host: read anew for each run, as settings, accounts and resolvers may change. */
import { hostname, release, userInfo } from 'node:os';
import { rootCertificates } from 'node:tls';
import type { Account } from '../../agent/account.js';
import { accountOfAgent } from '../../agent/discover.js';
import type { HostReader } from '../../agent/reader.js';
import type { KnownAddress } from '../../catalog/known-addresses.js';
import type { HostEnvironment } from '../../model/report.js';
import { readAgentLog } from '../host/agent-log.js';
import { askAgentStatus } from '../host/agent-status.js';
import { readHostNetwork } from '../host/host-network.js';
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
  const account = await accountOfAgent(reader, placesOf(options));
  const user = await agentUser(reader, options.asUser, account);
  // Whoever names the account says who the Agent is.
  const agents = options.asUser === null ? await otherAgents(reader, account, user.uid) : [];
  return {
    reader,
    network: readHostNetwork(),
    environment: hostEnvironment(user.uid, user.name, entry.name),
    toolVersion: packageVersion(),
    knownAddresses,
    mozillaRoots: rootCertificates,
    interrupt,
    readLocalFirewall: (occasion) => readLocalFirewall(occasion, { prober: user, agents }),
    askAgentStatus: async (facts, ids, now) => {
      const status = await askAgentStatus(entry.root === null ? reader : null, facts, ids, now);
      const log = entry.root === null ? readAgentLog(facts, ids, now) : Promise.resolve([]);
      return { answers: Promise.all([status.answers, log]).then((both) => both.flat()) };
    },
    asAgentUser: user.run,
    notChecked: [...user.notChecked, ...entry.notChecked],
  };
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
