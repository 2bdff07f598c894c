/** Traps of docs/reference/agent.md#traps that can be seen from outside. */
import { describe, it } from 'vitest';
import { type RouteEntry } from '../../../../src/model/route.js';
import { HTTP_PROXY, playAll, ROUTES, SOCKS5_PROXY, SOCKS5H_PROXY } from '../../../helpers/facts.js';
import { ENV_ANSWER, ENV_DOCUMENT, jsonAnswer, trustedBy, upgradeHead } from '../../../helpers/observations.js';
import {
  check,
  head,
  LINK_LEGS,
  onRoute,
  PROXIED,
  same,
  through,
  V4,
  V4_OTHER,
  V6,
  V6_OTHER,
  viaHttp,
  type Case,
} from './fate.js';

const TRAPS: readonly Case[] = [
  {
    name: 'T3: a host with only IPv6, after another leg has switched IPv6 off',
    seen: playAll({
      env: { addresses: [V6] },
      auth: { addresses: [V6_OTHER, V4], connect: { [V6_OTHER]: 'generic_timeout_error' } },
    }),
    fate: ['works', 'fails', 'works', 'works'],
    and: {
      env: {
        rule: 'agent:tcp.ipv6_switched_off',
        agentWouldSay: { status: 'connection refused', log: 'error connecting TCP socket to' },
      },
    },
  },
  {
    name: 'T3: only IPv6 published, and it is dropped',
    seen: playAll(same({ addresses: [V6], connect: { [V6]: 'generic_timeout_error' } })),
    fate: ['fails', 'fails', 'fails', 'fails'],
    and: { env: { rule: 'agent:tcp.ipv6_switched_off' }, claim: { rule: 'agent:tcp.timeout' } },
  },
  {
    name: 'T3: IPv6 works and comes first, IPv4 is dropped',
    seen: playAll(same({ addresses: [V6, V4], connect: { [V4]: 'generic_timeout_error' } })),
    fate: ['works', 'works', 'works', 'works'],
  },
  {
    name: 'T3: IPv6 is dropped, and so is IPv4 behind it',
    seen: playAll(
      same({ addresses: [V6, V4], connect: { [V6]: 'generic_timeout_error', [V4]: 'generic_timeout_error' } }),
    ),
    fate: ['fails', 'fails', 'fails', 'fails'],
    and: { env: { rule: 'agent:tcp.timeout_ends_loop' } },
  },
  {
    name: 'T4: no fall-over after TLS fails on the first address',
    seen: (() => {
      const seen = playAll({ env: null });
      const steps = seen.on({ leg: 'env' });
      steps.resolveOk([V4, V4_OTHER]);
      steps.tlsFails(steps.connectOk(V4), 'connection_reset');
      const way = steps.connectOk(V4_OTHER);
      steps.tlsOk(way);
      steps.httpAnswer(way, ENV_ANSWER);
      return seen;
    })(),
    fate: ['works', 'fails', 'works', 'works'],
    and: { env: { rule: 'agent:tls.reset' } },
  },
  {
    name: 'T4: no IPv6 socket on this host ends the loop too',
    seen: playAll({ env: { addresses: [V6, V4], connect: { [V6]: 'address_family_not_supported' } } }),
    fate: ['works', 'fails', 'works', 'works'],
    and: { env: { agentWouldSay: { status: 'cannot create socket', log: 'error connecting TCP socket to' } } },
  },
  {
    name: 'T5: SSL_CERT_FILE helps the link, not the claim',
    seen: playAll(same({ tls: { judgements: trustedBy('link') } })),
    fate: ['fails', 'works', 'works', 'works'],
  },
  {
    name: 'T11: an interim reply of the proxy',
    seen: playAll(same(viaHttp(head('HTTP/1.1 100 Continue') + head('HTTP/1.1 200 OK')), LINK_LEGS)),
    facts: { legs: onRoute(HTTP_PROXY, LINK_LEGS) },
    fate: ['works', 'fails', 'fails', 'fails'],
  },
  {
    name: 'T11: bare line feeds in the reply of the proxy',
    seen: playAll(same(viaHttp('HTTP/1.1 200 OK\n\n'))),
    facts: PROXIED,
    fate: ['works', 'fails', 'fails', 'fails'],
  },
  {
    name: 'T11: the proxy stays silent',
    seen: playAll(
      same(
        viaHttp('', {
          failure: { kind: 'generic_timeout_error', operation: 'proxy_connect', rawCode: null, detail: '' },
          t0Ms: 0,
          tMs: 30_000,
        }),
      ),
    ),
    facts: PROXIED,
    fate: ['fails', 'fails', 'fails', 'fails'],
    and: { env: { rule: 'agent:proxy.no_reply' } },
  },
  {
    name: 'T13: an early 103',
    seen: playAll(
      same(
        {
          http: { head: `${head('HTTP/1.1 103 Early Hints')}${ENV_ANSWER.head}`, body: ENV_ANSWER.body },
          httpOver: { status: 200 },
        },
        ['claim', 'env'],
      ),
    ),
    fate: ['works', 'fails', 'works', 'works'],
    and: { env: { rule: 'agent:http.interim_response' } },
  },
  {
    name: 'T13: Chunked instead of chunked',
    seen: playAll({
      env: {
        http: {
          head: head('HTTP/1.1 200 OK', 'Transfer-Encoding: Chunked'),
          body: `${ENV_DOCUMENT.length.toString(16)}\r\n${ENV_DOCUMENT}\r\n0\r\n\r\n`,
        },
      },
    }),
    fate: ['works', 'fails', 'works', 'works'],
  },
  {
    name: 'T13: chunk trailers',
    seen: playAll({
      env: {
        http: {
          head: head('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked'),
          body: `${ENV_DOCUMENT.length.toString(16)}\r\n${ENV_DOCUMENT}\r\n0\r\nX: y\r\n\r\n`,
        },
      },
    }),
    fate: ['works', 'fails', 'works', 'works'],
  },
  {
    name: 'an answer that trickles in, CR and LF apart',
    seen: playAll({ env: { httpOver: { lineEndSplits: 5 } } }),
    fate: ['works', 'fails', 'works', 'works'],
    and: { env: { rule: 'agent:http.line_end_split' } },
  },
  {
    name: 'an answer that was cut once between CR and LF',
    seen: playAll({ env: { httpOver: { lineEndSplits: 1 } } }),
    fate: ['works', 'works', 'works', 'works'],
  },
  {
    name: 'T14: a trailing space behind the accept value',
    seen: playAll({ link: { upgrade: upgradeHead().replace(/(Accept: \S+)/, '$1 ') } }),
    fate: ['works', 'works', 'works', 'fails'],
    and: { link: { rule: 'agent:ws.accept_mismatch' } },
  },
  {
    name: 'T14: a re-fragmented frame',
    seen: playAll({
      link: { mqtt: (steps, way) => void steps.connack(way, 135, { frames: ['0,0,2,0,2', '1,0,0,0,3'] }) },
    }),
    fate: ['works', 'works', 'works', 'fails'],
    and: { link: { rule: 'agent:ws.frame_fragmented' } },
  },
  {
    name: 'T14: a compressed frame',
    seen: playAll({ link: { mqtt: (steps, way) => void steps.connack(way, 135, { frames: ['1,4,2,0,7'] }) } }),
    fate: ['works', 'works', 'works', 'fails'],
  },
  {
    name: 'T15, T16: only the upgrade is refused, by a proxy',
    seen: playAll({ link: { upgrade: head('HTTP/1.1 407 Proxy Authentication Required') } }),
    fate: ['works', 'works', 'works', 'fails'],
  },
  {
    name: 'T17: only the MQTT host is blocked',
    seen: playAll({ link: { connect: { '203.0.113.30': 'generic_timeout_error' } } }),
    fate: ['works', 'works', 'works', 'fails'],
    and: { link: { agentWouldSay: { status: 'offline', log: 'Could not connect to remote endpoint' } } },
  },
  {
    name: 'T18: /env names other hosts than the documented ones',
    seen: playAll({
      env: { http: jsonAnswer('200 OK', ENV_DOCUMENT.replace('mqtt.netdata.cloud', 'mqtt-eu.example')) },
    }),
    fate: ['works', 'works', 'works', 'unknown'],
    and: { link: { rule: 'agent:unknown.host_not_probed' } },
  },
  {
    name: 'T20: a slow resolver: too late for a try of the claim, in time for the link',
    seen: playAll(same({ resolve: { t0Ms: 0, tMs: 5100 } })),
    fate: ['risk', 'works', 'works', 'works'],
    and: { claim: { rule: 'agent:claim.connect_budget' } },
  },
  {
    name: 'T20: a slow handshake: too late for the claim, in time for the link',
    seen: playAll(same({ tls: { t0Ms: 0, tMs: 5200 } })),
    fate: ['fails', 'works', 'works', 'works'],
    and: { claim: { rule: 'agent:claim.connect_budget' } },
  },
  {
    name: 'T20: a handshake that leaves the claim little time',
    seen: playAll(same({ tls: { t0Ms: 0, tMs: 4500 } })),
    fate: ['risk', 'works', 'works', 'works'],
  },
  {
    name: 'T25: a transport endpoint without a port',
    seen: playAll({
      env: { http: jsonAnswer('200 OK', ENV_DOCUMENT.replace('mqtt.netdata.cloud:443', 'mqtt.netdata.cloud')) },
    }),
    fate: ['works', 'works', 'works', 'fails'],
    and: {
      link: {
        rule: 'agent:env.port_missing',
        agentWouldSay: { status: 'offline', log: 'Could not connect to remote endpoint' },
      },
    },
  },
  {
    name: 'T26: an idle link is cut after 30 s',
    seen: playAll({
      link: {
        mqtt: (steps, way) => {
          steps.connack(way, 135);
          steps.hold(way, { heldMs: 30_000, endedBy: 'reset' });
        },
      },
    }),
    fate: ['works', 'works', 'works', 'risk'],
    and: { link: { rule: 'agent:hold.cut', worksAtAttempt: 1 } },
  },
  {
    name: 'T26: an idle link that is held for 60 s',
    seen: playAll({
      link: {
        mqtt: (steps, way) => {
          steps.connack(way, 135);
          steps.hold(way);
        },
      },
    }),
    fate: ['works', 'works', 'works', 'works'],
  },
  {
    name: 'T35: socks5 needs the name here, socks5h does not',
    seen: (() => {
      const seen = playAll(
        same(
          through(SOCKS5_PROXY, (steps, way) => void steps.socksReply(way, 0)),
          LINK_LEGS,
        ),
      );
      for (const leg of LINK_LEGS) seen.on({ leg }).resolveFails();
      return seen;
    })(),
    facts: { legs: onRoute(SOCKS5_PROXY, LINK_LEGS) },
    routes: ROUTES.map((entry) =>
      entry.id === SOCKS5_PROXY.id
        ? {
            ...entry,
            route: {
              ...entry.route,
              proxy: { host: 'proxy.example', port: 3128, credentials: 'none' },
            } as RouteEntry['route'],
          }
        : entry,
    ),
    fate: ['works', 'fails', 'fails', 'fails'],
    and: {
      env: {
        rule: 'agent:socks.target_unresolvable',
        agentWouldSay: { status: 'proxy negotiation failed', log: 'proxy negotiation failed via' },
      },
    },
  },
  {
    name: 'T35: an answer of another version to the SOCKS password: libcurl does not look at it',
    seen: playAll(
      same(
        through(
          SOCKS5H_PROXY,
          (steps, way) =>
            void steps.socksReply(way, 0, {
              socksMethod: 2,
              socksAuthStatus: 0,
              credentialsSent: true,
              rawReply: '\x05\x02\x05\x00\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00',
            }),
        ),
      ),
    ),
    facts: { legs: onRoute(SOCKS5H_PROXY) },
    routes: ROUTES.map((entry) =>
      entry.id === SOCKS5H_PROXY.id && entry.route.kind === 'socks5'
        ? { ...entry, route: { ...entry.route, proxy: { ...entry.route.proxy, port: 3128 } } }
        : entry,
    ),
    fate: ['works', 'fails', 'fails', 'fails'],
    and: { env: { rule: 'agent:socks.auth_failed' } },
  },
  {
    name: 'T36: a body of more than 16 KiB with a length',
    seen: playAll(same({ http: jsonAnswer('200 OK', `${ENV_DOCUMENT}${' '.repeat(17_000)}`) }, ['claim', 'env'])),
    fate: ['works', 'fails', 'works', 'works'],
    and: { env: { rule: 'agent:http.body_too_long' } },
  },
];

describe('traps that can be seen from outside (docs/reference/agent.md#traps)', () => {
  it.each(TRAPS.map((one) => [one.name, one] as const))('%s', (_name, one) => check(one));
});
