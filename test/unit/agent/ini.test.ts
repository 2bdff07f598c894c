import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_LINE_BYTES, iniBoolean, lookup, parseIni } from '../../../src/agent/ini.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = (text: string) => parseIni(bytes(text));
const kinds = (text: string): string[] => read(text).problems.map(({ kind }) => kind);
const value = (text: string, key: string, section = 'global'): string | null =>
  lookup(read(text), section, key)?.value ?? null;

describe('parseIni reads as the Agent does', () => {
  it.each([
    ['plain', '[global]\nurl = https://x\n', 'url', 'https://x'],
    ['tabs and CR are trimmed', '\t[global]\r\n\turl\t=\thttps://x \r\n', 'url', 'https://x'],
    ['split at the first =', '[global]\nurl = a=b=c\n', 'url', 'a=b=c'],
    ['an empty value is a value', '[global]\nproxy =\n', 'proxy', ''],
    ['no comment behind a value', '[global]\nurl = https://x # y\n', 'url', 'https://x # y'],
    ['quotes are literal', '[global]\nurl = "https://x"\n', 'url', '"https://x"'],
    ['the last one of a key wins', '[global]\nurl = a\nurl = b\n', 'url', 'b'],
    ['repeated sections merge', '[global]\nurl = a\n[cloud]\nx = 1\n[global]\nproxy = p\n', 'proxy', 'p'],
    ['keys are case-sensitive', '[global]\nURL = a\n', 'url', null],
    ['sections are case-sensitive', '[Global]\nurl = a\n', 'url', null],
    ['spaces inside a section name count', '[ global ]\nurl = a\n', 'url', null],
    ['nothing before a section', 'url = a\n[global]\n', 'url', null],
    ['a section with a comment is none', '[global] # x\nurl = a\n', 'url', null],
    ['a mark hides the first section', '\ufeff[global]\nurl = a\n', 'url', null],
    ['no last line end needed', '[global]\nurl = a', 'url', 'a'],
    ['what follows a NUL is lost', '[global]\nurl = a\0b\nproxy = p\n', 'url', 'a'],
    ['a non-breaking space is no space', '[global]\nurl = a\u00a0\n', 'url', 'a\u00a0'],
  ])('%s', (_name, text, key, expected) => {
    expect(value(text, key)).toBe(expected);
  });

  it('cuts a line at the size of the buffer and reads the rest as a new line', () => {
    const text = `[global]\nurl = ${'x'.repeat(MAX_LINE_BYTES - 'url = '.length)}proxy = p\n`;
    expect(value(text, 'url')).toBe('x'.repeat(MAX_LINE_BYTES - 'url = '.length));
    expect(value(text, 'proxy')).toBe('p');
    expect(kinds(text)).toContain('line_too_long');
  });

  it('says the line as an editor counts it', () => {
    const text = `# one\n[global]\n\nurl = ${'y'.repeat(9000)}\nproxy = p\n`;
    expect(lookup(read(text), 'global', 'proxy')?.line).toBe(5);
  });
});

describe('problems', () => {
  it.each([
    ['\ufeff[global]\nurl = a\n', 'bom'],
    ['url = a\n[global]\n', 'option_before_section'],
    ['[global]\nurl https://x\n', 'no_equals'],
    ['[global]\n= x\n', 'empty_key'],
    ['[global]\nurl = a # b\n', 'trailing_comment_kept'],
    ['[global]\nurl = a ; b\n', 'trailing_comment_kept'],
    ['[global]\nurl = "a"\n', 'quotes_kept'],
    ['[global]\n; url = a\n', 'semicolon_not_comment'],
    ['[Global]\nurl = a\n', 'unknown_section_case'],
    ['[ global ]\nurl = a\n', 'unknown_section_case'],
    ['[global]\nURL = a\n', 'unknown_key_case'],
    ['[global]\nurl = a\nurl = b\n', 'duplicate_key'],
    ['[global] # x\nurl = a\n', 'section_not_closed'],
    ['[global]\nurl = \u201chttps://x\u201d\n', 'invisible_character'],
    ['[global]\nurl = a\0\n', 'nul_byte'],
  ])('%j has %s', (text, kind) => {
    expect(kinds(text)).toContain(kind);
  });

  it('finds nothing in a file as the Agent writes it', () => {
    expect(
      kinds(
        '[global]\n  url = https://app.netdata.cloud\n  proxy = env\n  # x = y\n  token = a-b_c\n  rooms = \n  insecure = no\n',
      ),
    ).toEqual([]);
  });

  it('leaves a mark alone that hides nothing', () => {
    expect(kinds('\ufeff# comment\n[global]\nurl = a\n')).toEqual([]);
  });

  it('has one word for UTF-16', () => {
    const utf16 = Uint8Array.from([0xff, 0xfe, ...Buffer.from('[global]\nurl = a\n', 'utf16le')]);
    expect(parseIni(utf16).problems.map(({ kind }) => kind)).toEqual(['not_text']);
  });

  it.each([
    '[global]\ntoken = S3CRET-value # x\n',
    '[global]\ntoken S3CRET-value\n',
    'token = S3CRET-value\n[global]\n',
    '[global]\n"token" = "S3CRET-value"\n',
    '[global]\nTOKEN = S3CRET-value\nTOKEN = S3CRET-value\n',
    '[global]\nS3CRET-value\n',
    '[global]\nproxy = http://user:S3CRET@host:1 # S3CRET\n',
    '[global]\nproxy = "http://user:S3CRET@host:1"\n',
    '[global]\nproxy = http://user:S3CRET # x\n',
    '[global] S3CRET = x\n',
    '[S3CRET-value = x\n',
  ])('shows no secret of %j', (text) => {
    const { problems } = read(text);
    expect(problems.length).toBeGreaterThan(0);
    expect(JSON.stringify(problems)).not.toContain('S3CRET');
  });
});

describe('iniBoolean', () => {
  it.each(['yes', 'YES', 'true', 'on', 'auto', 'On Demand'])('%s is yes', (text) => {
    expect(iniBoolean(text)).toBe(true);
  });
  it.each(['1', 'y', 'enabled', '', 'no', 'yes ', '"yes"', 'ondemand'])('%j is no', (text) => {
    expect(iniBoolean(text)).toBe(false);
  });
});

describe('properties', () => {
  it('never throws, and each entry is found where its line says', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (data) => {
        const file = parseIni(data);
        for (const entry of file.entries) {
          expect(entry.line).toBeGreaterThan(0);
          expect(entry.key).not.toBe('');
        }
      }),
    );
  });

  it('gives back what was written in plain form', () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9_.-]{0,10}$/);
    fc.assert(
      fc.property(fc.dictionary(word, fc.stringMatching(/^[!-~]([ -~]{0,30}[!-~])?$/)), (values) => {
        const text = `[global]\n${Object.entries(values)
          .map(([key, text]) => `${key} = ${text}\n`)
          .join('')}`;
        const file = read(text);
        for (const [key, expected] of Object.entries(values)) expect(lookup(file, 'global', key)?.value).toBe(expected);
      }),
    );
  });
});
