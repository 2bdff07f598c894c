import { assert, constantFrom, property, record, shuffledSubarray, uniqueArray } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { certain, confidenceOf, TAGS } from '../../../src/diagnose/confidence.js';
import { diagnose } from '../../../src/diagnose/diagnose.js';
import { RULES } from '../../../src/diagnose/registry.js';
import { LEGS, type Leg } from '../../../src/model/route.js';
import type { FoundFinding } from '../../../src/model/finding.js';
import {
  ADDRESS,
  answer,
  blamed,
  certificate,
  control,
  failure,
  goOn,
  healthy,
  HOST,
  hostNetwork,
  htmlAnswer,
  inputOf,
  judgedBy,
  judgedWith,
  localFirewall,
  neutral,
  RESOLVER,
  SILENT,
  tell,
  walkLegs,
  world,
  LOST,
  type LegOver,
  type World,
} from './world.js';

/** Ways in which one leg can be broken; each has one right answer. */
const FAULTS = {
  dropped: { steps: (steps, leg) => void steps.connectTimeout(ADDRESS[leg], SILENT) },
  reset: { steps: (steps, leg) => void steps.connectRefused(ADDRESS[leg]) },
  prohibited: { steps: (steps, leg) => void steps.connectFails(ADDRESS[leg], 'host_unreachable') },
  stalled: {
    steps: (steps, leg) =>
      void steps.tlsFails(steps.connectOk(ADDRESS[leg]), 'generic_timeout_error', { ...SILENT, ...LOST }),
  },
  inspected: { tls: { judgements: judgedBy(), chain: [certificate({ issuer: 'CN=FortiGate CA, O=Fortinet' })] } },
  selfSigned: {
    tls: {
      judgements: judgedWith('DEPTH_ZERO_SELF_SIGNED_CERT'),
      chain: [certificate({ subject: 'CN=box', issuer: 'CN=box' })],
    },
  },
  blocked: {
    answer: (steps, way, leg) => {
      if (leg === 'link')
        steps.upgrade(way, htmlAnswer('403 Forbidden').head, { bodyExcerpt: htmlAnswer('403 Forbidden').body });
      else steps.httpAnswer(way, htmlAnswer('403 Forbidden'));
    },
  },
  portal: {
    answer: (steps, way, leg) => {
      const raw = answer('302 Found', '', ['Location: http://login.example/']);
      if (leg === 'link') steps.upgrade(way, raw.head);
      else steps.httpAnswer(way, raw);
    },
  },
  healthy: {},
} satisfies Record<string, LegOver>;
type Fault = keyof typeof FAULTS;

function build(faults: Partial<Record<Leg, Fault>>): World {
  return walkLegs(world(), Object.fromEntries(LEGS.map((leg) => [leg, FAULTS[faults[leg] ?? 'healthy']])));
}

const anyFault = constantFrom(...(Object.keys(FAULTS) as Fault[]));
const anyFaults = record({ claim: anyFault, env: anyFault, auth: anyFault, link: anyFault });

describe('two causes', () => {
  it('independent ones are listed separately, the deeper one later', () => {
    const told = tell(build({ auth: 'dropped', link: 'selfSigned' }));
    expect(blamed(told)).toEqual(['tcp.dropped', 'tls.self_signed']);
    expect(told.verdict.legs.auth.cause).toBe('tcp.dropped');
    expect(told.verdict.legs.link.cause).toBe('tls.self_signed');
    // env is fine, auth is the first of the two that fail.
    expect(told.verdict.link.cause).toBe('tcp.dropped');
  });

  it('DNS denies one name while the firewall drops another', () => {
    const run = build({ auth: 'dropped' });
    run.seen.observations.forEach((seen, at) => {
      if (seen.operation === 'resolve' && seen.hostname === HOST.link) {
        run.seen.observations[at] = { ...seen, addresses: [], failure: failure('dns_nxdomain_error', 'resolve') };
      }
    });
    const left = run.seen.observations.filter(({ leg }) => leg !== 'link');
    run.seen.observations.splice(0, run.seen.observations.length, ...left);
    run.seen.on({ leg: null, host: HOST.link }).dnsQuery({ rcode: 'NXDOMAIN', role: { kind: 'path' } });
    expect(blamed(tell(run))).toEqual(['dns.nxdomain', 'tcp.dropped']);
  });

  it('the same cause on two hosts is one finding with two subjects', () => {
    const told = tell(build({ auth: 'dropped', link: 'dropped' }));
    expect(blamed(told)).toEqual(['tcp.dropped']);
    expect(told.finding('tcp.dropped').subject).toMatchObject({
      hosts: [HOST.auth, HOST.link].sort(),
      addresses: [ADDRESS.auth, ADDRESS.link].sort(),
      legs: ['auth', 'link'],
    });
  });

  it('a cause that hides another: a local rule drops what an outer firewall would drop as well', () => {
    const run = build({ link: 'dropped' });
    localFirewall(run, [{ where: 'iptables OUTPUT 3', text: '-j DROP', action: 'drop', matches: true, owner: null }]);
    const told = tell(run);
    expect(told.ids).toEqual(['host.local_firewall']);
    expect(told.finding('host.local_firewall').hides).toEqual(['tcp.dropped']);
  });

  it('a cause that hides another: a dead resolver in front of a blocked port', () => {
    const run = world();
    for (const leg of LEGS) {
      const steps = run.seen.on({ leg: null, host: HOST[leg] });
      steps.resolveFails('dns_temporary_failure');
      steps.dnsQuery({
        rcode: null,
        failure: failure('generic_timeout_error', 'dns_query'),
        role: { kind: 'path' },
        ...SILENT,
      });
      const known = control(run, 'known_address', leg);
      known.connectTimeout('54.198.178.11', SILENT);
    }
    const told = tell(run);
    expect(blamed(told)).toEqual(['dns.resolver_unreachable']);
    expect(told.finding('dns.resolver_unreachable').subject.hosts).toHaveLength(3);
  });

  it('a filter’s page behind inspection is a cause of its own, a note as long as TLS stops the Agent first', () => {
    const told = tell(walkLegs(world(), { env: { ...FAULTS.inspected, ...FAULTS.blocked } }));
    expect(blamed(told)).toEqual(['tls.intercepted']);
    expect(told.finding('http.blocked_page').severity).toBe('notes');
  });
});

