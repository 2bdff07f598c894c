/** Every rule: one line each. The order of blame is the catalogue's. */
import { agentAlreadyClaimed } from './rules/agent-already-claimed.js';
import { agentBaseUrlInvalid } from './rules/agent-base-url-invalid.js';
import { agentConfigSyntax } from './rules/agent-config-syntax.js';
import { agentEnvNotDaemons } from './rules/agent-env-not-daemons.js';
import { agentFirstAddressBlackholed } from './rules/agent-first-address-blackholed.js';
import { agentInsecureIneffective } from './rules/agent-insecure-ineffective.js';
import { agentKeyMissing } from './rules/agent-key-missing.js';
import { agentLinkDisabled } from './rules/agent-link-disabled.js';
import { agentNoProxyMismatch } from './rules/agent-no-proxy-mismatch.js';
import { agentNotInstalled } from './rules/agent-not-installed.js';
import { agentProxyCredentialsMisread } from './rules/agent-proxy-credentials-misread.js';
import { agentProxyEnvMismatch } from './rules/agent-proxy-env-mismatch.js';
import { agentProxyHostMisread } from './rules/agent-proxy-host-misread.js';
import { agentProxyNotActiveYet } from './rules/agent-proxy-not-active-yet.js';
import { agentProxyPortMissing } from './rules/agent-proxy-port-missing.js';
import { agentProxySchemeUnsupported } from './rules/agent-proxy-scheme-unsupported.js';
import { agentRetryFarAway } from './rules/agent-retry-far-away.js';
import { agentRunningOffline } from './rules/agent-running-offline.js';
import { agentRunningOnline } from './rules/agent-running-online.js';
import { agentTrustSplit } from './rules/agent-trust-split.js';
import { cloudError } from './rules/cloud-error.js';
import { dnsAddressNew } from './rules/dns-address-new.js';
import { dnsHijacked } from './rules/dns-hijacked.js';
import { dnsHostsOverride } from './rules/dns-hosts-override.js';
import { dnsIpv4OnlyAnswer } from './rules/dns-ipv4-only-answer.js';
import { dnsIpv6OnlyAnswer } from './rules/dns-ipv6-only-answer.js';
import { dnsNoData } from './rules/dns-no-data.js';
import { dnsNxdomain } from './rules/dns-nxdomain.js';
import { dnsPrivateAnswer } from './rules/dns-private-answer.js';
import { dnsRefused } from './rules/dns-refused.js';
import { dnsResolverUnreachable } from './rules/dns-resolver-unreachable.js';
import { dnsResolversDisagree } from './rules/dns-resolvers-disagree.js';
import { dnsServfail } from './rules/dns-servfail.js';
import { dnsSinkhole } from './rules/dns-sinkhole.js';
import { dnsTimeout } from './rules/dns-timeout.js';
import { hostClockSkew } from './rules/host-clock-skew.js';
import { hostLocalFirewall } from './rules/host-local-firewall.js';
import { hostNoCaStore } from './rules/host-no-ca-store.js';
import { hostNoResolver } from './rules/host-no-resolver.js';
import { hostNoRoute } from './rules/host-no-route.js';
import { httpAgentCannotParse } from './rules/http-agent-cannot-parse.js';
import { httpBlockedPage } from './rules/http-blocked-page.js';
import { httpCaptivePortal } from './rules/http-captive-portal.js';
import { httpClosedWithAnswer } from './rules/http-closed-with-answer.js';
import { httpFilteredByShape } from './rules/http-filtered-by-shape.js';
import { httpNoAnswer } from './rules/http-no-answer.js';
import { httpUnexpectedAnswer } from './rules/http-unexpected-answer.js';
import { mqttIdleCut } from './rules/mqtt-idle-cut.js';
import { mqttNoConnack } from './rules/mqtt-no-connack.js';
import { mqttRefused } from './rules/mqtt-refused.js';
import { networkUnexplained } from './rules/network-unexplained.js';
import { proxyAgentCannotParse } from './rules/proxy-agent-cannot-parse.js';
import { proxyAuthRejected } from './rules/proxy-auth-rejected.js';
import { proxyAuthRequired } from './rules/proxy-auth-required.js';
import { proxyAuthSchemeUnsupported } from './rules/proxy-auth-scheme-unsupported.js';
import { proxyDenied } from './rules/proxy-denied.js';
import { proxyNeeded } from './rules/proxy-needed.js';
import { proxyNoAnswer } from './rules/proxy-no-answer.js';
import { proxyProtocolMismatch } from './rules/proxy-protocol-mismatch.js';
import { proxyRefused } from './rules/proxy-refused.js';
import { proxyStripsOrInspects } from './rules/proxy-strips-or-inspects.js';
import { proxyUnreachable } from './rules/proxy-unreachable.js';
import { proxyUnresolvable } from './rules/proxy-unresolvable.js';
import { proxyUpstreamFailed } from './rules/proxy-upstream-failed.js';
import { tcpDropped } from './rules/tcp-dropped.js';
import { tcpEgressBlocked } from './rules/tcp-egress-blocked.js';
import { tcpIpv6Broken } from './rules/tcp-ipv6-broken.js';
import { tcpMtuBlackhole } from './rules/tcp-mtu-blackhole.js';
import { tcpProhibited } from './rules/tcp-prohibited.js';
import { tcpReset } from './rules/tcp-reset.js';
import { tcpSomeAddresses } from './rules/tcp-some-addresses.js';
import { tlsClientHelloSize } from './rules/tls-client-hello-size.js';
import { tlsExpired } from './rules/tls-expired.js';
import { tlsHandshakeFailed } from './rules/tls-handshake-failed.js';
import { tlsIncompleteChain } from './rules/tls-incomplete-chain.js';
import { tlsIntercepted } from './rules/tls-intercepted.js';
import { tlsNameMismatch } from './rules/tls-name-mismatch.js';
import { tlsNotTls } from './rules/tls-not-tls.js';
import { tlsNotYetValid } from './rules/tls-not-yet-valid.js';
import { tlsReset } from './rules/tls-reset.js';
import { tlsSelfSigned } from './rules/tls-self-signed.js';
import { tlsSniFiltered } from './rules/tls-sni-filtered.js';
import { tlsStalled } from './rules/tls-stalled.js';
import { tlsUntrustedIssuer } from './rules/tls-untrusted-issuer.js';
import { tlsVersionUnsupported } from './rules/tls-version-unsupported.js';
import { wsAgentCannotParse } from './rules/ws-agent-cannot-parse.js';
import { wsDropped } from './rules/ws-dropped.js';
import { wsNoAnswer } from './rules/ws-no-answer.js';
import { wsRejected } from './rules/ws-rejected.js';
import { wsUpgradeStripped } from './rules/ws-upgrade-stripped.js';
import type { Rule } from './types.js';

