import type { ConnackRule } from '../parse/connack.js';
import type { ConnectReplyRule } from '../parse/connect-reply.js';
import type { EnvDocumentRule } from '../parse/env-document.js';
import type { FrameRule } from '../parse/frames.js';
import type { HttpsResponseRule } from '../parse/https-response.js';
import type { SocksRule } from '../parse/socks-reply.js';
import type { WebSocketResponseRule } from '../parse/websocket-response.js';

/** Every rule that can decide a prediction: `Prediction.rule` is `agent:` and one of these. Stable ids. */
export type PredictRule =
  | 'works'
  | 'works.after_ipv6_timeout'
  | 'unknown.not_observed'
  | 'unknown.host_not_read'
  | 'unknown.host_not_probed'
  | 'unknown.not_judged'
  | 'unknown.capture_cut'
  | 'unknown.still_silent'
  | 'config.url_unusable'
  | 'config.link_stopped'
  | 'version.too_old'
  | 'version.doubtful'
  | 'dns.unresolvable'
  | 'dns.slow_resolver'
  | 'dns.no_ipv4'
  | 'dns.half_answer'
  | 'dns.search_domain'
  | 'dns.first_answer_counts'
  | 'tcp.refused'
  | 'tcp.timeout'
  | 'tcp.all_silent'
  | 'tcp.timeout_ends_loop'
  | 'tcp.socket_failed_ends_loop'
  | 'tcp.ipv6_switched_off'
  | 'tcp.order_rotates'
  | 'tcp.mtu_blackhole'
  | 'proxy.no_reply'
  | 'proxy.closed'
  | 'proxy.tls_failed'
  | 'socks.no_reply'
  | 'socks.closed'
  | 'socks.target_unresolvable'
  | 'socks4.refused'
  | 'tls.stalled'
  | 'tls.reset'
  | 'tls.closed'
  | 'tls.alert'
  | 'tls.version_unsupported'
  | 'tls.not_tls'
  | 'tls.handshake_failed'
  | 'tls.untrusted'
  | 'tls.self_signed'
  | 'tls.expired'
  | 'tls.not_yet_valid'
  | 'tls.name_mismatch'
  | 'http.no_answer'
  | 'http.closed'
  | 'http.reset'
  | 'http.closed_with_answer'
  | 'http.no_length'
  | 'http.cut_short'
  | 'http.header_without_colon'
  | 'http.line_end_split'
  | 'answer.page'
  | 'answer.page_not_found'
  | 'answer.redirect'
  | 'answer.proxy'
  | 'answer.server_error'
  | 'answer.refused'
  | 'answer.error_document'
  | 'answer.not_the_service'
  | 'env.empty'
  | 'env.auth_url_invalid'
  | 'env.link_url_invalid'
  | 'env.port_missing'
  | 'ws.no_answer'
  | 'ws.closed'
  | 'ws.reset'
  | 'ws.line_end_split'
  | 'mqtt.no_connack'
  | 'mqtt.closed'
  | 'mqtt.refused'
  | 'mqtt.unavailable'
  | 'hold.cut'
  | 'claim.connect_budget'
  | 'claim.total_budget'
  | 'claim.race'
  | ConnectReplyRule
  | SocksRule
  | HttpsResponseRule
  | EnvDocumentRule
  | WebSocketResponseRule
  | FrameRule
  | ConnackRule;

/** The certificate was read and not accepted. */
export const TRUST_RULES: ReadonlySet<PredictRule> = new Set([
  'tls.untrusted',
  'tls.self_signed',
  'tls.expired',
  'tls.not_yet_valid',
  'tls.name_mismatch',
]);
