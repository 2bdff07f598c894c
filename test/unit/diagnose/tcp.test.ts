import { describe, expect, it } from 'vitest';
import {
  ADDRESS,
  blamed,
  control,
  goOn,
  healthy,
  HOST,
  hostNetwork,
  localFirewall,
  LOST,
  neutral,
  SILENT,
  tell,
  walkLegs,
  type LegOver,
  world,
  type World,
} from './world.js';
import { LEGS, type Leg } from '../../../src/model/route.js';
import type { FailureKind } from '../../../src/model/failure.js';

/** All addresses of these legs fail in one way; the others are healthy. */
function failing(
  legs: readonly Leg[],
  kind: FailureKind = 'generic_timeout_error',
  over: object = {},
  run = world(),
): World {
  const timing = kind === 'generic_timeout_error' ? SILENT : {};
  return walkLegs(
    run,
    Object.fromEntries(
      legs.map((leg) => [
        leg,
        { steps: (steps) => void steps.connectFails(ADDRESS[leg], kind, { ...timing, ...over }) },
      ]),
    ),
  );
}

const V6 = '2001:db8::10';

/** Every name has a v6 address first; `v6` says how it fails. */
function dualStack(v6: FailureKind | null, over: object = {}, run = world()): World {
  return walkLegs(
    run,
    Object.fromEntries(
      LEGS.map((leg) => [
        leg,
        {
          addresses: [V6, ADDRESS[leg]],
          steps: (steps) => {
            if (v6 === null) goOn(steps, steps.connectOk(V6), leg);
            else steps.connectFails(V6, v6, { ...(v6 === 'generic_timeout_error' ? SILENT : {}), ...over });
            goOn(steps, steps.connectOk(ADDRESS[leg]), leg);
          },
        },
      ]),
    ),
  );
}

describe('connections that fail', () => {
  it('tcp.dropped: one host silent, siblings reached', () => {
    const run = failing(['link']);
    localFirewall(run);
    const told = tell(run);
    expect(blamed(told)).toEqual(['tcp.dropped']);
    const finding = told.finding('tcp.dropped');
    expect(finding).toMatchObject({ severity: 'blocks', confidence: 'certain', subject: { hosts: [HOST.link] } });
    expect(told.verdict.link).toMatchObject({ outcome: 'will_fail', cause: 'tcp.dropped' });
    expect(told.verdict.claim.outcome).toBe('will_work');
    expect(told.exitCode).toBe(1);
  });

  it('tcp.egress_blocked: everybody silent, and then tcp.dropped says nothing', () => {
    const run = failing(LEGS);
    run.seen.on({ leg: null }).dnsQuery({ role: { kind: 'path' } });
    const told = tell(run);
    expect(blamed(told)).toEqual(['tcp.egress_blocked']);
    expect(told.finding('tcp.egress_blocked').confidence).toBe('likely');
    expect(told.finding('tcp.egress_blocked').wouldTell).toContain('--controls');
    expect(told.finding('tcp.egress_blocked').subject.hosts).toHaveLength(3);
  });

  it('tcp.egress_blocked: certain when an unrelated host is silent too', () => {
    const run = failing(LEGS);
    expect(tell(failing(LEGS)).finding('tcp.egress_blocked').confidence).not.toBe('certain');
    localFirewall(run);
    run.seen.on({ leg: null }).dnsQuery({ role: { kind: 'path' } });
    neutral(run).connectTimeout('192.0.2.200', SILENT);
    expect(tell(run).finding('tcp.egress_blocked').confidence).toBe('certain');
  });

  it('tcp.dropped, not tcp.egress_blocked, when an unrelated host is reached', () => {
    const run = failing(LEGS);
    neutral(run).connectOk('192.0.2.200');
    const told = tell(run);
    expect(told.ids[0]).toBe('tcp.dropped');
    expect(told.ids).not.toContain('tcp.egress_blocked');
    expect(told.finding('tcp.dropped').subject.hosts).toHaveLength(3);
  });

  it('tcp.reset: refused by the network', () => {
    const run = failing(['link'], 'connection_refused');
    localFirewall(run);
    const told = tell(run);
    expect(blamed(told)).toEqual(['tcp.reset']);
    expect(told.finding('tcp.reset').confidence).toBe('certain');
    expect(told.ids).not.toContain('host.local_firewall');
  });

  it('tcp.prohibited: a router says so', () => {
    const told = tell(failing(['link'], 'host_unreachable', { t0Ms: 0, tMs: 0.4 }));
    expect(blamed(told)).toEqual(['tcp.prohibited']);
    expect(told.finding('tcp.prohibited').wouldTell).toContain('root');
  });

  it('tcp.prohibited names a next hop that does not answer', () => {
    const told = tell(failing(LEGS, 'host_unreachable', { t0Ms: 0, tMs: 3060 }));
    expect(told.finding('tcp.prohibited').title).toContain('next hop');
  });

  it.each([
    [2500, false],
    [2501, true],
  ])('tcp.prohibited after %d ms is a silent next hop: %s', (tMs, nextHopSilent) => {
    const told = tell(failing(LEGS, 'host_unreachable', { t0Ms: 0, tMs }));
    expect(told.finding('tcp.prohibited').data).toMatchObject({ nextHopSilent });
    const other = tell(failing(LEGS, 'network_unreachable', { t0Ms: 0, tMs }));
    expect(other.finding('tcp.prohibited').data).toMatchObject({ nextHopSilent: false });
  });

  it('tells a refusal that is as late as the cloud from one that is near', () => {
    // The cloud of these tests accepts after 5 ms.
    const far = failing(['link'], 'connection_refused', { t0Ms: 0, tMs: 5 });
    expect(tell(far).finding('tcp.reset').why).toContain('takes as long');
    const near = failing(['link'], 'connection_refused', { t0Ms: 0, tMs: 0.4 });
    expect(tell(near).finding('tcp.reset').why).toContain('nearer');
  });
});

