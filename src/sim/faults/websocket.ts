/** The upgrade refused or bent, and the frames behind it (docs/reference/agent.md#websocket). */
import { deflateRawSync } from 'node:zlib';
import { headText, htmlAnswer, plainFrame, type HttpAnswer } from '../http/message.js';
import { encodeFrame, OPCODE } from '../ws/frame.js';
import { type FaultDefinition, type FaultEffect, faultsOf, type LinkEffect } from './fault.js';
import { numberParameter, secondsParameter } from './parameters.js';

const ws = faultsOf('websocket', ['mqtt']);

function refuse(answer: HttpAnswer): FaultEffect {
  return { upgrade: () => plainFrame(answer) };
}

/** Lines put behind the 101's own ones. */
function extraLines(...extra: readonly string[]): FaultEffect {
  return { link: { head: (lines) => [...lines, ...extra] } };
}

function mapLines(map: (line: string) => string | null): FaultEffect {
  return { link: { head: (lines) => lines.map(map).filter((line) => line !== null) } };
}

const isAccept = (line: string): boolean => /^sec-websocket-accept:/i.test(line);

function frames(encode: NonNullable<LinkEffect['frames']>): FaultEffect {
  return { link: { frames: encode } };
}

function inHalves(payload: Buffer): readonly [Buffer, Buffer] {
  const middle = Math.ceil(payload.length / 2);
  return [payload.subarray(0, middle), payload.subarray(middle)];
}

