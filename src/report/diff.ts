/**
 * What changed between two runs, and whether it matters. Timings, ids and the order of addresses never matter; a
 * renewed certificate of the same issuer does not either. Pure.
 */
import type { Report } from '../model/report.js';
import { LEGS, type Leg } from '../model/route.js';
import { routeText } from './describe.js';
import { judge } from './judgement.js';
import { LEG_WORDS, OUTCOME_WORDS } from './words.js';

export interface Change {
  /** Stable word: `verdict`, `cause`, `finding`, `route`, `issuer`, `certificate`, `addresses`, `resolvers`, … */
  readonly what: string;
  /** What it is about: a leg, a host, a setting. Foreign text. */
  readonly about: string;
  /** null = was not there. */
  readonly before: string | null;
  readonly after: string | null;
  readonly matters: boolean;
  /** One clause. */
  readonly why: string;
}

type Facts = ReadonlyMap<string, string>;

interface Aspect {
  readonly what: string;
  readonly why: string;
  readonly matters: boolean | ((before: string | null, after: string | null) => boolean);
  /** Changes that only one run can know of (nothing was observed in the other) are left out. */
  readonly onlyIfBoth: boolean;
  readonly of: (report: Report) => Facts;
}

const sorted = (values: Iterable<string>): string => [...new Set(values)].toSorted().join(', ');

function byHost(report: Report, pick: (report: Report) => Iterable<readonly [string, string]>): Facts {
  const sets = new Map<string, Set<string>>();
  for (const [host, value] of pick(report)) sets.set(host, (sets.get(host) ?? new Set()).add(value));
  return new Map([...sets].map(([host, values]) => [host, sorted(values)]));
}

function* resolved(report: Report): Iterable<readonly [string, string]> {
  for (const o of report.observations) {
    if (o.operation === 'resolve' && o.role.kind === 'path') for (const a of o.addresses) yield [o.hostname, a.address];
  }
}

function* leaves(report: Report, field: 'issuer' | 'fingerprint256'): Iterable<readonly [string, string]> {
  for (const o of report.observations) {
    const leaf = o.operation === 'tls_handshake' && o.role.kind === 'path' ? o.chain[0] : undefined;
    if (leaf !== undefined && o.operation === 'tls_handshake') yield [o.expectedName, leaf[field]];
  }
}

function* sources(report: Report): Iterable<readonly [string, string]> {
  for (const o of report.observations) {
    if (o.operation === 'connect' && o.localAddress !== null) yield ['this host', o.localAddress];
  }
}

function* hostNetwork(report: Report): Iterable<readonly [string, string]> {
  for (const o of report.observations) {
    if (o.operation !== 'read_host_network') continue;
    for (const r of o.resolvers) yield ['resolvers', r.address];
    for (const h of o.hostsOverrides) yield [`hosts file, ${h.name}`, h.address];
    for (const gateway of [o.gateway4, o.gateway6]) if (gateway !== null) yield ['gateway', gateway];
    for (const source of [o.source4, o.source6]) if (source !== undefined) yield ['this host', source];
  }
}

/** Beside the verdicts on `claim` and `link` as a whole. */
const stepOf = (leg: Leg): string => `${LEG_WORDS[leg].name} step`;

const verdicts = (report: Report): Facts =>
  new Map([
    ['claim', OUTCOME_WORDS[report.verdict.claim.outcome]],
    ['link', OUTCOME_WORDS[report.verdict.link.outcome]],
    ...LEGS.map((leg) => [stepOf(leg), OUTCOME_WORDS[report.verdict.legs[leg].outcome]] as const),
  ]);

function findings(report: Report): Facts {
  return new Map(
    report.findings.filter((finding) => finding.outcome === 'found').map((f) => [f.id, f.severity] as const),
  );
}

const settings = (report: Report): Facts =>
  new Map(report.agent.settings.filter((s) => s.value !== null).map((s) => [s.key, s.value ?? '']));

const single = (name: string, value: string | null): Facts => new Map(value === null ? [] : [[name, value]]);

const routes = (report: Report): Facts =>
  new Map(LEGS.map((leg) => [stepOf(leg), routeText(report, report.agent.legs[leg].routeId)]));

const hosts = (report: Report): Facts =>
  new Map(LEGS.map((leg) => [stepOf(leg), `${report.agent.legs[leg].host}:${report.agent.legs[leg].port}`]));

