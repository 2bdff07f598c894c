/** A running Agent: whose environment counts, and what it says of itself. */
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import * as at from '../harness/addresses.js';
import { CLAIM, fails, TOKEN, works, type AgentFiles, type Expectation, type LabCase } from '../harness/case.js';
import { PORT } from '../harness/services.js';
import { ONLY_PROXY_OUT } from './proxy-routes.js';

const squid = `http://${at.PROXY_NAME}:${PORT.squid}`;
const both = { http_proxy: squid, https_proxy: squid };
const strict = { gateway: ONLY_PROXY_OUT, needs: ['squid' as const], netdataUser: true };
const CLAIMED = '6f9bd1d8-6c5e-4d0c-9d63-0a8b0c6f4c11';
const claimed = (proxy: string): AgentFiles => ({
  'cloud.conf': `[global]\n url = https://app.netdata.cloud\n proxy = ${proxy}\n claimed_id = ${CLAIMED}\n`,
  keys: true,
});
/** Only an Agent that is claimed names an id. */
const cloud = (status: string, reason: string) => ({
  id: 3,
  status,
  since: 1_700_000_000,
  age: 60,
  ...(status === 'available' ? {} : { claim_id: CLAIMED }),
  url: 'https://app.netdata.cloud',
  reason,
});
const state = (online: boolean, more: Readonly<Record<string, unknown>> = {}) => ({
  'aclk-available': true,
  'aclk-version': 2,
  'agent-claimed': true,
  'claimed-id': CLAIMED,
  'cloud-url': 'https://app.netdata.cloud',
  aclk_proxy: 'none',
  online,
  'reconnect-count': 3,
  'banned-by-cloud': false,
  ...more,
});

const UNCLAIMED = state(false, { 'agent-claimed': false, 'claimed-id': null, 'reconnect-count': 0 });

/** The Agent makes no connection: there is nothing to say of the single legs. */
const noKey: Expectation = {
  claim: null,
  link: 'will_fail',
  legs: { claim: null, env: null, auth: null, link: null },
  cause: 'agent.key_missing',
  exit: 1,
};

/** An Agent restarted now works: that is what the verdict is about. What claims anew is not its configuration's matter. */
const FROZEN: Expectation = {
  claim: null,
  link: 'will_work',
  legs: { claim: null, env: 'will_work', auth: 'will_work', link: 'will_work' },
  cause: 'agent.proxy_not_active_yet',
  orCause: ['proxy.needed', 'tcp.egress_blocked'],
  also: ['agent.proxy_not_active_yet'],
  exit: [0, 1],
};

