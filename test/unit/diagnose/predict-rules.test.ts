/** Every rule that can stop a leg has a cause that explains it: the table is complete by its type, and held against runs. */
import { describe, expect, it } from 'vitest';
import type { PredictRule } from '../../../src/agent/predict.js';
import { WORDS } from '../../../src/agent/predict/words.js';
import { LEGS, type Leg, type RouteEntry } from '../../../src/model/route.js';
import {
  ANSWERS,
  CONNECT,
  ERRORS,
  play,
  PROXY,
  PROXY_REPLIES,
  RESOLVE,
  SOCKS,
  TLS,
  UPGRADES,
  type Fate,
} from './networks.js';
import { blamed, inputOf, toldOf, world, type World } from './world.js';

const UNEXPLAINED = 'network.unexplained';
const DNS = [
  'dns.nxdomain',
  'dns.no_data',
  'dns.servfail',
  'dns.refused',
  'dns.timeout',
  'dns.resolver_unreachable',
  'dns.resolvers_disagree',
  'host.no_resolver',
  'host.no_route',
];
const TCP = [
  'host.no_route',
  'host.local_firewall',
  'dns.ipv6_only_answer',
  'dns.ipv4_only_answer',
  'tcp.egress_blocked',
  'tcp.ipv6_broken',
  'agent.first_address_blackholed',
  'tcp.some_addresses',
  'tcp.dropped',
  'tcp.reset',
  'tcp.prohibited',
  'proxy.refused',
  'proxy.unreachable',
];
const PROXY_WORDS = [
  'proxy.protocol_mismatch',
  'proxy.no_answer',
  'proxy.auth_scheme_unsupported',
  'proxy.auth_rejected',
  'proxy.auth_required',
  'proxy.denied',
  'proxy.upstream_failed',
  'proxy.agent_cannot_parse',
];
const CERTIFICATE = [
  'tls.untrusted_issuer',
  'tls.intercepted',
  'proxy.strips_or_inspects',
  'tls.incomplete_chain',
  'tls.self_signed',
  'tls.expired',
  'tls.not_yet_valid',
  'tls.name_mismatch',
  'agent.trust_split',
  'agent.insecure_ineffective',
  'host.no_ca_store',
  'host.clock_skew',
  'dns.hijacked',
];
const CUT = ['tls.reset', 'tls.stalled', 'tls.sni_filtered', 'tls.client_hello_size', 'tcp.mtu_blackhole'];
const PAGE = [
  'http.captive_portal',
  'http.blocked_page',
  'http.unexpected_answer',
  'http.filtered_by_shape',
  'cloud.error',
];
const BYTES = ['http.agent_cannot_parse', 'http.unexpected_answer', 'http.no_answer', ...PAGE];
const SILENT = ['http.no_answer', 'http.filtered_by_shape', 'tcp.mtu_blackhole'];
const UPGRADE = ['ws.agent_cannot_parse', 'ws.upgrade_stripped', 'ws.rejected', ...PAGE];
const NO_UPGRADE = ['ws.no_answer', 'http.filtered_by_shape', 'tcp.mtu_blackhole'];
const FRAME = ['ws.agent_cannot_parse'];
const MQTT_BYTES = ['mqtt.no_connack', 'ws.dropped', UNEXPLAINED];