describe('this host or the network', () => {
  const drop = {
    where: 'nftables inet filter output handle 7',
    text: 'ip daddr 203.0.113.30 drop',
    action: 'drop',
    matches: true,
    owner: null,
  } as const;

  it('host.local_firewall: a rule that matches, with its place', () => {
    const run = failing(['link']);
    localFirewall(run, [drop]);
    const told = tell(run);
    expect(blamed(told)).toEqual(['host.local_firewall']);
    const finding = told.finding('host.local_firewall');
    expect(finding).toMatchObject({ confidence: 'certain', blames: 'host', hides: ['tcp.dropped'] });
    expect(finding.why).toContain('handle 7');
  });

  it('a reject rule does not explain silence, nor a drop rule a reset', () => {
    const silent = failing(['link']);
    localFirewall(silent, [{ ...drop, action: 'reject' }]);
    expect(blamed(tell(silent))).toEqual(['tcp.dropped']);
    const reset = failing(['link'], 'connection_refused');
    localFirewall(reset, [drop]);
    expect(blamed(tell(reset))).toEqual(['tcp.reset']);
  });

  it('host.local_firewall: sooner than a packet gets to the gateway and back', () => {
    const run = failing(['link'], 'connection_refused', { t0Ms: 0, tMs: 0.3 });
    run.seen
      .on({ leg: null, role: { kind: 'control', control: 'gateway' } })
      .connectFails('192.0.2.1', 'connection_refused', { t0Ms: 0, tMs: 8 });
    const told = tell(run);
    expect(blamed(told)).toEqual(['host.local_firewall']);
    expect(told.finding('host.local_firewall').confidence).toBe('likely');
  });

  it.each([
    ['unreachable', 'reject', 'host_unreachable', 'EHOSTUNREACH'],
    ['prohibit', 'reject', 'permission_denied', 'EACCES'],
    ['blackhole', 'drop', 'unknown_failure', 'EINVAL'],
  ] as const)('host.no_route: a route of type %s in its own routing table', (type, action, kind, rawCode) => {
    const run = failing(['link'], kind, {
      t0Ms: 0,
      tMs: 0.2,
      failure: { kind, operation: 'connect', rawCode, detail: '' },
    });
    localFirewall(run);
    const entry = { where: `routing table main, ${type} 203.0.113.0/24`, text: `${type} 203.0.113.0/24`, owner: null };
    localFirewall(run, [{ ...entry, action, matches: true }], { manager: 'routing' });
    const told = tell(run);
    expect(blamed(told)).toEqual(['host.no_route']);
    const finding = told.finding('host.no_route');
    expect(finding).toMatchObject({ confidence: 'certain', blames: 'host', data: { type } });
    expect(finding.title).toContain(`(${type})`);
    expect(finding.why).toContain(`"${type} 203.0.113.0/24"`);
    expect(finding.remedies[0]?.command).toBe(`ip route get ${ADDRESS.link}`);
  });

  it.each([
    [
      'sooner than the gateway, with our rules and routes clear: the gateway, which is as near',
      0.3,
      true,
      'tcp.prohibited',
    ],
    ['sooner than the gateway, with our rules unread: perhaps our firewall', 0.3, false, 'host.local_firewall'],
    ['as late as the gateway: the network', 8, true, 'tcp.prohibited'],
  ] as const)('"host unreachable" %s', (_, tMs, read, id) => {
    const run = failing(['link'], 'host_unreachable', { t0Ms: 0, tMs });
    run.seen
      .on({ leg: null, role: { kind: 'control', control: 'gateway' } })
      .connectFails('192.0.2.1', 'connection_refused', { t0Ms: 0, tMs: 8 });
    if (read) localFirewall(run);
    const told = tell(run);
    expect(blamed(told)).toEqual([id]);
  });

  it('host.local_firewall: "operation not permitted" never comes from the network', () => {
    const run = walkLegs(world(), {
      link: {
        steps: (steps) =>
          void steps.connectFails(ADDRESS.link, 'permission_denied', {
            failure: { kind: 'permission_denied', operation: 'connect', rawCode: 'EPERM', detail: '' },
          }),
      },
    });
    expect(blamed(tell(run))).toEqual(['host.local_firewall']);
  });

  it("host.local_firewall: a rule for the Agent's user only, while the doctor gets through", () => {
    const base = world();
    const run = healthy({
      ...base,
      agent: { ...base.agent, process: { pid: 1, uid: 201, user: 'netdata', environmentReadable: true } },
    });
    localFirewall(run, [{ ...drop, owner: 'uid 201' }]);
    const told = tell(run);
    expect(blamed(told)).toEqual(['host.local_firewall']);
    expect(told.verdict.link).toMatchObject({ outcome: 'will_fail', cause: 'host.local_firewall' });
    expect(told.exitCode).toBe(1);
  });

  it("a rule for another user than the Agent's and ours bites nobody", () => {
    const run = healthy();
    localFirewall(run, [{ ...drop, owner: 'uid 1000' }]);
    expect(blamed(tell(run))).toEqual([]);
  });
});

