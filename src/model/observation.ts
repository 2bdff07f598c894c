/**
 * Observations: what was seen, never what it means. One row per step, each with its own start,
 * duration and typed failure. Byte strings (`raw…`) are latin1: one character per byte, so that they
 * stay readable and can be redacted; they are hostile text wherever they are shown.
 */
import type { Failure, Operation } from './failure.js';
import type { Dialect, Leg } from './route.js';

/** Why a step was taken: on the Agent's own path, as an alternative, or to tell causes apart. */
export type Role =
  | { readonly kind: 'path' }
  | { readonly kind: 'alternative' }
  | { readonly kind: 'control'; readonly control: ControlKind };

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

export interface ObservationBase<O extends Operation> {
  /** Unique in the run, e.g. `connect-3`. */
  readonly id: string;
  readonly operation: O;
  /** Joins the steps of one attempt (one connection). Host facts have their own. */
  readonly transactionId: string;
  /** Target.id, or null for facts that belong to no target. */
  readonly targetId: string | null;
  /** The leg this step was taken for; null for shared steps and host facts. */
  readonly leg: Leg | null;
  /** RouteEntry.id, or null where no route is involved. */
  readonly routeId: string | null;
  readonly role: Role;
  /** Remote address without brackets, or null. */
  readonly address: string | null;
  /** Start and end, monotonic ms since the run's zero; tMs >= t0Ms. */
  readonly t0Ms: number;
  readonly tMs: number;
  /** Of that time, ms in which this process itself did not run (starved or suspended machine); absent = none worth telling. */
  readonly stalledMs?: number;
  /** Of a step that met silence: what was still under way to the peer by then; absent = the kernel did not tell. */
  readonly unacknowledged?: Unacknowledged;
  readonly failure: Failure | null;
}

/** Bytes that the peer's kernel has not acknowledged, and how often ours repeated them since the last that it did. */
export interface Unacknowledged {
  readonly bytes: number;
  readonly retransmits: number;
}

export type Family = 4 | 6;

export interface ResolvedAddress {
  readonly address: string;
  readonly family: Family;
}

/** The OS resolver in getaddrinfo order (RFC 6724 as the OS applies it): what the Agent gets. */
export interface ResolveObservation extends ObservationBase<'resolve'> {
  readonly hostname: string;
  /** In the OS's order. Empty on failure. */
  readonly addresses: readonly ResolvedAddress[];
}

export type DnsType = 'A' | 'AAAA';
export type DnsTransport = 'udp' | 'tcp' | 'doh';

export interface DnsRecord {
  readonly name: string;
  /** `A`, `AAAA`, `CNAME`, … as dns-packet spells them. */
  readonly type: string;
  /** Seconds. */
  readonly ttl: number;
  readonly data: string;
}

/** One question to one resolver on the wire (RFC 1035). */
export interface DnsQueryObservation extends ObservationBase<'dns_query'> {
  /** Resolver address; `address` of the base holds the same. */
  readonly resolver: string;
  readonly resolverPort: number;
  /** Where the resolver was found: `/etc/resolv.conf:2`, `--controls`, … */
  readonly resolverSource: string;
  readonly name: string;
  readonly type: DnsType;
  /** The transport that gave the answer (TCP after truncation). */
  readonly transport: DnsTransport;
  /** `NOERROR`, `NXDOMAIN`, …; null without a valid reply. NODATA = NOERROR with no addresses. */
  readonly rcode: string | null;
  readonly truncated: boolean;
  readonly answers: readonly DnsRecord[];
  /** Addresses at the end of the CNAME chain. */
  readonly addresses: readonly string[];
  readonly cnames: readonly string[];
  /** Replies that did not match id, question or source and were ignored. */
  readonly ignoredReplies: number;
}

export interface ConnectObservation extends ObservationBase<'connect'> {
  readonly host: string;
  readonly port: number;
  readonly family: Family;
  /** What sits at the other end: the target itself or a proxy. */
  readonly peer: 'target' | 'proxy';
  readonly localAddress: string | null;
}

