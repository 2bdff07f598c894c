/** Schema of the network observations. */
import type { X509Error } from '../observation.js';
import {
  family,
  flag,
  instant,
  integer,
  list,
  number,
  nullable,
  object,
  own,
  optional,
  port,
  raw,
  refTo,
  sentence,
  text,
  words,
} from './build.js';
import { base, dialect, headers } from './observation-base.js';

export const resolvedAddress = object('One address.', {
  address: text('Without brackets.'),
  family: family('4 or 6.'),
});

const resolve = object("The system's resolver, in the order the Agent gets the addresses.", {
  ...base('resolve'),
  hostname: text('Name that was looked up.'),
  addresses: list("In the system's order; empty on failure.", resolvedAddress),
});

export const dnsRecord = object('One record.', {
  name: text('Owner name.'),
  type: sentence('`A`, `AAAA`, `CNAME`, …'),
  ttl: integer('Time to live in seconds.'),
  data: text('Address or name.'),
});

const dnsQuery = object('One question to one resolver on the wire (RFC 1035).', {
  ...base('dns_query'),
  resolver: text('Address of the resolver.'),
  resolverPort: port('Its port.'),
  resolverSource: sentence('Where the resolver was found.'),
  name: text('Name asked for.'),
  type: words('Type asked for.', { A: 'IPv4 addresses', AAAA: 'IPv6 addresses' }),
  transport: words('Transport that gave the answer.', {
    udp: 'UDP',
    tcp: 'TCP, after truncation or when UDP was silent',
    doh: 'HTTPS',
  }),
  rcode: nullable(sentence('`NOERROR`, `NXDOMAIN`, `SERVFAIL`, …'), 'no valid reply came'),
  truncated: flag('Whether the first reply was truncated.'),
  answers: list('Records of the answer section.', dnsRecord),
  addresses: list('Addresses at the end of the chain of names.', text('Without brackets.')),
  cnames: list('Names on the way there.', text('Name.')),
  ignoredReplies: integer('Replies that did not fit id, question or source and were ignored.', 0),
});

const connect = object('A TCP connection.', {
  ...base('connect'),
  host: text('Name or address this connection is for.'),
  port: port('Remote port.'),
  family: family('Address family.'),
  peer: words('What sits at the other end.', {
    target: 'the destination itself',
    proxy: 'a proxy',
  }),
  localAddress: nullable(text("This host's address of the connection."), 'no connection was made'),
});

const proxyConnect = object('Asking a proxy for a tunnel.', {
  ...base('proxy_connect'),
  protocol: words('How the proxy was spoken to.', {
    http: 'HTTP CONNECT',
    https: 'HTTP CONNECT over TLS',
    socks4: 'SOCKS4',
    socks5: 'SOCKS5',
  }),
  proxyHost: text('Name or address of the proxy.'),
  proxyPort: port('Its port.'),
  dialect,
  credentialsSent: flag('Whether credentials were sent; which is never recorded.'),
  requestedHost: text('What the proxy was asked to reach.'),
  requestedPort: port('And at which port.'),
  resolveAt: words('Who resolved the name.', { local: 'this host', proxy: 'the proxy' }),
  rawReply: raw('HTTP: first bytes of the reply, at most 16 KiB. latin1, one character per byte.'),
  bytesAfterHead: integer('Bytes waiting behind the head of the reply.', 0),
  cuts: optional(
    list(
      'Bytes of the reply that were there whenever some had arrived but its head was not complete; missing = it came whole.',
      integer('Bytes.', 1),
    ),
  ),
  longestSilenceMs: optional(number('Longest time without a byte until the head was complete, ms.')),
  status: nullable(integer('HTTP status.'), 'no HTTP reply'),
  headers,
  bodyExcerpt: raw('First bytes of a refusing page, at most 4 KiB.'),
  socksMethod: nullable(integer('SOCKS5 method that the proxy chose.'), 'not reached'),
  socksAuthStatus: nullable(integer('Status of RFC 1929 authentication; 0 = accepted.'), 'not reached'),
  socksReply: nullable(integer('Reply byte; 0 = granted (SOCKS5), 90 = granted (SOCKS4).'), 'not reached'),
});

export const certificate = object('A certificate as the peer sent it; its names are foreign text.', {
  subject: text('Subject, one line.'),
  issuer: text('Issuer, one line.'),
  subjectAltName: text('Alternative names.'),
  notBefore: instant('Start of validity.'),
  notAfter: instant('End of validity.'),
  serialNumber: sentence('Hex.'),
  fingerprint256: sentence('SHA-256 of the certificate, lower-case hex.'),
  isCa: flag('Whether it may sign other certificates.'),
  publicKey: sentence('Kind and size of its key: `rsa 2048`.'),
});

export const x509Error = words<X509Error>("OpenSSL's verification error.", {
  UNABLE_TO_GET_ISSUER_CERT: 'an issuer in the chain is missing',
  CERT_SIGNATURE_FAILURE: 'a signature does not fit',
  CERT_NOT_YET_VALID: 'not yet valid',
  CERT_HAS_EXPIRED: 'expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate signed itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'the chain ends in an unknown root',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the issuer is not in the store',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'only the leaf was sent and its issuer is unknown',
  CERT_CHAIN_TOO_LONG: 'the chain is too long',
  INVALID_CA: 'a certificate signs without being a CA',
  INVALID_PURPOSE: 'not meant for servers',
  CERT_UNTRUSTED: 'explicitly not trusted',
  EE_KEY_TOO_SMALL: 'the key is too small',
  CA_KEY_TOO_SMALL: "a CA's key is too small",
  CA_MD_TOO_WEAK: "a CA's signature is too weak",
  HOSTNAME_MISMATCH: 'issued for another name',
  IP_ADDRESS_MISMATCH: 'issued for another address',
  OTHER: 'another error',
});

