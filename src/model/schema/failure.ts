/** Schema of failures. */
import type { FailureKind, Operation } from '../failure.js';
import { FAILURE_WORDS } from '../words.js';
import { nullable, object, sentence, words } from './build.js';

const operation = words<Operation>('The step.', {
  resolve: "name resolution by the system, in getaddrinfo's order",
  dns_query: 'one question to one resolver on the wire',
  connect: 'a TCP connection',
  proxy_connect: 'asking a proxy for a tunnel',
  tls_handshake: 'a TLS handshake',
  http_round_trip: 'an HTTP request and its answer',
  websocket_upgrade: 'an upgrade to WebSocket',
  mqtt_connect: 'an MQTT 5 CONNECT with throw-away credentials',
  full_size_write: 'a write of several full-size segments',
  hold: 'an upgraded link held open',
  read_config: 'a configuration file read as the Agent reads it',
  read_environment: 'environment variables read',
  read_host_network: "this host's resolvers, hosts file and default routes read",
  read_trust_store: 'a trust store read',
  read_local_firewall: "this host's own firewall rules read",
  read_agent_status: 'the running Agent asked for its status',
  read_agent_log: "the end of the Agent's own log read",
});

const failureKind = words<FailureKind>(
  "What went wrong; spelled as OONI's failures where OONI has one.",
  FAILURE_WORDS,
);

export const failure = object('What went wrong in one step.', {
  kind: failureKind,
  operation,
  rawCode: nullable(
    sentence("The platform's or protocol's own code: `ECONNREFUSED`, `SERVFAIL`, `407`."),
    'there is none',
  ),
  detail: sentence(
    'Text from elsewhere, at most 500 characters, credentials removed. Show it escaped, never match on it.',
  ),
});