/** Which causes may explain the rule; empty = it stops no leg. */
const EXPLAINED: Readonly<Record<PredictRule, readonly string[]>> = {
  works: [],
  'works.after_ipv6_timeout': [],
  'unknown.not_observed': [],
  'unknown.host_not_read': ['host.too_busy'],
  'unknown.host_not_probed': [],
  'unknown.not_judged': [],
  'unknown.capture_cut': [],
  'unknown.still_silent': [],
  'config.url_unusable': ['agent.base_url_invalid'],
  'config.link_stopped': ['agent.proxy_scheme_unsupported'],
  'version.too_old': ['agent.too_old'],
  'version.doubtful': ['agent.too_old'],
  'dns.no_ipv4': ['dns.ipv6_only_answer'],
  'dns.unresolvable': [...DNS, 'proxy.unresolvable'],
  'dns.search_domain': ['dns.servfail', 'dns.refused', 'dns.timeout', 'dns.no_data'],
  'dns.half_answer': ['dns.servfail', 'dns.refused', 'dns.timeout', 'dns.nxdomain', 'dns.resolvers_disagree'],
  'dns.first_answer_counts': ['dns.resolvers_disagree'],
  'dns.slow_resolver': ['dns.resolver_unreachable', 'dns.timeout'],
  // The same step worked elsewhere in the same run: that has no better name.
  'tcp.refused': [...TCP, UNEXPLAINED],
  'tcp.timeout': [...TCP, UNEXPLAINED],
  'tcp.all_silent': [...TCP, UNEXPLAINED],
  'tcp.timeout_ends_loop': [...TCP, UNEXPLAINED],
  'tcp.socket_failed_ends_loop': TCP,
  'tcp.ipv6_switched_off': TCP,
  'tcp.order_rotates': TCP,
  'tcp.mtu_blackhole': ['tcp.mtu_blackhole'],
  'proxy.no_reply': PROXY_WORDS,
  'proxy.closed': PROXY_WORDS,
  'proxy.tls_failed': [...CERTIFICATE, ...CUT, 'tls.handshake_failed'],
  'proxy.reply_incomplete': PROXY_WORDS,
  'proxy.reply_too_long': PROXY_WORDS,
  'proxy.reply_not_http1': PROXY_WORDS,
  'proxy.reply_status_unreadable': PROXY_WORDS,
  'proxy.reply_header_unreadable': PROXY_WORDS,
  'proxy.reply_header_refused': PROXY_WORDS,
  'proxy.reply_chunked': PROXY_WORDS,
  'proxy.reply_cut': PROXY_WORDS,
  'proxy.reply_status_not_accepted': PROXY_WORDS,
  'proxy.bytes_after_reply': PROXY_WORDS,
  'socks.no_reply': PROXY_WORDS,
  'socks.closed': PROXY_WORDS,
  'socks.no_method': PROXY_WORDS,
  'socks.method_not_offered': PROXY_WORDS,
  'socks.auth_failed': PROXY_WORDS,
  'socks.incomplete': PROXY_WORDS,
  'socks.version': PROXY_WORDS,
  'socks.refused': PROXY_WORDS,
  'socks.address_type': PROXY_WORDS,
  'socks.target_unresolvable': DNS,
  'socks4.refused': PROXY_WORDS,
  'tls.stalled': [...CUT, 'dns.hijacked'],
  'tls.reset': CUT,
  'tls.closed': CUT,
  'tls.alert': ['tls.handshake_failed', 'tls.version_unsupported', 'tls.sni_filtered', 'dns.hijacked'],
  'tls.version_unsupported': ['tls.version_unsupported'],
  'tls.not_tls': ['tls.not_tls', 'proxy.strips_or_inspects', 'http.captive_portal', 'dns.hijacked'],
  'tls.handshake_failed': ['tls.handshake_failed'],
  'tls.untrusted': CERTIFICATE,
  'tls.self_signed': CERTIFICATE,
  'tls.expired': CERTIFICATE,
  'tls.not_yet_valid': CERTIFICATE,
  'tls.name_mismatch': CERTIFICATE,
  'http.no_answer': SILENT,
  'http.closed': SILENT,
  'http.reset': SILENT,
  'http.closed_with_answer': ['http.closed_with_answer'],
  'http.no_length': BYTES,
  'http.empty': BYTES,
  'http.not_http11': BYTES,
  'http.status_unreadable': BYTES,
  'http.status_without_space': BYTES,
  'http.interim_response': BYTES,
  'http.line_ends': BYTES,
  'http.separator_missing': BYTES,
  'http.separator_elsewhere': BYTES,
  'http.header_name_too_long': BYTES,
  'http.header_without_colon': BYTES,
  'http.line_end_split': BYTES,
  'http.header_value_too_long': BYTES,
  'http.length_and_chunked': BYTES,
  'http.length_twice': BYTES,
  'http.body_too_long': BYTES,
  'http.incomplete': BYTES,
  'http.cut_short': BYTES,
  'http.chunk_incomplete': BYTES,
  'http.chunk_size_too_long': BYTES,
  'http.chunk_size_invalid': BYTES,
  'http.chunk_end_missing': BYTES,
  'http.chunk_trailers': BYTES,
  'answer.page': PAGE,
  'answer.page_not_found': PAGE,
  'answer.redirect': PAGE,
  'answer.proxy': PAGE,
  'answer.server_error': PAGE,
  'answer.refused': PAGE,
  'answer.error_document': PAGE,
  'answer.not_the_service': PAGE,
  'env.empty': BYTES,
  'env.not_json': PAGE,
  'env.not_object': PAGE,
  'env.key_type': PAGE,
  'env.auth_endpoint_missing': PAGE,
  'env.encoding_missing': PAGE,
  'env.transports_missing': PAGE,
  'env.backoff_invalid': PAGE,
  'env.encoding_not_proto': PAGE,
  'env.no_proto_capability': PAGE,
  'env.transport_unreadable': PAGE,
  'env.no_mqtt3_transport': PAGE,
  'env.no_mqtt5_transport': PAGE,
  'env.auth_url_invalid': PAGE,
  'env.link_url_invalid': PAGE,
  'env.port_missing': ['http.unexpected_answer', 'agent.base_url_invalid'],
  'ws.no_answer': NO_UPGRADE,
  'ws.closed': NO_UPGRADE,
  'ws.reset': NO_UPGRADE,
  'ws.incomplete': [...NO_UPGRADE, ...UPGRADE],
  'ws.line_ends': UPGRADE,
  'ws.line_end_split': UPGRADE,
  'ws.not_http11': [...UPGRADE, UNEXPLAINED],
  'ws.status_without_space': UPGRADE,
  'ws.status_unreadable': UPGRADE,
  'ws.line_too_long': UPGRADE,
  'ws.separator_missing': UPGRADE,
  'ws.header_value_empty': UPGRADE,
  'ws.header_name_too_long': UPGRADE,
  'ws.too_many_headers': UPGRADE,
  'ws.accept_mismatch': UPGRADE,
  'ws.accept_missing': UPGRADE,
  'ws.not_switched': UPGRADE,
  'ws.frame_fragmented': FRAME,
  'ws.frame_reserved_bits': FRAME,
  'ws.frame_opcode_unknown': FRAME,
  'ws.frame_masked': FRAME,
  'ws.frame_ping_too_long': FRAME,
  'ws.frame_close_length': FRAME,
  'ws.frame_too_big': FRAME,
  'mqtt.no_connack': ['mqtt.no_connack', 'tcp.mtu_blackhole'],
  'mqtt.closed': ['ws.dropped'],
  'mqtt.refused': ['mqtt.refused'],
  'mqtt.unavailable': ['mqtt.refused'],
  'mqtt.connack_incomplete': MQTT_BYTES,
  'mqtt.not_connack': MQTT_BYTES,
  'mqtt.connack_too_short': MQTT_BYTES,
  'mqtt.property_unknown': MQTT_BYTES,
  'mqtt.malformed': MQTT_BYTES,
  'hold.cut': ['mqtt.idle_cut'],
  'claim.connect_budget': [
    'dns.resolver_unreachable',
    'dns.timeout',
    'proxy.no_answer',
    'tcp.slow_path',
    'tls.stalled',
    UNEXPLAINED,
  ],
  'claim.total_budget': ['http.no_answer', 'tcp.slow_path', ...DNS, 'tls.stalled', 'proxy.no_answer', UNEXPLAINED],
  'claim.race': [...TCP, ...CERTIFICATE, ...CUT],
};

