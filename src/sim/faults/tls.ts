/** What goes wrong between the SYN and the end of the handshake: dead ports, filters on the name, wrong certificates. */
import type { ChainName } from '../certs/chains.js';
import { HOST_ROLES } from '../types.js';
import type { FaultDefinition, FaultEffect, HelloAction } from './fault.js';
import { choiceParameter, numberParameter, secondsParameter } from './parameters.js';

const TCP = { layer: 'tcp', hosts: HOST_ROLES, parameter: null } as const;
const TLS = { layer: 'tls', hosts: HOST_ROLES, parameter: null } as const;

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
  { ...TCP, name: 'tcp_refused', title: 'Nobody listens at the published address', effect: () => ({ tcp: 'refused' }) },
  { ...TCP, name: 'tcp_dropped', title: 'SYNs are never answered', effect: () => ({ tcp: 'dropped' }) },
  { ...TCP, name: 'tcp_reset', title: 'RST right after the connection is there', effect: () => ({ tcp: 'reset' }) },
  {
    ...TLS,
    name: 'untrusted_issuer',
    title: 'The chain ends at a root nobody knows',
    effect: () => chain('untrusted_with_root'),
  },
  {
    ...TLS,
    name: 'untrusted_root_not_sent',
    title: 'The chain needs a root nobody knows and nobody sends',
    effect: () => chain('untrusted'),
  },
  { ...TLS, name: 'wrong_name', title: 'The certificate is for another host', effect: () => chain('wrong_name') },
  { ...TLS, name: 'expired', title: 'The certificate has expired', effect: () => chain('expired') },
  { ...TLS, name: 'not_yet_valid', title: 'The certificate is not valid yet', effect: () => chain('not_yet_valid') },
  { ...TLS, name: 'self_signed', title: 'A self-signed leaf', effect: () => chain('self_signed') },
  { ...TLS, name: 'incomplete_chain', title: 'The intermediate is not sent', effect: () => chain('incomplete') },
  {
    ...TLS,
    name: 'intercepted',
    title: 'A middlebox with its own authority answers',
    parameter: { meaning: 'fortinet, zscaler or corporate', default: 'fortinet' },
    effect: (text) => chain(choiceParameter('intercepted', text, ['fortinet', 'zscaler', 'corporate'])),
  },
  {
    ...TLS,
    name: 'hostile_certificate',
    title: 'Certificate subject with escape codes and markup',
    effect: () => chain('hostile'),
  },
  {
    ...TLS,
    name: 'tls_old',
    title: 'Only old protocol versions',
    parameter: { meaning: 'newest version: 1.0, 1.1 or 1.2', default: '1.1' },
    effect: (text) => {
      const version = choiceParameter('tls_old', text, ['1.0', '1.1', '1.2']);
      return always({ kind: 'serve', chain: 'good', newestVersion: version === '1.0' ? 'TLSv1' : `TLSv${version}` });
    },
  },
  { ...TLS, name: 'tls_stalled', title: 'The ClientHello is never answered', effect: () => always({ kind: 'stall' }) },
  {
    ...TLS,
    name: 'tls_reset',
    title: 'RST after the ClientHello, whatever its name',
    effect: () => always({ kind: 'reset' }),
  },
  { ...TLS, name: 'tls_closed', title: 'FIN after the ClientHello', effect: () => always({ kind: 'close' }) },
  {
    ...TLS,
    name: 'sni_reset',
    title: 'RST after a ClientHello with this name',
    effect: () => always({ kind: 'reset' }, true),
  },
  {
    ...TLS,
    name: 'sni_stalled',
    title: 'ClientHello with this name is swallowed',
    effect: () => always({ kind: 'stall' }, true),
  },
  {
    ...TLS,
    name: 'sni_closed',
    title: 'FIN after a ClientHello with this name',
    effect: () => always({ kind: 'close' }, true),
  },
  {
    ...TLS,
    name: 'large_hello_dropped',
    title: 'ClientHellos above a size are swallowed',
    parameter: { meaning: 'bytes', default: '1000' },
    effect: (text) => {
      const limit = numberParameter('large_hello_dropped', text, 1, 65_536);
      return { hello: (hello) => (hello.bytes > limit ? { kind: 'stall' } : null) };
    },
  },
  {
    ...TLS,
    name: 'tls_alert',
    title: 'A fatal alert instead of a ServerHello',
    parameter: { meaning: 'alert number', default: '40' },
    effect: (text) =>
      always({ kind: 'bytes', bytes: alertRecord(numberParameter('tls_alert', text, 0, 255)), end: 'close' }),
  },
  {
    ...TLS,
    name: 'plain_http',
    title: 'Plain HTTP comes back instead of TLS',
    effect: () => always({ kind: 'bytes', bytes: Buffer.from(PLAIN_ANSWER), end: 'close' }),
  },
  {
    ...TLS,
    name: 'tls_garbage',
    title: 'Random bytes in a TLS record',
    effect: () => always({ kind: 'bytes', bytes: GARBAGE, end: 'keep' }),
  },
  {
    ...TLS,
    name: 'tls_flood',
    title: 'Endless bytes that are no TLS',
    effect: () => always({ kind: 'bytes', bytes: Buffer.alloc(16_384, 'A'), end: 'flood' }),
  },
  {
    ...TLS,
    name: 'tls_slow',
    title: 'The ServerHello comes late',
    parameter: { meaning: 'seconds', default: '2' },
    effect: (text) => ({ tlsDelayMs: secondsParameter('tls_slow', text) }),
  },
];