const classes = (report: Report): Facts =>
  byHost(report, (r) => r.addresses.map((a) => [`${a.host} ${a.address}`, a.class] as const));

const ASPECTS: readonly Aspect[] = [
  { what: 'verdict', why: 'the answer itself', matters: true, onlyIfBoth: false, of: verdicts },
  {
    what: 'cause',
    why: 'another thing stops it',
    matters: true,
    onlyIfBoth: false,
    of: (r) => single('root cause', judge(r).cause?.id ?? null),
  },
  {
    what: 'finding',
    why: 'a finding came, went or weighs differently',
    // Notes come and go.
    matters: (before, after) => [before, after].some((severity) => severity === 'blocks' || severity === 'risks'),
    onlyIfBoth: false,
    of: findings,
  },
  { what: 'host', why: 'the Agent goes to another place', matters: true, onlyIfBoth: false, of: hosts },
  { what: 'route', why: 'the Agent goes another way', matters: true, onlyIfBoth: false, of: routes },
  {
    what: 'issuer',
    why: 'somebody else vouches for the name',
    matters: true,
    onlyIfBoth: true,
    of: (r) => byHost(r, (x) => leaves(x, 'issuer')),
  },
  {
    what: 'certificate',
    why: 'renewed',
    matters: false,
    onlyIfBoth: true,
    of: (r) => byHost(r, (x) => leaves(x, 'fingerprint256')),
  },
  {
    what: 'addresses',
    why: 'allowlists by address must follow',
    matters: true,
    onlyIfBoth: true,
    of: (r) => byHost(r, resolved),
  },
  { what: 'address class', why: 'the address is judged differently', matters: true, onlyIfBoth: true, of: classes },
  {
    what: 'network',
    why: "this host's own network changed",
    matters: true,
    onlyIfBoth: true,
    of: (r) => byHost(r, hostNetwork),
  },
  {
    what: 'source address',
    why: 'firewalls may see another host',
    matters: true,
    onlyIfBoth: true,
    of: (r) => byHost(r, sources),
  },
  { what: 'setting', why: 'the configuration changed', matters: true, onlyIfBoth: false, of: settings },
  {
    what: 'Agent version',
    why: 'its rules may differ',
    matters: true,
    onlyIfBoth: false,
    of: (r) => single('Agent', r.agent.version.value),
  },
  {
    what: 'claimed',
    why: 'claimed or not',
    matters: false,
    onlyIfBoth: true,
    of: (r) => single('node', r.agent.claimed === null ? null : String(r.agent.claimed)),
  },
  {
    what: 'run as',
    why: 'rules for users may differ',
    matters: false,
    onlyIfBoth: true,
    of: (r) => single('user', r.environment.user),
  },
  {
    what: 'host name',
    why: 'two different hosts are compared',
    matters: false,
    onlyIfBoth: false,
    of: (r) => single('host', r.environment.hostname),
  },
  {
    what: 'tool',
    why: 'newer rules may judge differently',
    matters: false,
    onlyIfBoth: false,
    of: (r) => single('netdata-egress', r.tool.version),
  },
];

function compare(aspect: Aspect, a: Report, b: Report): Change[] {
  const before = aspect.of(a);
  const after = aspect.of(b);
  const changes: Change[] = [];
  for (const about of new Set([...before.keys(), ...after.keys()])) {
    const was = before.get(about) ?? null;
    const is = after.get(about) ?? null;
    if (was === is || (aspect.onlyIfBoth && (was === null || is === null))) continue;
    const matters = typeof aspect.matters === 'boolean' ? aspect.matters : aspect.matters(was, is);
    changes.push({ what: aspect.what, about, before: was, after: is, matters, why: aspect.why });
  }
  return changes;
}

/** Every difference, those that matter first. Empty for two runs of an unchanged host. */
export function diffReports(a: Report, b: Report): readonly Change[] {
  const changes = ASPECTS.flatMap((aspect) => compare(aspect, a, b));
  // A certificate of another issuer is not a renewal: the issuer says it all.
  const reissued = new Set(changes.filter((c) => c.what === 'issuer').map((c) => c.about));
  const told = changes.filter((c) => c.what !== 'certificate' || !reissued.has(c.about));
  return [...told.filter((c) => c.matters), ...told.filter((c) => !c.matters)];
}
