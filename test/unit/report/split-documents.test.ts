import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DocumentText, splitDocuments } from '../../../src/cli/report/split-documents.js';

async function* pieces(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) {
    yield bytes.subarray(at, at + size);
    await Promise.resolve();
  }
}

async function split(text: string, size = 7, cap = 10_000): Promise<DocumentText[]> {
  const out: DocumentText[] = [];
  for await (const document of splitDocuments(pieces(text, size), cap)) out.push(document);
  return out;
}

describe('splitDocuments', () => {
  it('finds one document per line, or one document, however the bytes arrive', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.dictionary(fc.string({ unit: 'grapheme', maxLength: 8 }), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 4 }),
          { minLength: 1, maxLength: 5 },
        ),
        fc.integer({ min: 3, max: 50 }),
        async (documents, size) => {
          const lines = documents.map((d) => JSON.stringify(d));
          expect((await split(lines.join('\n'), size)).map((d) => d.text)).toEqual(lines);
          const pretty = JSON.stringify({ a: documents }, null, 2);
          expect(await split(pretty, size)).toEqual([{ text: pretty, where: '' }]);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('names lines, skips empty ones, and hears of an empty input', async () => {
    expect(await split('{"a":1}\r\n\n{"b":2}\n')).toEqual([
      { text: '{"a":1}\r', where: '' },
      { text: '{"b":2}', where: ', line 3' },
    ]);
    expect(await split('')).toEqual([{ text: '', where: '' }]);
  });

  it('drops what is larger than the cap and goes on', async () => {
    const big = JSON.stringify({ x: 'y'.repeat(200) });
    expect((await split(`{"a":1}\n${big}\n{"b":2}`, 16, 100)).map((d) => d.text)).toEqual(['{"a":1}', null, '{"b":2}']);
    expect(await split(JSON.stringify({ x: 'y'.repeat(200) }, null, 1), 16, 100)).toEqual([{ text: null, where: '' }]);
  });
});
