/** Who takes which proxy: where the value stands, how it is written, and what each leg makes of it. */
import type { FindingId } from '../../../src/model/finding-id.js';
import * as at from '../harness/addresses.js';
import {
  ACLK,
  CLAIM,
  fails,
  LINK,
  ROOM,
  TOKEN,
  works,
  type AgentFiles,
  type Expected,
  type Expectation,
  type LabCase,
} from '../harness/case.js';
import { PORT } from '../harness/services.js';

/** The gateway lets nothing from the host out; the proxy's own network is open. */
export const ONLY_PROXY_OUT = ['iifname "lan0" oifname "wan0" drop'];
const P = at.PROXY_NAME;
const squid = `http://${P}:${PORT.squid}`;
const dead = `http://${P}:${PORT.nothing}`;

/** An Agent about to claim with this proxy: what claim.conf says is what cloud.conf will say afterwards. */
export const claiming = (proxy: string): AgentFiles => ({
  'claim.conf': `[global]\n url = https://app.netdata.cloud\n token = ${TOKEN}\n rooms = ${ROOM}\n proxy = ${proxy}\n`,
});
/** An Agent that has claimed with this proxy. */
const claimedWith = (proxy: string): AgentFiles => ({
  ...claiming(proxy),
  'cloud.conf': `[global]\n url = https://app.netdata.cloud\n proxy = ${proxy}\n claimed_id = 6f9bd1d8-6c5e-4d0c-9d63-0a8b0c6f4c11\n`,
  keys: true,
});

const claimOnly = (cause: FindingId, orCause: readonly FindingId[] = []): Expectation =>
  fails(cause, ACLK, { orCause });
const linkOnly = (cause: FindingId, orCause: readonly FindingId[] = []): Expectation =>
  fails(cause, CLAIM, { orCause });
const outcomes = (claim: Expected, link: Expected) => ({ claim, link, legs: { claim, env: link, auth: link, link } });
const strict = { gateway: ONLY_PROXY_OUT, needs: ['squid' as const] };
const mixed = ['agent.proxy_env_mismatch', 'proxy.needed'] as const;

