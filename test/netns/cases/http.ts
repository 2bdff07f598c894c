/** What comes back over a good TLS connection: portals, block pages, and answers that only the Agent stumbles over. */
import type { FindingId } from '../../../src/model/finding-id.js';
import * as at from '../harness/addresses.js';
import {
  ACLK,
  ENV,
  fails,
  IN_15S,
  LINK,
  nothingCertain,
  waits,
  works,
  type Expectation,
  type LabCase,
} from '../harness/case.js';
import {
  answer,
  CONNACK_BAD_LOGIN,
  ENV_BODY,
  errorBody,
  UPGRADE_ACCEPTED,
  type Behaviour,
  type Reply,
} from '../harness/peer-plan.js';

const everywhere = (reply: Reply): Partial<Behaviour> => ({
  env: reply,
  auth: reply,
  claim: reply,
  other: reply,
  upgrade: reply,
});
const html = ['Content-Type: text/html; charset=utf-8'];
const envOnly = (env: Reply) => [{ host: at.APP, behaviour: { env } }];
const upgrade = (reply: Reply) => [{ host: at.MQTT, behaviour: { upgrade: reply } }];
const raw = (head: string, body = ENV_BODY): Reply => ({ raw: `${head}\r\n\r\n${body}` });
/** Two chunks. */
const chunked = (extension: string, trailers = ''): string => {
  const parts = [ENV_BODY.slice(0, 100), ENV_BODY.slice(100)];
  const chunks = parts.map((part) => `${part.length.toString(16)}${extension}\r\n${part}\r\n`);
  return `${chunks.join('')}0\r\n${trailers}\r\n`;
};
const length = `Content-Length: ${Buffer.byteLength(ENV_BODY)}`;

const LOGIN =
  '<html><head><title>Guest network login</title></head><body><form action="/login">Accept terms</form></body></html>';
const DENIED = '<html><head><title>Request rejected</title></head><body>Your request looks automated.</body></html>';
const BLOCK =
  '<html><head><title>FortiGuard Intrusion Prevention - Access Blocked</title></head><body><h1>FortiGuard</h1><p>Web Page Blocked! ' +
  'You have tried to access a web page that is in violation of your Internet usage policy.</p></body></html>';
const OUTAGE = errorBody('ENV-503', 'ErrServiceUnavailable', 'temporarily unavailable');

const elsewhere = ENV_BODY.replace('mqtt.netdata', 'mqtt-2.netdata').replace('api.netdata', 'api-2.netdata');

const parserStops = (cause: FindingId = 'http.agent_cannot_parse'): Expectation => fails(cause, ENV);
const accept = UPGRADE_ACCEPTED.raw;

const BUSY = '<html><head><title>nginx</title></head><body><center>nginx</center></body></html>';

