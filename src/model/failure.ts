import type { Described } from './schema/build.js';
import type { failure } from './schema/failure.js';

/**
 * What can go wrong on a network, as closed vocabularies.
 * Spellings are OONI's (ooni/spec df-007) where OONI has one; ours otherwise.
 */

/** The step that was under way. One observation has exactly one operation. */
export type NetworkOperation =
  | 'resolve'
  | 'dns_query'
  | 'connect'
  | 'proxy_connect'
  | 'tls_handshake'
  | 'http_round_trip'
  | 'websocket_upgrade'
  | 'mqtt_connect'
  | 'full_size_write'
  | 'hold';

/** Facts read from this host, not from the network. They are observations too, so that findings can cite them. */
export type HostOperation =
  | 'read_config'
  | 'read_environment'
  | 'read_host_network'
  | 'read_trust_store'
  | 'read_local_firewall'
  | 'read_agent_status'
  | 'read_agent_log';

export type Operation = NetworkOperation | HostOperation;

export type FailureKind =
  // system calls
  | 'connection_refused'
  | 'connection_reset'
  | 'connection_aborted'
  | 'host_unreachable'
  | 'network_unreachable'
  | 'network_down'
  | 'permission_denied'
  | 'address_family_not_supported'
  | 'address_not_available'
  | 'timed_out'
  // generic
  | 'generic_timeout_error'
  | 'eof_error'
  | 'interrupted'
  | 'response_too_large'
  | 'malformed_response'
  // DNS
  | 'dns_nxdomain_error'
  | 'dns_no_answer'
  | 'dns_servfail_error'
  | 'dns_refused_error'
  | 'dns_temporary_failure'
  | 'dns_non_recoverable_failure'
  | 'dns_server_misbehaving'
  | 'dns_reply_with_wrong_query_id'
  | 'dns_no_resolver'
  // TLS: only what ended the handshake itself; trust is judged afterwards (see TrustJudgement)
  | 'ssl_failed_handshake'
  | 'ssl_alert'
  | 'ssl_version_unsupported'
  | 'ssl_not_tls'
  | 'ssl_invalid_certificate'
  // HTTP, proxy, WebSocket, MQTT
  | 'http_malformed'
  | 'proxy_authentication_required'
  | 'proxy_refused'
  | 'proxy_protocol_mismatch'
  | 'proxy_malformed_reply'
  | 'socks_no_acceptable_method'
  | 'socks_authentication_failed'
  | 'socks_server_failure'
  | 'socks_connection_not_allowed'
  | 'socks_network_unreachable'
  | 'socks_host_unreachable'
  | 'socks_connection_refused'
  | 'socks_ttl_expired'
  | 'socks_command_not_supported'
  | 'socks_address_not_supported'
  | 'websocket_upgrade_refused'
  | 'websocket_malformed'
  | 'websocket_closed'
  | 'mqtt_connack_refused'
  | 'mqtt_malformed'
  // host facts
  | 'file_not_found'
  | 'file_unreadable'
  | 'not_permitted'
  | 'not_supported'
  | 'unknown_failure';

/** What this process or this host ran out of (errno(3)): a step that ends with one of them never asked the network. */
const OWN_LACKS: ReadonlySet<string | null> = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);

export const isOwnLack = ({ rawCode }: Failure): boolean => OWN_LACKS.has(rawCode);

/**
 * A failure of one operation. `kind` is what code branches on; `detail` is foreign text:
 * shown escaped, never matched on.
 */
export type Failure = Described<typeof failure>;
