/** Networks that tell versions of the Agent apart: each breakpoint on both of its sides. */
import * as at from '../harness/addresses.js';
import {
  ACLK,
  fails,
  LINK,
  ROOM,
  TOKEN,
  works,
  type AgentFiles,
  type Expectation,
  type LabCase,
} from '../harness/case.js';
import { PORT, USERS } from '../harness/services.js';
import { NETDATA_UID } from '../harness/view.js';
import { claiming, ONLY_PROXY_OUT } from './proxy-routes.js';
import { served } from './tls.js';

const P = at.PROXY_NAME;
const url = (port: number): string => `http://${P}:${String(port)}`;
const HTTPS_STEPS = ['env', 'auth'] as const;

/** Up to 1.47.5 the claim is a script with the environment of who runs it; the link reads http_proxy. */
const byShell = (proxy: string): Partial<LabCase> => ({
  gateway: ONLY_PROXY_OUT,
  needs: ['odd'],
  env: { http_proxy: proxy, https_proxy: proxy },
});
const odd = (port: number, login = ''): Partial<LabCase> => ({
  gateway: ONLY_PROXY_OUT,
  needs: ['odd'],
  files: claiming(`http://${login}${P}:${String(port)}`),
});

/** The same network for several versions. */
function across(
  id: string,
  title: string,
  network: Partial<LabCase>,
  fates: Readonly<Record<string, Expectation>>,
): LabCase[] {
  return Object.entries(fates).map(([version, expect]) => ({
    id: `version-${id}-${version}`,
    title: `${title}: Agent ${version}`,
    version,
    ...network,
    expect,
  }));
}

const unreadable = (legs: readonly ('env' | 'auth')[] = HTTPS_STEPS): Expectation =>
  fails('proxy.agent_cannot_parse', legs);

/** Two addresses for each name, the first one silent. */
const firstSilent: Partial<LabCase> = {
  dns: {
    records: Object.fromEntries(at.NAMES.map((name, i) => [name, [at.NEW4[i + 3] ?? '', at.NEW4[i] ?? '']])),
  },
  gateway: [`ip daddr { ${at.NEW4.slice(3).join(', ')} } tcp dport 443 drop`],
};

const droppedOwner: Partial<LabCase> = {
  netdataUser: true,
  local: [`meta skuid ${String(NETDATA_UID)} tcp dport 443 drop`],
};

const inCloudConf: AgentFiles = { 'cloud.conf': `[global]\n proxy = ${url(PORT.squid)}\n` };
const inNetdataConf: AgentFiles = { 'netdata.conf': `[cloud]\n proxy = ${url(PORT.squid)}\n` };
const squidOnly: Partial<LabCase> = {
  gateway: ONLY_PROXY_OUT,
  needs: ['squid'],
  env: { https_proxy: url(PORT.squid) },
};
const notRead = fails('proxy.needed', ACLK, {
  orCause: ['tcp.egress_blocked', 'agent.proxy_env_mismatch', 'agent.config_syntax'],
});

