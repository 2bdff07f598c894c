/**
 * The right answer, put on the wire in ways that browsers accept and the Agent's parser may not
 * (docs/reference/agent.md#https-response).
 */
import {
  commonHeaders,
  hasNoBody,
  headText,
  plainFrame,
  statusLine,
  type HttpAnswer,
  type WireScript,
} from '../http/message.js';
import type { FaultDefinition, FaultEffect } from './fault.js';
import { numberParameter, secondsParameter } from './parameters.js';

const ON_ENV = { layer: 'http', hosts: ['app'], parameter: null } as const;

function framed(frame: (answer: HttpAnswer) => WireScript): FaultEffect {
  return { frame };
}

function lengthOf(answer: HttpAnswer): readonly (readonly [string, string])[] {
  return hasNoBody(answer.status) ? [] : [['Content-Length', String(Buffer.byteLength(answer.body))]];
}

/** Headers, framing and body as usual, plus header lines written out as they are. */
function withLines(...lines: readonly string[]): FaultEffect {
  return framed((answer) => {
    const usual = headText(statusLine(answer), [...commonHeaders(answer), ...lengthOf(answer)]);
    return whole(`${usual.slice(0, -2)}${lines.map((line) => `${line}\r\n`).join('')}\r\n${bodyOf(answer)}`);
  });
}

function whole(bytes: string, end: WireScript['end'] = 'keep'): WireScript {
  return { parts: [{ bytes }], end };
}

function bodyOf(answer: HttpAnswer): string {
  return hasNoBody(answer.status) ? '' : answer.body;
}

interface Chunking {
  readonly coding: string;
  /** Written behind each chunk size. */
  readonly extension?: string;
  readonly trailers?: readonly string[];
  readonly extraHeaders?: readonly (readonly [string, string])[];
}

/** RFC 9112 §7.1, in two chunks. */
function chunked(answer: HttpAnswer, chunking: Chunking): WireScript {
  if (hasNoBody(answer.status)) return plainFrame(answer);
  const headers: (readonly [string, string])[] = [
    ...commonHeaders(answer),
    ['Transfer-Encoding', chunking.coding],
    ...(chunking.extraHeaders ?? []),
  ];
  const body = Buffer.from(answer.body);
  const middle = Math.ceil(body.length / 2);
  const chunk = (part: Buffer): string =>
    part.length === 0 ? '' : `${part.length.toString(16)}${chunking.extension ?? ''}\r\n${part.toString()}\r\n`;
  const trailers = (chunking.trailers ?? []).map((line) => `${line}\r\n`).join('');
  return whole(
    headText(statusLine(answer), headers) +
      chunk(body.subarray(0, middle)) +
      chunk(body.subarray(middle)) +
      `0\r\n${trailers}\r\n`,
  );
}

/** The document with a long comment field, so that the body grows beyond `bytes`. */
function padded(answer: HttpAnswer, bytes: number): HttpAnswer {
  if (!answer.body.startsWith('{') || answer.body.length > bytes) return answer;
  const filler = 'x'.repeat(bytes - answer.body.length);
  return { ...answer, body: answer.body.replace(/}$/, `,"padding":"${filler}"}`) };
}

