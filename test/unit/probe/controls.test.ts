import { describe, expect, it } from 'vitest';
import { CONTROLS } from '../../../src/probe/controls/registry.js';
import type { ControlFacts, Phase, Suspicion } from '../../../src/probe/types.js';
import type { PlannedRoute } from '../../../src/model/planned.js';
import type { Target } from '../../../src/model/target.js';

const direct: PlannedRoute = { id: 'direct', route: { kind: 'direct' }, usedBy: [], origin: '', credentials: null };
const proxied: PlannedRoute = {
  id: 'http_connect:p:1',
  route: { kind: 'http_connect', proxy: { host: 'p', port: 1, credentials: 'none' } },
  usedBy: ['link'],
  origin: '',
  credentials: null,
};
const target = (leg: Target['leg'], host: string): Target => ({
  id: `${leg ?? ''}:${host}:443`,
  host,
  port: 443,
  path: '/',
  leg,
  purpose: 'link',
  required: true,
  source: '',
});
const mqtt = target('link', 'mqtt.netdata.cloud');
const facts: ControlFacts = {
  input: {
    targets: [target('env', 'app.netdata.cloud'), mqtt],
    routes: [direct, proxied],
    legRoutes: { claim: 'direct', env: 'direct', auth: 'direct', link: 'direct' },
    trustStores: [],
    legStores: { claim: 's', env: 's', auth: 's', link: 's' },
    resolvers: [{ address: '192.0.2.53', port: 53, source: 'resolv.conf' }],
    knownAddresses: new Map([['mqtt.netdata.cloud', ['54.198.178.11', '44.196.50.41']]]),
    gateways: ['192.0.2.1'],
    agentVersion: '2.10.3',
    thirdParties: null,
    families: [4, 6],
    holdMs: 0,
    readEnv: () => null,
  },
  resolved: new Map([['mqtt.netdata.cloud', ['54.198.178.11']]]),
  wire: new Map([['mqtt.netdata.cloud', ['54.198.178.11', '203.0.113.9']]]),
};

function kinds(phase: Phase, more: Partial<Suspicion> = {}): readonly string[] {
  const suspicion: Suspicion = {
    phase,
    reason: 'failed',
    target: mqtt,
    route: direct,
    address: '54.198.178.11',
    sinceMs: 0,
    observation: null,
    ...more,
  };
  return CONTROLS.filter((control) => control.phases.includes(phase)).flatMap((control) =>
    control.plan(suspicion, facts).map((plan) => plan.kind),
  );
}

describe('which controls a suspicion calls for', () => {
  it('a refused or silent address: other addresses, another port, the gateway', () => {
    expect(new Set(kinds('connect'))).toEqual(
      new Set(['known_address', 'other_resolver_address', 'other_port', 'gateway']),
    );
  });
  it('a failing handshake: other names, other sizes, a short answer, other addresses', () => {
    const found = new Set(kinds('tls'));
    for (const kind of [
      'other_name_same_address',
      'no_name_same_address',
      'sibling_host',
      'small_client_hello',
      'short_answer',
    ]) {
      expect(found).toContain(kind);
    }
  });
  it('a distrusted chain: another name at the same address shows whether everything is inspected', () => {
    expect(kinds('tls', { reason: 'odd' })).toContain('other_name_same_address');
    expect(kinds('tls', { reason: 'odd' })).not.toContain('small_client_hello');
  });
  it('a failing resolver: is it alive at all, and do published addresses answer', () => {
    expect(new Set(kinds('resolve', { address: null }))).toEqual(
      new Set(['resolver_liveness', 'known_address', 'other_resolver_address']),
    );
  });
  it('a refused request: the same in the shape a browser gives it', () => {
    expect(kinds('http')).toContain('browser_like');
    expect(kinds('websocket')).toContain('browser_like');
  });
  it('asks no third party unless told to', () => {
    for (const phase of ['resolve', 'connect', 'tls', 'http'] as const) {
      expect(kinds(phase)).not.toContain('public_resolver');
      expect(kinds(phase)).not.toContain('neutral_host');
    }
  });
  it('does not probe addresses of its own behind a proxy', () => {
    expect(kinds('tls', { route: proxied, address: null })).not.toContain('known_address');
    expect(kinds('connect', { route: proxied, address: null })).toEqual([]);
  });
  it('a proxy that hangs up or says nothing: does its port speak TLS, or the other proxy protocol', () => {
    const kind = (failure: Suspicion['failure']) =>
      kinds('proxy', { route: proxied, address: null, failure: failure ?? null });
    expect(kind('eof_error')).toEqual(['proxy_tls', 'proxy_other_protocol']);
    expect(kind('generic_timeout_error')).toEqual(['proxy_tls', 'proxy_other_protocol']);
    expect(kind('proxy_protocol_mismatch')).toEqual(['proxy_tls', 'proxy_other_protocol']);
    expect(kind('proxy_authentication_required')).toEqual([]);
    expect(kinds('proxy', { reason: 'slow', route: proxied, address: null })).toEqual([
      'proxy_tls',
      'proxy_other_protocol',
    ]);
    expect(kinds('proxy', { route: direct, failure: 'eof_error' })).toEqual([]);
  });
  it('a proxy that refuses: does it take the same in the shape of a browser', () => {
    const kind = (failure: Suspicion['failure']) =>
      kinds('proxy', { route: proxied, address: null, failure: failure ?? null });
    expect(kind('proxy_refused')).toEqual(['browser_like']);
    expect(kind('proxy_authentication_required')).toEqual([]);
    expect(kinds('proxy', { route: direct, failure: 'proxy_refused' })).toEqual([]);
  });
  it('gives every question a key of its own', () => {
    const plans = CONTROLS.flatMap((control) =>
      control.plan(
        {
          phase: 'tls',
          reason: 'failed',
          target: mqtt,
          route: direct,
          address: '54.198.178.11',
          sinceMs: 0,
          observation: null,
        },
        facts,
      ),
    );
    expect(new Set(plans.map(({ key }) => key)).size).toBe(plans.length);
  });
});