export const judgement = object('The chain held against one trust store; the name is judged apart.', {
  storeId: own('Id of the trust store.'),
  trusted: flag('Whether the chain ends in it.'),
  errors: list('What verification would complain about, first complaint first.', refTo('x509Error', x509Error)),
  depth: nullable(integer('Place of the first error in the chain; 0 = leaf.', 0), 'trusted'),
});

const tls = object('A TLS handshake. It is finished first and judged afterwards.', {
  ...base('tls_handshake'),
  sni: nullable(text('Server name sent.'), 'none was sent'),
  expectedName: text('Name the certificate is held against.'),
  helloVariant: words('Shape of the ClientHello.', {
    agent: "as the Agent's",
    small: 'small',
    large: 'large, with post-quantum key shares',
    legacy: 'TLS 1.2 only',
    provoke_alert: 'offers what no server takes, so that the answer is one short alert',
  }),
  helloBytes: nullable(integer('Bytes of the ClientHello.', 0), 'not measured'),
  gotServerBytes: flag('Whether any byte came back.'),
  rawFirstBytes: raw('First bytes received when they were not TLS, at most 1 KiB.'),
  protocol: nullable(sentence('TLS version.'), 'no handshake'),
  cipher: nullable(sentence('Cipher suite.'), 'no handshake'),
  alert: nullable(integer('TLS alert received.', 0), 'none'),
  chain: list('Leaf first, as sent by the peer.', refTo('certificate', certificate)),
  nameMatches: nullable(flag('Whether the leaf is valid for expectedName.'), 'no certificate came'),
  judgements: list('One for each trust store.', judgement),
});

const lineEndSplits = optional(integer('Line ends of the head whose CR and LF came apart; missing = none.', 1));
const receivedAt = nullable(instant('Wall clock of this host when the head arrived.'), 'no head arrived');

const http = object('An HTTP request and its answer.', {
  ...base('http_round_trip'),
  method: sentence('Request method.'),
  host: text('Host asked.'),
  path: sentence('Path asked for.'),
  dialect,
  rawHead: raw('Head of the answer as received, at most 64 KiB.'),
  rawBody: raw('Body bytes as received, at most 64 KiB, still chunked if chunked.'),
  bodyBytes: integer('Body bytes seen, also beyond that cap.', 0),
  status: nullable(integer('HTTP status, read leniently.'), 'no status line'),
  headers,
  closedAfterMs: nullable(number('Milliseconds from the last byte to the end of the connection.'), 'it stayed open'),
  endedBy: words('How the answer ended.', {
    length: 'by its Content-Length',
    chunked: 'by its last chunk',
    close: 'by the end of the connection',
    no_body: 'it has no body',
    timeout: 'it did not end in time',
    cap: 'it grew too large',
    none: 'there was no answer',
  }),
  receivedAt,
  lineEndSplits,
});

const upgrade = object('An upgrade to WebSocket (RFC 6455).', {
  ...base('websocket_upgrade'),
  host: text('Host asked.'),
  path: sentence('Path asked for.'),
  dialect,
  key: sentence('Sec-WebSocket-Key that was sent: random, throw-away.'),
  rawHead: raw('Head of the answer as received.'),
  bodyExcerpt: raw('First bytes behind a refusing head, at most 4 KiB.'),
  status: nullable(integer('HTTP status.'), 'no status line'),
  headers,
  acceptedByRfc: flag('Status 101 with the right Upgrade, Connection and accept value.'),
  receivedAt,
  lineEndSplits,
});

const mqtt = object('MQTT 5 CONNECT with throw-away credentials; any CONNACK proves the path.', {
  ...base('mqtt_connect'),
  clientId: sentence('Throw-away client id that was sent.'),
  reasonCode: nullable(integer('Reason code of the CONNACK, 0 to 255.', 0), 'no CONNACK came'),
  rawFirstBytes: raw('First bytes received after CONNECT, at most 1 KiB.'),
  frames: list('Header of each WebSocket frame received: fin,rsv,opcode,masked,length.', sentence('One frame.')),
  closeCode: nullable(integer('WebSocket close code.'), 'the peer closed without one, or not at all'),
  endedBy: words('How the connection ended.', {
    fin: 'closed by the peer',
    reset: 'reset',
    ws_close: 'closed by a WebSocket close frame',
    open: 'still open',
    silence: 'nothing came',
  }),
});

const fullSizeWrite = object('A write of several full-size segments, to find MTU black holes.', {
  ...base('full_size_write'),
  host: text('Host.'),
  port: port('Port.'),
  bytes: integer('Bytes written.', 0),
  acknowledged: nullable(flag('Whether the peer acknowledged them.'), 'could not tell'),
});

const hold = object('An upgraded link held open.', {
  ...base('hold'),
  host: text('Host.'),
  plannedMs: number('How long it was to be held, milliseconds.'),
  heldMs: number('How long it was held, milliseconds.'),
  pings: integer('Pings sent.', 0),
  pongs: optional(integer('Pings answered.', 0)),
  endedBy: words('How it ended.', {
    us: 'we ended it as planned',
    fin: 'closed by the other side',
    reset: 'reset',
    ws_close: 'closed by a WebSocket close frame',
    silence: 'it fell silent',
  }),
});

export const networkObservations = [
  resolve,
  dnsQuery,
  connect,
  proxyConnect,
  tls,
  http,
  upgrade,
  mqtt,
  fullSizeWrite,
  hold,
] as const;