export const versionCases: readonly LabCase[] = [
  ...across('http10', 'The proxy answers CONNECT with HTTP/1.0', byShell(url(PORT.oddHttp10)), {
    '1.45.6': fails('proxy.agent_cannot_parse', ACLK),
    '1.46.3': works(),
  }),
  ...across('login', 'A proxy with a login', byShell(`http://agent:${USERS.agent}@${P}:${String(PORT.oddBasic)}`), {
    '1.33.1': fails('agent.proxy_host_misread', ACLK),
    '1.36.1': fails('agent.proxy_host_misread', ACLK),
    '1.37.1': fails('agent.proxy_host_misread', ACLK),
    '1.40.1': works(),
  }),
  ...across(
    'cloud-conf',
    'The proxy of the link stands in cloud.conf',
    { ...squidOnly, files: inCloudConf },
    {
      '1.45.6': notRead,
      '1.46.3': works([], ['agent.proxy_env_mismatch']),
    },
  ),
  ...across(
    'netdata-conf',
    'The proxy of the link stands in netdata.conf',
    { ...squidOnly, files: inNetdataConf },
    {
      '1.40.1': works([], ['agent.proxy_env_mismatch']),
      '1.47.5': works([], ['agent.proxy_env_mismatch']),
    },
  ),
  ...across(
    'v6-names',
    'The names have IPv6 addresses only, IPv6 works',
    { dns: { families: '6' } },
    {
      '1.46.3': fails('dns.ipv6_only_answer', LINK),
      '1.47.1': works(),
    },
  ),
  ...across(
    'https-proxy-only',
    'Only https_proxy is set, claim.conf names no proxy, and only the proxy gets out',
    {
      ...squidOnly,
      files: { 'claim.conf': `[global]\n url = https://${at.APP}\n token = ${TOKEN}\n rooms = ${ROOM}\n` },
    },
    {
      '2.0.3': fails('proxy.needed', undefined, { orCause: ['tcp.egress_blocked', 'agent.proxy_env_mismatch'] }),
      '2.2.6': fails('proxy.needed', ACLK, { orCause: ['tcp.egress_blocked', 'agent.proxy_env_mismatch'] }),
      '2.5.4': works(),
    },
  ),
  ...across('first-silent', 'The first address of each name is silent, the second works', firstSilent, {
    '1.47.5': works([], ['tcp.some_addresses']),
    '2.0.3': works([], ['tcp.some_addresses']),
    '2.1.1': fails('agent.first_address_blackholed', ACLK, { orCause: ['tcp.some_addresses'] }),
  }),
  ...across('two-seconds', 'The proxy takes two seconds for each CONNECT', odd(PORT.oddTwoSeconds), {
    '2.9.0': fails('proxy.no_answer', LINK),
    '2.10.3': works(),
  }),
  ...across('one-and-half-seconds', 'The proxy takes 1.5 seconds for each CONNECT', odd(PORT.oddOneAndHalf), {
    '2.9.0': fails('proxy.no_answer', LINK),
    '2.10.4': works(),
  }),
  ...across('five-seconds', 'The proxy takes five seconds for each CONNECT', odd(PORT.oddFiveSeconds), {
    '2.10.4': fails('proxy.no_answer', ['claim']),
  }),
  ...across('two-seconds-env', 'The same, set by the environment', byShell(url(PORT.oddTwoSeconds)), {
    '1.47.5': fails('proxy.no_answer', LINK),
  }),
  ...across(
    'percent-login',
    'A proxy login with %40 in its password',
    odd(PORT.oddBasic, `at:${encodeURIComponent(USERS.at)}@`),
    { '2.0.3': fails('agent.proxy_credentials_misread', ACLK), '2.5.4': works() },
  ),
  ...across(
    'percent-login-env',
    'The same, set by the environment',
    byShell(`http://at:${encodeURIComponent(USERS.at)}@${P}:${String(PORT.oddBasic)}`),
    { '1.47.5': fails('agent.proxy_credentials_misread', ACLK) },
  ),
  ...across('long-value', 'A header of 1,100 bytes in the reply to CONNECT', odd(PORT.oddLongValue), {
    '2.9.0': unreadable(),
    '2.10.3': works(),
  }),
  ...across('middle-value', 'A header of 300 bytes in the reply to CONNECT', byShell(url(PORT.oddMiddleValue)), {
    '1.40.1': unreadable(),
    '1.43.2': works(),
  }),
  ...across('no-space', 'A header without a space behind its colon in the reply to CONNECT', odd(PORT.oddNoSpace), {
    '2.9.0': unreadable(),
    '2.10.3': works(),
  }),
  ...across('chunked', 'The reply to CONNECT announces chunks', odd(PORT.oddChunked), {
    '2.9.0': unreadable(),
    '2.10.3': works(),
  }),
  ...across('no-reason', 'The reply to CONNECT has no reason phrase', odd(PORT.oddNoReason), {
    '2.9.0': fails('proxy.agent_cannot_parse', ACLK),
    '2.10.3': works(),
  }),
  ...across('drips', 'The reply to CONNECT comes octet by octet', odd(PORT.oddDrips), {
    '2.9.0': fails('proxy.agent_cannot_parse', LINK),
    '2.10.3': works(),
  }),
  ...across(
    'long-value-env',
    'A header of 1,100 bytes, the proxy in the environment',
    byShell(url(PORT.oddLongValue)),
    {
      '1.47.5': unreadable(),
    },
  ),
  ...across('no-space-env', 'A header without its space, the proxy in the environment', byShell(url(PORT.oddNoSpace)), {
    '1.47.5': unreadable(),
  }),
  ...across('chunked-env', 'Chunks announced, the proxy in the environment', byShell(url(PORT.oddChunked)), {
    '1.47.5': unreadable(),
  }),
  ...across('no-reason-env', 'No reason phrase, the proxy in the environment', byShell(url(PORT.oddNoReason)), {
    '1.47.5': fails('proxy.agent_cannot_parse', ACLK),
  }),
  ...across(
    'socks-env',
    'A SOCKS proxy in the environment',
    {
      gateway: ONLY_PROXY_OUT,
      needs: ['dante'],
      env: Object.fromEntries(
        ['http_proxy', 'https_proxy'].map((name) => [name, `socks5h://${P}:${String(PORT.dante)}`]),
      ),
    },
    { '1.47.5': fails('agent.proxy_scheme_unsupported', ACLK) },
  ),
  ...across('user-agent', 'The proxy lets nobody through who names no program', odd(PORT.oddNamed), {
    '2.9.0': fails('proxy.denied', ['claim', 'link']),
    '2.10.3': fails('proxy.denied'),
  }),
  ...across(
    'socks-file',
    'A SOCKS proxy in claim.conf',
    { gateway: ONLY_PROXY_OUT, needs: ['dante'], files: claiming(`socks5h://${P}:${String(PORT.dante)}`) },
    { '2.9.0': fails('agent.proxy_scheme_unsupported', ACLK), '2.10.3': works() },
  ),
  ...across(
    'wrong-name',
    'A trusted certificate for another name',
    { peer: served('wrong_name') },
    {
      '2.10.3': fails('tls.name_mismatch', ['claim']),
      '2.10.4': fails('tls.name_mismatch', ['claim', 'link']),
      '2.11.0': fails('tls.name_mismatch', ['claim', 'link']),
      '2.11.0-84-nightly': fails('tls.name_mismatch'),
    },
  ),
  ...across(
    'owner-dropped',
    'The host’s own rules drop what user netdata sends, which the Agent runs as',
    { ...droppedOwner },
    { '2.8.5': fails('host.local_firewall') },
  ),
  ...across(
    'owner-root',
    'The same, and netdata.conf runs the Agent as root',
    { ...droppedOwner, files: { 'netdata.conf': '[global]\n run as user = root\n' }, unusual: true },
    { '2.8.5': works() },
  ),
  {
    id: 'version-too-old',
    title: 'A healthy network, and an Agent 1.31.0 of which nothing is known',
    version: '1.31.0',
    expect: {
      claim: 'unknown',
      link: 'unknown',
      legs: { claim: 'unknown', env: 'unknown', auth: 'unknown', link: 'unknown' },
      cause: null,
      exit: 3,
    },
  },
  {
    id: 'version-doubtful',
    title: 'A healthy network, and an Agent 1.38.1 that asks for old topics',
    version: '1.38.1',
    expect: {
      claim: 'will_work',
      link: 'at_risk',
      legs: { claim: 'will_work', env: 'will_work', auth: 'at_risk', link: 'will_work' },
      cause: null,
      exit: 0,
    },
  },
];