export const proxyRouteCases: readonly LabCase[] = [
  {
    id: 'proxy-unset',
    title: 'Only a proxy gets out and nobody configured it',
    ...strict,
    expect: fails('tcp.egress_blocked', undefined, { orCause: ['proxy.needed'] }),
  },
  {
    id: 'proxy-claim-conf',
    title: 'Only a proxy gets out; it stands in claim.conf: works, after one restart',
    ...strict,
    files: claiming(squid),
    expect: works(),
  },
  {
    id: 'proxy-cloud-conf',
    title: 'Only a proxy gets out; the Agent has claimed with it',
    ...strict,
    files: claimedWith(squid),
    expect: works(),
  },
  {
    id: 'proxy-cloud-conf-only',
    title: 'Only a proxy gets out; it stands in cloud.conf, claim.conf knows nothing of it',
    ...strict,
    files: {
      'claim.conf': `[global]\n url = https://app.netdata.cloud\n token = ${TOKEN}\n`,
      'cloud.conf': `[global]\n proxy = ${squid}\n`,
    },
    // Claiming would overwrite cloud.conf: what the link would do afterwards depends on how the Agent is claimed.
    expect: { ...outcomes('will_fail', null), cause: 'proxy.needed', orCause: ['tcp.egress_blocked'], exit: 1 },
  },
  {
    id: 'proxy-netdata-conf',
    title: 'Only a proxy gets out; it stands in netdata.conf, which the claim does not read',
    ...strict,
    files: {
      'claim.conf': `[global]\n url = https://app.netdata.cloud\n token = ${TOKEN}\n`,
      'netdata.conf': `[cloud]\n    proxy = ${squid}\n`,
    },
    expect: { ...outcomes('will_fail', 'will_work'), cause: 'proxy.needed', orCause: ['tcp.egress_blocked'], exit: 1 },
  },
  {
    id: 'proxy-netdata-conf-none',
    title: 'Only a proxy gets out; https_proxy has it, and netdata.conf says none to the link',
    ...strict,
    files: {
      'claim.conf': `[global]\n url = https://app.netdata.cloud\n token = ${TOKEN}\n`,
      'netdata.conf': '[cloud]\n    proxy = none\n',
    },
    env: { https_proxy: squid },
    expect: claimOnly('proxy.needed', ['tcp.egress_blocked', 'agent.proxy_env_mismatch']),
  },
  {
    id: 'proxy-netdata-conf-env',
    title: 'Only a proxy gets out; claim.conf says none, netdata.conf sends the link to https_proxy',
    ...strict,
    files: { ...claiming('none'), 'netdata.conf': '[cloud]\n    proxy = env\n' },
    env: { https_proxy: squid },
    expect: linkOnly('proxy.needed', ['tcp.egress_blocked', 'agent.proxy_env_mismatch']),
  },
  {
    id: 'proxy-env-http',
    title: 'Only a proxy gets out; http_proxy alone: the claim goes direct',
    ...strict,
    env: { http_proxy: squid },
    expect: linkOnly(...split(mixed)),
  },
  {
    id: 'proxy-env-https',
    title: 'Only a proxy gets out; https_proxy alone: both legs use it',
    ...strict,
    env: { https_proxy: squid },
    expect: works(),
  },
  {
    id: 'proxy-env-HTTPS-upper',
    title: 'Only a proxy gets out; HTTPS_PROXY alone: the link goes direct',
    ...strict,
    env: { HTTPS_PROXY: squid },
    expect: claimOnly(...split(mixed)),
  },
  {
    id: 'proxy-env-ALL-upper',
    title: 'Only a proxy gets out; ALL_PROXY alone: the link goes direct',
    ...strict,
    env: { ALL_PROXY: squid },
    expect: claimOnly(...split(mixed)),
  },
  {
    id: 'proxy-env-all-lower',
    title: 'Only a proxy gets out; all_proxy alone: the link goes direct',
    ...strict,
    env: { all_proxy: squid },
    expect: claimOnly(...split(mixed)),
  },
  {
    id: 'proxy-env-HTTP-upper',
    title: 'Only a proxy gets out; HTTP_PROXY in capitals helps nobody',
    ...strict,
    env: { HTTP_PROXY: squid },
    expect: fails('agent.proxy_env_mismatch', undefined, { orCause: ['proxy.needed', 'tcp.egress_blocked'] }),
  },
  {
    id: 'proxy-env-differ-link-good',
    title: 'http_proxy is right, https_proxy points to a closed port: only the link works',
    ...strict,
    env: { http_proxy: squid, https_proxy: dead },
    expect: linkOnly('agent.proxy_env_mismatch', ['proxy.refused']),
  },
  {
    id: 'proxy-env-differ-claim-good',
    title: 'https_proxy is right, http_proxy points to a closed port: only the claim works',
    ...strict,
    env: { http_proxy: dead, https_proxy: squid },
    expect: claimOnly('agent.proxy_env_mismatch', ['proxy.refused']),
  },
  {
    id: 'proxy-no-proxy',
    title: 'no_proxy covers netdata.cloud: the claim goes direct, the link does not look',
    ...strict,
    env: { https_proxy: squid, no_proxy: 'localhost,.netdata.cloud' },
    expect: linkOnly('agent.no_proxy_mismatch', ['proxy.needed', 'agent.proxy_env_mismatch']),
  },
  {
    id: 'proxy-no-proxy-explicit',
    title: 'no_proxy also defeats the proxy of claim.conf',
    ...strict,
    files: claiming(squid),
    env: { no_proxy: 'netdata.cloud' },
    expect: linkOnly('agent.no_proxy_mismatch', ['proxy.needed', 'agent.proxy_env_mismatch']),
  },
  {
    id: 'proxy-no-proxy-denied',
    title:
      'no_proxy covers netdata.cloud and direct is open; the proxy, which the link takes all the same, denies mqtt',
    needs: ['squid'],
    env: { https_proxy: `http://${at.PROXY_NAME}:${PORT.squidDeniesMqtt}`, no_proxy: '.netdata.cloud' },
    expect: fails('agent.no_proxy_mismatch', LINK),
  },
  {
    id: 'proxy-no-proxy-dead',
    title: 'no_proxy covers netdata.cloud and direct is open; the proxy that the link takes all the same is gone',
    needs: ['squid'],
    env: { https_proxy: `http://${at.PROXY_NAME}:${PORT.nothing}`, no_proxy: 'netdata.cloud' },
    expect: fails('agent.no_proxy_mismatch', ACLK),
  },
  {
    id: 'proxy-no-proxy-open',
    title: 'no_proxy covers netdata.cloud and direct is open: both ways work',
    needs: ['squid'],
    env: { https_proxy: squid, no_proxy: '.netdata.cloud' },
    unusual: true,
    expect: works(['agent.no_proxy_mismatch']),
  },
  {
    id: 'proxy-upper-open',
    title: 'HTTPS_PROXY alone where direct is open too: two ways, both work',
    needs: ['squid'],
    env: { HTTPS_PROXY: squid },
    unusual: true,
    expect: works(['agent.proxy_env_mismatch']),
  },
  {
    id: 'proxy-none',
    title: 'proxy = none in claim.conf silences dead proxy variables',
    files: claiming('none'),
    env: { https_proxy: dead, http_proxy: dead },
    unusual: true,
    expect: works(),
  },
  {
    id: 'proxy-env-unit',
    title: 'Only a proxy gets out; the variable is empty',
    ...strict,
    env: { https_proxy: '', http_proxy: '' },
    expect: fails('tcp.egress_blocked', undefined, { orCause: ['proxy.needed'] }),
  },

  // How the value is written.
  {
    id: 'proxy-scheme-https',
    title: 'https:// and a proxy that speaks TLS: the claim goes through, the link goes direct',
    ...strict,
    files: claiming(`https://${P}:${PORT.squidTls}`),
    expect: claimOnly('agent.proxy_scheme_unsupported'),
  },
  {
    id: 'proxy-scheme-upper',
    title: 'HTTP:// in capitals: the claim goes through, the link goes direct',
    ...strict,
    files: claiming(`HTTP://${P}:${PORT.squid}`),
    expect: claimOnly('agent.proxy_scheme_unsupported'),
  },
  {
    id: 'proxy-scheme-none',
    title: 'No scheme: the claim goes through, the link goes direct',
    ...strict,
    files: claiming(`${P}:${PORT.squid}`),
    expect: claimOnly('agent.proxy_scheme_unsupported'),
  },
  {
    id: 'proxy-scheme-none-open',
    title: 'No scheme, direct is open: the link bypasses the proxy and works',
    needs: ['squid'],
    files: claiming(`${P}:${PORT.squid}`),
    unusual: true,
    expect: works(['agent.proxy_scheme_unsupported']),
  },
  {
    id: 'proxy-scheme-socks',
    title: 'socks:// is SOCKS4 to the claim and nothing to the link',
    gateway: ONLY_PROXY_OUT,
    needs: ['dante'],
    files: claiming(`socks://${P}:${PORT.dante}`),
    expect: claimOnly('agent.proxy_scheme_unsupported'),
  },
  {
    id: 'proxy-scheme-socks4',
    title: 'socks4:// works for the claim only',
    gateway: ONLY_PROXY_OUT,
    needs: ['dante'],
    files: claiming(`socks4://${P}:${PORT.dante}`),
    expect: claimOnly('agent.proxy_scheme_unsupported'),
  },
  {
    id: 'proxy-port-missing',
    title: 'No port, the proxy is on 8080: the link finds it, the claim tries 1080',
    ...strict,
    files: claiming(`http://${P}`),
    expect: linkOnly('agent.proxy_port_missing', ['proxy.refused']),
  },
  {
    id: 'proxy-ipv6-literal',
    title: 'An IPv6 literal: the claim goes through, the link cuts it at the first colon',
    ...strict,
    files: claiming(`http://[${at.PROXY6}]:${PORT.squid}`),
    expect: claimOnly('agent.proxy_host_misread', ['proxy.unresolvable']),
  },
  {
    id: 'proxy-trailing-slash',
    title: 'A trailing slash after the port is harmless',
    ...strict,
    files: claiming(`${squid}/`),
    unusual: true,
    expect: works(),
  },
  {
    id: 'proxy-trailing-slash-no-port',
    title: 'A trailing slash without a port becomes part of the host name on the link',
    ...strict,
    files: claiming(`http://${P}/`),
    // The claim tries port 1080, where nothing listens: both legs fail, for two reasons.
    expect: fails('agent.proxy_host_misread', undefined, {
      orCause: ['agent.proxy_port_missing', 'proxy.refused', 'proxy.unresolvable'],
    }),
  },
  {
    id: 'proxy-by-address',
    title: 'A proxy given by address in a network without public DNS',
    ...strict,
    dns: { bad: { '*': 'nxdomain' } },
    files: claiming(`http://${at.PROXY4}:${PORT.squid}`),
    unusual: true,
    expect: works(),
  },

  // Names are resolved behind the proxy, or not.
  {
    id: 'proxy-connect-no-dns',
    title: 'The local resolver knows only internal names; CONNECT resolves at the proxy',
    ...strict,
    dns: { bad: Object.fromEntries(at.NAMES.map((name) => [name, 'nxdomain' as const])) },
    files: claiming(squid),
    unusual: true,
    expect: works(),
  },
  {
    id: 'proxy-socks5',
    title: 'SOCKS5 with names resolved here',
    gateway: ONLY_PROXY_OUT,
    needs: ['dante'],
    files: claiming(`socks5://${P}:${PORT.dante}`),
    expect: works(),
  },
  {
    id: 'proxy-socks5-no-dns',
    title: 'SOCKS5 resolves here, and the local resolver knows only internal names',
    gateway: ONLY_PROXY_OUT,
    needs: ['dante'],
    dns: { bad: Object.fromEntries(at.NAMES.map((name) => [name, 'nxdomain' as const])) },
    files: claiming(`socks5://${P}:${PORT.dante}`),
    expect: fails('dns.nxdomain'),
  },
  {
    id: 'proxy-socks5h-no-dns',
    title: 'SOCKS5h resolves at the proxy',
    gateway: ONLY_PROXY_OUT,
    needs: ['dante'],
    dns: { bad: Object.fromEntries(at.NAMES.map((name) => [name, 'nxdomain' as const])) },
    files: claiming(`socks5h://${P}:${PORT.dante}`),
    unusual: true,
    expect: works(),
  },
  {
    id: 'proxy-env-unsupported-first',
    title: 'http_proxy has a form that the link does not know, so it goes direct and never looks at https_proxy',
    ...strict,
    env: { http_proxy: `${P}:${PORT.squid}`, https_proxy: squid },
    expect: claimOnly('agent.proxy_scheme_unsupported', ['agent.proxy_env_mismatch']),
  },
  {
    id: 'proxy-env-socks5h',
    title: 'ALL_PROXY=socks5h:// for the claim, http_proxy=socks5h:// for the link',
    gateway: ONLY_PROXY_OUT,
    needs: ['dante'],
    env: { ALL_PROXY: `socks5h://${P}:${PORT.dante}`, http_proxy: `socks5h://${P}:${PORT.dante}` },
    unusual: true,
    expect: works([], ['agent.proxy_env_mismatch']),
  },
  {
    id: 'proxy-netdata-conf-empty',
    title: 'An empty proxy key in netdata.conf means none, whatever cloud.conf says: works where direct is open',
    needs: ['squid'],
    files: { ...claimedWith(dead), 'claim.conf': '', 'netdata.conf': '[cloud]\n    proxy =\n' },
    // Claimed, and with nothing left to claim with: only the link counts.
    expect: { ...outcomes(null, 'will_work'), cause: null, exit: [0, 1] },
  },
  {
    id: 'proxy-conf-comment',
    title: 'A trailing comment after the value: libcurl refuses it, the link reads the port and goes on',
    ...strict,
    files: claiming(`${squid} # the new one`),
    expect: linkOnly('agent.config_syntax', ['agent.proxy_host_misread', 'proxy.unresolvable']),
  },
  {
    id: 'proxy-conf-bom',
    title: 'A byte-order mark hides [global]: the Agent does not see the proxy',
    ...strict,
    files: { 'claim.conf': `\uFEFF${claiming(squid)['claim.conf'] ?? ''}` },
    expect: fails('agent.config_syntax', undefined, { orCause: ['proxy.needed', 'tcp.egress_blocked'] }),
  },
  {
    id: 'proxy-conf-quotes',
    title: 'Quotes around the value are part of it: the link goes direct, libcurl gives up',
    ...strict,
    files: claiming(`"${squid}"`),
    expect: fails('agent.config_syntax', undefined, {
      orCause: ['agent.proxy_scheme_unsupported', 'agent.proxy_host_misread', 'proxy.needed'],
    }),
  },
  {
    id: 'proxy-conf-crlf',
    title: 'A file with Windows line ends, which the parser trims',
    ...strict,
    files: { 'claim.conf': (claiming(squid)['claim.conf'] ?? '').replaceAll('\n', '\r\n') },
    unusual: true,
    expect: works(),
  },
  {
    id: 'proxy-socks5-old-agent',
    title: 'SOCKS5 on v2.9.0, whose link does not know it',
    version: '2.9.0',
    gateway: ONLY_PROXY_OUT,
    needs: ['dante'],
    files: claiming(`socks5h://${P}:${PORT.dante}`),
    expect: claimOnly('agent.proxy_scheme_unsupported'),
  },
];

function split([cause, ...rest]: readonly [FindingId, ...FindingId[]]): [FindingId, FindingId[]] {
  return [cause, rest];
}
