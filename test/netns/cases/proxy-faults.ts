/** Proxies that refuse, break, inspect, or are not there. */
import * as at from '../harness/addresses.js';
import { ACLK, CLAIM, fails, LINK, works, type LabCase } from '../harness/case.js';
import { PORT, USERS } from '../harness/services.js';
import { claiming, ONLY_PROXY_OUT } from './proxy-routes.js';

const P = at.PROXY_NAME;
const strict = { gateway: ONLY_PROXY_OUT, needs: ['squid' as const] };
const odd = (port: number) => ({
  gateway: ONLY_PROXY_OUT,
  needs: ['odd' as const],
  files: claiming(`http://${P}:${port}`),
});
const basic = (userinfo: string) => ({ ...strict, files: claiming(`http://${userinfo}@${P}:${PORT.squidBasic}`) });
/** Legs with different passwords meet a proxy that does not mix them up. */
const stateless = (userinfo: string) => ({
  ...odd(PORT.oddBasic),
  files: claiming(`http://${userinfo}@${P}:${PORT.oddBasic}`),
});
const dante = { gateway: ONLY_PROXY_OUT, needs: ['dante' as const] };
const mitm = {
  gateway: ONLY_PROXY_OUT,
  needs: ['mitmproxy' as const],
  files: claiming(`http://${P}:${PORT.mitmproxy}`),
};

/** The finding names the line that would work. */
const writes =
  (scheme: string): NonNullable<LabCase['check']> =>
  ({ report }) => {
    const lines = report?.findings.flatMap((one) =>
      one.outcome === 'found' && one.id === 'proxy.protocol_mismatch' ? one.remedies.flatMap((by) => by.lines) : [],
    );
    return lines?.some(({ text }) => text.includes(`proxy = ${scheme}${P}:`)) === true
      ? []
      : [`no line with ${scheme}${P}`];
  };

