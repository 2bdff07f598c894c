/** The schema of the merged document, and its published form (schema/fleet-v1.schema.json). */
import type { Blame, Confidence, Severity } from '../../model/finding.js';
import type { Outcome } from '../../model/prediction.js';
import {
  type Schema,
  type SchemaNode,
  fixed,
  flag,
  instant,
  integer,
  list,
  nullable,
  object,
  describing,
  port,
  refTo,
  sentence,
  text,
  words,
} from '../../model/schema/build.js';
import type { Definitions } from '../schema/branch.js';
import { validator } from '../schema/validate.js';
import { BLAME_WORDS, CONFIDENCE_WORDS } from '../../model/words.js';
import { OUTCOME_WORDS } from '../words.js';
import { FLEET_SCHEMA, FLEET_VERSION, type FacetName, type LeftOutKind, type Team } from './document.js';
import { LEFT_OUT_WORDS, TEAM_WORDS } from './words.js';

const outcome = words<Outcome>('Outcome.', OUTCOME_WORDS);
const blame = words<Blame>('Who has to act.', BLAME_WORDS);
const severity = words<Severity>('How bad.', {
  blocks: 'something will fail',
  risks: 'works now or sometimes',
  notes: 'good to know',
});
const hosts = integer('How many hosts.', 0);
const outcomes = object('Hosts by outcome.', {
  will_work: hosts,
  will_fail: hosts,
  at_risk: hosts,
  unknown: hosts,
});
/** Any text after `label:`: the schema language of ours has no word for it. */
const facetName: SchemaNode & Schema<FacetName> = {
  description:
    '`subnet`, `egress`, `gateway`, `route`, `resolver`, `issuer`, `agent`, `platform`, or `label:` and the key of a label.',
  type: 'string',
};

export const facts = object('What was found on it.', {
  outcome,
  claim: outcome,
  link: outcome,
  claimed: nullable(flag('Whether it is claimed.'), 'could not tell'),
  cause: text('Id of the finding that is the cause; `none` = nothing in the way, `undecided` = could not be decided.'),
  ownRules: nullable(
    text("Of the host's own firewall rules: `clear`, `uncertain`, `not_read`."),
    'the cause does not ask',
  ),
  findings: list(
    'What was found and is no consequence of something else, the cause first.',
    object('A finding.', {
      id: text('Its id.'),
      severity,
      confidence: words<Confidence>('How sure.', CONFIDENCE_WORDS),
      blames: blame,
      title: text('What is wrong, one line.'),
    }),
  ),
  subnet: nullable(text('Network of its source address: /24 or /64.'), 'no source address was seen'),
  egress: nullable(text('Address that it shows outside.'), 'nobody told'),
  gateway: nullable(text('Default gateway.'), 'none, or not read'),
  route: text('How its link leaves, in words.'),
  resolvers: list('Configured resolvers.', text('Address.')),
  issuer: nullable(text("Who signs what the link's host shows."), 'no certificate was seen'),
  agentVersion: text("The Agent's version."),
  toolVersion: text('Version of netdata-egress that made the run.'),
  platform: text('Operating system and processor.'),
  labels: list('Its labels, sorted.', text('`key=value`.')),
  needs: list(
    'Where it must be let out to.',
    object('A destination.', {
      host: text('Name.'),
      port: port('TCP port.'),
      through: nullable(text('Proxy that it goes through, `host:port`.'), 'directly'),
      required: flag('False for what is optional.'),
    }),
  ),
  changed: flag('True when whoever watches the host saw something change lately.'),
});

export const rowSchema = object('A host, by its latest run.', {
  host: text('Its name, with what tells it apart from others of the same name.'),
  startedAt: instant('When the run began.'),
  source: nullable(text('Source address of its connections.'), 'no connection was made'),
  facts: refTo('facts', facts),
});

const FLEET_DEFINITIONS: Definitions = { facts, row: rowSchema };

export const share = object('A value and how many have it.', {
  name: facetName,
  value: text('The value.'),
  hosts: integer('Hosts with this cause that have the value.', 0),
  of: integer('All hosts that have the value.', 0),
});

export const cause = object('Hosts with the same first cause.', {
  cause: text('Id of the finding; `none` = nothing in the way, `undecided` = could not be decided.'),
  title: text('What is wrong, in the words that most of these hosts have.'),
  blames: nullable(blame, 'nobody'),
  outcomes,
  cannotClaim: hosts,
  cannotLink: hosts,
  hosts: list('All of them, sorted.', text('Name.')),
  common: list('What nearly all of these hosts have and hardly any other has.', share),
  groups: list(
    'How these hosts spread.',
    object('By one property.', {
      name: facetName,
      values: list('Most hosts first.', share),
      more: integer('Values not listed.', 0),
    }),
  ),
});

