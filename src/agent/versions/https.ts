/** How the link reads HTTPS answers, and what it needs from /env and the login. */
import { begins, ends, rule, since } from './rule.js';

const CLIENT = 'aclk/https_client.c';
const CHUNKS = since('1.42.0', '1.41.0-303');

export const HTTPS = {
  headerFieldMax: rule<255 | 1023>('longest header name and value, bytes', `${CLIENT}:parse_http_hdr`, 255, [
    CHUNKS,
    1023,
  ]),
  readsChunked: begins(
    'chunked answers are read (before, they count as having no body)',
    `${CLIENT}:process_chunked_content`,
    CHUNKS,
  ),
  losesAnswerOnClose: begins(
    'an answer whose connection ends in the same breath is lost (before, it is read first)',
    `${CLIENT}:read_parse_response`,
    CHUNKS,
  ),
  repeatedLength: rule<'last' | 'error' | 'first'>(
    'Content-Length twice: the last one counts, an error, the first one counts',
    `${CLIENT}:process_http_hdr`,
    'last',
    [CHUNKS, 'error'],
    [since('1.44.0'), 'first'],
  ),
  headerWithoutSeparatorIsSafe: begins(
    'a header without `: ` is refused in order (before, the Agent could crash)',
    `${CLIENT}:parse_http_hdr`,
    since('2.11.0', '2.10.0-659'),
  ),
  putsLineEndsTogether: begins(
    'a line end that arrives in two parts is put together (before, it ended the answer)',
    'ringbuffer:rbuf_memcmp',
    since('2.11.0', '2.10.0-688'),
  ),
  limitsEveryTurn: begins(
    'the 30 s of an answer are checked at every turn (before, only while nothing comes: a peer that hangs up in between keeps the link busy for ever)',
    `${CLIENT}:ssl_write_all`,
    since('2.10.4'),
  ),
  readsErrorOfEnv: begins(
    'the error document of /env is read (ban and delay)',
    'aclk/aclk_otp.c:aclk_get_env',
    since('1.35.0'),
  ),
  challengeLength: rule<'any' | '344'>(
    'length of the challenge, base64 characters',
    'aclk/aclk_otp.c:aclk_get_otp_challenge',
    'any',
    [since('1.35.0'), '344'],
  ),
  transportType: rule<'MQTTv3' | 'MQTTv5'>(
    'type of the transport that /env must name',
    'aclk/aclk.c:aclk_get_transport_idx',
    'MQTTv3',
    [since('1.37.0', '1.36.0-285'), 'MQTTv5'],
  ),
  transportChoice: rule<'first_of_type' | 'entry_0'>(
    'transport of /env that is used: the first of that type, or blindly the first one of the list',
    'aclk/aclk.c:aclk_attempt_to_connect',
    'first_of_type',
    [since('2.2.1', '2.2.0-1'), 'entry_0'],
    [since('2.6.0', '2.5.0-377'), 'first_of_type'],
  ),
  topics: rule<'alarms' | 'contexts' | 'alerts_v2'>(
    'topics that the cloud must offer at the login: with alarm-log, with contexts as well, with alarm-log-v2 instead',
    'aclk/aclk_util.c:compulsory_topics',
    'alarms',
    [since('1.36.0'), 'contexts'],
    [since('1.39.0', '1.38.0-413'), 'alerts_v2'],
  ),
  sendsVersionAtLogin: begins('the login names the version of the Agent', 'aclk/aclk_otp.c', since('2.3.0')),
  mayCrashWithoutChallenge: begins(
    'a challenge with status 200 and no body can end the daemon',
    'aclk/aclk_otp.c:aclk_get_otp_challenge',
    since('1.35.0'),
  ),
  keepsOldWriteError: ends(
    'a proxy that closes at once with its refusal reads "write error" (later "read error", from 2.10.0 its status)',
    `${CLIENT}:read_parse_response`,
    since('2.2.1'),
  ),
} as const;
