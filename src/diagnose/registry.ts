/** Every rule: one line each. The order of blame is the catalogue's. */
import { dnsAddressNew } from './rules/dns-address-new.js';
import { dnsNoData } from './rules/dns-no-data.js';
import { dnsNxdomain } from './rules/dns-nxdomain.js';
import { dnsRefused } from './rules/dns-refused.js';
import { dnsResolverUnreachable } from './rules/dns-resolver-unreachable.js';
import { dnsServfail } from './rules/dns-servfail.js';
import { dnsTimeout } from './rules/dns-timeout.js';
import { hostClockSkew } from './rules/host-clock-skew.js';
import { hostLocalFirewall } from './rules/host-local-firewall.js';
import { hostNoCaStore } from './rules/host-no-ca-store.js';
import { httpBlockedPage } from './rules/http-blocked-page.js';
import { httpCaptivePortal } from './rules/http-captive-portal.js';
import { mqttNoConnack } from './rules/mqtt-no-connack.js';
import { proxyStripsOrInspects } from './rules/proxy-strips-or-inspects.js';
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
import { wsDropped } from './rules/ws-dropped.js';
import { wsUpgradeStripped } from './rules/ws-upgrade-stripped.js';
import type { Rule } from './types.js';

export const RULES: readonly Rule[] = [
  dnsAddressNew,
  dnsNoData,
  dnsNxdomain,
  dnsRefused,
  dnsResolverUnreachable,
  dnsServfail,
  dnsTimeout,
  hostClockSkew,
  hostLocalFirewall,
  hostNoCaStore,
  httpBlockedPage,
  httpCaptivePortal,
  mqttNoConnack,
  proxyStripsOrInspects,
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
  wsDropped,
  wsUpgradeStripped,
];