export const odd = object('A host unlike the others of its group.', {
  host: text('Name.'),
  group: object('The group.', { name: facetName, value: text('Its value.'), hosts }),
  cause: text('Its cause.'),
  usualCause: text('The cause of the others.'),
  differs: list(
    'Facts in which it differs from nearly all others of the group.',
    object('A fact.', {
      fact: sentence('Which.'),
      here: text('Its value here; empty = none.'),
      usual: text('What the others have; empty = none.'),
    }),
  ),
});

export const need = object('A rule that some hosts need.', {
  host: text('Name.'),
  port: port('TCP port.'),
  through: nullable(text('Proxy that they go through, `host:port`.'), 'directly'),
  required: flag('False for what is optional.'),
  hosts,
  subnets: list(
    'Networks that these hosts are in, most hosts first.',
    object('A network.', { value: text('Prefix, or `unknown`.'), hosts }),
  ),
  more: integer('Networks not listed.', 0),
});

const trendHost = object('A host.', {
  host: text('Name.'),
  before: nullable(text('Its cause then.'), 'it was not there'),
  now: text('Its cause now.'),
});

export const trend = object('What changed since an earlier merge.', {
  since: instant('When the earlier one was made.'),
  fixed: list('Failed or at risk before, works now.', trendHost),
  new: list('Fails or is at risk now, and did not before.', trendHost),
  still: list('Fails or is at risk, as before.', trendHost),
  unclear: list('Failed or at risk before; could not be decided now.', trendHost),
  added: list('Hosts that were not there.', text('Name.')),
  gone: list('Hosts that are not there any more.', text('Name.')),
});

const leftOutKinds = Object.keys(LEFT_OUT_WORDS) as LeftOutKind[];

export const fleetSchema = object("Many hosts' runs in one document.", {
  schema: fixed(FLEET_SCHEMA, 'What this document is.'),
  version: fixed(FLEET_VERSION, 'Version of this form. Fields may be added within a version.'),
  tool: object('What wrote it.', {
    name: fixed('netdata-egress', 'Its name.'),
    version: sentence('Its version.'),
  }),
  createdAt: instant('When it was made.'),
  reports: integer('Runs that were read; a host counts with its latest.', 0),
  outcomes,
  from: nullable(text('When the first of the runs that count began.'), 'there is none'),
  to: nullable(text('When the last of them began.'), 'there is none'),
  causes: list('Most hosts first; what is fine comes last.', cause),
  findings: list(
    'Every finding, counted over all hosts, whether or not it is their first cause.',
    object('A finding.', {
      id: text('Its id.'),
      severity,
      title: text('In the words that most of these hosts have.'),
      blames: blame,
      hosts,
      first: integer('Of these, hosts whose first cause it is.', 0),
    }),
  ),
  odd: list('Hosts unlike the others of their group; those that fail among the well come first.', odd),
  moreOdd: integer('Odd ones not listed.', 0),
  facets: list(
    'All hosts by what they may be grouped by.',
    object('One property.', {
      name: facetName,
      values: list(
        'Most failing hosts first.',
        object('A value.', {
          value: text('The value.'),
          hosts,
          failing: integer('Of these, how many will fail.', 0),
          atRisk: integer('Of these, how many are at risk.', 0),
        }),
      ),
      more: integer('Values not listed.', 0),
    }),
  ),
  needs: list('The union of what the hosts need.', need),
  letters: list(
    'One letter a team, with all its hosts.',
    object('A letter.', {
      team: words<Team>('To whom.', TEAM_WORDS),
      hosts,
      text: text('The letter.'),
    }),
  ),
  trend: nullable(trend, 'there is no earlier one'),
  changed: integer('Hosts that watch saw change lately.', 0),
  leftOut: describing<Readonly<Record<LeftOutKind, number>>>(
    'Inputs that do not count, by reason.',
    Object.fromEntries(leftOutKinds.map((kind) => [kind, integer(`How many: ${LEFT_OUT_WORDS[kind]}.`, 0)])) as Record<
      LeftOutKind,
      Schema<number>
    >,
  ),
  leftOutList: list(
    'The first of them.',
    object('One.', {
      kind: words<LeftOutKind>('Why.', LEFT_OUT_WORDS),
      name: text('File, or line of a file.'),
      text: sentence('What is wrong with it.'),
    }),
  ),
  hosts: list('Every host, sorted by name.', refTo('row', rowSchema)),
});

export const checkFacts = validator(facts, FLEET_DEFINITIONS);
export const checkFleet = validator(fleetSchema, FLEET_DEFINITIONS);

/** The published document. */
export function publishedFleetSchema(): Readonly<Record<string, unknown>> {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'https://netdata-egress/fleet-v1.schema.json',
    title: 'Merged runs of netdata-egress',
    ...fleetSchema,
    $defs: FLEET_DEFINITIONS,
  };
}
