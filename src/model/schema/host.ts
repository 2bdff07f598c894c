/** Schema of the facts read from this host. */
import {
  fixed,
  flag,
  instant,
  integer,
  list,
  nullable,
  object,
  optional,
  own,
  port,
  sentence,
  text,
  words,
} from './build.js';
import { AGENT_LOG_WORDS } from '../words.js';
import { base } from './observation-base.js';

export const configProblem = object('One problem.', {
  kind: own('What the line is, a stable word.'),
  line: nullable(integer('Line, from 1.', 1), 'the file as a whole'),
  text: text('The line, secrets hidden, at most 200 characters.'),
});

const readConfig = object('One configuration file as the Agent reads it.', {
  ...base('read_config'),
  path: sentence('Path.'),
  state: words('What became of it.', {
    read: 'it was read',
    missing: 'it does not exist',
    unreadable: 'it could not be read',
  }),
  problems: list('Lines that the Agent ignores or misreads.', configProblem),
});

const readEnvironment = object('Environment variables that matter.', {
  ...base('read_environment'),
  source: words('Whose environment.', {
    daemon: "the running Agent's",
    unit: "the service unit's",
    self: "this tool's own",
  }),
  variables: list(
    'Those that are set.',
    object('One variable.', {
      name: text('Name.'),
      value: text('Value, secrets hidden.'),
    }),
  ),
});

const readHostNetwork = object("This host's resolvers, hosts file and default routes.", {
  ...base('read_host_network'),
  resolvers: list(
    'Configured resolvers.',
    object('One resolver.', {
      address: text('Address.'),
      port: port('Port.'),
      source: sentence('Where it is configured.'),
    }),
  ),
  hostsOverrides: list(
    'Entries of the hosts file for names of ours.',
    object('One entry.', {
      name: text('Name.'),
      address: text('Address.'),
      line: integer('Line, from 1.', 1),
    }),
  ),
  defaultRoute4: nullable(flag('Whether there is an IPv4 default route.'), 'could not tell'),
  defaultRoute6: nullable(flag('Whether there is an IPv6 default route.'), 'could not tell'),
  gateway4: nullable(text('IPv4 default gateway.'), 'none, or could not tell'),
  gateway6: nullable(text('IPv6 default gateway.'), 'none, or could not tell'),
  source4: optional(text('IPv4 address that connections come from by the default route.')),
  source6: optional(text('IPv6 address that connections come from by the default route.')),
  search: optional(
    object('How resolv.conf has names completed before they are asked for as they are.', {
      domains: list('Domains of `search`, in order.', text('Domain.')),
      ndots: integer('Names with fewer dots are tried with the domains first.', 0),
    }),
  ),
  nameServices: optional(
    nullable(
      object('The `hosts:` line of nsswitch.conf.', {
        sources: list('Sources, in the order they are asked.', sentence('`files`, `dns`, `resolve`, …')),
        line: integer('Line, from 1.', 1),
      }),
      'there is no such line: the C library has a default',
    ),
  ),
});

const readTrustStore = object('A trust store as it was read.', {
  ...base('read_trust_store'),
  storeId: own('Id of the trust store.'),
  paths: list('Where it was read from.', sentence('Path.')),
  certificates: integer('How many certificates it holds.', 0),
});

export const localFlow = object('One exchange.', {
  protocol: words('Protocol.', { tcp: 'TCP', udp: 'UDP' }),
  address: text('Address.'),
  port: integer('Port.', 0),
  uid: nullable(integer('User id of the sender.', 0), 'unknown'),
  unit: optional(sentence("The Agent's own unit of systemd, where the doctor runs outside of it.")),
});

export const firewallRule = object('One rule.', {
  where: sentence('Table, chain and handle or number.'),
  text: sentence('The rule as the program prints it.'),
  action: words('What it does.', {
    drop: 'drops',
    reject: 'rejects',
    policy_drop: "the chain's policy drops",
    redirect: 'sends the connection elsewhere',
    other: 'something else',
  }),
  matches: nullable(flag("Whether it matches this run's destinations."), 'could not tell'),
  owner: nullable(sentence('Owner match: `uid 201`, `gid 201`.'), 'it has none'),
  inbound: optional(fixed(true, 'It stops the answers on their way in, not what is sent.')),
  afterHandshake: optional(fixed(true, 'It lets the handshake of TCP through, and stops what follows.')),
  addresses: optional(list('Of the addresses tried, those that it surely stops.', text('Address.'))),
  flows: optional(list('The exchanges that it stops, or perhaps does.', localFlow)),
});

const readLocalFirewall = object("This host's own firewall.", {
  ...base('read_local_firewall'),
  manager: sentence(
    'Which program was asked: `nftables`, `iptables (nft)`, …; or what else may stop packets: `routing`, `ipsec`, `systemd`, `tc`, `kernel`.',
  ),
  rules: list("Rules that could stop the Agent's traffic.", firewallRule),
});

const readAgentStatus = object("The running Agent's own view.", {
  ...base('read_agent_status'),
  source: words('Whom we asked.', {
    api_v3_info: '/api/v3/info of the running Agent',
    netdatacli: 'netdatacli',
    api_v1_aclk: '/api/v1/aclk of the running Agent, where netdatacli does not answer',
  }),
  status: nullable(sentence('`online`, `offline`, `available`, `banned`, `indirect`.'), 'it gave none'),
  reason: nullable(text('Its reason, in its own words.'), 'it gave none'),
  proxy: nullable(text('The proxy it uses, credentials hidden.'), 'it named none'),
  nextAttemptAt: nullable(instant('When it will try next.'), 'it did not say'),
  reconnectCount: nullable(integer('How often it reconnected.'), 'it did not say'),
  version: nullable(sentence('Its version.'), 'it did not say'),
});

export const logLine = object('One line of the log.', {
  at: nullable(instant('When it was written.'), 'the line does not say'),
  about: words('What it is about.', { claim: 'claiming', link: 'the link' }),
  kind: words('What it says.', AGENT_LOG_WORDS),
  outcome: nullable(words('What it means there.', { worked: 'it went well', failed: 'it failed' }), 'neither'),
  text: text('The message, secrets hidden.'),
});

const readAgentLog = object("The end of the Agent's own log.", {
  ...base('read_agent_log'),
  source: words('What was read.', { file: 'a log file', journal: 'the journal' }),
  where: sentence("Path of the file, or the journal's namespace or unit."),
  lines: list('The last lines about claiming and the link, oldest first.', logLine),
});

export const hostObservations = [
  readConfig,
  readEnvironment,
  readHostNetwork,
  readTrustStore,
  readLocalFirewall,
  readAgentStatus,
  readAgentLog,
] as const;