/** One hop through a proxy: CONNECT (RFC 9110 §9.3.6), SOCKS5 (RFC 1928, 1929) or SOCKS4(a). */
export interface ProxyConnectObservation extends ObservationBase<'proxy_connect'> {
  readonly protocol: 'http' | 'https' | 'socks4' | 'socks5';
  readonly proxyHost: string;
  readonly proxyPort: number;
  readonly dialect: Dialect;
  readonly credentialsSent: boolean;
  /** What the proxy was asked to reach. */
  readonly requestedHost: string;
  readonly requestedPort: number;
  readonly resolveAt: 'local' | 'proxy';
  /** HTTP: first bytes of the reply up to the end of its header or 16 KiB, whatever came. */
  readonly rawReply: string;
  /** Bytes that were already waiting behind the header (they would be read as TLS). */
  readonly bytesAfterHead: number;
  /** Bytes of the reply that were there whenever some had arrived but its header was not complete; missing = it came whole. */
  readonly cuts?: readonly number[];
  /** Longest time without a byte until the header was complete, ms; missing = no header came, or it was not measured. */
  readonly longestSilenceMs?: number;
  readonly status: number | null;
  readonly headers: readonly (readonly [string, string])[];
  /** First bytes of a refusing page, at most 4 KiB. */
  readonly bodyExcerpt: string;
  /** SOCKS5 method chosen (0, 2, 255, …), RFC 1929 status, and REP byte; null if not reached. */
  readonly socksMethod: number | null;
  readonly socksAuthStatus: number | null;
  readonly socksReply: number | null;
}

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

export interface CertificateFacts {
  /** RFC 2253-like one-line names; foreign text. */
  readonly subject: string;
  readonly issuer: string;
  readonly subjectAltName: string;
  /** ISO 8601 UTC. */
  readonly notBefore: string;
  readonly notAfter: string;
  readonly serialNumber: string;
  /** SHA-256 of the DER, lower-case hex without colons. */
  readonly fingerprint256: string;
  readonly isCa: boolean;
  /** `rsa 2048`, `ec prime256v1`, … */
  readonly publicKey: string;
}

/** The chain held against one trust store, without the name check (that is `nameMatches`). */
export interface TrustJudgement {
  /** TrustStoreFacts.id. */
  readonly storeId: string;
  readonly trusted: boolean;
  /** Every error that OpenSSL's verification would raise, first one first; empty when trusted. */
  readonly errors: readonly X509Error[];
  /** Depth of the first error (0 = leaf); null when trusted. */
  readonly depth: number | null;
}

export interface TlsHandshakeObservation extends ObservationBase<'tls_handshake'> {
  /** Server name sent in the ClientHello; null = none sent. */
  readonly sni: string | null;
  /** The name the certificate is held against. */
  readonly expectedName: string;
  /** `provoke_alert` offers only what no sane server takes, so that the answer is one short alert record. */
  readonly helloVariant: 'agent' | 'small' | 'large' | 'legacy' | 'provoke_alert';
  /** Bytes of the ClientHello record as sent, or null if not measured. */
  readonly helloBytes: number | null;
  /** True as soon as any byte came back. */
  readonly gotServerBytes: boolean;
  /** First bytes received when they were not TLS; latin1, at most 1 KiB. */
  readonly rawFirstBytes: string;
  readonly protocol: string | null;
  readonly cipher: string | null;
  /** TLS alert number received, or null. */
  readonly alert: number | null;
  /** Leaf first, as sent by the peer (no certificates from a local store). */
  readonly chain: readonly CertificateFacts[];
  readonly nameMatches: boolean | null;
  readonly judgements: readonly TrustJudgement[];
}

export interface HttpRoundTripObservation extends ObservationBase<'http_round_trip'> {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly dialect: Dialect;
  /** As received up to and including the blank line, at most 64 KiB. */
  readonly rawHead: string;
  /** Body bytes as received (still chunked if chunked), at most 64 KiB. */
  readonly rawBody: string;
  /** Total body bytes seen, also beyond the cap. */
  readonly bodyBytes: number;
  /** Lenient reading, for people and controls; the Agent's own reading is done from the raw bytes. */
  readonly status: number | null;
  readonly headers: readonly (readonly [string, string])[];
  /** ms from the last byte of the answer to FIN or close_notify; null = stayed open while we watched. */
  readonly closedAfterMs: number | null;
  /** How the answer ended. */
  readonly endedBy: 'length' | 'chunked' | 'close' | 'no_body' | 'timeout' | 'cap' | 'none';
  /** Wall clock of this host when the head arrived, ISO 8601 UTC with ms: held against the Date header. */
  readonly receivedAt: string | null;
  /** Line ends of the head whose CR and LF came apart; missing = none. */
  readonly lineEndSplits?: number;
}