export const agentCases: readonly LabCase[] = [
  {
    id: 'agent-daemon-proxy',
    title: 'Only a proxy gets out; the daemon’s environment has it, the shell’s has not',
    ...strict,
    daemon: { env: both },
    expect: works(),
  },
  {
    id: 'agent-shell-proxy',
    title: 'Only a proxy gets out; the shell’s environment has it, the daemon’s has not',
    ...strict,
    daemon: {},
    env: both,
    expect: fails('agent.env_not_daemons', undefined, { orCause: ['proxy.needed', 'tcp.egress_blocked'] }),
  },
  {
    id: 'agent-daemon-http-only',
    title: 'The daemon’s environment has http_proxy only, the shell’s has both',
    ...strict,
    daemon: { env: { http_proxy: squid } },
    env: both,
    expect: fails('agent.proxy_env_mismatch', CLAIM, { orCause: ['agent.env_not_daemons', 'proxy.needed'] }),
  },
  {
    id: 'agent-daemon-ssl-cert-file',
    title: 'Inspection; the daemon’s environment names its CA, so the link works and the claim does not',
    netdataUser: true,
    peer: [{ behaviour: { certificate: 'mint' } }],
    daemon: { env: { SSL_CERT_FILE: '{{pki}}/ca-inspector.pem' } },
    expect: fails('tls.intercepted', CLAIM, { orCause: ['agent.trust_split'] }),
  },
  {
    id: 'agent-online',
    title: 'A claimed Agent that is online',
    netdataUser: true,
    files: claimed('none'),
    daemon: { cloud: cloud('online', ''), aclkState: state(true) },
    unusual: true,
    expect: works(),
  },
  {
    id: 'agent-online-mqtt-dropped',
    title: 'A claimed Agent is online by a connection of old; a new one to mqtt would be dropped',
    netdataUser: true,
    files: claimed('none'),
    daemon: { cloud: cloud('online', ''), aclkState: state(true) },
    gateway: [`ip daddr ${at.MQTT4} tcp dport 443 drop`],
    expect: fails('tcp.dropped', ['link'], { also: ['agent.running_online'] }),
  },
  {
    id: 'agent-frozen-proxy',
    title: 'cloud.conf has the proxy, the running Agent still goes direct: a restart is all it takes',
    ...strict,
    files: claimed(squid),
    daemon: { cloud: cloud('offline', 'timeout'), aclkState: state(false) },
    expect: FROZEN,
  },
  {
    id: 'agent-frozen-proxy-api',
    title: 'The same, told by the API alone: netdatacli is not there',
    ...strict,
    files: claimed(squid),
    daemon: { cloud: cloud('offline', 'timeout'), aclkState: state(false), withoutCli: true },
    expect: FROZEN,
  },
  {
    id: 'agent-frozen-other-proxy',
    title: 'The running Agent goes on with the proxy that it was started with, and is online through it',
    ...strict,
    files: claimed(squid),
    daemon: {
      cloud: cloud('online', ''),
      aclkState: state(true, { aclk_proxy: `http://${at.PROXY_NAME}:8888 (without credentials, from cloud.conf)` }),
    },
    unusual: true,
    expect: {
      ...works(['agent.proxy_not_active_yet']),
      claim: null,
      legs: { ...works().legs, claim: null },
      exit: [0, 1],
    },
  },
  {
    id: 'agent-banned',
    title: 'The network is fine; the cloud has told the Agent not to come back',
    netdataUser: true,
    files: claimed('none'),
    daemon: { cloud: cloud('banned', 'agent is blocked'), aclkState: state(false, { 'banned-by-cloud': true }) },
    unusual: true,
    expect: works(['agent.running_offline']),
  },
  {
    id: 'agent-retry-far-away',
    title: 'The network works, the Agent’s next attempt is hours away',
    netdataUser: true,
    files: claimed('none'),
    daemon: {
      cloud: { ...cloud('offline', 'https client timeout'), next_check: 4_000_000_000, next_in: 20_000 },
      aclkState: state(false, { 'next-connection-attempt-utc': '2096-10-02 07:06:40', 'last-backoff-value': 20_000 }),
    },
    unusual: true,
    expect: works(['agent.retry_far_away'], ['agent.running_offline']),
  },
  {
    id: 'agent-claim-refused',
    title: 'The network is fine; the cloud has refused the token',
    netdataUser: true,
    daemon: {
      cloud: cloud('available', 'Failed: token is expired, not found, or invalid'),
      aclkState: UNCLAIMED,
    },
    unusual: true,
    expect: works(['agent.claim_refused']),
  },
  {
    id: 'agent-claim-not-retried',
    title: 'The network came up after the Agent had claimed in vain',
    netdataUser: true,
    daemon: {
      cloud: cloud('available', "Request failed with error: Couldn't resolve host name"),
      aclkState: UNCLAIMED,
    },
    unusual: true,
    expect: works(['agent.claim_not_retried']),
  },
  {
    id: 'agent-key-mismatch',
    title: 'The private key is not the one that was claimed',
    netdataUser: true,
    files: claimed('none'),
    daemon: { cloud: cloud('offline', 'otp challenge decryption failed'), aclkState: state(false) },
    expect: { ...fails('agent.key_mismatch', ['auth']), claim: null },
  },
  {
    id: 'agent-flapping',
    title: 'A keep-alive was not answered, again and again',
    netdataUser: true,
    files: claimed('none'),
    daemon: {
      cloud: { ...cloud('offline', 'disconnected, ping timed out'), id: 311 },
      aclkState: state(false, { 'reconnect-count': 311 }),
    },
    unusual: true,
    expect: works(['agent.link_flapping'], ['agent.running_offline']),
  },
  {
    id: 'agent-held-by-parent',
    title: 'A Parent holds the link; this host has no way to mqtt',
    netdataUser: true,
    files: claimed('none'),
    daemon: { cloud: cloud('indirect', 'timeout'), aclkState: state(false) },
    unusual: true,
    expect: works(['agent.held_by_parent']),
  },
  {
    id: 'agent-elsewhere',
    title: 'The Agent that runs lives in a network of its own',
    netdataUser: true,
    daemon: { env: both, elsewhere: true },
    unusual: true,
    expect: works(['agent.in_container']),
  },
  {
    id: 'agent-twice',
    title: 'Two Agents run side by side',
    netdataUser: true,
    daemon: { twice: true },
    unusual: true,
    expect: works(['agent.two_installations']),
  },
  {
    id: 'agent-too-old',
    title: 'An Agent of 1.31.0, below what the cloud takes; the program of this lab is built without cloud',
    version: '1.31.0',
    netdataUser: true,
    daemon: {},
    expect: {
      claim: null,
      link: null,
      legs: { claim: null, env: null, auth: null, link: null },
      cause: 'agent.too_old',

      exit: [0, 1, 3],
    },
  },
  {
    id: 'agent-token-short',
    title: 'The token in claim.conf is none',
    files: { 'claim.conf': '[global]\n token = abc123\n' },
    expect: fails('agent.claim_input_invalid', CLAIM),
  },
  {
    id: 'agent-enabled-in-netdata-conf',
    title: '[cloud] enabled = no in netdata.conf, which no version reads',
    files: { 'netdata.conf': '[cloud]\n enabled = no\n' },
    unusual: true,
    expect: works(['agent.settings_misplaced']),
  },
  {
    id: 'agent-offline-dropped',
    title: 'A claimed Agent is offline because mqtt is dropped',
    netdataUser: true,
    gateway: [`ip daddr ${at.MQTT4} tcp dport 443 drop`],
    files: claimed('none'),
    daemon: { cloud: cloud('offline', 'offline'), aclkState: state(false) },
    expect: fails('tcp.dropped', ['link']),
  },
  {
    id: 'agent-offline-network-fine',
    title: 'A claimed Agent says it is offline for a name that it could not resolve; by now everything works',
    netdataUser: true,
    files: claimed('none'),
    daemon: { cloud: cloud('offline', 'cannot resolve hostname'), aclkState: state(false) },
    unusual: true,
    expect: works(['agent.running_offline'], ['agent.retry_far_away']),
  },
  {
    id: 'agent-already-claimed',
    title: 'A claimed Agent, and a claim.conf that nobody looks at any more',
    files: { ...claimed('none'), 'claim.conf': `[global]\n url = https://app.netdata.cloud\n token = ${TOKEN}\n` },
    unusual: true,
    expect: works(['agent.already_claimed']),
  },
  {
    id: 'agent-key-missing',
    title: 'Claimed, but private.pem is gone: the Agent never tries the network',
    files: { 'cloud.conf': claimed('none')['cloud.conf'] ?? '' },
    expect: noKey,
  },
  {
    id: 'agent-key-unreadable',
    title: 'Claimed, but private.pem belongs to root: user netdata cannot read it',
    netdataUser: true,
    files: claimed('none'),
    also: (lab) => chmod(join(lab.caseDirectory, 'lib/cloud.d/private.pem'), 0o600),
    expect: noKey,
  },
  {
    id: 'agent-link-disabled',
    title: 'enabled = no in cloud.conf on v1.45.0, which honours it',
    version: '1.45.0',
    files: { ...claimed('none'), 'cloud.conf': `${claimed('none')['cloud.conf'] ?? ''} enabled = no\n` },
    expect: { ...noKey, cause: 'agent.link_disabled' },
  },
  {
    id: 'agent-link-disabled-ignored',
    title: 'enabled = no in cloud.conf on v2.10.3, which does not know the switch any more',
    files: { ...claimed('none'), 'cloud.conf': `${claimed('none')['cloud.conf'] ?? ''} enabled = no\n` },
    unusual: true,
    expect: { ...works(['agent.link_disabled']), claim: null, legs: { ...works().legs, claim: null } },
  },
];
