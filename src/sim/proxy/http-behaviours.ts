/**
 * How HTTP proxies answer CONNECT (RFC 9110 §9.3.6): rightly, by policy, or in ways the Agent cannot read
 * (docs/reference/agent.md#connect).
 */

export interface ConnectRequest {
  readonly host: string;
  readonly port: number;
  /** Lower-case names, values as sent. */
  readonly headers: readonly (readonly [string, string])[];
  readonly credentials: 'none' | 'right' | 'wrong';
}

/** `relay`: the tunnel opens; `dead`: the connection stays open and nothing is relayed. */
export interface ProxyPlan {
  /** null = not an HTTP answer. */
  readonly status: number | null;
  readonly bytes: string;
  readonly end: 'relay' | 'dead' | 'close' | 'reset';
  /** Sent when the first bytes of the tunnel arrive, before `end`. */
  readonly onTunnelBytes?: string;
}

export interface HttpProxyBehaviour {
  readonly id: string;
  readonly title: string;
  readonly plan: (request: ConnectRequest) => ProxyPlan;
}

const ESTABLISHED = 'HTTP/1.1 200 Connection established\r\n\r\n';

function relay(bytes = ESTABLISHED, status = 200): ProxyPlan {
  return { status, bytes, end: 'relay' };
}

function page(status: number, reason: string, headers: readonly string[], title: string): ProxyPlan {
  const body = `<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`;
  const lines = [
    `HTTP/1.1 ${status} ${reason}`,
    'Content-Type: text/html',
    `Content-Length: ${body.length}`,
    'Connection: close',
    ...headers,
  ];
  return { status, bytes: `${lines.join('\r\n')}\r\n\r\n${body}`, end: 'close' };
}

function askFor(...schemes: readonly string[]): ProxyPlan {
  return page(
    407,
    'Proxy Authentication Required',
    schemes.map((scheme) => `Proxy-Authenticate: ${scheme}`),
    'Cache Access Denied',
  );
}

/** Also what `denyHosts` answers. */
export const DENIED: ProxyPlan = page(
  403,
  'Forbidden',
  ['Server: squid/5.7', 'X-Squid-Error: ERR_ACCESS_DENIED 0', 'Via: 1.1 gateway.example.test (squid/5.7)'],
  'ERROR: The requested URL could not be retrieved',
);

/** What a working proxy says when it cannot reach the target itself. */
export const UNREACHABLE: ProxyPlan = page(
  503,
  'Service Unavailable',
  ['Server: squid/5.7', 'X-Squid-Error: ERR_CONNECT_FAIL 111'],
  'ERROR: The requested URL could not be retrieved',
);
export const BAD_REQUEST: ProxyPlan = page(400, 'Bad Request', ['Server: squid/5.7'], 'Invalid Request');

function always(plan: ProxyPlan): HttpProxyBehaviour['plan'] {
  return () => plan;
}

const hasHeader = (request: ConnectRequest, name: string): boolean => request.headers.some(([key]) => key === name);

