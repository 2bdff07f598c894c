/** The small vocabulary of the terminal form: glyph and word for each state, paragraphs, headings. */
import { safeText, toAscii } from './escape.js';
import type { EvidenceRow } from './evidence.js';
import type { RenderOptions } from './renderer.js';
import { columns, wrap } from './width.js';
import { STATE_TONE, STATE_WORDS, type Tone } from './words.js';

const GLYPHS: Readonly<Record<Tone, readonly [unicode: string, ascii: string]>> = {
  ok: ['✓', '+'],
  warn: ['!', '!'],
  fail: ['✗', 'x'],
  unknown: ['?', '?'],
  none: ['•', '-'],
};

export class TextLayout {
  readonly options: RenderOptions;
  readonly width: number;
  readonly #lines: string[] = [];

  constructor(options: RenderOptions) {
    this.options = options;
    // Beyond 120 columns prose is hard to read; below 40 nothing can be laid out.
    this.width = Math.min(120, Math.max(40, options.width));
  }

  /** Escapes foreign text for this terminal. */
  clean(text: string, max = 600): string {
    const safe = safeText(text, max);
    return this.options.unicode ? safe : toAscii(safe);
  }

  glyph(tone: Tone): string {
    return this.colour(tone, GLYPHS[tone][this.options.unicode ? 0 : 1]);
  }

  colour(tone: Tone, text: string): string {
    const { paint } = this.options;
    if (tone === 'ok') return paint.green(text);
    if (tone === 'fail') return paint.red(text);
    if (tone === 'warn') return paint.yellow(text);
    return tone === 'unknown' ? paint.dim(text) : text;
  }

  stateGlyph(state: EvidenceRow['state']): string {
    return this.glyph(STATE_TONE[state]);
  }

  stateWord(state: EvidenceRow['state'], width: number): string {
    const word = STATE_WORDS[state];
    return this.colour(STATE_TONE[state], word) + ' '.repeat(Math.max(0, width - columns(word)));
  }

  /** A line that is laid out already. */
  raw(line = ''): void {
    this.#lines.push(line);
  }

  blank(): void {
    if (this.#lines.at(-1) !== '') this.#lines.push('');
  }

  heading(text: string, aside = ''): void {
    this.blank();
    this.raw(this.options.paint.bold(text) + (aside === '' ? '' : `  ${aside}`));
  }

  /**
   * Wrapped prose with a hanging indent. `lead` stands before the first line and may hold escape codes;
   * `leadWidth` is the columns it takes.
   */
  prose(text: string, indent = 2, lead = '', leadWidth = 0, paint: (line: string) => string = (line) => line): void {
    const lines = wrap(this.clean(text, 2000), this.width - indent - leadWidth);
    lines.forEach((line, index) => {
      const before = index === 0 ? lead : ' '.repeat(leadWidth);
      this.raw(' '.repeat(indent) + before + paint(line));
    });
  }

  /** Text to be copied: never wrapped, one output line per line. */
  verbatim(text: string, indent: number): void {
    for (const line of text.split(/\r?\n/)) this.raw(' '.repeat(indent) + this.options.paint.cyan(this.clean(line)));
  }

  toString(): string {
    while (this.#lines.at(-1) === '') this.#lines.pop();
    return `${this.#lines.map((line) => line.trimEnd()).join('\n')}\n`;
  }
}
