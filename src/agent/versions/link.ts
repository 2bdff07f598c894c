/** WebSocket, MQTT and back-off. */
import { begins, ends, rule, since } from './rule.js';

const WSS = 'mqtt_wss_client.c';

export const LINK = {
  websocketOrigin: rule<'http://example.com' | ''>(
    'Origin line of the WebSocket upgrade',
    'ws_client.c',
    'http://example.com',
    [since('2.0.0', '1.99.0-209'), ''],
  ),
  websocketKeepsHeaders: begins(
    'headers of the upgrade are kept: names of at most 256 bytes, at most 129 of them (before, no limits)',
    'ws_client.c:ws_client_parse_handshake_resp',
    since('1.33.0'),
  ),
  messageMax: rule<'128 KiB' | '16 MiB'>(
    'longest message that the link takes: longer ones stall it, or since 2.11.0 end it in order',
    'ws_client.c',
    '128 KiB',
    [since('2.11.0'), '16 MiB'],
  ),
  mqttVersion: rule<'3.1.1' | '5 if set' | '5 unless unset' | '5'>(
    'MQTT version',
    `aclk/aclk.c; ${WSS}`,
    '3.1.1',
    [since('1.35.0'), '5 if set'],
    [since('1.36.0'), '5 unless unset'],
    [since('1.37.0', '1.36.0-285'), '5'],
  ),
  refusesShortConnack: begins(
    'a CONNACK without properties, as MQTT 3 has it, is an error (before, the link waits for the rest of it)',
    'mqtt_ng.c:parse_connack_varhdr',
    since('2.11.0'),
  ),
  sendsTopicAliasMaximum: begins(
    'CONNECT carries a Topic Alias Maximum',
    'mqtt_ng.c:mqtt_ng_generate_connect',
    since('1.38.0'),
  ),
  obeysMaximumPacketSize: begins('the Maximum Packet Size of the broker is obeyed', 'mqtt_ng.c', since('1.40.0')),
  awaitsPingResponse: begins(
    'a ping that nobody answers within 60 s ends the link (before, a dead path shows when TCP gives up, after some 15 min)',
    `${WSS}:mqtt_wss_service`,
    since('2.0.0', '1.99.0-228'),
  ),
  dropsUnacknowledged: begins('unacknowledged messages are dropped after 60 s', 'mqtt_ng.c', since('2.6.1')),
  hasWatchdog: begins(
    'a socket that is ready and makes no progress for 120 s ends the link',
    WSS,
    since('2.10.4', '2.10.0-550'),
  ),
  connackBudget: begins(
    'from TLS to CONNACK the link waits 120 s at most (before, for ever), and failures there have a status of their own',
    `${WSS}:mqtt_wss_connect`,
    since('2.12.0', '2.11.0-48'),
  ),
  logsBackOff: ends('the wait before the next attempt is logged', 'aclk/aclk.c', since('1.44.0')),
} as const;
