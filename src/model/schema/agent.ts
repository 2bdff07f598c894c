/** Schema of what discovery learned of the Agent. */
import type { Distribution } from '../agent.js';
import {
  flag,
  integer,
  list,
  nullable,
  object,
  own,
  port,
  record,
  refTo,
  sentence,
  text,
  words,
  fixed,
  optional,
} from './build.js';
import { scalarValue } from './scalar.js';
import { findingId } from './finding-id.js';
import { leg } from './route.js';

export const source = object('Where a value comes from.', {
  kind: words('Kind of place.', {
    file: 'a configuration file',
    environment: 'an environment variable',
    option: 'a command line option',
    default: "the Agent's built-in default",
    process: 'the running Agent',
    catalog: "this tool's list of documented hosts",
  }),
  name: sentence('Path, variable or option name.'),
  line: nullable(integer('Line of the file, from 1.', 1), 'not a file, or no particular line'),
});

const sourceRef = refTo('source', source);

export const installation = object('The installed Agent.', {
  found: flag('Whether an Agent is installed here.'),
  kind: nullable(
    words('How it was installed.', {
      native: 'a distribution package or a local build',
      static: 'a static build, with libraries and certificates of its own',
      windows: 'the Windows package',
      container: 'a container image',
      other: 'in another way',
    }),
    'no Agent found, or could not tell',
  ),
  binary: nullable(sentence("Path of the Agent's program."), 'not found'),
  configDir: sentence('Directory of netdata.conf and claim.conf.'),
  libDir: sentence("The Agent's lib directory."),
  cloudDir: sentence('Directory of cloud.conf and the claimed id.'),
  cloudConf: optional(sentence('Path of cloud.conf, where this version reads it elsewhere.')),
  logDir: optional(sentence('Directory of its logs.')),
  libc: optional(
    nullable(
      words('C library that it was linked with.', {
        glibc: 'the GNU C library',
        musl: 'musl, which looks names up in its own way',
      }),
      'could not tell',
    ),
  ),
  restart: optional(sentence('Command that starts it again on this kind of system.')),
  inside: optional(sentence('Of an Agent in a container: command that runs what follows it in there.')),
  distribution: optional(
    nullable(
      words<Distribution>('Family of the distribution whose files it reads.', {
        debian: 'Debian, Ubuntu and derivatives',
        rhel: 'Red Hat, CentOS, Fedora, Amazon Linux and derivatives',
        suse: 'SUSE and openSUSE',
        alpine: 'Alpine',
        arch: 'Arch and derivatives',
        openwrt: 'OpenWrt and derivatives',
      }),
      'none of those',
    ),
  ),
});

export const version = object("Whose rules were applied: the Agent's version.", {
  value: sentence('Version without a leading v.'),
  source: words('Where it comes from.', {
    installed: 'the installed program says so',
    running: 'the running Agent says so',
    option: 'given by --agent-version',
    assumed_newest: 'nothing said so: the newest release is assumed',
  }),
  standing: optional(
    words('How far the rules reach for it; missing = it is known.', {
      newer: 'newer than anything the rules were checked against: the newest rules were taken',
      doubtful: 'it asks for things that the cloud may not offer any more',
      too_old: 'older than anything that was read',
    }),
  ),
});

const process = object('The running Agent.', {
  pid: integer('Process id.'),
  uid: nullable(integer('User id it runs as.'), 'could not tell'),
  user: nullable(sentence('User name it runs as.'), 'could not tell'),
  environmentReadable: flag('Whether its environment could be read.'),
  ownNamespaces: optional(fixed(true, 'Set where it lives in namespaces of its own, and this run went there.')),
});

export const setting = object('One effective setting.', {
  key: own('`claim.url`, `link.proxy`, `cloud.url`, …'),
  value: nullable(text('Its value; secrets are hidden.'), 'not set'),
  source: sourceRef,
  claimReads: nullable(sentence('What claiming makes of it, in words.'), 'claiming does not look at it'),
  linkReads: nullable(sentence('What the link makes of it, in words.'), 'the link does not look at it'),
});

export const legSettings = object('By which rules one leg goes out.', {
  leg: refTo('leg', leg),
  host: text('Host it connects to.'),
  port: port('TCP port it connects to.'),
  path: sentence('Path it asks for.'),
  plain: optional(fixed(true, 'Set where the leg goes unencrypted.')),
  hostSource: sourceRef,
  routeId: text('Id of its route, see `routes`.'),
  routeSource: sourceRef,
  routeWhy: sentence('Why the route is what it is, one sentence.'),
  trustStoreId: own('Id of its trust store, see `trustStores`.'),
  insecure: flag('True when certificate checks are switched off for it.'),
  neverStarts: optional(
    fixed('socks_in_file', 'Set where this version ends the leg for good before it begins: a SOCKS proxy in a file.'),
  ),
  checksName: flag("Whether this version of the Agent checks the certificate's name on this leg."),
});

export const trustStore = object('A set of trusted certificates.', {
  id: own('`link`, `claim`, `system`, `mozilla`, …'),
  title: sentence('Its name for people.'),
  paths: list('Files and directories it was read from.', sentence('Path.')),
  certificates: integer('How many certificates it holds.', 0),
  problem: nullable(sentence('Why it could not be read.'), 'it could'),
  observation: nullable(own('Id of the observation of the reading.'), 'none was recorded'),
});

export const fact = object('Something noticed in the configuration.', {
  finding: findingId('Id of the finding it supports.'),
  file: nullable(
    object('Where.', {
      path: sentence('Path.'),
      line: nullable(integer('Line, from 1.', 1), 'the file as a whole'),
    }),
    'not in a file',
  ),
  text: sentence('What was noticed; secrets are hidden.'),
  legs: list('Legs it concerns.', refTo('leg', leg)),
  observation: own('Id of the observation it rests on.'),
  data: record('Details for machines.', scalarValue),
});

export const agentFacts = object('The Agent on this host, as this run found it.', {
  installation,
  version,
  process: nullable(process, 'the Agent does not run, or could not be seen'),
  claimed: nullable(flag('Whether this node is claimed.'), 'could not tell'),
  environmentSource: words('Whose environment variables count.', {
    daemon: "the running Agent's",
    unit: "the service unit's",
    self: "this tool's own",
  }),
  settings: list('Every effective setting and where it comes from.', setting),
  legs: object('The settings of each leg.', {
    claim: refTo('legSettings', legSettings),
    env: refTo('legSettings', legSettings),
    auth: refTo('legSettings', legSettings),
    link: refTo('legSettings', legSettings),
  }),
  trustStores: list('Trust stores that certificates were held against.', trustStore),
  facts: list('What was noticed in the configuration.', fact),
});
