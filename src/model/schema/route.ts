/** Schema of targets, routes and legs. */
import type { Leg } from '../route.js';
import type { Purpose } from '../target.js';
import { fixed, flag, list, nullable, object, oneOf, port, refTo, sentence, text, words, optional } from './build.js';

export const leg = words<Leg>("A leg of the Agent's way to the cloud.", {
  claim: 'the PUT that claims the node, by libcurl',
  env: 'GET /api/v1/env, which names the other hosts',
  auth: 'challenge and password',
  link: 'the WebSocket to /mqtt and MQTT 5 over it',
});

export const proxy = object('The proxy, without its credentials.', {
  host: text('Name or address, without brackets.'),
  port: port('TCP port.'),
  credentials: words('Whether a user name goes with it; the values are never in a report.', {
    none: 'no credentials',
    present: 'a user name, and maybe a password, is sent',
  }),
});

const resolveAt = words('Who resolves the name of the destination.', {
  local: 'this host',
  proxy: 'the proxy',
});

export const route = oneOf(
  'How a leg leaves this host.',
  object('Without a proxy.', { kind: fixed('direct', 'No proxy.') }),
  object('Through an HTTP proxy.', { kind: fixed('http_connect', 'HTTP CONNECT.'), proxy }),
  object('Through an HTTP proxy that itself is reached over TLS.', {
    kind: fixed('https_connect', 'TLS to the proxy, then CONNECT; libcurl only.'),
    proxy,
  }),
  object('Through a SOCKS4 proxy.', {
    kind: fixed('socks4', 'SOCKS4; libcurl only.'),
    proxy,
    resolveAt,
  }),
  object('Through a SOCKS5 proxy.', { kind: fixed('socks5', 'SOCKS5.'), proxy, resolveAt }),
);

export const routeEntry = object('One route of this run.', {
  id: text('Stable within the report: `direct`, `http_connect:proxy.example:3128`.'),
  route,
  usedBy: list(
    "Legs that take this route by the Agent's own rules; empty for alternatives and controls.",
    refTo('leg', leg),
  ),
  origin: sentence('Why this route was looked at, in words.'),
});

export const target = object('One destination that a leg, or an optional purpose, needs.', {
  id: text('Stable within the report: `claim:app.netdata.cloud:443`.'),
  host: text('Name or address literal, without brackets, lower case.'),
  port: port('TCP port.'),
  purpose: words<Purpose>('What the destination is needed for.', {
    claim: 'claiming the node',
    link: 'the lasting link',
    install: 'installing the Agent',
    update: 'updating it',
    images: 'pulling its container image',
    telemetry: 'its anonymous statistics',
  }),
  leg: nullable(refTo('leg', leg), 'an optional destination that belongs to no leg'),
  required: flag('Whether claiming or the link needs it.'),
  source: sentence('Where this destination comes from: `catalog`, a file and line, an option, `/env`.'),
  path: sentence('Path of the HTTP request made there.'),
  plain: optional(fixed(true, 'Set where nothing encrypts the way.')),
});
