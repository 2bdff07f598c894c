/** What each word of a closed vocabulary means, in every report form and in the schema: a new member fails to compile. */
import type { FailureKind } from './failure.js';
import type { Blame, Confidence } from './finding.js';
import type { AgentLogKind, ControlKind } from './observation.js';
import type { AddressClass } from './report.js';

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
  dns_no_answer: 'no address for the name',
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
