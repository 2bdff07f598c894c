/** What the doctor needs of a host, out of a capture: the same doctor judges both. */
import { rootCertificates } from 'node:tls';
import { readAclkState, readInfoDocument } from '../../agent/parse/agent-status.js';
import { readLogText } from '../../agent/words/log-lines.js';
import type { KnownAddress } from '../../catalog/known-addresses.js';
import type { Observation } from '../../model/observation.js';
import type { DoctorDeps } from '../doctor/run-doctor.js';
import {
  parseHosts,
  parseNameServices,
  parseResolvConf,
  parseSearch,
  parseRoute4,
  parseRoute6,
  type HostNetwork,
} from '../host/host-network.js';
import { readLocalFirewall } from '../host/local-firewall.js';
import { packageVersion } from '../version.js';
import { all, numberIn, type Capture } from './format.js';
import { captureReader } from './reader.js';
import { replayProbes } from './replay.js';
import { captureRules } from './rules.js';
import { OF_THIS_HOST } from '../host/of-this-host.js';

/** What a script in a shell cannot see, whatever the host has. */
export const NEVER_SEEN: readonly string[] = [
  "other addresses than the resolver's, browsers' bytes, large ClientHellos, public resolvers: a capture asks for none of them",
  'how long a step took: a capture tells it to a fifth of a second',
  'how soon a peer closes behind its answer: shorter than what a capture can tell',
];

function networkOf(capture: Capture): HostNetwork {
  const file = (path: string): string | null => {
    const found = all(capture, 'file').find(({ words }) => words[0] === 'read' && words.slice(2).join(' ') === path);
    return found === undefined ? null : found.lines['|'].join('\n');
  };
  const [resolv, hosts, services] = ['/etc/resolv.conf', '/etc/hosts', '/etc/nsswitch.conf'].map(file);
  const [four, six] = [file('/proc/net/route'), file('/proc/net/ipv6_route')];
  const route4 = four === null ? null : parseRoute4(four);
  const route6 = six === null ? null : parseRoute6(six);
  return {
    resolvers: resolv == null ? [] : parseResolvConf(resolv, '/etc/resolv.conf'),
    hosts: hosts == null ? [] : parseHosts(hosts),
    defaultRoute4: route4?.present ?? null,
    defaultRoute6: route6?.present ?? false,
    gateway4: route4?.gateway ?? null,
    gateway6: route6?.gateway ?? null,
    resolvConfError: resolv == null ? 'ENOENT' : null,
    ...(resolv == null ? {} : { search: parseSearch(resolv) }),
    ...(services == null ? {} : { nameServices: parseNameServices(services) }),
  };
}

export function captureDeps(
  capture: Capture,
  knownAddresses: readonly KnownAddress[],
  interrupt: AbortSignal,
  notSeen: readonly string[] = NEVER_SEEN,
): DoctorDeps {
  const reader = captureReader(capture);
  const [name = '', machine = '', kernel = ''] = all(capture, 'system')[0]?.words ?? [];
  const [uidText, user = '-'] = all(capture, 'me')[0]?.words ?? [];
  // Whom the connections belonged to: the Agent's own account where root could take it.
  const as = all(capture, 'as')[0]?.words;
  const uid = numberIn(as?.[0] ?? uidText);
  const gid = numberIn(as?.[1] ?? all(capture, 'user').find(({ words }) => words[1] === uidText)?.words[2]);
  const netdata = all(capture, 'user').find(({ words }) => words[0] === 'netdata')?.words;
  const agent = { uid: numberIn(netdata?.[1]), gid: numberIn(netdata?.[2]) };
  const began = Date.parse(all(capture, 'began')[0]?.words[0] ?? '');
  const lacking = all(capture, 'tool').flatMap(({ words: [tool = '', has] }) =>
    has === 'no' && ['getent', 'openssl', 'curl', 'ip'].includes(tool) ? [tool] : [],
  );
  return {
    reader,
    network: networkOf(capture),
    environment: {
      hostname: 'captured',
      platform: `${name.toLowerCase()} ${machine}`,
      kernel,
      node: process.versions.node,
      uid,
      user: as?.[2] ?? (user === '-' ? null : user),
      networkNamespace: null,
    },
    toolVersion: packageVersion(),
    knownAddresses,
    mozillaRoots: rootCertificates,
    interrupt,
    readLocalFirewall: (occasion) =>
      readLocalFirewall(
        occasion,
        {
          prober: { uid, gid },
          agents: agent.uid === null || agent.uid === uid ? [] : [agent],
          units: { agent: [], prober: [] },
        },
        captureRules(capture, Number.isNaN(began) ? Date.now() : began),
      ),
    askAgentStatus: (_facts, ids, now) =>
      Promise.resolve({ answers: Promise.resolve(saidByAgent(capture, (operation) => ids.next(operation), now())) }),
    asAgentUser: (work) => work(),
    replay: (run, input) => replayProbes(capture, run, input),
    notChecked: [
      ...notSeen,
      ...(lacking.length === 0
        ? []
        : [`the host of the capture has no ${lacking.join(', no ')}: what they show was not seen`]),
    ],
  };
}

/** The Agent's own words: its documents, and the end of its log where somebody kept it. */
function saidByAgent(
  capture: Capture,
  nextId: (operation: 'read_agent_status' | 'read_agent_log') => string,
  atMs: number,
): readonly Observation[] {
  const text = (name: string): string | null => {
    const found = all(capture, 'ran').find(({ words }) => words[0] === name && words[1] === '0');
    return found === undefined ? null : found.lines['|'].join('\n');
  };
  const at = { t0Ms: atMs, tMs: atMs, failure: null };
  const documents = [
    ['aclk-state', 'netdatacli', readAclkState],
    ['info-v3', 'api_v3_info', readInfoDocument],
    ['aclk', 'api_v1_aclk', readAclkState],
  ] as const;
  const statuses = documents.flatMap(([name, source, read]): Observation[] => {
    const document = text(name);
    const status = document === null ? null : read(document);
    if (status?.ok !== true) return [];
    const operation = 'read_agent_status' as const;
    return [{ id: nextId(operation), operation, ...OF_THIS_HOST, ...at, ...status.fields, source }];
  });
  for (const name of ['daemon.log', 'error.log', 'journal-namespace-netdata.txt', 'journal-netdata.txt']) {
    const log = text(`log:${name}`);
    const lines = log === null ? [] : readLogText(log);
    if (lines.length === 0) continue;
    const operation = 'read_agent_log' as const;
    const source = name.startsWith('journal') ? ('journal' as const) : ('file' as const);
    return [...statuses, { id: nextId(operation), operation, ...OF_THIS_HOST, ...at, source, where: name, lines }];
  }
  return statuses;
}
