/** A capture is believed whole or not at all. */
import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../../src/model/errors.js';
import { parseCapture, type Capture } from '../../../../src/cli/capture/format.js';

const GOOD = readFileSync(new URL('../../../fixtures/captures/healthy-v4.txt', import.meta.url), 'utf8');
const LINES = GOOD.split('\n');

/** What came of it: the sections, or the sentence. Anything else that is thrown fails the test. */
function read(text: string): Capture | string {
  try {
    return parseCapture(text);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return error.message;
  }
}

/** Lines with the right last one. */
const whole = (lines: readonly string[]): string => [...lines, `@ end ${String(lines.length)}`, ''].join('\n');

describe('parseCapture', () => {
  it('reads what the script printed', () => {
    const capture = parseCapture(GOOD);
    expect(capture.filter(({ name }) => name === 'conn').length).toBeGreaterThan(2);
    expect(capture.find(({ name }) => name === 'system')?.words[0]).toBe('Linux');
  });

  it('refuses it wherever it was cut', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: GOOD.length - 2 }), (at) => {
        expect(read(GOOD.slice(0, at))).toMatch(/^--from-capture: /);
      }),
    );
  });

  it('refuses it with a line taken out or put in', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: LINES.length - 2 }), fc.boolean(), (at, more) => {
        const changed = more ? LINES.toSpliced(at, 0, '| more') : LINES.toSpliced(at, 1);
        expect(read(changed.join('\n'))).toMatch(/^--from-capture: /);
      }),
    );
  });

  it('takes anything at all for what it is, in one sentence', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom(...LINES.slice(1, 60)),
      fc.tuple(fc.constantFrom('@', '|', '!', '>', '=', '^'), fc.string()).map(([mark, text]) => `${mark} ${text}`),
      fc
        .tuple(fc.constantFrom('conn', 'stat', 'dns', 'file', 'ran', 'constructor', '__proto__'), fc.string())
        .map(([name, text]) => `@ ${name} ${text}`),
    );
    fc.assert(
      fc.property(fc.array(line), fc.boolean(), (lines, begun) => {
        const said = read(
          whole(begun ? ['netdata-egress-capture 1', ...lines.map((one) => one.replaceAll('\n', ''))] : lines),
        );
        if (typeof said === 'string') expect(said).toMatch(/^--from-capture: [^\n]+$/);
      }),
    );
  });

  it.each([
    ['', 'this is no capture'],
    ['{"schema":"netdata-egress/report"}', 'this is no capture'],
    ['netdata-egress-capture 2\n@ end 1\n', 'has version 2'],
    [whole(['netdata-egress-capture 1', '| text']), 'line 2'],
    [whole(['netdata-egress-capture 1', '@ btime 1', '> text']), 'line 3'],
    [whole(['netdata-egress-capture 1', '@ planned 1']), 'version 1 does not have'],
    [whole(['netdata-egress-capture 1', '@ conn path env']), 'too few or too many words'],
  ])('refuses %j', (text, why) => {
    expect(read(text)).toContain(why);
  });
});