export const httpCases: readonly LabCase[] = [
  {
    id: 'http-portal-redirect',
    title: 'Every request is redirected to a login page',
    peer: [
      {
        behaviour: everywhere(
          answer('302 Found', '', ['Location: https://portal.corp.example/login?u=x', 'Content-Type: text/html']),
        ),
      },
    ],
    expect: fails('http.captive_portal'),
  },
  {
    id: 'http-filter-redirect',
    title: 'Every request is redirected to the sign-in of a cloud proxy',
    peer: [
      {
        behaviour: everywhere(
          answer('302 Found', '', [
            'Location: https://gateway.zscalertwo.net/auD?origurl=x',
            'Content-Type: text/html',
          ]),
        ),
      },
    ],
    expect: fails('http.blocked_page'),
  },
  {
    id: 'http-filter-redirect-unknown',
    title: 'Every request is redirected to a block page of an unknown make',
    peer: [{ behaviour: everywhere(answer('302 Found', '', ['Location: http://filter.corp.example/blocked?cat=12'])) }],
    expect: fails('http.blocked_page'),
  },
  {
    id: 'http-429-page',
    title: 'The cloud’s front answers 429 with a page, under a publicly valid certificate',
    publicRoot: 'cloud',
    peer: [{ behaviour: everywhere(answer('429 Too Many Requests', BUSY, html)) }],
    expect: fails('cloud.rate_limited'),
  },
  {
    id: 'http-403-front',
    title: 'The cloud’s front answers 403 with a page, under a publicly valid certificate',
    publicRoot: 'cloud',
    peer: [{ behaviour: everywhere(answer('403 Forbidden', BUSY, html)) }],
    expect: fails('cloud.error'),
  },
  {
    id: 'http-portal-page',
    title: 'Every request is answered 200 with a login page',
    peer: [{ behaviour: everywhere(answer('200 OK', LOGIN, html)) }],
    expect: fails('http.captive_portal', undefined, { orCause: ['http.blocked_page'] }),
  },
  {
    id: 'http-403-page',
    title: 'Every request is answered 403 with a filter’s page',
    peer: [{ behaviour: everywhere(answer('403 Forbidden', BLOCK, html)) }],
    expect: fails('http.blocked_page'),
  },
  {
    id: 'http-200-page',
    title: 'Every request is answered 200 with a filter’s page',
    peer: [{ behaviour: everywhere(answer('200 OK', BLOCK, html)) }],
    expect: fails('http.blocked_page'),
  },
  {
    id: 'http-403-page-mqtt',
    title: 'A filter’s page on mqtt only',
    peer: [{ host: at.MQTT, behaviour: everywhere(answer('403 Forbidden', BLOCK, html)) }],
    expect: fails('http.blocked_page', LINK, { orCause: ['ws.rejected'] }),
  },
  {
    id: 'http-503',
    title: 'The service itself says 503',
    peer: [{ behaviour: everywhere(answer('503 Service Unavailable', OUTAGE)) }],
    // libcurl's answer is one of those that the claim repeats: it may pass meanwhile.
    expect: {
      ...fails('cloud.error'),
      claim: ['will_fail', 'at_risk'],
      legs: { ...fails('cloud.error').legs, claim: ['will_fail', 'at_risk'] },
    },
  },
  {
    id: 'http-503-env',
    title: 'The service says 503 for /env only',
    peer: envOnly(answer('503 Service Unavailable', OUTAGE)),
    expect: {
      ...fails('cloud.error', ENV),
      claim: ['will_work', 'at_risk'],
      legs: { ...fails('cloud.error', ENV).legs, claim: ['will_work', 'at_risk'] },
    },
  },
  {
    id: 'http-env-html',
    title: 'A genuine certificate, but /env is a web page',
    peer: envOnly(answer('200 OK', '<html><title>Welcome to nginx!</title></html>', html)),
    expect: fails('http.unexpected_answer', ENV, { orCause: ['http.blocked_page', 'http.captive_portal'] }),
  },
  {
    id: 'http-1.0',
    title: '/env comes as HTTP/1.0',
    peer: envOnly(raw(`HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n${length}`)),
    expect: parserStops(),
  },
  {
    id: 'http-long-header',
    title: '/env carries a header value of 1100 bytes',
    peer: envOnly(
      answer('200 OK', ENV_BODY, ['Content-Type: application/json', `Content-Security-Policy: ${'a'.repeat(1100)}`]),
    ),
    expect: parserStops(),
  },
  {
    id: 'http-header-1023',
    title: '/env carries a header value of 1023 bytes, which still fits',
    peer: envOnly(answer('200 OK', ENV_BODY, [`X-Policy: ${'a'.repeat(1023)}`])),
    unusual: true,
    expect: works(),
  },
  {
    id: 'http-no-space',
    title: '/env carries a header without a space after the colon',
    peer: envOnly(answer('200 OK', ENV_BODY, ['Content-Type: application/json', 'X-Cache:MISS'])),
    expect: parserStops(),
  },
  {
    id: 'http-empty-header',
    title: '/env carries a header with nothing after the colon',
    peer: envOnly(answer('200 OK', ENV_BODY, ['X-Trace:'])),
    expect: parserStops(),
  },
  {
    id: 'http-empty-header-with-space',
    title: '/env carries a header with only a space after the colon: v2.10.3 was seen online',
    peer: envOnly(answer('200 OK', ENV_BODY, ['X-Trace: '])),
    unusual: true,
    expect: works(),
  },
  {
    id: 'http-close-delimited',
    title: '/env has no length and ends with the connection',
    peer: envOnly({
      ...raw('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close'),
      afterwards: 'close',
    }),
    expect: fails('http.agent_cannot_parse', ENV, { orCause: ['http.closed_with_answer'] }),
  },
  {
    id: 'http-closed-at-once',
    title: '/env is answered and closed in the same breath: a race in the Agent',
    peer: envOnly({ ...answer('200 OK', ENV_BODY, ['Connection: close']), afterwards: 'close' }),
    expect: {
      claim: 'will_work',
      link: ['at_risk', 'will_fail'],
      legs: { claim: 'will_work', env: ['at_risk', 'will_fail'], auth: null, link: null },
      cause: 'http.closed_with_answer',
      exit: [0, 1],
    },
  },
  {
    id: 'http-closed-later',
    title: '/env is closed 300 ms after the answer',
    peer: envOnly({ ...answer('200 OK', ENV_BODY, ['Connection: close']), afterwards: { closeAfterMs: 300 } }),
    unusual: true,
    expect: works(),
  },
  {
    id: 'http-chunked',
    title: '/env comes chunked',
    peer: envOnly(
      raw(
        `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked`,
        `${Buffer.byteLength(ENV_BODY).toString(16)}\r\n${ENV_BODY}\r\n0\r\n\r\n`,
      ),
    ),
    unusual: true,
    expect: works(),
  },
  {
    id: 'http-interim',
    title: '103 Early Hints come before /env’s answer',
    peer: envOnly({ raw: `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${answer('200 OK', ENV_BODY).raw}` }),
    expect: parserStops(),
  },
  {
    id: 'http-line-feeds',
    title: '/env’s lines end with LF only',
    peer: envOnly({ raw: `HTTP/1.1 200 OK\n${length}\n\n${ENV_BODY}` }),
    expect: parserStops(),
  },
  {
    id: 'http-env-large',
    title: '/env is longer than the Agent’s 16 KiB buffer',
    peer: envOnly(answer('200 OK', `${ENV_BODY.slice(0, -1)},"note":"${'x'.repeat(20_000)}"}`)),
    expect: parserStops(),
  },
  {
    id: 'http-no-reason',
    title: '/env’s status line ends after the code, without the space',
    peer: envOnly({ raw: answer('200 OK', ENV_BODY).raw.replace('200 OK', '200') }),
    expect: parserStops(),
  },
  {
    id: 'http-chunked-upper',
    title: '/env is "Chunked" with a capital letter: the Agent sees no body',
    peer: envOnly(
      raw(
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked',
        `${Buffer.byteLength(ENV_BODY).toString(16)}\r\n${ENV_BODY}\r\n0\r\n\r\n`,
      ),
    ),
    expect: parserStops(),
  },
  {
    id: 'http-folded',
    title: '/env carries a folded header',
    peer: envOnly(answer('200 OK', ENV_BODY, ['X-Policy: first', ' second'])),
    expect: parserStops(),
  },
  {
    id: 'http-env-backoff',
    title: '/env’s backoff is out of the range that the Agent accepts',
    peer: envOnly(answer('200 OK', ENV_BODY.replace('"base":2', '"base":60'))),
    expect: fails('http.unexpected_answer', ENV, { orCause: ['http.agent_cannot_parse', 'cloud.error'] }),
  },
  {
    id: 'http-env-no-proto',
    title: '/env offers JSON encoding, which this Agent does not speak',
    peer: envOnly(answer('200 OK', ENV_BODY.replace('"encoding":"proto"', '"encoding":"json"'))),
    expect: fails('http.unexpected_answer', ENV, { orCause: ['http.agent_cannot_parse', 'cloud.error'] }),
  },
  {
    id: 'http-env-empty',
    title: '/env is an empty 200',
    peer: envOnly(answer('200 OK', '')),
    expect: fails('http.unexpected_answer', ENV, { orCause: ['http.agent_cannot_parse', 'http.blocked_page'] }),
  },
  {
    id: 'http-env-other-hosts',
    title: '/env sends the Agent to other names, which work',
    dns: { records: { 'mqtt-2.netdata.cloud': [at.NEW4[0] ?? ''], 'api-2.netdata.cloud': [at.NEW4[1] ?? ''] } },
    peer: envOnly(answer('200 OK', elsewhere)),
    unusual: true,
    expect: works(),
  },
  {
    id: 'http-env-other-mqtt-dropped',
    title: '/env sends the Agent to another mqtt name, which no allow list knows',
    dns: { records: { 'mqtt-2.netdata.cloud': [at.NEW4[0] ?? ''], 'api-2.netdata.cloud': [at.NEW4[1] ?? ''] } },
    gateway: [`ip daddr ${at.NEW4[0] ?? ''} tcp dport 443 drop`],
    peer: envOnly(answer('200 OK', elsewhere)),
    expect: fails('tcp.dropped', LINK),
  },
  {
    id: 'http-env-endpoint-no-port',
    title: '/env’s MQTT endpoint has no port, which the Agent reads as port 0',
    peer: envOnly(answer('200 OK', ENV_BODY.replace('mqtt.netdata.cloud:443', 'mqtt.netdata.cloud'))),
    expect: fails('http.unexpected_answer', LINK, {
      orCause: ['agent.base_url_invalid', 'http.agent_cannot_parse', 'cloud.error'],
    }),
  },
  {
    id: 'http-shape',
    title: 'A filter refuses requests with the Agent’s look, a browser passes',
    peer: [{ behaviour: { refuseShape: answer('403 Forbidden', DENIED, html) } }],
    // libcurl sends neither that User-Agent nor an Origin.
    expect: fails('http.filtered_by_shape', ACLK),
  },
  {
    id: 'http-shape-mqtt',
    title: 'A filter refuses the Agent’s upgrade for its empty Origin, a browser’s passes',
    peer: [{ host: at.MQTT, behaviour: { refuseShape: answer('403 Forbidden', DENIED, html) } }],
    expect: fails('http.filtered_by_shape', LINK, { orCause: ['ws.rejected'] }),
  },
  {
    id: 'http-403-page-api',
    title: 'A filter’s page on api only',
    peer: [{ host: at.API, behaviour: everywhere(answer('403 Forbidden', BLOCK, html)) }],
    expect: fails('http.blocked_page', ['auth']),
  },
  {
    id: 'http-env-moved',
    title: '/env is redirected to another path, which the Agent does not follow',
    peer: envOnly(answer('301 Moved Permanently', '', ['Location: https://app.netdata.cloud/api/v2/env'])),
    expect: fails('http.unexpected_answer', ENV, { orCause: ['http.captive_portal'] }),
  },
  {
    id: 'http-env-silent',
    title: '/env is asked over a good connection and never answered',
    peer: envOnly({ raw: '' }),
    expect: fails('http.no_answer', ENV),
  },
  {
    id: 'http-env-silent-in-15s',
    title: 'The same, and no more time than 15 s: the Agent would wait longer',
    peer: envOnly({ raw: '' }),
    args: IN_15S,
    expect: waits('http.no_answer', ENV),
    check: nothingCertain('http.no_answer'),
  },
  {
    id: 'http-env-hung-up',
    title: '/env is asked over a good connection, which then ends without a word',
    peer: envOnly({ raw: '', afterwards: 'close' }),
    expect: fails('http.no_answer', ENV, { orCause: ['http.closed_with_answer', 'http.unexpected_answer'] }),
  },
  {
    id: 'http-env-slow',
    title: '/env is answered after 8 s: long for a person, not for the Agent',
    peer: envOnly({ ...answer('200 OK', ENV_BODY), delayMs: 8000 }),
    unusual: true,
    expect: works(),
  },
  {
    id: 'http-env-slow-12s',
    title: '/env is answered after 12 s; the Agent waits 30 s',
    peer: envOnly({ ...answer('200 OK', ENV_BODY), delayMs: 12_000 }),
    unusual: true,
    expect: works(),
  },
  {
    id: 'http-env-slow-25s',
    title: '/env is answered after 25 s; the Agent waits 30 s, and so does an ordinary run',
    peer: envOnly({ ...answer('200 OK', ENV_BODY), delayMs: 25_000 }),
    unusual: true,
    expect: works(),
  },
  {
    id: 'http-env-slow-25s-in-15s',
    title: 'The same, and no more time than 15 s: the run cannot tell, and says so',
    peer: envOnly({ ...answer('200 OK', ENV_BODY), delayMs: 25_000 }),
    args: IN_15S,
    unusual: true,
    expect: waits('http.no_answer', ENV),
    check: nothingCertain('http.no_answer'),
  },
  {
    id: 'ws-slow-15s',
    title: 'The upgrade is answered after 15 s; this Agent waits for ever',
    peer: upgrade({ ...UPGRADE_ACCEPTED, delayMs: 15_000 }),
    unusual: true,
    expect: works(),
  },
  {
    id: 'ws-slow-15s-patient',
    title: 'The same with --patient',
    peer: upgrade({ ...UPGRADE_ACCEPTED, delayMs: 15_000 }),
    args: ['--patient'],
    unusual: true,
    expect: works(),
  },
  {
    id: 'mqtt-slow-20s',
    title: 'The CONNACK comes after 20 s',
    peer: [{ host: at.MQTT, behaviour: { mqtt: { connack: CONNACK_BAD_LOGIN, delayMs: 20_000 } } }],
    unusual: true,
    expect: works(),
  },
  {
    id: 'mqtt-slow-20s-in-15s',
    title: 'The same, and no more time than 15 s',
    peer: [{ host: at.MQTT, behaviour: { mqtt: { connack: CONNACK_BAD_LOGIN, delayMs: 20_000 } } }],
    args: IN_15S,
    unusual: true,
    expect: waits('mqtt.no_connack', LINK),
    check: nothingCertain('mqtt.no_connack'),
  },
  {
    id: 'http-chunk-extension',
    title: '/env comes in chunks with extensions as long as a signature',
    peer: envOnly(raw('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked', chunked(`;sig="${'s'.repeat(90)}"`))),
    unusual: true,
    expect: works(),
  },
  {
    id: 'http-chunk-trailers',
    title: '/env comes in chunks with a trailer behind them, which the Agent’s parser does not accept',
    peer: envOnly(raw('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked', chunked('', 'X-Checksum: 1\r\n'))),
    expect: parserStops(),
  },
  {
    id: 'http-env-trickles',
    title: '/env trickles in, byte by byte: the Agent takes a CR whose LF is still under way for the end of a line',
    peer: envOnly({ ...answer('200 OK', ENV_BODY), trickleMs: 5 }),
    expect: parserStops(),
  },
  {
    id: 'http-env-trickles-2.11.0',
    title: 'The same on v2.11.0, which waits for the LF',
    version: '2.11.0',
    peer: envOnly({ ...answer('200 OK', ENV_BODY), trickleMs: 5 }),
    unusual: true,
    expect: works(),
  },
  {
    id: 'ws-trickles',
    title: 'The 101 trickles in, byte by byte',
    peer: upgrade({ ...UPGRADE_ACCEPTED, trickleMs: 5 }),
    expect: fails('ws.agent_cannot_parse', LINK),
  },
  {
    id: 'ws-slow',
    title: 'The upgrade is answered after 8 s',
    peer: upgrade({ ...UPGRADE_ACCEPTED, delayMs: 8000 }),
    unusual: true,
    expect: works(),
  },
  {
    id: 'ws-silent',
    title: 'The upgrade is never answered',
    peer: upgrade({ raw: '' }),
    expect: waits('ws.no_answer', LINK),
    check: nothingCertain('ws.no_answer'),
  },
  {
    id: 'ws-hung-up',
    title: 'The connection ends at the upgrade request, without an answer',
    peer: upgrade({ raw: '', afterwards: 'close' }),
    expect: fails('ws.no_answer', LINK, { orCause: ['ws.upgrade_stripped', 'ws.dropped', 'ws.rejected'] }),
  },
  {
    id: 'ws-lower-case',
    title: 'The 101 comes with lower-case names and extra headers',
    peer: upgrade({
      raw: 'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nvia: 1.1 edge\r\nconnection: upgrade\r\nsec-websocket-accept: {{ACCEPT}}\r\n\r\n',
    }),
    unusual: true,
    expect: works(),
  },
  {
    id: 'ws-wrong-accept',
    title: 'The 101 was computed for another key (a cached answer)',
    peer: upgrade({ raw: accept.replace('{{ACCEPT}}', 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=') }),
    expect: fails('ws.agent_cannot_parse', LINK, { orCause: ['ws.rejected', 'ws.upgrade_stripped'] }),
  },
  {
    id: 'ws-no-accept',
    title: 'The 101 lost its Sec-WebSocket-Accept',
    peer: upgrade({ raw: accept.replace('Sec-WebSocket-Accept: {{ACCEPT}}\r\n', '') }),
    expect: fails('ws.agent_cannot_parse', LINK, { orCause: ['ws.rejected', 'ws.upgrade_stripped'] }),
  },
  {
    id: 'ws-http10',
    title: 'The 101 comes as HTTP/1.0',
    peer: upgrade({ raw: accept.replace('HTTP/1.1 101', 'HTTP/1.0 101') }),
    expect: fails('ws.agent_cannot_parse', LINK, { orCause: ['ws.upgrade_stripped'] }),
  },
  {
    id: 'ws-long-line',
    title: 'The 101 carries a header line of 4.2 kB',
    peer: upgrade({
      raw: accept.replace('Connection: Upgrade', `Connection: Upgrade\r\nX-Policy: ${'a'.repeat(4200)}`),
    }),
    expect: fails('ws.agent_cannot_parse', LINK),
  },
  {
    id: 'ws-fragmented',
    title: 'A hop splits the CONNACK’s frame in two, which the Agent takes for a protocol error',
    peer: [{ host: at.MQTT, behaviour: { framing: 'fragmented' } }],
    expect: fails('ws.agent_cannot_parse', LINK, { orCause: ['mqtt.no_connack'] }),
  },
  {
    id: 'ws-compressed',
    title: 'A hop sets a compression bit that nobody asked for',
    peer: [{ host: at.MQTT, behaviour: { framing: 'rsv1' } }],
    expect: fails('ws.agent_cannot_parse', LINK, { orCause: ['mqtt.no_connack'] }),
  },
  {
    id: 'ws-ping-first',
    title: 'A WebSocket ping comes before the CONNACK',
    peer: [{ host: at.MQTT, behaviour: { framing: 'ping_first' } }],
    unusual: true,
    expect: works(),
  },
  {
    id: 'mqtt-welcome',
    title: 'A broker that lets anybody in (CONNACK 0)',
    peer: [{ host: at.MQTT, behaviour: { mqtt: { connack: 0 } } }],
    unusual: true,
    expect: works(),
  },
  {
    id: 'http-extra-headers',
    title: 'An inspecting hop added Via, X-Cache and an odd reason phrase',
    peer: envOnly(
      answer('200 Everything is fine', ENV_BODY, ['Via: 1.1 wsa', 'X-Cache: MISS', 'content-TYPE: application/json']),
    ),
    unusual: true,
    expect: works(),
  },
  {
    id: 'ws-answered-200',
    title: 'A hop removed the Upgrade header: the request is answered 200',
    peer: upgrade(answer('200 OK', 'OK', ['Content-Type: text/plain'])),
    expect: fails('ws.upgrade_stripped', LINK),
  },
  {
    id: 'ws-answered-426',
    title: 'The upgrade is answered 426',
    peer: upgrade(answer('426 Upgrade Required', '', ['Upgrade: websocket'])),
    expect: fails('ws.upgrade_stripped', LINK),
  },
  {
    id: 'ws-answered-403',
    title: 'The upgrade is answered 403 without a page',
    peer: upgrade(answer('403 Forbidden', '', ['Server: gateway'])),
    expect: fails('ws.rejected', LINK),
  },
  {
    id: 'ws-empty-header',
    title: 'The 101 carries an empty header value',
    peer: upgrade({ raw: accept.replace('Upgrade: websocket', 'Upgrade: websocket\r\nX-Trace: ') }),
    expect: fails('ws.agent_cannot_parse', LINK),
  },
  {
    id: 'ws-no-space',
    title: 'The 101 carries a header without a space after the colon',
    peer: upgrade({ raw: accept.replace('Connection: Upgrade', 'Connection:Upgrade') }),
    expect: fails('ws.agent_cannot_parse', LINK),
  },
  {
    id: 'ws-no-subprotocol',
    title: 'The 101 does not confirm the subprotocol, which the Agent never checks',
    peer: upgrade({ raw: accept.replace('Sec-WebSocket-Protocol: mqtt\r\n', '') }),
    unusual: true,
    expect: works(),
  },
  {
    id: 'ws-dropped-fin',
    title: 'The connection ends right after 101',
    peer: [{ host: at.MQTT, behaviour: { mqtt: 'close_after_upgrade' } }],
    expect: fails('ws.dropped', LINK),
  },
  {
    id: 'ws-dropped-reset',
    title: 'The connection is reset right after 101',
    peer: [{ host: at.MQTT, behaviour: { mqtt: 'reset_after_upgrade' } }],
    expect: fails('ws.dropped', LINK),
  },
  {
    id: 'ws-dropped-on-mqtt',
    title: 'The connection ends at the first MQTT bytes',
    peer: [{ host: at.MQTT, behaviour: { mqtt: 'close_on_connect' } }],
    expect: fails('ws.dropped', LINK),
  },
  {
    id: 'mqtt-no-connack',
    title: 'CONNECT is never answered',
    peer: [{ host: at.MQTT, behaviour: { mqtt: 'silent' } }],
    expect: waits('mqtt.no_connack', LINK),
    check: nothingCertain('mqtt.no_connack'),
  },
  {
    id: 'mqtt-unavailable',
    title: 'CONNACK 136, server unavailable',
    peer: [{ host: at.MQTT, behaviour: { mqtt: { connack: 136 } } }],
    expect: fails('mqtt.refused', LINK),
  },
  {
    id: 'mqtt-not-authorized',
    title: 'CONNACK 135, not authorized, proves the path',
    peer: [{ host: at.MQTT, behaviour: { mqtt: { connack: 135 } } }],
    unusual: true,
    expect: works(),
  },
  {
    id: 'mqtt-mosquitto',
    title: 'A real mosquitto behind the mqtt name',
    broker: 'mosquitto',
    unusual: true,
    expect: works(),
  },
];
