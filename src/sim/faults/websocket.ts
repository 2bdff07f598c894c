/** The upgrade refused or bent, and the frames behind it (docs/reference/agent.md#websocket). */
import { deflateRawSync } from 'node:zlib';
import { headText, htmlAnswer, plainFrame, type HttpAnswer } from '../http/message.js';
import { encodeFrame, OPCODE } from '../ws/frame.js';
import type { FaultDefinition, FaultEffect, LinkEffect } from './fault.js';
import { numberParameter, secondsParameter } from './parameters.js';

const WS = { layer: 'websocket', hosts: ['mqtt'], parameter: null } as const;

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
  {
    ...WS,
    name: 'ws_200',
    title: 'The upgrade is answered 200 with a page: a hop removed the Upgrade header',
    effect: () => refuse(htmlAnswer(200, '<html><head><title>mqtt</title></head><body>ok</body></html>')),
  },
  {
    ...WS,
    name: 'ws_status',
    title: 'The upgrade is answered with this status',
    parameter: { meaning: 'status', default: '403' },
    effect: (text) => {
      const status = numberParameter('ws_status', text, 200, 599);
      return refuse(htmlAnswer(status, `<html><head><title>${status}</title></head></html>`));
    },
  },
  {
    ...WS,
    name: 'ws_426',
    title: 'The upgrade is answered 426 Upgrade Required',
    effect: () =>
      refuse({
        status: 426,
        headers: [
          ['Upgrade', 'websocket'],
          ['Connection', 'Upgrade'],
        ],
        body: '',
      }),
  },
  {
    ...WS,
    name: 'ws_blocked_page',
    title: 'The upgrade is answered 403 with the page of a filter',
    effect: () =>
      refuse(
        htmlAnswer(403, '<html><head><title>Access Denied</title></head><body>Category: WebSocket</body></html>', [
          ['Server', 'BlueCoat-Proxy'],
        ]),
      ),
  },
  {
    ...WS,
    name: 'ws_silent',
    title: 'The upgrade is never answered',
    effect: () => ({ upgrade: () => ({ parts: [], end: 'keep' }) }),
  },
  {
    ...WS,
    name: 'ws_endless_headers',
    title: 'The upgrade is answered with header lines without end',
    effect: () => ({
      upgrade: () => ({
        parts: [
          { bytes: 'HTTP/1.1 101 Switching Protocols\r\n' },
          { bytes: `X-Filler: ${'x'.repeat(200)}\r\n`.repeat(50) },
        ],
        end: 'flood',
      }),
    }),
  },
  {
    ...WS,
    name: 'ws_no_accept',
    title: '101 without Sec-WebSocket-Accept',
    effect: () => mapLines((line) => (isAccept(line) ? null : line)),
  },
  {
    ...WS,
    name: 'ws_wrong_accept',
    title: '101 with the accept value of another key',
    effect: () => mapLines((line) => (isAccept(line) ? 'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=' : line)),
  },
  {
    ...WS,
    name: 'ws_accept_trailing_space',
    title: '101 with a space behind the accept value',
    effect: () => mapLines((line) => (isAccept(line) ? `${line} ` : line)),
  },
  {
    ...WS,
    name: 'ws_empty_header_value',
    title: '101 with a header that has nothing behind colon and space',
    effect: () => extraLines('X-Filter: '),
  },
  {
    ...WS,
    name: 'ws_no_space_after_colon',
    title: '101 with a header without a space behind the colon',
    effect: () => extraLines('X-Filter:seen'),
  },
  {
    ...WS,
    name: 'ws_long_line',
    title: '101 with a header line of this many bytes (the Agent takes 4095)',
    parameter: { meaning: 'bytes', default: '4096' },
    effect: (text) => {
      const bytes = numberParameter('ws_long_line', text, 10, 15_000);
      return extraLines(`X-Long: ${'x'.repeat(bytes - 8)}`);
    },
  },
  {
    ...WS,
    name: 'ws_many_headers',
    title: '101 with this many extra headers (the Agent takes 129 in all)',
    parameter: { meaning: 'headers', default: '140' },
    effect: (text) => {
      const count = numberParameter('ws_many_headers', text, 1, 1000);
      return extraLines(...Array.from({ length: count }, (_, index) => `X-H${index}: 1`));
    },
  },
  {
    ...WS,
    name: 'ws_http_1_0',
    title: '101 with HTTP/1.0',
    effect: () => mapLines((line) => line.replace('HTTP/1.1 101', 'HTTP/1.0 101')),
  },
  {
    ...WS,
    name: 'ws_status_without_space',
    title: '101 with nothing behind the code',
    effect: () => mapLines((line) => line.replace(/^HTTP\/1\.1 101.*/, 'HTTP/1.1 101')),
  },
  {
    ...WS,
    name: 'ws_interim',
    title: '103 before the 101',
    effect: () => ({
      link: {
        head: (lines) => [`${headText('HTTP/1.1 103 Early Hints', [['Link', '</a>']])}${lines[0]}`, ...lines.slice(1)],
      },
    }),
  },
  {
    ...WS,
    name: 'ws_lf_only',
    title: '101 with LF line ends',
    effect: () => ({ link: { head: (lines) => [`${lines.join('\n')}\n\n`] } }),
  },
  {
    ...WS,
    name: 'ws_lower_case',
    title: '101 with lower-case header names (healthy)',
    effect: () => mapLines((line) => line.replace(/^[^:]+:/, (name) => name.toLowerCase())),
  },
  {
    ...WS,
    name: 'ws_no_protocol',
    title: '101 without Sec-WebSocket-Protocol (healthy for the Agent)',
    effect: () => mapLines((line) => (/^sec-websocket-protocol:/i.test(line) ? null : line)),
  },
  { ...WS, name: 'ws_dropped', title: 'FIN right after the 101', effect: () => ({ link: { afterUpgrade: 'close' } }) },
  { ...WS, name: 'ws_reset', title: 'RST right after the 101', effect: () => ({ link: { afterUpgrade: 'reset' } }) },
  {
    ...WS,
    name: 'ws_close_frame',
    title: 'A close frame right after the 101',
    effect: () => ({ link: { afterUpgrade: 'ws_close' } }),
  },
  {
    ...WS,
    name: 'ws_dropped_at_connect',
    title: 'FIN when the first MQTT bytes arrive',
    effect: () => ({ link: { onFirstBytes: 'close' } }),
  },
  {
    ...WS,
    name: 'ws_reset_at_connect',
    title: 'RST when the first MQTT bytes arrive',
    effect: () => ({ link: { onFirstBytes: 'reset' } }),
  },
  {
    ...WS,
    name: 'ws_continuation',
    title: 'Frames cut in two: a binary one without FIN and a continuation',
    effect: () =>
      frames((payload) => {
        const [first, second] = inHalves(payload);
        return [encodeFrame(first, { fin: false }), encodeFrame(second, { opcode: OPCODE.CONTINUATION })];
      }),
  },
  {
    ...WS,
    name: 'ws_compressed',
    title: 'Frames compressed although nobody agreed to it',
    effect: () => frames((payload) => [encodeFrame(deflateRawSync(payload), { rsv1: true })]),
  },
  {
    ...WS,
    name: 'ws_masked',
    title: 'Masked frames from the server',
    effect: () => frames((payload) => [encodeFrame(payload, { mask: Buffer.from([1, 2, 3, 4]) })]),
  },
  {
    ...WS,
    name: 'ws_text',
    title: 'MQTT bytes in text frames',
    effect: () => frames((payload) => [encodeFrame(payload, { opcode: OPCODE.TEXT })]),
  },
  {
    ...WS,
    name: 'ws_giant_frame',
    title: 'A frame that announces 2^40 bytes',
    effect: () => frames((payload) => [encodeFrame(payload, { announcedLength: 2 ** 40 })]),
  },
  {
    ...WS,
    name: 'ws_garbage',
    title: 'Bytes that are no WebSocket frame',
    effect: () => frames(() => [Buffer.from('HTTP/1.1 500 Internal Server Error\r\n\r\n')]),
  },
  {
    ...WS,
    name: 'ws_split',
    title: 'Each MQTT packet in two whole frames (healthy)',
    effect: () =>
      frames((payload) =>
        inHalves(payload)
          .filter((part) => part.length > 0)
          .map((part) => encodeFrame(part)),
      ),
  },
  {
    ...WS,
    name: 'ws_pings',
    title: 'A WebSocket ping and a text frame before each MQTT packet (healthy)',
    effect: () =>
      frames((payload) => [
        encodeFrame(Buffer.from('hi'), { opcode: OPCODE.PING }),
        encodeFrame(Buffer.from('notice'), { opcode: OPCODE.TEXT }),
        encodeFrame(payload),
      ]),
  },
  {
    ...WS,
    name: 'idle_cut',
    title: 'FIN when the link was idle for so long',
    parameter: { meaning: 'seconds', default: '30' },
    effect: (text) => idleCut('idle_cut', text, 'fin'),
  },
  {
    ...WS,
    name: 'idle_reset',
    title: 'RST when the link was idle for so long',
    parameter: { meaning: 'seconds', default: '30' },
    effect: (text) => idleCut('idle_reset', text, 'reset'),
  },
  {
    ...WS,
    name: 'idle_silence',
    title: 'The link is forgotten without a word when it was idle for so long',
    parameter: { meaning: 'seconds', default: '30' },
    effect: (text) => idleCut('idle_silence', text, 'silence'),
  },
  {
    ...WS,
    name: 'login_timeout',
    title: 'The broker ends a link that has not logged in for so long (healthy)',
    parameter: { meaning: 'seconds', default: '15' },
    effect: (text) => ({ link: { loginWithinMs: secondsParameter('login_timeout', text) } }),
  },
  {
    ...WS,
    name: 'link_lifetime',
    title: 'Every link is reset after so long, idle or not',
    parameter: { meaning: 'seconds', default: '900' },
    effect: (text) => ({ link: { lifetimeMs: secondsParameter('link_lifetime', text) } }),
  },
  {
    ...WS,
    name: 'ws_no_pongs',
    title: 'WebSocket pings are never answered (healthy: the Agent sends none)',
    effect: () => ({ link: { ignoresPings: true } }),
  },
];

function idleCut(fault: string, text: string, how: 'fin' | 'reset' | 'silence'): FaultEffect {
  return { link: { idleCut: { afterMs: secondsParameter(fault, text), how } } };
}
