/** TLS: what certificate comes back, who trusts it, and what filters do to the ClientHello. */
import * as at from '../harness/addresses.js';
import { ACLK, CLAIM, fails, LINK, TOKEN, works, type Expectation, type LabCase } from '../harness/case.js';
import { CLOCK_AHEAD_MS } from '../harness/pki.js';

export const served = (certificate: string) => [{ behaviour: { certificate } }];
const intercepted = served('mint');
const insecure = `[global]\n url = https://app.netdata.cloud\n token = ${TOKEN}\n insecure = yes\n`;
/** A ClientHello record (RFC 8446 §5.1: type 22, handshake type 1) at the start of a segment. */
const CLIENT_HELLO = 'tcp dport 443 @ih,0,8 22 @ih,40,8 1';
const sni = (name: string, ...target: string[]): string[] => [
  '-p',
  'tcp',
  '--dport',
  '443',
  '-m',
  'string',
  '--algo',
  'bm',
  '--string',
  name,
  '-j',
  ...target,
];

/** Everything still works, only the remark about it is expected. */
const split = (
  failing: readonly ('claim' | 'env' | 'auth' | 'link')[],
  more: Partial<Expectation> = {},
): Expectation => ({
  ...fails('tls.intercepted', failing, { orCause: ['agent.trust_split'] }),
  ...more,
});

