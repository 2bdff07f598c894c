/**
 * What may be behind a word that somebody has in hand: one table from words to findings, the likeliest first. Words
 * alone prove nothing: whoever wants to know runs the doctor.
 */
import type { ReasonKind } from '../../agent/words/status-kinds.js';
import type { FindingId } from '../../model/finding-id.js';
import type { AgentLogKind } from '../../model/observation.js';

type Ids = readonly FindingId[];

const both = (one: Ids, other: Ids): Ids => [...new Set([...one, ...other])];

const NAMES: Ids = [
  'dns.nxdomain',
  'dns.servfail',
  'dns.timeout',
  'dns.refused',
  'dns.resolver_unreachable',
  'host.no_resolver',
  'proxy.needed',
];
const SILENT: Ids = ['tcp.dropped', 'host.local_firewall', 'agent.first_address_blackholed', 'proxy.needed'];
const REFUSED: Ids = ['tcp.reset', 'tcp.prohibited', 'host.local_firewall', 'proxy.refused', 'host.no_route'];
const UNTRUSTED: Ids = [
  'tls.intercepted',
  'tls.untrusted_issuer',
  'host.ca_store_outdated',
  'host.clock_skew',
  'tls.expired',
  'tls.name_mismatch',
  'tls.self_signed',
  'tls.incomplete_chain',
];
const HANDSHAKE: Ids = ['tls.reset', 'tls.sni_filtered', 'tls.not_tls', 'tls.version_unsupported', 'tls.stalled'];
const PROXY: Ids = [
  'proxy.denied',
  'proxy.auth_required',
  'proxy.auth_rejected',
  'proxy.upstream_failed',
  'proxy.agent_cannot_parse',
  'proxy.protocol_mismatch',
];
const LOST: Ids = ['tcp.reset', 'tls.reset', 'tls.sni_filtered', 'http.closed_with_answer'];
const NO_ANSWER: Ids = ['http.no_answer', 'tcp.mtu_blackhole', 'proxy.strips_or_inspects'];
const NOT_THE_CLOUD: Ids = ['http.captive_portal', 'http.blocked_page', 'http.unexpected_answer'];
const CUT: Ids = ['agent.link_flapping', 'mqtt.idle_cut', 'ws.dropped'];
const URL: Ids = ['agent.base_url_invalid', 'agent.proxy_scheme_unsupported', 'agent.config_syntax'];
const CLAIM_REFUSED: Ids = ['agent.claim_refused'];
const INPUT: Ids = ['agent.claim_input_invalid', 'agent.config_syntax', 'agent.settings_misplaced'];
const DISK: Ids = ['agent.claim_not_retried'];

