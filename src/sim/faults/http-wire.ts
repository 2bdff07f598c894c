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
import { type FaultDefinition, type FaultEffect, faultsOf } from './fault.js';
import { numberParameter, secondsParameter } from './parameters.js';

const onEnv = faultsOf('http', ['app']);

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
  onEnv('http_1_0', 'Status line says HTTP/1.0', () =>
    framed((answer) =>
      whole(headText(statusLine(answer, 'HTTP/1.0'), [...commonHeaders(answer), ...lengthOf(answer)]) + bodyOf(answer)),
    ),
  ),
  onEnv('status_without_space', 'Status line ends right behind the code', () =>
    framed((answer) =>
      whole(headText(`HTTP/1.1 ${answer.status}`, [...commonHeaders(answer), ...lengthOf(answer)]) + bodyOf(answer)),
    ),
  ),
  onEnv('empty_reason', 'Status line with an empty reason (healthy)', () =>
    framed((answer) =>
      whole(headText(`HTTP/1.1 ${answer.status} `, [...commonHeaders(answer), ...lengthOf(answer)]) + bodyOf(answer)),
    ),
  ),
  onEnv(
    'long_header',
    'A header value of this many bytes (the Agent takes 1023)',
    { meaning: 'bytes', default: '1024' },
    (text) => withLines(`Content-Security-Policy: ${'x'.repeat(numberParameter('long_header', text, 1, 65_536))}`),
  ),
  onEnv('long_header_name', 'A header name of this many bytes', { meaning: 'bytes', default: '1024' }, (text) =>
    withLines(`X-${'n'.repeat(numberParameter('long_header_name', text, 3, 65_536) - 2)}: 1`),
  ),
  onEnv('no_space_after_colon', 'A header without a space behind the colon', () => withLines('X-Filter:seen')),
  onEnv('empty_header_value', 'A header with nothing behind the colon', () => withLines('X-Filter:')),
  onEnv(
    'empty_header_value_with_space',
    'A header with only a space behind the colon (healthy on the HTTPS legs)',
    () => withLines('X-Filter: '),
  ),
  onEnv('folded_header', 'A header folded over two lines', () => withLines('X-Filter: seen', ' by the gateway')),
  onEnv('close_delimited', 'No length; the body ends with the connection', () =>
    framed((answer) =>
      whole(
        headText(statusLine(answer), [...commonHeaders(answer), ['Connection', 'close']]) + bodyOf(answer),
        'close',
      ),
    ),
  ),
  onEnv('chunked', 'Chunked body (healthy)', () => framed((answer) => chunked(answer, { coding: 'chunked' }))),
  onEnv('chunked_extension', 'Chunked body with a chunk extension (healthy)', () =>
    framed((answer) => chunked(answer, { coding: 'chunked', extension: ';seen=1' })),
  ),
  onEnv('chunked_capital', 'Transfer-Encoding spelled Chunked', () =>
    framed((answer) => chunked(answer, { coding: 'Chunked' })),
  ),
  onEnv('chunk_trailers', 'Chunked body with trailers', () =>
    framed((answer) => chunked(answer, { coding: 'chunked', trailers: ['X-Checksum: 1'] })),
  ),
  onEnv('chunked_and_length', 'Both Transfer-Encoding and Content-Length', () =>
    framed((answer) =>
      chunked(answer, {
        coding: 'chunked',
        extraHeaders: [['Content-Length', String(Buffer.byteLength(answer.body))]],
      }),
    ),
  ),
  onEnv('interim_103', '103 Early Hints before the answer', () =>
    framed((answer) => interim('HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n', answer)),
  ),
  onEnv('interim_100', '100 Continue that nobody asked for', () =>
    framed((answer) => interim('HTTP/1.1 100 Continue\r\n\r\n', answer)),
  ),
  onEnv('lf_only', 'Lines end with LF alone', () =>
    framed((answer) =>
      whole(headText(statusLine(answer), [...commonHeaders(answer), ...lengthOf(answer)], '\n') + bodyOf(answer)),
    ),
  ),
  onEnv('close_at_once', 'FIN in the same breath as the answer', () =>
    framed((answer) =>
      whole(
        headText(statusLine(answer), [...commonHeaders(answer), ...lengthOf(answer), ['Connection', 'close']]) +
          bodyOf(answer),
        'close',
      ),
    ),
  ),
  onEnv('close_later', 'FIN some time after the answer (healthy)', { meaning: 'seconds', default: '0.3' }, (text) => {
    const closeAfterMs = secondsParameter('close_later', text);
    return framed((answer) =>
      whole(
        headText(statusLine(answer), [...commonHeaders(answer), ...lengthOf(answer), ['Connection', 'close']]) +
          bodyOf(answer),
        { closeAfterMs },
      ),
    );
  }),
  onEnv(
    'large_body',
    'A body of this many bytes with a length (the Agent takes 16384)',
    { meaning: 'bytes', default: '20000' },
    (text) => {
      const bytes = numberParameter('large_body', text, 1, 1_000_000);
      return framed((answer) => plainFrame(padded(answer, bytes)));
    },
  ),
  onEnv(
    'large_chunked_body',
    'A chunked body of this many bytes (healthy)',
    { meaning: 'bytes', default: '20000' },
    (text) => {
      const bytes = numberParameter('large_chunked_body', text, 1, 1_000_000);
      return framed((answer) => chunked(padded(answer, bytes), { coding: 'chunked' }));
    },
  ),
];

function interim(first: string, answer: HttpAnswer): WireScript {
  const final = plainFrame(answer);
  return { ...final, parts: [{ bytes: first }, ...final.parts] };
}
