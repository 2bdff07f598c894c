/** Which proxy the link takes and how it asks it for a tunnel. */
import { begins, ends, rule, since } from './rule.js';

const PROXY = 'aclk/aclk_proxy.c';
const SET_PROXY = 'aclk/aclk_util.c:aclk_set_proxy';
const HTTPS = 'aclk/https_client.c';
const WSS = 'mqtt_wss_client.c:http_proxy_connect';
const ONE_ROUTINE = since('2.10.0', '2.9.0-141');

export const PROXIES = {
  complainsOfEmptyProxy: ends(
    'an empty proxy value is logged as one of unknown format; it means direct in all versions',
    PROXY,
    since('2.0.0', '1.47.0-2'),
  ),
  linkReadsHttpsProxy: begins(
    'the link reads https_proxy when http_proxy is empty',
    `${PROXY}:check_http_environment`,
    since('2.3.0', '2.2.0-274'),
  ),
  looksAtSocksProxy: ends('the variable socks_proxy is looked at, and of no use', PROXY, since('2.6.2', '2.6.0-62')),
  linkUsesSocks: begins(
    'the link goes through SOCKS5 proxies (before, a variable with one means direct, and a file with one ends the link until the next start)',
    'aclk/aclk.c:aclk_main',
    ONE_ROUTINE,
  ),
  linkSendsLogin: begins(
    'the link logs in to its proxy (before, a login becomes part of the host: `@proxy` never resolves)',
    SET_PROXY,
    since('1.38.0', '1.37.0-65'),
  ),
  cutsProxyAtSlash: ends(
    'the host of the proxy ends at the first slash (since then, the slash stays in the name)',
    SET_PROXY,
    since('1.38.0', '1.37.0-65'),
  ),
  linkDecodesProxyCredentials: begins(
    'the link percent-decodes proxy credentials, and takes `+` for a space',
    'aclk/aclk_util.c:aclk_parse_userpass_pair',
    since('2.2.2', '2.2.0-39'),
  ),
  emptyUserSendsLogin: ends('a login with an empty user name is sent', 'aclk/aclk_util.c', ONE_ROUTINE),
  connectHostOnHttps: begins(
    'CONNECT of the HTTPS steps has a Host line',
    `${HTTPS}:https_request`,
    since('1.45.5', '1.45.0-407'),
  ),
  connectHostOnLink: begins('CONNECT of the MQTT step has a Host line', WSS, since('1.45.6', '1.45.0-464')),
  connectUserAgent: ends(
    'CONNECT of the HTTPS steps has a User-Agent; that of the MQTT step never has',
    `${HTTPS}; aclk/aclk_util.c:aclk_http_proxy_negotiate`,
    ONE_ROUTINE,
  ),
  acceptsHttp10: begins(
    'a reply to CONNECT may be HTTP/1.0',
    'aclk/https_client.c; mqtt_wss_client.c:http_parse_reply',
    since('1.46.2', '1.46.0-50'),
  ),
  connectReader: rule<'strict' | 'lenient'>(
    'reader of a reply to CONNECT: strict = the parser of HTTPS answers (HTTPS steps) and a buffer of 4096 bytes (MQTT step); lenient = one reader for all, 4095 bytes, byte by byte',
    'aclk/aclk_util.c:aclk_http_proxy_negotiate',
    'strict',
    [ONE_ROUTINE, 'lenient'],
  ),
  connectSecondsOnLink: rule<1 | 10>(
    'seconds that the MQTT step waits for the reply to CONNECT: 1 = of silence, 10 = in all (the HTTPS steps wait 30 s in all versions)',
    WSS,
    1,
    [ONE_ROUTINE, 10],
  ),
  hangsOnClosingProxy: ends(
    'a proxy that closes without a full reply on the MQTT step sends the link into an endless loop until the Agent is restarted',
    WSS,
    ONE_ROUTINE,
  ),
} as const;