export interface WebSocketUpgradeObservation extends ObservationBase<'websocket_upgrade'> {
  readonly host: string;
  readonly path: string;
  readonly dialect: Dialect;
  /** Base64 Sec-WebSocket-Key that was sent (random, throw-away). */
  readonly key: string;
  readonly rawHead: string;
  /** First bytes behind a refusing head, at most 4 KiB. */
  readonly bodyExcerpt: string;
  readonly status: number | null;
  readonly headers: readonly (readonly [string, string])[];
  /** RFC 6455 §4.1: 101, Upgrade, Connection and the right accept value. */
  readonly acceptedByRfc: boolean;
  readonly receivedAt: string | null;
  /** As for an HTTP answer. */
  readonly lineEndSplits?: number;
}

export interface MqttConnectObservation extends ObservationBase<'mqtt_connect'> {
  /** The throw-away client id that was sent. */
  readonly clientId: string;
  /** MQTT 5 reason code of the CONNACK (0..255), or null if none came. */
  readonly reasonCode: number | null;
  /** First bytes received after CONNECT, latin1, at most 1 KiB. */
  readonly rawFirstBytes: string;
  /** Header bytes of the WebSocket frames received, `fin,rsv,opcode,masked,length` each. */
  readonly frames: readonly string[];
  /** WebSocket close code if the peer closed with one. */
  readonly closeCode: number | null;
  /** How the connection ended, if it did. */
  readonly endedBy: 'fin' | 'reset' | 'ws_close' | 'open' | 'silence';
}

/** A write of several full segments on an open connection: finds MTU black holes. */
export interface FullSizeWriteObservation extends ObservationBase<'full_size_write'> {
  readonly host: string;
  readonly port: number;
  readonly bytes: number;
  readonly acknowledged: boolean | null;
}

/** An upgraded link held open without traffic of ours. */
export interface HoldObservation extends ObservationBase<'hold'> {
  readonly host: string;
  readonly plannedMs: number;
  /** Until it ended; for silence, until the ping that nobody answered. */
  readonly heldMs: number;
  readonly pings: number;
  /** Pings that were answered; absent in runs saved before this was counted. */
  readonly pongs?: number;
  readonly endedBy: 'us' | 'fin' | 'reset' | 'ws_close' | 'silence';
}

/** One configuration file as the Agent's ini parser reads it. */
export interface ReadConfigObservation extends ObservationBase<'read_config'> {
  readonly path: string;
  readonly state: 'read' | 'missing' | 'unreadable';
  readonly problems: readonly ConfigProblem[];
}

export interface ConfigProblem {
  /** Vocabulary of agent/ini: what the line is. */
  readonly kind: string;
  /** 1-based; null when the problem is the file's. */
  readonly line: number | null;
  /** The offending text, secrets masked, at most 200 characters. */
  readonly text: string;
}

export interface ReadEnvironmentObservation extends ObservationBase<'read_environment'> {
  /** Whose environment. */
  readonly source: 'daemon' | 'unit' | 'self';
  /** Names that matter (proxy, SSL_CERT_*, NETDATA_*), values masked. */
  readonly variables: readonly { readonly name: string; readonly value: string }[];
}

export interface ReadHostNetworkObservation extends ObservationBase<'read_host_network'> {
  readonly resolvers: readonly { readonly address: string; readonly port: number; readonly source: string }[];
  /** Entries of the hosts file for names of ours. */
  readonly hostsOverrides: readonly { readonly name: string; readonly address: string; readonly line: number }[];
  /** Families with a default (or any non-local) route; null = could not tell. */
  readonly defaultRoute4: boolean | null;
  readonly defaultRoute6: boolean | null;
  readonly gateway4: string | null;
  readonly gateway6: string | null;
  /** Addresses that connections come from by the default routes; absent = none, or not read. */
  readonly source4?: string;
  readonly source6?: string;
  /** The `hosts:` line of nsswitch.conf: what the C library asks, in order. null = no such line; absent = not read. */
  readonly nameServices?: { readonly sources: readonly string[]; readonly line: number } | null;
}

