/**
 * How sure a finding is, as a table: which evidence makes it certain, likely or possible, and what would raise it.
 * docs/confidence.md is printed from this file.
 */
import type { Confidence, FindingId } from '../model/finding.js';

/** Kinds of supporting evidence. The text is what the published table says. */
export const TAGS = {
  // what others did
  sibling_works: 'another host of the cloud is reached along the same route',
  siblings_fail: 'every other host fails in the same way',
  neutral_works: 'an unrelated host on the same port is reached',
  neutral_fails: 'an unrelated host on the same port fails too',
  other_port_works: 'another port of the same address answers',
  other_family_works: 'the other address family works',
  other_address_works: 'another address of the same name works',
  local_network_works: 'something on the local network answers (resolver, gateway or proxy)',
  direct_works: 'the same is fine without the proxy',
  proxy_works: 'the same is fine through a proxy at hand',
  proxy_passes_others: 'the proxy lets other destinations pass',
  // controls on one address
  other_name_works: 'the same address answers a ClientHello with another name',
  other_name_fails: 'the same address fails with another name too',
  small_hello_works: 'a small ClientHello gets an answer',
  small_hello_fails: 'a small ClientHello fails too',
  large_hello_fails: 'a large ClientHello fails where the ordinary one passes',
  short_answer_passes: 'a short answer gets through where a long one does not',
  full_size_lost: 'full-size segments were never acknowledged',
  full_size_passes: 'full-size segments were acknowledged',
  browser_like_works: 'the same request in the shape of a browser passes',
  browser_like_fails: 'the same request in the shape of a browser fails too',
  known_address_genuine: 'the same name has a valid certificate at a published address',
  other_resolver_genuine: 'the same name has a valid certificate at the address another resolver gives',
  known_address_alike: 'the published address shows the same certificate problem',
  busy_link_lives: 'a link that was kept busy beside the idle one lived longer',
  // where
  own_rule_matches: "a rule of this host's firewall matches the destination",
  own_rules_clear: "this host's firewall rules were read and none matches",
  too_soon: 'the refusal came sooner than a packet reaches the gateway and returns',
  near: 'the refusal came much sooner than the cloud can answer',
  far: 'the refusal came as late as the cloud itself answers',
  local_errno: 'the operating system refused the call itself',
  // DNS
  rcode: 'the resolver said so itself',
  resolver_alive: 'the resolver answers other questions',
  resolver_dead: 'the resolver answers nothing at all',
  all_resolvers_agree: 'every configured resolver says the same',
  other_resolver_differs: 'another resolver gives an answer',
  private_address: 'the address is private',
  // TLS
  exact_error: 'the exact verification error, raised by the chain itself',
  public_issuer: 'the issuer bears the name of a public authority',
  named_like_one: 'the issuer calls itself a gateway, proxy or inspection',
  vendor_named: 'the issuer is that of a known inspection product',
  minted: 'the same issuer certifies any name that is asked for',
  local_root: 'the issuer is known to this host only, not to public trust stores',
  other_store_trusts: 'another trust store accepts the same chain',
  // time
  genuine_date: 'the Date header of a peer proven genuine (apart from the dates)',
  rough_date: 'the Date header of a peer that could not be proven',
  // the peer's own words
  own_words: 'the peer said so itself (status, reply code or page)',
  vendor_page: 'the page or headers are those of a known filter',
  genuine_peer: 'the answer came from a peer with a valid certificate',
  same_everywhere: 'the same page on every host',
  parser_rule: "the offending bytes break a named rule of the Agent's parser",
  // host facts
  read: 'read from this host (file, environment, routing table, running Agent)',
  seen_failing: 'and the leg was seen failing because of it',
} as const;

export type Tag = keyof typeof TAGS;

export interface ConfidenceRow {
  /** All of these; empty = otherwise. */
  readonly when: readonly Tag[];
  readonly confidence: Confidence;
  /** Probe, option or command that would raise it; null when certain. */
  readonly wouldTell: string | null;
}