/** By what the Agent gives as the reason of its status. */
export const BY_REASON: Readonly<Record<ReasonKind, Ids>> = {
  not_claimed: [...INPUT, 'agent.already_claimed'],
  claim_token_refused: [...CLAIM_REFUSED, 'agent.claim_input_invalid', 'http.blocked_page'],
  claim_already_claimed: CLAIM_REFUSED,
  claim_room_invalid: [...CLAIM_REFUSED, 'agent.claim_input_invalid'],
  claim_node_id_invalid: CLAIM_REFUSED,
  claim_node_name_invalid: CLAIM_REFUSED,
  claim_key_invalid: CLAIM_REFUSED,
  claim_refused_otherwise: [...CLAIM_REFUSED, 'agent.claim_input_invalid'],
  claim_in_progress: ['agent.claim_not_retried', 'cloud.error'],
  claim_cloud_error: ['cloud.error', 'http.blocked_page', 'proxy.upstream_failed'],
  claim_unexpected_status: [...NOT_THE_CLOUD, 'proxy.strips_or_inspects'],
  claim_answer_too_long: NOT_THE_CLOUD,
  claim_not_saved: DISK,
  claim_key_not_made: DISK,
  claim_not_prepared: DISK,
  claim_proxy_unresolvable: ['proxy.unresolvable', 'agent.proxy_host_misread'],
  claim_unresolvable: NAMES,
  claim_not_connected: REFUSED,
  claim_timeout: [...SILENT, 'proxy.no_answer', 'tls.stalled', 'http.no_answer'],
  claim_tls_failed: HANDSHAKE,
  claim_untrusted: [...UNTRUSTED, 'agent.trust_split'],
  claim_no_ca_file: ['host.no_ca_store', 'agent.trust_split'],
  claim_no_answer: NO_ANSWER,
  claim_connection_lost: ['proxy.denied', 'proxy.auth_required', ...LOST],
  claim_proxy_failed: ['proxy.denied', 'proxy.auth_rejected', 'proxy.protocol_mismatch', 'proxy.upstream_failed'],
  claim_answer_unreadable: ['http.agent_cannot_parse', 'http.unexpected_answer'],
  claim_url_invalid: URL,
  claim_failed_otherwise: ['agent.claim_not_retried'],
  connected: [],
  never_tried: ['agent.running_offline', 'mqtt.no_connack', 'ws.no_answer', 'tcp.dropped'],
  disabled: ['agent.link_disabled'],
  banned: ['agent.running_offline', 'cloud.error'],
  waiting: ['agent.running_offline'],
  no_cloud_url: URL,
  cloud_url_invalid: URL,
  unresolvable: [...NAMES, 'agent.proxy_host_misread'],
  refused: [...REFUSED, 'agent.base_url_invalid'],
  timeout: [...SILENT, 'tcp.ipv6_broken'],
  no_socket: ['host.too_busy', 'tcp.ipv6_broken'],
  no_destination: URL,
  poll_failed: ['host.too_busy'],
  stopped: [],
  tls_failed: HANDSHAKE,
  untrusted: [...UNTRUSTED, 'agent.insecure_ineffective'],
  tls_not_prepared: ['host.no_ca_store', 'host.too_busy'],
  out_of_memory: ['host.too_busy'],
  proxy_refused: PROXY,
  write_failed: [...UNTRUSTED, ...HANDSHAKE],
  read_failed: LOST,
  no_answer: NO_ANSWER,
  answer_unreadable: ['http.agent_cannot_parse', ...NOT_THE_CLOUD],
  request_unknown: ['agent.too_old'],
  env_unreachable: both(NAMES, SILENT),
  env_not_200: [...NOT_THE_CLOUD, 'http.filtered_by_shape', 'cloud.rate_limited', 'cloud.error'],
  env_empty: ['http.agent_cannot_parse', ...NOT_THE_CLOUD],
  env_not_json: NOT_THE_CLOUD,
  env_failed: NOT_THE_CLOUD,
  link_not_claimed: INPUT,
  old_protocol: ['agent.too_old'],
  no_capability: ['agent.too_old', 'http.unexpected_answer'],
  auth_url_invalid: ['http.unexpected_answer'],
  no_transport: ['agent.too_old', 'http.unexpected_answer'],
  transport_url_invalid: ['http.unexpected_answer'],
  challenge_not_200: [...NOT_THE_CLOUD, 'cloud.error', 'cloud.rate_limited'],
  challenge_invalid: NOT_THE_CLOUD,
  password_not_201: ['agent.key_mismatch', 'cloud.error', 'http.blocked_page'],
  password_empty: ['http.agent_cannot_parse', 'http.unexpected_answer'],
  password_not_json: NOT_THE_CLOUD,
  login_failed: ['agent.key_mismatch', 'http.unexpected_answer'],
  key_mismatch: ['agent.key_mismatch'],
  no_topic: ['http.unexpected_answer'],
  cut_remote_request: ['agent.link_flapping', 'cloud.rate_limited'],
  cut_ping_timeout: ['mqtt.idle_cut', 'agent.link_flapping', 'tcp.dropped'],
  cut_reload: [],
  cut_poll: CUT,
  cut_no_progress: CUT,
  cut_no_connack: ['mqtt.no_connack', 'ws.no_answer', 'proxy.strips_or_inspects'],
  cut_closed: [...CUT, 'ws.rejected'],
  cut_socket: [...CUT, 'tls.intercepted', 'tls.untrusted_issuer'],
  cut_mqtt: ['mqtt.refused', 'proxy.strips_or_inspects'],
  cut_websocket: ['ws.rejected', 'ws.upgrade_stripped', 'ws.agent_cannot_parse'],
  cut_too_big: ['proxy.strips_or_inspects'],
  unknown_error: [],
};

/** By the kind of a line in the Agent's log. */
export const BY_LOG: Readonly<Record<AgentLogKind, Ids>> = {
  claim_failed: ['agent.claim_not_retried', 'agent.claim_refused', 'agent.claim_input_invalid'],
  claimed: [],
  not_claimed: INPUT,
  claim_step: [],
  connecting: [],
  connected: [],
  disconnected: CUT,
  name_not_resolved: [...NAMES, 'agent.proxy_host_misread', 'proxy.unresolvable'],
  connect_failed: REFUSED,
  connect_timed_out: SILENT,
  proxy_failed: PROXY,
  tls_failed: UNTRUSTED,
  answer_accepted: [],
  answer_refused: [...NOT_THE_CLOUD, 'cloud.error'],
  answer_unreadable: ['http.agent_cannot_parse', 'ws.agent_cannot_parse', 'proxy.agent_cannot_parse', 'ws.rejected'],
  status_changed: [],
  key_unusable: ['agent.key_missing', 'agent.key_mismatch'],
};