const HEALTHY: Fate = { stage: 9, pick: 0, other: 1, six: 16 };

/** Everything is well but one leg (or all of them), at one stage, in one way. */
function network(entry: RouteEntry, legs: readonly Leg[], stage: number, pick: number, other = 1): World {
  const base = world();
  const settings = Object.fromEntries(LEGS.map((leg) => [leg, { ...base.agent.legs[leg], routeId: entry.id }]));
  const direct = base.routes[0] as RouteEntry;
  const run: World = {
    ...base,
    routes: [direct, PROXY, SOCKS],
    agent: { ...base.agent, legs: settings as World['agent']['legs'] },
  };
  if (entry !== direct) run.seen.on({ leg: null, host: 'proxy.example' }).resolveOk(['192.0.2.80']);
  for (const leg of LEGS) play(run, leg, entry, legs.includes(leg) ? { stage, pick, other, six: 16 } : HEALTHY);
  return run;
}

const direct = world().routes[0] as RouteEntry;
const each = (list: readonly unknown[], make: (index: number) => World): (() => World)[] =>
  list.map((_, index) => () => make(index));

const RUNS: readonly (() => World)[] = [
  ...each(RESOLVE, (pick) => network(direct, LEGS, 0, pick)),
  ...each(CONNECT, (pick) => network(direct, LEGS, 1, pick)),
  ...each(CONNECT, (pick) => network(PROXY, LEGS, 1, pick)),
  ...each(PROXY_REPLIES, (pick) => network(PROXY, LEGS, 2, pick)),
  ...each([0, 1, 2, 3, 4, 5, 6, 7, 8], (pick) => network(SOCKS, LEGS, 2, pick, 0)),
  ...each([0, 1, 2, 3, 4], (other) => network(SOCKS, LEGS, 2, 0, other)),
  ...each(TLS, (pick) => network(direct, ['link'], 3, pick)),
  ...each(ERRORS, (pick) => network(direct, LEGS, 4, pick, 2)),
  ...each(ANSWERS, (pick) => network(direct, ['env'], 5, pick)),
  ...each(ANSWERS, (pick) => network(direct, ['auth'], 5, pick)),
  ...each(UPGRADES, (pick) => network(direct, ['link'], 5, pick)),
  ...each([0, 1, 2], (pick) => network(direct, ['env', 'link'], 6, pick)),
  ...each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], (pick) => network(direct, ['link'], 7, pick)),
];

