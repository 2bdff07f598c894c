/**
 * Every rule, in the order of blame: what comes first is the root of what comes later. Within a layer the most specific
 * cause comes first.
 */
import {
  agentAlreadyClaimed,
  agentBaseUrlInvalid,
  agentClaimInputInvalid,
  agentConfigSyntax,
  agentEnvNotDaemons,
  agentInsecureIneffective,
  agentKeyMissing,
  agentNoProxyMismatch,
  agentNotInstalled,
  agentProxyCredentialsMisread,
  agentProxyEnvMismatch,
  agentProxyHostMisread,
  agentProxyPortMissing,
  agentProxySchemeUnsupported,
  agentSettingsMisplaced,
} from './rules/agent-config.js';
import { agentFirstAddressBlackholed } from './rules/agent-first-address-blackholed.js';
import { agentInContainer, agentTwoInstallations } from './rules/agent-place.js';
import { agentProxyNotActiveYet } from './rules/agent-proxy-not-active-yet.js';
import { agentRetryFarAway } from './rules/agent-retry-far-away.js';
import { agentRunningOffline, agentRunningOnline } from './rules/agent-running.js';
import {
  agentClaimNotRetried,
  agentClaimRefused,
  agentHeldByParent,
  agentKeyMismatch,
  agentLinkDisabled,
  agentLinkFlapping,
  agentTooOld,
} from './rules/agent-status.js';
import { agentTrustSplit } from './rules/agent-trust-split.js';
import { cloudError } from './rules/cloud-error.js';
import { cloudRateLimited } from './rules/cloud-rate-limited.js';
import { dnsAddressNew } from './rules/dns-address-new.js';
import { dnsHijacked } from './rules/dns-hijacked.js';
import { dnsHostsOverride } from './rules/dns-hosts-override.js';
import { dnsIpv4OnlyAnswer, dnsIpv6OnlyAnswer } from './rules/dns-one-family.js';
import { dnsPrivateAnswer } from './rules/dns-private-answer.js';
import { dnsNoData, dnsNxdomain, dnsRefused, dnsServfail } from './rules/dns-rcode.js';
import { dnsResolverUnreachable } from './rules/dns-resolver-unreachable.js';
import { dnsResolversDisagree } from './rules/dns-resolvers-disagree.js';
import { dnsSinkhole } from './rules/dns-sinkhole.js';
import { dnsTimeout } from './rules/dns-timeout.js';
import { hostCaStoreOutdated } from './rules/host-ca-store-outdated.js';
import { hostClockSkew } from './rules/host-clock-skew.js';
import { hostLocalFirewall } from './rules/host-local-firewall.js';
import { hostLocalRedirect } from './rules/host-local-redirect.js';
import { hostNoCaStore } from './rules/host-no-ca-store.js';
import { hostNoResolver } from './rules/host-no-resolver.js';
import { hostNoRoute } from './rules/host-no-route.js';
import { hostTooBusy } from './rules/host-too-busy.js';
import { httpAgentCannotParse } from './rules/http-agent-cannot-parse.js';
import { httpBlockedPage } from './rules/http-blocked-page.js';
import { httpCaptivePortal } from './rules/http-captive-portal.js';
import { httpClosedWithAnswer } from './rules/http-closed-with-answer.js';
import { httpFilteredByShape } from './rules/http-filtered-by-shape.js';
import { httpNoAnswer } from './rules/http-no-answer.js';
import { httpUnexpectedAnswer } from './rules/http-unexpected-answer.js';
import { proxyStripsOrInspects, tlsIntercepted } from './rules/inspection.js';
import { mqttIdleCut } from './rules/mqtt-idle-cut.js';
import { mqttNoConnack } from './rules/mqtt-no-connack.js';
import { mqttRefused } from './rules/mqtt-refused.js';
import { networkUnexplained } from './rules/network-unexplained.js';
import { proxyAgentCannotParse } from './rules/proxy-agent-cannot-parse.js';
import { proxyAuthRejected, proxyAuthRequired, proxyAuthSchemeUnsupported } from './rules/proxy-auth.js';
import { proxyDenied } from './rules/proxy-denied.js';
import { proxyNeeded } from './rules/proxy-needed.js';
import { proxyNoAnswer } from './rules/proxy-no-answer.js';
import { proxyProtocolMismatch } from './rules/proxy-protocol-mismatch.js';
import { proxyRefused } from './rules/proxy-refused.js';
import { proxyUnreachable } from './rules/proxy-unreachable.js';
import { proxyUnresolvable } from './rules/proxy-unresolvable.js';
import { proxyUpstreamFailed } from './rules/proxy-upstream-failed.js';
import { tcpDropped } from './rules/tcp-dropped.js';
import { tcpEgressBlocked } from './rules/tcp-egress-blocked.js';
import { tcpIpv6Broken } from './rules/tcp-ipv6-broken.js';
import { tcpMtuBlackhole } from './rules/tcp-mtu-blackhole.js';
import { tcpProhibited } from './rules/tcp-prohibited.js';
import { tcpReset } from './rules/tcp-reset.js';
import { tcpSlowPath } from './rules/tcp-slow-path.js';
import { tcpSomeAddresses } from './rules/tcp-some-addresses.js';
import { tlsExpired, tlsNameMismatch, tlsNotYetValid, tlsSelfSigned } from './rules/tls-certificate.js';
import { tlsClientHelloSize } from './rules/tls-client-hello-size.js';
import { tlsHandshakeFailed } from './rules/tls-handshake-failed.js';
import { tlsIncompleteChain } from './rules/tls-incomplete-chain.js';
import { tlsNotTls } from './rules/tls-not-tls.js';
import { tlsSniFiltered } from './rules/tls-sni-filtered.js';
import { tlsReset, tlsStalled } from './rules/tls-unanswered.js';
import { tlsUntrustedIssuer } from './rules/tls-untrusted-issuer.js';
import { tlsVersionUnsupported } from './rules/tls-version-unsupported.js';
import { wsAgentCannotParse } from './rules/ws-agent-cannot-parse.js';
import { wsDropped } from './rules/ws-dropped.js';
import { wsNoAnswer } from './rules/ws-no-answer.js';
import { wsRejected } from './rules/ws-rejected.js';
import { wsUpgradeStripped } from './rules/ws-upgrade-stripped.js';
import type { FindingRule } from './rule.js';