/** What the Agent says of itself: status of the info document, or what aclk-state comes to. */
export const STATES = ['available', 'offline', 'online', 'indirect', 'banned', 'disabled', 'unavailable'] as const;
export type AgentState = (typeof STATES)[number];

export const BY_STATE: Readonly<Record<AgentState, { readonly meaning: string; readonly ids: Ids }>> = {
  available: {
    meaning: 'The Agent is not claimed.',
    ids: [...INPUT, 'agent.claim_refused', 'agent.claim_not_retried'],
  },
  offline: {
    meaning: 'The Agent is claimed and has no link.',
    ids: ['agent.running_offline', 'agent.retry_far_away', 'agent.proxy_not_active_yet'],
  },
  online: { meaning: 'The link is up.', ids: [] },
  indirect: { meaning: 'A Parent holds the link for this Agent.', ids: ['agent.held_by_parent'] },
  banned: { meaning: 'The cloud has told this Agent not to come back.', ids: ['agent.running_offline', 'cloud.error'] },
  disabled: { meaning: 'The link is switched off.', ids: ['agent.link_disabled'] },
  unavailable: { meaning: 'This Agent was built without support for Netdata Cloud.', ids: ['agent.too_old'] },
};

/** Exit codes of curl(1), which are libcurl's: what the claim makes of them. */
export const CURL: Readonly<Record<number, ReasonKind>> = {
  1: 'claim_url_invalid',
  3: 'claim_url_invalid',
  5: 'claim_proxy_unresolvable',
  6: 'claim_unresolvable',
  7: 'claim_not_connected',
  8: 'claim_answer_unreadable',
  16: 'claim_connection_lost',
  18: 'claim_connection_lost',
  28: 'claim_timeout',
  35: 'claim_tls_failed',
  51: 'claim_untrusted',
  52: 'claim_no_answer',
  55: 'claim_connection_lost',
  56: 'claim_connection_lost',
  60: 'claim_untrusted',
  77: 'claim_no_ca_file',
  92: 'claim_connection_lost',
  97: 'claim_proxy_failed',
};

interface ClaimExit {
  readonly meaning: string;
  readonly ids: Ids;
  /** By which the daemon's log tells the same code. */
  readonly text: string;
}

/** Exit codes of `netdata-claim.sh` up to 1.47.5 (docs/reference/agent.md#claim-script-exits). */
export const CLAIM_EXITS: Readonly<Record<number, ClaimExit>> = {
  0: { meaning: 'The Agent was claimed.', ids: [], text: 'Agent claimed successfully' },
  1: { meaning: 'An argument is not known to it.', ids: ['agent.claim_input_invalid'], text: 'Unknown argument' },
  2: {
    meaning: 'The directory cloud.d or the key could not be written.',
    ids: DISK,
    text: 'Problems with claiming working directory',
  },
  3: {
    meaning: 'curl, wget or openssl is missing, or this Agent was built without support for Netdata Cloud.',
    ids: ['agent.too_old'],
    text: 'Missing dependencies',
  },
  4: {
    meaning: 'The cloud could not be reached.',
    ids: both(SILENT, both(REFUSED, NAMES)),
    text: 'Failure to connect to endpoint',
  },
  5: {
    meaning: 'The claim was made, and the running Agent could not be told: restart it.',
    ids: ['agent.claim_not_retried'],
    text: "The CLI didn't work",
  },
  6: {
    meaning: 'It was run neither as root nor as the user of the Agent.',
    ids: [],
    text: 'Wrong user',
  },
  7: {
    meaning: 'No connection could be made, or the answer was none that the script knows.',
    ids: [
      'tcp.dropped',
      'host.local_firewall',
      ...NAMES.slice(0, 3),
      'proxy.needed',
      'tls.intercepted',
      ...NOT_THE_CLOUD,
    ],
    text: 'Unknown HTTP error message',
  },
  8: { meaning: 'The cloud did not accept the node id.', ids: CLAIM_REFUSED, text: 'invalid node id' },
  9: { meaning: 'The cloud did not accept the host name of this node.', ids: CLAIM_REFUSED, text: 'invalid node name' },
  10: {
    meaning: 'The cloud did not accept one of the rooms.',
    ids: [...CLAIM_REFUSED, 'agent.claim_input_invalid'],
    text: 'invalid room id',
  },
  11: { meaning: 'The cloud did not accept the public key.', ids: CLAIM_REFUSED, text: 'invalid public key' },
  12: {
    meaning: 'The cloud did not accept the claim token.',
    ids: [...CLAIM_REFUSED, 'agent.claim_input_invalid', 'http.blocked_page'],
    text: 'token expired/token not found/invalid token',
  },
  13: { meaning: 'The cloud knows this node already.', ids: CLAIM_REFUSED, text: 'already claimed' },
  14: {
    meaning: 'The cloud was still working on an earlier claim.',
    ids: ['agent.claim_not_retried'],
    text: 'processing claiming',
  },
  15: {
    meaning: 'The claim was answered with HTTP 500.',
    ids: ['cloud.error', 'proxy.upstream_failed'],
    text: 'Internal Server Error',
  },
  16: {
    meaning: 'The claim was answered with HTTP 504.',
    ids: ['proxy.upstream_failed', 'cloud.error'],
    text: 'Gateway Timeout',
  },
  17: {
    meaning: 'The claim was answered with HTTP 503.',
    ids: ['cloud.error', 'proxy.upstream_failed', 'http.blocked_page'],
    text: 'Service Unavailable',
  },
  18: {
    meaning: 'The machine id of the Agent could not be read: start the Agent once first.',
    ids: ['agent.not_installed', 'agent.in_container'],
    text: 'Agent Unique Id Not Readable',
  },
};

