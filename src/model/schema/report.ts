/** The schema of a whole report, and its published form (schema/report-v1.schema.json). */
import { type AddressClass, REPORT_SCHEMA, REPORT_VERSION } from '../report.js';
import { ADDRESS_CLASS_WORDS } from '../words.js';
import { agentFacts, legSettings, source } from './agent.js';
import {
  type SchemaNode,
  fixed,
  flag,
  instant,
  integer,
  list,
  nullable,
  number,
  object,
  oneOf,
  optional,
  record,
  refTo,
  sentence,
  text,
  words,
} from './build.js';
import { failure } from './failure.js';
import { hostObservations } from './host.js';
import { blame, finding, legVerdict, prediction, subject, verdict } from './judgement.js';
import { certificate, networkObservations, x509Error } from './network.js';
import { role } from './observation-base.js';
import { leg, routeEntry, target } from './route.js';
import { scalarOrList } from './scalar.js';

export const environment = object('Where the run took place.', {
  hostname: text('Name of this host.'),
  platform: sentence('Operating system and processor.'),
  kernel: sentence('Kernel release.'),
  node: sentence('Version of Node.js.'),
  uid: nullable(integer('User id the probes ran as.'), 'could not tell'),
  user: nullable(text('User name the probes ran as.'), 'could not tell'),
  networkNamespace: nullable(text('Network namespace the probes ran in.'), 'our own'),
});

export const addressFacts = object('An address that a name resolved to, held against the published list.', {
  host: text('Name.'),
  address: text('Address.'),
  class: words<AddressClass>('What it is.', ADDRESS_CLASS_WORDS),
  knownSince: nullable(sentence('Date of the published entry, YYYY-MM-DD.'), 'not in the list'),
  knownSource: nullable(sentence('Where it was published.'), 'not in the list'),
  translated: optional(text('IPv4 address that a NAT64 of this network reaches under this address.')),
});

export const observation = oneOf(
  'One step: what was seen, never what it means. Told apart by `operation`.',
  ...networkObservations,
  ...hostObservations,
);

export const recentChange = object('A change.', { at: instant('When it was seen.'), text: sentence('One sentence.') });

export const reportSchema = object('One run: facts and judgement in one document.', {
  schema: fixed(REPORT_SCHEMA, 'What this document is.'),
  version: fixed(
    REPORT_VERSION,
    'Version of this form. Fields may be added within a version; none is removed or changes its meaning.',
  ),
  tool: object('What wrote it.', {
    name: fixed('netdata-egress', 'Its name.'),
    version: sentence('Its version.'),
  }),
  startedAt: instant('When the run began.'),
  durationMs: number('How long it took, milliseconds.'),
  interrupted: flag('True when the run was cut short: what is missing is unknown, not fine.'),
  options: record('What the run was asked for; secrets are hidden. null = not given.', scalarOrList),
  budgets: object('Time limits.', {
    runMs: number('Of the whole run, milliseconds.'),
    stepMs: number('Of one step, milliseconds.'),
  }),
  environment,
  labels: optional(record('What its owner calls the place of this host, to group many hosts by.', text('A value.'))),
  agent: agentFacts,
  targets: list('Destinations.', target),
  routes: list('Routes.', routeEntry),
  observations: list('Every step, in the order in which they were recorded.', refTo('observation', observation)),
  addresses: list('Every address that a name resolved to.', addressFacts),
  predictions: list('What the Agent would experience, one per leg.', prediction),
  findings: list('What was found, root cause first, and what could not be checked.', refTo('finding', finding)),
  verdict,
  recent: optional(list('What `netdata-egress watch` saw change here before this run, oldest first.', recentChange)),
  notChecked: list('What was not done, in plain words.', sentence('One sentence.')),
  redaction: object('What was hidden before this document was written.', {
    mode: words('How much.', {
      standard: 'credentials, tokens, ids of the node, user names',
      strict: 'also host names and addresses of the place, by stand-ins',
      off: 'nothing',
    }),
    removed: record('How many times each kind was hidden; empty = nothing to hide was found.', integer('Times.', 0)),
  }),
  exitCode: integer(
    'Exit code of the run: 0 will work, 1 something stops it, 2 usage, 3 could not decide, 4 only warnings with --strict, 130 interrupted.',
  ),
});

/** Definitions that `$ref` points to. */
export const DEFINITIONS: Readonly<Record<string, SchemaNode>> = {
  leg,
  source,
  legSettings,
  failure,
  role,
  certificate,
  x509Error,
  blame,
  subject,
  legVerdict,
  observation,
  finding,
};

/** The published document. */
export function publishedSchema(): Readonly<Record<string, unknown>> {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'https://netdata-egress/report-v1.schema.json',
    title: 'A saved run of netdata-egress',
    ...reportSchema,
    $defs: DEFINITIONS,
  };
}
