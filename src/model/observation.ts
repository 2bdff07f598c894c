/**
 * Observations: what was seen, never what it means. One row per step, each with its own start,
 * duration and typed failure. Byte strings (`raw…`) are latin1: one character per byte, so that they
 * stay readable and can be redacted; they are hostile text wherever they are shown.
 */
import type { Described } from './schema/build.js';
import type { configProblem, firewallRule, localFlow, logLine } from './schema/host.js';
import type { certificate, dnsRecord, judgement, resolvedAddress } from './schema/network.js';
import type { baseFields, role, unacknowledged } from './schema/observation-base.js';
import type { observation } from './schema/report.js';
import type { Operation } from './failure.js';

/** Why a step was taken: on the Agent's own path, as an alternative, or to tell causes apart. */
export type Role = Described<typeof role>;

export type ControlKind =
  | 'other_name_same_address'
  | 'no_name_same_address'
  | 'known_address'
  | 'other_resolver_address'
  | 'sibling_host'
  | 'other_port'
  | 'small_client_hello'
  | 'large_client_hello'
  | 'browser_like'
  | 'full_size_write'
  | 'public_resolver'
  | 'neutral_host'
  | 'without_proxy'
  | 'resolver_liveness'
  /** A TCP connect to the default gateway: how long a packet to the first hop takes. */
  | 'gateway'
  /** A ClientHello to a proxy that is to be spoken to in plain text: is its port one for TLS? */
  | 'proxy_tls'
  /** SOCKS5 where HTTP is configured, HTTP where SOCKS is: does the port of the proxy speak the other one? */
  | 'proxy_other_protocol'
  /** A ClientHello that a TLS server answers with a short alert: small answers pass where full segments do not. */
  | 'short_answer'
  /** An upgraded link kept busy with pings beside the idle ones: what ends it too is no idle timer. */
  | 'busy_link';

export type ObservationBase<O extends Operation> = Described<typeof baseFields> & { readonly operation: O };

/** Bytes that the peer's kernel has not acknowledged, and how often ours repeated them since the last that it did. */
export type Unacknowledged = Described<typeof unacknowledged>;

export type Family = 4 | 6;

export type ResolvedAddress = Described<typeof resolvedAddress>;

/** The OS resolver in getaddrinfo order (RFC 6724 as the OS applies it): what the Agent gets. */
export type ResolveObservation = ObservationOf<'resolve'>;

export type DnsType = 'A' | 'AAAA';
export type DnsTransport = 'udp' | 'tcp' | 'doh';

export type DnsRecord = Described<typeof dnsRecord>;

/** One question to one resolver on the wire (RFC 1035). */
export type DnsQueryObservation = ObservationOf<'dns_query'>;

export type ConnectObservation = ObservationOf<'connect'>;

/** One hop through a proxy: CONNECT (RFC 9110 §9.3.6), SOCKS5 (RFC 1928, 1929) or SOCKS4(a). */
export type ProxyConnectObservation = ObservationOf<'proxy_connect'>;

/** Names of OpenSSL's X509_V_ERR_* without the prefix. */
export type X509Error =
  | 'UNABLE_TO_GET_ISSUER_CERT'
  | 'CERT_SIGNATURE_FAILURE'
  | 'CERT_NOT_YET_VALID'
  | 'CERT_HAS_EXPIRED'
  | 'DEPTH_ZERO_SELF_SIGNED_CERT'
  | 'SELF_SIGNED_CERT_IN_CHAIN'
  | 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'
  | 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'
  | 'CERT_CHAIN_TOO_LONG'
  | 'INVALID_CA'
  | 'INVALID_PURPOSE'
  | 'CERT_UNTRUSTED'
  | 'EE_KEY_TOO_SMALL'
  | 'CA_KEY_TOO_SMALL'
  | 'CA_MD_TOO_WEAK'
  | 'HOSTNAME_MISMATCH'
  | 'IP_ADDRESS_MISMATCH'
  | 'OTHER';

export type CertificateFacts = Described<typeof certificate>;

/** The chain held against one trust store, without the name check (that is `nameMatches`). */
export type TrustJudgement = Described<typeof judgement>;

export type TlsHandshakeObservation = ObservationOf<'tls_handshake'>;

export type HttpRoundTripObservation = ObservationOf<'http_round_trip'>;

export type WebSocketUpgradeObservation = ObservationOf<'websocket_upgrade'>;

export type MqttConnectObservation = ObservationOf<'mqtt_connect'>;

/** A write of several full segments on an open connection: finds MTU black holes. */
export type FullSizeWriteObservation = ObservationOf<'full_size_write'>;

/** An upgraded link held open without traffic of ours. */
export type HoldObservation = ObservationOf<'hold'>;

/** One configuration file as the Agent's ini parser reads it. */
export type ReadConfigObservation = ObservationOf<'read_config'>;

export type ConfigProblem = Described<typeof configProblem>;

export type ReadEnvironmentObservation = ObservationOf<'read_environment'>;

export type ReadHostNetworkObservation = ObservationOf<'read_host_network'>;

export type ReadTrustStoreObservation = ObservationOf<'read_trust_store'>;

/** What one manager of this host's rules has to say; `failure` set = its rules were not read, or not all of them. */
export type ReadLocalFirewallObservation = ObservationOf<'read_local_firewall'>;

export type LocalFirewallRule = Described<typeof firewallRule>;

/** An exchange that this host's rules were held against. */
export type LocalFlow = Described<typeof localFlow>;

export type ReadAgentStatusObservation = ObservationOf<'read_agent_status'>;

/** What a line of the Agent's log says. Stable words: they stand in reports. */
export type AgentLogKind =
  | 'claim_failed'
  | 'claimed'
  | 'not_claimed'
  | 'claim_step'
  | 'connecting'
  | 'connected'
  | 'disconnected'
  | 'name_not_resolved'
  | 'connect_failed'
  | 'connect_timed_out'
  | 'proxy_failed'
  | 'tls_failed'
  | 'answer_accepted'
  | 'answer_refused'
  | 'answer_unreadable'
  | 'status_changed'
  | 'key_unusable';

export type AgentLogLine = Described<typeof logLine>;

/** The end of the Agent's own log: what it last wrote about claiming and the link. */
export type ReadAgentLogObservation = ObservationOf<'read_agent_log'>;

export type Observation = Described<typeof observation>;

export type ObservationOf<O extends Operation> = Extract<Observation, { readonly operation: O }>;
export type ObservationId = string;