export const proxyFaultCases: readonly LabCase[] = [
  // Credentials.
  { id: 'proxy-basic', title: 'Basic, the right password', ...basic(`agent:${USERS.agent}`), expect: works() },
  {
    id: 'proxy-basic-wrong',
    title: 'Basic, a wrong password',
    ...basic('agent:wrong'),
    expect: fails('proxy.auth_rejected'),
  },
  {
    id: 'proxy-basic-missing',
    title: 'Basic, no credentials',
    ...strict,
    files: claiming(`http://${P}:${PORT.squidBasic}`),
    expect: fails('proxy.auth_required'),
  },
  {
    id: 'proxy-basic-user-only',
    title: 'A user without a password: the link sends no credentials at all',
    ...basic('agent'),
    expect: fails('proxy.auth_required', undefined, {
      orCause: ['proxy.auth_rejected', 'agent.proxy_credentials_misread'],
    }),
  },
  {
    id: 'proxy-basic-plus',
    title: 'A + in the password is a space to the link',
    ...stateless('plus:p+x'),
    expect: fails('agent.proxy_credentials_misread', ACLK, { orCause: ['proxy.auth_rejected'] }),
  },
  {
    id: 'proxy-basic-plus-encoded',
    title: 'The + written as %2B',
    ...basic('plus:p%2Bx'),
    unusual: true,
    expect: works(),
  },
  {
    id: 'proxy-basic-at-encoded',
    title: 'An @ in the password, written as %40',
    ...basic('at:p%40ss'),
    unusual: true,
    expect: works(),
  },
  {
    id: 'proxy-basic-at-raw',
    title: 'A raw @ in the password splits the host name',
    ...basic('at:p@ss'),
    expect: fails('agent.proxy_host_misread', undefined, {
      orCause: ['agent.proxy_credentials_misread', 'proxy.unresolvable'],
    }),
  },
  { id: 'proxy-basic-colon', title: 'A colon in the password', ...basic('colon:a:b'), unusual: true, expect: works() },
  {
    id: 'proxy-basic-percent',
    title: 'A lone % cuts the password on the link',
    ...stateless('percent:100%'),
    expect: fails('agent.proxy_credentials_misread', ACLK, { orCause: ['proxy.auth_rejected'] }),
  },
  {
    id: 'proxy-negotiate',
    title: 'The proxy offers Negotiate and NTLM only',
    ...odd(PORT.oddNegotiate),
    expect: fails('proxy.auth_scheme_unsupported'),
  },
  {
    id: 'proxy-cntlm-login',
    title: 'cntlm on this very host cannot log in to the proxy: its own login is wrong',
    gateway: ONLY_PROXY_OUT,
    files: claiming('http://127.0.0.1:3128'),
    also: async (lab) => {
      await lab.hostProgram('ntlm-proxy', ['3129']);
      await lab.cntlm('127.0.0.1', 3129);
    },
    expect: fails('proxy.auth_required', undefined, { orCause: ['proxy.auth_scheme_unsupported'] }),
    check: ({ report }) =>
      JSON.stringify(report?.findings ?? []).includes('A relay on loopback')
        ? []
        : ['the relay’s own login is not blamed'],
  },
  {
    id: 'proxy-cntlm-hangs-up',
    title: 'cntlm on this very host hangs up: what it reaches is no proxy that it can log in to',
    gateway: ONLY_PROXY_OUT,
    needs: ['odd'],
    files: claiming('http://127.0.0.1:3128'),
    also: (lab) => lab.cntlm(at.PROXY4, PORT.oddNegotiate),
    expect: fails('proxy.no_answer'),
  },
  {
    id: 'proxy-digest',
    title: 'The proxy offers Digest only',
    ...odd(PORT.oddDigest),
    expect: fails('proxy.auth_scheme_unsupported'),
  },
  {
    id: 'proxy-slow-connect',
    title: 'The proxy takes 6.5 s for each CONNECT: too long for the claim, not for the link',
    ...odd(PORT.oddSlow),
    expect: {
      claim: 'will_fail',
      link: 'will_work',
      legs: { claim: 'will_fail', env: 'will_work', auth: 'will_work', link: 'will_work' },
      cause: 'proxy.no_answer',
      exit: 1,
    },
  },
  {
    id: 'proxy-dante-auth',
    title: 'SOCKS5 with user and password',
    ...dante,
    files: claiming(`socks5h://agent:${USERS.agent}@${P}:${PORT.danteAuth}`),
    expect: works(),
  },
  {
    id: 'proxy-dante-auth-wrong',
    title: 'SOCKS5, a wrong password',
    ...dante,
    files: claiming(`socks5h://agent:wrong@${P}:${PORT.danteAuth}`),
    expect: fails('proxy.auth_rejected'),
  },
  {
    id: 'proxy-dante-auth-missing',
    title: 'SOCKS5 that wants a user, and none is given',
    ...dante,
    files: claiming(`socks5h://${P}:${PORT.danteAuth}`),
    expect: fails('proxy.auth_required', undefined, { orCause: ['proxy.auth_scheme_unsupported'] }),
  },

  // Policy and reach.
  {
    id: 'proxy-denies-mqtt',
    title: 'The proxy denies mqtt',
    ...strict,
    files: claiming(`http://${P}:${PORT.squidDeniesMqtt}`),
    expect: fails('proxy.denied', LINK),
  },
  {
    id: 'proxy-denies-port',
    title: 'The proxy denies CONNECT to 443',
    ...strict,
    files: claiming(`http://${P}:${PORT.squidDeniesPort}`),
    expect: fails('proxy.denied'),
  },
  {
    id: 'proxy-upstream-rejected',
    title: 'The proxy itself is refused by the firewall',
    needs: ['squid'],
    gateway: [...ONLY_PROXY_OUT, 'iifname "dmz0" tcp dport 443 reject with tcp reset'],
    files: claiming(`http://${P}:${PORT.squid}`),
    expect: fails('proxy.upstream_failed'),
  },
  {
    id: 'proxy-upstream-dropped',
    title: 'The proxy’s own packets vanish: 503 after some seconds',
    needs: ['squid'],
    gateway: [...ONLY_PROXY_OUT, 'iifname "dmz0" tcp dport 443 drop'],
    files: claiming(`http://${P}:${PORT.squid}`),
    expect: fails('proxy.upstream_failed', undefined, { orCause: ['proxy.no_answer'] }),
  },
  {
    id: 'proxy-upstream-mqtt',
    title: 'The proxy cannot reach mqtt',
    needs: ['squid'],
    gateway: [...ONLY_PROXY_OUT, `iifname "dmz0" ip daddr ${at.MQTT4} tcp dport 443 reject with tcp reset`],
    files: claiming(`http://${P}:${PORT.squid}`),
    expect: fails('proxy.upstream_failed', LINK),
  },
  {
    id: 'proxy-socks-upstream',
    title: 'The SOCKS proxy is refused by the firewall',
    needs: ['dante'],
    gateway: [...ONLY_PROXY_OUT, 'iifname "dmz0" tcp dport 443 reject with tcp reset'],
    files: claiming(`socks5h://${P}:${PORT.dante}`),
    expect: fails('proxy.upstream_failed'),
  },
  { id: 'proxy-502', title: 'The proxy answers 502', ...odd(PORT.odd502), expect: fails('proxy.upstream_failed') },

  // Replies that only some clients understand.
  {
    id: 'proxy-connect-201',
    title: 'CONNECT is answered 201: enough for the claim, not for the link',
    ...odd(PORT.odd201),
    expect: fails('proxy.agent_cannot_parse', ACLK),
  },
  {
    id: 'proxy-connect-http10',
    title: 'CONNECT is answered HTTP/1.0 200',
    ...odd(PORT.oddHttp10),
    unusual: true,
    expect: works(),
  },
  {
    id: 'proxy-connect-long',
    title: 'CONNECT’s reply has 5.4 kB of headers',
    ...odd(PORT.oddLongHeader),
    expect: fails('proxy.agent_cannot_parse', ACLK),
  },
  {
    id: 'proxy-connect-body',
    title: 'A body follows the 200 and is taken for TLS',
    ...odd(PORT.oddBody),
    expect: fails('proxy.agent_cannot_parse'),
  },
  {
    id: 'proxy-connect-late-body',
    title: 'A body that the 200 announces follows 150 ms later',
    ...odd(PORT.oddLateBody),
    expect: fails('proxy.agent_cannot_parse'),
  },
  {
    id: 'proxy-connect-late-words',
    title: 'Words that nothing announces follow the 200 by 150 ms, then the tunnel is open',
    ...odd(PORT.oddLateWords),
    expect: fails('proxy.agent_cannot_parse'),
  },
  {
    id: 'proxy-connect-lf',
    title: 'CONNECT’s reply ends its lines with LF only',
    ...odd(PORT.oddLineFeeds),
    expect: fails('proxy.agent_cannot_parse', ACLK),
  },
  {
    id: 'proxy-connect-no-colon',
    title: 'CONNECT’s reply carries a header without a colon: libcurl gives up, the link does not look',
    ...odd(PORT.oddNoColon),
    expect: fails('proxy.agent_cannot_parse', CLAIM),
  },
  {
    id: 'proxy-connect-two-spaces',
    title: 'CONNECT’s reply has two spaces before its 200: libcurl skips them, the link does not',
    ...odd(PORT.oddTwoSpaces),
    expect: fails('proxy.agent_cannot_parse', ACLK),
  },
  {
    id: 'proxy-connect-no-reason',
    title: 'CONNECT’s reply ends after its 200',
    ...odd(PORT.oddNoReason),
    unusual: true,
    expect: works(),
  },
  {
    id: 'proxy-strict-host',
    title: 'The proxy wants the port in CONNECT’s Host header, which the Agent leaves out',
    ...odd(PORT.oddStrict),
    expect: fails('http.filtered_by_shape', ACLK, { orCause: ['proxy.denied', 'proxy.agent_cannot_parse'] }),
  },
  {
    id: 'proxy-v6-dropped',
    title: 'The proxy’s name has an IPv6 address that vanishes: the second attempt takes IPv4',
    needs: ['squid'],
    dns: { records: { [P]: [at.PROXY6, at.PROXY4] } },
    gateway: [...ONLY_PROXY_OUT, `ip6 daddr ${at.PROXY6} drop`],
    files: claiming(`http://${P}:${PORT.squid}`),
    unusual: true,
    expect: works(['tcp.ipv6_broken']),
  },
  {
    id: 'proxy-first-address-silent',
    title: 'The proxy’s name has two addresses, the first is silent: the claim gets through, the link stops',
    needs: ['squid'],
    dns: { records: { [P]: [at.DARK4, at.PROXY4] } },
    gateway: ONLY_PROXY_OUT,
    files: claiming(`http://${P}:${PORT.squid}`),
    expect: fails('agent.first_address_blackholed', ACLK, { orCause: ['proxy.unreachable', 'tcp.some_addresses'] }),
  },
  {
    id: 'proxy-connect-interim',
    title: 'CONNECT is answered 100 before 200: libcurl gives up on that, too',
    ...odd(PORT.oddInterim),
    expect: fails('proxy.agent_cannot_parse'),
  },
  {
    id: 'proxy-own-page',
    title: '200 to CONNECT, then the proxy’s own page instead of the tunnel',
    ...odd(PORT.oddOwnPage),
    expect: fails('proxy.strips_or_inspects', undefined, {
      orCause: ['tls.not_tls', 'proxy.agent_cannot_parse', 'http.blocked_page', 'proxy.denied'],
    }),
  },
  {
    id: 'proxy-tinyproxy',
    title: 'tinyproxy',
    gateway: ONLY_PROXY_OUT,
    needs: ['tinyproxy'],
    files: claiming(`http://${P}:${PORT.tinyproxy}`),
    expect: works(),
  },

  // Not there, or something else.
  {
    id: 'proxy-refused',
    title: 'Nothing listens on the proxy’s port',
    ...strict,
    files: claiming(`http://${P}:${PORT.nothing}`),
    expect: fails('proxy.refused'),
  },
  {
    id: 'proxy-refused-open',
    title: 'Nothing listens on the proxy’s port, direct would be open',
    needs: ['squid'],
    files: claiming(`http://${P}:${PORT.nothing}`),
    expect: fails('proxy.refused'),
  },
  {
    id: 'proxy-unreachable',
    title: 'Packets to the proxy vanish',
    gateway: [...ONLY_PROXY_OUT, 'iifname "lan0" oifname "dmz0" drop'],
    files: claiming(`http://${P}:${PORT.squid}`),
    expect: fails('proxy.unreachable', undefined, { orCause: ['proxy.no_answer'] }),
  },
  {
    id: 'proxy-silent',
    title: 'The proxy accepts and never answers',
    ...odd(PORT.oddSilent),
    expect: fails('proxy.no_answer'),
  },
  {
    id: 'proxy-closes',
    title: 'The proxy hangs up on CONNECT',
    ...odd(PORT.oddCloses),
    expect: fails('proxy.no_answer', undefined, {
      orCause: ['proxy.agent_cannot_parse', 'proxy.protocol_mismatch', 'proxy.denied'],
    }),
  },
  {
    id: 'proxy-unresolvable',
    title: 'The proxy’s name does not exist',
    ...strict,
    files: claiming('http://proxy.old.example:3128'),
    expect: fails('proxy.unresolvable'),
  },
  {
    id: 'proxy-is-tls',
    title: 'http:// to a port that speaks TLS',
    ...strict,
    files: claiming(`http://${P}:${PORT.squidTls}`),
    expect: fails('proxy.protocol_mismatch'),
  },
  {
    id: 'proxy-is-socks',
    title: 'http:// to a SOCKS port',
    ...dante,
    files: claiming(`http://${P}:${PORT.dante}`),
    expect: fails('proxy.protocol_mismatch'),
    check: writes('socks5h://'),
  },
  {
    id: 'proxy-is-http',
    title: 'socks5h:// to an HTTP proxy',
    ...strict,
    files: claiming(`socks5h://${P}:${PORT.squid}`),
    expect: fails('proxy.protocol_mismatch'),
    check: writes('http://'),
  },
  {
    id: 'proxy-is-http-tinyproxy',
    title: 'socks5h:// to tinyproxy',
    gateway: ONLY_PROXY_OUT,
    needs: ['tinyproxy'],
    files: claiming(`socks5h://${P}:${PORT.tinyproxy}`),
    expect: fails('proxy.protocol_mismatch'),
    check: writes('http://'),
  },
  {
    id: 'proxy-socks-silent',
    title: 'socks5h:// to a port that answers nothing at all',
    ...odd(PORT.oddSilent),
    files: claiming(`socks5h://${P}:${PORT.oddSilent}`),
    expect: fails('proxy.no_answer'),
  },

  // Inspection behind CONNECT.
  {
    id: 'proxy-mitm',
    title: 'The proxy opens TLS with a CA that nobody here knows',
    ...mitm,
    expect: fails('proxy.strips_or_inspects', undefined, { orCause: ['tls.intercepted'] }),
  },
  {
    id: 'proxy-mitm-system',
    title: 'The proxy opens TLS, its CA is in the system store',
    ...mitm,
    trust: { bundle: ['inspector', 'cloud'], hashed: ['inspector', 'cloud'] },
    unusual: true,
    expect: works(),
  },
  {
    id: 'proxy-mitm-trusted-pem',
    title: 'The proxy opens TLS, its CA is in trusted.pem only',
    ...mitm,
    files: { ...mitm.files, trustedPem: ['inspector'] },
    expect: fails('proxy.strips_or_inspects', ACLK, { orCause: ['tls.intercepted', 'agent.trust_split'] }),
  },
  {
    id: 'proxy-mitm-ssl-cert-file',
    title: 'The proxy opens TLS, its CA is named by SSL_CERT_FILE',
    ...mitm,
    env: { SSL_CERT_FILE: '{{pki}}/ca-inspector.pem' },
    expect: fails('proxy.strips_or_inspects', ['claim'], { orCause: ['tls.intercepted', 'agent.trust_split'] }),
  },
];
