/** docs/reference/agent.md#seen-on-a-running-agent: answers, and what the Agent would say. */
import { describe, it } from 'vitest';
import { LEGS } from '../../../../src/model/route.js';
import { playAll } from '../../../helpers/facts.js';
import {
  answer,
  ENV_ANSWER,
  ENV_DOCUMENT,
  htmlAnswer,
  LOST,
  scene,
  untrusted,
  upgradeHead,
} from '../../../helpers/observations.js';
import { check, envWith, head, INSPECTED, PROXIED, same, V4, V4_OTHER, viaHttp, type Case } from './fate.js';

const CONFIRMED: readonly Case[] = [
  {
    name: '10: HTTP/1.0 answers',
    seen: playAll({
      ...same({ http: { head: ENV_ANSWER.head.replace('1.1', '1.0'), body: ENV_ANSWER.body } }, ['claim', 'env']),
    }),
    fate: ['works', 'fails', 'works', 'works'],
    and: {
      env: {
        rule: 'agent:http.not_http11',
        agentWouldSay: {
          status: 'https client parsing of response failed',
          log: 'Expected response to start with "HTTP/1.1 "',
        },
      },
    },
  },
  {
    name: '10: answers ended by close',
    seen: playAll(
      same(
        {
          http: { head: head('HTTP/1.1 200 OK', 'Content-Type: application/json'), body: ENV_DOCUMENT },
          httpOver: { endedBy: 'close', closedAfterMs: 0 },
        },
        ['claim', 'env'],
      ),
    ),
    fate: ['works', 'fails', 'works', 'works'],
    and: { env: { rule: 'agent:http.no_length' } },
  },
  {
    name: '10: a header value of 1024 bytes',
    seen: playAll(same({ http: envWith([`X: ${'v'.repeat(1024)}`]) }, ['claim', 'env'])),
    fate: ['works', 'fails', 'works', 'works'],
    and: { env: { rule: 'agent:http.header_value_too_long' } },
  },
  {
    name: '10: a header without a space behind its colon',
    seen: playAll(same({ http: envWith(['X:v']) }, ['claim', 'env'])),
    fate: ['works', 'fails', 'works', 'works'],
    and: {
      env: {
        rule: 'agent:http.separator_elsewhere',
        agentSeconds: 30.017,
        agentWouldSay: { status: 'https client timeout', log: 'timed out' },
      },
    },
  },
  {
    // Without the space, that is: with it, a running v2.10.3 was seen to come online.
    name: '10: an empty header value',
    seen: playAll(same({ http: envWith(['X:']) }, ['claim', 'env'])),
    fate: ['works', 'fails', 'works', 'works'],
    and: { env: { rule: 'agent:http.separator_elsewhere' } },
  },
  {
    name: '10: an empty header value behind a space is fine',
    seen: playAll(same({ http: envWith(['X: ']) }, ['claim', 'env'])),
    fate: ['works', 'works', 'works', 'works'],
  },
  {
    name: '10: chunked answers are fine',
    seen: playAll(
      same(
        {
          http: {
            head: head('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked'),
            body: `${ENV_DOCUMENT.length.toString(16)}\r\n${ENV_DOCUMENT}\r\n0\r\n\r\n`,
          },
          httpOver: { endedBy: 'chunked' },
        },
        ['claim', 'env'],
      ),
    ),
    fate: ['works', 'works', 'works', 'works'],
  },
  {
    name: '10: a close 300 ms later is fine',
    seen: playAll(same({ httpOver: { closedAfterMs: 300 } }, ['claim', 'env', 'auth'])),
    fate: ['works', 'works', 'works', 'works'],
  },
  {
    name: '10: a close in the same breath is a race',
    seen: playAll(same({ httpOver: { closedAfterMs: 1 } }, ['claim', 'env', 'auth'])),
    fate: ['works', 'risk', 'risk', 'works'],
    and: {
      env: {
        rule: 'agent:http.closed_with_answer',
        agentWouldSay: { status: 'https client read error', log: 'SSL_ERROR_ZERO_RETURN' },
      },
    },
  },
  {
    name: '11: the 101 parser refuses an empty value',
    seen: playAll({ link: { upgrade: upgradeHead(['X: ']) } }),
    fate: ['works', 'works', 'works', 'fails'],
    and: {
      link: {
        rule: 'agent:ws.header_value_empty',
        agentWouldSay: { status: 'offline', log: 'HTTP Header value cannot be empty' },
      },
    },
  },
  {
    name: '11: … a missing space',
    seen: playAll({ link: { upgrade: upgradeHead(['X:y']) } }),
    fate: ['works', 'works', 'works', 'fails'],
  },
  {
    name: '11: … a line of 4096 bytes',
    seen: playAll({ link: { upgrade: upgradeHead([`X: ${'y'.repeat(4093)}`]) } }),
    fate: ['works', 'works', 'works', 'fails'],
  },
  {
    name: '11: it does not look at the subprotocol',
    seen: playAll({ link: { upgrade: upgradeHead(['Sec-WebSocket-Protocol: nonsense']) } }),
    fate: ['works', 'works', 'works', 'works'],
  },
  {
    name: '11: any other answer is logged as a missing accept header',
    seen: playAll({ link: { upgrade: head('HTTP/1.1 403 Forbidden', 'Content-Length: 0') } }),
    fate: ['works', 'works', 'works', 'fails'],
    and: {
      link: {
        rule: 'agent:ws.not_switched',
        agentWouldSay: { status: 'offline', log: 'Missing sec-websocket-accept header' },
      },
    },
  },
  {
    name: '12: a web filter answers 403',
    seen: playAll(same({ http: htmlAnswer('403 Forbidden') }, ['claim', 'env', 'auth'])),
    fate: ['fails', 'fails', 'fails', 'works'],
    and: {
      claim: {
        agentWouldSay: {
          status: 'token is expired, not found, or invalid',
          log: 'CLAIM: token is expired, not found, or invalid',
        },
      },
    },
  },
  ...['407 Proxy Authentication Required', '403 Forbidden', '503 Service Unavailable'].map((status): Case => ({
    name: `12: a proxy answers ${status}`,
    seen: playAll(same(viaHttp(head(`HTTP/1.1 ${status}`)))),
    facts: PROXIED,
    fate: ['fails', 'fails', 'fails', 'fails'],
    and: {
      claim: {
        agentWouldSay: {
          status: 'Failure when receiving data from the peer',
          log: 'CLAIM: Failure when receiving data from the peer',
        },
      },
      env: { agentWouldSay: { status: 'proxy negotiation failed', log: `failed with status ${status.slice(0, 3)}` } },
      link: { agentWouldSay: { status: 'offline', log: 'proxy negotiation failed' } },
    },
  })),
  ...(['dns_nxdomain_error', 'dns_servfail_error', 'dns_refused_error', 'generic_timeout_error'] as const).map(
    (kind): Case => {
      const seen = scene();
      for (const leg of LEGS) seen.on({ leg }).resolveFails(kind, { t0Ms: 0, tMs: 10_000 });
      return {
        name: `13: ${kind}`,
        seen,
        fate: ['fails', 'fails', 'fails', 'fails'],
        and: {
          env: {
            rule: 'agent:dns.unresolvable',
            agentWouldSay: { status: 'cannot resolve hostname', log: 'error connecting TCP socket to' },
          },
        },
      };
    },
  ),
  ...(
    ['connection_refused', 'connection_reset', 'host_unreachable', 'network_unreachable', 'permission_denied'] as const
  ).map((kind): Case => ({
    name: `13: ${kind} on every address`,
    seen: playAll(same({ addresses: [V4, V4_OTHER], connect: { [V4]: kind, [V4_OTHER]: kind } })),
    fate: ['fails', 'fails', 'fails', 'fails'],
    and: {
      claim: {
        rule: 'agent:tcp.refused',
        agentWouldSay: { status: "Couldn't connect to server", log: "CLAIM: Couldn't connect to server" },
      },
      env: {
        rule: 'agent:tcp.refused',
        agentWouldSay: { status: 'connection refused', log: "Failed to connect to '" },
      },
      link: { agentWouldSay: { status: 'offline', log: 'Could not connect to remote endpoint' } },
    },
  })),
  ...(
    [
      // The status is the same for all; the line of the failed check is told before the one of the failed write.
      ['untrusted', { tls: INSPECTED }, 'certificate verify error'],
      ['expired', { tls: { judgements: untrusted('CERT_HAS_EXPIRED') } }, 'certificate verify error'],
      ['not yet valid', { tls: { judgements: untrusted('CERT_NOT_YET_VALID') } }, 'certificate verify error'],
      ['an old TLS version', { tls: { protocol: 'TLSv1.1' } }, null],
      ['no common TLS version', { tlsFails: 'ssl_version_unsupported' }, null],
      ['a swallowed ClientHello', { tlsFails: 'generic_timeout_error', tls: LOST }, null],
      ['a reset within the handshake', { tlsFails: 'connection_reset' }, null],
    ] as const
  ).map(([what, play, line]): Case => ({
    name: `13: ${what}`,
    seen: playAll(same(play)),
    fate: ['fails', 'fails', 'fails', 'fails'],
    and: {
      env: { agentWouldSay: { status: 'https client failed to write http header', log: line ?? 'SSL_write Err' } },
      link: { agentWouldSay: { status: 'offline', log: line } },
    },
  })),
  {
    name: '15: a 200 page instead of the service, on the claim',
    seen: playAll({ claim: { http: htmlAnswer('200 OK') } }),
    fate: ['fails', 'works', 'works', 'works'],
    and: {
      claim: {
        rule: 'agent:answer.page',
        agentWouldSay: { status: 'response code 200', log: 'CLAIM: response code 200' },
      },
    },
  },
  {
    name: '15: an empty /env',
    seen: playAll({ env: { http: answer('200 OK', '') } }),
    fate: ['works', 'fails', 'works', 'works'],
    and: { env: { rule: 'agent:env.empty', agentWouldSay: { status: '/env response is empty', log: null } } },
  },
  {
    name: '15: an HTML /env',
    seen: playAll({ env: { http: htmlAnswer('200 OK') } }),
    fate: ['works', 'fails', 'works', 'works'],
    and: {
      env: {
        rule: 'agent:answer.page',
        agentWouldSay: { status: '/env response is not JSON', log: 'error parsing /env message' },
      },
    },
  },
];

describe('what a running v2.10.3 did (docs/reference/agent.md#seen-on-a-running-agent)', () => {
  it.each(CONFIRMED.map((one) => [one.name, one] as const))('%s', (_name, one) => check(one));
});