export const RULES: readonly Rule[] = [
  agentAlreadyClaimed,
  agentBaseUrlInvalid,
  agentConfigSyntax,
  agentEnvNotDaemons,
  agentFirstAddressBlackholed,
  agentInsecureIneffective,
  agentKeyMissing,
  agentLinkDisabled,
  agentNoProxyMismatch,
  agentNotInstalled,
  agentProxyCredentialsMisread,
  agentProxyEnvMismatch,
  agentProxyHostMisread,
  agentProxyNotActiveYet,
  agentProxyPortMissing,
  agentProxySchemeUnsupported,
  agentRetryFarAway,
  agentRunningOffline,
  agentRunningOnline,
  agentTrustSplit,
  cloudError,
  dnsAddressNew,
  dnsHijacked,
  dnsHostsOverride,
  dnsIpv4OnlyAnswer,
  dnsIpv6OnlyAnswer,
  dnsNoData,
  dnsNxdomain,
  dnsPrivateAnswer,
  dnsRefused,
  dnsResolverUnreachable,
  dnsResolversDisagree,
  dnsServfail,
  dnsSinkhole,
  dnsTimeout,
  hostClockSkew,
  hostLocalFirewall,
  hostNoCaStore,
  hostNoResolver,
  hostNoRoute,
  httpAgentCannotParse,
  httpBlockedPage,
  httpCaptivePortal,
  httpClosedWithAnswer,
  httpFilteredByShape,
  httpNoAnswer,
  httpUnexpectedAnswer,
  mqttIdleCut,
  mqttNoConnack,
  mqttRefused,
  networkUnexplained,
  proxyAgentCannotParse,
  proxyAuthRejected,
  proxyAuthRequired,
  proxyAuthSchemeUnsupported,
  proxyDenied,
  proxyNeeded,
  proxyNoAnswer,
  proxyProtocolMismatch,
  proxyRefused,
  proxyStripsOrInspects,
  proxyUnreachable,
  proxyUnresolvable,
  proxyUpstreamFailed,
  tcpDropped,
  tcpEgressBlocked,
  tcpIpv6Broken,
  tcpMtuBlackhole,
  tcpProhibited,
  tcpReset,
  tcpSomeAddresses,
  tlsClientHelloSize,
  tlsExpired,
  tlsHandshakeFailed,
  tlsIncompleteChain,
  tlsIntercepted,
  tlsNameMismatch,
  tlsNotTls,
  tlsNotYetValid,
  tlsReset,
  tlsSelfSigned,
  tlsSniFiltered,
  tlsStalled,
  tlsUntrustedIssuer,
  tlsVersionUnsupported,
  wsAgentCannotParse,
  wsDropped,
  wsNoAnswer,
  wsRejected,
  wsUpgradeStripped,
];
