/** The fixed words of every report form: one table per closed vocabulary, so that a new member fails to compile. */
import type { AgentFacts } from '../model/agent.js';
import type { FailureKind, NetworkOperation } from '../model/failure.js';
import type { Blame, Confidence } from '../model/finding.js';
import type { AgentLogKind, ControlKind } from '../model/observation.js';
import type { Outcome } from '../model/prediction.js';
import type { Leg } from '../model/route.js';
import type { AddressClass } from '../model/report.js';

/** What a reader may conclude at a glance. `none` = not run: never shown like `ok`. */
export type Tone = 'ok' | 'warn' | 'fail' | 'unknown' | 'none';

/** The version that the verdict is for, also where no Agent is installed. */
export function versionWords({ installation, version }: AgentFacts): string {
  const { value, source, standing } = version;
  const reach = {
    newer: ', which is newer than the rules here: the newest were taken',
    doubtful: ', which asks for what the cloud may not offer any more',
    too_old: ', of which nothing is known',
    known: '',
  }[standing ?? 'known'];
  if (installation.found)
    return source === 'assumed_newest'
      ? `Agent of unknown version, judged as ${value} (--agent-version tells)${reach}`
      : `Agent ${value}${reach}`;
  return `no Agent installed, judged as Agent ${value}${source === 'assumed_newest' ? ' (the newest known)' : ''}${reach}`;
}

export const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  will_work: 'will work',
  will_fail: 'WILL FAIL',
  at_risk: 'at risk',
  unknown: 'not decided',
};

export const OUTCOME_TONE: Readonly<Record<Outcome, Tone>> = {
  will_work: 'ok',
  will_fail: 'fail',
  at_risk: 'warn',
  unknown: 'unknown',
};

export const CONFIDENCE_WORDS: Readonly<Record<Confidence, string>> = {
  certain: 'certain: nothing else fits the evidence',
  likely: 'likely',
  possible: 'possible: the evidence allows other explanations',
};

/** Who has to act, as a person would say it. */
export const BLAME_WORDS: Readonly<Record<Blame, string>> = {
  host: 'administrator of this host',
  network: 'network or firewall team',
  proxy: 'proxy team',
  dns: 'DNS team',
  cloud: 'Netdata Cloud',
  agent_config: "whoever configures this host's Agent",
};

export const LEG_WORDS: Readonly<Record<Leg, { readonly name: string; readonly does: string }>> = {
  claim: { name: 'claim', does: 'claiming the node' },
  env: { name: 'env', does: 'asking the cloud where to connect' },
  auth: { name: 'auth', does: 'authenticating the node' },
  link: { name: 'link', does: 'the lasting connection' },
};

export const OPERATION_WORDS: Readonly<Record<NetworkOperation, string>> = {
  resolve: 'resolve',
  dns_query: 'DNS query',
  connect: 'connect',
  proxy_connect: 'proxy',
  tls_handshake: 'TLS',
  http_round_trip: 'HTTP',
  websocket_upgrade: 'WebSocket',
  mqtt_connect: 'MQTT',
  full_size_write: 'full-size write',
  hold: 'hold',
};

export const CONTROL_WORDS: Readonly<Record<ControlKind, string>> = {
  other_name_same_address: 'another name at the same address',
  no_name_same_address: 'no server name at the same address',
  known_address: 'a published address',
  other_resolver_address: 'an address from another resolver',
  sibling_host: 'a sibling host',
  other_port: 'another port',
  small_client_hello: 'a small ClientHello',
  large_client_hello: 'a large ClientHello',
  browser_like: 'a browser-like request',
  full_size_write: 'full-size segments',
  public_resolver: 'a public resolver',
  neutral_host: 'an unrelated host',
  without_proxy: 'without the proxy',
  resolver_liveness: 'whether the resolver lives',
  gateway: 'the gateway of this host',
  short_answer: 'a ClientHello answered by a short alert',
  proxy_tls: 'TLS at the port of the proxy',
  proxy_other_protocol: 'the other proxy protocol at the same port',
  busy_link: 'an upgraded link that is kept busy',
};

export const ADDRESS_CLASS_WORDS: Readonly<Record<AddressClass, string>> = {
  known: 'published',
  new_proven: 'new, proven by its certificate',
  private: 'private',
  sinkhole: 'sinkhole',
  unproven: 'not proven to be the cloud',
};

/**
 * What became of a rung of a leg's path (evidence.ts). `answered`: something came back, and nobody has judged whether
 * it is good.
 */
export type RowState = 'ok' | 'failed' | 'answered' | 'not_checked' | 'skipped';

