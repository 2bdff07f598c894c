import { describe, expect, it } from 'vitest';
import { lenientBody } from '../../../../src/agent/parse/chunked.js';

const CHUNKED = [['Transfer-Encoding', 'chunked']] as const;

describe('a chunked body as any lenient client reads it', () => {
  it.each([
    ['two chunks', '3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n', 'abcde'],
    ['an extension', `3;sig="${'s'.repeat(90)}"\r\nabc\r\n0\r\n\r\n`, 'abc'],
    ['trailers', '3\r\nabc\r\n0\r\nX-Checksum: 1\r\n\r\n', 'abc'],
    ['cut off within a chunk', '5\r\nabc', 'abc'],
    ['cut off within a size', '3\r\nabc\r\n2', 'abc'],
    ['taken apart already', '{"a":1}\r\n', '{"a":1}\r\n'],
    ['nothing', '', ''],
  ])('%s', (_, raw, body) => {
    expect(lenientBody(raw, CHUNKED)).toBe(body);
  });

  it('leaves other bodies alone', () => {
    expect(lenientBody('3\r\nabc\r\n0\r\n\r\n', [])).toBe('3\r\nabc\r\n0\r\n\r\n');
  });
});