export interface ReadTrustStoreObservation extends ObservationBase<'read_trust_store'> {
  readonly storeId: string;
  readonly paths: readonly string[];
  readonly certificates: number;
}

/** What one manager of this host's rules has to say; `failure` set = its rules were not read, or not all of them. */
export interface ReadLocalFirewallObservation extends ObservationBase<'read_local_firewall'> {
  readonly manager: string;
  /** Rules that could stop the Agent's traffic, as the program prints them. */
  readonly rules: readonly LocalFirewallRule[];
}

export interface LocalFirewallRule {
  /** `nftables inet filter output handle 7`, `iptables OUTPUT 3`, … */
  readonly where: string;
  readonly text: string;
  readonly action: 'drop' | 'reject' | 'policy_drop' | 'redirect' | 'other';
  /** It stops the answers on their way in, not what we send. */
  readonly inbound?: true;
  /** It lets the handshake of TCP through, and stops what follows. */
  readonly afterHandshake?: true;
  /** Of the addresses tried, those that it surely stops; absent in runs saved before this was kept. */
  readonly addresses?: readonly string[];
  /** The exchanges that it stops, or perhaps does (`matches` null); absent in runs saved before this was kept. */
  readonly flows?: readonly LocalFlow[];
  /** True if, as far as we can read it, the rule matches this run's destinations; null = cannot tell. */
  readonly matches: boolean | null;
  /** Owner match, if the rule has one: `uid 201`, `gid 201`, … */
  readonly owner: string | null;
}

/** An exchange that this host's rules were held against. */
export interface LocalFlow {
  readonly protocol: 'tcp' | 'udp';
  readonly address: string;
  readonly port: number;
  /** The sender; null = unknown. */
  readonly uid: number | null;
}

export interface ReadAgentStatusObservation extends ObservationBase<'read_agent_status'> {
  readonly source: 'api_v3_info' | 'netdatacli' | 'api_v1_aclk';
  /** `available`, `offline`, `online`, `indirect`, `banned`, or null. */
  readonly status: string | null;
  readonly reason: string | null;
  /** The running process's effective proxy as it prints it, credentials masked. */
  readonly proxy: string | null;
  /** ISO 8601 UTC. */
  readonly nextAttemptAt: string | null;
  readonly reconnectCount: number | null;
  readonly version: string | null;
}

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

export interface AgentLogLine {
  /** ISO 8601 UTC; null where the line has no time, or one without its zone. */
  readonly at: string | null;
  readonly about: 'claim' | 'link';
  readonly kind: AgentLogKind;
  /** What it means for the step that it is about; null = neither. */
  readonly outcome: 'worked' | 'failed' | null;
  /** The message, one line, at most 300 characters, secrets masked. */
  readonly text: string;
}

/** The end of the Agent's own log: what it last wrote about claiming and the link. */
export interface ReadAgentLogObservation extends ObservationBase<'read_agent_log'> {
  readonly source: 'file' | 'journal';
  /** Path of the file, or name of the journal's namespace or unit. */
  readonly where: string;
  /** At most 12, oldest first. */
  readonly lines: readonly AgentLogLine[];
}

export type Observation =
  | ResolveObservation
  | DnsQueryObservation
  | ConnectObservation
  | ProxyConnectObservation
  | TlsHandshakeObservation
  | HttpRoundTripObservation
  | WebSocketUpgradeObservation
  | MqttConnectObservation
  | FullSizeWriteObservation
  | HoldObservation
  | ReadConfigObservation
  | ReadEnvironmentObservation
  | ReadHostNetworkObservation
  | ReadTrustStoreObservation
  | ReadLocalFirewallObservation
  | ReadAgentStatusObservation
  | ReadAgentLogObservation;

export type ObservationOf<O extends Operation> = Extract<Observation, { readonly operation: O }>;
export type ObservationId = string;
