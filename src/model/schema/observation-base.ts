/** Schema of what all observations share. */
import type { Operation } from '../failure.js';
import type { ControlKind } from '../observation.js';
import type { Dialect } from '../route.js';
import { CONTROL_WORDS } from '../words.js';
import {
  clock,
  fixed,
  integer,
  list,
  nullable,
  number,
  object,
  oneOf,
  optional,
  own,
  pair,
  refTo,
  text,
  words,
} from './build.js';
import { failure } from './failure.js';
import { leg } from './route.js';

export const role = oneOf(
  'Why the step was taken.',
  object("On the Agent's own path.", { kind: fixed('path', "The Agent's own path.") }),
  object('On a way the Agent does not take now.', {
    kind: fixed('alternative', 'Another way.'),
  }),
  object('To tell causes apart.', {
    kind: fixed('control', 'A control.'),
    control: words<ControlKind>('What was varied.', CONTROL_WORDS),
  }),
);

export const unacknowledged = object(
  'Met silence: what the peer had not even acknowledged by then; missing = not known.',
  {
    bytes: integer('Bytes.', 0),
    retransmits: integer('How often this host repeated them.', 0),
  },
);

/** What all of them share, beside the operation. */
const SHARED = {
  id: own('Unique in the report, e.g. `connect-3`; findings and verdicts cite it as evidence.'),
  transactionId: own('Joins the steps of one attempt (one connection).'),
  targetId: nullable(text('Id of the target.'), 'belongs to no target'),
  leg: nullable(refTo('leg', leg), 'shared by legs, or a fact about this host'),
  routeId: nullable(text('Id of the route.'), 'no route is involved'),
  role: refTo('role', role),
  address: nullable(text('Remote address, without brackets.'), 'there is none'),
  t0Ms: clock('Start.'),
  tMs: clock('End.'),
  stalledMs: optional(
    number(
      'Milliseconds of this step in which this very process did not run: the machine was busy or asleep. Of a connection in vain, pauses of a second and more only.',
    ),
  ),
  unacknowledged: optional(unacknowledged),
  failure: nullable(
    refTo('failure', failure),
    'the step itself succeeded; whether what came is good is not judged here',
  ),
};
export const baseFields = object('Any step.', SHARED);

/** The fields every observation has. */
export function base<O extends Operation>(name: O) {
  const { id, ...rest } = SHARED;
  return { id, operation: fixed(name, 'Which step this is.'), ...rest };
}

export const dialect = words<Dialect>('Whose byte shapes were used.', {
  aclk: "the Agent's own client",
  libcurl: "libcurl's, as claiming does",
  browser: "a browser's, as a control",
});

export const headers = list(
  'Header fields as received, in order.',
  pair('Name and value.', text('Name.'), text('Value.')),
);
