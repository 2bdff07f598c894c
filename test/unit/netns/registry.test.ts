/** The lab's cases as a set: what must be among them, by name, and what each of them must assert. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { KNOWN_WRONG } from '../../netns/cases/known-wrong.js';
import { HOSTS, WAYS } from '../../netns/cases/matrix.js';
import { GROUPS } from '../../netns/cases/registry.js';
import type { LabCase } from '../../netns/harness/case.js';
import { LEGS } from '../../../src/model/route.js';

const all: readonly LabCase[] = Object.values(GROUPS).flat();
const byId = new Map(all.map((labCase) => [labCase.id, labCase]));

/** What a lab for the direct route has to contain, in words, and the cases that are it. */
const DIRECT: Readonly<Record<string, readonly string[]>> = {
  'healthy v4': ['healthy-v4'],
  'healthy v6': ['healthy-v6', 'healthy-v6-host'],
  'dual stack with v6 dropped': ['tcp-v6-dropped'],
  NXDOMAIN: ['dns-nxdomain', 'dns-nxdomain-mqtt'],
  SERVFAIL: ['dns-servfail'],
  'resolver silent': ['dns-resolver-silent'],
  'resolver refused': ['dns-resolver-refused', 'dns-refused'],
  'all of 443 dropped': ['tcp-all-443-dropped'],
  reset: ['tcp-reset'],
  'ICMP admin-prohibited': ['tcp-admin-prohibited'],
  'local OUTPUT reject': ['tcp-local-reject'],
  'local OUTPUT drop': ['tcp-local-drop'],
  'only mqtt dropped': ['tcp-mqtt-dropped'],
  'only one of two addresses reachable': ['tcp-first-address-silent', 'tcp-second-address-silent'],
  'untrusted issuer': ['tls-untrusted'],
  'wrong name': ['tls-wrong-name'],
  expired: ['tls-expired'],
  'ClientHello for mqtt reset': ['tls-sni-reset-mqtt'],
  'redirect to a portal': ['http-portal-redirect'],
  '403 page': ['http-403-page'],
  'upgrade answered 200': ['ws-answered-200'],
  'dropped after 101': ['ws-dropped-fin', 'ws-dropped-reset'],
  'no CONNACK': ['mqtt-no-connack'],
  'a real mosquitto': ['mqtt-mosquitto'],
};

const PROXIES: Readonly<Record<string, readonly string[]>> = {
  'squid without authentication': ['proxy-claim-conf', 'proxy-cloud-conf'],
  'squid with Basic': ['proxy-basic', 'proxy-basic-wrong', 'proxy-basic-missing'],
  'squid denying one host': ['proxy-denies-mqtt'],
  'squid denying the port': ['proxy-denies-port'],
  tinyproxy: ['proxy-tinyproxy'],
  'dante without authentication': ['proxy-socks5', 'proxy-socks5h-no-dns'],
  'dante with authentication': ['proxy-dante-auth', 'proxy-dante-auth-wrong', 'proxy-dante-auth-missing'],
  'mitmproxy intercepting': ['proxy-mitm', 'proxy-mitm-system', 'proxy-mitm-trusted-pem'],
  'replies outside what the Agent parses': [
    'proxy-connect-201',
    'proxy-connect-http10',
    'proxy-connect-long',
    'proxy-connect-body',
    'proxy-connect-lf',
    'proxy-connect-interim',
  ],
};

const MODES: Readonly<Record<string, readonly string[]>> = {
  '--as-user': ['as-user-only-netdata', 'as-user-root', 'as-user-nobody', 'tcp-local-owner'],
  '--netns': ['netns-healthy', 'netns-mqtt-dropped', 'netns-local-firewall'],
  '--pid': ['pid-proxy-env', 'pid-shell-proxy', 'pid-owner-rule'],
  '--hold': [
    'hold-healthy',
    'hold-conntrack-silent',
    'hold-conntrack-reset',
    'hold-proxy-idle',
    'hold-broker-login-fin',
    'hold-lifetime',
  ],
  '--until-ok': ['until-ok-firewall', 'until-ok-dns'],
  'Ctrl-C': ['interrupt-probing', 'interrupt-hold', 'interrupt-pause'],
};

describe('the cases of the root lab', () => {
  it('have names of their own', () => {
    expect(byId.size).toBe(all.length);
    for (const id of byId.keys()) expect(id).toMatch(/^[a-z0-9]+(?:[-.][A-Za-z0-9]+)+$/);
  });

  it('are graded in the order of the registry, every group', () => {
    const script = readFileSync(new URL('../../../scripts/grade.mjs', import.meta.url), 'utf8');
    const list = /const GROUPS = \[([^\]]*)\]/.exec(script)?.[1] ?? '';
    expect([...list.matchAll(/'([^']+)'/g)].map(([, name]) => name)).toEqual(Object.keys(GROUPS));
  });

  it('are many: faults, and healthy networks that invite false alarms', () => {
    expect(all.filter(({ expect: { cause } }) => cause !== null).length).toBeGreaterThanOrEqual(70);
    expect(all.filter(({ unusual }) => unusual === true).length).toBeGreaterThanOrEqual(10);
  });

  it.each(Object.entries({ ...DIRECT, ...PROXIES, ...MODES }))('contain: %s', (_, ids) => {
    for (const id of ids) expect(byId.has(id), id).toBe(true);
  });

  it.each(Object.entries({ ...DIRECT, ...PROXIES }))('say what becomes of claim, env, auth and link: %s', (_, ids) => {
    for (const id of ids) {
      const { claim, link, legs } = byId.get(id)?.expect ?? { claim: null, link: null, legs: {} };
      expect([claim, link], id).not.toContain(null);
      // Behind a failed /env the Agent never learns where auth and link are.
      const blind = 'env' in legs && legs.env === 'will_fail';
      for (const leg of LEGS) {
        if (!(blind && (leg === 'auth' || leg === 'link')))
          expect((legs as Record<string, unknown>)[leg], `${id} ${leg}`).not.toBeNull();
      }
    }
  });

  it('close every host behind every kind of proxy', () => {
    for (const way of WAYS) for (const host of HOSTS) expect(byId.has(`matrix-${way.name}-${host.name}`)).toBe(true);
  });

  it('include each one that is known to come out wrong, with a reason', () => {
    for (const [id, reason] of Object.entries(KNOWN_WRONG)) {
      expect(byId.has(id), id).toBe(true);
      expect(reason.length, id).toBeGreaterThan(20);
    }
  });
});
