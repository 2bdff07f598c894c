/** Peers that answer HTTP in pieces, not at all, or without end. */
import { commonHeaders, headText, plainFrame, statusLine, type HttpAnswer, type WireScript } from '../http/message.js';
import { HOST_ROLES } from '../types.js';
import type { FaultDefinition, FaultEffect } from './fault.js';

const ON_ALL = { layer: 'http', hosts: HOST_ROLES, parameter: null } as const;

function framed(frame: (answer: HttpAnswer) => WireScript): FaultEffect {
  return { frame };
}

function plainBytes(answer: HttpAnswer): string {
  return plainFrame(answer)
    .parts.map((part) => part.bytes)
    .join('');
}

export const HTTP_BROKEN_FAULTS: readonly FaultDefinition[] = [
  {
    ...ON_ALL,
    name: 'split_answer',
    title: 'The answer arrives in small pieces (healthy)',
    effect: () =>
      framed((answer) => {
        const bytes = plainBytes(answer);
        const pieces = bytes.match(/[^]{1,120}/g) ?? [];
        return { parts: pieces.map((piece) => ({ bytes: piece, afterMs: 2 })), end: 'keep' };
      }),
  },
  {
    ...ON_ALL,
    name: 'http_silent',
    title: 'Requests are never answered',
    effect: () => framed(() => ({ parts: [], end: 'keep' })),
  },
  {
    ...ON_ALL,
    name: 'http_reset',
    title: 'RST instead of an answer',
    effect: () => framed(() => ({ parts: [], end: 'reset' })),
  },
  {
    ...ON_ALL,
    name: 'http_closed',
    title: 'FIN instead of an answer',
    effect: () => framed(() => ({ parts: [], end: 'close' })),
  },
  {
    ...ON_ALL,
    name: 'http_cut',
    title: 'The answer stops in the middle of its body and the connection ends',
    effect: () =>
      framed((answer) => {
        const bytes = plainBytes(answer);
        return { parts: [{ bytes: bytes.slice(0, -Math.ceil(answer.body.length / 2) || undefined) }], end: 'close' };
      }),
  },
  {
    ...ON_ALL,
    name: 'endless_headers',
    title: 'Header lines without end',
    effect: () =>
      framed((answer) => ({
        parts: [{ bytes: `${statusLine(answer)}\r\n` }, { bytes: `X-Filler: ${'x'.repeat(200)}\r\n`.repeat(50) }],
        end: 'flood',
      })),
  },
  {
    ...ON_ALL,
    name: 'endless_body',
    title: 'A body without end',
    effect: () =>
      framed((answer) => ({
        parts: [{ bytes: headText(statusLine(answer), commonHeaders(answer)) }, { bytes: 'x'.repeat(10_000) }],
        end: 'flood',
      })),
  },
  {
    ...ON_ALL,
    name: 'http_garbage',
    title: 'Bytes that are no HTTP',
    effect: () =>
      framed(() => ({
        parts: [{ bytes: '\u0000\u0001\u0002 220 mail.example.test ESMTP ready\r\n\u001b[31m\r\n\r\n' }],
        end: 'keep',
      })),
  },
];