it('a connection that fails while another to the same address works is said to be a matter of luck', () => {
  const told = tell(build({ claim: 'dropped' }));
  expect(blamed(told)).toEqual(['network.unexplained']);
  expect(told.finding('network.unexplained').title).toContain('now and then');
});

describe('severity and verdict', () => {
  it('blocks only what a prediction says will fail because of it', () => {
    const told = tell(build({ auth: 'stalled' }));
    expect(told.finding('tls.stalled').severity).toBe('blocks');
    expect(told.verdict.link.outcome).toBe('will_fail');
    expect(told.verdict.claim).toMatchObject({ outcome: 'will_work', cause: null });
  });

  it('failures of alternatives and controls are never findings', () => {
    const run = healthy();
    run.routes.push({
      id: 'http_connect:other:3128',
      route: { kind: 'http_connect', proxy: { host: 'other', port: 3128, credentials: 'none' } },
      usedBy: [],
      origin: 'variable https_proxy of this shell',
    });
    const other = run.seen.on({ leg: 'env', routeId: 'http_connect:other:3128', role: { kind: 'alternative' } });
    other.connectFails('192.0.2.81', 'connection_refused', { peer: 'proxy', host: 'other', port: 3128 });
    const known = control(run, 'known_address', 'link');
    known.connectTimeout('54.198.178.11', SILENT);
    neutral(run).connectTimeout('192.0.2.200', SILENT);
    expect(tell(run).ids).toEqual([]);
  });

  it('an optional destination that cannot be reached is a warning, and the verdict stays', () => {
    const run = healthy();
    run.targets.push({
      id: 'optional:get.netdata.cloud:443',
      host: 'get.netdata.cloud',
      port: 443,
      purpose: 'install',
      leg: null,
      required: false,
      source: 'catalog',
      path: '/',
    });
    const steps = run.seen.on({ leg: null, host: 'get.netdata.cloud' });
    steps.connectTimeout('198.51.100.20', { ...SILENT, targetId: 'optional:get.netdata.cloud:443' });
    const told = tell(run);
    expect(blamed(told)).toEqual(['tcp.dropped']);
    expect(told.finding('tcp.dropped').severity).toBe('risks');
    expect(told.exitCode).toBe(0);
    expect(tell({ ...run, strict: true }).exitCode).toBe(4);
  });

  it('nothing seen is unknown, never fine', () => {
    const told = tell(world());
    expect(told.verdict.claim.outcome).toBe('unknown');
    expect(told.verdict.link.outcome).toBe('unknown');
    expect(told.exitCode).toBe(3);
  });

  it('one leg unseen leaves the link unknown', () => {
    const run = healthy();
    const left = run.seen.observations.filter(({ leg }) => leg !== 'auth');
    run.seen.observations.splice(0, run.seen.observations.length, ...left);
    const told = tell(run);
    expect(told.verdict.link.outcome).toBe('unknown');
    expect(told.exitCode).toBe(3);
  });

  it('a silence that the budget cut short proves nothing', () => {
    const run = walkLegs(world(), {
      link: { steps: (steps) => void steps.connectTimeout(ADDRESS.link, { t0Ms: 0, tMs: 300 }) },
    });
    const told = tell(run);
    expect(told.verdict.link.outcome).toBe('unknown');
    expect(blamed(told)).toEqual([]);
  });

  it('a dead resolver that nobody needs is a note', () => {
    const run = healthy();
    run.seen.on({ leg: null, host: 'unrelated.example' }).dnsQuery({
      resolver: RESOLVER,
      rcode: null,
      failure: failure('generic_timeout_error', 'dns_query'),
      role: { kind: 'path' },
      ...SILENT,
    });
    hostNetwork(run, {
      resolvers: [RESOLVER, '192.0.2.99'].map((address) => ({ address, port: 53, source: '/etc/resolv.conf' })),
    });
    expect(tell(run).exitCode).toBe(0);
  });
});

