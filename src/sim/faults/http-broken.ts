/** Peers that answer HTTP in pieces, not at all, or without end. */
import { commonHeaders, headText, plainFrame, statusLine, type HttpAnswer, type WireScript } from '../http/message.js';
import { HOST_ROLES } from '../types.js';
import { type FaultDefinition, type FaultEffect, faultsOf } from './fault.js';

const anywhere = faultsOf('http', HOST_ROLES);

function framed(frame: (answer: HttpAnswer) => WireScript): FaultEffect {
  return { frame };
}

function plainBytes(answer: HttpAnswer): string {
  return plainFrame(answer)
    .parts.map((part) => part.bytes)
    .join('');
}

export const HTTP_BROKEN_FAULTS: readonly FaultDefinition[] = [
  anywhere('split_answer', 'The answer arrives in small pieces (healthy)', () =>
    framed((answer) => {
      const bytes = plainBytes(answer);
      const pieces = bytes.match(/[^]{1,120}/g) ?? [];
      return { parts: pieces.map((piece) => ({ bytes: piece, afterMs: 2 })), end: 'keep' };
    }),
  ),
  anywhere('http_silent', 'Requests are never answered', () => framed(() => ({ parts: [], end: 'keep' }))),
  anywhere('http_reset', 'RST instead of an answer', () => framed(() => ({ parts: [], end: 'reset' }))),
  anywhere('http_closed', 'FIN instead of an answer', () => framed(() => ({ parts: [], end: 'close' }))),
  anywhere('http_cut', 'The answer stops in the middle of its body and the connection ends', () =>
    framed((answer) => {
      const bytes = plainBytes(answer);
      return { parts: [{ bytes: bytes.slice(0, -Math.ceil(answer.body.length / 2) || undefined) }], end: 'close' };
    }),
  ),
  anywhere('endless_headers', 'Header lines without end', () =>
    framed((answer) => ({
      parts: [{ bytes: `${statusLine(answer)}\r\n` }, { bytes: `X-Filler: ${'x'.repeat(200)}\r\n`.repeat(50) }],
      end: 'flood',
    })),
  ),
  anywhere('endless_body', 'A body without end', () =>
    framed((answer) => ({
      parts: [{ bytes: headText(statusLine(answer), commonHeaders(answer)) }, { bytes: 'x'.repeat(10_000) }],
      end: 'flood',
    })),
  ),
  anywhere('http_garbage', 'Bytes that are no HTTP', () =>
    framed(() => ({
      parts: [{ bytes: '\u0000\u0001\u0002 220 mail.example.test ESMTP ready\r\n\u001b[31m\r\n\r\n' }],
      end: 'keep',
    })),
  ),
];