describe('several addresses', () => {
  const SECOND = '203.0.113.31';
  const both = (first: 'silent' | 'refused') =>
    walkLegs(world(), {
      link: {
        addresses: [ADDRESS.link, SECOND],
        steps: (steps) => {
          if (first === 'silent') steps.connectTimeout(ADDRESS.link, SILENT);
          else steps.connectRefused(ADDRESS.link);
          goOn(steps, steps.connectOk(SECOND), 'link');
        },
      },
    });

  it('agent.first_address_blackholed: a silent first address stops the Agent, curl goes on', () => {
    const told = tell(both('silent'));
    expect(blamed(told)).toEqual(['agent.first_address_blackholed']);
    expect(told.finding('agent.first_address_blackholed')).toMatchObject({
      severity: 'blocks',
      hides: ['tcp.some_addresses'],
    });
    expect(told.exitCode).toBe(1);
  });

  it('tcp.some_addresses: a refused first address costs nothing: a note, and agent.first_address_blackholed is silent', () => {
    const told = tell(both('refused'));
    expect(told.finding('tcp.some_addresses')).toMatchObject({ severity: 'notes', hides: [] });
    expect(told.ids).not.toContain('agent.first_address_blackholed');
    expect(told.exitCode).toBe(0);
  });
});

describe('two families', () => {
  it('tcp.ipv6_broken: dropped v6 in front of working v4 is a risk, never a block', () => {
    const told = tell(dualStack('generic_timeout_error'));
    expect(blamed(told)).toEqual(['tcp.ipv6_broken']);
    expect(told.finding('tcp.ipv6_broken')).toMatchObject({ severity: 'risks', subject: { families: [6] } });
    expect(told.exitCode).toBe(0);
  });

  it('a host without any IPv6 is healthy: no tcp.ipv6_broken, no host.no_route', () => {
    const run = dualStack('network_unreachable', { t0Ms: 0, tMs: 0.2 });
    hostNetwork(run, { defaultRoute6: false });
    const told = tell(run);
    expect(blamed(told)).toEqual([]);
    expect(told.ids).not.toContain('tcp.ipv6_broken');
    expect(told.ids).not.toContain('host.no_route');
  });

  it('tcp.ipv6_broken: the time-out of one host takes IPv6 away from another that has nothing else', () => {
    const only6 = '2001:db8::30';
    const both = (leg: Leg): LegOver => ({
      addresses: [V6, ADDRESS[leg]],
      steps: (steps) => {
        steps.connectFails(V6, 'generic_timeout_error', SILENT);
        goOn(steps, steps.connectOk(ADDRESS[leg]), leg);
      },
    });
    const told = tell(
      walkLegs(world(), {
        claim: both('claim'),
        env: both('env'),
        link: { addresses: [only6], steps: (steps) => goOn(steps, steps.connectOk(only6), 'link') },
      }),
    );
    expect(blamed(told)).toEqual(['tcp.ipv6_broken']);
    expect(told.finding('tcp.ipv6_broken')).toMatchObject({ severity: 'blocks', data: { switchedOff: [HOST.link] } });
    expect(told.finding('tcp.ipv6_broken').subject.legs).toContain('link');
    expect(told.finding('tcp.ipv6_broken').why).toContain('stops using IPv6');
  });

  it('works over both families without a word', () => {
    expect(tell(dualStack(null)).ids).toEqual([]);
  });

  it('tcp.ipv6_broken: refused at once costs the Agent nothing', () => {
    const told = tell(dualStack('connection_refused'));
    expect(blamed(told)).toEqual([]);
    expect(told.ids).toContain('tcp.ipv6_broken');
  });
});