export const WEBSOCKET_FAULTS: readonly FaultDefinition[] = [
  ws('ws_200', 'The upgrade is answered 200 with a page: a hop removed the Upgrade header', () =>
    refuse(htmlAnswer(200, '<html><head><title>mqtt</title></head><body>ok</body></html>')),
  ),
  ws('ws_status', 'The upgrade is answered with this status', { meaning: 'status', default: '403' }, (text) => {
    const status = numberParameter('ws_status', text, 200, 599);
    return refuse(htmlAnswer(status, `<html><head><title>${status}</title></head></html>`));
  }),
  ws('ws_426', 'The upgrade is answered 426 Upgrade Required', () =>
    refuse({
      status: 426,
      headers: [
        ['Upgrade', 'websocket'],
        ['Connection', 'Upgrade'],
      ],
      body: '',
    }),
  ),
  ws('ws_blocked_page', 'The upgrade is answered 403 with the page of a filter', () =>
    refuse(
      htmlAnswer(403, '<html><head><title>Access Denied</title></head><body>Category: WebSocket</body></html>', [
        ['Server', 'BlueCoat-Proxy'],
      ]),
    ),
  ),
  ws('ws_silent', 'The upgrade is never answered', () => ({ upgrade: () => ({ parts: [], end: 'keep' }) })),
  ws('ws_endless_headers', 'The upgrade is answered with header lines without end', () => ({
    upgrade: () => ({
      parts: [
        { bytes: 'HTTP/1.1 101 Switching Protocols\r\n' },
        { bytes: `X-Filler: ${'x'.repeat(200)}\r\n`.repeat(50) },
      ],
      end: 'flood',
    }),
  })),
  ws('ws_no_accept', '101 without Sec-WebSocket-Accept', () => mapLines((line) => (isAccept(line) ? null : line))),
  ws('ws_wrong_accept', '101 with the accept value of another key', () =>
    mapLines((line) => (isAccept(line) ? 'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=' : line)),
  ),
  ws('ws_accept_trailing_space', '101 with a space behind the accept value', () =>
    mapLines((line) => (isAccept(line) ? `${line} ` : line)),
  ),
  ws('ws_empty_header_value', '101 with a header that has nothing behind colon and space', () =>
    extraLines('X-Filter: '),
  ),
  ws('ws_no_space_after_colon', '101 with a header without a space behind the colon', () =>
    extraLines('X-Filter:seen'),
  ),
  ws(
    'ws_long_line',
    '101 with a header line of this many bytes (the Agent takes 4095)',
    { meaning: 'bytes', default: '4096' },
    (text) => {
      const bytes = numberParameter('ws_long_line', text, 10, 15_000);
      return extraLines(`X-Long: ${'x'.repeat(bytes - 8)}`);
    },
  ),
  ws(
    'ws_many_headers',
    '101 with this many extra headers (the Agent takes 129 in all)',
    { meaning: 'headers', default: '140' },
    (text) => {
      const count = numberParameter('ws_many_headers', text, 1, 1000);
      return extraLines(...Array.from({ length: count }, (_, index) => `X-H${index}: 1`));
    },
  ),
  ws('ws_http_1_0', '101 with HTTP/1.0', () => mapLines((line) => line.replace('HTTP/1.1 101', 'HTTP/1.0 101'))),
  ws('ws_status_without_space', '101 with nothing behind the code', () =>
    mapLines((line) => line.replace(/^HTTP\/1\.1 101.*/, 'HTTP/1.1 101')),
  ),
  ws('ws_interim', '103 before the 101', () => ({
    link: {
      head: (lines) => [`${headText('HTTP/1.1 103 Early Hints', [['Link', '</a>']])}${lines[0]}`, ...lines.slice(1)],
    },
  })),
  ws('ws_lf_only', '101 with LF line ends', () => ({ link: { head: (lines) => [`${lines.join('\n')}\n\n`] } })),
  ws('ws_lower_case', '101 with lower-case header names (healthy)', () =>
    mapLines((line) => line.replace(/^[^:]+:/, (name) => name.toLowerCase())),
  ),
  ws('ws_no_protocol', '101 without Sec-WebSocket-Protocol (healthy for the Agent)', () =>
    mapLines((line) => (/^sec-websocket-protocol:/i.test(line) ? null : line)),
  ),
  ws('ws_dropped', 'FIN right after the 101', () => ({ link: { afterUpgrade: 'close' } })),
  ws('ws_reset', 'RST right after the 101', () => ({ link: { afterUpgrade: 'reset' } })),
  ws('ws_close_frame', 'A close frame right after the 101', () => ({ link: { afterUpgrade: 'ws_close' } })),
  ws('ws_dropped_at_connect', 'FIN when the first MQTT bytes arrive', () => ({ link: { onFirstBytes: 'close' } })),
  ws('ws_reset_at_connect', 'RST when the first MQTT bytes arrive', () => ({ link: { onFirstBytes: 'reset' } })),
  ws('ws_continuation', 'Frames cut in two: a binary one without FIN and a continuation', () =>
    frames((payload) => {
      const [first, second] = inHalves(payload);
      return [encodeFrame(first, { fin: false }), encodeFrame(second, { opcode: OPCODE.CONTINUATION })];
    }),
  ),
  ws('ws_compressed', 'Frames compressed although nobody agreed to it', () =>
    frames((payload) => [encodeFrame(deflateRawSync(payload), { rsv1: true })]),
  ),
  ws('ws_masked', 'Masked frames from the server', () =>
    frames((payload) => [encodeFrame(payload, { mask: Buffer.from([1, 2, 3, 4]) })]),
  ),
  ws('ws_text', 'MQTT bytes in text frames', () =>
    frames((payload) => [encodeFrame(payload, { opcode: OPCODE.TEXT })]),
  ),
  ws('ws_giant_frame', 'A frame that announces 2^40 bytes', () =>
    frames((payload) => [encodeFrame(payload, { announcedLength: 2 ** 40 })]),
  ),
  ws('ws_garbage', 'Bytes that are no WebSocket frame', () =>
    frames(() => [Buffer.from('HTTP/1.1 500 Internal Server Error\r\n\r\n')]),
  ),
  ws('ws_split', 'Each MQTT packet in two whole frames (healthy)', () =>
    frames((payload) =>
      inHalves(payload)
        .filter((part) => part.length > 0)
        .map((part) => encodeFrame(part)),
    ),
  ),
  ws('ws_pings', 'A WebSocket ping and a text frame before each MQTT packet (healthy)', () =>
    frames((payload) => [
      encodeFrame(Buffer.from('hi'), { opcode: OPCODE.PING }),
      encodeFrame(Buffer.from('notice'), { opcode: OPCODE.TEXT }),
      encodeFrame(payload),
    ]),
  ),
  ws('idle_cut', 'FIN when the link was idle for so long', { meaning: 'seconds', default: '30' }, (text) =>
    idleCut('idle_cut', text, 'fin'),
  ),
  ws('idle_reset', 'RST when the link was idle for so long', { meaning: 'seconds', default: '30' }, (text) =>
    idleCut('idle_reset', text, 'reset'),
  ),
  ws(
    'idle_silence',
    'The link is forgotten without a word when it was idle for so long',
    { meaning: 'seconds', default: '30' },
    (text) => idleCut('idle_silence', text, 'silence'),
  ),
  ws(
    'login_timeout',
    'The broker ends a link that has not logged in for so long (healthy)',
    { meaning: 'seconds', default: '15' },
    (text) => ({ link: { loginWithinMs: secondsParameter('login_timeout', text) } }),
  ),
  ws(
    'link_lifetime',
    'Every link is reset after so long, idle or not',
    { meaning: 'seconds', default: '900' },
    (text) => ({ link: { lifetimeMs: secondsParameter('link_lifetime', text) } }),
  ),
  ws('ws_no_pongs', 'WebSocket pings are never answered (healthy: the Agent sends none)', () => ({
    link: { ignoresPings: true },
  })),
];

function idleCut(fault: string, text: string, how: 'fin' | 'reset' | 'silence'): FaultEffect {
  return { link: { idleCut: { afterMs: secondsParameter(fault, text), how } } };
}
