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

describe('what stops packets of this host besides its rules', () => {
  const counted = rule({ where: '/proc/net/netstat', text: 'TCPRetransFail +3, TCPSynRetrans +3', action: 'other' });
  it('the kernel could not send again: this host, and nobody certain', () => {
    const run = silent();
    localFirewall(run);
    localFirewall(run, [counted], { manager: 'kernel' });
    const told = tell(run);
    expect(blamed(told)).toEqual(['host.local_firewall']);
    const finding = told.finding('host.local_firewall');
    expect(finding).toMatchObject({ confidence: 'likely', data: { manager: 'kernel' } });
    expect(finding.why).toContain('TCPRetransFail +3');
    expect(finding.title).toContain('This host itself drops');
  });
  it('a rule that cannot be decided is the first suspect then', () => {
    const run = silent();
    localFirewall(run, [rule()]);
    localFirewall(run, [counted], { manager: 'kernel' });
    const finding = tell(run).finding('host.local_firewall');
    expect(finding).toMatchObject({ confidence: 'likely', data: { where: 'nftables inet f out handle 9' } });
    expect(finding.why).toContain('may stop it');
  });
  it('it is no read of rules: who did not read them is told so', () => {
    const run = silent();
    localFirewall(run, [], { manager: 'routing' });
    expect(tell(run).finding('tcp.dropped').data['ownRules']).toBe('not_read');
  });
  it('a filter of tc that cannot be decided: nobody is certain', () => {
    const run = silent();
    localFirewall(run);
    localFirewall(run, [rule({ where: 'tc and XDP of eth0', text: 'filter bpf', action: 'other' })], { manager: 'tc' });
    const told = tell(run);
    expect(blamed(told)).toEqual(['tcp.dropped']);
    expect(told.finding('tcp.dropped')).toMatchObject({ confidence: 'likely', data: { ownRules: 'uncertain' } });
  });
  it('a setting of systemd dooms the Agent where the doctor gets through', () => {
    const run = walkLegs(world());
    const denied = rule({
      where: 'netdata.service',
      text: 'IPAddressDeny=0.0.0.0/0 ::/0',
      matches: true,
      flows: [flow({ unit: 'netdata.service' })],
    });
    localFirewall(run, [denied], { manager: 'systemd' });
    const told = tell(run);
    expect(blamed(told)).toEqual(['host.local_firewall']);
    expect(told.verdict.link).toMatchObject({ outcome: 'will_fail', cause: 'host.local_firewall' });
    const finding = told.finding('host.local_firewall');
    expect(finding.title).toBe('A setting of systemd keeps the Agent from the network');
    expect(finding.remedies[0]?.command).toBe('sudo systemctl edit netdata.service');
    // The doctor is outside of the unit: what it met is not of that setting.
    const mute = silent();
    localFirewall(mute);
    localFirewall(mute, [denied], { manager: 'systemd' });
    expect(tell(mute).finding('tcp.dropped')).toMatchObject({ confidence: 'certain' });
  });
  it('a route for the user of the Agent is a route, not a firewall', () => {
    const run = walkLegs(world());
    const stop = rule({
      where: 'ip rule 9',
      text: '9:\tfrom all uidrange 201-201 prohibit',
      action: 'reject',
      matches: true,
      flows: [flow({ uid: 201 })],
    });
    localFirewall(run, [stop], { manager: 'routing' });
    const told = tell(run);
    expect(blamed(told)).toEqual(['host.no_route']);
    expect(told.finding('host.no_route')).toMatchObject({ data: { agentOnly: true, type: 'prohibit' } });
  });
  it('a device that discards is a route of this host', () => {
    const run = silent();
    const stop = rule({ where: 'device ks0', text: '192.0.2.1 dev ks0 (dummy)', matches: true });
    localFirewall(run);
    localFirewall(run, [stop], { manager: 'routing' });
    const told = tell(run);
    expect(blamed(told)).toEqual(['host.no_route']);
    expect(told.finding('host.no_route').why).toContain('discards');
  });
});
