/** Slow is not dead: what the Agent would have waited for is neither a failure nor certain. */
import { describe, expect, it } from 'vitest';
import {
  ADDRESS,
  control,
  failure,
  HOST,
  localFirewall,
  LOST,
  RESOLVER,
  tell,
  walkLegs,
  world,
  type LegOver,
  type World,
} from './world.js';
import { LEGS, type Leg } from '../../../src/model/route.js';

const SILENCE = 'generic_timeout_error';
const took = (ms: number) => ({ t0Ms: 0, tMs: ms });

const tls = (ms: number, over: object = {}): LegOver => ({
  steps: (steps, leg) => void steps.tlsFails(steps.connectOk(ADDRESS[leg]), SILENCE, { ...took(ms), ...over }),
});
const http = (ms: number): LegOver => ({
  answer: (steps, way) => void steps.httpFails(way, SILENCE, { ...took(ms), endedBy: 'timeout' }),
});

function broken(leg: Leg, how: LegOver): World {
  const run = walkLegs(world(), { [leg]: how });
  localFirewall(run);
  return run;
}

describe('a silence shorter than the Agent’s patience', () => {
  it.each<[Leg, string, LegOver, LegOver, string]>([
    ['env', 'http.no_answer', http(13_000), http(30_000), '30 s'],
    ['auth', 'http.no_answer', http(29_700), http(29_750), '30 s'],
    ['auth', 'tls.stalled', tls(14_000), tls(30_000), '30 s'],
    ['link', 'tls.stalled', tls(14_000), tls(120_000), 'without a limit'],
  ])(
    '%s: %s is likely and decides nothing, as long as the Agent waits it is the cause',
    (leg, id, short, long, limit) => {
      const early = tell(broken(leg, short));
      expect(early.verdict.legs[leg]).toMatchObject({ outcome: 'unknown', cause: id });
      expect(early.verdict.link.outcome).toBe('unknown');
      expect(early.exitCode).toBe(3);
      expect(early.finding(id)).toMatchObject({ severity: 'risks' });
      expect(early.finding(id).confidence).not.toBe('certain');
      expect(early.finding(id).title).not.toMatch(/never/u);
      expect(early.finding(id).why).toContain(`the Agent waits ${limit}`);
      expect(early.finding(id).wouldTell).toContain('--patient');
      expect(early.verdict.legs[leg].note).toContain('the Agent waits longer');
      const late = tell(broken(leg, long));
      expect(late.verdict.legs[leg]).toMatchObject({ outcome: 'will_fail', cause: id });
      expect(late.finding(id).why).not.toContain('--patient');
    },
  );

  it('is no proof of a filter on names, unless the kernel says that the ClientHello is lost', () => {
    const filtered = (over: object): World => {
      const run = broken('link', tls(14_000, over));
      const other = control(run, 'other_name_same_address', 'link');
      other.tlsOk(other.connectOk(ADDRESS.link), { sni: 'www.example.com', nameMatches: false });
      return run;
    };
    const late = tell(filtered({ unacknowledged: { bytes: 0, retransmits: 0 } }));
    expect(late.verdict.link).toMatchObject({ outcome: 'unknown', cause: 'tls.sni_filtered' });
    expect(late.finding('tls.sni_filtered').confidence).toBe('likely');
    const lost = tell(filtered(LOST));
    expect(lost.verdict.link).toMatchObject({ outcome: 'will_fail', cause: 'tls.sni_filtered' });
    expect(lost.finding('tls.sni_filtered').confidence).toBe('certain');
  });

  it('of the CONNACK decides nothing', () => {
    const silent = (ms: number): World =>
      broken('link', {
        answer: (steps, way) => (steps.upgradeOk(way), void steps.noConnack(way, undefined, took(ms))),
      });
    expect(tell(silent(14_000)).verdict.link.outcome).toBe('unknown');
    expect(tell(silent(120_000)).verdict.link.outcome).toBe('will_fail');
  });

  it('a SYN that is repeated in vain is a failure where round trips are short, and none where SYNs get lost', () => {
    const dropped = (connectMs: number): World => {
      const run = broken('link', { steps: (steps, leg) => void steps.connectTimeout(ADDRESS[leg], took(5000)) });
      const own = run.seen.observations.map((seen) =>
        seen.operation === 'connect' && seen.leg === 'env' ? { ...seen, ...took(connectMs) } : seen,
      );
      run.seen.observations.splice(0, own.length, ...own);
      return run;
    };
    expect(tell(dropped(20)).verdict.link).toMatchObject({ outcome: 'will_fail', cause: 'tcp.dropped' });
    expect(tell(dropped(20)).finding('tcp.dropped').confidence).toBe('certain');
    const lossy = tell(dropped(1030));
    expect(lossy.verdict.link).toMatchObject({ outcome: 'unknown', cause: 'tcp.dropped' });
    expect(lossy.finding('tcp.dropped').confidence).toBe('likely');
  });
});

