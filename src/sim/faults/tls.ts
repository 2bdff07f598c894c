/** What goes wrong between the SYN and the end of the handshake: dead ports, filters on the name, wrong certificates. */
import type { ChainName } from '../certs/chains.js';
import { HOST_ROLES } from '../types.js';
import { type FaultDefinition, type FaultEffect, faultsOf, type HelloAction } from './fault.js';
import { choiceParameter, numberParameter, secondsParameter } from './parameters.js';

const tcp = faultsOf('tcp', HOST_ROLES);
const tls = faultsOf('tls', HOST_ROLES);

function always(action: HelloAction, byName = false): FaultEffect {
  return { hello: () => action, helloByName: byName };
}

function chain(name: ChainName): FaultEffect {
  return always({ kind: 'serve', chain: name });
}

const PLAIN_ANSWER =
  'HTTP/1.1 400 Bad Request\r\nServer: simulated-proxy\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n' +
  '<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>\r\n';

/** RFC 8446 §6: fatal alert. */
function alertRecord(description: number): Buffer {
  return Buffer.from([0x15, 3, 3, 0, 2, 2, description]);
}

/** A handshake record that promises 16 KiB of ServerHello and holds none: OpenSSL reads and reads. */
const GARBAGE = Buffer.from([0x16, 3, 3, 0x40, 0, ...Array.from({ length: 600 }, (_, index) => (index * 37) & 0xff)]);

export const TLS_FAULTS: readonly FaultDefinition[] = [
  tcp('tcp_refused', 'Nobody listens at the published address', () => ({ tcp: 'refused' })),
  tcp('tcp_dropped', 'SYNs are never answered', () => ({ tcp: 'dropped' })),
  tcp('tcp_reset', 'RST right after the connection is there', () => ({ tcp: 'reset' })),
  tls('untrusted_issuer', 'The chain ends at a root nobody knows', () => chain('untrusted_with_root')),
  tls('untrusted_root_not_sent', 'The chain needs a root nobody knows and nobody sends', () => chain('untrusted')),
  tls('wrong_name', 'The certificate is for another host', () => chain('wrong_name')),
  tls('expired', 'The certificate has expired', () => chain('expired')),
  tls('not_yet_valid', 'The certificate is not valid yet', () => chain('not_yet_valid')),
  tls('self_signed', 'A self-signed leaf', () => chain('self_signed')),
  tls('incomplete_chain', 'The intermediate is not sent', () => chain('incomplete')),
  tls(
    'intercepted',
    'A middlebox with its own authority answers',
    { meaning: 'fortinet, zscaler or corporate', default: 'fortinet' },
    (text) => chain(choiceParameter('intercepted', text, ['fortinet', 'zscaler', 'corporate'])),
  ),
  tls('hostile_certificate', 'Certificate subject with escape codes and markup', () => chain('hostile')),
  tls(
    'tls_old',
    'Only old protocol versions',
    { meaning: 'newest version: 1.0, 1.1 or 1.2', default: '1.1' },
    (text) => {
      const version = choiceParameter('tls_old', text, ['1.0', '1.1', '1.2']);
      return always({ kind: 'serve', chain: 'good', newestVersion: version === '1.0' ? 'TLSv1' : `TLSv${version}` });
    },
  ),
  tls('tls_stalled', 'The ClientHello is never answered', () => always({ kind: 'stall' })),
  tls('tls_reset', 'RST after the ClientHello, whatever its name', () => always({ kind: 'reset' })),
  tls('tls_closed', 'FIN after the ClientHello', () => always({ kind: 'close' })),
  tls('sni_reset', 'RST after a ClientHello with this name', () => always({ kind: 'reset' }, true)),
  tls('sni_stalled', 'ClientHello with this name is swallowed', () => always({ kind: 'stall' }, true)),
  tls('sni_closed', 'FIN after a ClientHello with this name', () => always({ kind: 'close' }, true)),
  tls(
    'large_hello_dropped',
    'ClientHellos above a size are swallowed',
    { meaning: 'bytes', default: '1000' },
    (text) => {
      const limit = numberParameter('large_hello_dropped', text, 1, 65_536);
      return { hello: (hello) => (hello.bytes > limit ? { kind: 'stall' } : null) };
    },
  ),
  tls('tls_alert', 'A fatal alert instead of a ServerHello', { meaning: 'alert number', default: '40' }, (text) =>
    always({ kind: 'bytes', bytes: alertRecord(numberParameter('tls_alert', text, 0, 255)), end: 'close' }),
  ),
  tls('plain_http', 'Plain HTTP comes back instead of TLS', () =>
    always({ kind: 'bytes', bytes: Buffer.from(PLAIN_ANSWER), end: 'close' }),
  ),
  tls('tls_garbage', 'Random bytes in a TLS record', () => always({ kind: 'bytes', bytes: GARBAGE, end: 'keep' })),
  tls('tls_flood', 'Endless bytes that are no TLS', () =>
    always({ kind: 'bytes', bytes: Buffer.alloc(16_384, 'A'), end: 'flood' }),
  ),
  tls('tls_slow', 'The ServerHello comes late', { meaning: 'seconds', default: '2' }, (text) => ({
    tlsDelayMs: secondsParameter('tls_slow', text),
  })),
];