export const RULES = [
  hostTooBusy,
  hostNoRoute,
  agentBaseUrlInvalid,
  agentProxySchemeUnsupported,
  agentProxyHostMisread,
  agentProxyPortMissing,
  agentProxyCredentialsMisread,
  agentNoProxyMismatch,
  agentProxyEnvMismatch,
  agentEnvNotDaemons,
  agentProxyNotActiveYet,
  agentConfigSyntax,
  agentSettingsMisplaced,
  proxyNeeded,
  hostLocalFirewall,
  hostLocalRedirect,
  hostClockSkew,
  hostNoCaStore,
  hostCaStoreOutdated,
  httpCaptivePortal,
  hostNoResolver,
  dnsResolverUnreachable,
  dnsHostsOverride,
  dnsResolversDisagree,
  dnsSinkhole,
  dnsHijacked,
  dnsTimeout,
  dnsNxdomain,
  dnsNoData,
  dnsServfail,
  dnsRefused,
  dnsIpv6OnlyAnswer,
  dnsIpv4OnlyAnswer,
  tcpEgressBlocked,
  tcpIpv6Broken,
  agentFirstAddressBlackholed,
  tcpSomeAddresses,
  tcpDropped,
  tcpReset,
  tcpProhibited,
  tcpMtuBlackhole,
  tcpSlowPath,
  proxyUnresolvable,
  proxyRefused,
  proxyUnreachable,
  proxyProtocolMismatch,
  proxyNoAnswer,
  proxyAuthSchemeUnsupported,
  proxyAuthRejected,
  proxyAuthRequired,
  proxyDenied,
  proxyUpstreamFailed,
  proxyAgentCannotParse,
  proxyStripsOrInspects,
  tlsClientHelloSize,
  tlsSniFiltered,
  tlsNotTls,
  tlsVersionUnsupported,
  tlsHandshakeFailed,
  tlsStalled,
  tlsReset,
  tlsIntercepted,
  tlsNotYetValid,
  tlsExpired,
  tlsNameMismatch,
  tlsSelfSigned,
  tlsIncompleteChain,
  agentTrustSplit,
  tlsUntrustedIssuer,
  agentInsecureIneffective,
  httpFilteredByShape,
  httpBlockedPage,
  httpAgentCannotParse,
  httpClosedWithAnswer,
  cloudRateLimited,
  cloudError,
  httpUnexpectedAnswer,
  httpNoAnswer,
  wsAgentCannotParse,
  wsUpgradeStripped,
  wsRejected,
  wsNoAnswer,
  wsDropped,
  mqttNoConnack,
  mqttRefused,
  mqttIdleCut,
  agentKeyMissing,
  agentKeyMismatch,
  agentClaimInputInvalid,
  agentLinkDisabled,
  agentTooOld,
  networkUnexplained,
  agentClaimRefused,
  agentClaimNotRetried,
  agentLinkFlapping,
  agentRetryFarAway,
  agentRunningOffline,
  agentRunningOnline,
  agentInContainer,
  agentTwoInstallations,
  agentHeldByParent,
  agentAlreadyClaimed,
  agentNotInstalled,
  dnsPrivateAnswer,
  dnsAddressNew,
] as const satisfies readonly FindingRule[];