describe('a resolver that takes its time', () => {
  const lookups = (over: (leg: Leg) => object, wireMs = 5000): World => {
    const run = world();
    localFirewall(run);
    for (const leg of LEGS) {
      const steps = run.seen.on({ leg, host: HOST[leg] });
      const shared = { id: `resolve-${HOST[leg]}`, leg: null, routeId: null, targetId: null };
      steps.resolveFails(SILENCE, { ...shared, ...over(leg) });
      const unanswered = { rcode: null, failure: failure(SILENCE, 'dns_query'), ...took(wireMs) };
      steps.dnsQuery({ resolver: RESOLVER, ...unanswered });
    }
    return run;
  };

  it('is dead only after as long as the C library tries', () => {
    const early = tell(lookups(() => took(9700)));
    expect(early.verdict).toMatchObject({ claim: { outcome: 'unknown' }, link: { outcome: 'unknown' } });
    expect(early.finding('dns.resolver_unreachable')).toMatchObject({ severity: 'risks' });
    expect(early.finding('dns.resolver_unreachable').confidence).not.toBe('certain');
    const late = tell(lookups(() => took(9750)));
    expect(late.verdict).toMatchObject({ claim: { outcome: 'will_fail' }, link: { outcome: 'will_fail' } });
  });

  it('is slow, not dead, where the C library gets an answer in the end', () => {
    const run = walkLegs(world(), {});
    const slow = run.seen.observations.map((seen) =>
      seen.operation === 'resolve' ? { ...seen, ...took(6000) } : seen,
    );
    run.seen.observations.splice(0, slow.length, ...slow);
    const unanswered = { rcode: null, failure: failure(SILENCE, 'dns_query'), ...took(5000) };
    for (const leg of LEGS) run.seen.on({ leg, host: HOST[leg] }).dnsQuery({ resolver: RESOLVER, ...unanswered });
    const told = tell(run);
    expect(told.verdict).toMatchObject({ claim: { outcome: 'at_risk' }, link: { outcome: 'will_work' } });
    expect(told.ids).not.toContain('dns.resolver_unreachable');
    expect(told.finding('dns.timeout').confidence).not.toBe('certain');
  });

  it('is alive where its answers are truncated and TCP does not get through', () => {
    const run = lookups(() => took(10_000));
    const cut = { truncated: true, transport: 'tcp', rcode: null, failure: failure(SILENCE, 'dns_query') } as const;
    const all = run.seen.observations.map((seen) =>
      seen.operation === 'dns_query' ? { ...seen, ...cut, ...took(5000) } : seen,
    );
    run.seen.observations.splice(0, all.length, ...all);
    const told = tell(run);
    expect(told.ids).not.toContain('dns.resolver_unreachable');
    expect(told.finding('dns.timeout').why).toContain('TCP port 53');
  });

  it('is dead when the C library says so', () => {
    const told = tell(lookups(() => ({ ...took(10_000), failure: failure('dns_temporary_failure', 'resolve') })));
    expect(told.verdict.link).toMatchObject({ outcome: 'will_fail', cause: 'dns.resolver_unreachable' });
  });
});
