/** Through a proxy: HTTP CONNECT and SOCKS5 (docs/reference/agent.md#connect, #socks5, #seen-9). */
import {
  bothFail,
  linkFails,
  WORKS,
  type Expectation,
  type PublishedAddress,
  type Scenario,
  type ScenarioProxy,
} from './scenario.js';

const RIGHT = { user: 'user', password: 'secret' };
const WRONG = { user: 'user', password: 'p@ss:w/rd%+"' };

function through(
  id: string,
  title: string,
  proxy: Pick<ScenarioProxy, 'scheme' | 'behaviour'> & Partial<ScenarioProxy>,
  expect: Expectation,
): Scenario {
  return { id, title, faults: [], proxy: { credentials: null, ...proxy }, expect };
}

const http = (behaviour: string) => ({ scheme: 'http', behaviour }) as const;
const socks = (behaviour: string) => ({ scheme: 'socks5', behaviour }) as const;
const socksNames = (behaviour: string) => ({ scheme: 'socks5h', behaviour }) as const;
const CANNOT_PARSE = linkFails('proxy.agent_cannot_parse');
const DROPPED: PublishedAddress = { address: '54.198.178.11', leads: 'dropped' };

export const PROXY_SCENARIOS: readonly Scenario[] = [
  through('proxy_ok', 'An HTTP proxy that works', http('ok'), WORKS),
  through(
    'proxy_auth_ok',
    'An HTTP proxy with the right credentials',
    { ...http('auth_basic'), credentials: RIGHT },
    WORKS,
  ),
  through('proxy_http_1_0', 'An HTTP proxy that answers HTTP/1.0 200', http('http_1_0'), WORKS),
  through('proxy_no_reason', 'An HTTP proxy without a reason phrase', http('no_reason'), WORKS),
  through('proxy_headers', 'An HTTP proxy with headers in its 200', http('headers_with_200'), WORKS),
  {
    ...through('proxy_no_local_dns', 'An HTTP proxy, and names that only it resolves', http('ok'), WORKS),
    faults: ['nxdomain'],
  },
  {
    ...through('proxy_direct_blocked', 'An HTTP proxy, and everything direct is dropped', http('ok'), WORKS),
    addresses: { app: [DROPPED], api: [DROPPED], mqtt: [DROPPED] },
  },
  through(
    'proxy_407',
    'The proxy wants credentials, there are none',
    http('auth_basic'),
    bothFail('proxy.auth_required'),
  ),
  through(
    'proxy_407_wrong',
    'The proxy rejects the credentials',
    { ...http('auth_basic'), credentials: WRONG },
    bothFail('proxy.auth_rejected'),
  ),
  through(
    'proxy_407_ntlm',
    'The proxy wants NTLM',
    { ...http('407_ntlm'), credentials: RIGHT },
    bothFail('proxy.auth_scheme_unsupported'),
  ),
  through(
    'proxy_407_negotiate',
    'The proxy wants Kerberos',
    http('407_negotiate'),
    bothFail('proxy.auth_scheme_unsupported'),
  ),
  through('proxy_403', 'The proxy refuses our hosts', http('403'), bothFail('proxy.denied')),
  through(
    'proxy_403_mqtt',
    'The proxy refuses mqtt',
    { ...http('ok'), denyHosts: ['mqtt.netdata.cloud'] },
    linkFails('proxy.denied'),
  ),
  through('proxy_502', 'The proxy cannot reach the cloud (502)', http('502'), bothFail('proxy.upstream_failed')),
  through('proxy_503', 'The proxy cannot reach the cloud (503)', http('503'), bothFail('proxy.upstream_failed')),
  through('proxy_201', 'The proxy opens tunnels with 201', http('201'), CANNOT_PARSE),
  through('proxy_long_header', 'The proxy sends 5000 bytes of header', http('long_header'), CANNOT_PARSE),
  through('proxy_lf_only', 'The proxy ends lines with LF', http('lf_only'), CANNOT_PARSE),
  through('proxy_interim', 'The proxy sends 100 first', http('interim'), bothFail('proxy.agent_cannot_parse')),
  through(
    'proxy_body_after_200',
    'The proxy sends a body behind its 200, which TLS then reads',
    http('body_after_200'),
    bothFail('proxy.agent_cannot_parse'),
  ),
  through('proxy_silent', 'The proxy never answers', http('silent'), bothFail('proxy.no_answer')),
  through('proxy_closes', 'The proxy hangs up', http('closes'), bothFail('proxy.no_answer')),
  through('proxy_absent', 'Nobody listens on the port of the proxy', http('absent'), bothFail('proxy.refused')),
  through(
    'proxy_unresolvable',
    'The name of the proxy does not exist',
    { ...http('ok'), host: 'proxy.example.test' },
    bothFail('proxy.unresolvable'),
  ),
  through('proxy_is_tls', 'The port of the proxy speaks TLS', http('tls'), bothFail('proxy.protocol_mismatch')),
  through(
    'proxy_garbage',
    'The port of the proxy is a mail server',
    http('garbage'),
    bothFail('proxy.protocol_mismatch'),
  ),
  through(
    'proxy_tunnel_page',
    'The tunnel opens and a page comes out',
    http('tunnel_page'),
    bothFail('proxy.strips_or_inspects'),
  ),
  {
    ...through(
      'proxy_inspects',
      'The tunnel opens and TLS is inspected',
      http('ok'),
      bothFail('proxy.strips_or_inspects'),
    ),
    faults: ['intercepted=zscaler'],
  },
  through('socks5_ok', 'A SOCKS5 proxy that works', socks('ok'), WORKS),
  through('socks5h_ok', 'A SOCKS5 proxy that resolves', socksNames('ok'), WORKS),
  {
    ...through('socks5h_no_local_dns', 'A SOCKS5 proxy that resolves names nobody else knows', socksNames('ok'), WORKS),
    faults: ['nxdomain'],
  },
  through(
    'socks5_auth_ok',
    'A SOCKS5 proxy with the right credentials',
    { ...socksNames('auth'), credentials: RIGHT },
    WORKS,
  ),
  through('socks5_bound_domain', 'A SOCKS5 proxy that answers with a name', socks('bound_domain'), WORKS),
  through(
    'socks5_auth_required',
    'The SOCKS5 proxy wants credentials, there are none',
    socks('auth'),
    bothFail('proxy.auth_required'),
  ),
  through(
    'socks5_auth_rejected',
    'The SOCKS5 proxy rejects the credentials',
    { ...socks('auth_rejected'), credentials: RIGHT },
    bothFail('proxy.auth_rejected'),
  ),
  through(
    'socks5_gssapi',
    'The SOCKS5 proxy wants GSSAPI',
    socks('gssapi_only'),
    bothFail('proxy.auth_scheme_unsupported'),
  ),
  through('socks5_denied', 'The SOCKS5 proxy refuses by rule', socks('rep_02'), bothFail('proxy.denied')),
  through(
    'socks5_denied_mqtt',
    'The SOCKS5 proxy refuses mqtt',
    { ...socksNames('ok'), denyHosts: ['mqtt.netdata.cloud'] },
    linkFails('proxy.denied'),
  ),
  through(
    'socks5_upstream',
    'The SOCKS5 proxy cannot reach the cloud',
    socks('rep_05'),
    bothFail('proxy.upstream_failed'),
  ),
  through('socks5_silent', 'The SOCKS5 proxy never answers', socks('silent'), bothFail('proxy.no_answer')),
  through(
    'socks5_is_http',
    'The port of the SOCKS5 proxy is an HTTP server',
    socks('garbage'),
    bothFail('proxy.protocol_mismatch'),
  ),
  {
    ...through(
      'socks5_local_dns_fails',
      'socks5 resolves here, and here nothing resolves',
      socks('ok'),
      bothFail('dns.nxdomain'),
    ),
    faults: ['nxdomain'],
  },
];