export const HTTP_PROXY_BEHAVIOURS: readonly HttpProxyBehaviour[] = [
  { id: 'ok', title: 'Relays everything', plan: always(relay()) },
  {
    id: 'auth_basic',
    title: 'Relays with the right Basic credentials, 407 without',
    plan: (request) => (request.credentials === 'right' ? relay() : askFor('Basic realm="gateway"')),
  },
  {
    id: 'auth_basic_and_ntlm',
    title: 'As auth_basic, offering NTLM first',
    plan: (request) => (request.credentials === 'right' ? relay() : askFor('NTLM', 'Basic realm="gateway"')),
  },
  { id: '407_ntlm', title: 'Asks for NTLM only', plan: always(askFor('NTLM')) },
  { id: '407_negotiate', title: 'Asks for Kerberos or NTLM only', plan: always(askFor('Negotiate', 'NTLM')) },
  {
    id: '407_digest',
    title: 'Asks for Digest only',
    plan: always(askFor('Digest realm="gateway", nonce="MDEyMzQ1", qop="auth"')),
  },
  { id: '403', title: 'Refuses every host', plan: always(DENIED) },
  { id: '502', title: 'Cannot reach the target', plan: always(page(502, 'Bad Gateway', [], '502 Bad Gateway')) },
  { id: '503', title: 'Cannot reach the target', plan: always(UNREACHABLE) },
  { id: '504', title: 'Waited for the target in vain', plan: always(page(504, 'Gateway Timeout', [], '504')) },
  { id: '400', title: 'Calls the request bad', plan: always(BAD_REQUEST) },
  {
    id: '302_login',
    title: 'Redirects to a login page',
    plan: always(page(302, 'Found', ['Location: http://login.example.test/'], 'Log in')),
  },
  {
    id: 'needs_user_agent',
    title: 'Refuses CONNECT without a User-Agent',
    plan: (request) => (hasHeader(request, 'user-agent') ? relay() : DENIED),
  },
  {
    id: 'needs_host_port',
    title: 'Refuses CONNECT whose Host header has no port',
    plan: (request) =>
      request.headers.some(([name, value]) => name === 'host' && /:\d+$/.test(value)) ? relay() : BAD_REQUEST,
  },
  { id: '201', title: 'Opens the tunnel with status 201', plan: always(relay('HTTP/1.1 201 Created\r\n\r\n', 201)) },
  { id: '204', title: 'Opens the tunnel with status 204', plan: always(relay('HTTP/1.1 204 No Content\r\n\r\n', 204)) },
  {
    id: 'http_1_0',
    title: 'Opens the tunnel with HTTP/1.0 200',
    plan: always(relay('HTTP/1.0 200 Connection established\r\n\r\n')),
  },
  { id: 'http_2', title: 'Claims to speak HTTP/2', plan: always(relay('HTTP/2 200\r\n\r\n')) },
  { id: 'no_reason', title: 'Opens the tunnel without a reason phrase', plan: always(relay('HTTP/1.1 200\r\n\r\n')) },
  {
    id: 'interim',
    title: 'Sends 100 Continue before the 200',
    plan: always(relay(`HTTP/1.1 100 Continue\r\n\r\n${ESTABLISHED}`)),
  },
  { id: 'lf_only', title: 'Ends lines with LF alone', plan: always(relay('HTTP/1.1 200 OK\nVia: 1.1 proxy\n\n')) },
  {
    id: 'long_header',
    title: 'Opens the tunnel with 5000 bytes of header',
    plan: always(relay(`HTTP/1.1 200 OK\r\nX-Policy: ${'x'.repeat(4969)}\r\n\r\n`)),
  },
  {
    id: 'body_after_200',
    title: 'Announces and sends a body behind the 200',
    plan: always(relay('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\ntunnel\n')),
  },
  {
    id: 'headers_with_200',
    title: 'Opens the tunnel with a few headers (healthy)',
    plan: always(relay('HTTP/1.1 200 Connection established\r\nVia: 1.1 proxy\r\nX-Empty:\r\n\r\n')),
  },
  { id: 'silent', title: 'Never answers', plan: always({ status: null, bytes: '', end: 'dead' }) },
  { id: 'closes', title: 'Closes without an answer', plan: always({ status: null, bytes: '', end: 'close' }) },
  { id: 'resets', title: 'RST instead of an answer', plan: always({ status: null, bytes: '', end: 'reset' }) },
  {
    id: 'garbage',
    title: 'Answers bytes that are no HTTP',
    plan: always({ status: null, bytes: '220 mail.example.test ESMTP\r\n\r\n', end: 'dead' }),
  },
  {
    id: 'page',
    title: 'Answers 200 and a page instead of a tunnel',
    plan: always(page(200, 'OK', [], 'Welcome to the gateway')),
  },
  {
    id: 'tunnel_page',
    title: 'Opens the tunnel and answers the ClientHello with a page',
    plan: always({
      status: 200,
      bytes: ESTABLISHED,
      onTunnelBytes: page(403, 'Forbidden', [], 'Access Denied by Web Gateway').bytes,
      end: 'close',
    }),
  },
  { id: 'tunnel_dead', title: 'Opens the tunnel and relays nothing', plan: always({ ...relay(), end: 'dead' }) },
  { id: 'tunnel_closes', title: 'Opens the tunnel and closes it', plan: always({ ...relay(), end: 'close' }) },
  {
    id: 'endless_header',
    title: 'Header lines without end',
    plan: always({ status: 200, bytes: `HTTP/1.1 200 OK\r\n${'X-Filler: 1\r\n'.repeat(100_000)}`, end: 'dead' }),
  },
];