export const HTTP_WIRE_FAULTS: readonly FaultDefinition[] = [
  {
    ...ON_ENV,
    name: 'http_1_0',
    title: 'Status line says HTTP/1.0',
    effect: () =>
      framed((answer) =>
        whole(
          headText(statusLine(answer, 'HTTP/1.0'), [...commonHeaders(answer), ...lengthOf(answer)]) + bodyOf(answer),
        ),
      ),
  },
  {
    ...ON_ENV,
    name: 'status_without_space',
    title: 'Status line ends right behind the code',
    effect: () =>
      framed((answer) =>
        whole(headText(`HTTP/1.1 ${answer.status}`, [...commonHeaders(answer), ...lengthOf(answer)]) + bodyOf(answer)),
      ),
  },
  {
    ...ON_ENV,
    name: 'empty_reason',
    title: 'Status line with an empty reason (healthy)',
    effect: () =>
      framed((answer) =>
        whole(headText(`HTTP/1.1 ${answer.status} `, [...commonHeaders(answer), ...lengthOf(answer)]) + bodyOf(answer)),
      ),
  },
  {
    ...ON_ENV,
    name: 'long_header',
    title: 'A header value of this many bytes (the Agent takes 1023)',
    parameter: { meaning: 'bytes', default: '1024' },
    effect: (text) =>
      withLines(`Content-Security-Policy: ${'x'.repeat(numberParameter('long_header', text, 1, 65_536))}`),
  },
  {
    ...ON_ENV,
    name: 'long_header_name',
    title: 'A header name of this many bytes',
    parameter: { meaning: 'bytes', default: '1024' },
    effect: (text) => withLines(`X-${'n'.repeat(numberParameter('long_header_name', text, 3, 65_536) - 2)}: 1`),
  },
  {
    ...ON_ENV,
    name: 'no_space_after_colon',
    title: 'A header without a space behind the colon',
    effect: () => withLines('X-Filter:seen'),
  },
  {
    ...ON_ENV,
    name: 'empty_header_value',
    title: 'A header with nothing behind the colon',
    effect: () => withLines('X-Filter:'),
  },
  {
    ...ON_ENV,
    name: 'empty_header_value_with_space',
    title: 'A header with only a space behind the colon (healthy on the HTTPS legs)',
    effect: () => withLines('X-Filter: '),
  },
  {
    ...ON_ENV,
    name: 'folded_header',
    title: 'A header folded over two lines',
    effect: () => withLines('X-Filter: seen', ' by the gateway'),
  },
  {
    ...ON_ENV,
    name: 'close_delimited',
    title: 'No length; the body ends with the connection',
    effect: () =>
      framed((answer) =>
        whole(
          headText(statusLine(answer), [...commonHeaders(answer), ['Connection', 'close']]) + bodyOf(answer),
          'close',
        ),
      ),
  },
  {
    ...ON_ENV,
    name: 'chunked',
    title: 'Chunked body (healthy)',
    effect: () => framed((answer) => chunked(answer, { coding: 'chunked' })),
  },
  {
    ...ON_ENV,
    name: 'chunked_extension',
    title: 'Chunked body with a chunk extension (healthy)',
    effect: () => framed((answer) => chunked(answer, { coding: 'chunked', extension: ';seen=1' })),
  },
  {
    ...ON_ENV,
    name: 'chunked_capital',
    title: 'Transfer-Encoding spelled Chunked',
    effect: () => framed((answer) => chunked(answer, { coding: 'Chunked' })),
  },
  {
    ...ON_ENV,
    name: 'chunk_trailers',
    title: 'Chunked body with trailers',
    effect: () => framed((answer) => chunked(answer, { coding: 'chunked', trailers: ['X-Checksum: 1'] })),
  },
  {
    ...ON_ENV,
    name: 'chunked_and_length',
    title: 'Both Transfer-Encoding and Content-Length',
    effect: () =>
      framed((answer) =>
        chunked(answer, {
          coding: 'chunked',
          extraHeaders: [['Content-Length', String(Buffer.byteLength(answer.body))]],
        }),
      ),
  },
  {
    ...ON_ENV,
    name: 'interim_103',
    title: '103 Early Hints before the answer',
    effect: () =>
      framed((answer) => interim('HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n', answer)),
  },
  {
    ...ON_ENV,
    name: 'interim_100',
    title: '100 Continue that nobody asked for',
    effect: () => framed((answer) => interim('HTTP/1.1 100 Continue\r\n\r\n', answer)),
  },
  {
    ...ON_ENV,
    name: 'lf_only',
    title: 'Lines end with LF alone',
    effect: () =>
      framed((answer) =>
        whole(headText(statusLine(answer), [...commonHeaders(answer), ...lengthOf(answer)], '\n') + bodyOf(answer)),
      ),
  },
  {
    ...ON_ENV,
    name: 'close_at_once',
    title: 'FIN in the same breath as the answer',
    effect: () =>
      framed((answer) =>
        whole(
          headText(statusLine(answer), [...commonHeaders(answer), ...lengthOf(answer), ['Connection', 'close']]) +
            bodyOf(answer),
          'close',
        ),
      ),
  },
  {
    ...ON_ENV,
    name: 'close_later',
    title: 'FIN some time after the answer (healthy)',
    parameter: { meaning: 'seconds', default: '0.3' },
    effect: (text) => {
      const closeAfterMs = secondsParameter('close_later', text);
      return framed((answer) =>
        whole(
          headText(statusLine(answer), [...commonHeaders(answer), ...lengthOf(answer), ['Connection', 'close']]) +
            bodyOf(answer),
          { closeAfterMs },
        ),
      );
    },
  },
  {
    ...ON_ENV,
    name: 'large_body',
    title: 'A body of this many bytes with a length (the Agent takes 16384)',
    parameter: { meaning: 'bytes', default: '20000' },
    effect: (text) => {
      const bytes = numberParameter('large_body', text, 1, 1_000_000);
      return framed((answer) => plainFrame(padded(answer, bytes)));
    },
  },
  {
    ...ON_ENV,
    name: 'large_chunked_body',
    title: 'A chunked body of this many bytes (healthy)',
    parameter: { meaning: 'bytes', default: '20000' },
    effect: (text) => {
      const bytes = numberParameter('large_chunked_body', text, 1, 1_000_000);
      return framed((answer) => chunked(padded(answer, bytes), { coding: 'chunked' }));
    },
  },
];

function interim(first: string, answer: HttpAnswer): WireScript {
  const final = plainFrame(answer);
  return { ...final, parts: [{ bytes: first }, ...final.parts] };
}