describe('packet size', () => {
  it('tcp.mtu_blackhole: the certificate never arrives, a short answer does', () => {
    const run = walkLegs(world(), {
      link: { steps: (steps) => void steps.tlsFails(steps.connectOk(ADDRESS.link), 'generic_timeout_error', SILENT) },
    });
    const small = control(run, 'short_answer', 'link');
    small.tlsFails(small.connectOk(ADDRESS.link), 'ssl_alert', { gotServerBytes: true, alert: 40 });
    const other = control(run, 'other_name_same_address', 'link');
    other.tlsFails(other.connectOk(ADDRESS.link), 'generic_timeout_error', SILENT);
    const told = tell(run);
    expect(blamed(told)).toEqual(['tcp.mtu_blackhole']);
    expect(told.finding('tcp.mtu_blackhole').hides).toContain('tls.stalled');
  });

  it('tls.stalled, not tcp.mtu_blackhole, when short answers are lost as well', () => {
    const run = walkLegs(world(), {
      link: {
        steps: (steps) =>
          void steps.tlsFails(steps.connectOk(ADDRESS.link), 'generic_timeout_error', { ...SILENT, ...LOST }),
      },
    });
    localFirewall(run);
    for (const kind of ['short_answer', 'other_name_same_address', 'small_client_hello'] as const) {
      const steps = control(run, kind, 'link');
      steps.tlsFails(steps.connectOk(ADDRESS.link), 'generic_timeout_error', SILENT);
    }
    const told = tell(run);
    expect(blamed(told)).toEqual(['tls.stalled']);
    expect(told.finding('tls.stalled').confidence).toBe('certain');
  });

  it('tcp.mtu_blackhole: a request is lost and full segments are never acknowledged', () => {
    const run = walkLegs(world(), {
      env: { answer: (steps, way) => void steps.httpFails(way, 'generic_timeout_error', SILENT) },
    });
    const writes = control(run, 'full_size_write', 'env');
    writes.fullSizeWrite(writes.connectOk(ADDRESS.env), false, SILENT);
    const told = tell(run);
    expect(told.ids[0]).toBe('tcp.mtu_blackhole');
    expect(told.finding('tcp.mtu_blackhole').hides).toContain('http.no_answer');
  });
});

describe('no way out', () => {
  it('host.no_route: every address fails at once, and there is no default route', () => {
    const run = failing(LEGS, 'network_unreachable', { t0Ms: 0, tMs: 0.2 });
    hostNetwork(run, { defaultRoute4: false, defaultRoute6: false });
    const told = tell(run);
    expect(blamed(told)).toEqual(['host.no_route']);
    expect(told.finding('host.no_route').confidence).toBe('certain');
  });

  it('dns.ipv4_only_answer, not host.no_route: only IPv4 addresses on a host with IPv6 only', () => {
    const run = failing(LEGS, 'network_unreachable', { t0Ms: 0, tMs: 0.2 });
    hostNetwork(run, { defaultRoute4: false, defaultRoute6: true });
    const told = tell(run);
    expect(blamed(told)).toEqual(['dns.ipv4_only_answer']);
  });

  it('dns.ipv6_only_answer: only IPv6 addresses on a host with IPv4 only', () => {
    const run = walkLegs(world(), {
      all: {
        addresses: [V6],
        steps: (steps) => void steps.connectFails(V6, 'network_unreachable', { t0Ms: 0, tMs: 0.2 }),
      },
    });
    hostNetwork(run, { defaultRoute4: true, defaultRoute6: false });
    expect(blamed(tell(run))).toEqual(['dns.ipv6_only_answer']);
  });

  it('host.no_route: no address to try, because no resolver was reached either', () => {
    const run = world();
    hostNetwork(run, { defaultRoute4: false, defaultRoute6: false });
    for (const leg of LEGS) {
      const steps = run.seen.on({ leg, host: HOST[leg] });
      steps.resolveFails('dns_temporary_failure');
      steps.dnsQuery({
        rcode: null,
        failure: { kind: 'network_unreachable', operation: 'dns_query', rawCode: 'ENETUNREACH', detail: '' },
      });
    }
    const told = tell(run);
    expect(blamed(told)).toEqual(['host.no_route']);
    expect(told.finding('host.no_route').hides).toContain('dns.resolver_unreachable');
  });
});