const certain = (...when: Tag[]): ConfidenceRow => ({ when, confidence: 'certain', wouldTell: null });
const likely = (wouldTell: string, ...when: Tag[]): ConfidenceRow => ({ when, confidence: 'likely', wouldTell });
const possible = (wouldTell: string, ...when: Tag[]): ConfidenceRow => ({ when, confidence: 'possible', wouldTell });

const OWN_RULES = 'Run as root, so that the host’s own firewall rules can be read (sudo nft list ruleset).';
const CONTROLS = 'Run with --controls: an unrelated host and public resolvers are asked too.';
const OTHER_NAME = 'A ClientHello with another name to the same address (the doctor sends one when time allows).';
const SAME_AT_KNOWN = 'The same name at a published address of the cloud.';

/** First row that fits. Every id of the catalogue has a last row without conditions. */
export const CONFIDENCE: Readonly<Record<FindingId, readonly ConfidenceRow[]>> = {
  'host.no_route': [certain('read'), likely('The routing table: ip route; ip -6 route.')],
  'host.no_resolver': [certain('read'), likely('The resolver configuration: cat /etc/resolv.conf.')],
  'host.clock_skew': [
    certain('genuine_date'),
    likely('A Date header from a peer that is proven genuine.', 'rough_date'),
    possible('A trusted clock: timedatectl, or chronyc tracking.'),
  ],
  'host.no_ca_store': [certain('read', 'other_store_trusts'), certain('read'), likely('The trust store itself.')],
  'host.local_firewall': [
    certain('own_rule_matches', 'too_soon'),
    certain('own_rule_matches'),
    likely(OWN_RULES, 'too_soon'),
    likely(OWN_RULES, 'local_errno'),
    possible(OWN_RULES),
  ],
  'dns.resolver_unreachable': [
    certain('resolver_dead', 'other_resolver_differs'),
    certain('resolver_dead', 'local_network_works'),
    likely('Another resolver on the same network, or --controls.'),
  ],
  'dns.timeout': [certain('resolver_alive'), likely('A question about another name to the same resolver.')],
  'dns.nxdomain': [
    certain('rcode', 'other_resolver_differs'),
    certain('rcode', 'known_address_genuine'),
    likely(CONTROLS, 'rcode'),
    possible('A question to the resolver on the wire.'),
  ],
  'dns.no_data': [
    certain('rcode', 'other_resolver_differs'),
    certain('rcode', 'known_address_genuine'),
    likely(CONTROLS, 'rcode'),
    possible('A question to the resolver on the wire.'),
  ],
  'dns.servfail': [
    certain('rcode', 'resolver_alive'),
    certain('rcode'),
    possible('A question to the resolver on the wire.'),
  ],
  'dns.refused': [certain('rcode'), possible('A question to the resolver on the wire.')],
  'dns.sinkhole': [
    certain('own_words'),
    certain('other_resolver_genuine'),
    certain('known_address_genuine'),
    likely(CONTROLS),
  ],
  'dns.hijacked': [
    certain('known_address_genuine'),
    certain('other_resolver_genuine'),
    likely(SAME_AT_KNOWN, 'private_address'),
    possible(SAME_AT_KNOWN),
  ],
  'dns.private_answer': [certain('genuine_peer'), possible(CONTROLS)],
  'dns.hosts_override': [certain('read')],
  'dns.resolvers_disagree': [
    certain('other_resolver_genuine'),
    certain('known_address_genuine'),
    likely('A valid certificate at the address that one of them gives.'),
  ],
  'dns.address_new': [certain('genuine_peer')],
  'dns.ipv6_only_answer': [certain('read'), likely('The routing table: ip -6 route.')],
  'dns.ipv4_only_answer': [certain('read'), likely('The routing table: ip route.')],
  'tcp.egress_blocked': [
    certain('neutral_fails', 'local_network_works'),
    likely(CONTROLS, 'siblings_fail', 'local_network_works'),
    possible(CONTROLS),
  ],
  'tcp.ipv6_broken': [
    certain('other_family_works', 'siblings_fail'),
    likely(CONTROLS, 'other_family_works'),
    possible(CONTROLS),
  ],
  'tcp.some_addresses': [certain('other_address_works')],
  'agent.first_address_blackholed': [certain('other_address_works')],
  'tcp.dropped': [
    certain('neutral_works'),
    certain('sibling_works'),
    certain('other_port_works'),
    likely(CONTROLS, 'local_network_works'),
    possible(CONTROLS),
  ],
  'tcp.reset': [
    certain('own_rules_clear', 'sibling_works'),
    certain('own_rules_clear', 'siblings_fail'),
    certain('far', 'sibling_works'),
    likely(OWN_RULES, 'sibling_works'),
    likely(OWN_RULES, 'siblings_fail'),
    possible(OWN_RULES),
  ],
  'tcp.prohibited': [certain('own_rules_clear'), certain('far'), likely(OWN_RULES)],
  'tcp.mtu_blackhole': [
    certain('full_size_lost', 'short_answer_passes'),
    certain('full_size_lost'),
    likely('A write of several full segments, or: ping -M do -s 1472 ADDRESS.', 'short_answer_passes'),
    possible('A write of several full segments, or: ping -M do -s 1472 ADDRESS.'),
  ],
  'tls.stalled': [
    certain('other_name_fails', 'small_hello_fails'),
    likely('A small ClientHello to the same address.', 'other_name_fails'),
    possible(OTHER_NAME),
  ],
  'tls.reset': [
    certain('other_name_fails', 'small_hello_fails'),
    likely('A small ClientHello to the same address.', 'other_name_fails'),
    possible(OTHER_NAME),
  ],
  'tls.sni_filtered': [certain('other_name_works'), likely(OTHER_NAME, 'sibling_works'), possible(OTHER_NAME)],
  'tls.client_hello_size': [
    certain('small_hello_works', 'full_size_passes'),
    certain('large_hello_fails', 'full_size_passes'),
    likely('A write of several full segments, to exclude a packet-size problem.'),
  ],
  'tls.intercepted': [
    certain('vendor_named'),
    certain('minted'),
    certain('local_root'),
    likely(CONTROLS, 'named_like_one'),
    likely(CONTROLS, 'known_address_alike'),
    possible(CONTROLS),
  ],
  'tls.name_mismatch': [certain('exact_error', 'known_address_alike'), likely(SAME_AT_KNOWN)],
  'tls.expired': [
    certain('exact_error', 'genuine_date'),
    likely('A trusted clock on this host: timedatectl.', 'exact_error'),
    possible('A trusted clock on this host: timedatectl.'),
  ],
  'tls.not_yet_valid': [
    certain('exact_error', 'genuine_date'),
    likely('A trusted clock on this host: timedatectl.', 'exact_error'),
    possible('A trusted clock on this host: timedatectl.'),
  ],
  'tls.self_signed': [certain('exact_error', 'known_address_alike'), likely(SAME_AT_KNOWN)],
  'tls.untrusted_issuer': [
    certain('exact_error', 'known_address_alike'),
    likely(SAME_AT_KNOWN, 'exact_error'),
    possible(SAME_AT_KNOWN),
  ],
  'tls.incomplete_chain': [
    certain('exact_error', 'sibling_works'),
    likely('openssl s_client -showcerts, and the missing intermediate.', 'public_issuer'),
    possible('openssl s_client -showcerts, and the certificate of that issuer.'),
  ],
  'tls.version_unsupported': [certain('own_words'), likely('openssl s_client -tls1_2, then -tls1_3.')],
  'tls.handshake_failed': [certain('own_words'), likely('openssl s_client -msg.')],
  'tls.not_tls': [certain('own_words')],
  'http.captive_portal': [
    certain('own_words', 'same_everywhere'),
    likely('The same page on a second host.', 'own_words'),
    possible('A browser on this network.'),
  ],
  'http.blocked_page': [
    certain('vendor_page'),
    likely('The owner of the page, or the same request from another network.'),
  ],
  'http.unexpected_answer': [certain('genuine_peer'), likely('The same request from another network.')],
  'http.agent_cannot_parse': [certain('parser_rule')],
  'http.closed_with_answer': [
    certain('parser_rule'),
    likely('Several attempts: the Agent loses this race only sometimes.'),
  ],
  'http.filtered_by_shape': [certain('browser_like_works')],
  'http.no_answer': [
    certain('browser_like_fails', 'full_size_passes'),
    likely('A browser-like request on the same path.', 'genuine_peer'),
    possible('A browser-like request on the same path.'),
  ],
  'cloud.error': [certain('own_words', 'genuine_peer'), likely('A valid certificate from the peer that answers.')],
  'ws.upgrade_stripped': [
    certain('own_words', 'browser_like_fails'),
    likely('A browser-like upgrade on the same path.', 'own_words'),
    possible('A second attempt.'),
  ],
  'ws.rejected': [certain('own_words')],
  'ws.no_answer': [certain('genuine_peer', 'browser_like_fails'), likely('A browser-like upgrade on the same path.')],
  'ws.agent_cannot_parse': [certain('parser_rule')],
  'ws.dropped': [certain('own_words', 'genuine_peer'), likely('A second attempt.')],
  'mqtt.no_connack': [certain('genuine_peer', 'full_size_passes'), likely('A second attempt, with a longer deadline.')],
  'mqtt.refused': [certain('own_words')],
  'mqtt.idle_cut': [
    certain('own_words', 'busy_link_lives'),
    likely('A second link that is kept busy: --hold with this version of the doctor.'),
  ],
  'proxy.needed': [certain('proxy_works', 'seen_failing')],
  'proxy.unresolvable': [certain('rcode'), likely('A question to the resolver on the wire.')],
  'proxy.refused': [certain('own_words')],
  'proxy.unreachable': [certain('local_network_works'), likely('A connection to the proxy from another host.')],
  'proxy.no_answer': [certain('own_words'), likely('The same CONNECT by hand: curl -v -x PROXY https://HOST/.')],
  'proxy.auth_required': [certain('own_words')],
  'proxy.auth_rejected': [certain('own_words')],
  'proxy.auth_scheme_unsupported': [certain('own_words')],
  'proxy.denied': [certain('own_words', 'proxy_passes_others'), certain('own_words')],
  'proxy.upstream_failed': [certain('own_words')],
  'proxy.protocol_mismatch': [certain('own_words'), likely('The proxy port by hand: curl -v -x PROXY https://HOST/.')],
  'proxy.agent_cannot_parse': [certain('parser_rule')],
  'proxy.strips_or_inspects': [
    certain('own_words'),
    certain('direct_works'),
    certain('vendor_named'),
    certain('minted'),
    likely('The same host without the proxy.'),
  ],
  'agent.config_syntax': [certain('read')],
  'agent.base_url_invalid': [certain('read')],
  'agent.proxy_scheme_unsupported': [certain('read')],
  'agent.proxy_port_missing': [certain('read')],
  'agent.proxy_host_misread': [certain('read')],
  'agent.proxy_credentials_misread': [certain('read')],
  'agent.proxy_env_mismatch': [certain('read')],
  'agent.no_proxy_mismatch': [certain('read')],
  'agent.proxy_not_active_yet': [certain('read')],
  'agent.env_not_daemons': [certain('read')],
  'agent.trust_split': [certain('read', 'other_store_trusts'), certain('read')],
  'agent.insecure_ineffective': [certain('read')],
  'agent.key_missing': [certain('read')],
  'agent.link_disabled': [certain('read')],
  'agent.already_claimed': [certain('read')],
  'agent.not_installed': [certain('read')],
  'agent.running_offline': [certain('read')],
  'agent.running_online': [certain('read')],
  'agent.retry_far_away': [certain('read')],
  'network.unexplained': [
    possible(
      'The observations of this run: run again with --output run.json and attach the file to a support request.',
    ),
  ],
};

export interface Judged {
  readonly confidence: Confidence;
  readonly wouldTell: string | null;
}

/** An id without a row is a bug that a test catches; until then it claims as little as possible. */
export function confidenceOf(id: FindingId, tags: ReadonlySet<Tag>): Judged {
  const row = (CONFIDENCE[id] ?? []).find(({ when }) => when.every((tag) => tags.has(tag)));
  return row === undefined
    ? { confidence: 'possible', wouldTell: null }
    : { confidence: row.confidence, wouldTell: row.wouldTell };
}