export const tlsCases: readonly LabCase[] = [
  {
    id: 'tls-untrusted',
    title: 'A chain from a private CA that nobody here knows, at the published addresses: somebody in the middle',
    peer: served('untrusted'),
    expect: fails('tls.intercepted'),
  },
  {
    id: 'tls-private-ca-known',
    title: 'An on-prem cloud with a private CA that the system store holds',
    peer: served('untrusted'),
    trust: { bundle: ['private'], hashed: ['private'] },
    unusual: true,
    expect: works(),
  },
  {
    id: 'tls-wrong-name',
    title: 'A trusted certificate for another name: refused by the claim, accepted by this Agent’s link',
    peer: served('wrong_name'),
    expect: fails('tls.name_mismatch', CLAIM),
  },
  {
    id: 'tls-wrong-name-2.11.0',
    title: 'The same on v2.11.0, whose WebSocket leg checks the name',
    version: '2.11.0',
    peer: served('wrong_name'),
    expect: fails('tls.name_mismatch', ['claim', 'link']),
  },
  {
    id: 'tls-wrong-name-newest',
    title: 'The same on a nightly that checks everywhere',
    version: '2.11.0-84-nightly',
    peer: served('wrong_name'),
    expect: fails('tls.name_mismatch'),
  },
  { id: 'tls-expired', title: 'An expired certificate', peer: served('expired'), expect: fails('tls.expired') },
  {
    id: 'tls-expired-mqtt',
    title: 'An expired certificate on mqtt only',
    peer: [{ host: at.MQTT, behaviour: { certificate: 'expired' } }],
    expect: fails('tls.expired', LINK),
  },
  {
    id: 'tls-not-yet-valid',
    title: 'A certificate from the future, Date headers agree with our clock',
    peer: served('not_yet_valid'),
    expect: fails('tls.not_yet_valid'),
  },
  {
    id: 'tls-clock-behind',
    title: 'This host’s clock is more than a year behind',
    peer: [{ behaviour: { certificate: 'clock_ahead', skewMs: CLOCK_AHEAD_MS } }],
    expect: fails('host.clock_skew'),
  },
  {
    id: 'tls-clock-ahead-valid',
    title: 'The clock is ten minutes off, certificates are still valid',
    peer: [{ behaviour: { skewMs: 600_000 } }],
    unusual: true,
    expect: works([], ['host.clock_skew']),
  },
  {
    id: 'tls-self-signed',
    title: 'A self-signed certificate',
    peer: served('self_signed'),
    expect: fails('tls.self_signed'),
  },
  {
    id: 'tls-self-signed-insecure',
    title: 'A self-signed certificate and insecure = yes: both legs accept just that',
    peer: served('self_signed'),
    files: { 'claim.conf': insecure, 'cloud.conf': insecure },
    unusual: true,
    expect: works([], ['tls.self_signed', 'agent.insecure_ineffective']),
  },
  {
    id: 'tls-untrusted-insecure',
    title: 'A private CA and insecure = yes: helps the claim only',
    peer: served('untrusted'),
    files: { 'claim.conf': insecure, 'cloud.conf': insecure },
    expect: fails('agent.insecure_ineffective', ACLK, { orCause: ['tls.intercepted'] }),
  },
  {
    id: 'tls-incomplete',
    title: 'The intermediate certificate is missing',
    peer: served('incomplete'),
    expect: fails('tls.incomplete_chain'),
  },
  {
    id: 'tls-no-ca-store',
    title: 'The host has no CA certificates at all',
    trust: { empty: true },
    expect: fails('host.no_ca_store'),
  },
  {
    id: 'tls-store-outdated',
    title: 'The host’s store is older than the root of the cloud',
    trust: { bundle: [], hashed: [] },
    publicRoot: 'cloud',
    expect: fails('host.ca_store_outdated'),
  },
  {
    id: 'tls-store-outdated-link',
    title: 'The bundle was updated, the hashed directory that the link reads was not',
    trust: { bundle: ['cloud'], hashed: [], certPem: false },
    publicRoot: 'cloud',
    expect: fails('agent.trust_split', ACLK, { orCause: ['host.ca_store_outdated'] }),
  },
  {
    id: 'tls-store-expired-cross-root',
    title: 'The store holds the expired root that the new one was cross-signed by, and not the new one',
    peer: served('cross_signed'),
    trust: { bundle: ['old_public'], hashed: ['old_public'] },
    publicRoot: 'cloud',
    expect: fails('host.ca_store_outdated'),
  },
  {
    id: 'tls-store-both-cross-roots',
    title: 'The store holds the expired root and the new one',
    peer: served('cross_signed'),
    trust: { bundle: ['old_public', 'cloud'], hashed: ['old_public', 'cloud'] },
    publicRoot: 'cloud',
    unusual: true,
    expect: works(),
  },
  {
    id: 'tls-intercepted',
    title: 'TLS inspection, its CA unknown to the host',
    peer: intercepted,
    expect: fails('tls.intercepted'),
  },
  {
    id: 'tls-intercepted-system',
    title: 'TLS inspection, its CA in the system store',
    peer: intercepted,
    trust: { bundle: ['inspector'], hashed: ['inspector'] },
    unusual: true,
    expect: works(['tls.intercepted']),
  },
  {
    id: 'tls-intercepted-trusted-pem',
    title: 'TLS inspection, its CA in trusted.pem only',
    peer: intercepted,
    files: { trustedPem: ['inspector'] },
    expect: split(ACLK),
  },
  {
    id: 'tls-intercepted-bundle-only',
    title: 'TLS inspection, its CA appended to the bundle that only libcurl reads',
    peer: intercepted,
    trust: { bundle: ['inspector'], hashed: ['cloud'], certPem: false },
    expect: split(ACLK),
  },
  {
    id: 'tls-intercepted-bundle-cert-pem',
    title: 'TLS inspection, its CA in the bundle, which OpenSSL reads as cert.pem too',
    peer: intercepted,
    trust: { bundle: ['inspector'], hashed: ['cloud'] },
    unusual: true,
    expect: works(),
  },
  {
    id: 'tls-intercepted-hashed-only',
    title: 'TLS inspection, its CA in the hashed directory only (Debian’s libcurl reads that too)',
    peer: intercepted,
    trust: { bundle: ['cloud'], hashed: ['inspector'], certPem: false },
    unusual: true,
    expect: works(),
  },
  {
    id: 'tls-intercepted-ssl-cert-file',
    title: 'TLS inspection, its CA named by SSL_CERT_FILE: helps the link only',
    peer: intercepted,
    env: { SSL_CERT_FILE: '{{pki}}/ca-inspector.pem' },
    expect: split(CLAIM),
  },
  {
    id: 'tls-intercepted-curl-ca-bundle',
    title: 'TLS inspection, its CA named by CURL_CA_BUNDLE: helps neither, though curl is content',
    peer: intercepted,
    env: { CURL_CA_BUNDLE: '{{pki}}/ca-inspector.pem' },
    expect: fails('tls.intercepted'),
  },
  {
    id: 'tls-old-version',
    title: 'A middlebox that speaks TLS 1.1 at most',
    peer: [{ behaviour: { tls: { min: 'TLSv1', max: 'TLSv1.1' } } }],
    expect: fails('tls.version_unsupported'),
  },
  {
    id: 'tls-1.2-only',
    title: 'A middlebox that speaks TLS 1.2 at most',
    peer: [{ behaviour: { tls: { min: 'TLSv1.2', max: 'TLSv1.2' } } }],
    unusual: true,
    expect: works(),
  },
  {
    id: 'tls-sni-reset-mqtt',
    title: 'A filter resets connections whose ClientHello names mqtt',
    gatewayIptables: [sni(at.MQTT, 'REJECT', '--reject-with', 'tcp-reset')],
    expect: fails('tls.sni_filtered', LINK),
  },
  {
    id: 'tls-sni-drop-mqtt',
    title: 'A filter swallows ClientHellos that name mqtt',
    gatewayIptables: [sni(at.MQTT, 'DROP')],
    expect: fails('tls.sni_filtered', LINK),
  },
  {
    id: 'tls-sni-reset-all',
    title: 'A filter resets whatever names netdata.cloud',
    gatewayIptables: [sni('netdata.cloud', 'REJECT', '--reject-with', 'tcp-reset')],
    expect: fails('tls.sni_filtered'),
  },
  {
    id: 'tls-sni-alert-mqtt',
    title: 'A filter answers ClientHellos for mqtt with a fatal alert',
    peer: [{ host: at.MQTT, behaviour: { clientHello: 'alert' } }],
    expect: fails('tls.sni_filtered', LINK, { orCause: ['tls.handshake_failed'] }),
  },
  {
    id: 'tls-slow-handshake',
    title: 'TLS takes 6.5 s: too long for the claim’s 5 s, not for the link',
    peer: [{ behaviour: { handshakeDelayMs: 6500 } }],
    expect: {
      claim: 'will_fail',
      link: 'will_work',
      legs: { claim: 'will_fail', env: 'will_work', auth: 'will_work', link: 'will_work' },
      cause: 'tls.stalled',
      exit: 1,
    },
  },
  {
    id: 'tls-slow-2s',
    title: 'TLS takes 2 s',
    peer: [{ behaviour: { handshakeDelayMs: 2000 } }],
    unusual: true,
    expect: works(),
  },
  {
    id: 'tls-trusted-pem-replaces-bundle',
    title:
      'A leftover trusted.pem replaces the bundle that knows the cloud’s CA: the claim fails, the link does not look',
    trust: { bundle: ['cloud'], hashed: [] },
    files: { trustedPem: ['inspector'] },
    expect: fails('agent.trust_split', CLAIM, { orCause: ['tls.untrusted_issuer'] }),
  },
  {
    id: 'tls-trusted-pem-beside-directory',
    title: 'A leftover trusted.pem, but libcurl also reads the hashed directory, which knows the cloud’s CA',
    files: { trustedPem: ['inspector'] },
    unusual: true,
    expect: works([], ['agent.trust_split']),
  },
  {
    id: 'tls-insecure-1',
    title: 'A self-signed certificate and insecure = 1, which is not true in this dialect',
    peer: served('self_signed'),
    files: { 'claim.conf': insecure.replace('yes', '1'), 'cloud.conf': insecure.replace('yes', '1') },
    expect: fails('tls.self_signed', undefined, { orCause: ['agent.insecure_ineffective'] }),
  },
  {
    id: 'tls-client-hello-swallowed',
    title: 'Every ClientHello is swallowed',
    gateway: [`${CLIENT_HELLO} drop`],
    expect: fails('tls.stalled'),
  },
  {
    id: 'tls-client-hello-large',
    title: 'ClientHellos above 700 bytes are swallowed; this Agent sends small ones',
    gateway: [`${CLIENT_HELLO} meta length > 700 drop`],
    unusual: true,
    expect: works(['tls.client_hello_size']),
  },
  {
    id: 'tls-client-hello-ordinary',
    title: 'ClientHellos above 280 bytes are swallowed, which leaves the Agent’s out; a small one passes',
    gateway: [`${CLIENT_HELLO} meta length > 332 drop`],
    expect: fails('tls.client_hello_size'),
  },
  {
    id: 'tls-alert-all',
    title: 'Every ClientHello is answered with a fatal alert, whatever it names',
    peer: [{ behaviour: { clientHello: 'alert' } }],
    expect: fails('tls.handshake_failed'),
  },
  {
    id: 'tls-stalled-mqtt-peer',
    title: 'mqtt’s address accepts and never answers a ClientHello, whatever the name',
    peer: [{ address: at.MQTT4, behaviour: { connection: 'silent' } }],
    expect: fails('tls.stalled', LINK),
  },
  {
    id: 'tls-not-tls',
    title: 'Port 443 answers in plain HTTP (a portal without TLS)',
    peer: [
      {
        behaviour: {
          connection: 'plain_http',
          env: { raw: 'HTTP/1.1 302 Found\r\nLocation: http://portal.corp.example/login\r\nContent-Length: 0\r\n\r\n' },
          other: {
            raw: 'HTTP/1.1 302 Found\r\nLocation: http://portal.corp.example/login\r\nContent-Length: 0\r\n\r\n',
          },
        },
      },
    ],
    expect: fails('tls.not_tls', undefined, { orCause: ['http.captive_portal'] }),
  },
  {
    id: 'tls-banner',
    title: 'A mail server’s banner on mqtt’s address',
    peer: [{ address: at.MQTT4, behaviour: { connection: 'banner' } }],
    expect: fails('tls.not_tls', LINK),
  },
  {
    id: 'tls-closed-at-once',
    title: 'Something accepts and hangs up before the ClientHello is answered',
    peer: [{ behaviour: { connection: 'close' } }],
    expect: fails('tls.stalled', undefined, { orCause: ['tls.reset', 'tls.not_tls', 'tls.sni_filtered'] }),
  },
];
