/** Byte strings that come close to the answers of proxies, servers and brokers. */
import * as fc from 'fast-check';

const fragment = fc.constantFrom(
  'HTTP/1.1 200 OK\r\n',
  'HTTP/1.1 101 Switching Protocols\r\n',
  'HTTP/1.0 200 OK\r\n',
  'HTTP/1.1 ',
  '200',
  '404 ',
  '\r\n',
  '\r\n\r\n',
  '\n',
  'Content-Length: 5\r\n',
  'Transfer-Encoding: chunked\r\n',
  'X: \r\n',
  'X:y\r\n',
  '5\r\nhello\r\n',
  '0\r\n\r\n',
  'Sec-WebSocket-Accept: x\r\n',
  ': ',
  '{"a":1}',
);

export const bytes = (maxLength = 64) =>
  fc.uint8Array({ maxLength }).map((array) => Buffer.from(array).toString('latin1'));

/** Fragments of answers mixed with arbitrary bytes. */
export const arbitraryReply = () =>
  fc
    .array(fc.oneof({ weight: 4, arbitrary: fragment }, { weight: 1, arbitrary: bytes(8) }), { maxLength: 12 })
    .map((parts) => parts.join(''));

export const cuts = () => fc.nat({ max: 200 });
