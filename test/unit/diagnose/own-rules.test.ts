import { describe, expect, it } from 'vitest';
import type { LocalFirewallRule, LocalFlow } from '../../../src/model/observation.js';
import { ADDRESS, blamed, localFirewall, SILENT, tell, walkLegs, world, type World } from './world.js';

const silent = (): World =>
  walkLegs(world(), { link: { steps: (steps) => void steps.connectTimeout(ADDRESS.link, SILENT) } });

const flow = (over: Partial<LocalFlow> = {}): LocalFlow => ({
  protocol: 'tcp',
  address: ADDRESS.link,
  port: 443,
  uid: 0,
  ...over,
});
const rule = (over: Partial<LocalFirewallRule> = {}): LocalFirewallRule => ({
  where: 'nftables inet f out handle 9',
  text: 'tcp dport 443 limit rate over 5/second drop',
  action: 'drop',
  matches: null,
  owner: null,
  flows: [flow()],
  ...over,
});

describe("this host's own rules, in findings that blame the network", () => {
  it('read and clear: certain, and said', () => {
    const run = silent();
    localFirewall(run);
    const finding = tell(run).finding('tcp.dropped');
    expect(finding).toMatchObject({ confidence: 'certain', data: { ownRules: 'clear' } });
    expect(finding.why).toContain('are not the cause');
  });
  it('read and uncertain: never certain, the rule quoted', () => {
    const run = silent();
    localFirewall(run, [rule()]);
    const told = tell(run);
    expect(blamed(told)).toEqual(['tcp.dropped']);
    const finding = told.finding('tcp.dropped');
    expect(finding).toMatchObject({ confidence: 'likely', data: { ownRules: 'uncertain' } });
    expect(finding.why).toContain('limit rate over 5/second');
  });
  it('uncertain for another destination, another port or another user: clear here', () => {
    for (const other of [
      flow({ address: ADDRESS.env }),
      flow({ port: 80 }),
      flow({ uid: 5 }),
      flow({ protocol: 'udp' }),
    ]) {
      const run = silent();
      localFirewall(run, [rule({ flows: [other] })]);
      expect(tell(run).finding('tcp.dropped')).toMatchObject({ confidence: 'certain', data: { ownRules: 'clear' } });
    }
  });
  it.each([
    ['not_permitted', 'sudo netdata-egress doctor'],
    ['response_too_large', '--timeout 60s'],
    ['generic_timeout_error', '--timeout 60s'],
    ['not_supported', 'Install nftables'],
    ['malformed_response', 'sudo nft list ruleset'],
  ] as const)('not read (%s): never certain, and how', (kind, how) => {
    const run = silent();
    const failure = { kind, operation: 'read_local_firewall', rawCode: null, detail: '' } as const;
    localFirewall(run, [], { failure });
    const finding = tell(run).finding('tcp.dropped');
    expect(finding).toMatchObject({ confidence: 'likely', data: { ownRules: 'not_read' } });
    expect(finding.why).toContain(how);
    expect(finding.why).not.toContain('do not touch it');
  });
  it('one of two managers not read: not read', () => {
    const run = silent();
    localFirewall(run);
    const failure = { kind: 'not_permitted', operation: 'read_local_firewall', rawCode: null, detail: '' } as const;
    localFirewall(run, [], { manager: 'iptables (legacy)', failure });
    expect(tell(run).finding('tcp.dropped').data['ownRules']).toBe('not_read');
  });
  it('nobody asked: not read', () => {
    expect(tell(silent()).finding('tcp.dropped')).toMatchObject({
      confidence: 'likely',
      data: { ownRules: 'not_read' },
    });
  });
  it('a sure rule is the cause, whatever it says of its owner', () => {
    const run = silent();
    localFirewall(run, [rule({ matches: true, owner: 'not uid 5' })]);
    expect(blamed(tell(run))).toEqual(['host.local_firewall']);
  });
  it("a rule that stops the Agent's user alone dooms the legs that have no other address", () => {
    const run = walkLegs(world());
    localFirewall(run, [rule({ matches: true, owner: 'uid 201', flows: [flow({ uid: 201 })] })]);
    const told = tell(run);
    expect(blamed(told)).toEqual(['host.local_firewall']);
    expect(told.verdict.link).toMatchObject({ outcome: 'will_fail', cause: 'host.local_firewall' });
    expect(told.finding('host.local_firewall').data).toMatchObject({ agentOnly: true });
  });
  it('a rule that lets the handshake through and stops what follows', () => {
    const later = rule({ matches: true, afterHandshake: true, where: 'iptables OUTPUT rule 2' });
    const mute = (): World =>
      walkLegs(world(), {
        link: { steps: (steps) => void steps.tlsFails(steps.connectOk(ADDRESS.link), 'generic_timeout_error') },
      });
    const run = mute();
    localFirewall(run, [later]);
    const told = tell(run);
    expect(blamed(told)).toEqual(['host.local_firewall']);
    expect(told.finding('host.local_firewall')).toMatchObject({ data: { later: true } });
    // It stops no SYN, and what stops the SYN stops nothing that was reached.
    const silence = silent();
    localFirewall(silence, [later]);
    expect(blamed(tell(silence))).toEqual(['tcp.dropped']);
    const reached = mute();
    localFirewall(reached, [rule({ matches: true })]);
    expect(blamed(tell(reached))).not.toContain('host.local_firewall');
  });
  it('host.local_redirect: a rule leads to a program of this host that resets the connection', () => {
    const run = walkLegs(world(), {
      link: { steps: (steps) => void steps.tlsFails(steps.connectOk(ADDRESS.link), 'connection_reset') },
    });
    localFirewall(run, [rule({ action: 'redirect', matches: true, where: 'iptables nat OUTPUT rule 4' })]);
    expect(blamed(tell(run))).toEqual(['host.local_redirect']);
    const clear = walkLegs(world(), {
      link: { steps: (steps) => void steps.tlsFails(steps.connectOk(ADDRESS.link), 'connection_reset') },
    });
    localFirewall(clear);
    expect(blamed(tell(clear))).not.toContain('host.local_redirect');
  });
});
