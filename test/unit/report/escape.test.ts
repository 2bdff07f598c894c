import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cut,
  jsonForScript,
  markdownFence,
  safeMarkdown,
  safeText,
  safeXml,
  toAscii,
} from '../../../src/report/escape.js';
import { columns, wrap } from '../../../src/report/width.js';
import { HOSTILE } from '../../helpers/sample-kinds.js';
import { cpuMs } from '../../helpers/cpu.js';

/** Strings that lean towards what escapes have to deal with. */
const nasty = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc
    .array(
      fc.constantFrom(
        '\u001b[2J',
        '\u009b',
        '\u202e',
        '\u2066',
        '\ud800',
        '\u2028',
        '<',
        '&',
        '`',
        '\\',
        ']]>',
        '-->',
        '\r\n',
        HOSTILE,
      ),
    )
    .map((a) => a.join('')),
);

describe('safeText', () => {
  it('lets no control, format, surrogate or separator character through, and stays on one line', () => {
    fc.assert(
      fc.property(nasty, fc.integer({ min: 1, max: 400 }), (text, max) => {
        const out = safeText(text, max);
        expect(out).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
        expect(Array.from(out).length).toBeLessThanOrEqual(Math.max(max, 12));
      }),
    );
  });

  it('shows what was hidden', () => {
    expect(safeText('a\u001b[31m\u202eb\u009b\n')).toBe('a\\x1b[31m\\u{202e}b\\x9b\\n');
    expect(safeText('\ud800')).toBe('\\u{d800}');
    expect(safeText('Zürich 東京 ✓')).toBe('Zürich 東京 ✓');
  });

  it('does not work through a megabyte to show a line', async () => {
    const big = '\u0000'.repeat(5_000_000);
    const took = await cpuMs(() => expect(safeText(big, 80).length).toBeLessThanOrEqual(80));
    expect(took).toBeLessThan(200);
  });
});

describe('other escapes', () => {
  it('toAscii is ASCII', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        expect(toAscii(text)).toMatch(/^[\x20-\x7e\n]*$/);
      }),
    );
  });

  it('safeXml leaves no character that opens or closes anything', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        expect(safeXml(text).replace(/&(amp|lt|gt|quot|#39);/g, '')).not.toMatch(/[<>"'&]/);
      }),
    );
  });

  it('jsonForScript parses back and cannot end its element', () => {
    fc.assert(
      fc.property(fc.jsonValue(), nasty, (value, text) => {
        const out = jsonForScript([value, text]);
        expect(out).not.toMatch(/[<>&\u2028\u2029]/);
        expect(JSON.parse(out)).toEqual(JSON.parse(JSON.stringify([value, text])));
      }),
    );
  });

  it('safeMarkdown leaves no live markup', () => {
    const out = safeMarkdown(HOSTILE, 1000);
    expect(out).not.toMatch(/<|(?<!\\)`|(?<!\\)\[|(?<!\\)\||@everyone|http:\/\//);
  });

  it('a fence is longer than any run of backticks inside', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('`', 'a') }), (text) => {
        expect(text).not.toContain(markdownFence(text));
      }),
    );
  });

  it('cut says how much is missing', () => {
    expect(cut('abcdefghijkl', 8)).toMatch(/^ab?c?…\(\+\d+\)$/u);
    expect(cut('abc', 3)).toBe('abc');
  });
});

describe('wrap', () => {
  it('keeps every word and the width', () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z0-9./]{1,60}$/)),
        fc.integer({ min: 20, max: 100 }),
        (words, width) => {
          const lines = wrap(words.join(' '), width);
          expect(lines.join('').replaceAll(' ', '')).toBe(words.join(''));
          for (const line of lines) expect(columns(line)).toBeLessThanOrEqual(width);
        },
      ),
    );
  });
});