export const STATE_WORDS: Readonly<Record<RowState, string>> = {
  ok: 'ok',
  failed: 'FAILED',
  answered: 'answered',
  not_checked: 'not checked',
  skipped: 'skipped',
};
export const STATE_TONE: Readonly<Record<RowState, Tone>> = {
  ok: 'ok',
  failed: 'fail',
  answered: 'none',
  not_checked: 'unknown',
  skipped: 'unknown',
};
/** What a failure looks like from here, without judging why. */
export const FAILURE_WORDS: Readonly<Record<FailureKind, string>> = {
  connection_refused: 'refused',
  connection_reset: 'reset by the other side',
  connection_aborted: 'aborted',
  host_unreachable: 'host unreachable',
  network_unreachable: 'network unreachable',
  network_down: 'network down',
  permission_denied: 'not permitted by this host',
  address_family_not_supported: 'address family not supported',
  address_not_available: 'address not available',
  timed_out: 'the system gave up waiting',
  generic_timeout_error: 'no answer',
  eof_error: 'closed by the other side',
  interrupted: 'interrupted before it ended',
  response_too_large: 'answer too large',
  malformed_response: 'malformed answer',
  dns_nxdomain_error: 'the name does not exist (NXDOMAIN)',
  dns_no_answer: 'the name has no address (NODATA)',
  dns_servfail_error: 'the resolver failed (SERVFAIL)',
  dns_refused_error: 'the resolver refuses (REFUSED)',
  dns_temporary_failure: 'temporary failure of name resolution',
  dns_non_recoverable_failure: 'name resolution failed for good',
  dns_server_misbehaving: 'the resolver answered nonsense',
  dns_reply_with_wrong_query_id: 'only a reply with a wrong id came',
  dns_no_resolver: 'no resolver configured',
  ssl_failed_handshake: 'handshake failed',
  ssl_alert: 'ended by a TLS alert',
  ssl_version_unsupported: 'no common TLS version',
  ssl_not_tls: 'the answer was not TLS',
  ssl_invalid_certificate: 'unusable certificate',
  http_malformed: 'not a valid HTTP answer',
  proxy_authentication_required: 'the proxy demands authentication (407)',
  proxy_refused: 'the proxy refuses',
  proxy_protocol_mismatch: 'the proxy port speaks another protocol',
  proxy_malformed_reply: 'malformed answer of the proxy',
  socks_no_acceptable_method: 'SOCKS: no acceptable authentication method',
  socks_authentication_failed: 'SOCKS: authentication failed',
  socks_server_failure: 'SOCKS: general server failure',
  socks_connection_not_allowed: 'SOCKS: not allowed by the proxy',
  socks_network_unreachable: 'SOCKS: the proxy finds the network unreachable',
  socks_host_unreachable: 'SOCKS: the proxy finds the host unreachable',
  socks_connection_refused: 'SOCKS: refused behind the proxy',
  socks_ttl_expired: 'SOCKS: TTL expired',
  socks_command_not_supported: 'SOCKS: command not supported',
  socks_address_not_supported: 'SOCKS: address type not supported',
  websocket_upgrade_refused: 'the upgrade was not granted',
  websocket_malformed: 'malformed WebSocket data',
  websocket_closed: 'the WebSocket was closed',
  mqtt_connack_refused: 'the broker refused',
  mqtt_malformed: 'malformed MQTT data',
  file_not_found: 'file not found',
  file_unreadable: 'file not readable',
  not_permitted: 'not permitted',
  not_supported: 'not supported here',
  unknown_failure: 'failed',
};

/** `12 ms`, `5.0 s`, `2 min 5 s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** `1 address`, `3 addresses`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** What a line of the Agent's log says. */
export const AGENT_LOG_WORDS: Readonly<Record<AgentLogKind, string>> = {
  claim_failed: 'a claim failed',
  claimed: 'the Agent is claimed',
  not_claimed: 'the Agent is not claimed',
  claim_step: 'a step of claiming',
  connecting: 'a connection was begun',
  connected: 'the link came up',
  disconnected: 'the link went down',
  name_not_resolved: 'a name could not be resolved',
  connect_failed: 'a connection failed',
  connect_timed_out: 'a connection was not answered',
  proxy_failed: 'the proxy did not open the way',
  tls_failed: 'TLS failed',
  answer_accepted: 'an HTTPS answer was accepted',
  answer_refused: 'an HTTPS answer was an error',
  answer_unreadable: 'an answer could not be read',
  status_changed: 'the connection status changed',
  key_unusable: 'the private key could not be used',
};