interface Status {
  readonly meaning: string;
  readonly ids: Ids;
}

const GOOD = 'The service gives this as an answer.';

/** HTTP statuses whose meaning on this path is known; the others by their class. */
const HTTP: Readonly<Record<number, Status>> = {
  101: { meaning: 'The upgrade to WebSocket was accepted.', ids: [] },
  200: {
    meaning: 'Right for the link, and for a proxy; no answer that the service gives to a claim or an upgrade.',
    ids: ['http.captive_portal', 'ws.upgrade_stripped', 'http.unexpected_answer'],
  },
  201: { meaning: GOOD, ids: [] },
  204: { meaning: 'The claim was accepted.', ids: [] },
  400: {
    meaning: 'Somebody did not understand the request, or did not want to.',
    ids: ['http.filtered_by_shape', 'ws.upgrade_stripped', 'proxy.denied'],
  },
  401: {
    meaning: 'Somebody wants a login that the Agent does not have.',
    ids: ['http.captive_portal', 'proxy.denied'],
  },
  403: {
    meaning: 'A proxy or filter does not allow it; as an answer of the cloud to a claim: the token is refused.',
    ids: ['proxy.denied', 'http.blocked_page', 'http.filtered_by_shape', 'ws.rejected', 'agent.claim_refused'],
  },
  404: {
    meaning: 'What answered is not the service, or the base URL is another.',
    ids: ['http.unexpected_answer', 'agent.base_url_invalid', 'ws.rejected'],
  },
  405: { meaning: 'A proxy or filter does not allow this method.', ids: ['proxy.denied', 'http.filtered_by_shape'] },
  407: {
    meaning: 'The proxy wants a login.',
    ids: ['proxy.auth_required', 'proxy.auth_rejected', 'proxy.auth_scheme_unsupported'],
  },
  409: { meaning: 'The cloud knows this node already.', ids: CLAIM_REFUSED },
  422: { meaning: 'The cloud did not accept the claim.', ids: [...CLAIM_REFUSED, 'agent.claim_input_invalid'] },
  426: { meaning: 'The upgrade to WebSocket was lost on the way.', ids: ['ws.upgrade_stripped', 'ws.rejected'] },
  429: { meaning: 'The cloud has too many requests from here.', ids: ['cloud.rate_limited'] },
  451: { meaning: 'A filter does not allow it.', ids: ['http.blocked_page', 'proxy.denied'] },
  500: { meaning: 'Somebody failed on the way.', ids: ['cloud.error', 'proxy.upstream_failed'] },
  502: { meaning: 'A proxy could not reach the cloud.', ids: ['proxy.upstream_failed', 'cloud.error'] },
  503: {
    meaning: 'A proxy could not reach the cloud, or the cloud is not available.',
    ids: ['proxy.upstream_failed', 'cloud.error', 'http.blocked_page'],
  },
  504: { meaning: 'A proxy waited for the cloud in vain.', ids: ['proxy.upstream_failed', 'cloud.error'] },
  511: { meaning: 'A login page stands between this network and the Internet.', ids: ['http.captive_portal'] },
};

