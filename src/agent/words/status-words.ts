/**
 * Every reason that a version of the Agent gives for its cloud status, in one table, both ways: what a text means, and
 * which text a version would give. Read in the sources of the releases 1.41.0 (first with a reason) to 2.11.0 and the
 * nightlies after it: `aclk_status_to_string`, the name tables of the HTTPS client and the socket layer, and the claim's
 * failure reasons. Up to 2.2.0 the link has one word for each stage; from 2.2.1 a sentence for each failure.
 */
import type { ReasonGroup, ReasonKind, ReasonStep } from './status-kinds.js';

/** One text and the releases that give it. */
export interface StatusText {
  readonly text: string;
  /** First release that gives it. */
  readonly since: string;
  /** First nightly that gives it, where that is known. */
  readonly nightly?: string;
  /** First release that gives another one instead; null = given to this day. */
  readonly before: string | null;
}

export interface StatusRow {
  readonly kind: ReasonKind;
  readonly group: ReasonGroup;
  readonly step: ReasonStep;
  /** What it means, one sentence. */
  readonly meaning: string;
  /** Newest first. Empty where only a pattern tells. */
  readonly texts: readonly StatusText[];
  /** For texts that carry something variable. */
  readonly pattern?: RegExp;
}

/** First release whose reasons are sentences. */
const SENTENCES = '2.2.1';
/** First release with a reason at all. */
const WORDS = '1.41.0';
/** First release that claims by itself. */
const OWN_CLAIM = '2.0.0';
/** Not in a release yet; the next minor one is taken for it. */
const NEXT_MINOR = '2.12.0';

const text = (words: string, since: string, before: string | null = null): StatusText => ({
  text: words,
  since,
  before,
});
/** A text of the nightlies only, so far. */
const unreleased = (words: string, nightly: string): StatusText => ({ ...text(words, NEXT_MINOR), nightly });
/** Today's sentence; with the one-word form of the old releases where that form meant the same. */
const now = (words: string, old?: string): readonly StatusText[] => [
  text(words, SENTENCES),
  ...(old === undefined ? [] : [text(old, WORDS, SENTENCES)]),
];

type Row = readonly [
  kind: ReasonKind,
  group: ReasonGroup,
  step: ReasonStep,
  meaning: string,
  texts: readonly StatusText[],
  pattern?: RegExp | undefined,
];

const claim = (kind: ReasonKind, group: ReasonGroup, meaning: string, exact: string | null, pattern?: RegExp): Row => [
  kind,
  group,
  'claim',
  meaning,
  exact === null ? [] : [text(exact, OWN_CLAIM)],
  pattern,
];

/** libcurl's error texts behind the claim's own words; both wordings of releases before and since 8.9. */
const curl = (words: string): RegExp => new RegExp(`^(?:Request failed with error: )?(?:${words})`, 'i');

