/**
 * The causes, in the order of blame: what comes first is the root of what comes later. Within a layer the most
 * specific cause comes first. Ids are a public contract: add, never rename.
 */
import type { Blame, FindingId } from '../model/finding.js';

export type Layer = 'host' | 'agent' | 'dns' | 'tcp' | 'proxy' | 'tls' | 'http' | 'cloud' | 'ws' | 'mqtt' | 'network';

export interface CatalogueEntry {
  readonly id: FindingId;
  readonly layer: Layer;
  /** Who usually has to act. */
  readonly blames: Blame;
  /** What is wrong, in general: heading of the documentation page. */
  readonly title: string;
}

const entry = (id: FindingId, blames: Blame, title: string): CatalogueEntry => ({
  id,
  layer: (id.split('.')[0] ?? 'network') as Layer,
  blames,
  title,
});

export const CATALOGUE: readonly CatalogueEntry[] = [
  entry('host.no_route', 'host', 'This host has no route to the internet'),
  entry('agent.base_url_invalid', 'agent_config', 'The cloud URL is one that the Agent misreads'),
  entry('agent.proxy_scheme_unsupported', 'agent_config', 'The proxy scheme is not understood by one of the legs'),
  entry('agent.proxy_host_misread', 'agent_config', 'The Agent reads another proxy host than the one meant'),
  entry('agent.proxy_port_missing', 'agent_config', 'The proxy has no port, and the legs assume different ones'),
  entry(
    'agent.proxy_credentials_misread',
    'agent_config',
    'The Agent decodes other proxy credentials than the ones meant',
  ),
  entry('agent.no_proxy_mismatch', 'agent_config', 'no_proxy is honoured by the claim and ignored by the link'),
  entry('agent.proxy_env_mismatch', 'agent_config', 'Claim and link take different routes from the same environment'),
  entry('agent.env_not_daemons', 'agent_config', "The shell's proxy variables are not in the daemon's environment"),
  entry('agent.proxy_not_active_yet', 'agent_config', 'The running Agent still uses another proxy than its files say'),
  entry('agent.config_syntax', 'agent_config', 'A configuration line is ignored or read otherwise than meant'),
  entry('proxy.needed', 'agent_config', 'The direct way is blocked, and the Agent does not use the proxy that works'),
  entry('host.local_firewall', 'host', "This host's own firewall stops the Agent"),
  entry('host.clock_skew', 'host', "This host's clock is wrong"),
  entry('host.no_ca_store', 'host', 'The trust store is missing or empty'),
  entry('http.captive_portal', 'network', 'A login page stands in the way'),
  entry('host.no_resolver', 'host', 'This host has no resolver configured'),
  entry('dns.resolver_unreachable', 'dns', 'A configured resolver does not answer'),
  entry('dns.hosts_override', 'host', 'The hosts file overrides the resolvers'),
  entry('dns.resolvers_disagree', 'host', 'The configured resolvers contradict each other'),
  entry('dns.sinkhole', 'dns', 'The resolver answers with a dead-end address'),
  entry('dns.hijacked', 'dns', 'The resolver answers with an address that is not the cloud'),
  entry('dns.timeout', 'dns', 'The resolver does not answer for these names'),
  entry('dns.nxdomain', 'dns', 'The resolver says that the name does not exist'),
  entry('dns.no_data', 'dns', 'The resolver says that the name has no address'),
  entry('dns.servfail', 'dns', 'The resolver failed to look the name up'),
  entry('dns.refused', 'dns', 'The resolver refuses to answer'),
  entry('dns.ipv6_only_answer', 'network', 'The name has only IPv6 addresses, and this host has no IPv6'),
  entry('dns.ipv4_only_answer', 'network', 'The name has only IPv4 addresses, and this host has no IPv4'),
  entry('tcp.egress_blocked', 'network', 'Nothing outside answers on the port'),
  entry('tcp.ipv6_broken', 'network', 'IPv6 is offered but does not work'),
  entry('agent.first_address_blackholed', 'network', 'The Agent stops at a silent address although another one works'),
  entry('tcp.some_addresses', 'network', 'Only some addresses of the name can be reached'),
  entry('tcp.dropped', 'network', 'Connections are silently dropped'),
  entry('tcp.reset', 'network', 'Connections are refused with a reset'),
  entry('tcp.prohibited', 'network', 'A router or firewall says that the destination is prohibited'),
  entry('tcp.mtu_blackhole', 'network', 'Full-size packets are lost on the way'),
  entry('proxy.unresolvable', 'proxy', "The proxy's name cannot be resolved"),
  entry('proxy.refused', 'proxy', 'The proxy refuses connections'),
  entry('proxy.unreachable', 'proxy', 'The proxy cannot be reached'),
  entry('proxy.protocol_mismatch', 'agent_config', 'The proxy port speaks another protocol'),
  entry('proxy.no_answer', 'proxy', 'The proxy accepts connections but does not answer'),
  entry('proxy.auth_scheme_unsupported', 'proxy', 'The proxy offers only authentication that the Agent cannot do'),
  entry('proxy.auth_rejected', 'agent_config', 'The proxy rejects the credentials'),
  entry('proxy.auth_required', 'agent_config', 'The proxy wants credentials, and the Agent has none'),
  entry('proxy.denied', 'proxy', 'The proxy does not allow this destination'),
  entry('proxy.upstream_failed', 'proxy', 'The proxy itself cannot reach the cloud'),
  entry('proxy.agent_cannot_parse', 'proxy', "The Agent cannot read the proxy's reply"),
  entry('proxy.strips_or_inspects', 'proxy', 'The proxy opens the tunnel and then answers in place of the cloud'),
  entry('tls.client_hello_size', 'network', 'A large ClientHello does not get through'),
  entry('tls.sni_filtered', 'network', 'Connections are cut because of the server name'),
  entry('tls.not_tls', 'network', 'Something other than TLS answers'),
  entry('tls.version_unsupported', 'network', 'No TLS version in common'),
  entry('tls.handshake_failed', 'network', 'The TLS handshake is refused with an alert'),
  entry('tls.stalled', 'network', 'The TLS handshake is never answered'),
  entry('tls.reset', 'network', 'The TLS handshake is cut off'),
  entry('tls.intercepted', 'proxy', 'TLS is opened and inspected on the way'),
  entry('tls.not_yet_valid', 'network', 'The certificate is not valid yet'),
  entry('tls.expired', 'network', 'The certificate has expired'),
  entry('tls.name_mismatch', 'network', 'The certificate is for another name'),
  entry('tls.self_signed', 'network', 'The certificate is self-signed'),
  entry('tls.incomplete_chain', 'network', 'The peer does not send its whole certificate chain'),
  entry('agent.trust_split', 'agent_config', 'One leg trusts the issuer, another does not'),
  entry('tls.untrusted_issuer', 'network', 'The certificate is from an unknown issuer'),
  entry('agent.insecure_ineffective', 'agent_config', 'insecure = yes does not do what is hoped'),
  entry('http.filtered_by_shape', 'proxy', "The Agent's request is refused, a browser's passes"),
  entry('http.blocked_page', 'proxy', 'A filter answers with its own page'),
  entry('http.agent_cannot_parse', 'proxy', "The Agent's parser does not accept the answer"),
  entry('http.closed_with_answer', 'proxy', 'The connection is closed together with the answer'),
  entry('cloud.error', 'cloud', 'The service itself answers with an error'),
  entry('http.unexpected_answer', 'network', "The answer is not the service's"),
  entry('http.no_answer', 'network', 'The request is never answered'),
  entry('ws.agent_cannot_parse', 'proxy', "The Agent's parser does not accept the upgrade"),
  entry('ws.upgrade_stripped', 'proxy', 'The WebSocket upgrade does not survive the way'),
  entry('ws.rejected', 'proxy', 'The WebSocket upgrade is rejected'),
  entry('ws.no_answer', 'network', 'The WebSocket upgrade is never answered'),
  entry('ws.dropped', 'network', 'The link is cut right after the upgrade'),
  entry('mqtt.no_connack', 'network', 'MQTT is never answered'),
  entry('mqtt.refused', 'cloud', 'The broker refuses the session'),
  entry('mqtt.idle_cut', 'network', 'The idle link is cut'),
  entry('agent.key_missing', 'agent_config', "The Agent's private key is missing or unreadable"),
  entry('agent.link_disabled', 'agent_config', 'The link is switched off in cloud.conf'),
  entry('network.unexplained', 'network', 'Something fails that no rule explains'),
  entry('agent.retry_far_away', 'agent_config', "The Agent's next attempt is far away"),
  entry('agent.running_offline', 'agent_config', 'The running Agent says that it is offline'),
  entry('agent.running_online', 'agent_config', 'The running Agent is online, but a new connection would fail'),
  entry('agent.already_claimed', 'agent_config', 'The Agent is already claimed'),
  entry('agent.not_installed', 'agent_config', 'No Agent is installed on this host'),
  entry('dns.private_answer', 'dns', 'The name resolves to a private address, and it is the cloud'),
  entry('dns.address_new', 'network', 'The cloud has addresses that are not on the published list'),
];

const RANK: ReadonlyMap<FindingId, number> = new Map(CATALOGUE.map(({ id }, rank) => [id, rank]));
const BY_ID: ReadonlyMap<FindingId, CatalogueEntry> = new Map(CATALOGUE.map((known) => [known.id, known]));

/** Place in the order of blame; unknown ids come last. */
export function rankOf(id: FindingId): number {
  return RANK.get(id) ?? CATALOGUE.length;
}

export function catalogueEntry(id: FindingId): CatalogueEntry | null {
  return BY_ID.get(id) ?? null;
}
