/** Names, addresses, TCP and TLS of the link. */
import { begins, rule, since } from './rule.js';

const CONNECT = 'socket/connect-to.c:connect_to_this_ip46';
const HTTPS = 'aclk/https_client.c:https_request';
const TEN_SECONDS = since('1.47.2', '1.99.0-169');

export const NETWORK = {
  mqttLookup: rule<'gethostbyname' | 'getaddrinfo'>(
    'look-up of the MQTT step: gethostbyname = the first IPv4 address and no other',
    'mqtt_wss_client.c:mqtt_wss_connect',
    'gethostbyname',
    [since('1.47.0', '1.46.0-220'), 'getaddrinfo'],
  ),
  silentSecondsOnHttps: rule<30 | 60 | 20>(
    'seconds that a silent address costs the HTTPS steps',
    `socket.c:connect_to_this_ip46; ${HTTPS}`,
    30,
    [since('1.41.0'), 60],
    [TEN_SECONDS, 20],
  ),
  silentSecondsOnLink: rule<130 | 20>(
    'seconds that a silent address costs the MQTT step: 130 = as long as the system takes',
    'mqtt_wss_client.c:mqtt_wss_connect',
    130,
    [TEN_SECONDS, 20],
  ),
  remembersIpv6Timeout: begins(
    'once an IPv6 address was silent, IPv6 is left out until the link is up',
    CONNECT,
    TEN_SECONDS,
  ),
  timeoutEndsLoop: begins(
    'a silent address, or a socket that cannot be made, ends the attempt (before, the next address is tried)',
    CONNECT,
    since('2.1.0', '2.0.0-159'),
  ),
  httpsSni: rule<'none' | 'peer' | 'host'>(
    'server name that the HTTPS steps send: none, that of the peer (of the proxy where there is one), that of the host',
    HTTPS,
    'none',
    [since('1.42.0', '1.41.0-303'), 'peer'],
    [since('1.47.0', '1.46.0-220'), 'host'],
  ),
  linkHonoursInsecure: begins(
    'the link honours `insecure`: a bare self-signed certificate passes',
    'aclk/https_client.c:cert_verify_callback',
    since('2.3.0', '2.2.0-282'),
  ),
  linkChecksName: begins(
    'the MQTT step checks the name in the certificate',
    'mqtt_wss_client.c:mqtt_wss_connect',
    since('2.10.4', '2.10.0-151'),
  ),
  httpsLegsCheckName: begins(
    'the HTTPS steps check the name in the certificate, and failed checks have a status of their own',
    HTTPS,
    since('2.12.0', '2.11.0-22'),
  ),
  verifyLine: rule<'Cert Chain verify error' | 'certificate verify error'>(
    'log line of a failed certificate check',
    'security.c:netdata_ssl_log_verify_error',
    'Cert Chain verify error',
    [since('2.9.0', '2.8.0-169'), 'certificate verify error'],
  ),
} as const;