const ROWS: readonly Row[] = [
  claim(
    'not_claimed',
    'frame',
    'The Agent is not claimed, and no claim has failed since it started.',
    'Agent is not claimed yet',
  ),
  claim(
    'claim_token_refused',
    'refused',
    'The cloud did not accept the claim token.',
    'Failed: token is expired, not found, or invalid',
  ),
  claim(
    'claim_already_claimed',
    'refused',
    'The cloud knows this node already and takes no second claim of it.',
    'Failed: agent is already claimed',
  ),
  claim(
    'claim_room_invalid',
    'refused',
    'The cloud did not accept one of the rooms.',
    'Failed: one or more room ids are invalid',
  ),
  claim('claim_node_id_invalid', 'refused', 'The cloud did not accept the node id.', 'Failed: the node id is invalid'),
  claim(
    'claim_node_name_invalid',
    'refused',
    'The cloud did not accept the host name of this node.',
    'Failed: the node name is invalid',
  ),
  claim(
    'claim_key_invalid',
    'refused',
    'The cloud did not accept the public key.',
    'Failed: the public key is invalid',
  ),
  claim(
    'claim_refused_otherwise',
    'refused',
    'The cloud did not accept the claim.',
    null,
    /^Failed with (?:description '|an? (?:empty response, |response )code 422\b|an empty response)/,
  ),
  claim('claim_in_progress', 'cloud', 'The cloud was still working on an earlier claim.', 'Claiming is in progress'),
  claim(
    'claim_cloud_error',
    'cloud',
    'The cloud answered the claim with a server error.',
    null,
    /^Failed: (?:received Internal Server Error|Netdata Cloud is unavailable|Gateway Timeout)$/,
  ),
  claim(
    'claim_unexpected_status',
    'way',
    'Something answered the claim with a status that the service does not give.',
    null,
    /^Failed with (?:a )?response code \d+/,
  ),
  claim(
    'claim_answer_too_long',
    'way',
    'The answer to the claim was longer than the Agent reads.',
    null,
    /^Request failed: response body exceeded/,
  ),
  claim(
    'claim_not_saved',
    'host',
    'The cloud accepted the claim, and the Agent could not write it to disk.',
    'Failed to save claiming info to disk',
  ),
  claim(
    'claim_key_not_made',
    'host',
    'The Agent could not make, read or write its key.',
    null,
    /^(?:Cannot (?:generate RSA key|write (?:private|public) key file)|cannot read public key file)/,
  ),
  claim(
    'claim_not_prepared',
    'host',
    'The Agent could not prepare the request.',
    null,
    /^Cannot (?:initialize request|append Content-Type|configure request)/,
  ),
  claim(
    'claim_proxy_unresolvable',
    'claim',
    "The proxy's name could not be resolved.",
    null,
    curl("could(?:n't| not) resolve proxy"),
  ),
  claim(
    'claim_unresolvable',
    'claim',
    "The cloud's name could not be resolved.",
    null,
    curl("could(?:n't| not) resolve host"),
  ),
  claim(
    'claim_not_connected',
    'claim',
    'No connection could be made.',
    null,
    curl("could(?:n't| not) connect to server"),
  ),
  claim(
    'claim_timeout',
    'claim',
    'The claim took longer than the Agent waits: 5 s for the connection, 10 s in all.',
    null,
    curl('Timeout was reached'),
  ),
  claim(
    'claim_untrusted',
    'claim',
    'The certificate was not accepted.',
    null,
    curl('SSL peer certificate|SSL server certificate|Peer certificate cannot be authenticated'),
  ),
  claim(
    'claim_no_ca_file',
    'host',
    'The file with the trusted certificates could not be used.',
    null,
    curl('Problem with the SSL CA cert'),
  ),
  claim(
    'claim_tls_failed',
    'claim',
    'The TLS handshake failed.',
    null,
    curl("SSL connect error|could(?:n't| not) use specified SSL cipher"),
  ),
  claim(
    'claim_no_answer',
    'claim',
    'The connection was closed without an answer.',
    null,
    curl('Server returned nothing'),
  ),
  claim(
    'claim_connection_lost',
    'claim',
    'The connection broke: by a reset, or by a proxy that refused the tunnel.',
    null,
    curl(
      '(?:Failure when receiving|Failed sending) data|Transferred a partial file|(?:Stream e|E)rror in the HTTP/?2 framing',
    ),
  ),
  claim(
    'claim_proxy_failed',
    'claim',
    'The SOCKS proxy did not open the connection.',
    null,
    curl('proxy handshake error'),
  ),
  claim(
    'claim_answer_unreadable',
    'claim',
    'The answer could not be read.',
    null,
    curl('(?:FTP: )?Weird server reply|A libcurl function was given a bad argument|Unrecognized or bad HTTP'),
  ),
  claim(
    'claim_url_invalid',
    'settings',
    'The cloud URL or the proxy cannot be used as it is written.',
    null,
    curl('URL using bad|Unsupported protocol|A requested feature'),
  ),
  claim('claim_failed_otherwise', 'claim', 'The claim failed.', null, /^Request failed with error: /),

  ['connected', 'frame', 'link', 'The link is up.', [text('connected', WORDS)]],
  ['never_tried', 'frame', null, 'No attempt has left another word since the Agent started.', now('offline', 'none')],
  ['disabled', 'settings', null, 'The link is switched off, or the Agent is shutting down.', [text('disabled', WORDS)]],
  [
    'banned',
    'cloud',
    null,
    'The cloud has told this Agent not to come back.',
    [text('Agent is banned from Netdata Cloud', OWN_CLAIM), text('banned', WORDS)],
  ],
  ['waiting', 'frame', null, 'The wait before the next attempt was broken off.', now('agent is blocked', 'blocked')],
  [
    'no_cloud_url',
    'settings',
    null,
    'There is no cloud URL.',
    now('configuration error, no cloud url', 'no_cloud_url'),
  ],
  [
    'cloud_url_invalid',
    'settings',
    null,
    'The cloud URL cannot be read.',
    now('configuration error, invalid cloud url', 'invalid_cloud_url'),
  ],

  ['refused', 'way', 'https', 'No address of the name accepted the connection.', now('connection refused')],
  ['unresolvable', 'way', 'https', 'The name could not be resolved.', now('cannot resolve hostname')],
  ['timeout', 'way', 'https', 'An address did not answer in time.', now('timeout')],
  ['no_socket', 'host', 'https', 'No socket could be made.', now('cannot create socket')],
  [
    'no_destination',
    'settings',
    'https',
    'There is no host name to connect to.',
    [text('no host in definition', SENTENCES), text('no destination available', SENTENCES)],
  ],
  [
    'poll_failed',
    'host',
    'https',
    'Waiting for the connection failed.',
    [text('socket poll() error', SENTENCES), text('https client poll() error', SENTENCES)],
  ],
  ['stopped', 'frame', null, 'The Agent was shutting down.', now('thread cancelled')],
  [
    'untrusted',
    'way',
    'https',
    'The certificate was not accepted.',
    [
      unreleased('TLS certificate verification failed', '2.11.0-22-nightly'),
      text('invalid SSL certification', SENTENCES),
    ],
  ],
  [
    'tls_failed',
    'way',
    'https',
    'The TLS handshake failed.',
    [
      text('cannot start SSL connection', SENTENCES),
      text('cannot establish SSL connection', SENTENCES),
      text('SSL_connect() failed', SENTENCES),
    ],
  ],
  [
    'tls_not_prepared',
    'host',
    'https',
    'The Agent could not prepare TLS.',
    [
      text('cannot create SSL ctx', SENTENCES),
      text('cannot set SSL verify paths', SENTENCES),
      text('cannot create SSL', SENTENCES),
      text('cannot set TLS SNI', SENTENCES),
      unreleased('cannot set TLS hostname/IP verification', '2.11.0-22-nightly'),
      text('failed to open SSL', SENTENCES),
      text('cannot set socket to non-blocking mode', SENTENCES),
    ],
  ],
  ['out_of_memory', 'host', 'https', 'There was not enough memory.', now('not enough memory')],
  [
    'proxy_refused',
    'way',
    'https',
    'The proxy did not open the tunnel.',
    [text('proxy negotiation failed', '2.10.0'), text('proxy did not return http/200', SENTENCES, '2.10.0')],
  ],
  [
    'write_failed',
    'way',
    'https',
    'The request could not be sent: up to 2.11.0 also the word for a certificate that is not accepted.',
    [
      text('https client failed to write http header', SENTENCES),
      text('https client failed to write http payload', SENTENCES),
    ],
  ],
  [
    'read_failed',
    'way',
    'https',
    'The connection ended before the answer was complete.',
    now('https client read error'),
  ],
  ['no_answer', 'way', 'https', 'No complete answer came within 30 s.', now('https client timeout')],
  [
    'answer_unreadable',
    'way',
    'https',
    'The answer is none that the Agent can read.',
    now('https client parsing of response failed'),
  ],
  [
    'request_unknown',
    'host',
    'https',
    'The Agent made a request of an unknown kind: a fault of its own.',
    now('unknown https client request type'),
  ],

  [
    'env_unreachable',
    'way',
    'env',
    'The first step of the link could not be reached, or its answer not be read.',
    [text('env_endpoint_unreachable', WORDS, SENTENCES)],
  ],
  [
    'env_not_200',
    'way',
    'env',
    'The first step of the link was answered with another status than 200.',
    now('/env response code is not 200', 'env_response_not_200'),
  ],
  [
    'env_empty',
    'way',
    'env',
    'The first step of the link was answered without a body.',
    now('/env response is empty', 'env_response_empty'),
  ],
  [
    'env_not_json',
    'way',
    'env',
    'The first step of the link was answered with something else than the service sends.',
    now('/env response is not JSON', 'env_response_not_json'),
  ],
  ['env_failed', 'way', 'env', 'The first step of the link failed.', [text('env_failed', WORDS, SENTENCES)]],
  [
    'link_not_claimed',
    'settings',
    'env',
    'The Agent has no claimed id.',
    [
      text('agent is not claimed (during /env)', SENTENCES),
      text('agent is not claimed (during otp)', SENTENCES),
      text('not_claimed', WORDS, SENTENCES),
    ],
  ],
  [
    'old_protocol',
    'cloud',
    'env',
    'The cloud asked for a protocol that this Agent does not speak.',
    now("can't connect, old protocol not supported", 'no_old_protocol'),
  ],
  [
    'no_capability',
    'cloud',
    'env',
    'The cloud did not offer what this Agent needs.',
    now("can't connect, protocol capability not supported", 'no_protocol_capability'),
  ],
  [
    'auth_url_invalid',
    'cloud',
    'auth',
    'The cloud named a place to sign in that cannot be read.',
    now("can't connect, invalid /env auth url", 'invalid_env_auth_url'),
  ],
  [
    'no_transport',
    'cloud',
    'env',
    'The cloud named no transport that this Agent can use.',
    now("can't connect, invalid /env transport idx", 'invalid_env_transport_idx'),
  ],
  [
    'transport_url_invalid',
    'cloud',
    'link',
    'The cloud named a transport that cannot be read.',
    now("can't connect, invalid /env transport URL", 'invalid_env_transport_url'),
  ],
  [
    'key_mismatch',
    'key',
    'auth',
    "The cloud's challenge could not be decrypted: the private key is not the one that was claimed.",
    now('otp challenge decryption failed'),
  ],
  [
    'challenge_not_200',
    'way',
    'auth',
    'The challenge was answered with another status than 200.',
    now('otp challenge response is not http/200'),
  ],
  [
    'challenge_invalid',
    'way',
    'auth',
    'The challenge is none that the Agent can read.',
    now('otp challenge response is invalid'),
  ],
  [
    'password_not_201',
    'cloud',
    'auth',
    'The cloud did not accept the answer to its challenge.',
    now('otp password response is not http/201'),
  ],
  ['password_empty', 'way', 'auth', 'The sign-in was answered without a body.', now('otp password response is empty')],
  [
    'password_not_json',
    'way',
    'auth',
    'The sign-in was answered with something else than the service sends.',
    now('otp password response is not JSON'),
  ],
  [
    'login_failed',
    'way',
    'auth',
    'The sign-in failed: its place could not be reached, or the private key is not the claimed one.',
    [text('invalid_otp', WORDS, SENTENCES)],
  ],
  [
    'no_topic',
    'cloud',
    'auth',
    'The cloud named no topic for the last will.',
    now("can't connect, no LWT topic", 'no_lwt_topic'),
  ],

  [
    'cut_remote_request',
    'cloud',
    'link',
    'The cloud asked the Agent to disconnect.',
    now('disconnected, due to remote request'),
  ],
  ['cut_ping_timeout', 'cut', 'link', 'A keep-alive was not answered for 60 s.', now('disconnected, ping timed out')],
  ['cut_reload', 'frame', 'link', 'The link was closed to read the claim anew.', now('disconnected, to reload config')],
  ['cut_poll', 'cut', 'link', 'Waiting for data on the link failed.', now('disconnected, poll() failed')],
  [
    'cut_no_progress',
    'cut',
    'link',
    'The link was ready and nothing moved for 120 s.',
    [unreleased('disconnected, no I/O progress on a ready socket', '2.11.0-48-nightly')],
  ],
  [
    'cut_no_connack',
    'way',
    'link',
    'The link was not accepted within 120 s.',
    [unreleased('disconnected, timed out waiting for CONNACK', '2.11.0-48-nightly')],
  ],
  [
    'cut_closed',
    'cut',
    'link',
    'The other end, or something on the way, closed the link.',
    now('disconnected, closed by remote end'),
  ],
  ['cut_socket', 'cut', 'link', 'The connection of the link broke.', now('disconnected, socket error')],
  [
    'cut_mqtt',
    'cut',
    'link',
    'What came over the link was not MQTT as the Agent reads it.',
    now('disconnected, MQTT protocol error'),
  ],
  [
    'cut_websocket',
    'cut',
    'link',
    'What came over the link was not WebSocket as the Agent reads it.',
    now('disconnected, WebSockets protocol error'),
  ],
  ['cut_too_big', 'cut', 'link', 'A message was larger than the Agent takes.', now('disconnected, message too big')],
  [
    'unknown_error',
    'frame',
    null,
    'The Agent itself does not know.',
    [
      text('unknown error', SENTENCES),
      text('unknown status', SENTENCES),
      text('unknown', WORDS, SENTENCES),
      text('no socket error', SENTENCES),
      text('ok', SENTENCES),
    ],
  ],
];

/** In the order in which a text is looked for. */
export const STATUS_WORDS: readonly StatusRow[] = ROWS.map(([kind, group, step, meaning, texts, pattern]) => ({
  kind,
  group,
  step,
  meaning,
  texts,
  ...(pattern === undefined ? {} : { pattern }),
}));