/** Of each way of reading proxies, addresses and answers, one version. */
const OLDER = ['1.37.1', '1.45.6', '2.0.3', '2.5.4', '2.9.0'] as const;

const aged = (run: World, value: string): World => ({
  ...run,
  agent: { ...run.agent, version: { ...run.agent.version, value } },
});

describe('every rule that stops a leg', () => {
  it('has a cause for it', () => {
    const empty = Object.keys(WORDS).filter((rule) => EXPLAINED[rule as PredictRule].length === 0);
    expect(
      empty.every((rule) => /^(?:works|unknown\.)/u.test(rule)),
      empty.join(),
    ).toBe(true);
  });

  it('is explained by it', () => {
    const wrong: string[] = [];
    const seen = new Set<string>();
    for (const run of [...RUNS, ...RUNS.flatMap((run) => OLDER.map((version) => () => aged(run(), version)))]) {
      const input = inputOf(run());
      const told = toldOf(input);
      for (const { leg, rule, outcome } of input.predictions) {
        if (outcome !== 'will_fail') continue;
        seen.add(rule);
        const cause = told.verdict.legs[leg].cause;
        const known = EXPLAINED[rule.slice('agent:'.length) as PredictRule];
        const hidden = told.found.find(({ id }) => id === cause)?.hides ?? [];
        if (cause === null || ![cause, ...hidden].some((id) => known.includes(id))) {
          wrong.push(`${leg} ${rule}: ${String(cause)} (${blamed(told).join(', ')})`);
        }
      }
    }
    expect([...new Set(wrong)]).toEqual([]);
    expect(seen.size).toBeGreaterThan(50);
  });
});