const HTTP_CLASSES: Readonly<Record<number, Status>> = {
  1: { meaning: 'An interim answer, which the Agent takes for the last one.', ids: ['http.agent_cannot_parse'] },
  2: { meaning: 'No answer that the service gives.', ids: ['http.unexpected_answer', 'http.captive_portal'] },
  3: {
    meaning: 'A redirect: the service sends none, and the Agent follows none.',
    ids: ['http.captive_portal', 'http.blocked_page', 'http.unexpected_answer'],
  },
  4: { meaning: 'Somebody refuses the request.', ids: ['proxy.denied', 'http.blocked_page', 'http.unexpected_answer'] },
  5: { meaning: 'Somebody failed on the way.', ids: ['proxy.upstream_failed', 'cloud.error'] },
};

/** Null for a number that is no HTTP status. */
export function ofHttp(status: number): Status | null {
  return HTTP[status] ?? HTTP_CLASSES[Math.floor(status / 100)] ?? null;
}

/** Exit codes of wget(1), with which the claim script up to 1.47.5 connects where curl is missing. */
export const WGET: Readonly<Record<number, { readonly meaning: string; readonly ids: Ids }>> = {
  4: {
    meaning:
      'No connection could be made. For an https URL the claim script hands wget no proxy: it connects directly.',
    ids: ['proxy.needed', ...SILENT],
  },
  5: { meaning: 'The certificate was not accepted.', ids: UNTRUSTED },
  7: { meaning: 'The answer was not HTTP as wget reads it.', ids: NOT_THE_CLOUD },
  8: { meaning: 'The answer was an error.', ids: NOT_THE_CLOUD },
};

