/** docs/reference/agent.md#seen-on-a-running-agent, #seen-13: trust, addresses, proxies, names. */
import { describe, expect, it } from 'vitest';
import { predict } from '../../../../src/agent/predict.js';
import { LEGS } from '../../../../src/model/route.js';
import { agentFacts, HTTP_PROXY, playAll, ROUTES, TARGETS } from '../../../helpers/facts.js';
import { LOST, scene, trustedBy, untrusted } from '../../../helpers/observations.js';

const TWO_MINUTES = { t0Ms: 0, tMs: 120_000 } as const;
import {
  check,
  head,
  INSPECTED,
  LINK_LEGS,
  onRoute,
  PROXIED,
  same,
  SELF_SIGNED,
  V4,
  V4_OTHER,
  V6,
  viaHttp,
  type Case,
} from './fate.js';

const CONFIRMED: readonly Case[] = [
  {
    name: '1: the prediction is about an Agent restarted since it was claimed: the proxy serves every leg',
    seen: playAll(same(viaHttp(head('HTTP/1.1 200 OK')))),
    facts: PROXIED,
    fate: ['works', 'works', 'works', 'works'],
  },
  {
    name: '2: v2.10.3 checks the name on the claim only',
    seen: playAll(same({ tls: { nameMatches: false } })),
    fate: ['fails', 'works', 'works', 'works'],
    and: {
      claim: {
        rule: 'agent:tls.name_mismatch',
        agentWouldSay: {
          status: 'SSL peer certificate or SSH remote key was not OK',
          log: 'CLAIM: SSL peer certificate or SSH remote key was not OK',
        },
      },
    },
  },
  {
    name: '2: newer versions check it everywhere',
    seen: playAll(same({ tls: { nameMatches: false } })),
    facts: { version: '2.12.0', legs: Object.fromEntries(LEGS.map((leg) => [leg, { checksName: true }])) },
    fate: ['fails', 'fails', 'fails', 'fails'],
    and: { env: { agentWouldSay: { status: 'TLS certificate verification failed', log: 'certificate verify error' } } },
  },
  {
    name: '3: trusted.pem helps the claim only',
    seen: playAll(same({ tls: { judgements: trustedBy('claim') } })),
    fate: ['works', 'fails', 'fails', 'fails'],
    and: { env: { rule: 'agent:tls.untrusted' } },
  },
  {
    name: '3: insecure = yes does not make the link take an inspecting CA',
    seen: playAll(same({ tls: INSPECTED })),
    facts: { legs: Object.fromEntries(LEGS.map((leg) => [leg, { insecure: true }])) },
    fate: ['works', 'fails', 'fails', 'fails'],
  },
  {
    name: '3: insecure = yes takes a bare self-signed leaf',
    seen: playAll(same({ tls: SELF_SIGNED })),
    facts: { legs: Object.fromEntries(LEGS.map((leg) => [leg, { insecure: true }])) },
    fate: ['works', 'works', 'works', 'works'],
  },
  {
    name: '3: insecure = yes does not take an expired self-signed leaf on the link',
    seen: playAll(same({ tls: { judgements: untrusted('DEPTH_ZERO_SELF_SIGNED_CERT', 'CERT_HAS_EXPIRED') } })),
    facts: { legs: Object.fromEntries(LEGS.map((leg) => [leg, { insecure: true }])) },
    fate: ['works', 'fails', 'fails', 'fails'],
  },
  {
    name: '3: without insecure nothing takes a self-signed leaf',
    seen: playAll(same({ tls: SELF_SIGNED })),
    fate: ['fails', 'fails', 'fails', 'fails'],
    and: { env: { rule: 'agent:tls.self_signed' } },
  },
  {
    name: '4: a swallowed ClientHello on the link leaves it waiting silently',
    seen: playAll({ link: { tlsFails: 'generic_timeout_error', tls: LOST } }),
    fate: ['works', 'works', 'works', 'fails'],
    and: { link: { rule: 'agent:tls.stalled', agentSeconds: null, agentWouldSay: { status: 'offline', log: null } } },
  },
  {
    name: '4: an unanswered MQTT CONNECT leaves it waiting silently',
    seen: playAll({ link: { mqtt: (steps, way) => void steps.noConnack(way, undefined, TWO_MINUTES) } }),
    fate: ['works', 'works', 'works', 'fails'],
    and: {
      link: { rule: 'agent:mqtt.no_connack', agentSeconds: null, agentWouldSay: { status: 'offline', log: null } },
    },
  },
  {
    name: '4: newer versions give up after 120 s and say so',
    seen: playAll({ link: { mqtt: (steps, way) => void steps.noConnack(way, undefined, TWO_MINUTES) } }),
    facts: { version: '2.12.0' },
    fate: ['works', 'works', 'works', 'fails'],
    and: { link: { agentWouldSay: { status: 'disconnected, timed out waiting for CONNACK', log: null } } },
  },
  {
    name: '5: dead IPv6 first, working IPv4: the claim at once, the link at the second attempt',
    seen: playAll(same({ addresses: [V6, V4], connect: { [V6]: 'generic_timeout_error' } })),
    fate: ['works', 'works', 'works', 'works'],
    and: {
      claim: { worksAtAttempt: 1, rule: 'agent:works' },
      env: { worksAtAttempt: 2, rule: 'agent:works.after_ipv6_timeout' },
      link: { worksAtAttempt: 2, rule: 'agent:works.after_ipv6_timeout' },
    },
  },
  {
    name: '5: refused IPv6 costs nothing',
    seen: playAll(same({ addresses: [V6, V4], connect: { [V6]: 'connection_refused' } })),
    fate: ['works', 'works', 'works', 'works'],
    and: { link: { worksAtAttempt: 1, rule: 'agent:works' } },
  },
  {
    name: '5: a silent first IPv4 ends every attempt of the link, the claim goes on',
    seen: playAll(same({ addresses: [V4, V4_OTHER], connect: { [V4]: 'generic_timeout_error' } })),
    fate: ['works', 'fails', 'fails', 'fails'],
    and: {
      env: {
        rule: 'agent:tcp.timeout_ends_loop',
        agentWouldSay: { status: 'timeout', log: "Timed out while connecting to '" },
      },
    },
  },
  {
    name: '6: the proxy variables reach only one of them: claim by proxy, link direct and blocked',
    seen: playAll({
      claim: viaHttp(head('HTTP/1.1 200 OK')),
      ...same({ connect: { '203.0.113.10': 'generic_timeout_error' } }, ['env']),
      ...same({ connect: { '203.0.113.20': 'generic_timeout_error' } }, ['auth']),
      ...same({ connect: { '203.0.113.30': 'generic_timeout_error' } }, ['link']),
    }),
    facts: { legs: onRoute(HTTP_PROXY, ['claim']) },
    fate: ['works', 'fails', 'fails', 'fails'],
  },
  {
    name: '6: and the other way round',
    seen: playAll({
      claim: { connect: { '203.0.113.10': 'generic_timeout_error' } },
      ...same(viaHttp(head('HTTP/1.1 200 OK')), LINK_LEGS),
    }),
    facts: { legs: onRoute(HTTP_PROXY, LINK_LEGS) },
    fate: ['fails', 'works', 'works', 'works'],
    and: { claim: { rule: 'agent:tcp.timeout', agentSeconds: 5.002 } },
  },
  {
    name: '7: a proxy name that does not resolve',
    seen: (() => {
      const seen = scene();
      for (const leg of LEGS)
        seen.on({ leg, routeId: HTTP_PROXY.id }).resolveFails('dns_nxdomain_error', { hostname: 'proxy.example' });
      return seen;
    })(),
    facts: PROXIED,
    fate: ['fails', 'fails', 'fails', 'fails'],
    and: {
      claim: { agentWouldSay: { status: "Couldn't resolve proxy name", log: "CLAIM: Couldn't resolve proxy name" } },
      env: { agentWouldSay: { status: 'cannot resolve hostname', log: 'error connecting TCP socket to' } },
    },
  },
  {
    name: '9: HTTP/1.0 200 is fine',
    seen: playAll(same(viaHttp(head('HTTP/1.0 200 OK')))),
    facts: PROXIED,
    fate: ['works', 'works', 'works', 'works'],
  },
  {
    name: '9: 201 fails the link, not the claim',
    seen: playAll(same(viaHttp(head('HTTP/1.1 201 Created')))),
    facts: PROXIED,
    fate: ['works', 'fails', 'fails', 'fails'],
    and: {
      env: {
        rule: 'agent:proxy.reply_status_not_accepted',
        agentWouldSay: { status: 'proxy negotiation failed', log: 'failed with status 201' },
      },
    },
  },
  {
    name: '9: more than 4095 bytes of header fail the link, not the claim',
    seen: playAll(same(viaHttp(head('HTTP/1.1 200 OK', `X: ${'x'.repeat(5000)}`)))),
    facts: PROXIED,
    fate: ['works', 'fails', 'fails', 'fails'],
    and: { env: { rule: 'agent:proxy.reply_too_long' } },
  },
  {
    name: '9: a body behind the 200 breaks the TLS that follows',
    seen: playAll(same(viaHttp(head('HTTP/1.1 200 OK', 'Content-Length: 2'), { bytesAfterHead: 2 }))),
    facts: PROXIED,
    fate: ['fails', 'fails', 'fails', 'fails'],
  },
];

describe('what a running v2.10.3 did (docs/reference/agent.md#seen-on-a-running-agent)', () => {
  it.each(CONFIRMED.map((one) => [one.name, one] as const))('%s', (_name, one) => check(one));

  it('5: the link over IPv4 comes up after 21 to 22 s', () => {
    const seen = playAll(same({ addresses: [V6, V4], connect: { [V6]: 'generic_timeout_error' } }));
    const [claim, env] = predict({
      facts: agentFacts(),
      routes: ROUTES,
      targets: TARGETS,
      observations: seen.observations,
    });
    expect(claim?.agentSeconds).toBeLessThan(1);
    expect(env?.agentSeconds).toBeGreaterThanOrEqual(21);
    expect(env?.agentSeconds).toBeLessThanOrEqual(22);
  });
});
