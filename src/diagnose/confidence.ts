/**
 * How sure a finding is, as rows of a table that stands in its rule: which evidence makes it certain, likely or possible,
 * and what would raise it. docs/confidence.md is printed from them.
 */
import type { Confidence } from '../model/finding.js';

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
  other_protocol_works: 'the same port answers another protocol',
  other_protocols_fail: 'the same port answers no other protocol either',
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
  own_rules_uncertain: "this host's firewall rules were read, and whether one matches cannot be decided",
  own_rules_not_read: "this host's firewall rules were not read",
  too_soon: 'the refusal came sooner than a packet reaches the gateway and returns',
  near: 'the refusal came much sooner than the cloud can answer',
  far: 'the refusal came as late as the cloud itself answers',
  dropped_here: 'the kernel counted that this host itself dropped whatever was sent again',
  local_errno: 'the operating system refused the call itself',
  // DNS
  rcode: 'the resolver said so itself',
  resolver_alive: 'the resolver answers other questions',
  resolver_dead: 'the resolver answers nothing at all',
  all_resolvers_agree: 'every configured resolver says the same',
  other_resolver_differs: 'another resolver gives an answer',
  private_address: 'the address is private',
  // TLS
  published_address: 'the address is a published one of the cloud',
  private_issuer: 'a public name of the cloud, and no public trust store knows the issuer',
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
  seen_failing: 'and the step was seen failing because of it',
} as const;

export type Tag = keyof typeof TAGS;

export interface ConfidenceRow {
  /** All of these; empty = otherwise. */
  readonly when: readonly Tag[];
  readonly confidence: Confidence;
  /** Probe, option or command (`{doctor …}`, as `withCommands` reads it) that would raise it; null when certain. */
  readonly wouldTell: string | null;
}

export const certain = (...when: Tag[]): ConfidenceRow => ({ when, confidence: 'certain', wouldTell: null });
export const likely = (wouldTell: string, ...when: Tag[]): ConfidenceRow => ({ when, confidence: 'likely', wouldTell });
export const possible = (wouldTell: string, ...when: Tag[]): ConfidenceRow => ({
  when,
  confidence: 'possible',
  wouldTell,
});

/**
 * Rows of a finding that this host's own rules could imitate: nothing is certain against the network before they were
 * read and found clear.
 */
export function excludingHost(...rows: readonly ConfidenceRow[]): [ConfidenceRow, ...ConfidenceRow[]] {
  const all = rows.flatMap((row): ConfidenceRow[] => {
    if (row.confidence !== 'certain' || row.when.includes('own_rules_clear')) return [row];
    return [certain('own_rules_clear', ...row.when), likely(OWN_RULES, ...row.when)];
  });
  return [all[0] ?? possible(OWN_RULES), ...all.slice(1)];
}

/** Whether the rows ask for this host's own rules. */
export function asksForOwnRules(rows: readonly ConfidenceRow[]): boolean {
  return rows.some(({ when }) => when.includes('own_rules_clear'));
}

export const OWN_RULES = "A look at this host's own firewall rules as root: {sudo doctor}.";
export const CONTROLS = '--controls, which asks an unrelated host and public DNS.';
export const OTHER_NAME =
  'A ClientHello with another name to the same address (the doctor sends one when time allows).';
export const SAME_AT_KNOWN = 'The same name at a published address of the cloud.';

export interface Judged {
  readonly confidence: Confidence;
  readonly wouldTell: string | null;
}

/** Rows that all need something claim as little as possible where nothing fits. */
export function confidenceOf(rows: readonly ConfidenceRow[], tags: ReadonlySet<Tag>): Judged {
  const row = rows.find(({ when }) => when.every((tag) => tags.has(tag)));
  return { confidence: row?.confidence ?? 'possible', wouldTell: row?.wouldTell ?? null };
}