/** Words of curl, OpenSSL, the C library and resolvers that stand in other people's logs. */
export const FOREIGN: readonly (readonly [pattern: RegExp, meaning: string, ids: Ids])[] = [
  // Words of one version's log or script that have one cause, before those that are everybody's.
  [
    /Cannot resolve host '@/i,
    'This version knows no logins of proxies: it takes the @ for a part of the name.',
    ['agent.proxy_host_misread', 'proxy.unresolvable'],
  ],
  [
    /http_proxy timeout waiting reply/i,
    'The proxy took longer to answer than the last step of this version waits: 1 s before 2.10.0.',
    ['proxy.no_answer', 'proxy.upstream_failed'],
  ],
  [
    /trailing bytes after end of HTTP hdr|Value of key .{1,300} too long|Key name is too long/i,
    'The answer has a form that this version does not read.',
    ['proxy.agent_cannot_parse', 'http.agent_cannot_parse'],
  ],
  [
    /Unexpected empty payload/i,
    'The answer came without a body, or in chunks, which versions before 1.42.0 do not read.',
    ['http.agent_cannot_parse', 'http.blocked_page'],
  ],
  [
    /SSL_ERROR_ZERO_RETURN/i,
    'The other end closed TLS together with its answer, and this version loses such an answer.',
    ['http.closed_with_answer', 'tls.reset'],
  ],
  [
    /(?:didn't|did not) return any transport usable/i,
    'The cloud, or what answers in its place, named no transport that this version speaks.',
    ['agent.too_old', 'http.unexpected_answer'],
  ],
  [
    /MQTT (?:CONNACK returned error|Connection refused)/i,
    'The broker did not accept the sign-in.',
    ['mqtt.refused', 'agent.key_mismatch'],
  ],
  [/timed out waiting for CONNACK/i, 'The link was not accepted within 120 s.', BY_REASON.cut_no_connack],
  [
    /no I\/O progress|\bping (?:timeout|timed out)/i,
    'A link that had been there was lost without a word.',
    BY_REASON.cut_ping_timeout,
  ],
  [
    /doesn't look like valid UUID/i,
    'The file claimed_id holds more than the id: versions before 2.0.0 then are not claimed.',
    ['agent.config_syntax', 'agent.settings_misplaced'],
  ],
  [
    /built (?:with --disable-cloud|without (?:the dependencies for|support for) (?:Netdata )?Cloud)|cloud functionality is not available/i,
    'This Agent was built without support for Netdata Cloud.',
    ['agent.too_old'],
  ],
  [/Cloud explicitly disabled/i, 'The link is switched off.', ['agent.link_disabled']],
  [
    /I need (?:curl or wget|openssl) to proceed/i,
    'The claim script misses a program: install curl and openssl, then run it again.',
    [],
  ],
  [
    /wget doesn't support SOCKS/i,
    'Without curl the claim script uses wget, which knows no SOCKS proxies: install curl.',
    ['agent.proxy_scheme_unsupported'],
  ],
  [
    /Connection attempt \d failed/i,
    'The claim script got no answer. It tries three times and then ends with exit code 7.',
    both(SILENT, both(REFUSED, NAMES)),
  ],
  [/\bNXDOMAIN\b/, 'The resolver says that the name does not exist.', ['dns.nxdomain', 'dns.sinkhole']],
  [
    /\bSERVFAIL\b|EAI_AGAIN|temporary failure in name resolution/i,
    'The resolver failed, or gave no answer.',
    ['dns.servfail', 'dns.timeout', 'dns.resolver_unreachable', 'host.no_resolver'],
  ],
  [
    /name or service not known|could not resolve host|unable to resolve host address|ENOTFOUND|no such host/i,
    'The name could not be resolved.',
    NAMES,
  ],
  [
    /SOCKS5? proxy is not supported by ACLK/i,
    'The link of this version cannot use a SOCKS proxy, and has ended until the Agent is started again.',
    ['agent.proxy_scheme_unsupported'],
  ],
  [
    /gethostbyname\(\) error/i,
    'The last step of the link found no IPv4 address, the only kind that versions before 1.47.0 look for.',
    ['dns.ipv6_only_answer', ...NAMES],
  ],
  [/could not resolve proxy/i, "The proxy's name could not be resolved.", ['proxy.unresolvable']],
  [
    /self[- ]signed certificate/i,
    'The certificate is signed by itself, or by an unknown authority.',
    ['tls.intercepted', 'tls.self_signed', 'tls.untrusted_issuer'],
  ],
  [
    /certificate (?:has |is )?expired/i,
    'The certificate has expired, or the clock of this host is wrong.',
    ['tls.expired', 'host.ca_store_outdated', 'host.clock_skew', 'tls.intercepted'],
  ],
  [
    /certificate is not yet valid/i,
    'The certificate is not valid yet, or the clock of this host is wrong.',
    ['tls.not_yet_valid', 'host.clock_skew'],
  ],
  [
    /unable to get (?:local )?issuer certificate|unable to verify the first certificate|ERR_CERT_AUTHORITY_INVALID|certificate verif(?:y|ication) fail|SSL certificate problem|unknown (?:ca|authority)/i,
    'The certificate was not accepted.',
    UNTRUSTED,
  ],
  [
    /hostname mismatch|does not match (?:target|host|the)|ERR_TLS_CERT_ALTNAME_INVALID/i,
    'The certificate is for another name.',
    ['tls.name_mismatch', 'tls.intercepted', 'dns.hijacked'],
  ],
  [
    /wrong version number|packet length too long|http request/i,
    'What answered does not speak TLS.',
    ['tls.not_tls', 'proxy.protocol_mismatch', 'http.captive_portal'],
  ],
  [
    /unsupported protocol|protocol version|no protocols available/i,
    'The two ends have no version of TLS in common.',
    ['tls.version_unsupported'],
  ],
  [/SSL_ERROR_SYSCALL|unexpected eof|handshake failure/i, 'The TLS handshake was cut off.', HANDSHAKE],
  [
    /407 Proxy Authentication|proxy authentication required/i,
    'The proxy wants a login.',
    ['proxy.auth_required', 'proxy.auth_rejected'],
  ],
  [/connection (?:was )?reset|ECONNRESET/i, 'The connection was reset.', LOST],
  [/connection refused|ECONNREFUSED/i, 'No address accepted the connection.', REFUSED],
  [/(?:connection|operation) timed out|ETIMEDOUT/i, 'Nothing answered.', [...SILENT, 'proxy.unreachable']],
  [
    /no route to host|EHOSTUNREACH|administratively prohibited/i,
    'Somebody on the way, or this host, says no.',
    ['tcp.prohibited', 'host.local_firewall', 'host.no_route'],
  ],
  [/network is unreachable|ENETUNREACH/i, 'This host has no way there.', ['host.no_route', 'tcp.ipv6_broken']],
  [/operation not permitted|EPERM\b/i, 'This host itself stops it.', ['host.local_firewall']],
];
