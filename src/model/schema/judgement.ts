/** Schema of predictions, findings and the verdict. */
import type { Operation } from '../failure.js';
import type { Blame, Confidence, Severity } from '../finding.js';
import type { ControlKind } from '../observation.js';
import type { Outcome } from '../prediction.js';
import { BLAME_WORDS, CONFIDENCE_WORDS } from '../words.js';
import {
  type Schema,
  family,
  fixed,
  flag,
  integer,
  list,
  nonEmpty,
  nullable,
  number,
  object,
  oneOf,
  optional,
  own,
  record,
  refTo,
  sentence,
  text,
  words,
} from './build.js';
import { leg } from './route.js';
import { scalarOrList } from './scalar.js';
import { findingId } from './finding-id.js';

/** A rule of the Agent: never the id of a finding. */
const agentRule = (description: string): Schema<`agent:${string}`> =>
  own(description) as unknown as Schema<`agent:${string}`>;

const OUTCOMES: Readonly<Record<Outcome, string>> = {
  will_work: 'proven to work',
  will_fail: 'proven to fail',
  at_risk: 'works now, or not every time',
  unknown: 'could not be decided: never to be read as fine',
};

export const prediction = object('What the Agent would experience on one leg, by its own rules.', {
  leg: refTo('leg', leg),
  routeId: text('Id of the route this leg takes.'),
  outcome: words<Outcome>('What comes of it.', OUTCOMES),
  stops: nullable(own('Id of the observation that stops the leg.'), 'nothing stops it, or unknown'),
  evidence: list('Ids of the observations this rests on, in the order the Agent would meet them.', own('Id.')),
  rule: agentRule('Stable id of the rule that decided.'),
  why: sentence('One sentence.'),
  tries: optional(sentence('How often the Agent tries a claim that fails, and whether it tries again later.')),
  agentWouldSay: object("The Agent's own words.", {
    status: nullable(sentence('Its status text.'), 'it would show none'),
    log: nullable(sentence('The log line to look for.'), 'it would log none'),
  }),
  agentSeconds: nullable(number('Seconds until the leg first works or fails.'), 'unknown or endless'),
  worksAtAttempt: nullable(integer('Attempt that is the first to work, from 1.', 1), 'none, or unknown'),
});

export const blame = words<Blame>('Who has to act.', BLAME_WORDS);

export const subject = object('What the finding is about.', {
  hosts: list('Host names.', text('Name.')),
  addresses: list('Addresses.', text('Address.')),
  legs: list('Legs.', refTo('leg', leg)),
  routeIds: list('Ids of routes.', text('Id.')),
  families: list('Address families.', family('4 or 6.')),
  resolvers: list('Addresses of resolvers.', text('Address.')),
  file: nullable(
    object('File of a configuration finding.', {
      path: sentence('Path.'),
      line: nullable(integer('Line, from 1.', 1), 'the file as a whole'),
    }),
    'not about a file',
  ),
});

export const remedy = object('Something to do about it.', {
  who: refTo('blame', blame),
  text: sentence('One or two sentences.'),
  lines: list(
    'Exact lines to put somewhere.',
    object('Lines for one file.', { file: sentence('Path.'), text: sentence('The lines.') }),
  ),
  command: nullable(sentence('A command to run.'), 'none'),
  needsRestart: flag('Whether the Agent must be restarted afterwards.'),
});

export const found = object('Something that was found.', {
  outcome: fixed('found', 'It was found.'),
  id: findingId('Stable id, `layer.cause`; its page in the documentation has the same name.'),
  severity: words<Severity>('How bad it is.', {
    blocks: 'a leg will fail',
    risks: 'works now, or sometimes',
    notes: 'good to know',
  }),
  confidence: words<Confidence>('How sure we are.', CONFIDENCE_WORDS),
  title: sentence('What is wrong, one line.'),
  why: sentence('How we know: what was seen, and which control excludes the neighbours.'),
  proof: optional(list('The same, sentence by sentence.', sentence('Sentence.'))),
  subject: refTo('subject', subject),
  evidence: nonEmpty('Ids of the observations it rests on.', own('Id.')),
  remedies: list('What to do, best first.', remedy),
  blames: refTo('blame', blame),
  hides: list('Ids of findings that follow from this one.', findingId('Id.')),
  wouldTell: nullable(sentence('What would raise the confidence.'), 'it is certain'),
  data: record('Details for machines.', scalarOrList),
});

const missing = own('Name of an operation or a control.') as unknown as Schema<Operation | ControlKind>;

export const notChecked = object('Something that could not be checked.', {
  outcome: fixed('not_checked', 'It was not checked: never to be read as fine.'),
  id: findingId('Stable id of the finding that was not looked for.'),
  missing: list('What it would have needed.', missing),
  because: sentence('Why, in plain words.'),
});

export const finding = oneOf('One finding. The first with severity `blocks` is the root cause.', found, notChecked);

const { unknown, ...known } = OUTCOMES;
const cause = nullable(findingId('Id of the finding that decides.'), 'none does');
const note = sentence('Why, in a few words.');

export const legVerdict = oneOf(
  'What will happen, with its evidence: only `unknown` may come without.',
  object('Decided.', {
    outcome: words('What will happen.', known),
    cause,
    note,
    evidence: nonEmpty('Ids of the observations it rests on.', own('Id.')),
  }),
  object('Not decided.', {
    outcome: fixed('unknown', unknown),
    cause,
    note,
    evidence: list('Ids of the observations there are.', own('Id.')),
  }),
);

const verdictRef = refTo('legVerdict', legVerdict);

export const verdict = object('The answer.', {
  claim: verdictRef,
  link: verdictRef,
  legs: object('The verdict on each leg.', {
    claim: verdictRef,
    env: verdictRef,
    auth: verdictRef,
    link: verdictRef,
  }),
});