describe('whatever is broken', () => {
  it('the diagnosis does not depend on the order of the observations', () => {
    assert(
      property(anyFaults, (faults) => {
        const input = inputOf(build(faults));
        const turned = [...input.observations].reverse();
        expect(diagnose({ ...input, observations: turned })).toEqual(diagnose(input));
      }),
      { numRuns: 25 },
    );
  });

  it('the diagnosis does not depend on any other order either', () => {
    const input = inputOf(build({ claim: 'blocked', env: 'inspected', auth: 'dropped', link: 'selfSigned' }));
    const expected = diagnose(input);
    assert(
      property(shuffledSubarray([...input.observations], { minLength: input.observations.length }), (observations) => {
        expect(diagnose({ ...input, observations })).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });

  it('every leg that will fail has a blocking cause, and every finding cites what was seen', () => {
    assert(
      property(anyFaults, (faults) => {
        const input = inputOf(build(faults));
        const told = diagnose(input);
        const ids = new Set(input.observations.map(({ id }) => id));
        for (const leg of LEGS) {
          const { outcome, cause } = told.verdict.legs[leg];
          expect(outcome === 'will_fail').toBe(cause !== null);
        }
        const found = told.findings.filter((finding): finding is FoundFinding => finding.outcome === 'found');
        for (const finding of found) {
          expect(finding.evidence.length).toBeGreaterThan(0);
          expect(finding.evidence.every((id) => ids.has(id))).toBe(true);
          expect(finding.title).toMatch(/^\S.*[^.]$/u);
          expect(finding.why.length).toBeGreaterThan(40);
          expect(finding.why).not.toMatch(/undefined|NaN|\[object| {2}/u);
          expect(finding.title).not.toMatch(/undefined|NaN|null/u);
          expect(RULES.some(({ id }) => id === finding.id)).toBe(true);
          for (const { text, lines } of finding.remedies) {
            expect(text).toMatch(/[.:]$/u);
            for (const line of lines) expect(line.text).not.toContain('undefined');
          }
          if (finding.confidence !== 'certain') expect(finding.wouldTell).not.toBeNull();
        }
        expect(told.exitCode).toBe(Object.values(faults).every((fault) => fault === 'healthy') ? 0 : 1);
      }),
      { numRuns: 20 },
    );
  });

  it('blocking findings come first, in the order of blame', () => {
    assert(
      property(anyFaults, (faults) => {
        const { findings } = diagnose(inputOf(build(faults)));
        const blocking = findings.filter((finding) => finding.outcome === 'found' && finding.severity === 'blocks');
        const ranks = blocking.map((finding) => RULES.findIndex(({ id }) => id === finding.id));
        expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
        expect(findings.slice(0, blocking.length)).toEqual(blocking);
      }),
      { numRuns: 20 },
    );
  });

  it('one fault on any set of hosts is one cause', () => {
    const hosts = uniqueArray(constantFrom(HOST.env, HOST.auth, HOST.link), { minLength: 1 });
    const fault = constantFrom<Fault>('stalled', 'inspected', 'selfSigned', 'prohibited');
    assert(
      property(hosts, fault, (broken, how) => {
        const legs = LEGS.filter((leg) => broken.includes(HOST[leg]));
        const told = tell(build(Object.fromEntries(legs.map((leg) => [leg, how]))));
        expect(blamed(told)).toHaveLength(1);
      }),
      { numRuns: 20 },
    );
  });
});

describe('the confidence table', () => {
  it('never knows more with less evidence', () => {
    const order = ['possible', 'likely', 'certain'];
    for (const { confidence: rows } of RULES) {
      for (const { when, confidence } of rows) {
        const more = confidenceOf(rows, new Set(when));
        expect(order.indexOf(more.confidence)).toBeGreaterThanOrEqual(order.indexOf(confidence));
      }
      expect(order.indexOf(confidenceOf(rows, new Set()).confidence)).toBeLessThanOrEqual(
        order.indexOf(confidenceOf(rows, new Set(Object.keys(TAGS) as never[])).confidence),
      );
    }
  });

  it('claims little where no row fits', () => {
    expect(confidenceOf([certain('read')], new Set()).confidence).toBe('possible');
  });
});

it('goOn is what a healthy leg does', () => {
  const run = world();
  const steps = run.seen.on({ leg: 'env' });
  steps.resolveOk([ADDRESS.env]);
  goOn(steps, steps.connectOk(ADDRESS.env), 'env');
  expect(tell(run).verdict.legs.env.outcome).toBe('will_work');
});
