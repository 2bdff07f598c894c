import { describe, expect, it } from 'vitest';
import { RULES } from '../../src/diagnose/registry.js';
import { RULE_TARGETS } from '../../src/firewall/registry.js';
import { nearest, unknownName } from '../../src/model/unknown-name.js';
import { SCENARIOS } from '../../src/sim/scenarios/registry.js';

describe('nearest', () => {
  it.each([
    ['tcp.droped', ['tcp.dropped']],
    ['TLS.Intercepted', ['tls.intercepted']],
    ['intercepted', ['tls.intercepted']],
    ['proxy.auth', ['proxy.auth_required', 'proxy.auth_rejected', 'proxy.auth_scheme_unsupported']],
    ['completely different', []],
  ])('finding %s: %j', (typed, ids) => {
    const found = nearest(typed, RULES);
    expect(ids.every((id) => found.includes(id))).toBe(true);
    if (ids.length < 2) expect(found).toEqual(ids);
  });

  it.each([
    ['nftable', ['nftables', 'docker-nftables']],
    ['iptabels', ['iptables']],
    ['UFW', ['ufw']],
    ['kubernetes', ['network-policy']],
    ['x', []],
    ['', []],
  ])('target %s: %j', (typed, ids) => {
    expect(nearest(typed, RULE_TARGETS)).toEqual(ids);
  });

  it('scenario: by a slip of the finger', () => {
    expect(nearest('helthy', SCENARIOS)).toContain('healthy');
  });

  it.each([
    ['tls_reset', 'sni_reset'],
    ['too_old_agent', 'tls_old'],
  ])('scenario %s: by a word in common, where none is nearer', (typed, near) => {
    expect(nearest(typed, SCENARIOS)).toContain(near);
    expect(nearest(`${typed.split('_').join('x')}q`, SCENARIOS)).toEqual([]);
  });

  it('a swap of neighbours is one slip', () => {
    expect(nearest('ab', [{ id: 'ba' }, { id: 'cd' }])).toEqual(['ba']);
  });
});

it('the sentence quotes a bounded part of what was typed', () => {
  const { message } = unknownName('target', `x${'y'.repeat(500)}`, RULE_TARGETS, 'rules --list');
  expect(message.length).toBeLessThan(120);
  expect(message).toMatch(/^there is no target "xy+" \(rules --list shows all\)$/);
});
